"""Statements of replication: streams from peers, what they bring, and what is wrong with it.

The logger of an open stream inherits `originator_id`, the peer; where the line has one of its own, which comes behind
it, that is the envelope's (§4.3).
"""

from __future__ import annotations

import re

from parsers.keyed import Pairs
from parsers.text import one_line
from parsers.xmtpd.system import (
    ROOT,
    SYNC,
    About,
    Clock,
    Failure,
    Fields,
    Id,
    Sequence,
    by_originator,
    first_id,
    short,
    xmtpd,
)
from state.report_events import ReservedEnvelopeFound
from state.sync_events import (
    ClockStated,
    EnvelopeDropped,
    EnvelopeGap,
    EnvelopeOutOfOrder,
    EnvelopesReceived,
    FeesDiffered,
    MisbehaviourDetected,
    PeerRefused,
    SinkFailed,
    StreamAttempted,
    StreamEnded,
    StreamFailed,
    StreamFellBack,
    StreamRebuilt,
    StreamSubscribed,
)


class Peer(About, frozen=True):
    """A peer and its address."""

    node_http_address: str = ""
    error: str = ""

    @property
    def address(self) -> str:
        """Fit for an event."""
        return one_line(self.node_http_address, 256)


# --- streams -----------------------------------------------------------------------------------------


@xmtpd.says(SYNC, "attempting to connect to node")
def stream_attempted(peer: Peer) -> StreamAttempted:
    """sync/sync_worker.go:307"""
    return StreamAttempted(peer.originator_id, peer.address)


class _OwnClock(About, frozen=True):
    body: Clock


@xmtpd.says(SYNC, "vector clock for sync subscription", level="DEBUG")
def stream_subscribed(fields: _OwnClock) -> tuple[ClockStated, StreamSubscribed]:
    """The whole clock, once for each stream that is set up (§3). sync/sync_worker.go:382"""
    return ClockStated(by_originator(fields.body)), StreamSubscribed(fields.originator_id)


@xmtpd.says(SYNC, "failed to connect to node", level="ERROR")
def stream_not_connected(peer: Peer) -> StreamFailed:
    """sync/sync_worker.go:331"""
    return StreamFailed(peer.address, short(peer.error), peer.originator_id)


@xmtpd.says(SYNC, "failed to batch subscribe to node", level="ERROR")
def stream_not_subscribed(peer: Peer) -> StreamFailed:
    """sync/sync_worker.go:416"""
    return StreamFailed(peer.address, short(peer.error), peer.originator_id)


class _Address(Failure, frozen=True):
    node_http_address: str = ""


@xmtpd.says(SYNC, "error connecting to node, retrying", level="ERROR")
def stream_retried(fields: _Address) -> StreamFailed:
    """It names the address alone; comes behind a failed stream as well. sync/sync_worker.go:244"""
    return StreamFailed(one_line(fields.node_http_address, 256), fields.why)


@xmtpd.says(SYNC, "stream closed with EOF")
def stream_closed(peer: Peer) -> StreamEnded:
    """sync/originator_stream.go:128"""
    return StreamEnded(peer.originator_id, peer.address)


@xmtpd.says(SYNC, "stream closed with error", level="ERROR")
def stream_broken(peer: Peer) -> StreamEnded:
    """sync/originator_stream.go:132"""
    return StreamEnded(peer.originator_id, peer.address, short(peer.error) or "unknown error")


@xmtpd.says(SYNC, "peer does not support SubscribeOriginators, falling back")
def stream_fell_back(peer: Peer) -> StreamFellBack:
    """sync/subscribe_fallback.go:88"""
    return StreamFellBack(peer.originator_id, peer.address)


@xmtpd.says(SYNC, "node has been updated in the registry, terminating and rebuilding")
def stream_rebuilt() -> StreamRebuilt:
    """sync/node_registry_watcher.go:104"""
    return StreamRebuilt()


class _Refused(Failure, frozen=True):
    procedure: str = ""
    originator_id: Id | None = None


