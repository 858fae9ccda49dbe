"""Statements of a process: starting, its identity, stopping, the registry, the database and the rates."""

from __future__ import annotations

from observer.simulators.xmtpd.statements.shape import DEBUG, ERROR, FATAL, INFO, Statement

CHAIN = ("settlement_chain_id",)

VERSION = Statement("xmtpd", "version: <Version>", INFO, "cmd/replication/main.go:62")
INDEXER_STARTED = Statement("xmtpd", "indexer service started", INFO, "server/server.go:295")
SYNC_STARTED = Statement("xmtpd", "sync service started", INFO, "server/server.go:372")
MESSAGE_API = Statement("xmtpd", "message api services registered", INFO, "server/server.go:607")
METADATA_API = Statement("xmtpd", "metadata api registered", INFO, "server/server.go:632")
SIGNAL = Statement("xmtpd", "received OS signal, shutting down", INFO, "server/server.go:671", fields=("signal",))
REGISTRANT = Statement(
    "xmtpd", "registrant identified", INFO, "registrant/registrant.go:59", fields=("originator_id", "public_key")
)
CONTRACTS = Statement(
    "xmtpd",
    "Loading contract configuration",
    INFO,
    "config/validation.go:184",
    fields=("environment", "filePath", "hasJSON"),
)
MLS = Statement("xmtpd", "connecting to mls validation service", INFO, "mlsvalidate/service.go:35", fields=("url",))
METRICS = Statement("xmtpd.metrics", "serving metrics http", INFO, "metrics/metrics.go:57", fields=("address",))
METRICS_ENDED = Statement("xmtpd.metrics", "metrics server closing", INFO, "metrics/metrics.go:61", fields=("error",))
METRICS_CLOSING = Statement("xmtpd.metrics", "closing", DEBUG, "metrics/metrics.go:72")
METRICS_CLOSED = Statement("xmtpd.metrics", "closed", DEBUG, "metrics/metrics.go:75")
SEMVER = Statement(
    "xmtpd", "using semver constraint for sync compatibility", DEBUG, "authn/claims.go:42", fields=("constraint",)
)
NEW_NODES = Statement(
    "xmtpd.node-registry-watchdog",
    "processing new nodes",
    DEBUG,
    "registry/node_registry_contract.go:187",
    fields=("count", "body"),
)
RATES_PAGE = Statement(
    "xmtpd.contract-rates-fetcher",
    "getting page",
    INFO,
    "fees/contract_rates.go:129",
    fields=("from_index", "count"),
    inherited=CHAIN,
)
RATES = Statement(
    "xmtpd.contract-rates-fetcher",
    "refreshed rates",
    DEBUG,
    "fees/contract_rates.go:157",
    fields=("count",),
    inherited=CHAIN,
)
DATABASE = Statement("xmtpd", "successfully connected to database", INFO, "db/pgx.go:343", fields=("namespace",))
DATABASE_CHECK = Statement("xmtpd.database-worker", "running db check", DEBUG, "db/worker/worker.go:92")
DATABASE_CHECK_FAILED = Statement(
    "xmtpd.database-worker", "database check failed", ERROR, "db/worker/worker.go:95", fields=("error",)
)
DATABASE_WORKER_STOPPED = Statement("xmtpd.database-worker", "context done, stopping", INFO, "db/worker/worker.go:88")
FILL_RATIO = Statement(
    "xmtpd.database-worker",
    "partition fill ratio",
    DEBUG,
    "db/worker/worker.go:141",
    fields=("originator_id", "sequence_id", "filled_percentage"),
)
PARTITION_THERE = Statement(
    "xmtpd.database-worker",
    "partition already created, skipping",
    INFO,
    "db/worker/worker.go:163",
    fields=("originator_id", "start_sequence_id"),
)
PARTITION_CREATED = Statement(
    "xmtpd.database-worker",
    "created partition for node",
    INFO,
    "db/worker/worker.go:180",
    fields=("originator_id", "start_sequence_id"),
)
SUBSCRIPTION_QUERY_FAILED = Statement(
    "xmtpd.subscribe-worker.database-subscription",
    "error querying for database subscription",
    ERROR,
    "db/subscription.go:119",
    fields=("error", "num_rows"),
)
SUBSCRIPTION_STOPPED = Statement(
    "xmtpd.subscribe-worker.database-subscription", "context done; stopping", DEBUG, "db/subscription.go:84"
)
NO_WRITER_DATABASE = Statement(
    "xmtpd", "initializing writer database", FATAL, "cmd/replication/main.go:136", fields=("error",)
)
