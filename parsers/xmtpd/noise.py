"""Statements of a node that are known and of no consequence here: what coverage need not show. Those of level warning
or worse are problems all the same. Catalogue, xmtpd §8 A to D, H and I.
"""

from __future__ import annotations

from parsers.xmtpd.system import ATTESTATION, DATABASE, GENERATOR, REPORTS, ROOT, STORE, SUBMITTER, SYNC, xmtpd

# --- process ------------------------------------------------------------------------------------------

xmtpd.knows(
    ROOT,
    "could not parse semver version",
    "--replication.enable is deprecated, use --api.enable instead",
    "starting tracer",
    "stopping tracer",
    "starting pprof server",
    "initializing writer database",
    "initializing reader database",
    "could not start database background worker",
    "initializing blockchain client",
    "initializing smart contract registry",
    "starting smart contract registry",
    "initializing fee calculator",
    "initializing server",
    "initializing metrics server",
    "failed to initialize registrant",
    "failed to initialize mls validation service",
    "indexer service started",
    "failed to initialize migrator",
    "failed to start migrator",
    "migrator service started",
    "failed to start api server",
    "failed to initialize sync server",
    "sync service started",
    "failed to get domain separator for payer report workers",
    "failed to initialize signer for payer report workers",
    "failed to initialize settlement chain client for payer report workers",
    "failed to initialize reports manager for payer report workers",
    "failed to build worker config",
    "failed to initialize jwt verifier",
    "replication service is nil",
    "message api services registered",
    "metadata service is nil",
    "metadata api registered",
    "failed to initialize api server",
    "failed to stop migator",
    "failed to close database connections",
    "connecting to mls validation service",
    "APM tracing enabled with sampling",
    "APM tracing enabled (100% sampling)",
    "Invalid APM_SAMPLE_RATE, using default",
    "using semver constraint for sync compatibility",
    "rate limit interceptor enabled",
    "stream limiter release failed (breaker)",
)
xmtpd.knows(
    "xmtpd.metrics",
    "metrics server closing",
    "error serving http",
    "closing",
    "closed",
)

# --- replication --------------------------------------------------------------------------------------

xmtpd.knows(
    SYNC,
    "writeQueue is closed",
    "Unexpected runtime error. Retry might be indefinite.",
    "failed to calculate fees",
    "failed to marshal originator envelope",
    "failed to get payer ID",
    "failed to insert gateway envelope",
    "envelope already inserted",
    "failed to store synced report",
    "failed to store synced attestation",
    "received unknown reserved topic",
    "node registry channel closed",
    "context canceled, stopping stream listener",
    "recvChan is closed",
    "errChan is closed",
    "failed to unmarshal originator envelope",
    "received envelope from invalid originator",
    "failed to recover payer address",
    "Migration client is enabled. Will migrate from migration originator",
    "closing",
    "closed",
    "new nodes received",
    "unexpected state: failed to get node from registry",
    "node configuration has changed, closing stream and connection",
    "successfully opened a connection to node",
    "requesting additional migrated payloads from originator node",
)
xmtpd.knows(
    "xmtpd.sync",
    "closing",
    "closed",
)

# --- payer reports ------------------------------------------------------------------------------------

xmtpd.knows(
    ATTESTATION,
    "fetching previous report",
)
xmtpd.knows(
    GENERATOR,
    "maybe generating report, fetching existing reports snapshot",
    "maybe generating report, checking for existing report at boundary",
)
xmtpd.knows(
    SUBMITTER,
    "no reports to submit, skipping",
    "failed to fetch report",
)
xmtpd.knows(
    STORE,
    "fetched report",
    "failed to set report submission status",
    "report already approved or rejected",
)
xmtpd.knows(
    REPORTS,
    "sequence id is not the last message in the minute",
)

# --- rates, ledger ------------------------------------------------------------------------------------

xmtpd.knows(
    "xmtpd.contract-rates-fetcher",
    "failed to refresh data",
    "error calling contract",
    "getting page",
    "failed to validate rates",
)
xmtpd.knows(
    "xmtpd.ledger",
    "multiple cancellation events for a single withdrawal",
)

# --- database -----------------------------------------------------------------------------------------

xmtpd.knows(
    "*",
    "creating partitions for batch insert",
)
xmtpd.knows(
    ROOT,
    "skipping negative originator node ID",
)
xmtpd.knows(
    "xmtpd.subscribe-worker.database-subscription",
    "context done; stopping",
)
xmtpd.knows(
    DATABASE,
    "context done, stopping",
    "running db check",
    "sequence ID value larger than int64 range",
    "partition already created, skipping",
)
