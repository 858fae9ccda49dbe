"""What each node's workers say of payer reports, folded: the guards of xmtpd's own updates (catalogue, xmtpd §2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from immutables import Map
from msgspec.structs import replace

from state.ordered import ordered
from state.origin import Origin
from state.reducers import folds
from state.report_events import (
    AttestationWaiting,
    AttestingFailed,
    GenerationFailed,
    GenerationSkipped,
    OfReport,
    ReportExpired,
    ReportGenerated,
    ReportJudged,
    ReportSettled,
    ReportSettling,
    ReportSubmitted,
    ReportSubmitting,
    SettlementInconsistent,
    SettlementProgressed,
    SettlingFailed,
    Skipped,
    StatusNotStored,
    SubmissionRejected,
    SubmittingFailed,
)
from state.reports import (
    ANOMALIES_KEPT,
    EXPIRED_KEPT,
    ORIGINATORS_KEPT,
    REPORTS_KEPT,
    Anomaly,
    Change,
    Generation,
    Originator,
    Part,
    Report,
    Reports,
    Speaker,
    Submission,
    Waiting,
)
from state.trouble import again

if TYPE_CHECKING:
    from collections.abc import Callable


def put(reports: Reports, originator: int, mine: Originator) -> Change:
    """Enter what is known of an originator. Beyond a bound the smallest ids are kept, whichever came first."""
    if originator not in reports and len(reports) >= ORIGINATORS_KEPT:
        greatest = ordered(reports)[-1][0]
        if originator > greatest:
            return reports, ()
        reports = reports.delete(greatest)
    return reports.set(originator, mine), (originator,)


def _with_part(reports: Reports, event: OfReport, origin: Origin, step: Callable[[Part], Part]) -> Change:
    """Change one node's part in one report, which begins with its first line."""
    mine = reports.get(event.originator) or Originator()
    now = _stepped(mine, event, origin, step)
    return (reports, ()) if now is mine else put(reports, event.originator, now)


def _stepped(mine: Originator, event: OfReport, origin: Origin, step: Callable[[Part], Part]) -> Originator:
    report = mine.reports.get(event.report) or Report(event.report, event.start, event.end)
    speaker = (origin.node, event.worker)
    part = report.parts.get(speaker)
    if part is None and mine.forgotten_through is not None and event.end <= mine.forgotten_through:
        return mine
    claimed = (event.end, event.start)
    if part is None or (part.end, part.start) < claimed:
        # One id is one range. A node that claims two for it is taken at the one that ends last: only so does
        # retention, which goes by the end, forget the same whatever other nodes said meanwhile.
        part = step(Part(event.worker, event.start, event.end, origin, origin))
    elif (part.end, part.start) == claimed:
        part = step(part)
    else:
        part = _odd(part, f"named with the range ({event.start}, {event.end}]", origin)
    parts = report.parts.set(speaker, replace(part, last=origin, unsure=False))
    if (report.start, report.end) == (event.start, event.end):
        report = replace(report, parts=parts)
    else:
        report = _ranged(report, parts)
    return _retained(replace(mine, reports=mine.reports.set(event.report, report)))


def _ranged(report: Report, parts: Map[Speaker, Part]) -> Report:
    """Of several ranges that nodes claim for one id the smallest stands, whoever comes first."""
    start, end = min([(part.start, part.end) for _speaker, part in ordered(parts)])
    return replace(report, start=start, end=end, parts=parts)


def _retained(mine: Originator) -> Originator:
    """Forget what ends first, in every node's part."""
    if len(mine.reports) <= REPORTS_KEPT:
        return mine
    through = min([_end(report) for _name, report in ordered(mine.reports)])
    kept = mine.reports
    for name, report in ordered(mine.reports):
        parts: Map[Speaker, Part] = Map(
            {speaker: part for speaker, part in ordered(report.parts) if part.end > through}
        )
        if not parts:
            kept = kept.delete(name)
        elif len(parts) < len(report.parts):
            kept = kept.set(name, _ranged(report, parts))
    return replace(mine, reports=kept, forgotten_through=through)


def _end(report: Report) -> int:
    return max([part.end for _speaker, part in ordered(report.parts)])


def _odd(part: Part, what: str, origin: Origin) -> Part:
    anomalies = (*part.anomalies[1 - ANOMALIES_KEPT :], Anomaly(what, origin))
    return replace(part, anomalies=anomalies, anomaly_total=part.anomaly_total + 1)


def _moved(part: Part, status: Submission, origin: Origin) -> Part:
    return replace(
        part, before=part.submission, before_since=part.submission_since, submission=status, submission_since=origin
    )


def forced(part: Part, origin: Origin) -> Part:
    """Set by the node's indexer, from any status; no line of a worker takes that back."""
    return replace(
        part,
        submission=Submission.SUBMITTED,
        submission_since=origin,
        before=None,
        before_since=None,
        rejected_by=None,
        forced=part.forced + 1,
    )


# --- making and judging ------------------------------------------------------------------------------


