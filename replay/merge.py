"""Merging sources into one journal, block by block, in flat memory (R3).

Each source is read ahead by one part. Whatever is earlier than everything still to come is given out,
ordered by (order time, source name, offset).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from replay.blocks import BLOCK_BYTES, Columns, Segment
from replay.journal import Mark
from replay.ordering import UNDATED
from replay.reading import Lines, joined, part

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(slots=True)
class Flow:
    """One source's lines as they come."""

    number: int
    parts: Iterator[Lines]
    lines: Lines | None = None
    """Read and not yet given out."""
    ended: bool = False

    def fill(self) -> None:
        """Read on until there are lines, or the end."""
        while not self.ended and self.lines is None:
            self.more()

    def more(self) -> None:
        """Read one part and put it behind what is there."""
        following = next(self.parts, None)
        if following is None:
            self.ended = True
        else:
            self.lines = following if self.lines is None else joined([self.lines, following])

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
    while True:
        for flow in flows:
            flow.fill()
        live = [flow for flow in flows if flow.lines is not None]
        if not live:
            return
        taken = _round(live)
        if not taken:
            for flow in live:
                flow.more()
            continue
        for _number, lines in taken:
            np.maximum(lines.times, floor, out=lines.times)
        yield taken


def _earliest(flows: list[Flow]) -> int:
    """Where lines are put that come before the first date of their source: at the first date of all."""
    firsts = [
        int(dated[0])
        for flow in flows
        if flow.lines is not None and len(dated := flow.lines.times[flow.lines.times != UNDATED])
    ]
    return min(firsts, default=0)


def _round(live: list[Flow]) -> Taken:
    """Everything that nothing still to come can precede."""
    lasts = [
        int(flow.lines.times[-1]) for flow in live if flow.lines is not None and not flow.ended and len(flow.lines)
    ]
    horizon = min(lasts, default=None)
    taken: Taken = []
    open_at_horizon = True
    for flow in live:
        assert flow.lines is not None  # noqa: S101 - live flows have lines
        times = flow.lines.times
        if horizon is None or not len(flow.lines):
            count = len(flow.lines)
        elif open_at_horizon:
            # Sources earlier by name may give out lines at the horizon itself, until one of them may have more.
            count = int(np.searchsorted(times, horizon, side="right"))
            open_at_horizon = flow.ended or count < len(times)
        else:
            count = int(np.searchsorted(times, horizon, side="left"))
        lines = flow.take(count)
        if lines is not None:
            taken.append((flow.number, lines))
    return taken


class BlockBuilder:
    """Collects rounds into blocks of about the same size."""

    def __init__(self, sources: list[int], next_seq: int, floor: int, target: int = BLOCK_BYTES) -> None:
        """The sources stand in order of their names; no entry may precede `floor` in journal time."""
        self._ranks = {number: rank for rank, number in enumerate(sources)}
        self._next_seq = next_seq
        self._floor = floor
        self._target = target
        self._rounds: list[Taken] = []
        self._size = 0

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
        columns, body = _columns(segments, first_seq, self._floor)
        self._next_seq += sum(segment.lines for segment in columns.segments) + len(columns.marks)
        if columns.segments or columns.marks:
            self._floor = max([self._floor, *(segment.last_at for segment in columns.segments)])
        return first_seq, columns, body


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
    """A round cut into pieces of about `target` bytes, each wholly before the next."""
    size = sum(len(lines.data) for _, lines in taken)
    if size <= 2 * target:
        yield taken, size
        return
    times = np.concatenate([lines.times for _, lines in taken])
    lengths = np.concatenate([np.diff(lines.ends, prepend=0) for _, lines in taken])
    owner = np.repeat(np.arange(len(taken)), [len(lines) for _, lines in taken])
    order = np.argsort(times, kind="stable")
    filled = np.cumsum(lengths[order])
    cuts = np.searchsorted(filled, np.arange(target, size, target)).tolist()
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


def _columns(parts: list[tuple[int, Lines]], first_seq: int, floor: int) -> tuple[Columns, bytes]:
    """Columns and body of a block of these lines, marks included."""
    bodies, ends, times, segments = [], [], [], []
    base = 0
    for number, lines in parts:
        given = np.maximum(lines.times, floor)
        if len(lines):
            bodies.append(lines.data)
            ends.append(lines.ends + base)
            times.append(given)
            segments.append(_segment(number, lines, int(given[-1])))
            base += len(lines.data)
    at = np.concatenate(times) if times else np.empty(0, dtype=np.int64)
    end = np.concatenate(ends) if ends else np.empty(0, dtype=np.int64)
    first_at = int(at.min()) if len(at) else floor
    columns = Columns(
        first_at=first_at,
        segments=segments,
        ends=end.astype("<u4").tobytes(),
        times=(at - first_at).astype("<i8").tobytes(),
        order=b"",
        marks=_marks(parts, at, first_seq, first_at),
    )
    return columns, b"".join(bodies)


def _segment(number: int, lines: Lines, last_at: int) -> Segment:
    starts = lines.ends - np.diff(lines.ends, prepend=0)
    offset = int(lines.offsets[0])
    regular = bool((lines.offsets - offset == starts).all())
    return Segment(
        source=number,
        lines=len(lines),
        length=len(lines.data),
        offset=offset,
        incarnation=lines.incarnation,
        offsets=b"" if regular else lines.offsets.astype("<i8").tobytes(),
        last_at=last_at,
    )


def _marks(parts: list[tuple[int, Lines]], at: NDArray[np.int64], first_seq: int, first_at: int) -> list[Mark]:
    """The parts' adjustments as Marks with their places in the journal."""
    order = np.argsort(at, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    placed = []
    first = 0
    for number, lines in parts:
        for found in lines.adjustments:
            if not len(lines):
                place, when = 0, first_at
            elif found.line < len(lines):
                place, when = int(rank[first + found.line]), int(at[first + found.line])
            else:
                place, when = int(rank[first + len(lines) - 1]) + 1, int(at[first + len(lines) - 1])
            placed.append((place, when, number, found))
        first += len(lines)
    placed.sort(key=lambda one: one[:2])
    return [
        Mark(seq=first_seq + place + before, at=when, source=number, kind=found.kind, facts=found.facts)
        for before, (place, when, number, found) in enumerate(placed)
    ]
