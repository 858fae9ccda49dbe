"""Payer reports: how far each has come. A report is named `ORIGINATOR:START`, by what stays the same while its place on
the chain is not filled, however many reports succeed each other there.

No line says that a quorum was not reached. It is told from what the nodes that count did not say, so only of nodes
whose logs are read and show what their workers do; where one of them may have attested unseen, it is unknown (R23).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from state.events import Event
from state.listening import REPORTS, TOPIC_OF
from state.nodes import OVER
from state.ordered import ordered
from state.quorums import Active, active_nodes, called, name_of
from state.report_events import WorkerSeen
from state.report_views import NOTHING, Boundary, Course, Stage, Standing, standing_of
from waits.durations import NS
from waits.entities import ORIGINATOR, REPORT, members
from waits.functions import Needs, Reads, View, measures
from waits.library.ages import NEVER
from waits.library.doing import doing
from waits.library.missed import missed
from waits.library.replication import died
from waits.readers import PRESENCE
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
PROMPT = 10 * 60 * NS
"""A report that has its quorum so soon had it from the beginning."""


def originator_of(report: str) -> int:
    """The originator of a report that is named `ORIGINATOR:START`."""
    return int(report.partition(":")[0])


def start_of(report: str) -> int:
    """Where it starts."""
    return int(report.partition(":")[2])


def number(originator: str) -> int:
    """An originator's key in its slice."""
    return int(originator)


def known(view: View, originator: int) -> Standing:
    """What is known of an originator's reports, read on from what was known of them before."""
    # One line asks the same of every report: what is known now is looked up once.
    at, standings = view.memo.get("known", (None, {}))
    if at is not view.state:
        standings = {}
        view.memo["known"] = (view.state, standings)
    found: Standing | None = standings.get(originator)
    if found is None:
        found = standings[originator] = _known(view, originator)
    return found


def _known(view: View, originator: int) -> Standing:
    mine = view.state.reports.get(originator)
    if mine is None:
        return NOTHING
    active = _active(view)
    found: Standing = view.memo.get(("reports", originator), NOTHING)
    if found.mine is not mine or found.active is not active:
        found = view.memo["reports", originator] = standing_of(originator, mine, active, found)
    return found


def _active(view: View) -> Active | None:
    """The nodes that count; the same object while they are the same, whichever line said so last."""
    state = view.state

    def work_out() -> Active | None:
        found = active_nodes(state, view.expected)
        return view.same("active", None if found is None else found._replace(line=None))

    return view.kept("counting", (state.registry, state.identities, state.reports), work_out)


def boundary(view: View, report: str) -> Boundary | None:
    """All reports of one name."""
    return known(view, originator_of(report)).boundaries.get(start_of(report))


def counting(view: View, report: str) -> Active | None:
    """Who counts for the reports of one name; None where there are none."""
    mine = known(view, originator_of(report))
    return mine.active if start_of(report) in mine.boundaries else None


def tells(view: View, node: int) -> bool:
    """Whether what the node with an id has not said, it has not done: its log is read and shows what its workers do, or
    it has stated its end, or its log ends where all others lost it.
    """
    name = name_of(view.state, node)
    if name is None:
        return False
    life = view.state.nodes.get(name)
    if life is not None and life.status in OVER:
        return True
    heard = view.state.listening.get(name)
    if heard is None or REPORTS not in heard.seen:
        return False
    return name in view.ears.attached or died(view, name)


def missed_of(view: View, node: int, one: Course) -> Origin | None:
    """The gap in the log of the node with an id in which it may have told of a report: one behind the report's making.
    Where nobody read who made it, that may have been before any gap.
    """
    gap = missed(view, name_of(view.state, node) or "")
    return None if gap is None or (one.makers and gap.seq < one.created.seq) else gap


def tells_of(view: View, node: int, one: Course) -> bool:
    """Whether what the node with an id has not said of a report, it has not done: as `tells`, and no part of its log is
    missing since the report was made (R15).
    """
    return tells(view, node) and missed_of(view, node, one) is None


def anybody_tells(view: View) -> bool:
    """Whether any log is read that shows what workers do: where none is, what is counted may have grown unseen."""
    return any(REPORTS in heard.seen and name in view.ears.attached for name, heard in ordered(view.state.listening))


