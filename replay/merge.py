"""Merging sources into one journal, block by block, in flat memory (R3).

Each source is read ahead by one part. Whatever is earlier than everything still to come is given out,
ordered by (order time, source name, offset).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from replay.blocks import BLOCK_BYTES, Columns, Segment
from replay.journal import Mark
from replay.ordering import UNDATED
from replay.reading import Lines, joined, line_offsets, part

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(slots=True)
class Flow:
    """One source's lines as they come."""

    number: int
    parts: Iterator[Lines]
    lines: Lines | None = None
    """Read and not yet given out; None at the end."""
    floor: int = UNDATED
    """No line is put before this."""

    def fill(self) -> None:
        """Read on where everything has been given out."""
        if self.lines is None:
            self.lines = next(self.parts, None)
            if self.lines is not None:
                # What is taken out and what is left are views then: bytes are copied once, into their block.
                self.lines.data = memoryview(self.lines.data)
            self.lift()

    def lift(self) -> None:
        """Lines that would stand before the floor are put there, so that they are merged with what stands there."""
        if self.lines is not None:
            self.lines.times = np.maximum(self.lines.times, self.floor)

    def take(self, count: int) -> Lines | None:
        """The first `count` lines, taken out; None for none."""
        lines = self.lines
        if lines is None or (count == 0 and len(lines)):
            return None
        if count == len(lines):
            self.lines = None
            return lines
        self.lines = part(lines, count, len(lines))
        return part(lines, 0, count)


Taken = list[tuple[int, Lines]]
"""Lines of several sources, by number of the source, in order of their names."""


def merged(flows: list[Flow]) -> Iterator[Taken]:
    """Rounds of lines, each wholly before the next. The flows stand in order of their sources' names."""
    for flow in flows:
        flow.fill()
    floor = _earliest(flows)
    for flow in flows:
        flow.floor = floor
        flow.lift()
    while live := [flow for flow in flows if flow.lines is not None]:
        yield _round(live)
        for flow in flows:
            flow.fill()


def _earliest(flows: list[Flow]) -> int:
    """Where lines are put that come before the first date of their source: at the first date of all."""
    firsts = [
        int(dated[0])
        for flow in flows
        if flow.lines is not None and len(dated := flow.lines.times[flow.lines.times != UNDATED])
    ]
    return min(firsts, default=0)


def _round(live: list[Flow]) -> Taken:
    """Everything that nothing still to come can precede: of the flow that ends first, all of it."""
    # What a part without lines is followed by is not known yet; it holds Marks, which have no order time.
    without_lines = [flow for flow in live if flow.lines is not None and not len(flow.lines)]
    if without_lines:
        return [(flow.number, lines) for flow in without_lines if (lines := flow.take(0)) is not None]
    horizon = min(int(flow.lines.times[-1]) for flow in live if flow.lines is not None)
    taken: Taken = []
    open_at_horizon = True
    for flow in live:
        assert flow.lines is not None  # noqa: S101 - live flows have lines
        times = flow.lines.times
        # Sources earlier by name may give out lines at the horizon itself, until one of them may have more.
        count = int(np.searchsorted(times, horizon, side="right" if open_at_horizon else "left"))
        open_at_horizon = open_at_horizon and count < len(times)
        lines = flow.take(count)
        if lines is not None:
            taken.append((flow.number, lines))
    return taken


class Arrival(NamedTuple):
    """When lines were received, by which their journal time is bounded (R2)."""

    at: int
    live: bool
    """Whether they were written since; what was there before stands at the time of which it is, if that is earlier."""

    def times(self, when: NDArray[np.int64]) -> NDArray[np.int64]:
        """Journal times of lines with these order times, before the floor."""
        return np.full(len(when), self.at, dtype=np.int64) if self.live else np.minimum(when, self.at)


