"""One source's parser: what it keeps from one entry to the next, and how much of it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.source import Memory
from parsers.text import LINE_LIMIT
from state.events import BlockAdded, ConnectFailed, Event, ProblemLogged, SyncFinished, SyncProgressed
from state.origin import Origin
from tests.parsers.monerod import capture, cri, docker, events_of, feed, parser

HEADER = b"2026-11-21 07:03:36.499\t[P2P0]\tINFO\tglobal\tsrc/x.inl:1678\t"
AT = 1_795_244_616_499_000_000
"""2026-11-21 07:03:36.499 UTC."""
SYNCED = HEADER + b"Synced 3/5\n"
EXCERPT = capture("level1", 3)[1600:1720]
"""Catching up, a block, the end of synchronising, an isolation: every kind of statement."""


def test_origin_of_an_event() -> None:
    """An event's origin names node and source, the line's own time, and its place in the journal."""
    assert list(parser().feed(SYNCED, seq=7, at=9)) == [(SyncProgressed(3, 5), Origin("node1", AT, 9, 7, 1))]


def test_zone_of_the_source() -> None:
    """Times are read in the source's zone."""
    ((_, origin),) = parser(zone=lambda _local: 7200).feed(SYNCED, 1, 1)
    assert origin.time == AT - 7200 * 10**9


def test_event_belongs_to_the_entry_that_completes_it() -> None:
    """A torn or split line speaks when its end comes, from the place of the entry that ends it."""
    reading = parser()
    assert not reading.feed(SYNCED[:40], 1, 1)
    ((event, origin),) = reading.feed(SYNCED[40:], 2, 2)
    assert (event, origin.seq, origin.time) == (SyncProgressed(3, 5), 2, AT)


@pytest.mark.parametrize("cut", range(1, len(SYNCED)))
def test_line_torn_anywhere_is_the_same_line(cut: int) -> None:
    """A line torn between two entries equals the whole one, wherever it is torn."""
    reading = parser()
    assert feed(reading, [SYNCED[:cut], SYNCED[cut:]]) == [SyncProgressed(3, 5)]
    assert reading.memory.torn == b""


@pytest.mark.parametrize("cut", range(len(SYNCED)))
def test_docker_partial_cut_anywhere_is_the_same_line(cut: int) -> None:
    """R11: docker's partial records of one line equal the whole one, wherever it is cut; another stream may come between."""
    parts = [
        docker(SYNCED[:cut]),
        docker(HEADER + b"You are now synchronized with the network.\n", "stderr"),
        docker(SYNCED[cut:]),
    ]
    assert events_of(parts, "docker-json") == [SyncFinished(), SyncProgressed(3, 5)]


@pytest.mark.parametrize("cut", range(len(SYNCED)))
def test_cri_partial_cut_anywhere_is_the_same_line(cut: int) -> None:
    """R11: the same for CRI's P and F records."""
    parts = [
        cri(SYNCED[:cut], tag="P"),
        cri(HEADER + b"You are now synchronized with the network.", "stderr"),
        cri(SYNCED[cut:]),
    ]
    assert events_of(parts, "cri") == [SyncFinished(), SyncProgressed(3, 5)]


def test_carriage_return_on_a_cut_is_no_text() -> None:
    """A line that ends in CR LF is the same line where docker splits between the two."""
    line = b"2026-11-21 07:03:36.499\tW cut off\r\n"
    whole = events_of([docker(line)], "docker-json")
    assert events_of([docker(line[:-1]), docker(line[-1:])], "docker-json") == whole
    assert [type(event) for event in whole] == [ProblemLogged]


def parts_of(lines: tuple[bytes, ...], cuts: list[int]) -> list[bytes]:
    """Lines cut further wherever the numbers fall, counted from the start of each line in turn."""
    parts: list[bytes] = []
    for number, line in enumerate(lines):
        cut = cuts[number % len(cuts)] % len(line)
        second = cuts[(number + 1) % len(cuts)] % len(line)
        low, high = sorted((cut, second))
        parts += [part for part in (line[:low], line[low:high], line[high:]) if part]
    return parts


CUTS = st.lists(st.integers(0, 300), min_size=1, max_size=30)
BARE = events_of(EXCERPT)


@given(CUTS)
@settings(derandomize=True, max_examples=25, deadline=None)
def test_cut_records_equal_whole_lines(cuts: list[int]) -> None:
    """R10, R11, law: lines cut at random into torn entries, docker partials or CRI partials give the events of whole lines."""
    assert len(BARE) > 10
    parts = parts_of(EXCERPT, cuts)
    assert events_of(parts) == BARE
    assert events_of([docker(part) for part in parts], "docker-json") == BARE
    assert events_of([cri(part, tag="F" if part.endswith(b"\n") else "P") for part in parts], "cri") == BARE


