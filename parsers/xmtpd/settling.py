"""Statements of the settlement worker, of its transactions, and of usage that is settled."""

from __future__ import annotations

from parsers.text import one_line
from parsers.xmtpd.reporting import OfWorker, Ranged
from parsers.xmtpd.system import ADMIN, SETTLEMENT, STORE, About, Amount, Fields, Id, Sequence, Signed, xmtpd
from state.report_events import (
    ReportSettled,
    ReportSettling,
    SettlementInconsistent,
    SettlementProgressed,
    SettlementTransacted,
    SettlingFailed,
    Sign,
    StatusNotStored,
    UsageCleared,
    Worker,
    WorkerSeen,
)
from state.sync_events import PayerBooked


@xmtpd.says(SETTLEMENT, "fetching reports to settle", level="DEBUG")
def settlement_cycled(fields: OfWorker) -> WorkerSeen:
    """payerreport/workers/settlement.go:97"""
    return fields.seen(Worker.SETTLEMENT, Sign.CYCLE)


@xmtpd.says(SETTLEMENT, "error settling reports", level="ERROR")
def settlement_failed(fields: OfWorker) -> WorkerSeen:
    """payerreport/workers/settlement.go:66"""
    return fields.seen(Worker.SETTLEMENT, Sign.FAILED)


@xmtpd.says(SETTLEMENT, "settling report")
def report_settling(report: Ranged) -> ReportSettling:
    """payerreport/workers/settlement.go:112"""
    return ReportSettling(*report.place)


class _Left(Ranged, frozen=True):
    remaining_items: Sequence
    num_settled: Sequence


@xmtpd.says(SETTLEMENT, "settled subset of report")
def settlement_progressed(report: _Left) -> SettlementProgressed:
    """One transaction settles up to 100 leaves (§2.3). payerreport/workers/settlement.go:210"""
    return SettlementProgressed(*report.place, report.remaining_items, report.num_settled)


@xmtpd.says(SETTLEMENT, "report settled")
def report_settled(report: Ranged) -> ReportSettled:
    """Said before the database is told, and also where another node settled it (§4.3).
    payerreport/workers/settlement.go:124
    """
    return ReportSettled(*report.place)


@xmtpd.says(SETTLEMENT, "failed to settle report", level="ERROR")
def settling_failed(report: Ranged) -> SettlingFailed:
    """payerreport/workers/settlement.go:115"""
    return SettlingFailed(*report.place, report.why)


@xmtpd.says(SETTLEMENT, "failed to set report settled", level="WARNING")
def settled_not_stored(report: Ranged) -> StatusNotStored:
    """payerreport/workers/settlement.go:129"""
    return StatusNotStored(*report.place, "settled", report.why)


@xmtpd.says(SETTLEMENT, "something is fishy, no items left to settle but report is not settled", level="WARNING")
def settlement_inconsistent(report: Ranged) -> SettlementInconsistent:
    """payerreport/workers/settlement.go:185"""
    return SettlementInconsistent(*report.place)


class _Settled(About, frozen=True):
    index: Sequence
    remaining: Sequence


@xmtpd.says(ADMIN, "settled report")
def settlement_transacted(fields: _Settled) -> SettlementTransacted:
    """blockchain/payer_report_manager.go:258"""
    return SettlementTransacted(fields.originator_id, fields.index, fields.remaining)


class _Usage(Fields, frozen=True):
    payer: str
    amount: Amount


@xmtpd.says(ADMIN, "usage settled for")
def usage_settled(fields: _Usage) -> PayerBooked:
    """blockchain/payer_report_manager.go:247"""
    return PayerBooked("settlement", one_line(fields.payer, 128), str(fields.amount))


class _Cleared(About, frozen=True):
    prev_report_end_minute_since_epoch: Signed
    existing_report_end_minute_since_epoch: Signed
    worker_node_id: Id | None = None


@xmtpd.says(STORE, "cleared unsettled usage")
def usage_cleared(fields: _Cleared) -> UsageCleared:
    """Of the workers' store with the worker, of the indexer's without. payerreport/store.go:215"""
    return UsageCleared(
        fields.originator_id,
        fields.prev_report_end_minute_since_epoch,
        fields.existing_report_end_minute_since_epoch,
        fields.worker_node_id,
    )
