"""Statements of transactions on the settlement chain, logged by the client that sends them."""

from __future__ import annotations

from observer.simulators.xmtpd.statements.shape import DEBUG, INFO, Statement

SENDER_BALANCE = Statement(
    "xmtpd.payer-report-manager-admin",
    "sender balance",
    DEBUG,
    "blockchain/client.go:127",
    fields=("address", "balance"),
)
WAITING = Statement(
    "xmtpd.payer-report-manager-admin", "waiting for transaction", DEBUG, "blockchain/client.go:234", fields=("hash",)
)
TX_SUBMITTING = Statement(
    "xmtpd.payer-report-manager-admin",
    "submitting report",
    DEBUG,
    "blockchain/payer_report_manager.go:88",
    fields=("report_id", "body"),
)
TX_SUBMITTED = Statement(
    "xmtpd.payer-report-manager-admin",
    "payer report submitted",
    INFO,
    "blockchain/payer_report_manager.go:123",
    fields=("report_id",),
)
TX_USAGE_SETTLED = Statement(
    "xmtpd.payer-report-manager-admin",
    "usage settled for",
    INFO,
    "blockchain/payer_report_manager.go:247",
    fields=("payer", "amount"),
)
TX_SETTLED = Statement(
    "xmtpd.payer-report-manager-admin",
    "settled report",
    INFO,
    "blockchain/payer_report_manager.go:258",
    fields=("originator_id", "index", "remaining"),
)
