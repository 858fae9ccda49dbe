"""Slice `listening`: what each node's log can show, so that absence is evidence only where we could see (R23).

A topic (`blocks`, `connections`, …) is shown or hidden by a statement of the log levels, and shown by any
line of it. A process start forgets both, except levels stated just before it and lines that follow those: a
process names its levels before it names itself.

Statements that could not be read are kept here too, as what they said is missing (R13). They are a weakness
of the reader rather than of a process, so no start forgets them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec
from immutables import Map
from msgspec.structs import replace

from state.events import (
    AlternativeAdded,
    BlockAdded,
    BlockReceived,
    ChainLoaded,
    ConnectionClosed,
    ConnectionOpened,
    Event,
    GenesisCreated,
    ListeningStated,
    ProcessStarted,
    ServiceBound,
    StatementUnreadable,
    SyncFinished,
    SyncProgressed,
    SyncStarted,
    TransactionPooled,
)
from state.ordered import ordered
from state.origin import Origin
from state.reducers import folds
from state.report_events import AttestationWaiting, OfReport, ReportExpired, ReportIgnored, Sign, Worker, WorkerSeen
from state.sync_events import (
    BatchPublished,
    ClockStated,
    EnvelopesReceived,
    IndexerCaughtUp,
    NodeIdStated,
    RegistryStated,
    SequenceStated,
    StreamAttempted,
)

if TYPE_CHECKING:
    from collections.abc import Callable


UNREADABLE_KEPT = 64
"""Statements that could not be read kept for a node; lines of further ones are counted in `unreadable_dropped`."""
BEFORE_START_NS = 10_000_000_000
"""Levels stated within this node time before a process start are the new process's own."""

BLOCKS = "blocks"
CONNECTIONS = "connections"
RELAY = "relay"
SYNC = "sync"
TRANSACTIONS = "transactions"
REPORTS = "reports"
"""What workers of payer reports do, and how replication fares: xmtpd's INFO."""
DETAIL = "detail"
"""Rounds of workers, clocks, expiry: xmtpd's DEBUG."""
P2P = "p2p"
"""The service at which peers reach a node."""

TOPIC_OF: dict[type[Event], str] = {
    BlockAdded: BLOCKS,
    ChainLoaded: BLOCKS,
    GenesisCreated: BLOCKS,
    ConnectionOpened: CONNECTIONS,
    ConnectionClosed: CONNECTIONS,
    BlockReceived: RELAY,
    SyncStarted: SYNC,
    SyncProgressed: SYNC,
    SyncFinished: SYNC,
    AlternativeAdded: SYNC,
    TransactionPooled: TRANSACTIONS,
    **dict.fromkeys(OfReport.__subclasses__(), REPORTS),
    NodeIdStated: REPORTS,
    StreamAttempted: REPORTS,
    BatchPublished: REPORTS,
    IndexerCaughtUp: REPORTS,
    RegistryStated: DETAIL,
    ClockStated: DETAIL,
    SequenceStated: DETAIL,
    EnvelopesReceived: DETAIL,
    AttestationWaiting: DETAIL,
    ReportExpired: DETAIL,
    ReportIgnored: DETAIL,
}
"""What seeing an event of a kind proves the log to show. What is said of the chain at start comes in the
category and at the level of the lines of blocks."""


class Unreadable(msgspec.Struct, frozen=True, gc=False):
    """Lines of one statement that could not be read."""

    count: int
    first: Origin
    last: Origin


class NodeListening(msgspec.Struct, frozen=True, gc=False):
    """One node's topics: True where shown, False where hidden; absent where nothing tells."""

    topics: Map[str, bool] = Map()
    stated: Origin | None = None
    """The last statement of log levels."""
    resumed: Map[str, Origin] = Map()
    """The line from which on a topic is shown that was not known to be shown before: what happened until then
    is missing."""
    seen: Map[str, Origin] = Map()
    """The first line of a topic since the process started, or since the topic was last stated hidden."""
    unreadable: Map[str, Unreadable] = Map()
    """By statement."""
    unreadable_total: int = 0
    unreadable_dropped: int = 0
    missed: Origin | None = None
    """The last gap in the node's log: what it did until there it may have told where nobody read it."""
    missed_total: int = 0


Listening: TypeAlias = Map[str, NodeListening]
Change: TypeAlias = tuple[Listening, tuple[str, ...]]


