"""Every file that the arguments of a command name: files, directories, globs, archives, NODE=PATH, `-`."""

from __future__ import annotations

import glob
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from observer.exits import Failed
from observer.streams import Opener, is_tar, spooled, unpacked
from replay.reading import ByteStream


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
    file: tuple[int, int] | None = None
    """Device and inode of a file that is read in place: links to one file are one log."""
    link: bool = False
    """Reached by a link: another name of the file may say more."""


def candidates(arguments: Sequence[str], opener: Opener, spool: Path) -> Iterator[Candidate]:
    """What the arguments name, in their order. Raises Failed."""
    stdin_taken = False
    for argument in arguments:
        node, text = said_node(argument)
        if text == "-":
            if stdin_taken:
                raise Failed("-: standard input can be read only once; name it once")
            stdin_taken = True
            path = spooled(sys.stdin.buffer, spool)
            yield Candidate("stdin", opener.of(path, "stdin"), path.stat().st_size, node)
            continue
        for path in _paths(text):
            if path.is_dir():
                for file in _files_below(path):
                    yield from _of_file(file, node, opener, spool, explicit=False)
            else:
                yield from _of_file(path, node, opener, spool, explicit=True)


def said_node(argument: str) -> tuple[str | None, str]:
    """The node that `NODE=PATH` says, if it does, and the path."""
    node, sign, path = argument.partition("=")
    if sign and node and "/" not in node and not Path(argument).exists():
        return node, path
    return None, argument


def _paths(text: str) -> list[Path]:
    path = Path(text)
    if text and path.exists():
        return [path]
    if glob.has_magic(text):
        found = sorted(glob.glob(text, recursive=True))  # noqa: PTH207 - the pattern may be absolute
        if not found:
            raise Failed(f"{text}: nothing fits this pattern; check it with `ls {text}`")
        return [Path(one) for one in found]
    raise Failed(f"{text or 'a path that is empty'}: there is no such file or directory; check it with `ls`")


def _files_below(folder: Path) -> Iterator[Path]:
    """Regular files, hidden ones aside, in order."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root) / name
            if not name.startswith(".") and path.is_file():
                yield path


def _of_file(path: Path, node: str | None, opener: Opener, spool: Path, *, explicit: bool) -> Iterator[Candidate]:
    label, status = str(path), path.stat()
    if not stat.S_ISREG(status.st_mode):
        with path.open("rb") as pipe:
            path = spooled(pipe, spool)
        yield Candidate(label, opener.of(path, label), path.stat().st_size, node, explicit)
    elif is_tar(path):
        for name, file in unpacked(path, spool):
            label = f"{path}/{name.removeprefix('./')}"
            yield Candidate(label, opener.of(file, label), file.stat().st_size, node, explicit=False)
    else:
        identity = (status.st_dev, status.st_ino)
        yield Candidate(label, opener.of(path, label), status.st_size, node, explicit, identity, path.is_symlink())