class BlockBuilder:
    """Collects rounds into blocks of about the same size."""

    def __init__(
        self,
        sources: list[int],
        next_seq: int,
        floor: int,
        target: int = BLOCK_BYTES,
        arrival: Arrival | None = None,
    ) -> None:
        """The sources stand in order of their names; no entry may precede `floor` in journal time. Without `arrival`
        lines stand at their order times, whenever they were read.
        """
        self._ranks = {number: rank for rank, number in enumerate(sources)}
        self._next_seq = next_seq
        self._floor = floor
        self._target = target
        self._arrival = arrival
        self._rounds: list[Taken] = []
        self._size = 0

    def go_on(self, next_seq: int, floor: int) -> None:
        """The next block begins here: others have been put before it."""
        self._next_seq, self._floor = next_seq, floor

    def add(self, taken: Taken) -> Iterator[tuple[int, Columns, bytes]]:
        """Take a round; give out blocks as they fill, as (first sequence, columns, body)."""
        for piece, size in _pieces(taken, self._target):
            self._rounds.append(piece)
            self._size += size
            if self._size >= self._target:
                yield self._block()

    def finish(self) -> Iterator[tuple[int, Columns, bytes]]:
        """The last, smaller block."""
        if self._rounds:
            yield self._block()

    def _block(self) -> tuple[int, Columns, bytes]:
        by_source: dict[int, list[Lines]] = {}
        for taken in self._rounds:
            for number, lines in taken:
                by_source.setdefault(number, []).append(lines)
        self._rounds, self._size = [], 0
        segments = [
            (number, lines)
            for number in sorted(by_source, key=self._ranks.__getitem__)
            for lines in _by_incarnation(by_source[number])
        ]
        first_seq = self._next_seq
        columns, body = _columns(segments, first_seq, self._floor, self._arrival)
        self._next_seq += sum(segment.lines for segment in columns.segments) + len(columns.marks)
        self._floor = last_at(columns, self._floor)
        return first_seq, columns, body


def last_at(columns: Columns, floor: int = 0) -> int:
    """Journal time of the last entry of a block; `floor` where it has none."""
    return max([floor, *(segment.last_at for segment in columns.segments), *(mark.at for mark in columns.marks)])


def _by_incarnation(parts: list[Lines]) -> Iterator[Lines]:
    """Parts of one incarnation as one."""
    same: list[Lines] = []
    for one in parts:
        if same and same[0].incarnation != one.incarnation:
            yield joined(same)
            same = []
        same.append(one)
    yield joined(same)


