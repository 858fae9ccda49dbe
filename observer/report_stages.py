"""The stages of payer reports as they are reached, told once for each report and not once for each node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from observer.changes import Change
from observer.reported import names_of
from observer.wording import envelopes, short_id
from replay.folding import Step
from state.events import Event
from state.quorums import Active, active_nodes, called
from state.report_events import (
    ChainReportSettled,
    ChainReportSubmitted,
    ReportExpired,
    ReportGenerated,
    ReportJudged,
    ReportSettled,
    ReportSettling,
    ReportSubmitted,
    SettlingFailed,
    SubmissionRejected,
    SubmittingFailed,
)
from state.report_views import (
    Course,
    Stage,
    courses_of,
)
from state.snapshot import NetworkState

MOVING: tuple[type[Event], ...] = (
    ReportGenerated,
    ReportJudged,
    ReportSubmitted,
    SubmissionRejected,
    ReportExpired,
    ReportSettling,
    ReportSettled,
    ChainReportSubmitted,
    ChainReportSettled,
)
"""Events that can bring a report on."""
_FAILING: dict[type[Event], str] = {SubmittingFailed: "submitted", SettlingFailed: "settled"}
TEXT_SHOWN = 160
MADE, QUORUM, REFUSED, LOST, SUBMITTED, SETTLED, REJECTED, FAILING = (
    "report made",
    "report quorum",
    "report refused",
    "report lost",
    "report submitted",
    "report settled",
    "report rejected",
    "report failing",
)
_ENDS = (SUBMITTED, SETTLED, REJECTED)


class Stages:
    """Remembers what was told of each report."""

    def __init__(self, expected: Iterable[str] = ()) -> None:
        """`expected` are the inventory's nodes that count."""
        self._expected = tuple(expected)
        self._told: set[tuple[str, str]] = set()

    def after(self, step: Step) -> Iterator[Change]:
        """What an entry means for reports."""
        if step.before.reports is step.after.reports:
            return
        for event, _origin in step.said:
            if isinstance(event, MOVING):
                yield from self._moved(step.after, event.originator)  # type: ignore[attr-defined]
            elif isinstance(event, (SubmittingFailed, SettlingFailed)):
                yield from self._failed(step.after, event)

    def _moved(self, state: NetworkState, originator: int) -> Iterator[Change]:
        mine = state.reports.get(originator)
        if mine is None:
            return
        active = active_nodes(state, self._expected)
        for course in courses_of(originator, mine, active):
            for kind, text in _reached(state, course, active):
                if self._new(course.id, kind):
                    yield Change(kind, f"{_named(course)} {text}", _facts(state, course, active))

    def _failed(self, state: NetworkState, event: SubmittingFailed | SettlingFailed) -> Iterator[Change]:
        """The first time for each report."""
        what = _FAILING[type(event)]
        if self._new(event.report, f"{FAILING} {what}"):
            name = called(state, event.worker)
            text = f"report {short_id(event.report)} of originator {event.originator} cannot be {what}"
            facts = {"report": event.report, "originator": event.originator, "node": name, "error": event.error}
            yield Change(FAILING, f"{text} by {name}: {event.error[:TEXT_SHOWN]}", facts)

    def _new(self, report: str, kind: str) -> bool:
        """Whether that was not told yet; behind an end nothing that comes before it is told any more."""
        known = (report, kind) in self._told
        over = kind not in _ENDS and any((report, end) in self._told for end in _ENDS)
        self._told.add((report, kind))
        return not known and not over


def _named(course: Course) -> str:
    return f"report {short_id(course.id)} of originator {course.originator}"


def _reached(state: NetworkState, course: Course, active: Active | None) -> Iterator[tuple[str, str]]:
    """Everything that a report has reached, in order."""
    by = f" by {', '.join(names_of(state, course.makers))}" if course.makers else ", by whom no line tells"
    yield MADE, f"made{by}: {envelopes(course.start, course.end)}"
    if course.refused:
        node, reason = course.refused[0]
        yield REFUSED, f"refused by {called(state, node)}: {reason[:TEXT_SHOWN]}"
    if active is not None:
        count = len([node for node in course.attested if node in active.nodes])
        if count >= active.quorum:
            yield QUORUM, f"has its quorum: attested by {count} of {active.n}"
        refused = len([node for node, _reason in course.refused if node in active.nodes])
        if active.n - refused < active.quorum:
            yield LOST, f"can have no quorum: refused by {refused} of {active.n}"
    if course.stage in (Stage.SUBMITTED, Stage.SETTLED):
        yield SUBMITTED, "is on the chain"
    if course.stage is Stage.SETTLED:
        yield SETTLED, "is settled"
    if course.stage is Stage.REJECTED:
        yield REJECTED, f"is rejected: {course.why}"


def _facts(state: NetworkState, course: Course, active: Active | None) -> dict[str, Any]:
    return {
        "report": course.id,
        "originator": course.originator,
        "start": course.start,
        "end": course.end,
        "stage": course.stage.value,
        "attested": names_of(state, course.attested),
        "refused": {called(state, node): reason for node, reason in course.refused},
        "active": None if active is None else active.n,
        "quorum": None if active is None else active.quorum,
    }
