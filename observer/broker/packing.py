"""What waits for the broker, and how it is cut into records.

Lines of a source stay in order, and each piece says where its shipper had got to before it: so whoever takes it sees
what is missing between two (R1). Nothing here knows of a broker.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from observer.broker.wire import Piece, described
from observer.live.streams import Stream
from replay.journal import Incarnation, Source
from replay.reading import Lines, joined, part

Key = tuple[int, int]
"""Number of a source, and count of its incarnation."""


class Held(NamedTuple):
    """Lines that were read and not sent yet."""

    stream: Stream
    number: int
    """Of the source, with whoever reads it."""
    lines: Lines
    backlog: bool

    @property
    def incarnation(self) -> int:
        """The incarnation; of what happened before the first was opened, the last that is known."""
        known = [count for number, count in self.stream.incarnations if number == self.number]
        return self.lines.incarnation or max(known, default=1)

    @property
    def source(self) -> Source:
        """The source, as whoever reads it knows it."""
        return next(source for source in self.stream.sources if source.number == self.number)


class Record(NamedTuple):
    """What one record is made of."""

    held: list[Held]
    pieces: list[Piece]
    through: dict[Key, tuple[Stream, int]]
    """How far each incarnation is read with it."""

    @property
    def lines(self) -> int:
        """How many lines."""
        return sum(len(piece.lines) for piece in self.pieces)

    @property
    def raw(self) -> int:
        """Bytes of the lines."""
        return sum(len(piece.lines.data) for piece in self.pieces)


class Waiting:
    """What waits, in the order in which it was read."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._held: deque[Held] = deque()
        self._through: dict[Key, int] = {}
        self.raw = 0
        """Bytes that wait."""

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._held)

    def hold(self, given: Iterable[Held]) -> None:
        """Let these wait behind all others."""
        for one in given:
            self._held.append(one)
            self.raw += len(one.lines.data)

    def record(self, most: int) -> Record:
        """The next record, of about `most` raw bytes and one line at least; it waits no longer."""
        held = self._next(most)
        self.raw -= sum(len(one.lines.data) for one in held)
        through: dict[Key, tuple[Stream, int]] = {}
        pieces = []
        for one, lines in _groups(held):
            key = one.number, one.incarnation
            since = through[key][1] if key in through else self._through.get(key)
            piece = _piece(one, lines, since)
            through[key] = one.stream, piece.until
            pieces.append(piece)
        return Record(held, pieces, through)

    def give_back(self, record: Record) -> None:
        """A record was not sent: what it is made of waits before all others."""
        self._held.extendleft(reversed(record.held))
        self.raw += record.raw

    def taken(self, record: Record) -> list[Incarnation]:
        """A record has arrived: what is to be noted of its incarnations."""
        rows: dict[Key, Incarnation] = {}
        for key, (stream, until) in record.through.items():
            self._through[key] = until
            known = stream.incarnations.get(key)
            if known is not None:
                read = msgspec.structs.replace(known, high_water=max(known.high_water, until))
                rows |= {(row.source, row.count): row for row in stream.committed([read])}
        # Of an incarnation nothing of which has arrived, whoever goes on must begin as if it had never been seen.
        return [row for key, row in rows.items() if key in self._through]

    def _next(self, room: int) -> list[Held]:
        held: list[Held] = []
        while self._held and (room > 0 or not held):
            one = self._held.popleft()
            if len(one.lines.data) > room:
                fitting = int(np.searchsorted(one.lines.ends, room, side="right"))
                if not fitting and held:
                    self._held.appendleft(one)
                    break
                first = max(1, fitting)
                if first < len(one.lines):
                    self._held.appendleft(one._replace(lines=part(one.lines, first, len(one.lines))))
                    one = one._replace(lines=part(one.lines, 0, first))
            held.append(one)
            room -= len(one.lines.data)
        return held


def _groups(held: Sequence[Held]) -> list[tuple[Held, Lines]]:
    """What is held, in pieces of one incarnation each, in order of each source."""
    groups: list[tuple[Held, list[Lines]]] = []
    last: dict[int, int] = {}
    for one in held:
        place = last.get(one.number)
        if place is not None and (groups[place][0].incarnation, groups[place][0].backlog) == (
            one.incarnation,
            one.backlog,
        ):
            groups[place][1].append(one.lines)
        else:
            last[one.number] = len(groups)
            groups.append((one, [one.lines]))
    return [(one, joined(lines)) for one, lines in groups]


def _piece(one: Held, lines: Lines, since: int | None) -> Piece:
    key = one.number, one.incarnation
    found = one.stream.incarnations.get(key) or Incarnation(*key, b"", 0, 0, "")
    since = found.high_water if since is None else since
    until = since
    if len(lines):
        before = int(lines.ends[-2]) if len(lines) > 1 else 0
        until = int(lines.offsets[-1]) + len(lines.data) - before
    head = found.head if found.head_length else b""
    return Piece(described(one.source), key[1], head, found.head_length, found.label, since, until, one.backlog, lines)
