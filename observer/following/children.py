"""A command whose output is followed: a child process, read by a thread into a buffer of bounded size.

Whoever looks never waits. A full buffer stops the reading and thereby the child, so a source that writes faster than
the journal takes it costs time and no memory. Commands are lists of whole words: no shell ever sees one.
"""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from functools import cache

from parsers.text import one_line

BUFFER_BYTES = 4 << 20
"""What is read ahead of whoever looks."""
_PIECE = 1 << 16
_COMPLAINT_BYTES = 2048
_CANNOT_START = 127
_WORDS = 300
_PATIENCE = 2
"""Seconds that a child has for ending when it is asked to."""


class Child:
    """A running command. Starting one that is not there is no error: it has ended, with a complaint."""

    def __init__(self, command: Sequence[str], *, merged: bool = False, limit: int = BUFFER_BYTES) -> None:
        """`merged`: what it writes to stderr stands in its output, in the order written."""
        self._ready: deque[bytes] = deque()
        self._size = 0
        self._limit = limit
        self._change = threading.Condition()
        self._closed = False
        self._over = False
        self._complaint = b""
        self._code = _CANNOT_START
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._wake: int | None = None
        """Written to when the thread shall look up from its pipes."""
        errors = subprocess.STDOUT if merged else subprocess.PIPE
        if shutil.which(command[0]) is None:
            self._complaint = f"there is no {command[0]} on PATH".encode()
            self._over = True
            return
        try:
            self._process = subprocess.Popen(  # noqa: S603 - whole words, no shell
                [*_dying_with_us(), *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                bufsize=0,
                # Ctrl-C is for us to hear; what it means for children is decided here.
                start_new_session=True,
            )
        except OSError as error:
            self._complaint = f"{command[0]} cannot be started: {error.strerror}".encode()
            self._over = True
            return
        woken, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._read, args=(self._process, woken), name=command[0], daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Bytes that have come and were not taken."""
        return self._size

    @property
    def ended(self) -> bool:
        """Whether it has ended and everything it wrote was taken."""
        return self._over and not self._size

    @property
    def code(self) -> int:
        """What it ended with; negative where a signal ended it. Only once it has `ended`."""
        return self._code

    @property
    def complaint(self) -> str:
        """The end of what it wrote to stderr, as one line that may be shown."""
        return one_line(self._complaint.decode("utf-8", "replace").strip(), _WORDS)

    def take(self, room: int) -> bytes:
        """At most `room` bytes of what has come."""
        with self._change:
            taken: list[bytes] = []
            while self._ready and room > 0:
                piece = self._ready.popleft()
                if len(piece) > room:
                    self._ready.appendleft(piece[room:])
                    piece = piece[:room]
                room -= len(piece)
                self._size -= len(piece)
                taken.append(piece)
            if taken:
                self._change.notify()
            return b"".join(taken)

    def close(self) -> None:
        """Ask it to end, without waiting for it. What was not taken is thrown away."""
        with self._change:
            self._closed = True
            self._ready.clear()
            self._size = 0
            self._change.notify()
            if self._process is not None and not self._over:
                self._process.terminate()
            if self._wake is not None:
                os.write(self._wake, b".")

    def join(self) -> None:
        """Wait until it has gone, after `close`; who does not end in two seconds is killed."""
        if self._thread is not None:
            self._thread.join(2 * _PATIENCE)

    def _read(self, process: subprocess.Popen[bytes], woken: int) -> None:
        pipes = [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]
        with selectors.DefaultSelector() as selector:
            selector.register(woken, selectors.EVENT_READ)
            for pipe in pipes:
                selector.register(pipe, selectors.EVENT_READ)
            while len(selector.get_map()) > 1 and not self._closed:
                for key, _events in selector.select():
                    if key.fd != woken and not self._take_in(os.read(key.fd, _PIECE), key.fileobj is process.stdout):
                        selector.unregister(key.fileobj)
        for pipe in pipes:
            pipe.close()
        self._code = self._wait(process)
        with self._change:
            self._over = True
            os.close(woken)
            if self._wake is not None:
                os.close(self._wake)
                self._wake = None

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        while True:
            try:
                return process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                if self._closed:
                    process.kill()

    def _take_in(self, piece: bytes, output: bool) -> bool:  # noqa: FBT001 - told apart once, by the pipe
        if not piece:
            return False
        if output:
            self._keep(piece)
        else:
            self._complaint = (self._complaint + piece)[-_COMPLAINT_BYTES:]
        return True

    def _keep(self, piece: bytes) -> None:
        with self._change:
            while self._size >= self._limit and not self._closed:
                self._change.wait()
            if not self._closed:
                self._ready.append(piece)
                self._size += len(piece)


@cache
def _dying_with_us() -> tuple[str, ...]:
    """Words before a command that let it end when this process is killed, where the system has them: a quiet
    `docker logs --follow` would stay for ever. The signal comes when the thread that started it ends.
    """
    setpriv = shutil.which("setpriv")
    words = () if setpriv is None else (setpriv, "--pdeathsig", "TERM")
    try:
        # That of busybox does not know the option.
        tried = subprocess.run([*words, "true"], capture_output=True, timeout=_PATIENCE, check=False)  # noqa: S603 - as above
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return words if tried.returncode == 0 else ()