@folds("listening", ListeningStated)
def stated(listening: Listening, event: ListeningStated, origin: Origin) -> Change:
    """The latest statement of levels replaces what was known."""
    mine = listening.get(origin.node) or NodeListening()
    topics: Map[str, bool] = Map()
    resumed, seen = mine.resumed, mine.seen
    for topic in event.shown:
        topics = topics.set(topic, True)
        resumed = resumed if mine.topics.get(topic) else resumed.set(topic, origin)
    for topic in event.hidden:
        topics = topics.set(topic, False)
        seen = seen.delete(topic) if topic in seen else seen
    mine = replace(mine, topics=topics, stated=origin, resumed=resumed, seen=seen)
    return listening.set(origin.node, mine), (origin.node,)


@folds("listening", ProcessStarted)
def process_started(listening: Listening, _event: ProcessStarted, origin: Origin) -> Change:
    """A new process may log at other levels."""
    mine = listening.get(origin.node)
    if mine is None:
        return listening, ()
    own = _own_levels(mine, origin)
    if own is None:
        mine = replace(mine, topics=Map(), stated=None, resumed=Map(), seen=Map())
        return listening.set(origin.node, mine), (origin.node,)
    former = [topic for topic, line in ordered(mine.seen) if line.seq < own.seq]
    if not former:
        return listening, ()
    seen = mine.seen
    for topic in former:
        seen = seen.delete(topic)
    return listening.set(origin.node, replace(mine, seen=seen)), (origin.node,)


def _own_levels(mine: NodeListening, start: Origin) -> Origin | None:
    """The statement of levels that the starting process made before it named itself."""
    stated, gap = mine.stated, mine.missed
    if gap is not None and stated is not None and stated.seq < gap.seq:
        return None
    return stated if stated is not None and 0 <= start.time - stated.time <= BEFORE_START_NS else None


def _showing(topic: str) -> Callable[[Listening, Event, Origin], Change]:
    """What a line of a topic says, whatever else it does."""

    def shown(listening: Listening, _event: Event, origin: Origin) -> Change:
        """It proves that the log shows the topic, and has since the process started unless it was hidden."""
        mine = listening.get(origin.node) or NodeListening()
        known = mine.topics.get(topic)
        if known and topic in mine.seen:
            return listening, ()
        # Levels that were changed to nobody knows what may have hidden lines until now.
        hidden = known is False or (known is None and mine.stated is not None)
        resumed = mine.resumed.set(topic, origin) if hidden else mine.resumed
        seen = mine.seen if topic in mine.seen else mine.seen.set(topic, origin)
        mine = replace(mine, topics=mine.topics.set(topic, True), resumed=resumed, seen=seen)
        return listening.set(origin.node, mine), (origin.node,)

    return shown


_SHOWING = {topic: _showing(topic) for topic in ordered({TOPIC_OF[kind] for kind in TOPIC_OF})}
for _kind in TOPIC_OF:
    folds("listening", _kind)(_SHOWING[TOPIC_OF[_kind]])


@folds("listening", ServiceBound)
def bound(listening: Listening, event: ServiceBound, origin: Origin) -> Change:
    """Where peers reach the node is said in the category and at the level of the lines of connections; where
    other services are reached is not.
    """
    return _SHOWING[CONNECTIONS](listening, event, origin) if event.service == P2P else (listening, ())


@folds("listening", WorkerSeen)
def worker_seen(listening: Listening, event: WorkerSeen, origin: Origin) -> Change:
    """Submitter and settlement tell of their rounds at DEBUG, the others of theirs at INFO."""
    told = event.sign is Sign.CYCLE and event.work in (Worker.SUBMITTER, Worker.SETTLEMENT)
    return _SHOWING[DETAIL if told else REPORTS](listening, event, origin)


@folds("listening", StatementUnreadable)
def unreadable(listening: Listening, event: StatementUnreadable, origin: Origin) -> Change:
    """Counted by statement. It proves no topic: nobody knows what it would have said."""
    mine = listening.get(origin.node) or NodeListening()
    mine = replace(mine, unreadable_total=mine.unreadable_total + 1)
    known = mine.unreadable.get(event.statement)
    if known is None and len(mine.unreadable) >= UNREADABLE_KEPT:
        mine = replace(mine, unreadable_dropped=mine.unreadable_dropped + 1)
        return listening.set(origin.node, mine), (origin.node,)
    now = Unreadable(1, origin, origin) if known is None else replace(known, count=known.count + 1, last=origin)
    mine = replace(mine, unreadable=mine.unreadable.set(event.statement, now))
    return listening.set(origin.node, mine), (origin.node,)
