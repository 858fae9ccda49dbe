"""Slice `streams`: from which peers each node reads envelopes, and which of these streams stand. Catalogue, xmtpd §4.3.

No line at INFO says that a stream was opened: one stands where an attempt was not followed by an error.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from immutables import Map
from msgspec.structs import replace

from state.events import ProcessStarted
from state.ordered import ordered
from state.origin import Origin
from state.reducers import folds
from state.sync_events import (
    EnvelopesReceived,
    StreamAttempted,
    StreamEnded,
    StreamFailed,
    StreamFellBack,
    StreamSubscribed,
)
from state.trouble import Trouble, again

if TYPE_CHECKING:
    from collections.abc import Callable

PEERS_KEPT = 1024
"""Peers of one node; further ones are not entered."""
ATTEMPT_LASTS = 60 * 10**9
"""An attempt behind failures is a success once so long has passed without an error."""
OPENING = 30_000_000_000
"""Nanoseconds on the node's clock. What ends this soon after an attempt, and has brought nothing, never stood:
connections are made when they are first read from, so that the first error of a dead peer looks like a loss.
"""


class StreamState(enum.Enum):
    """How a stream stands, by its node's last word of it."""

    ATTEMPTED = "attempted"
    """It stands, unless an error follows."""
    FAILED = "failed"
    ENDED = "ended"
    """It stood, and was lost."""


class Stream(msgspec.Struct, frozen=True, gc=False):
    """One peer, as one node reads from it."""

    address: str
    state: StreamState
    since: Origin
    """Since when it stands, or is broken: neither attempts nor further failures renew it."""
    last: Origin
    broken: bool = False
    """Whether it failed or was lost, and no line has shown since that it stands. An attempt does not."""
    tried: Origin | None = None
    """The latest attempt, until a failure or a loss follows."""
    failing: Trouble | None = None
    """Attempts that failed since it last stood."""
    losses: int = 0
    """Times it was lost after it had stood."""
    error: str = ""
    """What was said last of why it failed or ended; empty where the peer ended it."""
    older: bool = False
    """Whether the peer has to be read in the older way."""
    unsure: bool = False
    """Whether how it stands is not known since a gap in the log: neither an error nor an envelope has told since."""


class Brought(msgspec.Struct, frozen=True, gc=False):
    """What streams of a peer brought since the process started (DEBUG)."""

    envelopes: int
    last: Origin


class NodeStreams(msgspec.Struct, frozen=True, gc=False):
    """The streams that one node reads."""

    peers: Map[int, Stream] = Map()
    """By the peer's id."""
    brought: Map[int, Brought] = Map()
    """Likewise. Apart, as it changes with every batch, and says nothing new of a stream that stands."""
    missed: Origin | None = None
    """The last gap in the log since the process started."""


Streams: TypeAlias = Map[str, NodeStreams]
"""Keyed by node."""
Change: TypeAlias = tuple[Streams, tuple[str, ...]]


def _put(streams: Streams, origin: Origin, peer: int, one: Stream) -> Change:
    peers = _peers(streams, origin)
    if peer not in peers and len(peers) >= PEERS_KEPT:
        return streams, ()
    mine = streams.get(origin.node) or NodeStreams()
    return streams.set(origin.node, replace(mine, peers=peers.set(peer, one))), (origin.node,)


def _peers(streams: Streams, origin: Origin) -> Map[int, Stream]:
    mine = streams.get(origin.node)
    return Map() if mine is None else mine.peers


def _missed(streams: Streams, origin: Origin) -> bool:
    """Whether a stream that nothing is known of may have been tried, and have failed, in a gap."""
    mine = streams.get(origin.node)
    return mine is not None and mine.missed is not None


def _with(streams: Streams, peer: int, origin: Origin, step: Callable[[Stream], Stream]) -> Change:
    """Change a stream that is known; of another one nothing can be said but by an attempt."""
    known = _peers(streams, origin).get(peer)
    return (streams, ()) if known is None else _put(streams, origin, peer, step(replace(known, last=origin)))


@folds("streams", ProcessStarted)
def process_started(streams: Streams, _event: ProcessStarted, origin: Origin) -> Change:
    """A new process has no streams yet."""
    return (streams.delete(origin.node), (origin.node,)) if origin.node in streams else (streams, ())


@folds("streams", StreamAttempted)
def attempted(streams: Streams, event: StreamAttempted, origin: Origin) -> Change:
    """An attempt is no success. Yet every failure is told before the next attempt, so that where two attempts follow
    each other the former had one.
    """
    known = _peers(streams, origin).get(event.peer)
    if known is None:
        one = Stream(
            event.address, StreamState.ATTEMPTED, origin, origin, tried=origin, unsure=_missed(streams, origin)
        )
        return _put(streams, origin, event.peer, one)
    if known.broken and known.tried is not None and not known.unsure:
        known = _proved(known, known.tried)
    now = replace(known, address=event.address, state=StreamState.ATTEMPTED, last=origin, tried=origin)
    return _put(streams, origin, event.peer, now)


