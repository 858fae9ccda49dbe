"""Statements of several lines: a block is five records, of which three count (R11)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.easylogging import FORMAT
from parsers.framing import FRAMINGS
from parsers.source import GROUP_NS, OPEN_GROUPS, SourceParser
from parsers.statements import GROUP_SLACK
from parsers.templated import TemplatedSystem
from state.events import AlternativeAdded, BlockAdded, Event, StatementUnreadable
from tests.parsers.monerod import MONERO, events_of, feed, on_console, parser

A, B = "a1" * 32, "b2" * 32


def line(
    message: str, thread: str = "[P2P0]", ms: int = 0, place: str = "src/cryptonote_core/blockchain.cpp:4524"
) -> bytes:
    """A line of the file form, so many milliseconds after 07:03."""
    when = f"2026-11-21 07:03:{ms // 1000:02}.{ms % 1000:03}"
    return f"{when}\t{thread}\tINFO\tblockchain\t{place}\t{message}\n".encode()


def block(height: int, block_id: str, thread: str = "[P2P0]", ms: int = 0) -> list[bytes]:
    """The five records of a block that became the tip."""
    messages = (
        "+++++ BLOCK SUCCESSFULLY ADDED",
        f"id:\t<{block_id}>",
        f"PoW:\t<{'0' * 64}>",
        f"HEIGHT {height}, difficulty:\t1",
        "block reward: 17.592186044415(17.592186044415 + 0.000000000000), coinbase_weight: 80, cumulative weight: 80, 30(0/30)ms",
    )
    return [line(message, thread, ms) for message in messages]


def alternative(height: int, block_id: str, thread: str = "[P2P0]", ms: int = 0) -> list[bytes]:
    """The four records of a block beside the main chain."""
    messages = (
        f"----- BLOCK ADDED AS ALTERNATIVE ON HEIGHT {height}",
        f"id:\t<{block_id}>",
        f"PoW:\t<{'0' * 64}>",
        "difficulty:\t1",
    )
    return [line(message, thread, ms, "src/cryptonote_core/blockchain.cpp:2116") for message in messages]


FOREIGN = line("PERF        1      get_long_term_block_weights")
OTHER_THREAD = line("id:\t<" + "c3" * 32 + ">", "[P2P9]")
UNREADABLE = b"a line in no format\n"


@pytest.mark.parametrize("between", [FOREIGN, OTHER_THREAD, UNREADABLE, b"\n", on_console(FOREIGN)])
@pytest.mark.parametrize("place", [1, 2, 3])
def test_foreign_lines_may_stand_between(between: bytes, place: int) -> None:
    """A few foreign lines inside a group do not end it, nor does another thread's line that looks like its own."""
    records = block(7, A)
    slack = GROUP_SLACK - 1
    assert events_of(records[:place] + [between] * slack + records[place:]) == [BlockAdded(7, A)]


@pytest.mark.parametrize("between", [FOREIGN, OTHER_THREAD, UNREADABLE, b"\n"])
@pytest.mark.parametrize("place", [1, 2, 3])
def test_too_many_lines_between_end_the_group(between: bytes, place: int) -> None:
    """R10, R13: the lines of a group are within a fixed number behind its head, whatever they are; beyond, it is malformed.

    The fast path hands over exactly that many lines, so the slow one must not look further.
    """
    records = block(7, A)
    reading = parser()
    assert feed(reading, records[:place] + [between] * GROUP_SLACK + records[place:]) == []
    assert dict(reading.tally.malformed) == {"block_added": 1}
    assert reading.memory.groups == []


def test_incomplete_group_says_nothing() -> None:
    """What is cut off in the middle of a group is no event: the group stays open and waits."""
    reading = parser()
    assert feed(reading, block(7, A)[:3]) == []
    assert [(group.statement, group.seen) for group in reading.memory.groups] == [("block_added", 1)]
    assert feed(reading, block(7, A)[3:]) == [BlockAdded(7, A)]


