"""Cutting streams into lines (R1, R5): whatever the chunks, the same lines at the same offsets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.clock import utc
from parsers.framing import COMPOSE, FRAMINGS, KUBECTL, Prefixed
from parsers.text import LINE_LIMIT
from replay.journal import MarkKind
from replay.ordering import Adjustment, OrderTimes
from replay.reading import SourceReader, by_prefix, cut, line_offsets, picked
from tests.replay import framings
from tests.replay.builders import Chunked, captured_lines

SMALL = 16
"""A line's limit for tests, so that fragments need no megabytes."""
PIECES = re.compile(rb"[^\n]{0,15}\n|[^\n]{16}|[^\n]+")
"""Lines, and fragments of SMALL bytes of those that are longer."""


def cut_up(data: bytes, sizes: Iterable[int], skip: int = 0) -> list[tuple[int, bytes]]:
    """(offset, bytes) of every line or fragment that comes of a stream."""
    found = []
    for offset, part, ends in cut(Chunked(data, sizes), skip):
        starts = [0, *ends[:-1].tolist()]
        lines = [part[start:end] for start, end in zip(starts, ends.tolist(), strict=True)]
        assert b"".join(lines) == part
        found += list(zip(line_offsets(offset, ends).tolist(), lines, strict=True))
    return found


def one_by_one(data: bytes) -> list[tuple[int, bytes]]:
    """The same by a regular expression."""
    return [(found.start(), found[0]) for found in PIECES.finditer(data)]


streams = st.lists(
    st.one_of(
        st.sampled_from([b"\n", b"\r\n", b"a line\n", b"\x00\xff\xfe\n", b"\n\n", b"x" * SMALL, b"y" * 15 + b"\n"]),
        st.binary(max_size=40),
    ),
    max_size=12,
).map(b"".join)
chunk_sizes = st.lists(st.integers(1, 50), min_size=1, max_size=5)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(data=streams, sizes=chunk_sizes)
def test_lines_are_the_same_whatever_the_chunks(data: bytes, sizes: list[int]) -> None:
    """R1, R5: exact offsets, nothing lost, a torn last line kept, fragments at multiples of the limit."""
    with mock.patch("replay.reading.LINE_LIMIT", SMALL):
        assert cut_up(data, sizes) == one_by_one(data)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(data=streams, sizes=chunk_sizes, skip=st.integers(0, 120))
def test_what_has_been_read_is_passed_over(data: bytes, sizes: list[int], skip: int) -> None:
    """R1: offsets go on from where reading stopped; of a stream that is shorter by now nothing comes."""
    with mock.patch("replay.reading.LINE_LIMIT", SMALL):
        rest = [(min(skip, len(data)) + offset, line) for offset, line in one_by_one(data[skip:])]
        assert cut_up(data, sizes, skip) == rest


def test_an_overlong_line_comes_in_fragments_of_a_mebibyte() -> None:
    """R5: 50 MB without a line break, between two lines, are never held as one."""
    before, behind = b"2026-11-21 07:20:54.431 before\n", b"2026-11-21 07:20:55.431 behind\n"
    overlong = b"x" * 50_000_000 + b"\n"
    found = cut_up(before + overlong + behind, [1 << 18, 100_003])
    assert found[0] == (0, before)
    assert found[-1] == (len(before) + len(overlong), behind)
    fragments = [line for _, line in found[1:-1]]
    assert {len(fragment) for fragment in fragments[:-1]} == {LINE_LIMIT}
    assert len(fragments[-1]) <= LINE_LIMIT
    assert b"".join(fragments) == overlong
    assert [offset for offset, _ in found[1:-1]] == [
        len(before) + place * LINE_LIMIT for place in range(len(fragments))
    ]


@pytest.mark.parametrize("data", [b"", b"\n", b"no end", b"\x00", b"\xff\n\x80"])
def test_odd_streams_are_read_as_they_are(data: bytes) -> None:
    """R1: empty, torn, with NUL bytes or bytes that are no UTF-8."""
    assert b"".join(line for _, line in cut_up(data, [3])) == data


def ordered(
    data: bytes, sizes: Iterable[int], framing: str = "bare"
) -> tuple[list[tuple[int, bytes, int]], list[Adjustment], tuple[bool, bool]]:
    """(offset, line, order time) of every line, Marks by line of the whole, and whether torn and undated."""
    reader = SourceReader(FRAMINGS[framing], utc, 1, OrderTimes())
    rows: list[tuple[int, bytes, int]] = []
    adjustments: list[Adjustment] = []
    parts = [reader.add(part, ends, line_offsets(offset, ends)) for offset, part, ends in cut(Chunked(data, sizes))]
    for lines in (*parts, reader.finish()):
        if lines is None:
            continue
        adjustments += [Adjustment(one.line + len(rows), one.kind, one.facts) for one in lines.adjustments]
        starts = [0, *lines.ends[:-1].tolist()]
        texts = [bytes(lines.data[start:end]) for start, end in zip(starts, lines.ends.tolist(), strict=True)]
        rows += list(zip(lines.offsets.tolist(), texts, lines.times.tolist(), strict=True))
    kept = [one for one in adjustments if one.kind is not MarkKind.CLAMPED]
    return rows, kept, (reader.torn, reader.undated)