@xmtpd.says(ROOT, "JWT verification failed", level="ERROR")
def peer_refused(fields: _Refused) -> PeerRefused:
    """interceptors/server/auth.go:59 and 107"""
    return PeerRefused(one_line(fields.procedure, 256), fields.why, fields.originator_id)


# --- envelopes ---------------------------------------------------------------------------------------


class _Received(About, frozen=True):
    num_envelopes: Sequence


@xmtpd.says(SYNC, "received envelopes", level="DEBUG")
def envelopes_received(fields: _Received) -> EnvelopesReceived:
    """sync/originator_stream.go:98"""
    return EnvelopesReceived(fields.originator_id, fields.num_envelopes)


class _Unexpected(About, frozen=True):
    """Of two `originator_id` the last, which is the envelope's."""

    sequence_id: Sequence
    expected_sequence_id: Sequence


@xmtpd.says(SYNC, "envelope gap detected")
def envelope_gap(pairs: Pairs, envelope: _Unexpected) -> EnvelopeGap:
    """sync/originator_stream.go:237"""
    return EnvelopeGap(
        first_id(pairs, "originator_id"), envelope.originator_id, envelope.sequence_id, envelope.expected_sequence_id
    )


@xmtpd.says(SYNC, "received out-of-order envelope", level="ERROR")
def envelope_out_of_order(pairs: Pairs, envelope: _Unexpected) -> EnvelopeOutOfOrder:
    """sync/originator_stream.go:228"""
    return EnvelopeOutOfOrder(
        first_id(pairs, "originator_id"), envelope.originator_id, envelope.sequence_id, envelope.expected_sequence_id
    )


@xmtpd.says(SYNC, "discarding envelope after validation failed", level="ERROR")
def envelope_dropped(peer: Peer) -> EnvelopeDropped:
    """Comes behind the line that says why, such as `received envelope from invalid originator`: one envelope, one
    event. sync/originator_stream.go:109
    """
    return EnvelopeDropped(peer.originator_id, short(peer.error))


@xmtpd.says(SYNC, "error storing envelope", level="ERROR")
def sink_failed(fields: Failure) -> SinkFailed:
    """The same envelope is tried until it can be stored. sync/envelope_sink.go:95"""
    return SinkFailed(fields.why)


class _Fees(Fields, frozen=True):
    our_fee: str
    originator_fee: str


@xmtpd.says(SYNC, "fee calculation mismatch", level="WARNING")
def fees_differed(fields: _Fees) -> FeesDiffered:
    """sync/envelope_sink.go:148"""
    return FeesDiffered(one_line(fields.our_fee, 80), one_line(fields.originator_fee, 80))


class _Topic(Fields, frozen=True):
    topic: str


_RESERVED = re.compile(r"(payer_reports_v1|payer_report_attestations_v1)/(?:0x)?([0-9a-fA-F]{8})\Z", re.ASCII)
_KINDS = {"payer_reports_v1": "report", "payer_report_attestations_v1": "attestation"}


@xmtpd.says(SYNC, "found envelope with reserved topic")
def reserved_envelope_found(fields: _Topic) -> ReservedEnvelopeFound:
    """The topic ends in the id of the originator that the report is about, four bytes, the lowest first: `64000000` is
    100 (§4.3, 12). sync/envelope_sink.go:128
    """
    found = _RESERVED.match(fields.topic)
    if found is None:
        raise ValueError("no reserved topic")
    return ReservedEnvelopeFound(_KINDS[found[1]], int.from_bytes(bytes.fromhex(found[2]), "little"))


class _Misbehaviour(Fields, frozen=True):
    misbehavior_type: str
    misbehaving_node_id: Id


@xmtpd.says("*.misbehavior", "misbehavior detected", level="WARNING")
def misbehaviour_detected(fields: _Misbehaviour) -> MisbehaviourDetected:
    """misbehavior/misbehavior.go:27"""
    return MisbehaviourDetected(one_line(fields.misbehavior_type, 128), fields.misbehaving_node_id)
