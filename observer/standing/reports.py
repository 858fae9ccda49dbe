"""The reports of `observer status`: what of each originator is open, how far it is, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from observer.answers_judged import BoundaryStanding, LatestStanding, MissingStanding, OriginatorStanding
from observer.answers_shared import FailingAnswer, RefusedAnswer
from observer.judged import Judged
from observer.reported import Reached, failing_answer, furthest, known_originators, last_settled, names_of
from observer.snapshot import active_of
from observer.standing.report_words import boundary_said, originator_said
from observer.times import written
from state.listening import DETAIL
from state.ordered import ordered
from state.origin import Origin
from state.quorums import FIRST_NODE, Active, called, name_of
from state.report_views import (
    Boundary,
    Course,
    Failing,
    Stage,
    boundaries_of,
    chain_of,
    courses_of,
)
from state.reports import Originator
from state.snapshot import NetworkState
from state.trouble import Trouble
from state.views import shows
from waits.durations import NS
from waits.functions import View
from waits.library.doing import SILENT_AFTER, Doing, heard, told

EXPIRY = 18 * 3600 * NS
"""How long xmtpd keeps a report of another node pending, unless it is told otherwise."""
EXPIRY_NAME = "report_expiry"
"""The parameter of the inventory that says so."""


class Asked(NamedTuple):
    """What is told: the snapshot with what is heard, who counts, and what is expected."""

    view: View
    active: Active | None
    silent_after: int = SILENT_AFTER
    expiry: int = EXPIRY

    def name(self, number: int) -> str:
        """A node by its name, or by its id."""
        return called(self.view.state, number)


def asked_of(state: NetworkState, judged: Judged, at: int, seq: int) -> Asked:
    """What is asked of a snapshot, with what is heard there."""
    expiry = judged.parameters.get(EXPIRY_NAME, EXPIRY)
    view = View(state, judged.engine.view.ears, judged.hearing, at, seq)
    silent_after = max(SILENT_AFTER, int(judged.parameters["silent_after"]))
    return Asked(view, active_of(state, judged.inventory), silent_after, expiry if isinstance(expiry, int) else EXPIRY)


class Settled(NamedTuple):
    """Through where an originator is settled, and how far it is known to have got."""

    through: tuple[int, Origin | None] | None
    reached: Reached | None


def originators_of(asked: Asked) -> list[OriginatorStanding]:
    """Every originator; the one that has something open for the longest first."""
    state = asked.view.state
    numbers = [number for number in known_originators(state) if number >= FIRST_NODE or _has_reports(state, number)]
    found = [originator_of(asked, number, state.reports.get(number) or Originator()) for number in numbers]
    found.sort(key=lambda one: (not one.open, min([each.since for each in one.open], default=""), one.originator))
    return found


def _has_reports(state: NetworkState, number: int) -> bool:
    """Of chains and migrators there may be none, for want of traffic."""
    mine = state.reports.get(number)
    return mine is not None and bool(mine.reports or mine.chain)


def originator_of(asked: Asked, number: int, mine: Originator) -> OriginatorStanding:
    """One originator."""
    state = asked.view.state
    courses, settled = courses_of(number, mine, asked.active), known_of(asked, number)
    open_ = [one for one in boundaries_of(courses) if one.open]
    through, reached = settled
    return OriginatorStanding(
        originator=number,
        node=name_of(state, number),
        settled_through=None if through is None else through[0],
        settled_at=None if through is None or through[1] is None else written(through[1].at),
        sequence=None if reached is None else reached.known.sequence,
        sequence_at=None if reached is None else written(reached.known.said.at),
        sequence_by=None if reached is None else reached.by,
        open=[boundary_of(asked, one, settled) for one in open_],
        text=originator_said(asked.view, number, settled.through, settled.reached, has_reports=bool(courses)),
    )


def known_of(asked: Asked, number: int) -> Settled:
    """Through where an originator is settled, and how far it has got."""
    mine = asked.view.state.reports.get(number) or Originator()
    through = last_settled(chain_of(mine), courses_of(number, mine, asked.active))
    return Settled(through, furthest(asked.view.state, number))


def boundary_of(asked: Asked, one: Boundary, settled: Settled) -> BoundaryStanding:
    """One boundary."""
    state, best, active = asked.view.state, one.best, asked.active
    missing = _missing(asked, best)
    lasts = max(0, asked.view.at - one.since.at)
    followed = _followed(asked, best)
    numbers = () if active is None else active.nodes
    refused = [node for node, _reason in best.refused]
    found = BoundaryStanding(
        start=best.start,
        end=best.end,
        report=best.id,
        reports=len(one.courses),
        stage=best.stage.value,
        stage_since=written(best.since.at),
        since=written(one.since.at),
        lasts_ns=lasts,
        attested=names_of(state, best.attested),
        at_least=active is None or any(each.doing == Doing.NOT_HEARD.value for each in missing),
        active=None if active is None else active.n,
        quorum=None if active is None else active.quorum,
        basis=None if active is None else active.basis.value,
        refused=[RefusedAnswer(node=called(state, node), reason=reason) for node, reason in best.refused],
        missing=missing,
        lost=active is not None and active.n - len([node for node in refused if node in numbers]) < active.quorum,
        sent=_sent(state, best),
        away=_away(asked, best),
        latest=_latest(asked, one),
        submitting=_failing(state, [failing for course in one.courses for failing in course.submitting]),
        settling=_failing(state, best.settling),
        remaining=best.remaining,
        followed_at=None if followed is None else written(followed.at),
        overdue=best.pending and lasts >= asked.expiry,
        text="",
    )
    found.text = boundary_said(asked.view, one, found, settled.through, told=_tells_expiry(asked, best))
    return found


def _followed(asked: Asked, best: Course) -> Origin | None:
    """The line that shows that the chain has a report where none says so: that of one which begins where it ends."""
    mine = asked.view.state.reports[best.originator]
    if best.stage is not Stage.SUBMITTED:
        return None
    said = [part.on_chain for _speaker, part in ordered(mine.reports[best.id].parts) if part.on_chain is not None]
    read = [chain for _node, chain in ordered(mine.chain) if (best.end, best.start) in chain.submitted]
    return None if said or read else best.since


def _failing(state: NetworkState, found: Iterable[Failing]) -> list[FailingAnswer]:
    """Who fails, the latest first. Of one node, failures with several reports are one thing."""
    known: dict[int, Trouble] = {}
    for node, one in sorted(found, key=lambda failing: (failing.trouble.last.at, failing.trouble.last.seq)):
        before = known.get(node)
        count, first = (0, one.first) if before is None else (before.count, before.first)
        known[node] = Trouble(count + one.count, one.text, min(first, one.first, key=lambda line: line.at), one.last)
    latest = sorted(ordered(known), key=lambda pair: -pair[1].last.at)
    return [failing_answer(state, Failing(node, trouble)) for node, trouble in latest]


def _missing(asked: Asked, best: Course) -> list[MissingStanding]:
    """Who counts and has not judged it, and what they are doing."""
    if asked.active is None:
        return []
    found = []
    for number in best.unjudged(asked.active.nodes):
        one = told(asked.view, number, best, asked.silent_after)
        found.append(MissingStanding(node=called(asked.view.state, number), doing=one.doing.value, text=one.text))
    for name in asked.active.unnumbered:
        text = "not heard: no line of it tells its id"
        found.append(MissingStanding(node=name, doing=Doing.NOT_HEARD.value, text=text))
    return found


def _sent(state: NetworkState, best: Course) -> int:
    report = state.reports[best.originator].reports[best.id]
    return sum(part.sent for _speaker, part in ordered(report.parts))


def _away(asked: Asked, best: Course) -> list[MissingStanding]:
    """Who attested and is not at work."""
    found = []
    for number in best.attested:
        one = told(asked.view, number, None, asked.silent_after)
        if one.doing is not Doing.HEARD:
            name = called(asked.view.state, number)
            found.append(MissingStanding(node=name, doing=one.doing.value, text=one.text))
    return found


def _latest(asked: Asked, one: Boundary) -> LatestStanding | None:
    last = max(one.courses, key=lambda each: (each.created.at, each.created.seq))
    if last.id == one.best.id or not last.pending or not one.best.pending:
        return None
    missing = _missing(asked, last)
    return LatestStanding(
        end=last.end,
        report=last.id,
        made_at=written(last.created.at),
        attested=names_of(asked.view.state, last.attested),
        at_least=asked.active is None or any(each.doing == Doing.NOT_HEARD.value for each in missing),
        refused=[RefusedAnswer(node=called(asked.view.state, node), reason=why) for node, why in last.refused],
        missing=missing,
    )


def _tells_expiry(asked: Asked, best: Course) -> bool:
    """Whether the logs of those who have not given it up would show if they did."""
    if asked.active is None:
        return False
    left = [number for number in asked.active.nodes if number not in best.given_up]
    names = [name_of(asked.view.state, number) for number in left]
    return all(name is not None and shows(asked.view.state, name, DETAIL) for name in names)


def unheard(asked: Asked) -> list[str]:
    """Nodes that count and are not heard."""
    if asked.active is None:
        return []
    numbers = [one for one in asked.active.nodes if not heard(asked.view, one, asked.silent_after)]
    return sorted({*names_of(asked.view.state, tuple(ordered(set(numbers)))), *asked.active.unnumbered})
