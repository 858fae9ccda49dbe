"""What the slice `chain` keeps of long and of wild histories is bounded."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import state.chain
from state.chain import HEIGHTS_KEPT, LOOSE_KEPT, RECORDS_KEPT, NodeChain
from state.events import (
    AlternativeAdded,
    BlockAdded,
    BlockReceived,
    BlockRejected,
    BlocksPopped,
    BlocksRemovalAsked,
    ChainLoaded,
    Event,
    GenesisCreated,
    ReorgFinished,
    ReorgStarted,
    RolledBack,
    SyncProgressed,
)
from tests.state.journal import START, Journal, block_id


def assert_bounded(chain: NodeChain, heights: int = HEIGHTS_KEPT, loose: int = LOOSE_KEPT) -> None:
    """Heights lie in a window below the tip, and every block that is known is in it or among the latest loose ones."""
    assert len(chain.main) <= heights
    assert len(chain.loose) == chain.loose_next - chain.loose_first <= loose
    kept = set(chain.main.values()) | set(chain.loose.values())
    assert set(chain.sightings) <= kept
    if chain.tip is not None:
        assert all(chain.tip - heights < height <= chain.tip for height in chain.main)


def test_old_heights_are_forgotten() -> None:
    """The main chain is kept to a depth below the tip, and what is forgotten is counted."""
    count = HEIGHTS_KEPT + 300
    chain = Journal().say(*(BlockAdded(height, block_id(height)) for height in range(count))).chain
    assert (min(chain.main), max(chain.main), len(chain.main)) == (300, count - 1, HEIGHTS_KEPT)
    assert (len(chain.sightings), chain.forgotten) == (HEIGHTS_KEPT, 300)
    assert_bounded(chain)


def test_loose_blocks_are_forgotten() -> None:
    """Of blocks that are not on the main chain the latest are kept; one that got onto it is no longer one of them."""
    count = LOOSE_KEPT + 50
    journal = Journal().say(
        *(BlockReceived(block_id(number), "p:1") for number in range(10)), BlockAdded(3, block_id(3))
    )
    chain = journal.say(*(BlockReceived(block_id(number), "p:1") for number in range(10, count))).chain
    assert block_id(3) in chain.sightings
    assert block_id(0) not in chain.sightings
    assert block_id(count - 1) in chain.sightings
    assert (len(chain.sightings), chain.forgotten) == (LOOSE_KEPT + 1, 49)
    assert_bounded(chain)


def test_replaced_blocks_are_not_kept_for_ever() -> None:
    """A block that another one replaces at its height is loose from then on, not lost in memory."""
    count = LOOSE_KEPT + 50
    chain = Journal().say(*(BlockAdded(7, block_id(number)) for number in range(count))).chain
    assert dict(chain.main.items()) == {7: block_id(count - 1)}
    assert len(chain.sightings) == LOOSE_KEPT + 1
    assert_bounded(chain)


def test_chains_that_begin_anew_are_not_kept_for_ever() -> None:
    """A node that loses a long chain and builds another keeps of the first only the latest loose blocks."""
    journal = Journal()
    for life in (1, 2, 3):
        journal.say(
            START,
            GenesisCreated(),
            *(BlockAdded(height, block_id(life << 32 | height)) for height in range(LOOSE_KEPT + 40)),
        )
        assert_bounded(journal.chain)
    assert len(journal.chain.sightings) == 2 * LOOSE_KEPT + 40


def test_records_are_bounded() -> None:
    """The latest reorganisations and regressions are kept, all are counted."""
    journal = Journal()
    for number in range(RECORDS_KEPT + 6):
        journal.say(
            ReorgStarted(number, number + 3), ReorgFinished(number, number + 5), BlockAdded(number, block_id(number))
        )
    chain = journal.chain
    assert (len(chain.reorgs), chain.reorg_total) == (RECORDS_KEPT, RECORDS_KEPT + 6)
    assert (len(chain.regressions), chain.regression_total) == (RECORDS_KEPT, RECORDS_KEPT + 6)
    assert chain.reorgs[-1].split == RECORDS_KEPT + 5
    assert chain.regressions[-1].before == RECORDS_KEPT + 9


WILD = [0, 10**18, 5, HEIGHTS_KEPT, 2 * HEIGHTS_KEPT, 9_999_999_999_999_999_999, 7]


def test_wild_heights_are_quick() -> None:
    """No sequence of heights costs more than rebuilding what is kept, whose size is bounded."""
    journal = Journal().say(*(BlockAdded(height, block_id(height)) for height in range(HEIGHTS_KEPT)))
    for number in range(100):
        journal.say(BlockAdded(HEIGHTS_KEPT - 1, block_id(10**6 + number)))
    for number in range(700):
        height = WILD[number % len(WILD)]
        journal.say(
            BlockAdded(height, block_id(2 * 10**6 + number)),
            SyncProgressed(height // 2, height),
            BlocksPopped(height // 3),
        )
    assert_bounded(journal.chain)
    assert journal.chain.tip == 2


HEIGHTS = st.integers(0, 14) | st.sampled_from([30, 31, 10**18])
BLOCKS = st.integers(0, 9).map(block_id)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(BlockAdded, HEIGHTS, BLOCKS),
    st.builds(BlockAdded, HEIGHTS, BLOCKS),
    st.builds(AlternativeAdded, HEIGHTS, BLOCKS),
    st.builds(BlockReceived, BLOCKS, st.just("p:1")),
    st.builds(BlockRejected, BLOCKS, HEIGHTS, BLOCKS, st.just("orphaned")),
    st.builds(ReorgStarted, HEIGHTS, HEIGHTS),
    st.builds(ReorgFinished, HEIGHTS, HEIGHTS),
    st.builds(RolledBack, HEIGHTS),
    st.builds(BlocksPopped, HEIGHTS),
    st.builds(ChainLoaded, HEIGHTS),
    st.builds(SyncProgressed, HEIGHTS, HEIGHTS),
    st.sampled_from([START, GenesisCreated(), BlocksRemovalAsked()]),
)


@given(events=st.lists(EVENTS, min_size=10, max_size=60))
@settings(
    derandomize=True, max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_history_stays_bounded(monkeypatch: pytest.MonkeyPatch, events: list[Event]) -> None:
    """Law: whatever a node says, heights and blocks that are kept stay within the limits, here of six and four."""
    monkeypatch.setattr(state.chain, "HEIGHTS_KEPT", 6)
    monkeypatch.setattr(state.chain, "LOOSE_KEPT", 4)
    journal = Journal()
    for event in events:
        journal.say(event)
        if "node1" in journal.state.chain:
            assert_bounded(journal.chain, 6, 4)
