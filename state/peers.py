"""Slice `peers`: each node's own view of its connections: open ones, ended ones and why, failed ones.

A count is exact only from a process start on (R15): a CLOSE whose NEW was never seen is counted apart and
takes nothing away. Two connections of one pair (one in, one out) are two; who the peer is belongs to
`identities`.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from immutables import Map
from msgspec.structs import replace

from state.events import (
    ConnectFailed,
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    HostBlocked,
    HostUnblocked,
    PeerFailed,
    PeerHandshaked,
    ProcessStarted,
    ProcessStopping,
)
from state.ordered import ordered
from state.origin import Origin
from state.reducers import folds

OPEN_KEPT = 8192
"""Open connections kept for a node; with a further one their number is unknown until the next process start."""
ENDED_KEPT = 64
"""Ended connections kept for a node, the latest ones; all are counted."""
ADDRESSES_KEPT = 1024
"""Addresses of which failures are kept for a node; further ones are counted in `addresses_dropped`."""
WAS_STOPPING = "the node was stopping"
"""The reason of an end that says nothing of the other side."""


class Connection(msgspec.Struct, frozen=True, gc=False):
    """An open connection."""

    address: str
    direction: Direction
    opened: Origin
    handshaked: bool = False


class EndedConnection(msgspec.Struct, frozen=True, gc=False):
    """A connection that is over, and what its node said of the reason."""

    connection: str
    address: str
    direction: Direction
    opened: Origin | None
    """None where it was opened before a gap, or in it."""
    ended: Origin
    reason: str | None


class Failures(msgspec.Struct, frozen=True, gc=False):
    """Failed attempts to connect to one address since the last success."""

    count: int
    reason: str
    first: Origin
    last: Origin


class NodePeers(msgspec.Struct, frozen=True, gc=False):
    """One node's connections."""

    born: Origin
    last: Origin
    counting_since: Origin | None = None
    """The process start from which on the set of open connections is complete; None where the log began
    in the middle of a life."""
    open: Map[str, Connection] = Map()
    ended: tuple[EndedConnection, ...] = ()
    opened_total: int = 0
    closed_total: int = 0
    unmatched_closes: int = 0
    complaints: Map[str, str] = Map()
    """What the node last complained of, by address, until the connection with it ends."""
    failures: Map[str, Failures] = Map()
    addresses_dropped: int = 0
    blocked: Map[str, Origin] = Map()
    stopping: bool = False
    missed: Origin | None = None
    """The last gap in its log since the process started: connections may have been opened and ended there."""


Peers: TypeAlias = Map[str, NodePeers]
Change: TypeAlias = tuple[Peers, tuple[str, ...]]


def _of(peers: Peers, origin: Origin) -> NodePeers:
    mine = peers.get(origin.node)
    return NodePeers(born=origin, last=origin) if mine is None else mine


def _put(peers: Peers, origin: Origin, mine: NodePeers) -> Change:
    return peers.set(origin.node, mine), (origin.node,)


@folds("peers", ProcessStarted)
def process_started(peers: Peers, _event: ProcessStarted, origin: Origin) -> Change:
    """A new process has no connections, so from here on the set is complete."""
    mine = _of(peers, origin)
    lost = tuple(
        EndedConnection(key, c.address, c.direction, c.opened, origin, "the process ended without closing it")
        for key, c in ordered(mine.open)
    )
    return _put(
        peers,
        origin,
        replace(
            mine,
            last=origin,
            counting_since=origin,
            open=Map(),
            ended=(*mine.ended, *lost)[-ENDED_KEPT:],
            closed_total=mine.closed_total + len(lost),
            complaints=Map(),
            failures=Map(),
            blocked=Map(),
            stopping=False,
            missed=None,
        ),
    )


@folds("peers", ProcessStopping)
def process_stopping(peers: Peers, _event: ProcessStopping, origin: Origin) -> Change:
    """Connections that end from here on end because the node stops."""
    mine = _of(peers, origin)
    return (peers, ()) if mine.stopping else _put(peers, origin, replace(mine, last=origin, stopping=True))


@folds("peers", ConnectionOpened)
def opened(peers: Peers, event: ConnectionOpened, origin: Origin) -> Change:
    """A connection is counted once, however often its line comes."""
    mine = _of(peers, origin)
    if event.connection in mine.open:
        return peers, ()
    if len(mine.open) >= OPEN_KEPT:
        return _put(peers, origin, replace(mine, last=origin, counting_since=None, opened_total=mine.opened_total + 1))
    fresh = Connection(event.address, event.direction, origin)
    return _put(
        peers,
        origin,
        replace(
            mine,
            last=origin,
            open=mine.open.set(event.connection, fresh),
            opened_total=mine.opened_total + 1,
        ),
    )


