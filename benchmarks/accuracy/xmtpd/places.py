"""Places on the chain, by the truth: all reports of an originator that start at one sequence id, of which the chain
takes one. What is stuck is stuck there, however many reports succeed each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from benchmarks.accuracy.xmtpd.truth import FOREVER, HOUR, MINUTE, SECOND, Report, Truth

ON_CHAIN = 3 * SECOND
"""What a transaction takes at most."""


def places(truth: Truth) -> list[Place]:
    """Every place of a run that waited: where the chain had gone on before the first report was made, nothing did."""
    found: dict[tuple[int, int], list[Report]] = {}
    for report in truth.reports.values():
        if report.stages[-1].why != "superseded" or report.stages[-1].at > report.created:
            found.setdefault((report.originator, report.start), []).append(report)
    return [Place(truth, originator, start, tuple(those)) for (originator, start), those in sorted(found.items())]


@dataclass
class Place:
    """One place, with its reports in the order in which they were made."""

    truth: Truth
    originator: int
    start: int
    reports: tuple[Report, ...]

    @property
    def labels(self) -> dict[str, str]:
        return {"originator": str(self.originator), "start": str(self.start)}

    @cached_property
    def made(self) -> int:
        """When the first was."""
        return min(one.created for one in self.reports)

    @cached_property
    def submitted(self) -> int:
        """When the chain took one of them."""
        return min(one.reached("submitted") for one in self.reports)

    @cached_property
    def settled(self) -> int:
        """When that one was settled."""
        return min(one.reached("settled") for one in self.reports)

    @cached_property
    def taken(self) -> int:
        """When nothing waited there any more: one was taken, or another one that goes further."""
        beyond = [
            one.reached("submitted")
            for one in self.truth.reports.values()
            if one.originator == self.originator and one.end > self.start
        ]
        return min(beyond, default=FOREVER)

    @cached_property
    def quorate(self) -> int:
        """When one of them had enough attestations, or the chain had gone on."""
        return min(self.taken, *(one.quorate for one in self.reports))

    @cached_property
    def missed_slot(self) -> int:
        """When first a submitter came by, of a node that was up."""
        found = [
            slot
            for node in self.truth.nodes
            for slot in self.truth.slots(node, "submitter", self.made, min(self.made + 2 * HOUR, self.truth.end))
            if self.truth.up(node, slot)
        ]
        return min(found, default=FOREVER)

    @cached_property
    def alone(self) -> int | None:
        """The one node that had any of them until there was a quorum, though others were up; None where those had."""
        holders = {
            node
            for report in self.reports
            for node, statuses in report.statuses.items()
            if statuses and statuses[0].at < self.quorate - MINUTE
        }
        others = any(self.truth.up(node, self.missed_slot) for node in self.truth.nodes if node not in holders)
        return next(iter(holders)) if len(holders) == 1 and others else None

    def best(self, at: int) -> Report:
        """The one that most had attested; of several the latest."""
        known = [one for one in self.reports if one.created <= at] or [self.reports[0]]
        return max(known, key=lambda one: (sum(j.valid and j.at <= at for j in one.judgements.values()), one.created))

    def stage(self, at: int) -> str:
        """How far the best one had come."""
        stage = self.best(at).stage(at)
        return "" if stage is None else stage.name

    def judges(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Nodes that judged none of them while there was no quorum, and nodes that attested each of them."""
        until = min(self.quorate, self.truth.end)
        here = [one for one in self.reports if one.created <= until - 2 * MINUTE]
        never = [node for node in self.truth.nodes if not any(self._judged(one, node, until) for one in here)]
        always = [node for node in self.truth.nodes if here and all(self._attested(one, node, until) for one in here)]
        return tuple(never), tuple(always)

    def _attested(self, report: Report, node: int, at: int) -> bool:
        return self._judged(report, node, at) and report.judgements[node].valid

    def _judged(self, report: Report, node: int, at: int) -> bool:
        return node in report.judgements and report.judgements[node].at < at

    @cached_property
    def split(self) -> int:
        """When one of them had first been attested by some and refused by others."""
        return min((self._split(one) for one in self.reports), default=FOREVER)

    def _split(self, report: Report) -> int:
        first = dict.fromkeys((True, False), FOREVER)
        for one in report.judgements.values():
            first[one.valid] = min(first[one.valid], one.at)
        return max(first.values())

    @cached_property
    def conflict(self) -> int:
        """When a second of them had been refused by others and attested by nobody but its maker."""
        times = []
        for report in self.reports:
            valid = {node for node, one in report.judgements.items() if one.valid}
            refused = [one.at for node, one in report.judgements.items() if not one.valid and node != report.maker]
            if refused and valid <= {report.maker}:
                times.append(min(refused))
        return sorted(times)[1] if len(times) > 1 else FOREVER

    @property
    def unjudged(self) -> Iterator[tuple[int, int]]:
        """Spans in which a node that was up had not judged one of them, two minutes after it was made."""
        for report in self.reports:
            until = min(self.taken, self.truth.end)
            for node in self.truth.nodes:
                one = report.judgements.get(node)
                end = until if one is None else min(until, one.at)
                if end - report.created > 2 * MINUTE:
                    yield report.created + 2 * MINUTE, end

    @cached_property
    def stalled(self) -> tuple[int, int, tuple[int, ...]] | None:
        """Nodes that were up all the while and judged none of them, although they heard of others' reports: from two
        minutes behind the first report to the next one, or to where the place was taken.
        """
        truth = self.truth
        later = min([one.created for one in self.reports if one.created > self.made], default=FOREVER)
        until = min(self.taken, later, truth.end)
        nodes = [
            node
            for node in truth.nodes
            if truth.up(node, self.made)
            and not any(self.made <= at < until for at, _phase in truth.phases[node])
            and not any(self._judged(one, node, until) for one in self.reports)
        ]
        return (self.made + 2 * MINUTE, until, tuple(nodes)) if nodes and self.alone is None else None

    # --- attempts ------------------------------------------------------------------------------------

    @cached_property
    def failed_submissions(self) -> list[int]:
        """When a submitter of a node tried and failed: it had attested the report and knew of enough others."""
        truth, found = self.truth, []
        for report in self.reports:
            for node, judged in report.judgements.items():
                if not judged.valid:
                    continue
                since = max(judged.at, _enough(report, node))
                for slot in (
                    truth.slots(node, "submitter", since, min(self.taken, truth.end)) if since < FOREVER else ()
                ):
                    status = report.status(node, slot)
                    waits = status is not None and status.submission == "pending"
                    if waits and self._works(node, "submitter", slot) and self._refused(node, slot):
                        found.append(slot)
        return sorted(found)

    def _refused(self, node: int, at: int) -> bool:
        truth = self.truth
        return truth.under("submit-failing", node, at) or any(
            one.on(at) and one.on(at + ON_CHAIN) for one in truth.of("decanonicalised")
        )

    def _works(self, node: int, worker: str, at: int) -> bool:
        """Whether a worker of a node came at its slot."""
        truth = self.truth
        silent = worker in truth.settings["silent_workers"] and truth.under("silent-worker", node, at)
        return truth.up(node, at) and not silent and not truth.under("db-outage", node, at)

    @cached_property
    def failed_settlements(self) -> list[int]:
        """When a settlement worker of a node tried and failed."""
        return self.failed_settlements_from(0)

    def failed_settlements_from(self, before: int) -> list[int]:
        """The same, also of rounds that began so long before the fault did, and may have met it."""
        truth, found = self.truth, []
        for report in self.reports:
            since, until = report.reached("submitted"), min(report.reached("settled"), truth.end)
            for fault in truth.of("settle-failing") if since < FOREVER else ():
                for node in fault.nodes:
                    for slot in truth.slots(
                        node, "settlement", max(since, fault.since - before), min(until, fault.until)
                    ):
                        status = report.status(node, slot)
                        there = status is not None and status.submission == "submitted"
                        if there and self._works(node, "settlement", slot):
                            found.append(slot)
        return sorted(found)


def _enough(report: Report, node: int) -> int:
    """When a node knew of enough attestations, its own among them."""
    own = report.judgements[node].at
    times = sorted([own, *(at for at, of in report.known_to.get(node, ()) if of != node)])
    return times[report.quorum - 1] if len(times) >= report.quorum else FOREVER
