"""Slice `workers`: the scheduled workers of each node, and when each last showed that it lives. Catalogue, xmtpd §2.3.

The generator begins each round with a line at INFO; submitter and settlement do so at DEBUG only, so at INFO their
silence says nothing unless they had something to do.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from immutables import Map
from msgspec.structs import replace

from state.events import Event, ProcessStarted
from state.ordered import ordered
from state.origin import Origin
from state.reducers import folds
from state.report_events import (
    AttestationWaiting,
    AttestingFailed,
    GenerationFailed,
    GenerationSkipped,
    ReportExpired,
    ReportGenerated,
    ReportIgnored,
    ReportJudged,
    ReportSettled,
    ReportSettling,
    ReportSubmitted,
    ReportSubmitting,
    SettlementInconsistent,
    SettlementProgressed,
    SettlingFailed,
    Sign,
    SubmissionRejected,
    SubmittingFailed,
    Worker,
    WorkerSeen,
)
from state.trouble import Trouble, again

WORK: dict[type[Event], Worker] = {
    ReportGenerated: Worker.GENERATOR,
    GenerationSkipped: Worker.GENERATOR,
    GenerationFailed: Worker.GENERATOR,
    ReportExpired: Worker.GENERATOR,
    ReportIgnored: Worker.GENERATOR,
    ReportJudged: Worker.ATTESTATION,
    AttestingFailed: Worker.ATTESTATION,
    AttestationWaiting: Worker.ATTESTATION,
    ReportSubmitting: Worker.SUBMITTER,
    ReportSubmitted: Worker.SUBMITTER,
    SubmittingFailed: Worker.SUBMITTER,
    SubmissionRejected: Worker.SUBMITTER,
    ReportSettling: Worker.SETTLEMENT,
    SettlementProgressed: Worker.SETTLEMENT,
    ReportSettled: Worker.SETTLEMENT,
    SettlingFailed: Worker.SETTLEMENT,
    SettlementInconsistent: Worker.SETTLEMENT,
}
"""Which worker a line of a report comes from."""


class WorkerLife(msgspec.Struct, frozen=True, gc=False):
    """One worker of one node."""

    last: Origin
    """Its latest line."""
    started: Origin | None = None
    cycle: Origin | None = None
    """The beginning of its latest round."""
    cycles: int = 0
    """Rounds that it was seen to begin since its process started."""
    failing: Trouble | None = None
    """Rounds that came to nothing."""


class NodeWorkers(msgspec.Struct, frozen=True, gc=False):
    """The workers of one node."""

    lives: Map[str, WorkerLife] = Map()
    """By the worker's name."""


Workers: TypeAlias = Map[str, NodeWorkers]
"""Keyed by node."""
Change: TypeAlias = tuple[Workers, tuple[str, ...]]


def _put(workers: Workers, origin: Origin, work: Worker, life: WorkerLife) -> Change:
    mine = workers.get(origin.node) or NodeWorkers()
    return workers.set(origin.node, NodeWorkers(mine.lives.set(work.value, life))), (origin.node,)


def _of(workers: Workers, origin: Origin, work: Worker) -> WorkerLife:
    mine = workers.get(origin.node)
    known = None if mine is None else mine.lives.get(work.value)
    return WorkerLife(origin) if known is None else replace(known, last=origin)


@folds("workers", WorkerSeen)
def seen(workers: Workers, event: WorkerSeen, origin: Origin) -> Change:
    """A round that fails is a sign of life too."""
    life = _of(workers, origin, event.work)
    if event.sign is Sign.STARTED:
        life = replace(life, started=origin)
    elif event.sign is Sign.CYCLE:
        life = replace(life, cycle=origin, cycles=life.cycles + 1)
    else:
        life = replace(life, cycle=origin, failing=again(life.failing, event.error, origin))
    return _put(workers, origin, event.work, life)


@folds("workers", *WORK)
def worked(workers: Workers, event: Event, origin: Origin) -> Change:
    """Any line of a worker shows that it lives."""
    work = WORK[type(event)]
    return _put(workers, origin, work, _of(workers, origin, work))


@folds("workers", ProcessStarted)
def process_started(workers: Workers, _event: ProcessStarted, origin: Origin) -> Change:
    """The new process may log at another level; when its workers last worked is known all the same."""
    mine = workers.get(origin.node)
    if mine is None:
        return workers, ()
    lives = mine.lives
    for name, life in ordered(lives):
        lives = lives.set(name, replace(life, cycles=0, started=None))
    return workers.set(origin.node, NodeWorkers(lives)), (origin.node,)
