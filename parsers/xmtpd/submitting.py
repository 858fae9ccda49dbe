"""Statements of the submitter, and of the transaction that it sends."""

from __future__ import annotations

from parsers.xmtpd.reporting import OfWorker, Ranged
from parsers.xmtpd.system import ADMIN, SUBMITTER, Fields, ReportId, xmtpd
from state.report_events import (
    ReportSubmitted,
    ReportSubmitting,
    ReportTransacted,
    Sign,
    StatusNotStored,
    SubmissionRejected,
    SubmittingFailed,
    Worker,
    WorkerSeen,
)


@xmtpd.says(SUBMITTER, "fetching reports to submit", level="DEBUG")
def submitter_cycled(fields: OfWorker) -> WorkerSeen:
    """payerreport/workers/submitter.go:104"""
    return fields.seen(Worker.SUBMITTER, Sign.CYCLE)


@xmtpd.says(SUBMITTER, "error submitting reports", level="ERROR")
def submitter_failed(fields: OfWorker) -> WorkerSeen:
    """payerreport/workers/submitter.go:64"""
    return fields.seen(Worker.SUBMITTER, Sign.FAILED)


@xmtpd.says(SUBMITTER, "submitting report")
def report_submitting(report: Ranged) -> ReportSubmitting:
    """Only said where there is a quorum (§2.4); below it, nothing is. payerreport/workers/submitter.go:132"""
    return ReportSubmitting(*report.place)


@xmtpd.says(SUBMITTER, "report submitted")
def report_submitted(report: Ranged) -> ReportSubmitted:
    """payerreport/workers/submitter.go:215"""
    return ReportSubmitted(*report.place)


@xmtpd.says(SUBMITTER, "report already submitted, skipping")
def report_already_submitted(report: Ranged) -> ReportSubmitted:
    """payerreport/workers/submitter.go:141 and 175"""
    return ReportSubmitted(*report.place, already=True)


@xmtpd.says(SUBMITTER, "failed to submit report", level="ERROR")
def submitting_failed(report: Ranged) -> SubmittingFailed:
    """Has `report_id` twice, with one value. payerreport/workers/submitter.go:194"""
    return SubmittingFailed(*report.place, report.why)


@xmtpd.says(SUBMITTER, "report has invalid sequence IDs, submission rejected")
def submission_rejected(report: Ranged) -> SubmissionRejected:
    """payerreport/workers/submitter.go:179"""
    return SubmissionRejected(*report.place)


@xmtpd.says(SUBMITTER, "failed to set report submitted", level="ERROR", also=("WARNING",))
def submitted_not_stored(report: Ranged) -> StatusNotStored:
    """An error where it had been submitted before, else a warning, which names none.
    payerreport/workers/submitter.go:145 and 209
    """
    return StatusNotStored(*report.place, "submitted", report.why)


@xmtpd.says(SUBMITTER, "failed to set report submission rejected", level="ERROR")
def rejected_not_stored(report: Ranged) -> StatusNotStored:
    """payerreport/workers/submitter.go:183"""
    return StatusNotStored(*report.place, "rejected", report.why)


class _Named(Fields, frozen=True):
    report_id: ReportId


@xmtpd.says(ADMIN, "payer report submitted")
def report_transacted(fields: _Named) -> ReportTransacted:
    """blockchain/payer_report_manager.go:123"""
    return ReportTransacted(fields.report_id.lower())
