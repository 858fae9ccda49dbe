"""What a snapshot says when it is read (R14, R16)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from state import views
from state.events import (
    AlternativeAdded,
    BlockAdded,
    BlockReceived,
    BlockRejected,
    BlocksRemovalAsked,
    CandidateSeen,
    ChainLoaded,
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Event,
    ListeningStated,
    ProblemLogged,
    ServiceBound,
    SyncProgressed,
    TransactionPooled,
)
from state.listening import BLOCKS, CONNECTIONS, RELAY, SYNC
from state.snapshot import NetworkState
from state.views import Comparison, Relation, TipGroup
from tests.state.journal import START, Journal, block_id

LEVEL_0 = ListeningStated((SYNC,), (BLOCKS, CONNECTIONS, RELAY))
LEVEL_1 = ListeningStated((BLOCKS, CONNECTIONS, RELAY, SYNC), ())
NEW = ConnectionOpened("a", "p:1", Direction.IN)
CLOSE = ConnectionClosed("a", "p:1", Direction.IN)
BOUND = ServiceBound("p2p", "p:1")


def blocks(*numbers: int) -> list[BlockAdded]:
    """A main chain from height 0 on, of blocks told by numbers."""
    return [BlockAdded(height, block_id(number)) for height, number in enumerate(numbers)]


HEIGHTS: list[tuple[list[Event], int | None, int | None]] = [
    ([], None, None),
    ([START], None, None),
    ([*blocks(0, 1)], 1, 1),
    ([LEVEL_1, START, *blocks(0, 1)], 1, 1),
    ([LEVEL_1, START], None, None),
    ([LEVEL_1, START, SyncProgressed(5, 9)], 4, 4),
    ([LEVEL_0, START, SyncProgressed(5, 9)], None, 4),
    ([SyncProgressed(5, 9)], None, 4),
    ([LEVEL_1, START, *blocks(0, 1), LEVEL_0], None, 1),
    ([LEVEL_1, START, *blocks(0, 1), LEVEL_0, LEVEL_1], None, 1),
    ([LEVEL_1, START, *blocks(0, 1), LEVEL_0, LEVEL_1, BlockAdded(2, block_id(2))], 2, 2),
    ([LEVEL_1, START, *blocks(0, 1), LEVEL_1], 1, 1),
    ([LEVEL_0, START, *blocks(0, 1)], 1, 1),
    ([LEVEL_1, START, *blocks(0, 1), START], None, None),
    ([LEVEL_1, START, *blocks(0, 1), BlocksRemovalAsked()], None, None),
    ([TransactionPooled("a")], None, None),
    ([START, ChainLoaded(0)], 0, 0),
    ([LEVEL_0, START, ChainLoaded(5)], 5, 5),
    ([START, ChainLoaded(5), LEVEL_0], None, 5),
]


@pytest.mark.parametrize(("events", "height", "stated"), HEIGHTS)
def test_height(events: list[Event], height: int | None, stated: int | None) -> None:
    """R15, R23: a height is known where the log shows every block and has done so since a line stated one; else it was only stated."""
    state = Journal().say(*events).state
    assert views.height(state, "node1") == height
    found = views.stated_height(state, "node1")
    assert (None if found is None else found[0]) == stated


def test_tip() -> None:
    """The tip is the main chain's block at the height; a height without a block line has none."""
    journal = Journal().say(*blocks(0, 7))
    assert views.tip(journal.state, "node1") == block_id(7)
    assert views.tip(journal.say(CandidateSeen(9, 9, "p:1")).state, "node1") is None
    assert views.tip(journal.state, "nobody") is None


COUNTS: list[tuple[list[Event], int | None]] = [
    ([], None),
    ([START], None),
    ([NEW], None),
    ([START, NEW], 1),
    ([START, NEW, CLOSE], 0),
    ([LEVEL_1, START], 0),
    ([LEVEL_0, START], None),
    ([LEVEL_0, START, NEW], None),
    ([LEVEL_0, START, LEVEL_1, NEW], None),
    ([LEVEL_1, START, NEW, LEVEL_0], None),
    ([LEVEL_1, START, NEW, LEVEL_0, LEVEL_1], None),
    ([LEVEL_1, START, NEW, LEVEL_1], 1),
    ([LEVEL_1, NEW], None),
    ([BOUND], None),
    ([START, BOUND], 0),
    ([START, BOUND, NEW], 1),
    ([LEVEL_0, START, BOUND], None),
    ([LEVEL_0, START, LEVEL_1, NEW, LEVEL_1, START, NEW], 1),
]


@pytest.mark.parametrize(("events", "count"), COUNTS)
def test_connections(events: list[Event], count: int | None) -> None:
    """R15, R23: the number of open connections is known where the log has shown them ever since the process started."""
    assert views.connections(Journal().say(*events).state, "node1") == count


@pytest.mark.parametrize("event", [START, NEW, LEVEL_0, *blocks(0), ProblemLogged("error", "", "f", "t")])
def test_every_node_that_spoke_is_named(event: Event) -> None:
    """A node is known from whatever slice its first line went into."""
    state = Journal().say(event, by="zeta").say(event, by="alpha").state
    assert views.names(state) == ["alpha", "zeta"]


