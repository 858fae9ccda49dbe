"""Payer reports: how far each has come, and what is wrong with it. A report is named `ORIGINATOR:START`, by what stays
the same while its place on the chain is not filled, however many reports succeed each other there.

No line says that a quorum was not reached. It is told from what the nodes that count did not say, so only of nodes
whose logs are read and show what their workers do; where one of them may have attested unseen, it is unknown (R23).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from state.events import Event
from state.listening import REPORTS, TOPIC_OF
from state.nodes import OVER
from state.ordered import ordered
from state.report_events import WorkerSeen
from state.report_views import (
    PENDING,
    Active,
    Boundary,
    ChainOf,
    Course,
    Stage,
    active_nodes,
    boundaries_of,
    called,
    chain_of,
    courses_of,
    name_of,
)
from waits.entities import ORIGINATOR, REPORT, members
from waits.functions import Needs, Reads, View, measures
from waits.library.doing import doing
from waits.terms import Kind

if TYPE_CHECKING:
    from state.origin import Origin
    from state.trouble import Trouble

REPORT_LINES: tuple[type[Event], ...] = (
    WorkerSeen,
    *sorted([kind for kind in TOPIC_OF if TOPIC_OF[kind] == REPORTS], key=lambda kind: kind.__name__),
)
"""Any of these shows that a node's log would show its judgements too: they are of one level."""
NEEDS: Needs = (REPORT_LINES,)
NAMES_SHOWN = 12
NEVER = 1 << 61
"""As the beginning of an age: one that has not begun."""


class Known(NamedTuple):
    """What is known of one originator's reports."""

    active: Active | None
    chain: ChainOf
    courses: tuple[Course, ...]
    boundaries: dict[int, Boundary]


_NOTHING = Known(None, ChainOf(()), (), {})


def originator_of(report: str) -> int:
    """The originator of a report that is named `ORIGINATOR:START`."""
    return int(report.partition(":")[0])


def start_of(report: str) -> int:
    """Where it starts."""
    return int(report.partition(":")[2])


def number(originator: str) -> int:
    """An originator's key in its slice."""
    return int(originator)


def known(view: View, originator: int) -> Known:
    """What is known of an originator's reports, kept while nothing that it follows from is another value."""
    mine = view.state.reports.get(originator)
    if mine is None:
        return _NOTHING
    active = _active(view)
    kept = view.memo.get(("reports", originator))
    if kept is not None and kept[0] is mine and kept[1] == active:
        found: Known = kept[2]
        return found
    courses = courses_of(originator, mine, active)
    found = Known(active, chain_of(mine), courses, {one.start: one for one in boundaries_of(courses)})
    view.memo["reports", originator] = (mine, active, found)
    return found


def _active(view: View) -> Active | None:
    """The nodes that count, kept likewise."""
    state = view.state
    sources = (state.registry, state.identities, state.reports)
    kept = view.memo.get("active")
    if kept is not None and all(one is other for one, other in zip(kept[0], sources, strict=True)):
        found: Active | None = kept[1]
        return found
    found = active_nodes(state, view.expected)
    view.memo["active"] = (sources, found)
    return found


def boundary(view: View, report: str) -> Boundary | None:
    """All reports of one name."""
    return known(view, originator_of(report)).boundaries.get(start_of(report))


def tells(view: View, node: int) -> bool:
    """Whether what the node with an id has not said, it has not done: its log is read and shows what its workers do, or
    it has stated its end.
    """
    name = name_of(view.state, node)
    if name is None:
        return False
    life = view.state.nodes.get(name)
    if life is not None and life.status in OVER:
        return True
    heard = view.state.listening.get(name)
    return name in view.ears.attached and heard is not None and REPORTS in heard.seen


def _untold(view: View, report: str) -> list[int]:
    """Nodes that may have judged the furthest report of a name without our knowing."""
    here = boundary(view, report)
    active = known(view, originator_of(report)).active
    if here is None or active is None:
        return []
    return [node for node in here.best.unjudged(active.nodes) if not tells(view, node)]


