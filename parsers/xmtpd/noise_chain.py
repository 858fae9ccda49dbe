"""As `parsers.xmtpd.noise`, of transactions and indexers. Catalogue, xmtpd §8 E and F."""

from __future__ import annotations

from parsers.xmtpd.indexing import CONTRACT, STREAMER
from parsers.xmtpd.system import ADMIN, xmtpd

# --- transactions -------------------------------------------------------------------------------------

xmtpd.knows(
    "*",
    "sender balance",
    "retryable transaction error, backing off",
    "waiting for transaction",
)
xmtpd.knows(
    "*.blockchain-publisher",
    "starting blockchain publisher with blockchain nonce",
    "error getting pending nonce",
    "error replenishing nonce",
    "nonce already used, consume and move on",
    "replacement transaction underpriced, cancel and back off",
    "nonce too high, back off for a little bit",
    "transaction already known in mempool, waiting for confirmation",
    "closing",
    "closed",
)
xmtpd.knows(
    ADMIN,
    "submitting report",
    "payer report index validation failed",
    "unknown event type",
)

# --- indexers -----------------------------------------------------------------------------------------

xmtpd.knows(
    "xmtpd.indexer",
    "closing",
    "closed",
)
xmtpd.knows(
    CONTRACT,
    "indexLogs context cancelled, exiting log handler",
    "indexLogs event channel closed, exiting log handler",
)
xmtpd.knows(
    STREAMER,
    "contract config already exists",
    "failed to apply option",
    "context cancelled, stopping watcher",
    "incorrect backfill block page size, please check your configuration",
    "adjusting backfill block page size",
    "got logs",
    "context cancelled during bridging backfill",
    "subscription channel closed, closing watcher",
    "received log from subscription channel",
    "getting next page",
)
xmtpd.knows(
    "xmtpd.indexer.settlement-chain",
    "stopping",
    "stopped",
)
xmtpd.knows(
    "xmtpd.indexer.settlement-chain.payer-registry.storer",
    "unknown event",
    "received event Deposit",
    "invalid event",
    "received event WithdrawalRequested",
    "received event UsageSettled",
    "received event WithdrawalCancelled",
)
xmtpd.knows(
    "xmtpd.indexer.settlement-chain.payer-report-manager.storer",
    "received event PayerReportSubmitted",
    "received event PayerReportSubsetSettled",
    "unknown event",
)
xmtpd.knows(
    "xmtpd.indexer.app-chain",
    "stopping",
    "stopped",
)
xmtpd.knows(
    "xmtpd.indexer.app-chain.group-message-broadcaster.storer",
    "error parsing client envelope",
    "error building originator envelope",
    "error building signed originator envelope",
    "error marshalling originator envelope",
    "inserting message from contract",
    "error inserting envelope from smart contract",
)
xmtpd.knows(
    "xmtpd.indexer.app-chain.identity-update-broadcaster.storer",
    "identity update already inserted, skipping",
    "inserting identity update from contract",
    "error parsing client envelope",
    "validate identity update failed",
    "new member",
    "removed member",
    "error building originator envelope",
    "error building signed originator envelope",
    "error marshalling originator envelope",
    "error inserting envelope from smart contract",
)
