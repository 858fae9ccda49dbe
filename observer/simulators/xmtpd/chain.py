"""The two chains: what their contracts accept, and the events that nodes index."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal, TypeAlias

from observer.simulators.xmtpd.model import Report

GENESIS_BLOCK = 1000


class Outcome(Enum):
    """What the PayerReportManager contract makes of a submission."""

    ACCEPTED = "accepted"
    ALREADY = "PayerReportAlreadySubmitted"
    INVALID_START = "InvalidStartSequenceId"
    NODE_IDS = "NodeIdsLengthMismatch"


@dataclass(frozen=True, slots=True)
class ReportEvent:
    """PayerReportSubmitted, or PayerReportSubsetSettled with what is left."""

    kind: Literal["submitted", "settled"]
    block: int
    mined: int
    report: Report
    index: int
    count: int = 0
    remaining: int = 0
    fees: int = 0


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A group message (originator 0) or an identity update (originator 1) of the app chain."""

    originator: int
    sequence: int
    block: int
    mined: int
    topic: str


Event: TypeAlias = ReportEvent | Broadcast


@dataclass(slots=True)
class Submitted:
    """A report as the contract keeps it."""

    report: Report
    remaining: int


@dataclass(slots=True)
class Blocks:
    """A chain that makes a block every so often, from an instant on."""

    start: int
    every: int

    def number(self, at: int) -> int:
        return GENESIS_BLOCK + (at - self.start) // self.every

    def next(self, at: int) -> int:
        """When the block is made that takes up what is sent now."""
        return self.start + ((at - self.start) // self.every + 1) * self.every


@dataclass(slots=True)
class Settlement:
    """PayerReportManager: a report has to start where the last one of its originator ended."""

    blocks: Blocks
    leaves: int
    reports: dict[int, list[Submitted]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def end(self, originator: int) -> int:
        """Where the next report of an originator has to start."""
        kept = self.reports.get(originator)
        return kept[-1].report.end if kept else 0

    def index(self, report: Report) -> int | None:
        """The place of a report among those of its originator."""
        kept = self.reports.get(report.originator, [])
        return next((place for place, one in enumerate(kept) if one.report.id == report.id), None)

    def submit(self, report: Report, canonical: tuple[int, ...], now: int) -> Outcome:
        """Take a report, or say why not. Only what is attested by enough comes here."""
        if report.active != canonical:
            return Outcome.NODE_IDS
        if self.index(report) is not None:
            return Outcome.ALREADY
        if report.start != self.end(report.originator):
            return Outcome.INVALID_START
        kept = self.reports.setdefault(report.originator, [])
        kept.append(Submitted(report, self.leaves))
        self.events.append(ReportEvent("submitted", self.blocks.number(now), now, report, len(kept) - 1))
        return Outcome.ACCEPTED

    def settle(self, report: Report, index: int, most: int, now: int) -> int:
        """Settle so many leaves; gives back how many are left."""
        kept = self.reports[report.originator][index]
        count = min(most, kept.remaining)
        kept.remaining -= count
        fees = (report.end - report.start) * 1000 * count // self.leaves
        self.events.append(
            ReportEvent("settled", self.blocks.number(now), now, report, index, count, kept.remaining, fees)
        )
        return kept.remaining

    def remaining(self, report: Report, index: int) -> int:
        return self.reports[report.originator][index].remaining

    def roll_back(self, since: int, now: int) -> int | None:
        """Move what was mined since an instant into new blocks; gives back the first event that moved."""
        moved = [place for place, event in enumerate(self.events) if event.mined >= since]
        for place in moved:
            self.events[place] = replace(self.events[place], block=self.blocks.number(now))
        return moved[0] if moved else None