def _untold(view: View, report: str) -> list[int]:
    """Nodes that may have judged the furthest report of a name without our knowing."""
    here = boundary(view, report)
    active = known(view, originator_of(report)).active
    if here is None or active is None:
        return []
    return [node for node in here.best.unjudged(active.nodes) if not tells_of(view, node, here.best)]


def _tellers(view: View, report: str) -> list[str]:
    active = known(view, originator_of(report)).active
    return [] if active is None else [*[called(view.state, one) for one in active.nodes], *active.unnumbered]


def _why(view: View, report: str) -> str | None:
    """Why it cannot be told how a report stands."""
    here = boundary(view, report)
    best = None if here is None else here.best
    found = [f"{called(view.state, one)} ({doing(view, one, best)})" for one in _untold(view, report)]
    if not found:
        return None
    return f"whether it has been attested by {', '.join(found[:NAMES_SHOWN])} cannot be told"


OWN = (
    Reads("registry", ("own",), anywhere=True),
    Reads("identities", anywhere=True),
)
"""Which node an id stands for. What its function follows is how the reports stand: most lines change nothing of it."""
SETTLING = (Reads("reports", ("reports",), keyed=originator_of),)
"""Who has tried to settle a report since a gap."""
MISSED = Reads("listening", ("missed",), anywhere=True)
HEARD = (Reads("listening", ("seen",), anywhere=True), MISSED, Reads("source", anywhere=True))
TOLD_READS = (*OWN, *HEARD, Reads("nodes", ("status", "started"), anywhere=True))
"""What is read to know whether somebody may have said something unseen, beside who of those that are not heard any more
have died."""


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


TOLD: dict[str, Any] = {
    "follows": ("reports_at", "the_dead"),
    "takes": (Kind.REPORT,),
    "needs": NEEDS,
    "told_by": _tellers,
    "why": _why,
    "evidence": _lines,
}
"""A function of a report that asks whose logs are heard."""
FACT: dict[str, Any] = {
    "follows": ("reports_at",),
    "takes": (Kind.REPORT,),
    "needs": NEEDS,
    "told_by": _tellers,
    "evidence": _lines,
}
"""A function of a report that tells only what lines say, whoever else is heard."""


# --- which reports there are -------------------------------------------------------------------------

_STANDING = ("reports", "chain", "generation")
"""What of an originator tells how its reports stand."""


@measures(
    Kind.LIST,
    Reads("reports", _STANDING, keyed=originator_of),
    # Who counts may be whoever has been seen: also the originators of other reports.
    Reads("reports", (PRESENCE,), anywhere=True),
    Reads("registry", ("active", "active_said", "known", "own"), anywhere=True),
    Reads("identities", anywhere=True),
    takes=(Kind.REPORT,),
    needs=NEEDS,
)
def reports_at(view: View, report: str) -> tuple[Boundary, Active | None] | None:
    """All reports of one name, and who counts for them."""
    mine = known(view, originator_of(report))
    here = mine.boundaries.get(start_of(report))
    return None if here is None else (here, mine.active)


@members(REPORT)
@measures(
    Kind.LIST,
    Reads("reports", _STANDING, anywhere=True),
    Reads("registry", ("active", "active_said", "known", "own"), anywhere=True),
    Reads("identities", anywhere=True),
    needs=NEEDS,
)
def open_reports(view: View) -> tuple[str, ...]:
    """Reports of which something is still to come: the chain has not taken them, or has not settled them. Each is named
    `ORIGINATOR:START`.
    """
    found: list[str] = []
    for originator, _mine in ordered(view.state.reports):
        boundaries = known(view, originator).boundaries
        found += view.kept(("open", originator), (boundaries,), partial(_open, originator, boundaries))
    return tuple(found)


def _open(originator: int, boundaries: dict[int, Boundary]) -> list[str]:
    return [f"{originator}:{start}" for start, here in ordered(boundaries) if here.open]


@members(ORIGINATOR)
@measures(Kind.LIST, Reads("reports", (PRESENCE,), anywhere=True), needs=NEEDS)
def reported(view: View) -> tuple[str, ...]:
    """Originators that any report is about."""
    return tuple([str(originator) for originator, _mine in ordered(view.state.reports)])


# --- how far one has come ----------------------------------------------------------------------------