@given(CUTS, st.integers(0, 400))
@settings(derandomize=True, max_examples=25, deadline=None)
def test_memory_in_a_checkpoint_goes_on_equal(cuts: list[int], stop: int) -> None:
    """R11, law: a parser that goes on from a memory that was stored and read gives what one that never stopped gives."""
    records = [docker(part) for part in parts_of(EXCERPT, cuts)]
    before = parser("docker-json")
    first = feed(before, records[:stop])
    memory = msgspec.msgpack.decode(msgspec.msgpack.encode(before.memory), type=Memory)
    assert memory == before.memory
    assert first + feed(parser("docker-json", memory), records[stop:]) == BARE


def test_checkpoint_in_the_middle_of_everything() -> None:
    """R11: torn line, split line and open group survive together."""
    reading = parser("docker-json")
    head = b"2026-11-21 07:03:36.499\t[P2P1]\tINFO\tblockchain\tx:1\t"
    group = [
        head + b"+++++ BLOCK SUCCESSFULLY ADDED\n",
        head + b"id:\t<" + b"a1" * 32 + b">\n",
        head + b"HEIGHT 7, difficulty:\t1\n",
    ]
    entries = [*map(docker, group[:2]), docker(SYNCED[:30], "stderr"), docker(group[2])[:50]]
    assert feed(reading, entries) == []
    memory = reading.memory
    assert (len(memory.groups), list(memory.partial), memory.torn) == (1, ["stderr"], docker(group[2])[:50])
    again = parser("docker-json", msgspec.msgpack.decode(msgspec.msgpack.encode(memory), type=Memory))
    rest = [docker(group[2])[50:], docker(SYNCED[30:], "stderr")]
    assert feed(again, rest) == [BlockAdded(7, "a1" * 32), SyncProgressed(3, 5)]


LONG = b"2026-11-21 07:03:36.499\tI Synced 3/5 " + b"x" * LINE_LIMIT


@pytest.mark.parametrize("size", [LINE_LIMIT - 1, LINE_LIMIT, LINE_LIMIT + 1, 3 * LINE_LIMIT])
@pytest.mark.parametrize("step", [1 << 18, 1 << 20, 3 << 20])
def test_only_the_first_mebibyte_of_a_line_is_parsed(size: int, step: int) -> None:
    """R5: an overlong line is parsed in its first mebibyte, once, when its end has come, in however many entries it comes."""
    line = (LONG * 3)[:size] + b"\n"
    reading = parser()
    entries = [line[start : start + step] for start in range(0, len(line), step)]
    assert feed(reading, [*entries, SYNCED]) == [SyncProgressed(3, 5), SyncProgressed(3, 5)]


def test_what_stands_beyond_the_first_mebibyte_is_not_read() -> None:
    """R5: a whole overlong line and a torn one are read alike, and neither further than the limit."""
    header = b"2026-11-21 07:03:36.499\tI "
    for room, events in ((80, [ConnectFailed("p:1", "connect failed")]), (0, [])):
        line = (
            header + b"x" * (LINE_LIMIT - len(header) - room) + b"Connect failed to p:1, " + b"y" * LINE_LIMIT + b"\n"
        )
        for entries in ([line], [line[:100], line[100:]], [line[:LINE_LIMIT], line[LINE_LIMIT:]]):
            assert events_of(entries) == events


@pytest.mark.parametrize("framing", ["bare", "docker-json", "cri", "journald", "kubectl"])
def test_memory_is_bounded(framing: str) -> None:
    """R11: what is kept stays within a few lines' limit, whatever never ends."""
    reading = parser(framing)
    piece = b"x" * (1 << 18)
    for stream in ("stdout", "stderr", "a", "b", "c"):
        for _ in range(6):
            reading.feed(docker(piece, stream) if framing == "docker-json" else cri(piece, stream, "P"), 1, 1)
    for _ in range(6):
        reading.feed(piece, 1, 1)
    memory = reading.memory
    assert len(memory.partial) <= 3
    assert len(memory.torn) <= LINE_LIMIT
    assert all(len(part) <= LINE_LIMIT for part in memory.partial.values())
    assert feed(reading, [b"\n"]) == []
    assert reading.memory.torn == b""


def test_transports_time_is_not_the_nodes() -> None:
    """R3: where a line has a time of its own, that is the event's; the transport's decides only the order."""
    ((_, origin),) = parser("docker-json").feed(docker(SYNCED, time="2026-11-22T00:00:00Z"), 1, 1)
    assert origin.time == AT


def test_tally_of_a_real_log() -> None:
    """R13: every line that was a statement or part of one is counted once."""
    reading = parser()
    events: list[Event] = feed(reading, EXCERPT)
    tally = reading.tally
    added = tally.hit["block_added"]
    assert added == sum(isinstance(event, BlockAdded) for event in events) > 0
    assert tally.claimed == sum(tally.hit.values()) + 2 * added + tally.hit["alternative_added"]
