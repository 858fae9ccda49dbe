"""Reports in sentences: what somebody on call wants to read of one that is not settled."""

from __future__ import annotations

from collections.abc import Sequence

from observer.answers_judged import BoundaryStanding, LatestStanding, MissingStanding
from observer.answers_shared import FailingAnswer
from observer.reported import Reached
from observer.times import clock
from observer.wording import NOT_KNOWN, UNTOLD, envelopes, named, short_id
from state.origin import Origin
from state.quorums import Basis, called
from state.report_views import (
    Boundary,
    Stage,
)
from waits.durations import duration
from waits.functions import View
from waits.library.doing import Doing

TOLD_OF = 6
"""Missing nodes of which it is told what they do; of further ones how many."""
TEXT_SHOWN = 120
NO_TELLING = "whether it has its quorum is unknown"
EXPIRY_HIDDEN = "overdue, not rejected: expiry is logged at DEBUG only"
EXPIRY_SHOWN = "overdue, and not every node has given it up"


def time(line: Origin) -> str:
    """Time of day of a line."""
    return clock(line.at)[:8]


def boundary_said(
    view: View, one: Boundary, found: BoundaryStanding, settled: tuple[int, Origin | None] | None, *, told: bool
) -> str:
    """One boundary in one sentence. `told` is whether the logs would show that the report was given up."""
    many = "" if found.reports == 1 else f", of {found.reports} that begin here"
    head = f"originator {one.originator}, {envelopes(found.start, found.end)} (report {short_id(found.report)}{many})"
    parts = [f"{head}: {_stage(view, one, found)}"]
    if found.followed_at is not None:
        shown = f"the chain has it, as a report from its end on shows, made {found.followed_at[11:19]}"
        return f"{parts[0]}; {shown}; {UNTOLD}"
    if one.best.pending or one.best.stage is Stage.REJECTED:
        parts += _judgements(found)
    if one.best.pending and found.away and _enough(found):
        parts.append(f"attested and not at work: {_missing(found.away)}")
    if found.latest is not None:
        parts.append(_latest(found, found.latest))
    parts += [f"cannot be submitted: {_failing(found.submitting)}"] if one.best.pending and found.submitting else []
    if one.best.stage is Stage.SUBMITTED and found.settling:
        parts.append(f"cannot be settled: {_failing(found.settling)}")
    if found.overdue:
        parts.append(EXPIRY_SHOWN if told else EXPIRY_HIDDEN)
    if one.best.given_up and one.best.pending:
        parts.append(f"given up by {named([called(view.state, number) for number in one.best.given_up])}")
    return "; ".join([*parts, _last_settled(settled)])


def _stage(view: View, one: Boundary, found: BoundaryStanding) -> str:
    """How far it is, and since when."""
    since = f"since {time(one.since)} ({duration(found.lasts_ns)})"
    best = one.best
    if found.followed_at is not None:
        return f"made {time(one.since)}, attested by at least {len(found.attested)}"
    if best.stage is Stage.REJECTED:
        return f"rejected, {best.why}, {time(best.since)}; no other report has taken its place"
    if best.stage is Stage.SUBMITTED:
        left = f", {best.remaining:,} leaves left to settle" if best.remaining else ""
        lasts = duration(max(0, view.at - best.since.at))
        return f"on the chain since {time(best.since)} ({lasts}), not settled{left}; made {time(one.since)}"
    return _pending(found, since)


def _pending(found: BoundaryStanding, since: str) -> str:
    attested = f"attested by {'at least ' if found.at_least else ''}{len(found.attested)}"
    if found.active is None or found.quorum is None:
        return f"{attested}, {NOT_KNOWN}, {since}"
    basis = "" if found.basis == Basis.INDEXER.value else f" ({found.basis})"
    said = f"{attested} of {found.active}{basis}, quorum {found.quorum}, {since}"
    if found.lost:
        return f"{said}; there can be no quorum, as {len(found.refused)} refused it"
    if not _enough(found):
        return f"{said}; {NO_TELLING}" if found.at_least else said
    if found.submitting:
        return said
    nobody = "sent to the chain by nobody that is heard" if _silence(found) else "sent to the chain by nobody"
    return f"{said}, {'not on the chain' if found.sent else nobody}"


def _silence(found: BoundaryStanding) -> bool:
    """Whether somebody who could have sent it is not heard."""
    return found.at_least or any(one.doing == Doing.NOT_HEARD.value for one in found.away)


def _enough(found: BoundaryStanding) -> bool:
    return found.quorum is not None and len(found.attested) >= found.quorum


def _latest(found: BoundaryStanding, latest: LatestStanding) -> str:
    """The report that was made last, where another one has come further."""
    at_least = "at least " if latest.at_least else ""
    of = "" if found.active is None else f" of {found.active}"
    head = f"the last of them, {short_id(latest.report)} through {latest.end} at {latest.made_at[11:19]}"
    said = [f"{head}: attested by {at_least}{len(latest.attested)}{of}", *_judgements(latest)]
    if latest.missing and [one.node for one in latest.missing] == [one.node for one in found.away]:
        said[-1] = "missing: the same nodes"
    return "; ".join(said)


def _judgements(found: BoundaryStanding | LatestStanding) -> list[str]:
    said = [f"attested: {named(found.attested)}"] if found.attested and (found.missing or found.refused) else []
    if found.refused:
        refused = [f"{one.node} ({one.reason[:TEXT_SHOWN]})" for one in found.refused[:TOLD_OF]]
        said.append(f"refused: {_listed(refused, len(found.refused))}")
    if found.missing:
        said.append(f"missing: {_missing(found.missing)}")
    return said


def _missing(found: Sequence[MissingStanding]) -> str:
    return _listed([f"{one.node} ({one.text})" for one in found[:TOLD_OF]], len(found))


def _listed(said: Sequence[str], count: int) -> str:
    more = f" and {count - len(said)} more" if count > len(said) else ""
    return ", ".join(said) + more


def _failing(found: Sequence[FailingAnswer]) -> str:
    said = [f"{one.node} {one.count} x {one.text[:TEXT_SHOWN]}, last {one.last_at[11:19]}" for one in found]
    return _listed(said[:2], len(said))


def _last_settled(settled: tuple[int, Origin | None] | None) -> str:
    if settled is None:
        return "nothing settled yet"
    through, line = settled
    return f"last settled: through {through}" + (f" at {time(line)}" if line is not None else "")


def originator_said(
    view: View,
    number: int,
    settled: tuple[int, Origin | None] | None,
    reached: Reached | None,
    *,
    has_reports: bool,
) -> str:
    """What of an originator is settled, and how far it is known to have got."""
    name = called(view.state, number)
    head = f"originator {number}" if name == str(number) else f"originator {number} ({name})"
    if settled is not None:
        said = f"settled through {settled[0]}" + (f" at {time(settled[1])}" if settled[1] is not None else "")
    else:
        said = "no report settled that a line shows" if has_reports else "no report that a line shows"
    if reached is None:
        return f"{head}: {said}"
    known = f"{'' if reached.known.exact else 'at least '}{reached.known.sequence}"
    return f"{head}: {said}; last sequence known {known} ({reached.by}, {time(reached.known.said)})"
