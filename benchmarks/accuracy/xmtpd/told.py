"""What the logs of a level tell of the truth, and from when on: by the catalogue of statements, not by the parsers.

A fact that is told must be shown; one that is not may be missing, and only missing.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from benchmarks.accuracy.xmtpd.truth import FOREVER, MS, SECOND, Fault, Report, Stage, Status, Truth

LOG_LOST = "the line was lost with its log"
NOT_IMPORTED = "the log was not imported"
EXPIRY = "expiry is logged at DEBUG only"
INDEXER = "the indexer says at DEBUG only that it set the status"
BY_INDEX = "the indexer's line names an index and no report"
RECEIVED = "no line says which report came in a stream"
CLOCK_AHEAD = "the node's clock was ahead, so its lines stand later"
LOOK = 2 * SECOND
"""chain-watcher looks once a second."""


class Told(NamedTuple):
    """From when on something is told; or why it is not, or not before."""

    at: int
    why: str = ""


class Lines:
    """Which lines of a run there are."""

    def __init__(self, truth: Truth, *, watchers: bool = False, missing: frozenset[int] = frozenset()) -> None:
        """`missing` are the nodes whose logs are not imported."""
        self.truth = truth
        self.debug = truth.level == "debug"
        self._watchers = watchers
        self._missing = missing
        self._told: dict[tuple[str, int], Told] = {}

    def of(self, node: int, at: int) -> Told:
        """A line that a node wrote at an instant, at INFO or above."""
        if node in self._missing:
            return Told(FOREVER, NOT_IMPORTED)
        if self.truth.under("log-loss", node, at):
            return Told(FOREVER, LOG_LOST)
        ahead = self.skew_of(node, at)
        return Told(at + ahead, CLOCK_AHEAD) if ahead else Told(at)

    def skew_of(self, node: int, at: int) -> int:
        """By how much the node's lines may stand later. Import takes a clock that is set back for the one that was
        wrong, and keeps the node's later lines as far behind.
        """
        begun = any(one.since <= at for one in self._skewed.get(node, ()))
        return int(self.truth.settings["skew"]) * MS if begun else 0

    @cached_property
    def _skewed(self) -> dict[int, list[Fault]]:
        return {node: list(self.truth.of("clock-skew", node)) for node in self.truth.nodes}

    # --- reports -------------------------------------------------------------------------------------

    def existence(self, report: Report) -> Told:
        """That there is such a report."""
        made = self.of(report.maker, report.created)
        return self._earliest(made, [self.of(node, one.at) for node, one in report.judgements.items()])

    def judgement(self, report: Report, node: int) -> Told:
        """What a node thought of a report."""
        return self.of(node, report.judgements[node].at)

    def stage(self, report: Report, stage: Stage) -> Told:
        """That a report came to a stage."""
        key = (report.id, stage.at)
        if key not in self._told:
            self._told[key] = self._stage(report, stage)
        return self._told[key]

    def _stage(self, report: Report, stage: Stage) -> Told:
        if stage.name == "created":
            return self.existence(report)
        if stage.name == "attested":
            valid = [self.judgement(report, node) for node, one in sorted(report.judgements.items()) if one.valid]
            return self._earliest(valid[0], valid[1:])
        if stage.name in ("submitted", "settled"):
            return self._on_chain(report, stage)
        if stage.why == "superseded":
            return self._superseded(report, stage)
        return self._given_up(report, stage)

    def _on_chain(self, report: Report, stage: Stage) -> Told:
        """By the line of whoever did it, of those who found it done, of those who settled what was submitted."""
        workers = ("settlement worker",) if stage.name == "settled" else ("settlement worker", "submitter worker")
        others = [
            self.of(node, one.at)
            for node, statuses in sorted(report.statuses.items())
            for one in statuses
            if one.by in workers and one.submission in ("submitted", "settled")
        ]
        if self._watchers and self._alone(report) and stage.name == "submitted":
            others.append(Told(stage.at + LOOK))
        first = next(one for one in report.stages if one.name == stage.name)
        done = self.of(first.by if first.by is not None else report.maker, first.at)
        if stage.name == "submitted" and report.reached("settled") != FOREVER:
            settled = next(one for one in report.stages if one.name == "settled")
            others.append(self._on_chain(report, settled))
        return self._earliest(done, others)

    def remaining(self, report: Report, stage: Stage) -> Told:
        """How many leaves were left."""
        if stage.name == "settled":
            return self.stage(report, stage)
        return self.of(stage.by if stage.by is not None else report.maker, stage.at)

    def _superseded(self, report: Report, stage: Stage) -> Told:
        """By whatever tells that the chain has gone on behind its start."""
        told = [
            self.stage(other, reached)
            for other in self.truth.reports.values()
            if other.originator == report.originator and other.end > report.start and other.id != report.id
            for reached in other.stages
            if reached.name == "submitted"
        ]
        first = min(told, default=Told(FOREVER, LOG_LOST))
        return Told(max(first.at, stage.at), first.why)

    def _given_up(self, report: Report, stage: Stage) -> Told:
        """By the last node to give it up."""
        told = [
            self.status(node, one)
            for node, statuses in sorted(report.statuses.items())
            for one in statuses[-1:]
            if one.submission == "rejected"
        ]
        return max(told, default=Told(FOREVER, EXPIRY))

    def _alone(self, report: Report) -> bool:
        """Whether a range names the report."""
        same = (report.originator, report.start, report.end)
        return sum((one.originator, one.start, one.end) == same for one in self.truth.reports.values()) == 1

    # --- what a node's database says -----------------------------------------------------------------

    def status(self, node: int, status: Status) -> Told:
        """That a node's database says something new of a report."""
        if status.by == "sync":
            return Told(FOREVER, RECEIVED)
        if status.by == "indexer":
            return Told(FOREVER, BY_INDEX if status.submission == "settled" else INDEXER)
        if status.by == "expired" and not self.debug:
            return Told(FOREVER, EXPIRY)
        return self.of(node, status.at)

    def _earliest(self, first: Told, others: list[Told]) -> Told:
        best = min([first, *others], key=lambda one: one.at)
        return best if best.at < FOREVER else first
