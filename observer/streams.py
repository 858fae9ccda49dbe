"""Opening what logs are kept in: plain and compressed files, members of tar archives, pipes.

Compression is told by the first bytes, not by the name. A compressed file that is cut off gives what it
holds and says so; nothing of it is thrown away.
"""

from __future__ import annotations

import bz2
import io
import lzma
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any

import zstandard

from observer.arriving import arriving
from observer.exits import Exit, Failed
from replay.reading import ByteStream

_MAGIC: tuple[tuple[bytes, Callable[[], Any]], ...] = (
    (b"\x1f\x8b", lambda: zlib.decompressobj(wbits=31)),
    (b"\x28\xb5\x2f\xfd", lambda: zstandard.ZstdDecompressor().decompressobj()),
    (b"\xfd7zXZ\x00", lzma.LZMADecompressor),
    (b"BZh", bz2.BZ2Decompressor),
)
"""First bytes of gzip, zstd, xz and bzip2, and what decompresses one member of such a file."""
_TAR_AT, _TAR_MAGIC = 257, b"ustar"
_CUT = (EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError)
_PIECE = 4096
"""Compressed bytes taken at once: zstd may make 128 KiB of every four of them."""


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
                yield _Forgiving(_decompressed(file), label, self.cut_off)

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

    def __init__(self, stream: ByteStream, label: str, cut_off: dict[str, str]) -> None:
        self._stream = stream
        self._label = label
        self._cut_off = cut_off
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """`size` bytes, fewer at the end."""
        parts = []
        while size > 0 and not self._ended:
            try:
                part = self._stream.read(size)
            except _CUT as error:
                self._cut_off[self._label] = str(error) or type(error).__name__
                part = b""
            self._ended = not part
            size -= len(part)
            parts.append(part)
        return b"".join(parts)


class _Members:
    """Compressed members, one behind the other as `cat` joins them. The readers of the standard library and of
    zstandard throw away what they hold when they meet damage, or end there without a word.
    """

    def __init__(self, file: IO[bytes], begun: Callable[[], Any]) -> None:
        self._file = file
        self._begun = begun
        self._member: Any = None
        self._compressed = b""
        self._ready = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        """Between one and `size` bytes, none at the end. Raises where a member is damaged or cut off."""
        while not self._ready:
            piece = self._compressed or self._file.read(_PIECE)
            if not piece and self._member is not None:
                raise EOFError("it ends before its end mark")
            if not piece:
                return b""
            self._compressed = b""
            self._decompress(piece)
        given = bytes(self._ready[:size])
        self._ready = self._ready[size:]
        return given

    def _decompress(self, piece: bytes) -> None:
        if self._member is None:
            # gzip and xz allow zeros between members.
            piece = piece.lstrip(b"\0")
            if not piece:
                return
            self._member = self._begun()
        self._ready = memoryview(self._member.decompress(piece))
        if self._member.eof:
            self._compressed, self._member = self._member.unused_data, None


def _decompressed(file: IO[bytes]) -> ByteStream:
    beginning = file.read(8)
    file.seek(0)
    begun = next((begun for magic, begun in _MAGIC if beginning.startswith(magic)), None)
    return file if begun is None else _Members(file, begun)


def is_tar(path: Path) -> bool:
    """Whether a file is a tar archive, compressed or not."""
    try:
        with path.open("rb") as file:
            start = _Forgiving(_decompressed(file), "", {}).read(_TAR_AT + len(_TAR_MAGIC))
    except OSError:
        return False
    return start[_TAR_AT:] == _TAR_MAGIC


def unpacked(archive: Path, spool: Path) -> Iterator[tuple[str, Path]]:
    """(name in the archive, file) of every regular member, written to the spool under names of our own.

    Members are merged by time, so all of them are open at once: that needs files of their own.
    """
    with archive.open("rb") as file:
        stream: Any = _decompressed(file)  # reads from front to back, which is all that `r|` asks for
        try:
            with tarfile.open(fileobj=stream, mode="r|") as members:
                for member in members:
                    source = members.extractfile(member) if member.isfile() else None
                    if source is not None:
                        yield member.name, _copied(source, spool)
        except (tarfile.TarError, *_CUT) as error:
            raise Failed(
                f"{archive}: is damaged or cut off: {error}; unpack by hand what can be saved",
                Exit.ENVIRONMENT,
            ) from None


def spooled(stream: IO[bytes], spool: Path) -> Path:
    """What can be read only once, as a file: sources are read from the front more than once. Nothing of the stream has
    been read before.
    """
    try:
        descriptor = stream.fileno()
    except io.UnsupportedOperation:
        return _copied(stream, spool)  # bytes in memory, for which nobody waits
    with tempfile.NamedTemporaryFile(dir=spool, delete=False) as out:
        out.writelines(arriving(descriptor))
    return Path(out.name)


def _copied(stream: IO[bytes], spool: Path) -> Path:
    with tempfile.NamedTemporaryFile(dir=spool, delete=False) as out:
        shutil.copyfileobj(stream, out)
    return Path(out.name)


def new_spool() -> tempfile.TemporaryDirectory[str]:
    """A directory for what cannot be read in place, gone when the command ends."""
    return tempfile.TemporaryDirectory(prefix="observer-")
