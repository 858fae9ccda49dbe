"""Merging and cutting into blocks, held against sorting everything at once (R3, R5)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from replay.blocks import Block, pack, unpack
from replay.journal import Mark, MarkKind
from replay.merge import BlockBuilder, Flow, merged
from replay.ordering import UNDATED, Adjustment
from replay.reading import Lines

NAMES = ("a/log", "b/log", "b/stdout", "c/log")


@dataclass(frozen=True)
class Given:
    """One source: its lines as (order time, text), cut into parts of (lines, incarnation, marks before a line)."""

    lines: list[tuple[int, bytes]]
    parts: list[tuple[int, int, list[int]]]

    def flow(self, number: int) -> Flow:
        """As it is merged."""
        return Flow(number, iter(self._parts()))

    def _parts(self) -> list[Lines]:
        found, first = [], 0
        for count, incarnation, marks in self.parts:
            some = self.lines[first : first + count]
            ends = np.cumsum([len(text) for _, text in some], dtype=np.int64)
            found.append(
                Lines(
                    data=b"".join(text for _, text in some),
                    ends=ends,
                    times=np.array([time for time, _ in some], dtype=np.int64),
                    offsets=np.arange(first, first + count, dtype=np.int64) * 1000,
                    incarnation=incarnation,
                    adjustments=[Adjustment(mark, MarkKind.STRAY, {"before": first + mark}) for mark in marks],
                )
            )
            first += count
        return found


@st.composite
def sources(draw: st.DrawFn) -> Given:
    """Times of few values, so that many are equal; parts of any size, some empty, of one incarnation or two."""
    times = sorted(draw(st.lists(st.integers(100, 108), max_size=30)))
    undated = draw(st.sampled_from([0, 0, 0, 2, len(times)]))
    times[:undated] = [UNDATED] * min(undated, len(times))
    lines = [(time, f"{place}{'.' * draw(st.integers(0, 40))}\n".encode()) for place, time in enumerate(times)]
    parts: list[tuple[int, int, list[int]]] = []
    left, incarnation = len(lines), 1
    while left or not parts:
        # Order times come with the first date, where there is one: no source begins with a part without any.
        least = undated + 1 if not parts and undated < len(lines) else 0
        count = min(left, draw(st.integers(least, max(least, 12))))
        marks = sorted(draw(st.lists(st.integers(0, count), min_size=not count, max_size=2)))
        parts.append((count, incarnation, marks))
        left -= count
        incarnation += draw(st.integers(0, 5)) == 0
    return Given(lines, parts)


def built(given_: list[Given], target: int, floor: int, first_seq: int) -> list[Block]:
    """What comes out, after a round trip through its stored form."""
    builder = BlockBuilder(list(range(len(given_))), first_seq, floor, target)
    flows = [one.flow(number) for number, one in enumerate(given_)]
    blocks = itertools.chain(
        itertools.chain.from_iterable(builder.add(taken) for taken in merged(flows)), builder.finish()
    )
    return [unpack(seq, *pack(columns, body)) for seq, columns, body in blocks]


def sorted_at_once(given_: list[Given], floor: int) -> list[tuple[int, int, int, bytes]]:
    """(journal time, source, index in the source, text) by (order time, source name, offset)."""
    dated = [time for one in given_ for time, _ in one.lines if time != UNDATED]
    earliest = min(dated, default=0)
    rows = [
        (max(time, earliest), number, place, text)
        for number, one in enumerate(given_)
        for place, (time, text) in enumerate(one.lines)
    ]
    return [(max(time, floor), number, place, text) for time, number, place, text in sorted(rows)]


@dataclass(frozen=True)
class Journal:
    """Blocks as one sequence."""

    lines: list[tuple[int, int, int, int, bytes]]
    """(sequence, journal time, source, offset, text)."""
    marks: list[Mark]


def journal(blocks: list[Block]) -> Journal:
    """Every entry of some blocks, in order."""
    lines = []
    for block in blocks:
        for segment, first, _start in block.segments():
            for place, offset in enumerate(block.offsets(segment, first).tolist(), start=first):
                row = int(block.seqs[place]), int(block.times[place]), segment.source, offset, block.line(place)
                lines.append(row)
    return Journal(sorted(lines), [mark for block in blocks for mark in block.columns.marks])


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.lists(sources(), min_size=1, max_size=len(NAMES)),
    st.sampled_from([40, 200, 1 << 20]),
    st.sampled_from([0, 0, 104, 200]),
    st.sampled_from([1, 77]),
)
def test_the_journal_is_the_sources_sorted(given_: list[Given], target: int, floor: int, first_seq: int) -> None:
    """R3, R2: ordered by (order time, source name, offset); sequences without holes; time never decreasing."""
    blocks = built(given_, target, floor, first_seq)
    found = journal(blocks)
    expected = sorted_at_once(given_, floor)
    assert [(at, source, offset // 1000, text) for _, at, source, offset, text in found.lines] == expected
    entries = sorted([(line[0], line[1]) for line in found.lines] + [(mark.seq, mark.at) for mark in found.marks])
    assert [seq for seq, _ in entries] == list(range(first_seq, first_seq + len(entries)))
    ats = [at for _, at in entries]
    assert ats == sorted(ats)
    assert all(block.count for block in blocks)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(sources(), min_size=1, max_size=len(NAMES)), st.sampled_from([40, 200, 1 << 20]))
def test_marks_stand_before_their_lines(given_: list[Given], target: int) -> None:
    """R3: a Mark comes after the line before it and before the line that it is about, and none is lost."""
    found = journal(built(given_, target, 0, 1))
    seqs: dict[int, list[int]] = {}
    for seq, _at, source, _offset, _text in found.lines:
        seqs.setdefault(source, []).append(seq)
    asked = sorted(
        (number, sum(count for count, _, _ in one.parts[:place]) + mark)
        for number, one in enumerate(given_)
        for place, (_count, _incarnation, marks) in enumerate(one.parts)
        for mark in marks
    )
    assert sorted((mark.source, mark.facts["before"]) for mark in found.marks) == asked
    for mark in found.marks:
        own, before = seqs.get(mark.source, []), mark.facts["before"]
        assert before == 0 or own[before - 1] < mark.seq
        assert before >= len(own) or mark.seq < own[before]


def as_imported(given_: Given) -> Given:
    """As files are: each Mark before one of the lines or at the end of an incarnation, which is found behind all lines."""
    incarnations = [incarnation for _, incarnation, _ in given_.parts]
    parts = [
        (count, one, [mark for mark in marks if mark < count or one != following])
        for (count, one, marks), following in zip(given_.parts, [*incarnations[1:], 0], strict=True)
    ]
    return Given(given_.lines, [*parts, (0, incarnations[-1], [0])])


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.lists(sources().map(as_imported), min_size=1, max_size=len(NAMES)),
    st.integers(1, 200),
    st.integers(1, 400),
    st.sampled_from([0, 104]),
)
def test_marks_have_their_times_however_blocks_are_cut(
    given_: list[Given], target: int, other: int, floor: int
) -> None:
    """R3, R5: when a Mark was does not depend on which block it came to stand in; no block begins behind its entries."""
    one, another = built(given_, target, floor, 1), built(given_, other, floor, 1)

    def times(blocks: list[Block]) -> list[tuple[int, int, int]]:
        return sorted((mark.source, mark.facts["before"], mark.at) for mark in journal(blocks).marks)

    assert times(one) == times(another)
    for block in one:
        assert block.columns.first_at == min([*block.times.tolist(), *(mark.at for mark in block.columns.marks)])


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.lists(sources(), min_size=1, max_size=len(NAMES)), st.integers(1, 400))
def test_blocks_are_about_as_big_as_asked(given_: list[Given], target: int) -> None:
    """R5: only the last block is small, and none is much bigger than twice the target and a line."""
    sizes = [len(block.body) for block in built(given_, target, 0, 1)]
    assert all(size >= target for size in sizes[:-1])
    longest = max((len(text) for one in given_ for _, text in one.lines), default=0)
    assert all(size <= 3 * target + longest * len(given_) for size in sizes)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.lists(sources(), min_size=1, max_size=3), st.sampled_from([40, 1 << 20]))
def test_a_block_keeps_incarnations_apart(given_: list[Given], target: int) -> None:
    """R1: every line is found under the incarnation and the offset at which it was read."""
    read = {
        (number, first + place, incarnation)
        for number, one in enumerate(given_)
        for (count, incarnation, _), first in zip(
            one.parts, itertools.accumulate((count for count, _, _ in one.parts), initial=0), strict=False
        )
        for place in range(count)
    }
    found = {
        (segment.source, offset // 1000, segment.incarnation)
        for block in built(given_, target, 0, 1)
        for segment, first, _ in block.segments()
        for offset in block.offsets(segment, first).tolist()
    }
    assert found == read
