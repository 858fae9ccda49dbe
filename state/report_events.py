"""Events of payer reports: what xmtpd's workers and indexers say of them. Facts from the catalogue, xmtpd §2 and §8.

A report covers the envelopes of one originator behind `start` up to and including `end`. Its id is a digest of its
content, so the same report has the same id on every node; what a node's indexer says comes without it.
"""

from __future__ import annotations

import enum

from state.events import Event


class Worker(enum.Enum):
    """The four workers of payer reports."""

    GENERATOR = "generator"
    ATTESTATION = "attestation"
    SUBMITTER = "submitter"
    SETTLEMENT = "settlement"


class Sign(enum.Enum):
    """What a worker showed of itself."""

    STARTED = "started"
    CYCLE = "cycle"
    """It began one of its rounds."""
    FAILED = "failed"
    """A round ended with an error before it came to any report."""


class Skipped(enum.Enum):
    """Why no report was generated for an originator."""

    INTERVAL = "the last submitted report is within the generation interval"
    PENDING = "reports at its boundary are pending"
    TRAFFIC = "not enough envelopes"


class OfReport(Event, frozen=True):
    """What a node's worker says of one report."""

    worker: int
    """Id of the node that speaks (`worker_node_id`)."""
    report: str
    originator: int
    start: int
    end: int


# --- making and judging ------------------------------------------------------------------------------


class ReportGenerated(OfReport, frozen=True):
    """The generator made it. Two nodes that count alike make the same one."""


class ReportJudged(OfReport, frozen=True):
    """The attestation worker attested it, or refused to."""

    valid: bool
    reason: str


class AttestingFailed(OfReport, frozen=True):
    """It could not be judged and will be tried again at the next tick."""

    error: str


class AttestationWaiting(Event, frozen=True):
    """The node has not got all envelopes of the range yet. The line names no report."""

    worker: int
    originator: int
    start: int
    end: int
    seen: int


class ReportExpired(Event, frozen=True):
    """The generator gives up a report that has been pending too long: rejected in this node's database."""

    worker: int
    originator: int
    report: str


class ReportIgnored(Event, frozen=True):
    """The generator passes over a report that its own node refused (#1810)."""

    worker: int
    originator: int
    report: str


class GenerationSkipped(Event, frozen=True):
    """A round of the generator made no report for an originator."""

    originator: int
    why: Skipped
    worker: int | None = None
    boundary: int | None = None
    """Where the pending reports start."""
    pending: int | None = None


class GenerationFailed(Event, frozen=True):
    """A round of the generator failed for one originator."""

    worker: int
    originator: int
    error: str


class WorkerSeen(Event, frozen=True):
    """A worker of a node showed that it lives."""

    worker: int
    work: Worker
    sign: Sign
    error: str = ""


# --- submitting --------------------------------------------------------------------------------------


class ReportSubmitting(OfReport, frozen=True):
    """The submitter found enough attestations and sends a transaction."""


class ReportSubmitted(OfReport, frozen=True):
    """The chain has it. `already` where it had it before."""

    already: bool = False


class SubmittingFailed(OfReport, frozen=True):
    """The transaction failed; the report stays pending and is tried again at the next slot."""

    error: str


class SubmissionRejected(OfReport, frozen=True):
    """The chain will never take it: its range does not begin where the last one ended."""


class StatusNotStored(OfReport, frozen=True):
    """The line that comes next says more than the database holds: a status could not be written."""

    status: str
    """`submitted`, `rejected` or `settled`."""
    error: str = ""


class ReportTransacted(Event, frozen=True):
    """The transaction that submits a report was mined, as its sender saw."""

    report: str


# --- settling ----------------------------------------------------------------------------------------


class ReportSettling(OfReport, frozen=True):
    """The settlement worker begins with it."""


class SettlementProgressed(OfReport, frozen=True):
    """One transaction settled some leaves; `remaining` are left."""

    remaining: int
    settled: int


class ReportSettled(OfReport, frozen=True):
    """All of it is settled, by this node or by another one before."""


class SettlingFailed(OfReport, frozen=True):
    """It will be tried again at the next slot."""

    error: str


class SettlementInconsistent(OfReport, frozen=True):
    """Nothing is left to settle, and yet the chain does not call it settled."""


class SettlementTransacted(Event, frozen=True):
    """The transaction that settles a part was mined, as its sender saw. The line names no report."""

    originator: int
    index: int
    """The report's place among those of its originator on the chain, from 0."""
    remaining: int


# --- what the chain says -----------------------------------------------------------------------------


class ChainReportSubmitted(Event, frozen=True):
    """The chain's own event, as a node's indexer or chain-watcher read it. It names no report."""

    originator: int
    start: int
    end: int
    active: tuple[int, ...]
    """The nodes that count, of which half and one more must attest."""
    root: str = ""
    known: bool | None = None
    """Whether the node's database had the report before; None of chain-watcher."""
    signers: int | None = None


class ChainReportSettled(Event, frozen=True):
    """The chain's own event; `remaining` 0 is fully settled."""

    originator: int
    index: int
    count: int
    remaining: int
    fees: str


class UsageCleared(Event, frozen=True):
    """A node's database dropped the usage that a settled report covers."""

    originator: int
    since_minute: int
    through_minute: int
    worker: int | None = None


class ReservedEnvelopeFound(Event, frozen=True):
    """A report or an attestation of another node arrived. The line names neither the report nor the sender."""

    what: str
    """`report` or `attestation`."""
    originator: int
    """The originator that the report is about."""
