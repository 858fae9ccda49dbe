"""Bytes of a pipe as they arrive, waited for in a way that Ctrl-C always ends.

Python notes a signal and runs its handler between two of its own instructions. A buffered read is one instruction and
many system calls: a signal that comes while one of them copies bytes is noted, and the next one waits all the same,
for ever where nobody writes. So each system call is an instruction of its own here, and the waiting is done on the pipe
and on a descriptor that a signal makes ready, so that none can come too early to be heard.
"""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PIECE = 1 << 16
"""As much as a pipe holds."""


def arriving(descriptor: int) -> Iterator[bytes]:
    """What comes from a pipe, a terminal or a file, until its end. Raises KeyboardInterrupt as soon as it is asked."""
    with _signals() as signals:
        while True:
            ready, _, _ = select.select([descriptor, *signals], [], [])
            if descriptor not in ready:
                # The handler has run by now. If it raised nothing, the wait goes on, without what woke it.
                os.read(ready[0], _PIECE)
                continue
            part = os.read(descriptor, _PIECE)
            if not part:
                return
            yield part


@contextmanager
def _signals() -> Iterator[list[int]]:
    """A descriptor that is ready when a signal has come; none outside of the main thread, which alone hears them."""
    if threading.current_thread() is not threading.main_thread():
        yield []
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield [reader]
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)