def _tellers(view: View, report: str) -> list[str]:
    active = known(view, originator_of(report)).active
    return [] if active is None else [*[called(view.state, one) for one in active.nodes], *active.unnumbered]


def _why(view: View, report: str) -> str | None:
    """Why it cannot be told how a report stands."""
    found = [f"{called(view.state, one)} ({doing(view, one)})" for one in _untold(view, report)]
    if not found:
        return None
    return f"whether it has been attested by {', '.join(found[:NAMES_SHOWN])} cannot be told"


_READS = (
    Reads("reports", keyed=originator_of),
    Reads("registry", ("active", "known", "own"), anywhere=True),
    Reads("identities", anywhere=True),
    Reads("listening", ("seen",), anywhere=True),
    Reads("nodes", ("status",), anywhere=True),
    Reads("source", anywhere=True),
)
OWN = (Reads("reports", keyed=originator_of), Reads("registry", ("active", "known", "own"), anywhere=True))


def _lines(view: View, report: str) -> list[Origin | None]:
    """The lines behind a report's present stage: how it came about, and what nodes said of it."""
    here = boundary(view, report)
    mine = view.state.reports.get(originator_of(report))
    if here is None or mine is None:
        return []
    found: list[Origin | None] = [here.since, here.best.created, here.best.since]
    kept = mine.reports.get(here.best.id)
    for _speaker, part in ordered(kept.parts) if kept is not None else []:
        found += [part.judged, *_last_of(part.attesting), *_last_of(part.submitting), *_last_of(part.settling)]
    return found


def _last_of(trouble: Trouble | None) -> list[Origin | None]:
    return [] if trouble is None else [trouble.last]


_TOLD: dict[str, Any] = {
    "takes": (Kind.REPORT,),
    "needs": NEEDS,
    "told_by": _tellers,
    "why": _why,
    "evidence": _lines,
}
"""A function of a report that asks whose logs are heard."""
FACT: dict[str, Any] = {"takes": (Kind.REPORT,), "needs": NEEDS, "told_by": _tellers, "evidence": _lines}
"""A function of a report that tells only what lines say, whoever else is heard."""


# --- which reports there are -------------------------------------------------------------------------


@members(REPORT)
@measures(Kind.LIST, Reads("reports", anywhere=True), Reads("registry", anywhere=True), needs=NEEDS)
def open_reports(view: View) -> tuple[str, ...]:
    """Reports of which something is still to come: the chain has not taken them, or has not settled them. Each is named
    `ORIGINATOR:START`.
    """
    found = [
        (originator, start)
        for originator, _mine in ordered(view.state.reports)
        for start, here in ordered(known(view, originator).boundaries)
        if here.open
    ]
    return tuple([f"{originator}:{start}" for originator, start in found])


@members(ORIGINATOR)
@measures(Kind.LIST, Reads("reports", anywhere=True), needs=NEEDS)
def reported(view: View) -> tuple[str, ...]:
    """Originators that any report is about."""
    return tuple([str(originator) for originator, _mine in ordered(view.state.reports)])


# --- how far one has come ----------------------------------------------------------------------------


@measures(Kind.TEXT, *OWN, **FACT)
def stage(view: View, report: str) -> str | None:
    """How far the report has come, by the lines there are: created, attested, submitted, settled or rejected."""
    here = boundary(view, report)
    return None if here is None else here.best.stage.value


@measures(Kind.TRUTH, *_READS, **_TOLD)
def quorate(view: View, report: str) -> bool | None:
    """Whether enough nodes have attested the report. Unknown where too few are known to have, and another one may have
    unseen.
    """
    here = boundary(view, report)
    if here is None:
        return None
    if here.best.stage in (Stage.SUBMITTED, Stage.SETTLED):
        return True
    active = known(view, here.originator).active
    if active is None:
        return None
    if len(here.best.attested) >= active.quorum:
        return True
    if active.n - len(here.best.refused) < active.quorum:
        return False
    return None if _untold(view, report) or active.unnumbered else False


