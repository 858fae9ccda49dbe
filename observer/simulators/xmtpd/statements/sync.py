"""Statements of replication: streams from peers, what comes in, what is wrong with it."""

from __future__ import annotations

from observer.simulators.xmtpd.statements.shape import DEBUG, ERROR, INFO, WARN, Statement

PEER = ("originator_id", "node_http_address")
"""The peer that a stream comes from: a second originator_id in the line is that of an envelope."""

INSERT_FAILED = Statement(
    "xmtpd.sync-worker", "failed to insert gateway envelope", ERROR, "sync/envelope_sink.go:199", fields=("error",)
)
STORING_FAILED = Statement(
    "xmtpd.sync-worker", "error storing envelope", ERROR, "sync/envelope_sink.go:95", fields=("error",)
)
RETRY_MAY_BE_INDEFINITE = Statement(
    "xmtpd.sync-worker", "Unexpected runtime error. Retry might be indefinite.", ERROR, "sync/envelope_sink.go:98"
)
RESERVED_TOPIC = Statement(
    "xmtpd.sync-worker", "found envelope with reserved topic", INFO, "sync/envelope_sink.go:128", fields=("topic",)
)
FEE_MISMATCH = Statement(
    "xmtpd.sync-worker",
    "fee calculation mismatch",
    WARN,
    "sync/envelope_sink.go:148",
    fields=("our_fee", "originator_fee"),
)
ALREADY_INSERTED = Statement(
    "xmtpd.sync-worker",
    "envelope already inserted",
    DEBUG,
    "sync/envelope_sink.go:204",
    fields=("originator_id", "sequence_id"),
)
LISTENER_STOPPED = Statement(
    "xmtpd.sync-worker",
    "context canceled, stopping stream listener",
    INFO,
    "sync/originator_stream.go:80",
    inherited=PEER,
)
RECEIVED = Statement(
    "xmtpd.sync-worker",
    "received envelopes",
    DEBUG,
    "sync/originator_stream.go:98",
    fields=("num_envelopes",),
    inherited=PEER,
)
STREAM_EOF = Statement(
    "xmtpd.sync-worker", "stream closed with EOF", INFO, "sync/originator_stream.go:128", inherited=PEER
)
STREAM_ERROR = Statement(
    "xmtpd.sync-worker",
    "stream closed with error",
    ERROR,
    "sync/originator_stream.go:132",
    fields=("error",),
    inherited=PEER,
)
OUT_OF_ORDER = Statement(
    "xmtpd.sync-worker",
    "received out-of-order envelope",
    ERROR,
    "sync/originator_stream.go:228",
    fields=("originator_id", "sequence_id", "expected_sequence_id"),
    inherited=PEER,
)
GAP = Statement(
    "xmtpd.sync-worker",
    "envelope gap detected",
    INFO,
    "sync/originator_stream.go:237",
    fields=("originator_id", "sequence_id", "expected_sequence_id"),
    inherited=PEER,
)
SYNC_CLOSING = Statement("xmtpd.sync", "closing", DEBUG, "sync/server.go:135")
SYNC_CLOSED = Statement("xmtpd.sync", "closed", DEBUG, "sync/server.go:137")
WORKER_CLOSING = Statement("xmtpd.sync-worker", "closing", DEBUG, "sync/sync_worker.go:96")
WORKER_CLOSED = Statement("xmtpd.sync-worker", "closed", DEBUG, "sync/sync_worker.go:99")
NODES_RECEIVED = Statement(
    "xmtpd.sync-worker", "new nodes received", DEBUG, "sync/sync_worker.go:120", fields=("body",)
)
RETRYING = Statement(
    "xmtpd.sync-worker",
    "error connecting to node, retrying",
    ERROR,
    "sync/sync_worker.go:244",
    fields=("node_http_address", "error"),
)
CONNECTING = Statement(
    "xmtpd.sync-worker",
    "attempting to connect to node",
    INFO,
    "sync/sync_worker.go:307",
    fields=("originator_id", "node_http_address"),
)
CONNECTION_OPENED = Statement(
    "xmtpd.sync-worker",
    "successfully opened a connection to node",
    DEBUG,
    "sync/sync_worker.go:341",
    fields=("originator_id", "node_http_address"),
)
VECTOR_CLOCK = Statement(
    "xmtpd.sync-worker",
    "vector clock for sync subscription",
    DEBUG,
    "sync/sync_worker.go:382",
    fields=("originator_id", "body"),
)
SUBSCRIBE_FAILED = Statement(
    "xmtpd.sync-worker",
    "failed to batch subscribe to node",
    ERROR,
    "sync/sync_worker.go:416",
    fields=("originator_id", "node_http_address", "error"),
)