@folds("streams", StreamSubscribed)
def subscribed(streams: Streams, event: StreamSubscribed, origin: Origin) -> Change:
    """Still an attempt."""
    return _with(streams, event.peer, origin, lambda one: one)


@folds("streams", StreamFailed)
def failed(streams: Streams, event: StreamFailed, origin: Origin) -> Change:
    """A line that names the address alone mostly repeats what one before it has said. Where none has, it is about the
    attempt at that address.
    """
    if event.peer is None:
        found = [
            peer
            for peer, one in ordered(_peers(streams, origin))
            if one.address == event.address and one.state is StreamState.ATTEMPTED
        ]
        return _with(streams, found[0], origin, _failing(event.error, origin)) if len(found) == 1 else (streams, ())
    known = _peers(streams, origin).get(event.peer)
    one = known or Stream(event.address, StreamState.FAILED, origin, origin)
    return _put(streams, origin, event.peer, _failing(event.error, origin)(one))


def _failing(error: str, origin: Origin) -> Callable[[Stream], Stream]:
    def step(one: Stream) -> Stream:
        return replace(
            one,
            state=StreamState.FAILED,
            since=one.since if one.broken and not one.unsure else origin,
            last=origin,
            broken=True,
            tried=None,
            failing=again(None if one.unsure else one.failing, error, origin),
            error=error,
            unsure=False,
        )

    return step


@folds("streams", StreamEnded)
def ended(streams: Streams, event: StreamEnded, origin: Origin) -> Change:
    """It had stood until now, unless it had hardly been tried. Without an attempt before it, the line repeats what one
    before it has said.
    """
    known = _peers(streams, origin).get(event.peer)
    one = known or Stream(event.address, StreamState.ENDED, origin, origin)
    if one.broken and one.tried is None and not one.unsure:
        return _put(streams, origin, event.peer, replace(one, last=origin, error=event.error or one.error))
    mine = streams.get(origin.node)
    brought = None if mine is None else mine.brought.get(event.peer)
    if one.tried is not None and origin.time - one.tried.time < OPENING and not _brought(one, brought):
        return _put(streams, origin, event.peer, _failing(event.error, origin)(one))
    now = replace(
        one,
        state=StreamState.ENDED,
        since=origin,
        last=origin,
        broken=True,
        tried=None,
        failing=None,
        losses=one.losses + (not one.unsure),
        error=event.error,
        unsure=False,
    )
    return _put(streams, origin, event.peer, now)


def _brought(one: Stream, brought: Brought | None) -> bool:
    """Whether anything came since the latest attempt."""
    return brought is not None and one.tried is not None and brought.last.time >= one.tried.time


@folds("streams", EnvelopesReceived)
def received(streams: Streams, event: EnvelopesReceived, origin: Origin) -> Change:
    """What comes proves that the stream stands."""
    mine = streams.get(origin.node) or NodeStreams()
    peers = mine.peers
    one = peers.get(event.peer)
    if one is None:
        if len(peers) >= PEERS_KEPT:
            return streams, ()
        peers = peers.set(event.peer, Stream("", StreamState.ATTEMPTED, origin, origin))
    elif one.broken or one.unsure:
        peers = peers.set(event.peer, _proved(replace(one, last=origin), one.tried or origin))
    before = mine.brought.get(event.peer)
    now = Brought(event.count + (0 if before is None else before.envelopes), origin)
    mine = replace(mine, peers=peers, brought=mine.brought.set(event.peer, now))
    return streams.set(origin.node, mine), (origin.node,)


def _proved(one: Stream, since: Origin) -> Stream:
    return replace(one, state=StreamState.ATTEMPTED, since=since, broken=False, failing=None, error="", unsure=False)


@folds("streams", StreamFellBack)
def fell_back(streams: Streams, event: StreamFellBack, origin: Origin) -> Change:
    """A property of the peer."""
    return _with(streams, event.peer, origin, lambda one: replace(one, older=True))


def unreachable(stream: Stream) -> bool:
    """Whether the last word of a stream is that it failed or was lost. Between an attempt and its error it is not."""
    return stream.state is not StreamState.ATTEMPTED


def stands(stream: Stream, at: int) -> bool:
    """Whether a stream stands at a journal time, as far as attempts and errors tell."""
    if unreachable(stream):
        return False
    return stream.failing is None or at - stream.last.at >= ATTEMPT_LASTS


def unreachable_since(stream: Stream) -> Origin | None:
    """The line since which a stream is not known to stand; None where none says so. Attempts do not end it: that one of
    them succeeded is only told by time, so that whoever asks compares `standing_since` with the time now.
    """
    return stream.since if stream.broken else None


def standing_since(stream: Stream) -> Origin | None:
    """The attempt that no error has followed yet, or where none was seen the first line that shows that the stream
    stands; None while its last word is a failure or a loss.
    """
    if stream.state is not StreamState.ATTEMPTED:
        return None
    return stream.tried or stream.since


def peers_of(streams: Streams) -> list[int]:
    """Every peer that any node has set out to read from."""
    return ordered({peer for _node, mine in ordered(streams) for peer, _ in ordered(mine.peers)})