@pytest.mark.parametrize(("ms", "events"), [(GROUP_NS // 10**6, [BlockAdded(7, A)]), (GROUP_NS // 10**6 + 1, [])])
def test_group_closes_after_a_second(ms: int, events: list[BlockAdded]) -> None:
    """R11: a line that comes more than a second later finds the group closed; one at the second is in time."""
    reading = parser()
    assert feed(reading, block(7, A)[:3] + block(7, A, ms=ms)[3:]) == events
    assert reading.tally.malformed["block_added"] == (not events)


def test_unreadable_line_of_a_group_spoils_it() -> None:
    """R13: a group whose id cannot be read gives no event and is counted as malformed."""
    reading = parser()
    spoilt = [record.replace(A.encode(), b"a1a1") for record in block(7, A)]
    assert feed(reading, [*spoilt, *[FOREIGN] * GROUP_SLACK]) == []
    assert dict(reading.tally.malformed) == {"block_added": 1}


def test_complete_group_that_cannot_be_read_says_so() -> None:
    """R13: a group whose lines all came and whose function refused them is unreadable at its last line; one given up says nothing."""
    refusing = TemplatedSystem("picky", FORMAT)

    @refusing.parses("+++++ BLOCK SUCCESSFULLY ADDED", then=("id:\t<{block:hash}>", "HEIGHT {height:int}, difficulty:"))
    def picky(block: str, height: int) -> Event:
        raise ValueError(block, height)

    reading = SourceParser("node1", 1, refusing, FRAMINGS["bare"])
    assert feed(reading, block(7, A)[:2]) == []
    assert feed(reading, block(7, A)[2:]) == [StatementUnreadable("picky")]
    assert feed(reading, [*block(8, B)[:2], *[FOREIGN] * GROUP_SLACK * 2]) == []
    assert dict(reading.tally.malformed) == {"picky": 2}


def test_two_groups_at_once() -> None:
    """Groups of two threads are kept apart however their lines mix, and neither costs the other a line."""
    one, other = block(7, A, "[P2P0]"), block(8, B, "[RPC1]")
    mixed = [record for pair in zip(one, other, strict=True) for record in pair]
    assert events_of(mixed) == [BlockAdded(7, A), BlockAdded(8, B)]
    one, other = alternative(7, A, "[P2P0]"), block(8, B, "[P2P0]")
    assert events_of([one[0], other[0], other[1], one[1], *other[2:], *one[2:]]) == [
        AlternativeAdded(7, A),
        BlockAdded(8, B),
    ]


def test_every_open_group_counts_every_line() -> None:
    """R10: a line that one group takes is a line less for the others too."""
    one, other = block(7, A, "[P2P0]"), block(8, B, "[RPC1]")
    for records, event in (
        ([one[0], *other[:4], FOREIGN, FOREIGN, *one[1:]], BlockAdded(8, B)),
        ([one[0], other[0], *one[1:4], FOREIGN, FOREIGN, *other[1:]], BlockAdded(7, A)),
    ):
        reading = parser()
        assert feed(reading, records) == [event]
        assert dict(reading.tally.malformed) == {"block_added": 1}


def test_next_message_of_a_writer_closes_what_it_left_open() -> None:
    """R11: a head of the same thread and place closes an incomplete group, so that no height gets another block's id."""
    reading = parser()
    assert feed(reading, alternative(57, A)[:1] + alternative(58, B)) == [AlternativeAdded(58, B)]
    assert dict(reading.tally.malformed) == {"alternative_added": 1}
    reading = parser()
    console = [on_console(record) for record in alternative(57, A)[:1] + alternative(58, B)]
    assert feed(reading, console) == [AlternativeAdded(58, B)]


def test_open_groups_are_bounded() -> None:
    """R11: no more than a handful of groups is open at once; the oldest gives way."""
    heads = [line("+++++ BLOCK SUCCESSFULLY ADDED", f"[P2P{n}]", place=f"x:{n}") for n in range(3 * OPEN_GROUPS)]
    reading = parser()
    most = 0
    for record in heads:
        feed(reading, [record])
        most = max(most, len(reading.memory.groups))
    assert most <= OPEN_GROUPS
    assert reading.tally.malformed["block_added"] == len(heads) - len(reading.memory.groups)


def test_console_joins_by_order() -> None:
    """On the console, without thread and place, the lines of a group are joined by their order."""
    records = [on_console(record) for record in [*block(7, A), *alternative(7, B), *block(8, B)]]
    records.insert(1, on_console(FOREIGN))
    assert events_of(records) == [BlockAdded(7, A), AlternativeAdded(7, B), BlockAdded(8, B)]


def test_clock_that_steps_back_closes_nothing() -> None:
    """A line dated before its group's head is no second late."""
    assert events_of(block(7, A, ms=900)[:2] + block(7, A, ms=100)[2:]) == [BlockAdded(7, A)]


PIECES = st.sampled_from(
    [
        *block(7, A, "[P2P0]")[:4],
        *block(8, B, "[RPC1]")[:4],
        *alternative(9, A, "[P2P0]")[:2],
        FOREIGN,
        FOREIGN,
        UNREADABLE,
        line("Synced 3/5", ms=400),
        *block(7, A, "[P2P0]", ms=1500)[:4],
    ]
)


@given(st.lists(PIECES, max_size=40))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_lines_behind_a_head_are_enough(records: list[bytes]) -> None:
    """R10, law: the lines that hold a needle and those within a head's span give the events and tally of all lines."""
    needles = [needle.encode() for needle in MONERO.needles()]
    wanted: list[bytes] = []
    left = 0
    for record in records:
        if left or any(needle in record for needle in needles):
            wanted.append(record)
        left = max([left - 1, 0, *(span for head, span in MONERO.heads() if head.encode() in record)])
    every, chosen = parser(), parser()
    assert feed(every, records) == feed(chosen, wanted)
    assert every.tally == chosen.tally


@given(st.lists(PIECES, max_size=40))
@settings(derandomize=True, max_examples=200, deadline=None)
def test_entry_that_is_no_hit_may_say_so(records: list[bytes]) -> None:
    """R10, law: telling the parser which entries hold no needle changes nothing."""
    needles = [needle.encode() for needle in MONERO.needles()]
    told, untold = parser(), parser()
    for seq, record in enumerate(records):
        hit = any(needle in record for needle in needles)
        assert list(told.feed(record, seq, seq, hit=hit)) == list(untold.feed(record, seq, seq))
    assert told.tally == untold.tally
