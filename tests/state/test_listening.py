"""Slice `listening`: what each node's log can show (R23)."""

from __future__ import annotations

import pytest

from state.events import (
    AlternativeAdded,
    BlockAdded,
    BlockReceived,
    ChainLoaded,
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Event,
    GenesisCreated,
    ListeningStated,
    ServiceBound,
    StatementUnreadable,
    SyncFinished,
    SyncProgressed,
    SyncStarted,
    TransactionPooled,
)
from state.listening import (
    BEFORE_START_NS,
    BLOCKS,
    CONNECTIONS,
    RELAY,
    SYNC,
    TRANSACTIONS,
    UNREADABLE_KEPT,
    NodeListening,
    Unreadable,
)
from tests.state.journal import START, Journal, S

LEVEL_0 = ListeningStated((SYNC,), (BLOCKS, CONNECTIONS, RELAY, TRANSACTIONS))
LEVEL_1 = ListeningStated((BLOCKS, CONNECTIONS, RELAY, SYNC, TRANSACTIONS), ())


def topics(journal: Journal) -> dict[str, bool]:
    """What is known of the first node's topics."""
    return dict(journal.listening.topics.items())


def seen(journal: Journal) -> dict[str, int]:
    """The first line of each topic of the first node."""
    return {topic: line.seq for topic, line in journal.listening.seen.items()}


PROOFS: list[tuple[Event, str]] = [
    (BlockAdded(1, "a"), BLOCKS),
    (ChainLoaded(0), BLOCKS),
    (GenesisCreated(), BLOCKS),
    (ServiceBound("p2p", "p:1"), CONNECTIONS),
    (ConnectionOpened("a", "p:1", Direction.IN), CONNECTIONS),
    (ConnectionClosed("a", "p:1", Direction.IN), CONNECTIONS),
    (BlockReceived("a", "p:1"), RELAY),
    (SyncStarted(), SYNC),
    (SyncProgressed(1, 2), SYNC),
    (SyncFinished(), SYNC),
    (AlternativeAdded(1, "a"), SYNC),
    (TransactionPooled("a"), TRANSACTIONS),
]


@pytest.mark.parametrize(("event", "topic"), PROOFS)
def test_line_of_a_topic_proves_it_shown(event: Event, topic: str) -> None:
    """R23: a topic is shown where a line of it was seen; of the others nothing is known."""
    assert topics(Journal().say(event)) == {topic: True}


@pytest.mark.parametrize(("event", "topic"), PROOFS)
def test_line_of_a_topic_outweighs_its_hiding(event: Event, topic: str) -> None:
    """R23: a line cannot be seen where its topic is hidden, so the statement no longer holds for it."""
    journal = Journal().say(ListeningStated((), (topic, "other")), event)
    assert topics(journal) == {topic: True, "other": False}
    assert journal.listening.resumed[topic] == journal.at(2)
    assert seen(journal) == {topic: 2}


@pytest.mark.parametrize("event", [ServiceBound("rpc", "p:1"), ServiceBound("zmq", "p:1"), StatementUnreadable("a")])
def test_other_lines_prove_no_topic(event: Event) -> None:
    """R23: other services are named at every level, and nobody knows what an unreadable line would have shown."""
    journal = Journal().say(LEVEL_0)
    levels = topics(journal)
    assert topics(journal.say(event)) == levels
    assert seen(journal) == {}


def test_second_line_of_a_topic_changes_nothing() -> None:
    """What is known to be shown stays as it is, the snapshot too."""
    journal = Journal().say(BlockReceived("a", "p:1"))
    before = journal.state
    assert journal.say(BlockReceived("b", "p:1")).state.listening is before.listening


def test_latest_statement_stands() -> None:
    """R23: the latest statement of levels replaces what was stated and what was proved."""
    journal = Journal().say(TransactionPooled("a"), ListeningStated((BLOCKS,), (SYNC,)))
    assert topics(journal) == {BLOCKS: True, SYNC: False}
    assert journal.listening.stated == journal.at(2)
    assert topics(journal.say(LEVEL_0)) == {
        BLOCKS: False,
        CONNECTIONS: False,
        RELAY: False,
        SYNC: True,
        TRANSACTIONS: False,
    }


def test_start_forgets() -> None:
    """R23: a new process may log at other levels, so neither old statements nor old proofs hold for it."""
    journal = Journal().say(LEVEL_1, TransactionPooled("a")).say(START, after=BEFORE_START_NS)
    assert journal.listening == NodeListening()
    assert Journal().say(START).state.listening == Journal().state.listening


