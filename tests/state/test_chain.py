"""Slice `chain`: a node's own main chain, its reorganisations and regressions, and the blocks it has met."""

from __future__ import annotations

import pytest

from state.chain import LOOSE_KEPT, SETTLED_NS, NodeChain, Regression
from state.events import (
    AlternativeAdded,
    BlockAdded,
    BlockReceived,
    BlockRejected,
    BlocksPopped,
    BlocksRemovalAsked,
    CandidateSeen,
    ChainLoaded,
    Event,
    GenesisCreated,
    ReorgFinished,
    ReorgStarted,
    RolledBack,
    SyncProgressed,
)
from tests.state.journal import START, Journal, S, block_id


def added(height: int, number: int | None = None) -> BlockAdded:
    """A block became the tip; its id is told by a number, its height unless it is said otherwise."""
    return BlockAdded(height, block_id(height if number is None else number))


def chain_to(height: int) -> list[BlockAdded]:
    """Blocks from 0 up to a height."""
    return [added(one) for one in range(height + 1)]


def main(chain: NodeChain) -> dict[int, int]:
    """The main chain with blocks as their numbers."""
    return {height: int(block, 16) for height, block in sorted(chain.main.items())}


def regressions(chain: NodeChain) -> list[tuple[int, int, str]]:
    """Regressions without their lines."""
    return [(one.before, one.now, one.cause) for one in chain.regressions]


def test_tip_follows_the_blocks() -> None:
    """Each block is the new tip, from its line on, and stands in the main chain."""
    journal = Journal().say(*chain_to(3))
    assert (journal.chain.tip, journal.chain.tip_since) == (3, journal.at(4))
    assert main(journal.chain) == {0: 0, 1: 1, 2: 2, 3: 3}
    assert journal.chain.sightings[block_id(3)].added == journal.at(4)
    assert regressions(journal.chain) == []
    assert journal.touched == (("chain", "node1"), ("chain", ("block", block_id(3))))


def test_block_told_twice_changes_nothing() -> None:
    """The tip's line may come again; the snapshot stays the same one."""
    journal = Journal().say(*chain_to(3))
    before = journal.state
    assert journal.say(added(3)).state.chain is before.chain


def test_unknown_until_a_line_states_it() -> None:
    """R15: a node whose chain no line has told has no tip, and a process start tells none."""
    journal = Journal().say(START)
    assert "node1" not in journal.state.chain
    journal.say(BlockReceived(block_id(7), "p:1"))
    assert (journal.chain.tip, journal.chain.tip_since, len(journal.chain.main)) == (None, None, 0)


def test_reorganisation() -> None:
    """A reorganisation replaces the top of the chain; lower heights within it are no regressions, and its depth is told.

    The order is that of the catalogue (Pithead §2.5): alternatives, start, new blocks, displaced blocks, success.
    """
    journal = Journal().say(
        *chain_to(60), *(AlternativeAdded(height, block_id(100 + height)) for height in range(57, 61))
    )
    journal.say(ReorgStarted(57, 60), *(added(height, 100 + height) for height in range(57, 62)))
    assert journal.chain.reorg is not None
    assert (journal.chain.reorg.outcome, journal.chain.reorg.depth) == ("under way", 4)
    journal.say(*(AlternativeAdded(height, block_id(height)) for height in range(57, 61)), ReorgFinished(57, 62))
    journal.say(added(62, 162))
    chain = journal.chain
    assert (chain.tip, chain.reorg, chain.reorg_total, regressions(chain)) == (62, None, 1, [])
    (reorg,) = chain.reorgs
    assert (reorg.split, reorg.old_tip, reorg.depth, reorg.count, reorg.outcome) == (57, 60, 4, 62, "success")
    assert (reorg.started, reorg.finished) == (journal.at(66), journal.at(76))
    assert [main(chain)[height] for height in (56, 57, 61, 62)] == [56, 157, 161, 162]
    displaced = chain.sightings[block_id(58)]
    assert (displaced.height, displaced.added, displaced.alternative) == (58, journal.at(59), journal.at(73))


ENDS: list[tuple[list[Event], str, int | None]] = [
    ([ReorgFinished(3, 6)], "success", 5),
    ([RolledBack(3)], "rolled back", 5),
    ([START], "interrupted", None),
    ([ReorgStarted(4, 5)], "interrupted", 5),
]


