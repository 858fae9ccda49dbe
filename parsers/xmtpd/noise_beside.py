"""As `parsers.xmtpd.noise`, of the programs beside a node: gateway, pruner, the watchers and xmtpd-cli. Catalogue,
xmtpd §8 J and L to O.
"""

from __future__ import annotations

from parsers.xmtpd.system import UNNAMED, xmtpd

# --- gateway ------------------------------------------------------------------------------------------

xmtpd.knows(
    "gateway",
    "gateway api registered",
    "initializing metrics server",
    "request rejected",
    "authorization error",
    "unauthorized publish request",
    "failed to get identity",
    "shutting down gateway service",
    "gateway service stopped",
    "received OS signal, shutting down",
    "connecting to node",
    "received request",
    "publishing to originator",
    "publishing to blockchain",
    "error publishing payer envelopes",
    "request canceled by client",
    "error publishing to node, will retry with the next one",
    "adding failed node to banlist",
    "error getting client",
    "error publishing message to blockchain",
    "published message to blockchain",
)
xmtpd.knows(
    "*.blockchain-oracle",
    "new blockchain oracle",
    "failed to fetch gas price",
    "failed to get gas price",
)
xmtpd.knows(
    "*.redis-nonce-manager",
    "replenished nonces",
    "cleaned up stale nonce reservations",
    "failed to return cancelled nonce to Redis",
    "cancelled nonce returned to Redis after retry",
    "failed to remove consumed nonce from reserved set",
    "consumed nonce removed from reserved set after retry",
)
xmtpd.knows(
    "*.sql-nonce-manager",
    "replenished nonces",
    "fast forwarding nonce",
)

# --- pruner -------------------------------------------------------------------------------------------

xmtpd.knows(
    "pruner-worker",
    "get prunable meta partitions",
    "no prunable partitions found",
    "partition is empty and droppable",
    "refusing to drop this partition in this version of XMTPD",
    "could not drop partition pair",
    "dropped partition pair",
    "partition deletion done",
    "batch size must be greater than zero",
    "max cycles must be greater than zero",
    "could not count expired envelopes",
    "count of envelopes eligible for pruning",
    "no envelopes found for pruning",
    "dry run mode enabled, nothing to do",
    "error selecting vector clock",
    "error getting ceilings",
    "originator is not prunable in this version of XMTPD. Skipping...",
    "originator is not prunable. No reports exist. Skipping...",
    "Attempting to prune envelopes for originator",
    "reached maximum pruning cycles",
    "all tables have been processed",
    "error pruning envelopes",
    "Unexpected DB error: could not count envelopes",
    "pruned envelopes",
    "pruned expired envelopes batch",
    "no expired envelopes found",
    "row pruning done",
)

# --- chain-watcher ------------------------------------------------------------------------------------

xmtpd.knows(
    "chain-watcher",
    "failed to fetch block header, falling back to wall clock",
    "failed to parse PayerReportSubmitted",
    "invalid envelope range: end < start",
    "failed to parse PayerReportSubsetSettled",
    "failed to parse UsageSettled",
    "UsageSettled",
)
xmtpd.knows(
    UNNAMED,
    "failed to create chain watcher",
    "failed to start chain watcher",
    "invalid contracts environment",
    "failed to load environment config",
    "failed to parse environment config",
    "settlementChainDeploymentBlock cannot be negative",
    "metrics server error",
)

# --- network-watcher ----------------------------------------------------------------------------------

xmtpd.knows(
    "xmtpd.network-watcher",
    "subscribing",
    "reconnecting",
)
xmtpd.knows(
    UNNAMED,
    "initializing blockchain client",
    "initializing smart contract registry",
    "starting smart contract registry",
    "creating network watcher",
    "starting network watcher",
    "could not configure HTTP/2 keepalive on transport",
)

# --- xmtpd-cli ----------------------------------------------------------------------------------------

xmtpd.knows(
    "xmtpd-cli",
    "node added to registry",
    "node added to canonical network",
    "node removed from canonical network",
    "http address updated",
    "updated max canonical nodes",
    "no update needed",
    "settlement-chain gateway pause status updated",
    "payer registry pause status updated",
    "distribution manager pause status updated",
    "distribution manager protocol fees recipient updated",
    "no update needed (distribution manager protocol fees recipient)",
    "payer registry minimum deposit updated",
    "payer registry withdraw lock period updated",
    "payer report manager protocol fee updated",
    "node registry admin updated",
    "parameters sent",
    "excess transferred to fee distributor",
    "claimed from distribution manager",
    "claimed protocol fees from distribution manager",
    "withdrawn from distribution manager",
    "withdrew protocol fees from distribution manager",
    "ETH balance",
    "xUSD balance",
    "USDC balance",
    "XMTP balance",
    "tokens minted",
    "current balance",
    "executing bridge transaction",
    "deposited",
    "withdrawn",
    "rates updated",
)

# chain-watcher follows the chain as a node does; what it lost is in its problems.
xmtpd.knows(
    "streamer.rpc-log-streamer",
    "subscription error, rebuilding",
    "subscription rebuilt",
    "backfill complete, switching to subscription",
    "got logs",
    "getting next page",
    "received log from subscription channel",
    "context cancelled, stopping watcher",
)