@folds("reports", ReportGenerated)
def generated(reports: Reports, event: ReportGenerated, origin: Origin) -> Change:
    """The first time counts: a generator that comes to the same content again makes the same report."""
    mine = reports.get(event.originator) or Originator()
    mine = _stepped(mine, event, origin, lambda part: replace(part, generated=part.generated or origin))
    speaker = (origin.node, event.worker)
    known = mine.generation.get(speaker) or Generation(origin)
    now = replace(known, last=origin, why=None, boundary=None, blocked=0, blocked_since=None, unsure=False)
    return put(reports, event.originator, replace(mine, generation=mine.generation.set(speaker, now)))


@folds("reports", ReportJudged)
def judged(reports: Reports, event: ReportJudged, origin: Origin) -> Change:
    """A verdict is final: another one later is against the rules, and the first stands."""

    def step(part: Part) -> Part:
        if part.verdict is not None:
            told = {True: "attested", False: "refused"}
            return _odd(part, f"{told[event.valid]} after it had been {told[part.verdict]}", origin)
        part = replace(part, verdict=event.valid, reason=event.reason, judged=origin)
        if part.submission is not Submission.PENDING:
            part = _odd(part, f"judged while it was {part.submission.value}", origin)
        return part

    return _with_part(reports, event, origin, step)


@folds("reports", AttestingFailed)
def attesting_failed(reports: Reports, event: AttestingFailed, origin: Origin) -> Change:
    """Tried again at every tick. A verdict is told before it is written, and only a report without one is tried: so
    where the line comes behind a verdict, that was not written.
    """

    def step(part: Part) -> Part:
        failing = again(part.attesting, event.error, origin)
        return replace(part, attesting=failing, verdict=None, reason=None, judged=None)

    return _with_part(reports, event, origin, step)


@folds("reports", AttestationWaiting)
def waiting(reports: Reports, event: AttestationWaiting, origin: Origin) -> Change:
    """The latest one of a node is kept: the line names a range and no report."""
    mine = reports.get(event.originator) or Originator()
    speaker = (origin.node, event.worker)
    known = mine.waiting.get(speaker)
    same = known is not None and (known.start, known.end) == (event.start, event.end)
    first = known.first if known is not None and same else origin
    now = Waiting(event.worker, event.start, event.end, event.seen, first, origin)
    return put(reports, event.originator, replace(mine, waiting=mine.waiting.set(speaker, now)))


@folds("reports", GenerationSkipped)
def generation_skipped(reports: Reports, event: GenerationSkipped, origin: Origin) -> Change:
    """Rounds that find reports pending at one boundary count until one that does not."""
    if event.worker is None:
        return reports, ()
    mine = reports.get(event.originator) or Originator()
    speaker = (origin.node, event.worker)
    known = mine.generation.get(speaker) or Generation(origin)
    now = replace(known, last=origin, why=event.why, boundary=None, blocked=0, blocked_since=None, unsure=False)
    if event.why is Skipped.PENDING:
        stays = known.blocked > 0 and known.boundary == event.boundary
        now = replace(
            now,
            boundary=event.boundary,
            blocked=known.blocked + 1 if stays else 1,
            blocked_since=known.blocked_since if stays else origin,
        )
    return put(reports, event.originator, replace(mine, generation=mine.generation.set(speaker, now)))


@folds("reports", GenerationFailed)
def generation_failed(reports: Reports, event: GenerationFailed, origin: Origin) -> Change:
    """Counted; what its other rounds found stays."""
    mine = reports.get(event.originator) or Originator()
    speaker = (origin.node, event.worker)
    known = mine.generation.get(speaker) or Generation(origin)
    now = replace(known, last=origin, failing=again(known.failing, event.error, origin))
    return put(reports, event.originator, replace(mine, generation=mine.generation.set(speaker, now)))


@folds("reports", ReportExpired)
def expired(reports: Reports, event: ReportExpired, origin: Origin) -> Change:
    """The line names no range, so it is kept by the report's id; where the node has a part in the report, its database
    gives it up.
    """
    mine = reports.get(event.originator) or Originator()
    speaker = (origin.node, event.worker)
    generation = mine.generation.get(speaker) or Generation(origin)
    given_up = (*[one for one in generation.expired[1 - EXPIRED_KEPT :] if one != event.report], event.report)
    generation = replace(generation, last=origin, expired=given_up)
    mine = replace(mine, generation=mine.generation.set(speaker, generation))
    report = mine.reports.get(event.report)
    part = None if report is None else report.parts.get(speaker)
    if report is not None and part is not None:
        if part.submission is Submission.PENDING:
            part = replace(_moved(part, Submission.REJECTED, origin), rejected_by="expired")
        else:
            part = _odd(part, f"expired while it was {part.submission.value}", origin)
        report = replace(report, parts=report.parts.set(speaker, replace(part, last=origin)))
        mine = replace(mine, reports=mine.reports.set(event.report, report))
    return put(reports, event.originator, mine)


# --- submitting --------------------------------------------------------------------------------------


@folds("reports", ReportSubmitting)
def submitting(reports: Reports, event: ReportSubmitting, origin: Origin) -> Change:
    """Its node has counted enough attestations."""
    return _with_part(reports, event, origin, lambda part: replace(part, sent=part.sent + 1, unwritten=False))


