"""What a journal holds besides lines: the sources its lines come from, and Marks about them (design §3).

A line is bytes of one source at an offset; a Mark is a fact about a source. Both have a sequence and a
journal time. Observations and Ticks are written by live runs only.
"""

from __future__ import annotations

import enum
import hashlib
from typing import Any

import msgspec

HEAD_BYTES = 1024
"""How much of a stream identifies an incarnation (R1)."""


class Role(enum.Enum):
    """What a source is to the fold."""

    PRIMARY = "primary"
    EVIDENCE = "evidence"
    """The other form of a log that has a primary: kept, shown, never folded, so that no event counts twice."""
    UNREAD = "unread"
    """No parser knows its format: kept and counted."""


class Source(msgspec.Struct, frozen=True):
    """One stream of one node (R1)."""

    number: int
    node: str
    stream: str
    system: str | None
    framing: str
    form: str | None
    zone: str
    role: Role
    label: str
    """Where it was read from, for people."""
    entered: int = 0
    """Sequence of the last entry before it was known of. In an import all are known from the start."""

    @property
    def name(self) -> str:
        """The name by which sources are ordered and shown."""
        return f"{self.node}/{self.stream}"


class MarkKind(enum.Enum):
    """Facts about a source."""

    OPENED = "opened"
    ENDED = "ended"
    CLAMPED = "clamped"
    """Lines dated before their predecessor took its time."""
    STRAY = "stray"
    """Lines dated far after the lines behind them took the time of those."""
    CLOCK_STEP = "clock step"
    """The node's clock was set; later times are adjusted by the step."""
    UNDATED = "undated"
    """The source has no readable time at all."""
    GAP = "gap"
    """Something is missing here: facts say how much, where it is known (R15)."""
    TORN = "torn"
    """The last line has no line break: it is kept and not parsed until its end comes."""
    REDACTED = "redacted"
    """From here on, this redaction is in force."""
    ROTATED = "rotated"
    """One file of the source was read to its end, and the next one follows: no end of the source."""
    LAGGING = "lagging"
    """More of the source is there than was read, and has been for longer than a moment."""
    CAUGHT_UP = "caught up"
    """The source is read to its end again."""
    LOST = "lost"
    """What the source is read from has gone or cannot be read; it may come back."""
    TICK = "tick"
    """Time has passed, and nothing was written (R9). Of no source."""
    CLOSED = "closed"
    """Whoever was attached has left; up to here nothing more was written (R25). Of no source."""


NO_SOURCE = 0
"""The source of Marks that are about the journal itself."""


class Mark(msgspec.Struct, frozen=True):
    """One Mark, with its place in the journal."""

    seq: int
    at: int
    source: int
    kind: MarkKind
    facts: dict[str, Any] = {}


class Incarnation(msgspec.Struct, frozen=True):
    """One file that a source was read from, known by its beginning (R1)."""

    source: int
    count: int
    head: bytes
    """BLAKE2b of the first `head_length` bytes."""
    head_length: int
    high_water: int
    """Offset up to which it has been read, in decompressed bytes before redaction."""
    label: str
    resume: str = ""
    """What else whoever reads it needs to go on behind `high_water`, where an offset alone cannot be sought."""


def head_of(beginning: bytes | memoryview) -> tuple[bytes, int]:
    """The hash that identifies a stream by its beginning, and how many bytes it covers."""
    head = beginning[:HEAD_BYTES]
    return hashlib.blake2b(head, digest_size=16).digest(), len(head)
