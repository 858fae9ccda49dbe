"""What lines of the four workers of payer reports have in common.

`last_sequence_id` is where a report ends on every one of them (§4.3, 2); the speaker's id is `worker_node_id`.
"""

from __future__ import annotations

from parsers.xmtpd.system import Failure, Id, ReportId, Sequence
from state.report_events import Sign, Worker, WorkerSeen


class OfWorker(Failure, frozen=True):
    """A line of a worker."""

    worker_node_id: Id

    def seen(self, work: Worker, sign: Sign) -> WorkerSeen:
        """That it lives."""
        return WorkerSeen(self.worker_node_id, work, sign, self.why)


class Ranged(OfWorker, frozen=True):
    """A line of a worker about a report."""

    report_id: ReportId
    originator_id: Id
    start_sequence_id: Sequence
    last_sequence_id: Sequence

    @property
    def place(self) -> tuple[int, str, int, int, int]:
        """What events of a report begin with; see `OfReport`."""
        report = self.report_id.lower()
        return self.worker_node_id, report, self.originator_id, self.start_sequence_id, self.last_sequence_id