@pytest.mark.parametrize(("events", "outcome", "tip"), ENDS)
def test_reorganisation_ends_somehow(events: list[Event], outcome: str, tip: int | None) -> None:
    """A reorganisation succeeds, is rolled back, or is interrupted by a restart or by the next one."""
    journal = Journal().say(*chain_to(5), ReorgStarted(3, 5), *events)
    assert [reorg.outcome for reorg in journal.chain.reorgs] == [outcome]
    assert journal.chain.reorgs[0].finished == journal.at(8)
    assert (journal.chain.tip, regressions(journal.chain)) == (tip, [])


def test_success_whose_start_was_not_seen() -> None:
    """R15: where the log begins inside a reorganisation, its end is kept and no depth is made up."""
    journal = Journal().say(ReorgFinished(57, 62))
    assert [(reorg.split, reorg.depth, reorg.outcome) for reorg in journal.chain.reorgs] == [(57, 0, "success")]
    assert journal.chain.tip == 61


def test_rollback_without_a_reorganisation_is_nothing() -> None:
    """A roll-back ends only a reorganisation that was under way."""
    journal = Journal().say(*chain_to(3))
    before = journal.state
    assert journal.say(RolledBack(1)).state is before


def test_start_of_a_reorganisation_states_the_tip() -> None:
    """The old tip in a reorganisation's line is absolute: it corrects what block lines implied."""
    journal = Journal().say(*chain_to(5), ReorgStarted(3, 9))
    assert journal.chain.tip == 9


LOWER: list[tuple[list[Event], list[tuple[int, int, str]], int | None]] = [
    ([added(9, 99)], [(10, 8, "popped")], 9),
    ([added(10, 99)], [(10, 9, "popped")], 10),
    ([added(0, 99)], [(10, 0, "popped")], 0),
    ([BlocksPopped(7)], [(10, 7, "popped")], 7),
    ([BlocksPopped(10)], [], 10),
    ([BlocksPopped(12)], [], 10),
    ([BlocksPopped(-1)], [], 10),
    ([START], [], None),
    ([START, added(11)], [], 11),
    ([START, added(10)], [], 10),
    ([START, added(4, 99)], [(10, 3, "restart")], 4),
    ([START, ChainLoaded(10)], [], 10),
    ([START, ChainLoaded(12)], [], 12),
    ([START, ChainLoaded(0)], [(10, 0, "restart")], 0),
    ([START, START, ChainLoaded(3)], [(10, 3, "restart")], 3),
    ([START, GenesisCreated(), added(0, 99)], [(10, 0, "restart")], 0),
    ([START, CandidateSeen(4, 11, "p:1")], [(10, 3, "restart")], 3),
    ([START, ReorgStarted(5, 8)], [(10, 8, "restart")], 8),
    ([BlocksRemovalAsked()], [], None),
    ([BlocksRemovalAsked(), added(8, 99)], [(10, 7, "popped")], 8),
    ([BlocksRemovalAsked(), added(11)], [], 11),
    ([BlocksRemovalAsked(), BlocksRemovalAsked(), CandidateSeen(8, 11, "p:1")], [(10, 7, "popped")], 7),
    ([BlocksRemovalAsked(), START, ChainLoaded(5)], [(10, 5, "popped")], 5),
]


@pytest.mark.parametrize(("events", "expected", "tip"), LOWER)
def test_regression(events: list[Event], expected: list[tuple[int, int, str]], tip: int | None) -> None:
    """A tip that goes down other than by a reorganisation is a regression: over a restart, or by blocks taken off.

    A restart, or a request to remove blocks, makes the tip unknown until a line states one (R15).
    """
    chain = Journal().say(*chain_to(10), *events).chain
    assert (regressions(chain), chain.tip) == (expected, tip)
    assert chain.tip is None or all(height <= chain.tip for height in main(chain))


def test_regression_keeps_its_line() -> None:
    """A regression is of the line that showed it."""
    journal = Journal().say(*chain_to(3), added(2, 99))
    assert journal.chain.regressions == (Regression(3, 1, journal.at(5), "popped"),)
    assert journal.chain.regression_total == 1


def test_genesis_forgets_the_chain() -> None:
    """A node that found no chain on disk has none; the blocks it had are still known to have been there."""
    journal = Journal().say(*chain_to(3), START, GenesisCreated())
    assert main(journal.chain) == {}
    assert journal.chain.sightings[block_id(2)].added == journal.at(3)