@pytest.mark.parametrize(
    ("after", "kept"), [(0, True), (S, True), (BEFORE_START_NS, True), (BEFORE_START_NS + 1, False), (-1, False)]
)
def test_levels_just_before_the_banner_are_its_own(after: int, kept: bool) -> None:  # noqa: FBT001 - a column of the table
    """R23: a process names its levels before it names itself, so levels stated shortly before a start stay."""
    journal = Journal().say(LEVEL_0).say(START, after=after)
    assert journal.listening == (
        NodeListening(
            topics=Journal().say(LEVEL_0).listening.topics, stated=journal.at(1), resumed=journal.listening.resumed
        )
        if kept
        else NodeListening()
    )


def test_what_resumed_is_told() -> None:
    """R15: a topic that comes to be shown after it was not is marked with the line from which on it is."""
    journal = Journal().say(LEVEL_1, START, LEVEL_0, LEVEL_1, LEVEL_1)
    assert {topic: line.seq for topic, line in journal.listening.resumed.items()} == {
        BLOCKS: 4,
        CONNECTIONS: 4,
        RELAY: 4,
        SYNC: 1,
        TRANSACTIONS: 4,
    }


def test_first_line_of_a_topic_resumes_nothing() -> None:
    """R23: where no level was stated, a line of a topic shows what the level has been since the start."""
    assert len(Journal().say(START, BlockAdded(1, "a")).listening.resumed) == 0


def test_nodes_are_apart() -> None:
    """What one node's log shows says nothing of another's."""
    journal = Journal().say(LEVEL_1).say(LEVEL_0, by="node2").say(START, by="node2", after=99 * S)
    assert topics(journal)[BLOCKS]
    assert journal.state.listening["node2"] == NodeListening()


BLOCK, RELAYED = BlockAdded(1, "a"), BlockReceived("a", "p:1")
SEEN: list[tuple[list[Event], dict[str, int]]] = [
    ([LEVEL_1], {}),
    ([BLOCK, RELAYED, BLOCK], {BLOCKS: 1, RELAY: 2}),
    ([LEVEL_1, BLOCK, BLOCK], {BLOCKS: 2}),
    ([BLOCK, LEVEL_1, BLOCK], {BLOCKS: 1}),
    ([BLOCK, SyncFinished(), LEVEL_0], {SYNC: 2}),
    ([BLOCK, LEVEL_0, LEVEL_1], {}),
    ([BLOCK, LEVEL_0, LEVEL_1, BLOCK], {BLOCKS: 4}),
    ([BLOCK, ListeningStated((), ()), BLOCK], {BLOCKS: 1}),
    ([BLOCK, START], {}),
    ([BLOCK, START, BLOCK], {BLOCKS: 3}),
    ([LEVEL_1, START, BLOCK], {BLOCKS: 3}),
    ([LEVEL_1, BLOCK, START, BLOCK], {BLOCKS: 2}),
    ([BLOCK, LEVEL_1, RELAYED, START], {RELAY: 3}),
    ([BLOCK, LEVEL_1, START], {}),
]


@pytest.mark.parametrize(("events", "expected"), SEEN)
def test_first_line_of_a_topic_is_kept(events: list[Event], expected: dict[str, int]) -> None:
    """R23: a topic is seen by its lines alone, from the first on, until it is hidden or another process starts."""
    assert seen(Journal().say(*events)) == expected


def test_start_without_own_levels_forgets_what_was_seen() -> None:
    """R23: lines behind levels that are too old to be the new process's own are the former one's."""
    assert seen(Journal().say(LEVEL_1, BLOCK).say(START, after=BEFORE_START_NS)) == {}


def test_unreadable_statements_are_counted() -> None:
    """R13: each statement has how often, and the first and last line; neither start nor levels forget them."""
    journal = Journal().say(*map(StatementUnreadable, "aba")).say(START, LEVEL_0, START, after=99 * S)
    found = journal.listening
    assert dict(found.unreadable.items()) == {
        "a": Unreadable(2, journal.at(1), journal.at(3)),
        "b": Unreadable(1, journal.at(2), journal.at(2)),
    }
    assert (found.unreadable_total, found.unreadable_dropped) == (3, 0)
    assert len(found.topics) == len(found.seen) == 0


def test_unreadable_statements_are_bounded() -> None:
    """R13: further statements are counted and not kept; the ones that are kept go on being counted."""
    names = [f"statement {number}" for number in range(UNREADABLE_KEPT + 2)]
    found = Journal().say(*map(StatementUnreadable, [*names, names[-1], names[0]])).listening
    assert (len(found.unreadable), found.unreadable_total, found.unreadable_dropped) == (
        UNREADABLE_KEPT,
        UNREADABLE_KEPT + 4,
        3,
    )
    assert found.unreadable[names[0]].count == 2