def _pieces(taken: Taken, target: int) -> Iterator[tuple[Taken, int]]:
    """A round cut into pieces of about `target` bytes or somewhat more, each wholly before the next: none is so small
    that lines of two rounds had to be joined for a block.
    """
    size = sum(len(lines.data) for _, lines in taken)
    if size <= 2 * target:
        yield taken, size
        return
    times = np.concatenate([lines.times for _, lines in taken])
    lengths = np.concatenate([np.diff(lines.ends, prepend=0) for _, lines in taken])
    owner = np.repeat(np.arange(len(taken)), [len(lines) for _, lines in taken])
    order = np.argsort(times, kind="stable")
    filled = np.cumsum(lengths[order])
    cuts = np.searchsorted(filled, np.linspace(0, size, size // target + 1)[1:-1]).tolist()
    done = [0] * len(taken)
    for first, last in pairwise(sorted({0, *cuts, len(order)})):
        counts = np.bincount(owner[order[first:last]], minlength=len(taken)).tolist()
        final = last == len(order)
        piece: Taken = []
        for index, (number, lines) in enumerate(taken):
            end = len(lines) if final else done[index] + counts[index]
            if end > done[index]:
                piece.append((number, part(lines, done[index], end)))
            elif final and not len(lines):
                piece.append((number, lines))
            done[index] = end
        yield piece, sum(len(lines.data) for _, lines in piece)


def _columns(
    parts: list[tuple[int, Lines]], first_seq: int, floor: int, arrival: Arrival | None
) -> tuple[Columns, bytes]:
    """Columns and body of a block of these lines, marks included."""
    bodies, ends, times, segments = [], [], [], []
    base = 0
    for number, lines in parts:
        if len(lines):
            bodies.append(lines.data)
            ends.append(lines.ends + base)
            times.append(lines.times)
            segments.append(_segment(number, lines))
            base += len(lines.data)
    when = np.concatenate(times) if times else np.empty(0, dtype=np.int64)
    at = np.maximum(when if arrival is None else arrival.times(when), floor)
    end = np.concatenate(ends) if ends else np.empty(0, dtype=np.int64)
    _date(segments, at)
    # Of Marks alone: what is known now was found out now. So it is where a journal begins with them.
    alone = max(floor, arrival.at) if arrival is not None and (arrival.live or not floor) else floor
    lines_at = int(at.min()) if len(at) else alone
    # What is imported is cut into blocks by its size, which says nothing of when a Mark was; what is received, by time.
    marks = _marks(parts, at, when, first_seq, floor if floor and arrival is None else lines_at)
    first_at = min([lines_at, *(mark.at for mark in marks)])
    columns = Columns(
        first_at=first_at,
        segments=segments,
        ends=end.astype("<u4").tobytes(),
        times=(at - first_at).astype("<i8").tobytes(),
        order=_order(when, at),
        marks=marks,
    )
    return columns, b"".join(bodies)


def _order(when: NDArray[np.int64], at: NDArray[np.int64]) -> bytes:
    """The column of journal order, empty where that follows from the journal times. Lines that come too late for the
    journal all stand at its end, and still in the order of their times.
    """
    if bool((at == when).all()):
        return b""
    order = np.argsort(when, kind="stable")
    return b"" if bool((order == np.argsort(at, kind="stable")).all()) else order.astype("<u4").tobytes()


def _date(segments: list[Segment], at: NDArray[np.int64]) -> None:
    """Journal time of the last line of each segment."""
    last = -1
    for segment in segments:
        last += segment.lines
        segment.last_at = int(at[last])


def _segment(number: int, lines: Lines) -> Segment:
    offset = int(lines.offsets[0])
    regular = bool((lines.offsets == line_offsets(offset, lines.ends)).all())
    return Segment(
        source=number,
        lines=len(lines),
        length=len(lines.data),
        offset=offset,
        incarnation=lines.incarnation,
        offsets=b"" if regular else lines.offsets.astype("<i8").tobytes(),
    )


def _marks(
    parts: list[tuple[int, Lines]], at: NDArray[np.int64], when: NDArray[np.int64], first_seq: int, behind_earlier: int
) -> list[Mark]:
    """The parts' adjustments as Marks with their places in the journal. Before all lines, and at the time
    `behind_earlier`, stands what follows a line of its source in an earlier block.
    """
    if not any(lines.adjustments for _, lines in parts):
        return []
    rank = np.empty(len(when), dtype=np.int64)
    rank[np.argsort(when, kind="stable")] = np.arange(len(when))
    placed = []
    first = 0
    behind: dict[int, int] = {}
    """The last line of each source, before the part that is looked at."""
    for number, lines in parts:
        for found in lines.adjustments:
            if found.line < len(lines):
                place, dated = int(rank[first + found.line]), int(at[first + found.line])
            elif len(lines) or number in behind:
                last = first + len(lines) - 1 if len(lines) else behind[number]
                place, dated = int(rank[last]) + 1, int(at[last])
            else:
                place, dated = 0, behind_earlier
            placed.append((place, dated, number, found))
        first += len(lines)
        if len(lines):
            behind[number] = first - 1
    placed.sort(key=lambda one: one[:2])
    return [
        Mark(seq=first_seq + place + before, at=dated, source=number, kind=found.kind, facts=found.facts)
        for before, (place, dated, number, found) in enumerate(placed)
    ]