COUNTS = [
    (0, SyncProgressed(12, 20), 11),
    (0, CandidateSeen(12, 20, "p:1"), 11),
    (0, SyncProgressed(11, 11), 10),
    (0, SyncProgressed(8, 20), 10),
    (SETTLED_NS - 1, SyncProgressed(8, 20), 10),
    (SETTLED_NS, SyncProgressed(8, 20), 7),
    (SETTLED_NS, CandidateSeen(8, 20, "p:1"), 7),
    (-5 * S, SyncProgressed(8, 20), 10),
    (SETTLED_NS, SyncProgressed(0, 20), 10),
    (SETTLED_NS, CandidateSeen(0, 0, "p:1"), 10),
]


@pytest.mark.parametrize(("after", "event", "tip"), COUNTS)
def test_count_corrects_the_tip(after: int, event: Event, tip: int) -> None:
    """A count stated in passing raises the tip at once; a lower one counts only when the last block line is settled."""
    chain = Journal().say(*chain_to(10)).say(event, after=after).chain
    assert chain.tip == tip
    assert regressions(chain) == ([] if tip >= 10 else [(10, tip, "popped")])


def test_count_is_no_correction_while_reorganising() -> None:
    """Counts stated while a reorganisation is under way are of no moment one could name."""
    journal = Journal().say(*chain_to(10), ReorgStarted(8, 10), added(8, 108)).say(SyncProgressed(3, 3), after=20 * S)
    assert journal.chain.tip == 8


def test_count_may_come_before_its_block() -> None:
    """A height that was stated before the block's own line is no regression when that line comes."""
    journal = Journal().say(*chain_to(3), SyncProgressed(6, 9), added(5))
    assert (journal.chain.tip, regressions(journal.chain), main(journal.chain)) == (
        5,
        [],
        {0: 0, 1: 1, 2: 2, 3: 3, 5: 5},
    )


def test_received_block() -> None:
    """A block comes once per connection and again as an echo: the first time counts, and none after it was added."""
    journal = Journal().say(
        BlockReceived(block_id(7), "a:1"),
        BlockReceived(block_id(7), "b:1"),
        added(7),
        BlockReceived(block_id(7), "c:1"),
    )
    sighting = journal.chain.sightings[block_id(7)]
    assert (sighting.received, sighting.sender, sighting.added, sighting.height) == (
        journal.at(1),
        "a:1",
        journal.at(3),
        7,
    )
    journal = Journal().say(added(7), BlockReceived(block_id(7), "a:1"))
    assert journal.chain.sightings[block_id(7)].received is None


def test_alternative_block() -> None:
    """A block beside the main chain keeps the first line that said so and moves no tip."""
    journal = Journal().say(added(7), AlternativeAdded(7, block_id(99)), AlternativeAdded(7, block_id(99)))
    sighting = journal.chain.sightings[block_id(99)]
    assert (sighting.height, sighting.alternative, sighting.added) == (7, journal.at(2), None)
    assert (journal.chain.tip, main(journal.chain)) == (7, {7: 7})


def test_rejected_block() -> None:
    """Refusals of a block are counted; the first keeps its time, and the parent is what the line said."""
    rejected = BlockRejected(block_id(99), 141, block_id(98), "orphaned")
    journal = Journal().say(rejected, BlockReceived(block_id(99), "a:1"), rejected)
    sighting = journal.chain.sightings[block_id(99)]
    assert (sighting.height, sighting.rejected, sighting.rejections) == (141, journal.at(1), 2)
    assert (sighting.reason, sighting.parent, sighting.received) == ("orphaned", block_id(98), journal.at(2))
    assert (journal.chain.rejection_total, journal.chain.last_rejected) == (2, block_id(99))


def test_rejections_are_counted_beyond_what_is_kept() -> None:
    """Every refusal counts, also of blocks that retention has dropped, and the last is named; a restart forgets neither."""
    refused = [BlockRejected(block_id(number), 1, block_id(0), "orphaned") for number in range(LOOSE_KEPT + 9)]
    chain = Journal().say(*refused, START).chain
    assert (chain.rejection_total, chain.last_rejected) == (LOOSE_KEPT + 9, block_id(LOOSE_KEPT + 8))
    assert len(chain.sightings) == LOOSE_KEPT


def test_reorg_without_an_end_does_not_hide_counts_for_ever() -> None:
    """At monerod's default level a rollback is hidden: a minute later, counts that the node states hold again."""
    journal = Journal().say(ReorgStarted(57, 60)).say(SyncProgressed(61, 65), after=60 * S)
    assert journal.chain.reorg is not None
    journal.say(SyncProgressed(65, 65))
    assert journal.chain.tip == 64
    assert [one.outcome for one in journal.chain.reorgs] == ["not told"]
