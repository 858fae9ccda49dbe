"""A pipe that is followed: standard input, or anything else that can be read once.

A thread reads it, as a read may wait for ever and a look never does. It reads ahead by a bounded amount and then lets
the writer wait. Nothing of a pipe can be read again: what was taken from it and not kept is lost with the process,
and each start is another incarnation.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from observer.following.cutting import Unfinished
from observer.following.happenings import Ended, Grown, Happening, Opened, Read
from observer.following.pace import Pace
from replay.journal import HEAD_BYTES, Incarnation, head_of

AHEAD_BYTES = 1 << 22
"""How much is read before it is asked for."""
SNIFF_BYTES = 1 << 17
_READ_BYTES = 1 << 16


class HasDescriptor(Protocol):
    """An open file."""

    def fileno(self) -> int:
        """Its descriptor."""
        ...


class PipeFollower:
    """A stream that is given by its descriptor, which stays the caller's to close.

    `known` are the incarnations of former runs: they are only counted.
    """

    def __init__(self, file: int | HasDescriptor, label: str, known: Sequence[Incarnation] = ()) -> None:
        """Begins to read."""
        self._label = label
        self._count = 1 + max((one.count for one in known), default=0)
        self._ahead = _Ahead(file if isinstance(file, int) else file.fileno())
        self._lines = Unfinished()
        self._pace = Pace()
        self._offset = 0
        self._head = b""
        self._told = 0
        self._over = False

    @property
    def behind(self) -> int:
        """Bytes that were taken from the pipe and not given yet."""
        return self._ahead.size

    @property
    def is_closed(self) -> bool:
        """Whether no more will come than has come."""
        return self._ahead.is_closed

    @property
    def beginning(self) -> bytes:
        """Up to 128 KiB of what will be read first, as far as it has come."""
        return self._ahead.beginning(SNIFF_BYTES)

    def look(self, now: int, room: int) -> list[Happening]:
        """See `Follower`."""
        if self._over:
            return []
        said: list[Happening] = []
        data, why = self._ahead.take(room)
        for chunk in data:
            self._add(chunk, said)
        if why is not None:
            self._finish(said)
            said.append(Ended(why))
            self._over = True
        elif data or not self._pace.idle:
            said += self._pace.seen(now, self.behind)
        return said

    def leave(self, now: int) -> list[Happening]:
        """See `Follower`. All that was taken from the pipe is given: nobody can read it again."""
        self._ahead.stop()
        said: list[Happening] = []
        if not self._over:
            data, _ = self._ahead.take(1 << 62)
            for chunk in data:
                self._add(chunk, said)
            self._finish(said)
        self._over = True
        return said

    def _add(self, chunk: bytes, said: list[Happening]) -> None:
        if len(self._head) < HEAD_BYTES:
            self._head = (self._head + chunk)[:HEAD_BYTES]
        for piece in self._lines.add(chunk):
            self._say(piece, said)

    def _finish(self, said: list[Happening]) -> None:
        rest = self._lines.take()
        if rest:
            self._say(rest, said, torn=True)

    def _say(self, piece: bytes, said: list[Happening], *, torn: bool = False) -> None:
        if not self._told:
            said.append(Opened(self._count, *head_of(self._head), 0, fresh=True, label=self._label))
        elif self._told < len(self._head):
            said.append(Grown(self._count, *head_of(self._head)))
        self._told = len(self._head)
        said.append(Read(self._count, self._offset, piece, backlog=False, torn=torn))
        self._offset += len(piece)


class _Ahead:
    """What was read from a descriptor and not taken yet."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._chunks: deque[bytes] = deque()
        self.size = 0
        self._why: str | None = None
        self._stopped = False
        self._changed = threading.Condition()
        self._woken, self._wake = os.pipe()
        # A daemon: a read of a terminal that nobody types at must not keep the process.
        self._thread = threading.Thread(target=self._run, name="pipe", daemon=True)
        self._thread.start()

    def take(self, room: int) -> tuple[list[bytes], str | None]:
        """At most about `room` bytes, and why no more will come, once all were taken."""
        taken = []
        with self._changed:
            while self._chunks and room > 0:
                chunk = self._chunks.popleft()
                if len(chunk) > room:
                    self._chunks.appendleft(chunk[room:])
                    chunk = chunk[:room]
                room -= len(chunk)
                self.size -= len(chunk)
                taken.append(chunk)
            if taken:
                self._changed.notify()
            return taken, None if self._chunks else self._why

    @property
    def is_closed(self) -> bool:
        """Whether the end of the pipe has been met."""
        with self._changed:
            return self._why is not None

    def beginning(self, size: int) -> bytes:
        """The first bytes of what was not taken."""
        with self._changed:
            chunks, length = [], 0
            for chunk in self._chunks:
                chunks.append(chunk)
                length += len(chunk)
                if length >= size:
                    break
        return b"".join(chunks)[:size]

    def stop(self) -> None:
        """Read no more. What was read can still be taken."""
        with self._changed:
            if self._stopped:
                return
            self._stopped = True
            self._changed.notify()
        with contextlib.suppress(OSError):
            os.write(self._wake, b".")
        self._thread.join()
        os.close(self._woken)
        os.close(self._wake)

    def _run(self) -> None:
        why = "it was closed"
        try:
            while self._may_read():
                data = os.read(self._descriptor, _READ_BYTES)
                if not data:
                    break
                with self._changed:
                    self._chunks.append(data)
                    self.size += len(data)
        except OSError as error:
            why = f"it cannot be read: {error.strerror or error}"
        with self._changed:
            if not self._stopped:
                self._why = why

    def _may_read(self) -> bool:
        """Wait until there is room and something to read; false when there is no need any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self.size < AHEAD_BYTES)
            if self._stopped:
                return False
        waiting = select.poll()
        waiting.register(self._descriptor, select.POLLIN)
        waiting.register(self._woken, select.POLLIN)
        return self._woken not in {descriptor for descriptor, _ in waiting.poll()}
