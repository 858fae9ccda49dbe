"""What is wrong with a payer report: who is late with it, who disagrees, and what fails at it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from state.ordered import ordered
from state.quorums import called, name_of
from state.views import is_over
from waits.functions import Reads, View, measures, shorthand
from waits.library.ages import NEVER
from waits.library.replication import STANDS_AFTER, standing_for, standings, unsure
from waits.library.reports import (
    FACT,
    HEARD,
    MISSED,
    NEEDS,
    OWN,
    TOLD,
    TOLD_READS,
    anybody_tells,
    boundary,
    counting,
    known,
    missed_of,
    number,
    originator_of,
    tells,
)
from waits.terms import Kind, Term

if TYPE_CHECKING:
    from state.origin import Origin
    from state.report_views import Course
    from state.trouble import Trouble


@measures(Kind.TRUTH, *OWN, **FACT)
def split(view: View, report: str) -> bool | None:
    """Whether one and the same report that starts there was attested by some and refused by others."""
    here = boundary(view, report)
    return None if here is None else any(one.attested and one.refused for one in here.courses)


@measures(Kind.NUMBER, *OWN, MISSED, **FACT)
def conflicts(view: View, report: str) -> int | None:
    """How many reports that start there were refused by another node and attested by nobody but their maker (#1810).
    Unknown where another one may have attested one of them in a part of its log that is missing.
    """
    here, found = boundary(view, report), counting(view, report)
    if here is None:
        return None
    known_ = [one for one in here.courses if _in_conflict(one)]
    nodes = () if found is None else found.nodes
    if any(missed_of(view, node, one) is not None for one in known_ for node in one.unjudged(nodes)):
        return None
    return len(known_)


def _in_conflict(one: Course) -> bool:
    others = {node for node, _reason in one.refused} - set(one.makers)
    return bool(others) and set(one.attested) <= set(one.makers)


@measures(Kind.AGE, *OWN, **FACT)
def short_for(view: View, report: str) -> int | None:
    """How long ago the first report was made that starts there, behind the last of them that had its quorum: what came
    after that has waited for one of its own.
    """
    here, found = boundary(view, report), counting(view, report)
    if here is None or found is None:
        return None
    since = here.since.at
    for one, following in pairwise(here.courses):
        if len(one.attested) >= found.quorum:
            since = following.created.at
    return since


@measures(Kind.NUMBER, *TOLD_READS, **TOLD)
def late_attesters(view: View, report: str) -> int | None:
    """How many nodes that count, and are up as their logs show, have judged the report neither way."""
    here = boundary(view, report)
    if here is None:
        return None
    found = known(view, here.originator).active
    unjudged = [] if found is None else here.best.unjudged(found.nodes)
    if found is None or any(_missed(view, node, here.best) for node in unjudged):
        return None
    return sum([_works(view, node) for node in unjudged])


def _missed(view: View, node: int, one: Course) -> bool:
    """Whether a node that is up may have judged a report in a part of its log that is missing."""
    return _works(view, node) and missed_of(view, node, one) is not None


def _works(view: View, node: int) -> bool:
    name = name_of(view.state, node) or ""
    return name in view.ears.attached and tells(view, node) and not is_over(view.state, name)


@measures(Kind.AGE, *TOLD_READS, Reads("nodes", ("status_since",), anywhere=True), **TOLD)
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
    works = [node for node in here.best.unjudged(found.nodes) if _works(view, node)]
    since = [_up_since(view, node) for node in works if not _missed(view, node, here.best)]
    if not since and works:
        return None
    return max(min(since, default=NEVER), here.best.created.at)


@measures(Kind.AGE, *TOLD_READS, Reads("streams", ("peers",), anywhere=True, aspect=standings), **TOLD)
def out_for(view: View, report: str) -> int | None:
    """For how long a report that starts there could have got out: since the first was made where another node than the
    latest one's maker has that, else while any node that is up reads from its maker. It has not begun where each of
    those has lost it.
    """
    here = boundary(view, report)
    if here is None:
        return None
    best = here.best
    made = here.since.at
    if not best.makers or set(best.held) - set(best.makers):
        return made
    readers = [
        (stream, name_of(view.state, peer) or "")
        for node, mine in ordered(view.state.streams)
        for peer, stream in ordered(mine.peers)
        if peer in best.makers and node in view.ears.attached and not is_over(view.state, node)
    ]
    since = min([standing_for(stream) for stream, peer in readers if not unsure(view, stream, peer)], default=None)
    if since != 0 and any(unsure(view, stream, peer) for stream, peer in readers):
        return None
    return max(made, made if since is None else since)


@shorthand(Kind.REPORT)
def unsent(report: Term) -> Term:
    """Whether nobody but its maker has the report, and no node that is up can read from there."""
    return ~(out_for(report) >= STANDS_AFTER)


def _up_since(view: View, node: int) -> int:
    life = view.state.nodes.get(name_of(view.state, node) or "")
    return 0 if life is None or life.status_since is None else life.status_since.at


@measures(Kind.NUMBER, *OWN, *HEARD, **FACT)
def submit_failures(view: View, report: str) -> int | None:
    """How often submitting a report that starts there failed. Unknown, as all such counts, while nobody is heard."""
    here = boundary(view, report)
    if here is None or not anybody_tells(view):
        return None
    return sum([one.trouble.count for course in here.courses for one in course.submitting])


@measures(Kind.NUMBER, *OWN, *HEARD, **FACT)
def settle_failures(view: View, report: str) -> int | None:
    """How often settling the report failed, or found nothing to settle although it is not settled."""
    here = boundary(view, report)
    if here is None or not anybody_tells(view):
        return None
    failed = sum([one.trouble.count for one in here.best.settling])
    return max(failed, here.best.inconsistent)


@measures(Kind.NUMBER, Reads("reports", ("generation",), keyed=originator_of), *OWN, *HEARD, **FACT)
def blocked_rounds(view: View, report: str) -> int | None:
    """How many rounds of one generator without a break found reports pending there, and made none. Unknown where a gap
    in a log may hide a break, until the next round.
    """
    here = boundary(view, report)
    if here is None or not anybody_tells(view):
        return None
    mine = view.state.reports[here.originator]
    if any(one.unsure for _speaker, one in ordered(mine.generation)):
        return None
    rounds = [one.blocked for _speaker, one in ordered(mine.generation) if one.boundary == here.start]
    return max(rounds, default=0)


# --- what keeps reports from being made --------------------------------------------------------------


def _erring(view: View, originator: str) -> list[tuple[int, Trouble]]:
    mine = view.state.reports.get(number(originator))
    found = ordered(mine.generation) if mine is not None else []
    return [(worker, one.failing) for (_name, worker), one in found if one.failing is not None]


def _erred(view: View, originator: str) -> list[Origin | None]:
    return [one.last for _worker, one in _erring(view, originator)]


@measures(
    Kind.NUMBER,
    Reads("reports", ("generation",), keyed=number),
    *HEARD,
    takes=(Kind.ORIGINATOR,),
    needs=NEEDS,
    evidence=_erred,
)
def generation_failures(view: View, originator: str) -> int | None:
    """How often a generator of any node failed at the originator's reports."""
    if number(originator) not in view.state.reports or not anybody_tells(view):
        return None
    return sum([one.count for _worker, one in _erring(view, originator)])


@measures(
    Kind.TEXT,
    Reads("reports", ("generation",), keyed=number),
    Reads("identities", anywhere=True),
    *HEARD,
    takes=(Kind.ORIGINATOR,),
    needs=NEEDS,
    evidence=_erred,
)
def generation_error(view: View, originator: str) -> str | None:
    """What was said last of why, and by whom."""
    unknown = number(originator) not in view.state.reports or not anybody_tells(view)
    return None if unknown else latest(view, _erring(view, originator))


def latest(view: View, found: list[tuple[int, Trouble]]) -> str:
    """Of troubles of nodes, each by its id, what was said last, and by whom."""
    if not found:
        return "no error was logged"
    node, trouble = max(found, key=lambda one: (one[1].last.at, one[1].last.seq))
    return f"{called(view.state, node)}: {trouble.text}"
