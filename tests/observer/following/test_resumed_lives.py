"""Laws of a log that is asked for again and again: whatever ends an answer or a run, no line is lost or doubled."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from observer.following.happenings import Missing, Read
from observer.following.lives import Life, Reading
from parsers.clock import NS, read_time
from replay.journal import Incarnation
from tests.observer.following.engines import Source

LIFE = Life("docker:a", "a", ("docker", "logs", "a"), since="--since=", running=False)
START = 1_795_244_400
"""2026-11-21 07:00 UTC, in seconds."""


class Log:
    """What an engine has of a container, and how it answers."""

    def __init__(self, lines: Sequence[bytes], *, each: bool, seed: int, faults: bool) -> None:
        """`each`: `--since` leaves out every earlier line, not only those before the first late one. `faults`:
        answers may break off.
        """
        self.lines = list(lines)
        self.kept = 0
        self.random = random.Random(seed)  # noqa: S311 - where a run ends, not a secret
        self._each = each
        self._faults = faults

    def since(self, option: str) -> Iterator[bytes]:
        """The lines of an answer."""
        read = read_time(option)
        passing = read is None
        for line in self.lines[self.kept :]:
            late = read is None or instant(line) >= read[0]
            passing = late if self._each else passing or late
            if passing:
                yield line

    def answer(self, command: Sequence[str], *, merged: bool) -> Answer:
        """The fake of `Child`."""
        data = b"".join(self.since(command[-1].removeprefix("--since=")))
        broken = self._faults and self.random.random() < 0.5
        if broken:
            data = data[: self.random.randint(0, len(data))]
        return Answer(data, 1 if broken else 0, self.random)


class Answer:
    """What a command writes, in pieces."""

    complaint = "unexpected EOF"

    def __init__(self, data: bytes, code: int, chance: random.Random) -> None:
        """`code` is what it ends with."""
        self._data = data
        self.code = code
        self._random = chance

    @property
    def waiting(self) -> int:
        """Bytes not taken."""
        return len(self._data)

    @property
    def ended(self) -> bool:
        """Whether all is taken."""
        return not self._data

    def take(self, room: int) -> bytes:
        """Some bytes."""
        size = self._random.randint(1, room)
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    def close(self) -> None:
        """Nobody takes more."""
        self._data = b""


def instant(line: bytes) -> int:
    """The time before a line."""
    read = read_time(line.decode())
    assert read is not None
    return read[0]


def stamped(offset: int, text: str) -> bytes:
    """A line at nanoseconds after the start."""
    seconds, fraction = divmod(offset, NS)
    return f"2026-11-21T07:{seconds // 60:02}:{seconds % 60:02}.{fraction:09}Z {text}\n".encode()


@contextmanager
def answering(log: Log) -> Iterator[None]:
    """Commands are answered from a log."""
    with mock.patch("observer.following.lives.Child", log.answer):
        yield


def run(log: Log, source: Source, *, now: int, looks: int) -> tuple[bool, int]:
    """Look so many times, on from what the source has; whether the end was reached, and the time then."""
    source.incarnations.setdefault(1, Incarnation(1, 1, b"", 0, 0, "a"))
    source.data.setdefault(1, b"")
    reading = Reading(LIFE, 1, source.incarnations[1])
    for _ in range(looks):
        now += NS // 50
        reading.listed(LIFE, now, now)
        for happening in reading.look(now, 64):
            source.take(happening)
            if log.random.random() < 0.02:
                # Killed between what was stored and what was not.
                return False, now
        if reading.rest:
            return True, now
        if reading.due is not None:
            now = max(now, reading.due)
    return False, now


def follow(log: Log, source: Source) -> None:
    """Runs that are killed at some point, until one has read to the end."""
    now = (START + 86_400) * NS
    with answering(log):
        for _ in range(400):
            over, now = run(log, source, now=now, looks=log.random.randint(1, 60))
            if over:
                return
        over, now = run(log, source, now=now, looks=10_000)
        assert over


OFFSETS = st.lists(st.sampled_from([0, 0, 0, 1, NS // 2, NS, 3 * NS]), min_size=1, max_size=40)
TEXTS = st.sampled_from(["a", "a", "b", "", "a much longer line that no look has room for " * 3])


@given(OFFSETS, st.data(), st.booleans(), st.integers(0, 1 << 30))
def test_every_line_once(steps: list[int], data: st.DataObject, each: bool, seed: int) -> None:  # noqa: FBT001 - drawn
    """R29: lines that share an instant, or their very bytes; answers that break off; runs killed after any look."""
    lines, offset = [], 0
    for step in steps:
        offset += step
        lines.append(stamped(offset, data.draw(TEXTS)))
    source = Source()
    follow(Log(lines, each=each, seed=seed, faults=True), source)
    assert source.data[1] == b"".join(lines)
    assert source.of(Missing) == []


@given(st.lists(st.integers(-400 * NS, 400 * NS), min_size=1, max_size=30), st.integers(0, 1 << 30))
def test_a_clock_that_is_set_doubles_nothing(steps: list[int], seed: int) -> None:
    """R29: since docker 23, lines are found again whatever a clock did to their times."""
    offset, lines = 1800 * NS, []
    for number, step in enumerate(steps):
        offset = min(max(offset + step, 0), 3500 * NS)
        lines.append(stamped(offset, str(number)))
    source = Source()
    follow(Log(lines, each=False, seed=seed, faults=True), source)
    assert source.data[1] == b"".join(lines)
    assert source.of(Missing) == []


@given(st.lists(st.integers(0, 20), min_size=2, max_size=12), st.integers(0, 1 << 30))
def test_what_was_thrown_away_is_missing(batches: list[int], seed: int) -> None:
    """R15: a log that loses its oldest lines between runs: no line twice, none out of order, and none goes unsaid."""
    log = Log([], each=False, seed=seed, faults=False)
    source = Source()
    for second, count in enumerate(batches):
        at = second * 60 * NS
        log.lines += [stamped(at + number, f"{second}.{number}") for number in range(count)]
        kept = log.random.randint(log.kept, len(log.lines))
        lost = log.lines[log.kept : kept]
        log.kept = kept
        before, said = source.data.get(1, b""), len(source.of(Missing))
        follow(log, source)
        unread = [line for line in lost if line not in before]
        if unread and before:
            assert len(source.of(Missing)) > said
    given_lines = source.data[1].splitlines(keepends=True)
    assert given_lines == [line for line in log.lines if line in set(given_lines)]
    assert log.lines[log.kept :] == given_lines[len(given_lines) - len(log.lines) + log.kept :]


def test_a_journal_that_is_further_than_its_cursor_gets_no_byte_twice() -> None:
    """R1: an entry at or below the high-water offset is dropped, wherever the stored cursor stands."""
    lines = [stamped(number * NS, str(number)) for number in range(9)]
    log, source = Log(lines, each=False, seed=1, faults=False), Source()
    follow(log, source)
    reads = source.of(Read)
    cursor = reads[0].resume
    size = len(b"".join(lines))
    source.incarnations[1] = Incarnation(1, 1, b"", 0, size, "a", cursor)
    log.lines.append(stamped(10 * NS, "more"))
    follow(log, source)
    assert source.data[1] == b"".join(log.lines)


def test_a_line_of_more_than_16_mib_loses_its_rest() -> None:
    """A line is held until its end has come; what is too long to be held is dropped, and said."""
    long = stamped(0, "x" * (17 << 20))
    log, source = Log([long, stamped(1, "next")], each=False, seed=1, faults=False), Source()
    reading = Reading(LIFE, 1, None)
    source.incarnations[1], source.data[1] = Incarnation(1, 1, b"", 0, 0, "a"), b""
    with answering(log):
        reading.listed(LIFE, START * NS, START * NS)
        while not reading.rest:
            for happening in reading.look(START * NS, 1 << 20):
                source.take(happening)
    assert source.data[1] == long[: 16 << 20] + b"\n" + stamped(1, "next")
    assert [one.size for one in source.of(Missing)] == [len(long) - 1 - (16 << 20)]


def test_words_of_the_command_are_no_lines() -> None:
    """What comes without a time and is followed by nothing is why a command failed; else it belongs to the log."""
    lines = b"".join([stamped(0, "one"), b"and more\n", stamped(1, "two")])
    source = Source()
    reading = Reading(LIFE, 1, None)
    source.incarnations[1], source.data[1] = Incarnation(1, 1, b"", 0, 0, "a"), b""
    answer = Answer(lines + b"error from daemon in stream: Error grabbing logs\n", 0, random.Random(1))  # noqa: S311 - sizes
    with mock.patch("observer.following.lives.Child", return_value=answer):
        reading.listed(LIFE, START * NS, START * NS)
        while not reading.why:
            for happening in reading.look(START * NS, 1 << 20):
                source.take(happening)
    assert reading.why == "error from daemon in stream: Error grabbing logs"
    assert source.data[1] == lines
