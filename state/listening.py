"""Slice `listening`: what each node's log can show, so that absence is evidence only where we could see (R23).

A topic (`blocks`, `connections`, …) is shown or hidden by a statement of the log levels, and shown by any
line of it. A process start forgets both, except levels stated just before it: a process names its levels
before it names itself.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from immutables import Map
from msgspec.structs import replace

from state.events import (
    AlternativeAdded,
    BlockAdded,
    BlockReceived,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    ListeningStated,
    ProcessStarted,
    SyncFinished,
    SyncProgressed,
    SyncStarted,
    TransactionPooled,
)
from state.origin import Origin
from state.reducers import folds

BEFORE_START_NS = 10_000_000_000
"""Levels stated within this node time before a process start are the new process's own."""

BLOCKS = "blocks"
CONNECTIONS = "connections"
RELAY = "relay"
SYNC = "sync"
TRANSACTIONS = "transactions"

TOPIC_OF: dict[type[Event], str] = {
    BlockAdded: BLOCKS,
    ConnectionOpened: CONNECTIONS,
    ConnectionClosed: CONNECTIONS,
    BlockReceived: RELAY,
    SyncStarted: SYNC,
    SyncProgressed: SYNC,
    SyncFinished: SYNC,
    AlternativeAdded: SYNC,
    TransactionPooled: TRANSACTIONS,
}
"""What seeing an event of a kind proves the log to show."""


class NodeListening(msgspec.Struct, frozen=True, gc=False):
    """One node's topics: True where shown, False where hidden; absent where nothing tells."""

    topics: Map[str, bool] = Map()
    stated: Origin | None = None
    """The last statement of log levels."""
    resumed: Map[str, Origin] = Map()
    """The line from which on a topic is shown that was not known to be shown before: what happened until then
    is missing."""


Listening: TypeAlias = Map[str, NodeListening]
Change: TypeAlias = tuple[Listening, tuple[str, ...]]


@folds("listening", ListeningStated)
def stated(listening: Listening, event: ListeningStated, origin: Origin) -> Change:
    """The latest statement of levels replaces what was known."""
    mine = listening.get(origin.node) or NodeListening()
    topics: Map[str, bool] = Map()
    resumed = mine.resumed
    for topic in event.shown:
        topics = topics.set(topic, True)
        resumed = resumed if mine.topics.get(topic) else resumed.set(topic, origin)
    for topic in event.hidden:
        topics = topics.set(topic, False)
    return listening.set(origin.node, NodeListening(topics, origin, resumed)), (origin.node,)


@folds("listening", ProcessStarted)
def process_started(listening: Listening, _event: ProcessStarted, origin: Origin) -> Change:
    """A new process may log at other levels."""
    mine = listening.get(origin.node)
    if mine is None or _own(mine, origin):
        return listening, ()
    return listening.set(origin.node, NodeListening()), (origin.node,)


def _own(mine: NodeListening, origin: Origin) -> bool:
    return mine.stated is not None and 0 <= origin.time - mine.stated.time <= BEFORE_START_NS


@folds("listening", *TOPIC_OF)
def shown(listening: Listening, event: Event, origin: Origin) -> Change:
    """A line of a topic proves that the log shows it, and has since the process started unless it was hidden."""
    topic = TOPIC_OF[type(event)]
    mine = listening.get(origin.node) or NodeListening()
    known = mine.topics.get(topic)
    if known:
        return listening, ()
    resumed = mine.resumed if known is None else mine.resumed.set(topic, origin)
    mine = replace(mine, topics=mine.topics.set(topic, True), resumed=resumed)
    return listening.set(origin.node, mine), (origin.node,)