@folds("peers", ConnectionClosed)
def closed(peers: Peers, event: ConnectionClosed, origin: Origin) -> Change:
    """An end without a beginning is counted apart, never subtracted."""
    mine = _of(peers, origin)
    was = mine.open.get(event.connection)
    if was is None:
        unmatched = mine.unmatched_closes + 1
        ended = mine.ended
        if mine.missed is not None:
            # Of connections that were opened before a gap, or in it, the ends are known all the same.
            reason = _reason(mine, event.address, event.by)
            alone = EndedConnection(event.connection, event.address, event.direction, None, origin, reason)
            ended = (*ended[1 - ENDED_KEPT :], alone)
        return _put(peers, origin, replace(mine, last=origin, unmatched_closes=unmatched, ended=ended))
    over = EndedConnection(
        event.connection, was.address, was.direction, was.opened, origin, _reason(mine, was.address, event.by)
    )
    complaints = mine.complaints
    return _put(
        peers,
        origin,
        replace(
            mine,
            last=origin,
            open=mine.open.delete(event.connection),
            ended=(*mine.ended[1 - ENDED_KEPT :], over),
            closed_total=mine.closed_total + 1,
            complaints=complaints.delete(was.address) if was.address in complaints else complaints,
        ),
    )


def _reason(mine: NodePeers, address: str, by: str) -> str | None:
    if mine.stopping:
        return WAS_STOPPING
    if address in mine.complaints:
        return mine.complaints[address]
    return "an RPC command" if by.startswith("RPC") else None


@folds("peers", PeerHandshaked)
def handshaked(peers: Peers, event: PeerHandshaked, origin: Origin) -> Change:
    """A handshake ends the series of failures with its address."""
    mine = _of(peers, origin)
    found = [
        (key, c)
        for key, c in ordered(mine.open)
        if c.address == event.address and c.direction is Direction.OUT and not c.handshaked
    ]
    connections = mine.open
    for key, c in found:
        connections = connections.set(key, replace(c, handshaked=True))
    failures = mine.failures.delete(event.address) if event.address in mine.failures else mine.failures
    if connections is mine.open and failures is mine.failures:
        return peers, ()
    return _put(peers, origin, replace(mine, last=origin, open=connections, failures=failures))


@folds("peers", PeerFailed)
def peer_failed(peers: Peers, event: PeerFailed, origin: Origin) -> Change:
    """A complaint is kept as the reason of the end that follows it."""
    mine = _of(peers, origin)
    if event.address not in mine.complaints and len(mine.complaints) >= ADDRESSES_KEPT:
        return _put(peers, origin, replace(mine, last=origin, addresses_dropped=mine.addresses_dropped + 1))
    return _put(peers, origin, replace(mine, last=origin, complaints=mine.complaints.set(event.address, event.reason)))


@folds("peers", ConnectFailed)
def connect_failed(peers: Peers, event: ConnectFailed, origin: Origin) -> Change:
    """Failures with one address are one series until a handshake with it succeeds."""
    mine = _of(peers, origin)
    known = mine.failures.get(event.address)
    if known is None and len(mine.failures) >= ADDRESSES_KEPT:
        return _put(peers, origin, replace(mine, last=origin, addresses_dropped=mine.addresses_dropped + 1))
    series = (
        Failures(1, event.reason, origin, origin)
        if known is None
        else replace(known, count=known.count + 1, reason=event.reason, last=origin)
    )
    return _put(peers, origin, replace(mine, last=origin, failures=mine.failures.set(event.address, series)))


@folds("peers", HostBlocked)
def host_blocked(peers: Peers, event: HostBlocked, origin: Origin) -> Change:
    """A ban holds until its end is stated; its expiry is logged only at the next contact."""
    mine = _of(peers, origin)
    if event.host not in mine.blocked and len(mine.blocked) >= ADDRESSES_KEPT:
        return _put(peers, origin, replace(mine, last=origin, addresses_dropped=mine.addresses_dropped + 1))
    return _put(peers, origin, replace(mine, last=origin, blocked=mine.blocked.set(event.host, origin)))


@folds("peers", HostUnblocked)
def host_unblocked(peers: Peers, event: HostUnblocked, origin: Origin) -> Change:
    """One ban ends, or all do."""
    mine = _of(peers, origin)
    if not event.host:
        return _put(peers, origin, replace(mine, last=origin, blocked=Map()))
    if event.host not in mine.blocked:
        return peers, ()
    return _put(peers, origin, replace(mine, last=origin, blocked=mine.blocked.delete(event.host)))
