"""Statements of network-watcher and chain-watcher, which look at a network from outside."""

from __future__ import annotations

from parsers.text import one_line
from parsers.xmtpd.indexing import Index
from parsers.xmtpd.system import UNNAMED, Amount, Clock, Failure, Fields, Id, Ids, Sequence, by_originator, short, xmtpd
from state.events import ProcessReady, ProcessStopped, ProcessStopping, ServiceBound
from state.report_events import ChainReportSettled, ChainReportSubmitted
from state.sync_events import ContractsLoaded, CursorServed, WatchChanged

CHAIN_WATCHER = "chain-watcher"
NETWORK_WATCHER = "xmtpd.network-watcher"


# --- their processes ---------------------------------------------------------------------------------


@xmtpd.says(CHAIN_WATCHER, "chain watcher started")
def chain_watcher_ready() -> ProcessReady:
    """chainwatcher/watcher.go:239"""
    return ProcessReady("chain-watcher")


@xmtpd.says(CHAIN_WATCHER, "stopping chain watcher")
def chain_watcher_stopping() -> ProcessStopping:
    """chainwatcher/watcher.go:245"""
    return ProcessStopping()


@xmtpd.says(CHAIN_WATCHER, "chain watcher stopped")
def chain_watcher_stopped() -> ProcessStopped:
    """chainwatcher/watcher.go:251"""
    return ProcessStopped()


@xmtpd.says(NETWORK_WATCHER, "subscriber added")
def network_watcher_ready() -> ProcessReady:
    """Once for each node that it watches; no line says that it is up. networkwatcher/watcher.go:123"""
    return ProcessReady("network-watcher")


@xmtpd.says(UNNAMED, "received signal, shutting down")
def watcher_signalled() -> ProcessStopping:
    """cmd/chain-watcher/main.go:131, cmd/network-watcher/main.go:144"""
    return ProcessStopping()


class _Metrics(Fields, frozen=True):
    address: str


@xmtpd.says(UNNAMED, "serving metrics")
def watcher_metrics_served(fields: _Metrics) -> ServiceBound:
    """cmd/chain-watcher/main.go:239, cmd/network-watcher/main.go:207"""
    return ServiceBound("metrics", one_line(fields.address, 256))


class _Environment(Fields, frozen=True):
    environment: str = ""


@xmtpd.says(UNNAMED, "loaded contract addresses from environment")
def watcher_contracts_loaded(fields: _Environment) -> ContractsLoaded:
    """cmd/chain-watcher/main.go:189, cmd/network-watcher/main.go:173"""
    return ContractsLoaded(one_line(fields.environment, 128))


# --- cursors -----------------------------------------------------------------------------------------


class _Watched(Failure, frozen=True, kw_only=True):
    node_id: Id
    reason: str = ""
    updates: Sequence | None = None

    @property
    def ended(self) -> WatchChanged:
        """With the error, or the reason where there is none."""
        return WatchChanged(self.node_id, connected=False, error=short(self.error or self.reason), updates=self.updates)


class _Cursor(_Watched, frozen=True, kw_only=True):
    cursor: Clock


@xmtpd.says(NETWORK_WATCHER, "initial cursor")
def cursor_served(fields: _Cursor) -> CursorServed:
    """The whole clock that a node serves, once for each stream; the only one at INFO (§0, 4).
    networkwatcher/subscriber.go:144
    """
    return CursorServed(fields.node_id, by_originator(fields.cursor))


@xmtpd.says(NETWORK_WATCHER, "stream connected")
def watch_connected(fields: _Watched) -> WatchChanged:
    """networkwatcher/subscriber.go:138"""
    return WatchChanged(fields.node_id, connected=True)


@xmtpd.says(NETWORK_WATCHER, "stream closed")
def watch_closed(fields: _Watched) -> WatchChanged:
    """networkwatcher/subscriber.go:76"""
    return fields.ended


@xmtpd.says(NETWORK_WATCHER, "stream ended, will reconnect", level="WARNING")
def watch_ended(fields: _Watched) -> WatchChanged:
    """networkwatcher/subscriber.go:92"""
    return fields.ended


# --- reports on the chain ----------------------------------------------------------------------------


class _Submitted(Fields, frozen=True):
    originator_node_id: Id
    start_seq: Sequence
    end_seq: Sequence
    node_ids: Ids
    signing_nodes: Sequence


@xmtpd.says(CHAIN_WATCHER, "PayerReportSubmitted")
def watched_report_submitted(fields: _Submitted) -> ChainReportSubmitted:
    """`signing_nodes` is how many signed. chainwatcher/watcher.go:390"""
    span = fields.originator_node_id, fields.start_seq, fields.end_seq
    return ChainReportSubmitted(*span, fields.node_ids, signers=fields.signing_nodes)


class _Settled(Fields, frozen=True, kw_only=True):
    originator_node_id: Id
    payer_report_index: Index
    count: Sequence
    fees_settled: Amount
    remaining: Sequence = 0

    @property
    def event(self) -> ChainReportSettled:
        """What is fully settled has none remaining."""
        place = self.originator_node_id, int(self.payer_report_index)
        return ChainReportSettled(*place, self.count, self.remaining, str(self.fees_settled))


@xmtpd.says(CHAIN_WATCHER, "PayerReportSubsetSettled (fully settled)")
def watched_report_settled(fields: _Settled) -> ChainReportSettled:
    """chainwatcher/watcher.go:432"""
    return fields.event


class _PartlySettled(_Settled, frozen=True, kw_only=True):
    remaining: Sequence


@xmtpd.says(CHAIN_WATCHER, "PayerReportSubsetSettled (partial)")
def watched_report_partly_settled(fields: _PartlySettled) -> ChainReportSettled:
    """chainwatcher/watcher.go:439"""
    return fields.event
