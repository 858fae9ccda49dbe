"""Statements of the indexer: block progress, reorganisations and what the contracts said."""

from __future__ import annotations

from observer.simulators.xmtpd.statements.shape import DEBUG, ERROR, INFO, WARN, Statement

CONTRACT = ("{chain_id}", "contract_address")
SETTLEMENT = ("settlement_chain_id", "contract_address")
APP = ("chain_id", "contract_address")

INDEXER_CLOSING = Statement("xmtpd.indexer", "closing", DEBUG, "indexer/indexer.go:129")
INDEXER_CLOSED = Statement("xmtpd.indexer", "closed", DEBUG, "indexer/indexer.go:141")
HANDLER_CANCELLED = Statement(
    "xmtpd.indexer.{chain}.{contract}",
    "indexLogs context cancelled, exiting log handler",
    INFO,
    "indexer/common/log_handler.go:29",
    inherited=CONTRACT,
)
REACHED_BLOCK = Statement(
    "xmtpd.indexer.{chain}.{contract}",
    "reached block number",
    INFO,
    "indexer/common/log_handler.go:39",
    fields=("block_number",),
    inherited=CONTRACT,
)
PROGRESS = Statement(
    "xmtpd.indexer.{chain}.{contract}",
    "received event UpdateProgress",
    DEBUG,
    "indexer/common/log_handler.go:45",
    fields=("block_number",),
    inherited=CONTRACT,
)
PROGRESS_FAILED = Statement(
    "xmtpd.indexer.{chain}.{contract}",
    "error updating block tracker",
    ERROR,
    "indexer/common/log_handler.go:53",
    fields=("error",),
    inherited=CONTRACT,
)
STORED_LOG = Statement(
    "xmtpd.indexer.{chain}.{contract}",
    "stored log",
    DEBUG,
    "indexer/common/log_handler.go:89",
    fields=("block_number",),
    inherited=CONTRACT,
)
STORING_LOG_FAILED = Statement(
    "xmtpd.indexer.{chain}.{contract}",
    "error storing log",
    ERROR,
    "indexer/common/log_handler.go:118",
    fields=("block_number", "error"),
    inherited=CONTRACT,
)
SUBSCRIPTION_ERROR = Statement(
    "xmtpd.indexer.{chain}.rpc-log-streamer",
    "subscription error, rebuilding",
    WARN,
    "indexer/rpc_streamer/rpc_log_streamer.go:332",
    fields=("error",),
    inherited=CONTRACT,
)
SUBSCRIPTION_REBUILT = Statement(
    "xmtpd.indexer.{chain}.rpc-log-streamer",
    "subscription rebuilt",
    INFO,
    "indexer/rpc_streamer/rpc_log_streamer.go:549",
    inherited=("{chain_id}",),
)
BACKFILL_COMPLETE = Statement(
    "xmtpd.indexer.{chain}.rpc-log-streamer",
    "backfill complete, switching to subscription",
    INFO,
    "indexer/rpc_streamer/rpc_log_streamer.go:226",
    inherited=CONTRACT,
)
ROLLED_BACK = Statement(
    "xmtpd.indexer.{chain}.rpc-log-streamer",
    "reorg detected, rolled back to block",
    WARN,
    "indexer/rpc_streamer/rpc_log_streamer.go:229",
    fields=("block_number",),
    inherited=CONTRACT,
)
GOT_LOGS = Statement(
    "xmtpd.indexer.{chain}.rpc-log-streamer",
    "got logs",
    DEBUG,
    "indexer/rpc_streamer/rpc_log_streamer.go:257",
    fields=("num_envelopes", "block_number", "time"),
    inherited=CONTRACT,
)
FROM_SUBSCRIPTION = Statement(
    "xmtpd.indexer.{chain}.rpc-log-streamer",
    "received log from subscription channel",
    DEBUG,
    "indexer/rpc_streamer/rpc_log_streamer.go:350",
    fields=("block_number",),
    inherited=CONTRACT,
)
WATCHER_STOPPED = Statement(
    "xmtpd.indexer.{chain}.rpc-log-streamer",
    "context cancelled, stopping watcher",
    INFO,
    "indexer/rpc_streamer/rpc_log_streamer.go:324",
    inherited=CONTRACT,
)
NEXT_PAGE = Statement(
    "xmtpd.indexer.{chain}.rpc-log-streamer",
    "getting next page",
    DEBUG,
    "indexer/rpc_streamer/rpc_log_streamer.go:380",
    fields=("block_number", "hash"),
    inherited=CONTRACT,
)
REGISTRY_REORGED = Statement(
    "xmtpd.indexer.settlement-chain.payer-registry.reorg-handler",
    "handling reorged event",
    INFO,
    "indexer/settlement_chain/contracts/payer_registry_reorg_handler.go:24",
    fields=("block_number",),
    inherited=SETTLEMENT,
)
REGISTRY_USAGE_EVENT = Statement(
    "xmtpd.indexer.settlement-chain.payer-registry.storer",
    "received event UsageSettled",
    DEBUG,
    "indexer/settlement_chain/contracts/payer_registry_storer.go:194",
    fields=("log",),
    inherited=SETTLEMENT,
)
REGISTRY_USAGE_SETTLED = Statement(
    "xmtpd.indexer.settlement-chain.payer-registry.storer",
    "usage settled",
    DEBUG,
    "indexer/settlement_chain/contracts/payer_registry_storer.go:224",
    fields=("payer_address", "amount", "event_id"),
    inherited=SETTLEMENT,
)
REPORT_REORGED = Statement(
    "xmtpd.indexer.settlement-chain.payer-report-manager.reorg-handler",
    "handling reorged event",
    INFO,
    "indexer/settlement_chain/contracts/payer_report_manager_reorg_handler.go:24",
    fields=("block_number",),
    inherited=SETTLEMENT,
)
SUBMITTED_EVENT = Statement(
    "xmtpd.indexer.settlement-chain.payer-report-manager.storer",
    "received event PayerReportSubmitted",
    DEBUG,
    "indexer/settlement_chain/contracts/payer_report_manager_storer.go:93",
    fields=("log",),
    inherited=SETTLEMENT,
)
SUBMITTED_STORED = Statement(
    "xmtpd.indexer.settlement-chain.payer-report-manager.storer",
    "successfully stored payer report submitted event",
    INFO,
    "indexer/settlement_chain/contracts/payer_report_manager_storer.go:103",
    fields=("originator_id", "start_sequence_id", "last_sequence_id", "payers_merkle_root", "active_node_ids"),
    inherited=SETTLEMENT,
)
SUBMITTED_SKIPPED = Statement(
    "xmtpd.indexer.settlement-chain.payer-report-manager.storer",
    "skipping store report, report already exists",
    DEBUG,
    "indexer/settlement_chain/contracts/payer_report_manager_storer.go:116",
    fields=("originator_id", "start_sequence_id", "last_sequence_id", "payers_merkle_root", "active_node_ids"),
    inherited=SETTLEMENT,
)
SETTLED_EVENT = Statement(
    "xmtpd.indexer.settlement-chain.payer-report-manager.storer",
    "received event PayerReportSubsetSettled",
    DEBUG,
    "indexer/settlement_chain/contracts/payer_report_manager_storer.go:133",
    fields=("log",),
    inherited=SETTLEMENT,
)
FULLY_SETTLED = Statement(
    "xmtpd.indexer.settlement-chain.payer-report-manager.storer",
    "payer report fully settled",
    INFO,
    "indexer/settlement_chain/contracts/payer_report_manager_storer.go:146",
    fields=("originator_id", "payer_report_index", "count", "fees_settled"),
    inherited=SETTLEMENT,
)
PARTIALLY_SETTLED = Statement(
    "xmtpd.indexer.settlement-chain.payer-report-manager.storer",
    "payer report partially settled",
    INFO,
    "indexer/settlement_chain/contracts/payer_report_manager_storer.go:154",
    fields=("originator_id", "payer_report_index", "count", "remaining", "fees_settled"),
    inherited=SETTLEMENT,
)
INSERTING_MESSAGE = Statement(
    "xmtpd.indexer.app-chain.group-message-broadcaster.storer",
    "inserting message from contract",
    DEBUG,
    "indexer/app_chain/contracts/group_message_storer.go:104",
    fields=("topic",),
    inherited=APP,
)
INSERTING_IDENTITY = Statement(
    "xmtpd.indexer.app-chain.identity-update-broadcaster.storer",
    "inserting identity update from contract",
    DEBUG,
    "indexer/app_chain/contracts/identity_update_storer.go:163",
    fields=("topic",),
    inherited=APP,
)
NEW_MEMBER = Statement(
    "xmtpd.indexer.app-chain.identity-update-broadcaster.storer",
    "new member",
    DEBUG,
    "indexer/app_chain/contracts/identity_update_storer.go:204",
    fields=("body",),
    inherited=APP,
)
USAGE_CLEARED_BY_INDEXER = Statement(
    "xmtpd.indexer.settlement-chain.payer-report-manager.store",
    "cleared unsettled usage",
    INFO,
    "payerreport/store.go:215",
    fields=("originator_id", "prev_report_end_minute_since_epoch", "existing_report_end_minute_since_epoch"),
)
