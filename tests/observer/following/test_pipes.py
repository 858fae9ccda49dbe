"""R2, R6: a pipe is read ahead of who asks, by a bounded amount, and gives lines like any other stream."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from observer.following.happenings import CaughtUp, Ended, Grown, Happening, Lagging, Opened, Read
from observer.following.pipes import AHEAD_BYTES, PipeFollower
from parsers.text import LINE_LIMIT
from replay.journal import Incarnation, head_of
from tests.observer.following.growing_logs import PLENTY, START, Clock, of, text

DEADLINE = 20.0


class Pipe:
    """Both ends of a pipe."""

    def __init__(self) -> None:
        self.readable, self._writable = os.pipe()
        self._open = True

    def write(self, data: bytes) -> None:
        """Write all of it, waiting where the pipe is full."""
        while data:
            data = data[os.write(self._writable, data) :]

    def end(self) -> None:
        """Close the writer's end."""
        if self._open:
            self._open = False
            os.close(self._writable)

    def close(self) -> None:
        """Close both."""
        self.end()
        os.close(self.readable)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """A pipe that is closed in the end."""
    made = Pipe()
    yield made
    made.close()


def until(what: Callable[[], bool]) -> None:
    """Wait for a thread to have done it."""
    end = time.monotonic() + DEADLINE
    while not what():
        assert time.monotonic() < end
        time.sleep(0.001)


def looked(follower: PipeFollower, wanted: Callable[[list[Happening]], bool]) -> list[Happening]:
    """What looks give until it is what is wanted."""
    said: list[Happening] = []

    def enough() -> bool:
        said.extend(follower.look(START, PLENTY))
        return wanted(said)

    until(enough)
    return said


def ended(said: list[Happening]) -> bool:
    """Whether the stream is over."""
    return bool(of(Ended, said))


def test_lines_of_a_pipe(pipe: Pipe) -> None:
    """R2: all bytes are live; a line is given when it is whole; the end of the pipe ends the stream, once."""
    follower = PipeFollower(pipe.readable, "stdin")
    assert follower.look(START, PLENTY) == []
    pipe.write(b"one\ntw")
    said = looked(follower, lambda said: text(said) == b"one\n")
    assert of(Opened, said)[0] == Opened(1, *head_of(b"one\ntw"), 0, fresh=True, label="stdin")
    pipe.write(b"o\nthree")
    pipe.end()
    said = looked(follower, ended)
    assert of(Read, said) == [
        Read(1, 4, b"two\n", backlog=False),
        Read(1, 8, b"three", backlog=False, torn=True),
    ]
    assert of(Grown, said)[-1] == Grown(1, *head_of(b"one\ntwo\nthree"))
    assert said[-1] == Ended("it was closed")
    assert follower.look(START, PLENTY) == []
    assert follower.leave(START) == []


def test_each_start_is_another_incarnation(pipe: Pipe) -> None:
    """R1: what was read of a pipe cannot be found again, so its incarnations are counted on."""
    known = [Incarnation(1, 3, b"", 0, 100, "stdin")]
    follower = PipeFollower(pipe.readable, "stdin", known)
    pipe.write(b"one\n")
    pipe.end()
    assert of(Opened, looked(follower, ended))[0].incarnation == 4


def test_an_empty_pipe_only_ends(pipe: Pipe) -> None:
    """Nothing is opened of which nothing came."""
    pipe.end()
    assert looked(PipeFollower(pipe.readable, "stdin"), ended) == [Ended("it was closed")]


def test_a_writer_is_held_back(pipe: Pipe) -> None:
    """No more than a few mebibytes are read ahead; whoever writes more waits, and loses nothing."""
    lines = b"".join(b"line %07d\n" % number for number in range(400_000))
    writer = subprocess.Popen(
        [sys.executable, "-c", "for n in range(400_000): print('line %07d' % n)"], stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    follower = PipeFollower(writer.stdout, "writer")
    until(lambda: follower.behind >= AHEAD_BYTES)
    assert follower.behind <= AHEAD_BYTES + (1 << 16)
    assert writer.poll() is None
    said = looked(follower, ended)
    follower.leave(START)
    assert text(said) == lines
    assert writer.wait() == 0
    writer.stdout.close()


def test_room_bounds_a_look(pipe: Pipe) -> None:
    """A look gives about as much as there is room for; what stays unread for a second of looks is a lag."""
    pipe.write(b"a line\n" * 1000)
    follower, clock = PipeFollower(pipe.readable, "stdin"), Clock()
    until(lambda: follower.behind == 7000)
    said = []
    for _ in range(60):
        given = follower.look(clock.on(), 70)
        assert len(text(given)) <= 70
        said += given
    assert len(of(Lagging, said)) == 1
    said = follower.look(clock.on(), PLENTY)
    assert said[-1] == CaughtUp()
    follower.leave(clock.on())


def test_long_lines_of_a_pipe(pipe: Pipe) -> None:
    """R5: a line over the limit comes as fragments of exactly the limit."""
    follower = PipeFollower(pipe.readable, "stdin")
    pipe.write(b"x" * (LINE_LIMIT + 3) + b"\n")
    pipe.end()
    assert [len(one.data) for one in of(Read, looked(follower, ended))] == [LINE_LIMIT, 4]


def test_the_beginning_takes_nothing_away(pipe: Pipe) -> None:
    """What has come is shown, to tell the format by, and given later."""
    follower = PipeFollower(pipe.readable, "stdin")
    assert follower.beginning == b""
    pipe.write(b"one\n")
    until(lambda: follower.beginning == b"one\n")
    assert text(looked(follower, bool)) == b"one\n"
    follower.leave(START)


def test_leaving_gives_what_was_taken(pipe: Pipe) -> None:
    """R6: what was read ahead cannot be read again, so it is given when the stream is left; the thread ends."""
    follower = PipeFollower(pipe.readable, "stdin")
    pipe.write(b"one\ntwo\nthr")
    until(lambda: follower.behind == 11)
    said = follower.leave(START)
    assert of(Read, said) == [
        Read(1, 0, b"one\ntwo\n", backlog=False),
        Read(1, 8, b"thr", backlog=False, torn=True),
    ]
    assert of(Ended, said) == []
    assert follower.leave(START) == []
    pipe.write(b"more\n")
    assert os.read(pipe.readable, 100) == b"more\n"


def test_leaving_a_full_buffer(pipe: Pipe) -> None:
    """A thread that waits for room is ended too."""
    with subprocess.Popen([sys.executable, "-c", "while True: print('y' * 1000)"], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        follower = PipeFollower(writer.stdout, "writer")
        until(lambda: follower.behind >= AHEAD_BYTES)
        assert len(text(follower.leave(START))) >= AHEAD_BYTES
        writer.kill()


def test_a_process_that_waits_for_a_pipe_can_be_interrupted() -> None:
    """An interrupt ends a process that follows a silent pipe, at once and without a word of Python's own."""
    program = (
        "import sys, time\n"
        "from observer.following.pipes import PipeFollower\n"
        "follower = PipeFollower(sys.stdin.buffer, 'stdin')\n"
        "try:\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    print('interrupted')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(2)
        # Its standard input stays open meanwhile.
        assert process.stdout.read() == b"interrupted\n"
        assert process.stderr.read() == b""
        assert process.wait(DEADLINE) == 0
