"""What nodes say of payer reports, in few words: report `a` of originator 100 covers (0, 9] unless it is said otherwise."""

from __future__ import annotations

from typing import TypeVar

from state.report_events import (
    ChainReportSettled,
    ChainReportSubmitted,
    OfReport,
    ReportGenerated,
    ReportJudged,
)
from state.reports import Originator, Part
from tests.state.journal import Journal

K = TypeVar("K", bound=OfReport)
NODES = {"node1": 100, "node2": 200, "node3": 300, "node4": 400}
A = (0, 9)
B = (9, 20)


def of(
    kind: type[K], *rest: object, worker: int = 100, report: str = "a", covers: tuple[int, int] = A, about: int = 100
) -> K:
    """A line of a worker about a report."""
    return kind(worker, report, about, *covers, *rest)


def made(worker: int = 100, report: str = "a", covers: tuple[int, int] = A) -> ReportGenerated:
    """The generator made it."""
    return of(ReportGenerated, worker=worker, report=report, covers=covers)


def attests(worker: int = 100, report: str = "a", covers: tuple[int, int] = A) -> ReportJudged:
    """It is valid."""
    return of(ReportJudged, True, "valid report", worker=worker, report=report, covers=covers)


def refuses(worker: int = 100, report: str = "a", covers: tuple[int, int] = A) -> ReportJudged:
    """It is not."""
    return of(ReportJudged, False, "merkle root mismatch", worker=worker, report=report, covers=covers)


def on_chain(
    covers: tuple[int, int] = A,
    *,
    known: bool | None = True,
    active: tuple[int, ...] = (100, 200, 300),
) -> ChainReportSubmitted:
    """The chain has a report of a range; `known` None is chain-watcher's word."""
    return ChainReportSubmitted(100, *covers, active, "root", known)


def settled_at(index: int, remaining: int = 0) -> ChainReportSettled:
    """The chain settled leaves of the report at an index."""
    return ChainReportSettled(100, index, 5, remaining, "7")


def part(journal: Journal, worker: int = 100, report: str = "a", by: str = "node1") -> Part:
    """One node's part."""
    return journal.state.reports[100].reports[report].parts[by, worker]


def originator(journal: Journal) -> Originator:
    """All of originator 100."""
    return journal.state.reports[100]
