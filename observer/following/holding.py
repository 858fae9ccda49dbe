"""What the bytes of a log are read from: a plain file that is held open, or a compressed one, from front to back."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import TypeAlias

from observer.streams import Opener

SKIP_BYTES = 1 << 22
"""How much of a compressed file is passed over in one look: some milliseconds."""


class Held:
    """A plain file, by its descriptor: neither rename nor deletion takes it away, and its inode is not used again."""

    __slots__ = ("_descriptor", "device", "inode")

    damage = ""

    def __init__(self, name: str) -> None:
        """Raises OSError, also for what is no regular file; never waits, as opening a named pipe would."""
        self._descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            self.close()
            raise OSError(errno.EINVAL, "it is no regular file", name)
        self.device, self.inode = status.st_dev, status.st_ino

    def status(self) -> os.stat_result:
        return os.fstat(self._descriptor)

    def pull(self, offset: int, size: int) -> tuple[bytes, bool]:
        """Up to `size` bytes from `offset` on, and whether the end was met. Raises OSError."""
        data = os.pread(self._descriptor, size, offset)
        return data, len(data) < size

    def beginning(self, size: int) -> bytes:
        """The first bytes. Raises OSError."""
        return os.pread(self._descriptor, size, 0)

    def data_from(self, offset: int) -> int:
        """Where the first byte at or after `offset` stands that is no hole, where the file system tells."""
        try:
            return os.lseek(self._descriptor, offset, os.SEEK_DATA)
        except (OSError, AttributeError):
            return offset

    def close(self) -> None:
        os.close(self._descriptor)


class Packed:
    """A compressed file. Nobody writes to it any more, and its length is not known before its end."""

    __slots__ = ("_front", "_name", "_open", "_opener", "_position", "_stream", "device", "inode", "size")

    def __init__(self, name: str) -> None:
        """Raises Failed or OSError where it cannot be opened."""
        self._name = name
        self._opener = Opener()
        self._open = contextlib.ExitStack()
        status = Path(name).stat()
        self.device, self.inode = status.st_dev, status.st_ino
        self.size = status.st_size
        """Compressed bytes."""
        self._stream = self._open.enter_context(self._opener.of(Path(name), name)())
        self._front = b""
        self._position = 0

    @property
    def damage(self) -> str:
        """What is wrong with it as far as it was read, empty for nothing."""
        return self._opener.cut_off.get(self._name, "")

    def pull(self, offset: int, size: int) -> tuple[bytes, bool]:
        """As `Held.pull`; nothing as long as what is before `offset` is being passed over."""
        budget = SKIP_BYTES
        while self._position < offset:
            passed = len(self._next(min(offset - self._position, 1 << 18, budget)))
            if not passed:
                return b"", budget > 0
            budget -= passed
        data = self._next(size)
        return data, len(data) < size

    def _next(self, size: int) -> bytes:
        data = self._front[self._position : self._position + size]
        if len(data) < size:
            data += self._stream.read(size - len(data))
        self._position += len(data)
        return data

    def beginning(self, size: int) -> bytes:
        """The first bytes; fewer when reading has gone beyond those that were asked for before."""
        if self._position <= len(self._front) < size:
            self._front += self._stream.read(size - len(self._front))
        return self._front[:size]

    def close(self) -> None:
        self._open.close()


Store: TypeAlias = Held | Packed


def is_same(store: Store | None, status: os.stat_result) -> bool:
    """Whether this is the status of the file that is held."""
    return store is not None and store.inode == status.st_ino and store.device == status.st_dev
