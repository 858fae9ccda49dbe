"""Payer reports at one minute: what the snapshot shows of each, against the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.accuracy.agreement import Tally, Wrong
from benchmarks.accuracy.xmtpd.told import CLOCK_AHEAD, RECEIVED, Told
from state.quorums import Active, active_nodes
from state.report_views import (
    Course,
    courses_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.accuracy.xmtpd.told import Lines
    from benchmarks.accuracy.xmtpd.truth import Report, Stage
    from state.reports import Originator
    from state.snapshot import NetworkState

STAGE = "stages"
JUDGED = "judgements"
STATUS = "statuses by node"
REMAINING = "leaves left"
ACTIVE = "who counts"
NONE = "-"
GAP = "a part of the node's log is missing"


class Reports:
    """Compares the reports of one run, minute by minute."""

    def __init__(self, run: str, lines: Lines, names: dict[int, str], tally: Tally) -> None:
        """`names` are those of the nodes in the journal."""
        self._run = run
        self._lines = lines
        self._truth = lines.truth
        self._names = names
        self._tally = tally
        self._views: dict[int, tuple[Originator, Active | None, dict[str, Course]]] = {}
        self._at = 0

    def compare(self, state: NetworkState, at: int) -> None:
        """The snapshot of an instant."""
        self._at = at
        active = active_nodes(state, self._names.values())
        self._who_counts(active)
        views = {number: self._view(number, mine, active) for number, mine in state.reports.items()}
        for report in self._truth.reports.values():
            true = report.stage(at)
            if true is not None:
                mine = state.reports.get(report.originator)
                self._report(report, true, views.get(report.originator, {}).get(report.id), mine)
        for number, view in sorted(views.items()):
            for name in sorted(view):
                known = self._truth.reports.get(name)
                if known is None or known.originator != number or known.created > at:
                    self._wrong(STAGE, f"report {name[:8]} of {number}", "is there", "is not")

    def _view(self, number: int, mine: Originator, active: Active | None) -> dict[str, Course]:
        kept = self._views.get(number)
        if kept is None or kept[0] is not mine or kept[1] != active:
            kept = (mine, active, {one.id: one for one in courses_of(number, mine, active)})
            self._views[number] = kept
        return kept[2]

    def _who_counts(self, active: Active | None) -> None:
        if active is None or active.unnumbered or active.nodes != self._truth.nodes:
            shown = NONE if active is None else f"{list(active.nodes)} {active.basis.value}"
            started = all(self._truth.phases[node] for node in self._truth.nodes)
            if started and self._at > self._truth.start:
                self._wrong(ACTIVE, "network", shown, str(list(self._truth.nodes)))
            return
        self._tally.agrees(ACTIVE)

    # --- one report ----------------------------------------------------------------------------------

    def _report(self, report: Report, true: Stage, course: Course | None, mine: Originator | None) -> None:
        about = f"report {report.id[:8]} {report.originator}:{report.start}"
        if course is None:
            self._absent(STAGE, about, self._lines.existence(report), true.name)
            return
        if (course.originator, course.start, course.end) != (report.originator, report.start, report.end):
            self._wrong(STAGE, about, f"range {course.start}..{course.end}", f"range {report.start}..{report.end}")
        self._stage(about, report, true, course)
        self._remaining(about, report, true, course)
        refused = dict(course.refused)
        for node in self._truth.nodes:
            self._judgement(f"{about} node {node}", report, node, self._shown(node, course, refused))
            if mine is not None:
                self._status(f"{about} node {node}", report, node, mine, course)

    def _stage(self, about: str, report: Report, true: Stage, course: Course) -> None:
        shown = course.stage.value
        if shown == true.name and (shown != "rejected" or self._is_why(report, course.why, true)):
            self._tally.agrees(STAGE)
            return
        first = next(one for one in report.stages if (one.name, one.why) == (true.name, true.why))
        earlier = {one.name for one in report.stages if one.at <= self._at}
        why, wrong_why = (f" ({one})" if one else "" for one in (true.why, course.why))
        told = self._lines.stage(report, first)
        self._absent(STAGE, about, told, true.name + why, shown + wrong_why, behind=shown in earlier)

    def _is_why(self, report: Report, why: str, true: Stage) -> bool:
        """The truth keeps the first reason. What all gave up is superseded as well once the chain has gone on."""
        on_chain = [
            one.reached("submitted")
            for one in self._truth.reports.values()
            if one.originator == report.originator and one.end > report.start
        ]
        return why == true.why or (why == "superseded" and min(on_chain) <= self._at)

    def _remaining(self, about: str, report: Report, true: Stage, course: Course) -> None:
        if course.remaining == true.remaining:
            self._tally.agrees(REMAINING)
            return
        told = self._lines.remaining(report, true) if true.remaining is not None else Told(0)
        earlier = {one.remaining for one in report.stages if one.at <= self._at}
        behind = course.remaining in earlier
        self._absent(REMAINING, about, told, str(true.remaining), str(course.remaining), behind=behind)

    def _shown(self, node: int, course: Course, refused: dict[int, str]) -> str:
        if node in course.attested:
            return "attested" if node not in refused else f"attested and refused: {refused[node]}"
        return f"refused: {refused[node]}" if node in refused else NONE

    def _judgement(self, about: str, report: Report, node: int, shown: str) -> None:
        one = report.judgements.get(node)
        true = NONE
        if one is not None and one.at <= self._at:
            true = "attested" if one.valid else f"refused: {one.reason}"
        if shown == true:
            self._tally.agrees(JUDGED)
        elif true == NONE:
            self._wrong(JUDGED, about, shown, true)
        else:
            self._absent(JUDGED, about, self._lines.judgement(report, node), true, shown, behind=shown == NONE)

    def _status(self, about: str, report: Report, node: int, mine: Originator, course: Course) -> None:
        """What a node's database says, where any line of that node has named the report."""
        true = report.status(node, self._at)
        known = mine.reports.get(report.id)
        part = None if known is None else known.parts.get((self._names[node], node))
        if true is None:
            if part is not None:
                self._wrong(STATUS, about, part.submission.value, "the node has no such report")
            return
        changes = [one for one in report.statuses[node] if one.at <= self._at]
        if part is None and node in course.given_up and true.submission == "rejected":
            self._tally.agrees(STATUS)
            return
        if part is None:
            told = self._told(node, changes)
            verdict = report.judgements.get(node)
            if verdict is not None and verdict.at <= self._at:
                told = min(told, self._lines.judgement(report, node), key=lambda one: one.at)
            self._absent(STATUS, about, told, true.submission)
            return
        if part.unsure:
            self._tally.hidden(STATUS, GAP)
            return
        shown = part.submission.value
        if shown == true.submission:
            self._tally.agrees(STATUS)
            return
        last = changes[-1]
        since = max((place for place, one in enumerate(changes) if self._is_told(node, one)), default=0)
        behind = shown in {one.submission for one in changes[since:]} or (since == 0 and shown == "pending")
        self._absent(STATUS, about, self._lines.status(node, last), true.submission, shown, behind=behind)

    def _is_told(self, node: int, status: object) -> bool:
        return self._lines.status(node, status).at <= self._at  # type: ignore[arg-type]

    def _told(self, node: int, changes: Iterable[object]) -> Told:
        told = [self._lines.status(node, one) for one in changes]  # type: ignore[arg-type]
        return min(told, key=lambda one: one.at, default=Told(0, RECEIVED))

    def _absent(  # noqa: PLR0913 - what is shown, what is true, and why the one is not the other
        self, subject: str, about: str, told: Told, true: str, shown: str = NONE, *, behind: bool = True
    ) -> None:
        """What is true is not shown. That is right where nothing tells it yet, and what is shown was true before."""
        if told.at > self._at and behind:
            self._tally.hidden(subject, told.why or CLOCK_AHEAD)
        else:
            self._wrong(subject, about, shown, true)

    def _wrong(self, subject: str, about: str, shown: str, true: str) -> None:
        minute = (self._at - self._truth.start) // (60 * 10**9)
        self._tally.contradicts(Wrong(self._run, subject, about, shown, true), minute)
