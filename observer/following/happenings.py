"""What may happen to a stream that is followed: the words in which every kind of source speaks (R1, R2, R23).

A follower is looked at again and again and never waits. What it gives in one look is in the order of the stream; how
streams are interleaved, and at what journal time anything stands, is for the journal to say.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias

import msgspec


class Opened(msgspec.Struct, frozen=True):
    """A file, or a life of a container, is read from here on."""

    incarnation: int
    """Its count in the source, from 1 on."""
    head: bytes
    """BLAKE2b of its first `head_length` bytes (`replay.journal.head_of`)."""
    head_length: int
    start: int
    """Offset at which reading begins, in decompressed bytes."""
    fresh: bool
    """Whether nothing of it has been read before. Going on at a stored cursor is not fresh, and no gap."""
    label: str
    """Where it is read from, for people."""


class Grown(msgspec.Struct, frozen=True):
    """The beginning of an incarnation that was short when it was opened: it is known by more bytes now."""

    incarnation: int
    head: bytes
    head_length: int


class Read(msgspec.Struct, frozen=True):
    """Whole lines that have come."""

    incarnation: int
    offset: int
    """Of the first byte, in decompressed bytes."""
    data: bytes
    """Ends with a line break, unless it is `torn` or a fragment of `LINE_LIMIT` bytes of a longer line."""
    backlog: bool
    """Whether these bytes were there already when the stream was opened or opened again (R2)."""
    torn: bool = False
    """The stream is over, or is left, in the middle of a line: its beginning is kept and not parsed."""
    resume: str = ""
    """What the follower needs to go on behind these bytes, where an offset alone cannot be sought."""


class Missing(msgspec.Struct, frozen=True):
    """Something of the stream was there and was not read, and never can be."""

    size: int | None
    """Bytes, as far as is known; None where nobody can say how much."""
    why: str


class Rotated(msgspec.Struct, frozen=True):
    """An incarnation was read to its end, and another follows: no end of the source."""

    incarnation: int


class Lagging(msgspec.Struct, frozen=True):
    """The end of the stream is known to be further than has been read, for longer than a moment."""

    behind: int
    """Bytes."""


class CaughtUp(msgspec.Struct, frozen=True):
    """It is read to its end again."""


class Lost(msgspec.Struct, frozen=True):
    """What it is read from has gone or cannot be read; it may come back."""

    why: str


class Ended(msgspec.Struct, frozen=True):
    """Nothing more can come: a pipe was closed."""

    why: str


Happening: TypeAlias = Opened | Grown | Read | Missing | Rotated | Lagging | CaughtUp | Lost | Ended


class Follower(Protocol):
    """One stream of one node, followed."""

    @property
    def behind(self) -> int:
        """Bytes that are known to be there and have not been given yet."""
        ...

    def look(self, now: int, room: int) -> list[Happening]:
        """What has happened since the last look, at most about `room` bytes of it. Never waits, never raises for
        what the outside world may do. `now` is the time, in nanoseconds UTC.
        """
        ...

    def leave(self, now: int) -> list[Happening]:
        """What is left to say when nobody looks again: the beginning of a line whose end has not come. Closes it."""
        ...
