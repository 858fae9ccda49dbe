"""Statements of the generator of payer reports."""

from __future__ import annotations

from parsers.xmtpd.reporting import OfWorker, Ranged
from parsers.xmtpd.system import GENERATOR, REPORTS, About, Id, ReportId, Sequence, xmtpd
from state.report_events import (
    GenerationFailed,
    GenerationSkipped,
    ReportExpired,
    ReportGenerated,
    ReportIgnored,
    Sign,
    Skipped,
    Worker,
    WorkerSeen,
)


@xmtpd.says(GENERATOR, "starting", needle="generator-worker")
def generator_started(fields: OfWorker) -> WorkerSeen:
    """payerreport/workers/generator.go:84"""
    return fields.seen(Worker.GENERATOR, Sign.STARTED)


@xmtpd.says(GENERATOR, "getting nodes from registry")
def generator_cycled(fields: OfWorker) -> WorkerSeen:
    """The beginning of every round that won the lock. payerreport/workers/generator.go:123"""
    return fields.seen(Worker.GENERATOR, Sign.CYCLE)


@xmtpd.says(GENERATOR, "generating reports", level="ERROR")
def generator_failed(fields: OfWorker) -> WorkerSeen:
    """payerreport/workers/generator.go:92"""
    return fields.seen(Worker.GENERATOR, Sign.FAILED)


@xmtpd.says(GENERATOR, "generated report")
def report_generated(report: Ranged) -> ReportGenerated:
    """payerreport/workers/generator.go:308"""
    return ReportGenerated(*report.place)


class _Tried(OfWorker, frozen=True):
    originator_id: Id


@xmtpd.says(GENERATOR, "error generating report for node", level="WARNING")
def generation_failed(fields: _Tried) -> GenerationFailed:
    """payerreport/workers/generator.go:137"""
    return GenerationFailed(fields.worker_node_id, fields.originator_id, fields.why)


@xmtpd.says(
    GENERATOR,
    "skipping report generation for node because the last submitted report is within the generation interval",
)
def generation_early(fields: _Tried) -> GenerationSkipped:
    """payerreport/workers/generator.go:188"""
    return GenerationSkipped(fields.originator_id, Skipped.INTERVAL, fields.worker_node_id)


class _Pending(_Tried, frozen=True):
    last_sequence_id: Sequence
    count: Sequence


@xmtpd.says(GENERATOR, "skipping report generation for node because there are existing valid reports pending")
def generation_blocked(fields: _Pending) -> GenerationSkipped:
    """Here `last_sequence_id` is where the last report ended and the pending ones begin.
    payerreport/workers/generator.go:251
    """
    return GenerationSkipped(
        fields.originator_id, Skipped.PENDING, fields.worker_node_id, fields.last_sequence_id, fields.count
    )


class _Few(About, frozen=True):
    worker_node_id: Id | None = None


@xmtpd.says(REPORTS, "skipping report generation because there are not enough envelopes", level="WARNING")
def generation_without_traffic(fields: _Few) -> GenerationSkipped:
    """payerreport/generator.go:66"""
    return GenerationSkipped(fields.originator_id, Skipped.TRAFFIC, fields.worker_node_id)


class _Given(_Tried, frozen=True):
    report_id: ReportId


@xmtpd.says(GENERATOR, "expiring old report", level="DEBUG")
def report_expired(fields: _Given) -> ReportExpired:
    """The only line that tells (§0, 5). payerreport/workers/generator.go:219"""
    return ReportExpired(fields.worker_node_id, fields.originator_id, fields.report_id.lower())


@xmtpd.says(GENERATOR, "ignore locally rejected report", level="DEBUG")
def report_ignored(fields: _Given) -> ReportIgnored:
    """payerreport/workers/generator.go:235"""
    return ReportIgnored(fields.worker_node_id, fields.originator_id, fields.report_id.lower())
