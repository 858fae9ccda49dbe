"""Statements of the two programs that watch a network from outside: network-watcher and chain-watcher."""

from __future__ import annotations

from observer.simulators.xmtpd.statements.shape import INFO, WARN, Statement

NODE = ("node_id",)

SUBSCRIBER_ADDED = Statement(
    "xmtpd.network-watcher", "subscriber added", INFO, "networkwatcher/watcher.go:123", fields=("node_id", "url")
)
SUBSCRIBING = Statement(
    "xmtpd.network-watcher", "subscribing", INFO, "networkwatcher/subscriber.go:58", fields=("url",), inherited=NODE
)
RECONNECTING = Statement(
    "xmtpd.network-watcher",
    "reconnecting",
    INFO,
    "networkwatcher/subscriber.go:60",
    fields=("url", "attempt"),
    inherited=NODE,
)
ENDED = Statement(
    "xmtpd.network-watcher",
    "stream ended, will reconnect",
    WARN,
    "networkwatcher/subscriber.go:92",
    fields=("reason", "error", "updates", "session_duration", "backoff"),
    inherited=NODE,
)
CONNECTED = Statement(
    "xmtpd.network-watcher",
    "stream connected",
    INFO,
    "networkwatcher/subscriber.go:138",
    fields=("originators",),
    inherited=NODE,
)
INITIAL_CURSOR = Statement(
    "xmtpd.network-watcher",
    "initial cursor",
    INFO,
    "networkwatcher/subscriber.go:144",
    fields=("cursor",),
    inherited=NODE,
)
CHAIN_STARTED = Statement("chain-watcher", "chain watcher started", INFO, "chainwatcher/watcher.go:239")
CHAIN_SUBMITTED = Statement(
    "chain-watcher",
    "PayerReportSubmitted",
    INFO,
    "chainwatcher/watcher.go:390",
    fields=("originator_node_id", "start_seq", "end_seq", "envelope_count", "signing_nodes", "node_ids"),
)
CHAIN_SETTLED = Statement(
    "chain-watcher",
    "PayerReportSubsetSettled (fully settled)",
    INFO,
    "chainwatcher/watcher.go:432",
    fields=("originator_node_id", "payer_report_index", "count", "fees_settled"),
)
CHAIN_PARTLY_SETTLED = Statement(
    "chain-watcher",
    "PayerReportSubsetSettled (partial)",
    INFO,
    "chainwatcher/watcher.go:439",
    fields=("originator_node_id", "payer_report_index", "count", "remaining", "fees_settled"),
)