@measures(Kind.TRUTH, *_READS, **_TOLD)
def awaited(view: View, report: str) -> bool | None:
    """Whether the chain has yet to take a report that starts there. Unknown where a node may have submitted one
    unseen.
    """
    here = boundary(view, report)
    if here is None or here.best.stage not in PENDING:
        return False
    if quorate.compute(view, report) is False:
        return True
    active = known(view, here.originator).active
    if active is None or active.unnumbered or not all(tells(view, node) for node in active.nodes):
        return None
    return True


@measures(Kind.TRUTH, *_READS, **_TOLD)
def unsettled(view: View, report: str) -> bool | None:
    """Whether the report is on the chain and not settled. Unknown where the chain settled one of which no line tells
    which it is.
    """
    here = boundary(view, report)
    if here is None or here.best.stage is not Stage.SUBMITTED:
        return False
    there = known(view, here.originator).chain.at(here.best.start, here.best.end)
    if there is not None and there.place is None and _settled_unplaced(view, here):
        return None
    return True


def _settled_unplaced(view: View, here: Boundary) -> bool:
    """Whether the chain settled something of the originator since; which of its reports that was cannot be told."""
    mine = view.state.reports[here.originator]
    return any(
        one.settled is not None and one.settled.at >= here.best.since.at
        for _node, chain in ordered(mine.chain)
        for _index, one in ordered(chain.settled)
    )


@measures(Kind.AGE, *OWN, **FACT)
def awaited_for(view: View, report: str) -> int | None:
    """How long ago the first report was made that starts there."""
    here = boundary(view, report)
    return None if here is None else here.since.at


@measures(Kind.AGE, *OWN, **FACT)
def made_for(view: View, report: str) -> int | None:
    """How long ago the one of them was made that has come furthest."""
    here = boundary(view, report)
    return None if here is None else here.best.created.at


@measures(Kind.AGE, *OWN, **FACT)
def quorate_for(view: View, report: str) -> int | None:
    """How long ago the report was attested by the last of those that were needed; it has not begun where it is not."""
    here = boundary(view, report)
    if here is None:
        return None
    active = known(view, here.originator).active
    kept = view.state.reports[here.originator].reports.get(here.best.id)
    if active is None or kept is None:
        return None
    lines = [part.judged for _speaker, part in ordered(kept.parts) if part.verdict and part.judged is not None]
    times = sorted([line.at for line in lines])
    return times[active.quorum - 1] if len(times) >= active.quorum else NEVER


@measures(Kind.AGE, *OWN, **FACT)
def submitted_for(view: View, report: str) -> int | None:
    """How long the report has been on the chain; it has not begun where it is not."""
    here = boundary(view, report)
    if here is None:
        return None
    return here.best.since.at if here.best.stage is Stage.SUBMITTED else NEVER


@measures(Kind.NUMBER, *OWN, **FACT)
def attested(view: View, report: str) -> int | None:
    """How many nodes say that they attested the report: at least so many have."""
    here = boundary(view, report)
    return None if here is None else len(here.best.attested)


@measures(Kind.NUMBER, *OWN, **FACT)
def refusals(view: View, report: str) -> int | None:
    """How many nodes say that they refused it."""
    here = boundary(view, report)
    return None if here is None else len(here.best.refused)


@measures(Kind.NUMBER, *OWN, **FACT)
def counted(view: View, report: str) -> int | None:
    """How many nodes count for it."""
    found = known(view, originator_of(report)).active
    return None if found is None else found.n


@measures(Kind.NUMBER, *OWN, **FACT)
def quorum(view: View, report: str) -> int | None:
    """How many of them must attest it: half and one more."""
    found = known(view, originator_of(report)).active
    return None if found is None else found.quorum


@measures(Kind.NUMBER, *OWN, **FACT)
def remaining(view: View, report: str) -> int | None:
    """How many of its leaves are left to settle."""
    here = boundary(view, report)
    return None if here is None else here.best.remaining


# --- what is wrong with one --------------------------------------------------------------------------


