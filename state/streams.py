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
    """Since when it stands, or does not: attempts that fail do not renew it."""
    last: Origin
    failing: Trouble | None = None
    """Errors since it last stood."""
    losses: int = 0
    """Times it was lost after it had stood."""
    error: str = ""
    """What was said last of why it failed or ended; empty where the peer ended it."""
    received: int = 0
    """Envelopes that it brought since the process started (DEBUG)."""
    received_last: Origin | None = None
    older: bool = False
    """Whether the peer has to be read in the older way."""


class NodeStreams(msgspec.Struct, frozen=True, gc=False):
    """The streams that one node reads."""

    peers: Map[int, Stream] = Map()
    """By the peer's id."""


Streams: TypeAlias = Map[str, NodeStreams]
"""Keyed by node."""
Change: TypeAlias = tuple[Streams, tuple[str, ...]]


def _put(streams: Streams, origin: Origin, peer: int, one: Stream) -> Change:
    peers = _peers(streams, origin)
    if peer not in peers and len(peers) >= PEERS_KEPT:
        return streams, ()
    return streams.set(origin.node, NodeStreams(peers.set(peer, one))), (origin.node,)


def _peers(streams: Streams, origin: Origin) -> Map[int, Stream]:
    mine = streams.get(origin.node)
    return Map() if mine is None else mine.peers


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
    """An attempt after a failure is not yet a success: `since` is renewed, and a failure takes it back."""
    known = _peers(streams, origin).get(event.peer)
    if known is None:
        return _put(streams, origin, event.peer, Stream(event.address, StreamState.ATTEMPTED, origin, origin))
    now = replace(known, address=event.address, state=StreamState.ATTEMPTED, last=origin)
    if known.state is StreamState.ENDED and known.failing is None:
        now = replace(now, since=origin)
    return _put(streams, origin, event.peer, now)


@folds("streams", StreamSubscribed)
def subscribed(streams: Streams, event: StreamSubscribed, origin: Origin) -> Change:
    """Still an attempt."""
    return _with(streams, event.peer, origin, lambda one: one)


@folds("streams", StreamFailed)
def failed(streams: Streams, event: StreamFailed, origin: Origin) -> Change:
    """Where only the address is named, it is that of an attempt before; it repeats what a line before has said."""
    if event.peer is None:
        return streams, ()

    def step(one: Stream) -> Stream:
        standing = one.state is StreamState.ATTEMPTED and one.failing is None
        return replace(
            one,
            state=StreamState.FAILED,
            since=origin if standing else one.since,
            failing=again(one.failing, event.error, origin),
            error=event.error,
        )

    known = _peers(streams, origin).get(event.peer)
    if known is None:
        trouble = again(None, event.error, origin)
        one = Stream(event.address, StreamState.FAILED, origin, origin, failing=trouble, error=event.error)
        return _put(streams, origin, event.peer, one)
    return _with(streams, event.peer, origin, step)


@folds("streams", StreamEnded)
def ended(streams: Streams, event: StreamEnded, origin: Origin) -> Change:
    """It had stood until now."""
    known = _peers(streams, origin).get(event.peer)
    one = known or Stream(event.address, StreamState.ENDED, origin, origin)
    return _put(
        streams,
        origin,
        event.peer,
        replace(
            one,
            state=StreamState.ENDED,
            since=origin,
            last=origin,
            failing=None,
            losses=one.losses + 1,
            error=event.error,
        ),
    )


@folds("streams", EnvelopesReceived)
def received(streams: Streams, event: EnvelopesReceived, origin: Origin) -> Change:
    """What comes proves that it stands."""

    def step(one: Stream) -> Stream:
        now = replace(one, received=one.received + event.count, received_last=origin)
        if one.state is StreamState.ATTEMPTED and one.failing is None:
            return now
        return replace(now, state=StreamState.ATTEMPTED, since=origin, failing=None, error="")

    known = _peers(streams, origin).get(event.peer)
    if known is None:
        one = Stream("", StreamState.ATTEMPTED, origin, origin, received=event.count, received_last=origin)
        return _put(streams, origin, event.peer, one)
    return _with(streams, event.peer, origin, step)


@folds("streams", StreamFellBack)
def fell_back(streams: Streams, event: StreamFellBack, origin: Origin) -> Change:
    """A property of the peer."""
    return _with(streams, event.peer, origin, lambda one: replace(one, older=True))


def unreachable(stream: Stream) -> bool:
    """Whether the last word of a stream is that it failed or was lost."""
    return stream.state is not StreamState.ATTEMPTED


def peers_of(streams: Streams) -> list[int]:
    """Every peer that any node has set out to read from."""
    return ordered({peer for _node, mine in ordered(streams) for peer, _ in ordered(mine.peers)})
