"""Opening what logs are kept in: plain and compressed files, members of tar archives, standard input.

Compression is told by the first bytes, not by the name. A compressed file that is cut off gives what it
holds and says so; nothing of it is thrown away.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import zstandard

from observer.exits import Exit, Failed
from replay.reading import ByteStream

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
)
_TAR_AT, _TAR_MAGIC = 257, b"ustar"
_CUT = (EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError)


class Candidate(NamedTuple):
    """A stream of bytes that may be a log."""

    label: str
    """Its path as people know it."""
    open: Callable[[], AbstractContextManager[ByteStream]]
    size: int
    """Bytes on disk."""
    node: str | None = None
    """The node, where the user said it."""
    explicit: bool = True
    """Named by the user, rather than found in a directory or archive."""


class Opener:
    """Opens files, and remembers which of them were damaged."""

    def __init__(self) -> None:
        """Nothing is open yet."""
        self.cut_off: dict[str, str] = {}

    def of(self, path: Path, label: str) -> Callable[[], AbstractContextManager[ByteStream]]:
        """How to open a file, decompressed."""

        @contextmanager
        def opened() -> Iterator[ByteStream]:
            with _raw(path, label) as file:
                yield _Forgiving(_decompressed(file, compression(path)), label, self.cut_off)

        return opened


@contextmanager
def _raw(path: Path, label: str) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise Failed(
            f"{label}: cannot be read: {error.strerror}; check its name and permissions", Exit.ENVIRONMENT
        ) from None
    with file:
        yield file


class _Forgiving:
    """A stream that ends where its compressed file turns out to be cut off or damaged."""

    def __init__(self, stream: Any, label: str, cut_off: dict[str, str]) -> None:
        self._stream = stream
        self._label = label
        self._cut_off = cut_off
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes."""
        if self._ended:
            return b""
        try:
            given: bytes = self._stream.read(size)
        except _CUT as error:
            self._ended = True
            self._cut_off[self._label] = str(error) or type(error).__name__
            return b""
        return given


def compression(path: Path) -> str | None:
    """How a file is compressed, by its first bytes."""
    try:
        with path.open("rb") as file:
            beginning = file.read(6)
    except OSError:
        return None
    return next((name for magic, name in _MAGIC if beginning.startswith(magic)), None)


def _decompressed(file: IO[bytes], how: str | None) -> Any:
    if how == "gzip":
        return gzip.GzipFile(fileobj=file)
    if how == "zstd":
        return zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
    if how == "xz":
        return lzma.LZMAFile(file)
    if how == "bzip2":
        return bz2.BZ2File(file)
    return file


def is_tar(path: Path) -> bool:
    """Whether a file is a tar archive, compressed or not."""
    try:
        with path.open("rb") as file:
            start = _decompressed(file, compression(path)).read(_TAR_AT + len(_TAR_MAGIC))
    except _CUT:
        return False
    return bool(start[_TAR_AT:] == _TAR_MAGIC)


def unpacked(archive: Path, spool: Path) -> Iterator[tuple[str, Path]]:
    """(name in the archive, file) of every regular member, written to the spool under names of our own.

    Members are merged by time, so all of them are open at once: that needs files of their own.
    """
    with archive.open("rb") as file:
        stream = _decompressed(file, compression(archive))
        try:
            with tarfile.open(fileobj=stream, mode="r|") as members:
                for number, member in enumerate(members):
                    if not member.isfile():
                        continue
                    source = members.extractfile(member)
                    if source is None:
                        continue
                    target = spool / f"{archive.name}.{number}"
                    with target.open("wb") as out:
                        shutil.copyfileobj(source, out)
                    yield member.name, target
        except (tarfile.TarError, *_CUT) as error:
            raise Failed(
                f"{archive}: is damaged or cut off: {error}; unpack by hand what can be saved",
                Exit.ENVIRONMENT,
            ) from None


def spooled_stdin(spool: Path) -> Path:
    """Standard input as a file: sources are read from the front more than once."""
    target = spool / "stdin"
    with target.open("wb") as out:
        shutil.copyfileobj(sys.stdin.buffer, out)
    return target


def new_spool() -> tempfile.TemporaryDirectory[str]:
    """A directory for what cannot be read in place, gone when the command ends."""
    return tempfile.TemporaryDirectory(prefix="observer-")
