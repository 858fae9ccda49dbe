"""Statements of the attestation worker."""

from __future__ import annotations

from parsers.text import one_line
from parsers.xmtpd.reporting import OfWorker, Ranged
from parsers.xmtpd.system import ATTESTATION, ERROR_LIMIT, Id, Sequence, xmtpd
from state.report_events import (
    AttestationWaiting,
    AttestingFailed,
    ReportJudged,
    Sign,
    Worker,
    WorkerSeen,
)
from state.sync_events import SequenceStated


@xmtpd.says(ATTESTATION, "starting", needle="attestation-worker")
def attestation_started(fields: OfWorker) -> WorkerSeen:
    """payerreport/workers/attestation.go:76"""
    return fields.seen(Worker.ATTESTATION, Sign.STARTED)


@xmtpd.says(ATTESTATION, "fetching reports needing attestation", level="DEBUG")
def attestation_cycled(fields: OfWorker) -> WorkerSeen:
    """payerreport/workers/attestation.go:139"""
    return fields.seen(Worker.ATTESTATION, Sign.CYCLE)


@xmtpd.says(ATTESTATION, "attesting reports", level="ERROR")
def attestation_failed(fields: OfWorker) -> WorkerSeen:
    """payerreport/workers/attestation.go:87"""
    return fields.seen(Worker.ATTESTATION, Sign.FAILED)


class _Judged(Ranged, frozen=True):
    reason: str = ""

    def judged(self, *, valid: bool) -> ReportJudged:
        """With the reason, one of §2.5."""
        return ReportJudged(*self.place, valid, one_line(self.reason, ERROR_LIMIT))


@xmtpd.says(ATTESTATION, "report is valid, submitting attestation")
def report_attested(report: _Judged) -> ReportJudged:
    """payerreport/workers/attestation.go:203"""
    return report.judged(valid=True)


@xmtpd.says(ATTESTATION, "report is invalid, not attesting", level="WARNING")
def report_refused(report: _Judged) -> ReportJudged:
    """payerreport/workers/attestation.go:210"""
    return report.judged(valid=False)


@xmtpd.says(ATTESTATION, "attesting report", level="ERROR")
def attesting_failed(report: Ranged) -> AttestingFailed:
    """It stays pending and comes again at the next tick (§2.5). payerreport/workers/attestation.go:128"""
    return AttestingFailed(*report.place, report.why)


class _Behind(OfWorker, frozen=True):
    originator_id: Id
    start_sequence_id: Sequence
    last_sequence_id: Sequence
    last_sequence_id_seen: Sequence


@xmtpd.says(
    ATTESTATION,
    "skipping attestation for report, node has not processed all messages from originator",
    level="DEBUG",
)
def attestation_waiting(fields: _Behind) -> tuple[AttestationWaiting, SequenceStated]:
    """The end of the report, and how far the node's own clock is (§4.3, 2). payerreport/workers/attestation.go:160"""
    seen = fields.last_sequence_id_seen
    span = fields.originator_id, fields.start_sequence_id, fields.last_sequence_id
    return AttestationWaiting(fields.worker_node_id, *span, seen), SequenceStated(fields.originator_id, seen)