@measures(Kind.TEXT, *OWN, **FACT)
def stage(view: View, report: str) -> str | None:
    """How far the report has come, by the lines there are: created, attested, submitted, settled or rejected."""
    here = boundary(view, report)
    return None if here is None else here.best.stage.value


def _short(view: View, report: str) -> str | None:
    """How many are there, how many are needed, and who is missing."""
    here = boundary(view, report)
    active = None if here is None else known(view, here.originator).active
    if here is None or active is None:
        return None
    absent = [node for node in active.nodes if node not in here.best.attested]
    said = ", ".join([f"{called(view.state, node)} ({doing(view, node, here.best)})" for node in absent[:NAMES_SHOWN]])
    return f"attested by {len(here.best.attested)} of {active.n}, quorum {active.quorum}; missing: {said or 'nobody'}"


@measures(Kind.TRUTH, *TOLD_READS, detail=_short, **TOLD)
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


@measures(Kind.TRUTH, *TOLD_READS, **TOLD)
def awaited(view: View, report: str) -> bool | None:
    """Whether the chain has yet to take a report that starts there, also where all have given up the last one. Unknown
    where a node may have submitted one unseen.
    """
    here = boundary(view, report)
    if here is None:
        return None
    if not here.open or here.best.stage is Stage.SUBMITTED:
        return False
    if quorate.compute(view, report) is False:
        return True
    active = known(view, here.originator).active
    if active is None or active.unnumbered or not all(tells_of(view, node, here.best) for node in active.nodes):
        return None
    return True


@measures(Kind.TRUTH, *TOLD_READS, *SETTLING, Reads("reports", ("chain",), keyed=originator_of), **TOLD)
def unsettled(view: View, report: str) -> bool | None:
    """Whether the report is on the chain and not settled. Unknown where the chain settled one of which no line tells
    which it is, or where nobody is heard who would say that it was.
    """
    here = boundary(view, report)
    if here is None:
        return None
    if here.best.stage is not Stage.SUBMITTED:
        return False
    if here.best.place is None and _settled_unplaced(view, here):
        return None
    return True if anybody_tells(view) and not settled_unread(view, here) else None


def settled_unread(view: View, here: Boundary) -> bool:
    """Whether somebody may have told in a gap that a report on the chain is settled, or how much of it. Who has tried
    since to settle it, and has not, tells that it is not.
    """
    gaps = [(name, heard.missed) for name, heard in ordered(view.state.listening) if heard.missed is not None]
    if not gaps:
        return False
    kept = view.state.reports[here.originator].reports[here.best.id]
    last: dict[str, int] = {}
    for (name, _worker), part in ordered(kept.parts):
        lines = [part.remaining_since, *_last_of(part.settling)]
        last[name] = max([0, *[line.seq for line in lines if line is not None]])
    return any(gap.seq > max(here.best.since.seq, last.get(name, 0)) for name, gap in gaps)


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
    """For how long reports that start there have had a quorum: since the first of those that succeed each other and
    each had its own before the next was made. It has not begun where the latest has none.
    """
    here = boundary(view, report)
    if here is None:
        return None
    active = known(view, here.originator).active
    if active is None:
        return None
    since = following = NEVER
    for one in reversed(here.courses):
        times = one.attested_at
        reached = times[active.quorum - 1] if len(times) >= active.quorum else None
        if reached is None or reached > following:
            break
        since, following = min(since, reached), one.created.at
        if reached - one.created.at > PROMPT:
            # Until then there was none.
            break
    return since


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
    found = counting(view, report)
    return None if found is None else found.n


@measures(Kind.NUMBER, *OWN, **FACT)
def quorum(view: View, report: str) -> int | None:
    """How many of them must attest it: half and one more."""
    found = counting(view, report)
    return None if found is None else found.quorum


@measures(Kind.TRUTH, *OWN, **FACT)
def settled_in_part(view: View, report: str) -> bool | None:
    """Whether lines say that a part of the report is settled, and that another one is left."""
    here = boundary(view, report)
    return None if here is None else bool(here.best.remaining) and here.best.stage is Stage.SUBMITTED


@measures(Kind.NUMBER, *OWN, *SETTLING, MISSED, **FACT)
def remaining(view: View, report: str) -> int | None:
    """How many of its leaves are left to settle."""
    here = boundary(view, report)
    if here is None or (here.best.stage is Stage.SUBMITTED and settled_unread(view, here)):
        return None
    return here.best.remaining
