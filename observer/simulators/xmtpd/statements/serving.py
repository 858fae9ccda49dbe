"""Statements of the API, of publishing and of subscriptions: most of what a log holds."""

from __future__ import annotations

from observer.simulators.xmtpd.statements.shape import DEBUG, ERROR, INFO, WARN, Statement

METHOD = ("method",)

API_CREATING = Statement("xmtpd.api", "creating api server", INFO, "api/server.go:115")
API_STARTED = Statement("xmtpd.api", "started api server", INFO, "api/server.go:173", fields=("address",))
API_CLOSING = Statement("xmtpd.api", "closing", INFO, "api/server.go:181")
API_CLOSED = Statement("xmtpd.api", "closed", INFO, "api/server.go:195")
HEALTH = Statement("xmtpd.api", "health handler registered", INFO, "api/server.go:210")
REFLECTION = Statement("xmtpd.api", "reflection handler v1 registered", INFO, "api/server.go:222")
REFLECTION_ALPHA = Statement("xmtpd.api", "reflection handler v1 alpha registered", INFO, "api/server.go:228")
TOPIC_LISTENER = Statement(
    "xmtpd.subscribe-worker", "adding topic listener", DEBUG, "api/message/listener.go:53", fields=("topic",)
)
PUBLISHER_STARTING = Statement("xmtpd.publish-worker", "starting", INFO, "api/message/publish_worker.go:55")
PUBLISHER_STARTED = Statement("xmtpd.publish-worker", "started", INFO, "api/message/publish_worker.go:117")
PUBLISHER_STOPPED = Statement("xmtpd.publish-worker", "stopped", INFO, "api/message/publish_worker.go:118")
BATCH_FAILED = Statement(
    "xmtpd.publish-worker", "failed to process batch", ERROR, "api/message/publish_worker.go:143", fields=("error",)
)
BATCH_RETRIED = Statement(
    "xmtpd.publish-worker",
    "retrying batch after transient error",
    WARN,
    "api/message/publish_worker.go:161",
    fields=("attempt", "error"),
)
PROCESSING_BATCH = Statement(
    "xmtpd.publish-worker", "processing batch", DEBUG, "api/message/publish_worker.go:211", fields=("batch_size",)
)
BATCH_PUBLISHED = Statement(
    "xmtpd.publish-worker", "batch published", INFO, "api/message/publish_worker.go:265", fields=("batch_size",)
)
BATCH_INSERTED = Statement(
    "xmtpd.publish-worker",
    "batch inserted",
    INFO,
    "api/message/publish_worker.go:440",
    fields=("batch_size", "inserted"),
)
SERVICE_CLOSED = Statement("xmtpd", "closed", DEBUG, "api/message/service.go:150")
QUERY_REQUEST = Statement(
    "xmtpd", "received request", DEBUG, "api/message/service.go:373", fields=("body",), inherited=METHOD
)
PUBLISH_REQUEST = Statement(
    "xmtpd", "received request", DEBUG, "api/message/service.go:686", fields=("body",), inherited=METHOD
)
NEWEST_REQUEST = Statement(
    "xmtpd", "received request", DEBUG, "api/message/service.go:1025", fields=("body",), inherited=METHOD
)
NEWEST_ANSWERED = Statement(
    "xmtpd",
    "received newest envelopes for topics",
    DEBUG,
    "api/message/service.go:1045",
    fields=("num_envelopes", "num_topics"),
    inherited=METHOD,
)
LOW_BALANCE = Statement(
    "xmtpd",
    "rejected publish due to insufficient payer balance",
    WARN,
    "api/message/service.go:1264",
    fields=("payer_address", "available_balance", "estimated_fees"),
)
PUBLISHER_TIMEOUT = Statement(
    "xmtpd",
    "timeout waiting for publisher",
    WARN,
    "api/message/service.go:1335",
    fields=("last_processed",),
    inherited=METHOD,
)
PUBLISHER_DONE = Statement(
    "xmtpd",
    "finished waiting for publisher",
    DEBUG,
    "api/message/service.go:1354",
    fields=("duration_ms",),
    inherited=METHOD,
)
CATCHING_UP = Statement(
    "xmtpd", "catching up from cursor", DEBUG, "api/message/subscribe_common.go:142", fields=("body",)
)
FETCHED_ENVELOPES = Statement(
    "xmtpd", "fetched envelopes", DEBUG, "api/message/subscribe_common.go:152", fields=("count",)
)
ORIGINATORS_REQUEST = Statement(
    "xmtpd", "received request", DEBUG, "api/message/subscribe_originators.go:33", fields=("body",), inherited=METHOD
)
ORIGINATORS_CLOSED = Statement(
    "xmtpd",
    "originator subscription stream closed",
    DEBUG,
    "api/message/subscribe_originators.go:101",
    inherited=METHOD,
)
TOPICS_REQUEST = Statement(
    "xmtpd", "received request", DEBUG, "api/message/subscribe_topics.go:57", fields=("body",), inherited=METHOD
)
TOPICS_CLOSED = Statement(
    "xmtpd", "topic subscription stream closed", DEBUG, "api/message/subscribe_topics.go:138", inherited=METHOD
)
SUBSCRIBER_STARTED = Statement("xmtpd.subscribe-worker", "started", DEBUG, "api/message/subscribe_worker.go:135")
NEW_BATCH = Statement(
    "xmtpd.subscribe-worker",
    "received new batch",
    DEBUG,
    "api/message/subscribe_worker.go:155",
    fields=("num_envelopes",),
)
LISTENER_REMOVED = Statement(
    "xmtpd.subscribe-worker", "stream closed, removing listener", DEBUG, "api/message/subscribe_worker.go:255"
)
SENT = Statement(
    "xmtpd.subscribe-worker",
    "sent envelopes to listener",
    DEBUG,
    "api/message/subscribe_worker.go:273",
    fields=("num_envelopes",),
)
POLLED = Statement(
    "xmtpd.subscribe-worker",
    "pollable query returned results",
    DEBUG,
    "api/message/envelope_list.go:76",
    fields=("last_seen", "count"),
)
CURSOR_REQUEST = Statement("xmtpd", "received request", DEBUG, "api/metadata/service.go:62", fields=("method",))
INCOMING = Statement(
    "xmtpd", "incoming connection", DEBUG, "interceptors/server/auth.go:126", fields=("originator_id",)
)
UNARY_ERROR = Statement(
    "xmtpd.api",
    "client unary RPC error",
    ERROR,
    "interceptors/server/logging.go:50",
    fields=("method", "duration_ms", "code", "message"),
)
STREAM_CLIENT_ERROR = Statement(
    "xmtpd.api",
    "stream client RPC error",
    ERROR,
    "interceptors/server/logging.go:86",
    fields=("method", "duration_ms", "code", "message"),
)