@folds("reports", ReportSubmitted)
def submitted(reports: Reports, event: ReportSubmitted, origin: Origin) -> Change:
    """The chain has it. The database says so only where it could be written, and only from `pending`."""

    def step(part: Part) -> Part:
        unwritten = part.unwritten and not event.already
        part = replace(part, on_chain=part.on_chain or origin, unwritten=False)
        if unwritten:
            return part
        if part.submission is Submission.PENDING:
            return _moved(part, Submission.SUBMITTED, origin)
        if part.submission is Submission.SUBMITTED:
            return _unchanged(part)
        return _odd(part, f"submitted while it was {part.submission.value}", origin)

    return _with_part(reports, event, origin, step)


@folds("reports", SubmittingFailed)
def submitting_failed(reports: Reports, event: SubmittingFailed, origin: Origin) -> Change:
    """It stays pending."""
    return _with_part(
        reports, event, origin, lambda part: replace(part, submitting=again(part.submitting, event.error, origin))
    )


@folds("reports", SubmissionRejected)
def submission_rejected(reports: Reports, event: SubmissionRejected, origin: Origin) -> Change:
    """The chain goes on elsewhere."""

    def step(part: Part) -> Part:
        if part.submission is Submission.PENDING:
            return replace(_moved(part, Submission.REJECTED, origin), rejected_by="invalid range")
        return _odd(part, f"its submission rejected while it was {part.submission.value}", origin)

    return _with_part(reports, event, origin, step)


@folds("reports", StatusNotStored)
def not_stored(reports: Reports, event: StatusNotStored, origin: Origin) -> Change:
    """`report submitted` comes behind the warning that it could not be written, which has no error; every other such
    line comes behind the status that it takes back.
    """

    def step(part: Part) -> Part:
        if event.status == Submission.SUBMITTED.value and not event.error:
            return replace(part, unwritten=True)
        if part.submission.value != event.status or part.before is None:
            return part
        back = replace(part, submission=part.before, submission_since=part.before_since, rejected_by=None)
        return _unchanged(back)

    return _with_part(reports, event, origin, step)


def _unchanged(part: Part) -> Part:
    """A status was told that the database had: a failure to write it takes nothing back."""
    return replace(part, before=None, before_since=None)


# --- settling ----------------------------------------------------------------------------------------


@folds("reports", ReportSettling)
def settling(reports: Reports, event: ReportSettling, origin: Origin) -> Change:
    """Only what the node's database calls submitted is settled, so that it does. Where its own lines had shown
    otherwise, its indexer has set it: of a report that the node has, that is told at DEBUG only.
    """

    def step(part: Part) -> Part:
        part = replace(part, on_chain=part.on_chain or origin)
        if part.submission is Submission.SUBMITTED:
            return _unchanged(part)
        if part.submission is Submission.PENDING:
            return _unchanged(replace(part, submission=Submission.SUBMITTED, submission_since=origin))
        return forced(part, origin)

    return _with_part(reports, event, origin, step)


@folds("reports", SettlementProgressed)
def settlement_progressed(reports: Reports, event: SettlementProgressed, origin: Origin) -> Change:
    """The transaction before, of the same node and with the same rest, says the report's place on the chain."""
    mine = reports.get(event.originator) or Originator()
    chain = mine.chain.get(origin.node)
    told = None if chain is None else chain.transacted
    index = told[0] if told is not None and told[1] == event.remaining else None

    def step(part: Part) -> Part:
        since = part.remaining_since if part.remaining == event.remaining else origin
        return replace(
            part,
            on_chain=part.on_chain or origin,
            remaining=event.remaining,
            remaining_since=since,
            index=part.index if index is None else index,
        )

    now = _stepped(mine, event, origin, step)
    if chain is not None and told is not None:
        now = replace(now, chain=now.chain.set(origin.node, replace(chain, transacted=None)))
    return (reports, ()) if now is mine else put(reports, event.originator, now)


@folds("reports", ReportSettled)
def settled(reports: Reports, event: ReportSettled, origin: Origin) -> Change:
    """Said before the database is written, and also where somebody else has settled it."""

    def step(part: Part) -> Part:
        part = replace(part, on_chain=part.on_chain or origin, settled=part.settled or origin)
        if part.submission in (Submission.PENDING, Submission.SUBMITTED):
            return _moved(part, Submission.SETTLED, origin)
        if part.submission is Submission.SETTLED:
            return _unchanged(part)
        return _odd(part, f"settled while it was {part.submission.value}", origin)

    return _with_part(reports, event, origin, step)


@folds("reports", SettlingFailed)
def settling_failed(reports: Reports, event: SettlingFailed, origin: Origin) -> Change:
    """It stays submitted."""
    return _with_part(
        reports, event, origin, lambda part: replace(part, settling=again(part.settling, event.error, origin))
    )


@folds("reports", SettlementInconsistent)
def inconsistent(reports: Reports, event: SettlementInconsistent, origin: Origin) -> Change:
    """Counted."""
    return _with_part(reports, event, origin, lambda part: replace(part, inconsistent=part.inconsistent + 1))
