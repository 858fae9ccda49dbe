"""Payer reports in words, as alerts tell of them: who is missing and what each of those nodes is doing."""

from __future__ import annotations

from datetime import UTC, datetime

from state.ordered import ordered
from state.quorums import called
from waits.durations import NS
from waits.functions import Reads, View, measures
from waits.library.doing import READS as DOING
from waits.library.doing import doing
from waits.library.report_troubles import latest
from waits.library.reports import FACT, NAMES_SHOWN, OWN, boundary, counting
from waits.terms import Kind

DIGITS = 8
"""Of a report's id."""


@measures(Kind.TEXT, *OWN, *DOING, **FACT)
def missing(view: View, report: str) -> str | None:
    """The nodes that count and have not attested the report, and what each of them is doing."""
    here, found = boundary(view, report), counting(view, report)
    if here is None or found is None:
        return None
    absent = [node for node in found.nodes if node not in here.best.attested]
    said = [f"{called(view.state, node)} ({doing(view, node, here.best)})" for node in absent]
    said += [f"{name} (its id is not known)" for name in found.unnumbered]
    return _listed(said)


@measures(Kind.TEXT, *OWN, Reads("identities", anywhere=True), **FACT)
def attesters(view: View, report: str) -> str | None:
    """The nodes that attested the report."""
    here = boundary(view, report)
    return None if here is None else _listed([called(view.state, node) for node in here.best.attested])


@measures(Kind.TEXT, *OWN, Reads("identities", anywhere=True), **FACT)
def refusers(view: View, report: str) -> str | None:
    """The nodes that refused a report that starts there, and why."""
    here = boundary(view, report)
    if here is None:
        return None
    said = {f"{called(view.state, node)} ({reason})" for one in here.courses for node, reason in one.refused}
    return _listed(ordered(said))


@measures(Kind.TEXT, *OWN, Reads("identities", anywhere=True), **FACT)
def sides(view: View, report: str) -> str | None:
    """Who attested and who refused the latest report that starts there and that nodes disagree on."""
    here = boundary(view, report)
    found = [] if here is None else [one for one in here.courses if one.attested and one.refused]
    if not found:
        return None
    one = found[-1]
    for_it = _listed([called(view.state, node) for node in one.attested])
    against = _listed([f"{called(view.state, node)} ({reason})" for node, reason in one.refused])
    return f"{one.id[:DIGITS]} is attested by {for_it}, refused by {against}"


@measures(Kind.TEXT, *OWN, **FACT)
def counted_by(view: View, report: str) -> str | None:
    """Where it is known from which nodes count."""
    found = counting(view, report)
    return None if found is None else found.basis.value


@measures(Kind.TEXT, *OWN, **FACT)
def report_id(view: View, report: str) -> str | None:
    """The beginning of the id of the report that has come furthest, and how many others start there."""
    here = boundary(view, report)
    if here is None:
        return None
    others = len(here.courses) - 1
    return here.best.id[:DIGITS] + (f" and {others} other{'s' if others > 1 else ''}" if others else "")


@measures(Kind.NUMBER, *OWN, **FACT)
def last_sequence(view: View, report: str) -> int | None:
    """The last envelope of its range."""
    here = boundary(view, report)
    return None if here is None else here.best.end


@measures(Kind.TEXT, *OWN, **FACT)
def made_at(view: View, report: str) -> str | None:
    """When the first report that starts there was made, in UTC."""
    here = boundary(view, report)
    return None if here is None else f"{datetime.fromtimestamp(here.since.at // NS, UTC):%Y-%m-%dT%H:%M:%SZ}"


@measures(Kind.TEXT, *OWN, Reads("identities", anywhere=True), **FACT)
def submit_error(view: View, report: str) -> str | None:
    """What was said last of why submitting failed, and by whom."""
    here = boundary(view, report)
    if here is None:
        return None
    found = [one for course in here.courses for one in course.submitting]
    return latest(view, [(one.node, one.trouble) for one in found])


@measures(Kind.TEXT, *OWN, Reads("identities", anywhere=True), **FACT)
def settle_error(view: View, report: str) -> str | None:
    """What was said last of why settling failed, and by whom."""
    here = boundary(view, report)
    if here is None:
        return None
    found = [(one.node, one.trouble) for one in here.best.settling]
    inconsistent = "nothing is left to settle, and the chain does not call it settled"
    return inconsistent if not found and here.best.inconsistent else latest(view, found)


def _listed(said: list[str]) -> str:
    more = f" and {len(said) - NAMES_SHOWN} more" if len(said) > NAMES_SHOWN else ""
    return ", ".join(said[:NAMES_SHOWN]) + more or "nobody"
