"""As `parsers.xmtpd.noise`, of the API, publishing, subscribing, and migration. Catalogue, xmtpd §8 G and K."""

from __future__ import annotations

from parsers.xmtpd.system import API, MIGRATOR, PUBLISHER, ROOT, xmtpd

# --- publishing, subscribing, the API -----------------------------------------------------------------

xmtpd.knows(
    API,
    "creating api server",
    "error serving api server",
    "error shutting down api server",
    "health handler registered",
    "reflection handler v1 registered",
    "reflection handler v1 alpha registered",
    "client unary RPC error",
    "stream client RPC error",
)
xmtpd.knows(
    "xmtpd.subscribe-worker",
    "failed to get envelopes",
    "pollable query returned results",
    "system invariant broken: unsorted envelope stream",
    "failed to create new subscription",
    "skipping invalid topic",
    "adding topic listener",
    "skipping non-canonical node",
    "failed to get vector clock",
    "failed to get list of originators",
    "could not create new subscription",
    "started",
    "database subscription is closed",
    "received new batch",
    "registry notifier for new nodes closed",
    "could not add subscription for new node",
    "stream closed, removing listener",
    "sent envelopes to listener",
    "channel full, removing listener",
)
xmtpd.knows(
    PUBLISHER,
    "starting",
    "started",
    "stopped",
    "processing batch",
    "batch inserted",
    "creating partitions for batch insert",
)
xmtpd.knows(
    ROOT,
    "could not start publish worker",
    "could not start subscribe worker",
    "closed",
    "received request",
    "channel closed by worker",
    "message subscription stream closed",
    "message service closed",
    "system invariant broken: unsorted envelope stream",
    "could not unmarshal originator envelope",
    "got inbox ids",
    "received newest envelopes for topics",
    "context cancelled while waiting for publisher",
    "finished waiting for publisher",
    "skipping oversized envelope",
    "received envelope for unsubscribed topic",
    "skipping catch up",
    "catching up from cursor",
    "fetched envelopes",
    "originator subscription stream closed",
    "topic subscription stream closed",
    "topic catch-up fetched envelopes",
    "metadata subscription stream closed",
    "metadata service closed",
    "version is not set",
    "failed to find payer",
    "failed to get payer info",
    "incoming connection",
)
xmtpd.knows(
    "xmtpd.xmtpd.rate-limiter",
    "rate limiter error, allowing request",
    "subscribe opens rate limiter error, allowing request",
)
xmtpd.knows(
    "xmtpd.require-node-auth",
    "unauthenticated replication request rejected",
    "unauthenticated replication stream rejected",
)
xmtpd.knows(
    "xmtpd.xmtpd.stream-limiter",
    "stream limiter error, allowing stream",
    "stream limiter release error",
    "stream TTL refresh error",
)

# --- migration ----------------------------------------------------------------------------------------

xmtpd.knows(
    "xmtpd.migrator",
    "running migration service with lower limits configured as",
    "migration service started",
    "failed to close connection to source database",
    "migration service stopped",
)
xmtpd.knows(
    MIGRATOR,
    "reader is nil",
    "started",
    "context cancelled, stopping",
    "failed to get migration progress",
    "getting next batch of records",
    "no more records to migrate for now",
    "getting next batch of records failed, retrying",
    "sent record to transformer",
    "channel closed, stopping",
    "failed to transform",
    "failed to insert dead letter box",
    "envelope sent to writer",
    "publishing batch",
    "failed to get payer ID",
    "failed to get envelope bytes",
    "envelope preparation failed, added to dead letter box",
    "set local work mem failed",
    "insert originator envelope batch failed",
    "update migration progress failed",
    "batch failed, retrying messages individually",
    "individual retry failed, inserting into dead letter box",
    "failed to insert migration dead letter box",
    "failed to get payer envelope bytes",
    "oversized blockchain payload, skipped and added to dead letter box",
)
