"""Bytes of a pipe, waited for: Ctrl-C is heard whenever it comes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from observer.arriving import arriving


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Both ends of a pipe."""
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)


def test_all_of_a_pipe_comes_until_it_is_closed(pipe: tuple[int, int]) -> None:
    """What was written is given in order, and the end of the pipe is the end."""
    reader, writer = pipe
    os.write(writer, b"one\ntw")
    os.write(writer, b"o\n")
    os.close(writer)
    assert b"".join(arriving(reader)) == b"one\ntwo\n"


def test_a_signal_that_came_while_bytes_were_copied_is_heard(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal within the system call that gives the last bytes ends the wait for more, which would last for ever."""
    reader, writer = pipe
    os.write(writer, b"endless\n")
    read = os.read

    def interrupted(descriptor: int, size: int) -> bytes:
        """As the kernel does it: the bytes are given, and the signal has come."""
        part = read(descriptor, size)
        signal.raise_signal(signal.SIGINT)
        return part

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(os, "read", interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            list(arriving(reader))
    finally:
        signal.signal(signal.SIGINT, before)
        os.close(writer)


def test_a_signal_wakes_the_wait_and_another_ends_it(pipe: tuple[int, int]) -> None:
    """Who only wants to be told does not end it: the wait goes on. What raises ends it, and the wake-up is taken back."""
    reader, writer = pipe
    heard: list[int] = []

    def told(number: int, _frame: object) -> None:
        """Raises the second time."""
        heard.append(number)
        if len(heard) == 2:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, told)
    main = threading.main_thread().ident
    assert main is not None
    both = [threading.Timer(wait, signal.pthread_kill, (main, signal.SIGUSR1)) for wait in (0.05, 0.3)]
    try:
        for one in both:
            one.start()
        with pytest.raises(KeyboardInterrupt):
            list(arriving(reader))
    finally:
        signal.signal(signal.SIGUSR1, before)
        for one in both:
            one.join()
        os.close(writer)
    assert heard == [signal.SIGUSR1, signal.SIGUSR1]
    assert signal.set_wakeup_fd(-1) == -1


def test_another_thread_may_read(pipe: tuple[int, int]) -> None:
    """Signals are the main thread's; another one just reads."""
    reader, writer = pipe
    os.write(writer, b"line\n")
    os.close(writer)
    found: list[bytes] = []
    thread = threading.Thread(target=lambda: found.extend(arriving(reader)))
    thread.start()
    thread.join(timeout=10)
    assert found == [b"line\n"]
