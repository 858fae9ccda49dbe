"""A command whose output is followed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from observer.following.children import Child


def until(reached: Callable[[], bool]) -> None:
    """Wait until something is so; fail where it does not become so."""
    deadline = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def whole(child: Child, room: int = 1 << 16) -> bytes:
    """Everything that a command writes."""
    taken = b""
    deadline = time.monotonic() + 20
    while not child.ended:
        assert time.monotonic() < deadline
        taken += child.take(room)
    return taken


def test_output_complaint_and_code_are_told_apart() -> None:
    """What a command writes to stderr says why it ended, and is no part of its output."""
    child = Child(["sh", "-c", "printf 'one\\ntw'; echo 'no \x1b[31mroute' >&2; printf o; exit 3"])
    assert whole(child, room=2) == b"one\ntwo"
    assert (child.code, child.complaint) == (3, "no route")


def test_a_merged_command_keeps_the_order() -> None:
    """Where stderr is part of the output, it stands where it was written."""
    child = Child(["sh", "-c", "echo 1; echo 2 >&2; echo 3; echo 4 >&2"], merged=True)
    assert (whole(child), child.code, child.complaint) == (b"1\n2\n3\n4\n", 0, "")


def test_a_command_that_is_not_there_has_ended() -> None:
    """That it cannot be started is told like any other end."""
    child = Child(["observer-has-no-such-command"])
    assert (child.ended, child.take(100), child.complaint) == (
        True,
        b"",
        "there is no observer-has-no-such-command on PATH",
    )
    assert child.code != 0
    child.close()
    child.join()


def test_a_buffer_is_bounded() -> None:
    """A command that writes faster than anybody takes is held up, and goes on when somebody does."""
    child = Child(["sh", "-c", "yes | head -c 3000000"], limit=200_000)
    until(lambda: child.waiting >= 200_000)
    assert child.waiting <= 200_000 + (1 << 16)
    assert len(whole(child)) == 3_000_000


def test_closing_ends_a_command() -> None:
    """A command that is closed ends without being waited for, and nothing more is to be had of it."""
    child = Child(["sh", "-c", "echo up; sleep 60"])
    until(lambda: child.waiting == 3)
    began = time.monotonic()
    child.close()
    child.close()
    assert time.monotonic() - began < 1
    child.join()
    assert (child.take(10), child.ended, child.code) == (b"", True, -signal.SIGTERM)


def test_a_full_command_can_be_closed() -> None:
    """A reader that waits for room hears that nobody is going to take anything."""
    child = Child(["yes"], limit=1000)
    until(lambda: child.waiting >= 1000)
    child.close()
    child.join()
    assert child.ended


def gone(pid: int) -> bool:
    """Whether a process has ended, whoever has to hear of it."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="only where setpriv is installed")
def test_commands_end_with_an_observer_that_is_killed() -> None:
    """R29: kill -9 leaves no `docker logs --follow` behind that would wait for ever."""
    script = (
        "import time; from observer.following.children import Child\n"
        "child = Child(['sh', '-c', 'echo $$; exec sleep 300'])\n"
        "while not child.waiting: time.sleep(0.01)\n"
        "print(child.take(100).decode().strip(), flush=True); time.sleep(300)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as observer:
        assert observer.stdout is not None
        pid = int(observer.stdout.readline())
        assert not gone(pid)
        os.kill(observer.pid, signal.SIGKILL)
        until(lambda: gone(pid))