@measures(Kind.TRUTH, *OWN, **FACT)
def split(view: View, report: str) -> bool | None:
    """Whether one and the same report that starts there was attested by some and refused by others."""
    here = boundary(view, report)
    return None if here is None else any(one.attested and one.refused for one in here.courses)


@measures(Kind.NUMBER, *OWN, **FACT)
def conflicts(view: View, report: str) -> int | None:
    """How many reports that start there were refused by another node and attested by nobody but their maker (#1810)."""
    here = boundary(view, report)
    return None if here is None else sum([_in_conflict(one) for one in here.courses])


def _in_conflict(one: Course) -> bool:
    others = {node for node, _reason in one.refused} - set(one.makers)
    return bool(others) and set(one.attested) <= set(one.makers)


@measures(Kind.NUMBER, *_READS, **_TOLD)
def late_attesters(view: View, report: str) -> int | None:
    """How many nodes that count, and are up as their logs show, have judged the report neither way."""
    here = boundary(view, report)
    if here is None:
        return None
    found = known(view, here.originator).active
    return None if found is None else sum([_works(view, node) for node in here.best.unjudged(found.nodes)])


def _works(view: View, node: int) -> bool:
    life = view.state.nodes.get(name_of(view.state, node) or "")
    return tells(view, node) and (life is None or life.status not in OVER)


@measures(Kind.AGE, *_READS, Reads("nodes", ("status_since",), anywhere=True), **_TOLD)
def unjudged_for(view: View, report: str) -> int | None:
    """For how long a node that counts could have judged the report and has not: since it was made, and the node is up.
    It has not begun where each has judged it, or is down.
    """
    here = boundary(view, report)
    if here is None:
        return None
    found = known(view, here.originator).active
    if found is None:
        return None
    since = [_up_since(view, node) for node in here.best.unjudged(found.nodes) if _works(view, node)]
    return max(min(since, default=NEVER), here.best.created.at)


@measures(Kind.TRUTH, *_READS, Reads("streams", ("peers",), anywhere=True), **_TOLD)
def unsent(view: View, report: str) -> bool | None:
    """Whether the report has not got out: nobody but its maker has it, and no other node that is up can read from
    there.
    """
    here = boundary(view, report)
    if here is None:
        return None
    best = here.best
    if not best.makers or set(best.held) - set(best.makers):
        return False
    readers = [
        stream
        for node, mine in ordered(view.state.streams)
        for peer, stream in ordered(mine.peers)
        if peer in best.makers and node in view.ears.attached and not _is_over(view, node)
    ]
    return bool(readers) and all(stream.broken for stream in readers)


def _is_over(view: View, name: str) -> bool:
    life = view.state.nodes.get(name)
    return life is not None and life.status in OVER


def _up_since(view: View, node: int) -> int:
    life = view.state.nodes.get(name_of(view.state, node) or "")
    return 0 if life is None or life.status_since is None else life.status_since.at


@measures(Kind.NUMBER, *OWN, **FACT)
def submit_failures(view: View, report: str) -> int | None:
    """How often submitting a report that starts there failed."""
    here = boundary(view, report)
    return None if here is None else sum([one.trouble.count for course in here.courses for one in course.submitting])


@measures(Kind.NUMBER, *OWN, **FACT)
def settle_failures(view: View, report: str) -> int | None:
    """How often settling the report failed, or found nothing to settle although it is not settled."""
    here = boundary(view, report)
    if here is None:
        return None
    failed = sum([one.trouble.count for one in here.best.settling])
    return max(failed, here.best.inconsistent)


@measures(Kind.NUMBER, *OWN, **FACT)
def blocked_rounds(view: View, report: str) -> int | None:
    """How many rounds of one generator without a break found reports pending there, and made none."""
    here = boundary(view, report)
    if here is None:
        return None
    mine = view.state.reports[here.originator]
    rounds = [one.blocked for _speaker, one in ordered(mine.generation) if one.boundary == here.start]
    return max(rounds, default=0)