@st.composite
def dated_logs(draw: st.DrawFn) -> bytes:
    """A log with strays, steps, lines without a time, fragments and a torn end."""
    minute, lines = 0, []
    for _ in range(draw(st.integers(0, 50))):
        minute += draw(st.sampled_from([0, 0, 0, 0, 1, 1, 5, -30, 30]))
        date = f"2026-11-21 {12 + minute // 60 % 12:02d}:{minute % 60:02d}:00.000"
        kinds = [date, date, date, date, "2099-01-01 00:00:00.000", "    at a frame", f"{date} {'x' * 90}"]
        lines.append(f"{draw(st.sampled_from(kinds))} x\n".encode())
    data = b"".join(lines)
    return data[: len(data) - draw(st.sampled_from([0, 0, 1, 10]))]


@settings(max_examples=150, derandomize=True, deadline=None)
@given(data=dated_logs(), sizes=st.lists(st.integers(1, 400), min_size=1, max_size=4))
def test_order_times_are_the_same_whatever_the_chunks(data: bytes, sizes: list[int]) -> None:
    """R3: lines, times, strays and steps of a source do not depend on how it arrives."""
    with mock.patch("replay.reading.LINE_LIMIT", 64):
        assert ordered(data, sizes) == ordered(data, [1 << 18])


def test_a_fragment_has_the_time_of_its_line() -> None:
    """R3, R5: what looks like a date at the beginning of a fragment is in the middle of a line."""
    with mock.patch("replay.reading.LINE_LIMIT", 32):
        first = b"2026-11-21 07:20:54.431 0123456-"
        rows, _marks, _ends = ordered(first + b"2099-01-01 00:00:00.000 x\n", [1000])
    assert [time for _, _, time in rows] == [1_795_245_654_431_000_000] * 2


def test_the_colour_reset_at_the_end_of_a_console_log_is_no_torn_line() -> None:
    """R1: monerod colours even into a pipe, and its last bytes switch the colour off."""
    line = b"\x1b[0;36m2026-11-21 07:20:54.431\tI x\n"
    assert ordered(line + b"\x1b[0m", [1000])[2] == (False, False)
    assert ordered(line + b"\x1b[0mtorn", [1000])[2] == (True, False)


PODS = ["node1", "node2", "node10"]


@st.composite
def prefixed(draw: st.DrawFn) -> tuple[Prefixed, list[tuple[str, bytes]]]:
    """(node, line) of a file of several nodes, some lines without a prefix, some prefixes in colour."""
    compose, rows = draw(st.booleans()), []
    for _ in range(draw(st.integers(0, 30))):
        node = draw(st.sampled_from([*PODS, ""]))
        text = draw(st.sampled_from([b"x", b"", b"a line", b"long " * 20, b"node1 | said", b"[pod/node2/x] said"]))
        colour = draw(st.sampled_from([b"", b"\x1b[36m", b"\x1b[1;31m"])) if compose else b""
        name = b"%-7b| " % node.encode() if compose else b"[pod/%b/monerod] " % node.encode()
        before = b"- " if not node else colour + name + (b"\x1b[0m" if colour else b"")
        rows.append((node, before + text + b"\n"))
    return (COMPOSE if compose else KUBECTL), rows


@settings(max_examples=200, derandomize=True, deadline=None)
@given(given_=prefixed(), sizes=st.lists(st.integers(1, 300), min_size=1, max_size=4))
def test_every_line_goes_to_the_node_that_its_prefix_names(
    given_: tuple[Prefixed, list[tuple[str, bytes]]], sizes: list[int]
) -> None:
    """R1: in colour too; fragments of an overlong line go where its beginning goes; without a prefix, to ""."""
    framing, rows = given_
    found: dict[str, bytes] = {}
    known: dict[bytes, str] = {}
    with mock.patch("replay.reading.LINE_LIMIT", 48):
        for _offset, data, ends in cut(Chunked(b"".join(line for _, line in rows), sizes)):
            for node, lines in by_prefix(framing, data, ends, known).items():
                taken, taken_ends = picked(data, ends, lines)
                assert int(taken_ends[-1]) == len(taken)
                found[node] = found.get(node, b"") + taken
    assert found == {node: b"".join(line for own, line in rows if own == node) for node in {node for node, _ in rows}}


def test_prefixes_of_a_capture_are_told_apart() -> None:
    """R1: three pods in one file come apart into what each of them wrote."""
    nodes = captured_lines("level0")
    data = framings.kubectl(nodes)
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")) + 1
    for node, lines in by_prefix(KUBECTL, data, ends, {}).items():
        written = picked(data, ends, lines)[0].replace(b"[pod/%b/monerod] " % node.encode(), b"")
        assert written == b"".join(nodes[node])