def compare(one: list[Event], other: list[Event]) -> Comparison:
    """How the first chain stands to the second."""
    journal = Journal().say(*one, by="node1").say(*other, by="node2")
    return views.compare(journal.state.chain["node1"], journal.state.chain["node2"])


COMPARED: list[tuple[list[Event], list[Event], Comparison]] = [
    ([*blocks(0, 1, 2)], [*blocks(0, 1, 2)], Comparison(Relation.SAME)),
    ([*blocks(0, 1)], [*blocks(0, 1, 2)], Comparison(Relation.BEHIND)),
    ([*blocks(0, 1, 2)], [*blocks(0, 1)], Comparison(Relation.AHEAD)),
    ([*blocks(0, 1, 2)], [*blocks(0, 1, 92)], Comparison(Relation.DIVERGED, 2)),
    ([*blocks(0, 1, 2, 3, 4)], [*blocks(0, 91, 92)], Comparison(Relation.DIVERGED, 1)),
    ([*blocks(0, 1)], [*blocks(90, 91)], Comparison(Relation.DIVERGED, 0)),
    ([*blocks(0, 1, 2)], [BlockAdded(2, block_id(92))], Comparison(Relation.DIVERGED, 2)),
    ([*blocks(0, 1, 2)], [SyncProgressed(3, 3)], Comparison(Relation.UNKNOWN)),
    ([*blocks(0, 1, 2)], [BlockReceived(block_id(2), "p:1")], Comparison(Relation.UNKNOWN)),
    ([*blocks(0, 1, 2)], [*blocks(0, 1, 2), START], Comparison(Relation.UNKNOWN)),
]


@pytest.mark.parametrize(("one", "other", "found"), COMPARED)
def test_compare(one: list[Event], other: list[Event], found: Comparison) -> None:
    """R16: nodes diverge if they hold different ids at a height both have; else the lower one is behind; what is not known is said so."""
    assert compare(one, other) == found
    turned = {Relation.BEHIND: Relation.AHEAD, Relation.AHEAD: Relation.BEHIND}
    assert compare(other, one) == found._replace(relation=turned.get(found.relation, found.relation))


def network(**chains: Sequence[Event]) -> NetworkState:
    """A network of nodes by name."""
    journal = Journal()
    for name, events in chains.items():
        journal.say(*events, by=name)
    return journal.state


def test_agreement() -> None:
    """Nodes at one tip are a group, the highest first; nodes whose height is not shown are named apart."""
    state = network(c=blocks(0, 1, 2), a=blocks(0, 1, 2), b=blocks(0, 1), d=[LEVEL_0, START, SyncProgressed(9, 9)])
    found = views.agreement(state)
    assert found.groups == (TipGroup(2, block_id(2), ("a", "c")), TipGroup(1, block_id(1), ("b",)))
    assert (found.unknown, found.diverged, found.agreed) == (("d",), (), False)


def test_divergence() -> None:
    """Every pair of groups on different chains is told, with the lowest height at which they differ."""
    found = views.agreement(network(a=blocks(0, 1, 2), b=blocks(0, 91), c=blocks(0, 1), d=blocks(0, 1, 82)))
    assert found.diverged == (("a", "d", 2), ("a", "b", 1), ("d", "b", 1), ("c", "b", 1))
    assert not found.agreed


def test_agreed_takes_a_known_tip() -> None:
    """Nodes agree where every known tip is the same block; a height without a block, or no height, is no agreement."""
    assert views.agreement(network(a=blocks(0, 1), b=blocks(0, 1))).agreed
    assert not views.agreement(NetworkState()).agreed
    assert not views.agreement(network(a=[LEVEL_1, START, SyncProgressed(9, 9)])).agreed


def test_block_across_the_network() -> None:
    """R16: who received, added, displaced or refused a block is asked of every node."""
    one = block_id(1)
    state = network(
        a=[BlockReceived(one, "p:1"), BlockAdded(1, one)],
        b=[BlockAdded(1, one), BlockAdded(1, block_id(2)), AlternativeAdded(1, one)],
        c=[BlockRejected(one, 1, block_id(0), "orphaned")],
        d=[BlockReceived(block_id(2), "p:1")],
    )
    found = views.block_view(state, one)
    assert found is not None
    assert (found.block, found.height, found.on_main, found.alternative, found.rejected) == (
        one,
        1,
        ("a",),
        ("b",),
        ("c",),
    )
    assert [(name, line.seq) for name, line in found.received] == [("a", 1)]
    assert [(name, line.seq) for name, line in found.added] == [("a", 2), ("b", 3)]
    assert views.block_view(state, block_id(9)) is None


def test_block_of_which_only_the_id_is_known() -> None:
    """A block that was only received has no height."""
    found = views.block_view(network(a=[BlockReceived(block_id(1), "p:1")]), block_id(1))
    assert found is not None
    assert found.height is None
