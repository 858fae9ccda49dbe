"""Logs of xmtpd spoilt at random: cut off, run together, of wrong types, nested without end, no UTF-8.

`python -m tests.parsers.mutated 100` reads a hundred megabytes of them and says what became of the lines.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence

from state.events import ProblemLogged, ProcessCrashed, StatementUnreadable
from tests.parsers.examples_xmtpd import EXAMPLES
from tests.parsers.xmtpd_lines import on_console, parser
from tests.parsers.xmtpd_runs import simulated

MEGABYTE = 1_000_000
VALUES = [
    *(b"null", b"true", b'"x"', b"-1", b"1.5", b"1e400", b"[]", b"{}", b"[[[[]]]]", b'{"a":{"a":{}}}', b'""', b"NaN"),
    *(b"9" * 19, b"9" * 400, b"18446744073709551616", b"-9223372036854775809"),
    *(b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xff\xfe"', b'"\xed\xa0\x80"', b'"\\q"'),
]
LONG = [b"[" * 3000, b'{"a":' * 3000, b'"' + b"9" * 5000 + b'"', b"9" * 5000, b'"' + b"x" * 20_000 + b'"']
BYTES = [
    b"\xff",
    b"\x00",
    b"\x1b[31m",
    b"\x1b]0;",
    b"\t",
    b"\\",
    b'"',
    b"{",
    b"}",
    b",",
    b":",
    b"\r",
    "\u202e".encode(),
]


def _line(draw: random.Random, lines: Sequence[bytes]) -> bytes:
    return draw.choice(lines).rstrip(b"\n")


def cut(draw: random.Random, line: bytes, _lines: Sequence[bytes]) -> bytes:
    """The end, or the beginning, is missing."""
    place = draw.randrange(len(line) + 1)
    return line[:place] if draw.random() < 0.8 else line[place:]


def mixed(draw: random.Random, line: bytes, lines: Sequence[bytes]) -> bytes:
    """Two lines were written at once."""
    place = draw.randrange(len(line) + 1)
    return line[:place] + _line(draw, lines) + (line[place:] if draw.random() < 0.5 else b"")


def retyped(draw: random.Random, line: bytes, _lines: Sequence[bytes]) -> bytes:
    """A value is something else."""
    places = [place for place in range(len(line)) if line[place : place + 1] == b":"]
    if not places:
        return line
    start = draw.choice(places) + 1
    end = line.find(b",", start)
    value = draw.choice(LONG if draw.random() < 0.02 else VALUES)
    return line[:start] + value + (line[end:] if end >= 0 else b"}")


def doubled(draw: random.Random, line: bytes, _lines: Sequence[bytes]) -> bytes:
    """A part of it stands there twice."""
    start = draw.randrange(len(line) + 1)
    part = line[start : start + draw.randrange(80)]
    return line[:start] + part + line[start:]


def sprinkled(draw: random.Random, line: bytes, _lines: Sequence[bytes]) -> bytes:
    """Bytes that do not belong there."""
    for _ in range(draw.randrange(1, 4)):
        place = draw.randrange(len(line) + 1)
        line = line[:place] + draw.choice(BYTES) + line[place + draw.randrange(2) :]
    return line


def flipped(draw: random.Random, line: bytes, _lines: Sequence[bytes]) -> bytes:
    """One byte is another."""
    place = draw.randrange(max(1, len(line)))
    return line[:place] + bytes([draw.randrange(256)]) + line[place + 1 :]


WAYS = (cut, mixed, retyped, retyped, doubled, sprinkled, flipped)


def mutated(lines: Sequence[bytes], size: int, seed: int) -> Iterator[bytes]:
    """Entries of about so many bytes in all, one in eight as it was, some without their line break."""
    draw = random.Random(seed)  # noqa: S311 - what is drawn is no secret
    made = 0
    while made < size:
        line = _line(draw, lines)
        if draw.randrange(8):
            line = draw.choice(WAYS)(draw, line, lines)
        entry = line if draw.random() < 0.01 else line + b"\n"
        made += len(entry)
        if entry:
            yield entry


def real_lines() -> list[bytes]:
    """Lines of a run with faults and one of each statement, in both forms."""
    lines = [line for encoding in ("json", "console") for log in simulated(encoding).values() for line in log]
    examples = [example.lines for example in EXAMPLES]
    return lines + [*examples, *map(on_console, examples)] * (len(lines) // len(examples) // 2)


class Outcome:
    """What became of entries, all of which are accounted for. Raises AssertionError where one is not."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.entries = self.size = self.events = self.spoke = 0
        self.parser = parser()

    def read(self, entry: bytes) -> None:
        """One entry: it is a statement that was read, or one that says it was not, or none."""
        tally = self.parser.tally
        before = tally.claimed, tally.malformed.total()
        said = [event for event, _ in self.parser.feed(entry, self.entries, self.entries)]
        self.entries, self.size, self.events = self.entries + 1, self.size + len(entry), self.events + len(said)
        claimed, malformed = tally.claimed - before[0], tally.malformed.total() - before[1]
        unreadable = sum(isinstance(event, StatementUnreadable) for event in said)
        stated = sum(not isinstance(event, StatementUnreadable | ProblemLogged | ProcessCrashed) for event in said)
        assert claimed in (0, 1)
        assert unreadable == malformed <= claimed
        assert not (stated and (malformed or not claimed))
        self.spoke += claimed

    def check(self) -> None:
        """What was hit is what was claimed, and never less than what could not be read."""
        tally = self.parser.tally
        assert tally.claimed == self.spoke == tally.hit.total()
        assert all(count <= tally.hit[name] for name, count in tally.malformed.items())

    def __str__(self) -> str:
        """In a line."""
        tally = self.parser.tally
        return (
            f"{self.size:,} bytes, {self.entries:,} entries: {tally.hit.total():,} statements of "
            f"{len(tally.hit)} kinds, {tally.malformed.total():,} of them unreadable; {self.events:,} events"
        )


def survive(size: int, seed: int = 1) -> Outcome:
    """Read so many bytes."""
    outcome = Outcome()
    for entry in mutated(real_lines(), size, seed):
        outcome.read(entry)
    outcome.check()
    return outcome


if __name__ == "__main__":
    sys.stdout.write(f"{survive(int(sys.argv[1]) * MEGABYTE)}\n")
