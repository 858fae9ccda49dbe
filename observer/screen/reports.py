"""Payer reports in progress, by stage: how many, the oldest, and who is missing.

What is read off an originator's lines is kept until one of them changes: after hours there are many reports, and most
of them have long been settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from observer.reported import last_settled
from observer.screen.view import Said, StageView
from observer.wording import short_id
from state.ordered import ordered
from state.quorums import Active, called
from state.report_views import (
    PENDING,
    SUPERSEDED,
    Boundary,
    Course,
    Stage,
    boundaries_of,
    chain_of,
    courses_of,
)
from state.reports import Originator
from state.snapshot import NetworkState

WORDS = {
    Stage.CREATED: "made",
    Stage.ATTESTED: "attested by the first",
    Stage.SUBMITTED: "on the chain",
    Stage.SETTLED: "settled",
}
ORDER = (Stage.CREATED, Stage.ATTESTED, Stage.SUBMITTED, Stage.REJECTED)


class _Standing(NamedTuple):
    """One originator."""

    mine: Originator
    active: Active | None
    open: tuple[Boundary, ...]
    settled: tuple[str, int] | None
    """The report that was settled last, and when."""
    come: dict[str, tuple[str, int]]
    """How far each report has come, and when it came there; by its id."""


class Reports:
    """Reads the stages of one network's reports."""

    def __init__(self) -> None:
        """Nothing has been read."""
        self._known: dict[int, _Standing] = {}

    def news(self, state: NetworkState, active: Active | None) -> list[Said]:
        """What has come further since this was asked last; of an originator that was never met, nothing."""
        found = []
        for number, mine in ordered(state.reports):
            before = self._known.get(number)
            now = self._standing(number, mine, active)
            if before is None or before is now:
                continue
            for report, (how, at) in now.come.items():
                was = before.come.get(report)
                if was is None or was[0] != how:
                    tone = "bad" if how.startswith("rejected") and not how.endswith(SUPERSEDED) else ""
                    found.append(Said(at, "report", f"report {short_id(report)} of originator {number}: {how}", tone))
        return sorted(found, key=lambda one: one.at)

    def stages(self, state: NetworkState, active: Active | None) -> tuple[StageView, ...]:
        """Each stage at which something stands, the earliest first; what is settled last."""
        standings = [self._standing(number, mine, active) for number, mine in ordered(state.reports)]
        every = [boundary for one in standings for boundary in one.open]
        found = []
        for stage in ORDER:
            here = [one for one in every if one.best.stage is stage]
            if here:
                found.append(_stage(state, stage, here, active))
        settled = [one.settled for one in standings if one.settled is not None]
        if settled:
            report, at = max(settled, key=lambda one: one[1])
            found.append(StageView(Stage.SETTLED.value, len(settled), at, report, 0, None, None, ()))
        return tuple(found)

    def _standing(self, number: int, mine: Originator, active: Active | None) -> _Standing:
        known = self._known.get(number)
        if known is None or known.mine is not mine or known.active != active:
            courses = courses_of(number, mine, active)
            settled = last_settled(chain_of(mine), courses)
            last = None
            if settled is not None and settled[1] is not None:
                last = (f"{number} through {settled[0]}", settled[1].at)
            open_ = tuple([one for one in boundaries_of(courses) if one.open])
            come = {one.id: _come(one, active) for one in courses}
            known = self._known[number] = _Standing(mine, active, open_, last, come)
        return known


def _come(one: Course, active: Active | None) -> tuple[str, int]:
    """How far a report has come, in words, and when it came there."""
    if one.stage is Stage.REJECTED:
        return f"rejected, {one.why}", one.since.at
    if one.stage is not Stage.ATTESTED or active is None:
        return WORDS[one.stage], one.since.at
    count = len([node for node in one.attested if node in active.nodes])
    if count < active.quorum:
        return WORDS[one.stage], one.since.at
    return f"has its quorum of {active.quorum} of {active.n}", one.since.at


def _stage(state: NetworkState, stage: Stage, here: Sequence[Boundary], active: Active | None) -> StageView:
    oldest = min(here, key=lambda one: (one.since.at, one.since.seq))
    times: dict[int, int] = {}
    for one in here if active is not None and stage in PENDING else ():
        for number in one.best.unjudged(() if active is None else active.nodes):
            times[number] = times.get(number, 0) + 1
    missing = sorted(times, key=lambda number: (-times[number], number))
    return StageView(
        stage.value,
        len(here),
        oldest.since.at,
        f"{oldest.originator}:{oldest.start}",
        len(oldest.best.attested),
        None if active is None else active.n,
        None if active is None else active.quorum,
        tuple([called(state, number) for number in missing]),
    )
