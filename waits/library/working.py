"""Workers of payer reports: whether each came when its time was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.nodes import OVER
from state.ordered import ordered
from state.report_events import Worker, WorkerSeen
from waits.durations import time_of_day
from waits.entities import WORKER, members
from waits.functions import Reads, View, measures
from waits.library.ages import NEVER
from waits.library.missed import missed_at
from waits.moment import Later
from waits.terms import Kind

if TYPE_CHECKING:
    from state.origin import Origin
    from state.workers import NodeWorkers, WorkerLife

SCHEDULED = (Worker.GENERATOR.value, Worker.SUBMITTER.value, Worker.SETTLEMENT.value)
"""Workers that come once in a period, at a minute of their node's."""


@members(WORKER)
@measures(Kind.LIST, Reads("workers", anywhere=True), needs=((WorkerSeen,),))
def scheduled_workers(view: View) -> tuple[str, ...]:
    """Every worker that comes once in a period and whose rounds have been seen, or would have been, named
    `NODE/WORKER`.
    """
    return tuple(
        [
            f"{node}/{name}"
            for node, mine in ordered(view.state.workers)
            for name in sorted(SCHEDULED)
            if _known(mine, name)
        ]
    )


def _known(mine: NodeWorkers, name: str) -> bool:
    """Whether its rounds are told. What shows the rounds of one worker at DEBUG would show those of the others."""
    life = mine.lives.get(name)
    return (life is not None and _shown(life)) or _at_debug(mine)


def _at_debug(mine: NodeWorkers) -> bool:
    """Whether a round that is told at DEBUG has been seen since the process started."""
    return any(life.cycles for name, life in ordered(mine.lives) if name != Worker.GENERATOR.value)


def node_of(worker: str) -> str:
    """The node of a worker."""
    return worker.rpartition("/")[0]


def _life(view: View, worker: str) -> WorkerLife | None:
    """What is known of its rounds; None where no line has told of any."""
    node, _, name = worker.rpartition("/")
    mine = view.state.workers.get(node)
    life = None if mine is None else mine.lives.get(name)
    return life if life is not None and _shown(life) else None


def _shown(life: WorkerLife) -> bool:
    return life.cycle is not None or life.started is not None


def _last(view: View, worker: str, _period: int = 0) -> list[Origin | None]:
    life = _life(view, worker)
    return [] if life is None else [life.cycle, life.last]


_READS = (
    Reads("workers", ("lives",), keyed=lambda worker, *_rest: node_of(worker)),
    Reads("nodes", ("status", "started"), keyed=lambda worker, *_rest: node_of(worker)),
    Reads("listening", ("missed",), keyed=lambda worker, *_rest: node_of(worker)),
)


@measures(
    Kind.AGE,
    *_READS,
    takes=(Kind.WORKER, Kind.DURATION),
    needs=((WorkerSeen,),),
    unless="its rounds are told at DEBUG only, and none has been seen since its node started",
    evidence=_last,
)
def late_for(view: View, worker: str, period: int) -> int | None:
    """How long ago the worker should have begun a round, and has not: one period behind the last one that it began. A
    round that fell into a time in which its node was down is none. It has not begun before that. Where a part of the
    node's log is missing that may tell of the round, it is unknown until the next one is due.
    """
    life, mine = _life(view, worker), view.state.workers.get(node_of(worker))
    name = worker.rpartition("/")[2]
    node = view.state.nodes.get(node_of(worker))
    if mine is None or not (_at_debug(mine) or (life is not None and name == Worker.GENERATOR.value)):
        return None
    if node is not None and node.status in OVER:
        return NEVER
    started = 0 if node is None or node.started is None else node.started.at
    lines = [] if life is None else [line.at for line in (life.cycle, life.started) if line is not None]
    if not lines and not started:
        return None
    last = lines[0] if lines else started
    due = _behind(last + period, started, period)
    gap = missed_at(view, node_of(worker))
    told = _behind(due, gap + period // EARLY if gap else 0, period)
    return due if told == due else Later(told)


EARLY = 10
"""Rounds wander. One that was due within this part of a period behind a gap may have begun within it."""


def _behind(due: int, since: int, period: int) -> int:
    """The first round behind a time."""
    return due + (since - due) // period * period + period if due <= since and period > 0 else due


def _failure(view: View, worker: str) -> list[Origin | None]:
    life = _life(view, worker)
    return [] if life is None or life.failing is None else [life.failing.last]


@measures(Kind.NUMBER, *_READS, takes=(Kind.WORKER,), needs=((WorkerSeen,),), evidence=_failure)
def round_failures(view: View, worker: str) -> int | None:
    """How many rounds of the worker ended with an error before they came to any report."""
    life = _life(view, worker)
    if life is None:
        return None
    return 0 if life.failing is None else life.failing.count


@measures(Kind.TEXT, *_READS, takes=(Kind.WORKER,), needs=((WorkerSeen,),), evidence=_failure)
def round_error(view: View, worker: str) -> str | None:
    """What the worker said last of why."""
    life = _life(view, worker)
    if life is None:
        return None
    return "no error was logged" if life.failing is None else life.failing.text


@measures(Kind.TEXT, *_READS, takes=(Kind.WORKER,), needs=((WorkerSeen,),), evidence=_last)
def last_round(view: View, worker: str) -> str | None:
    """When the worker began its last round."""
    life = _life(view, worker)
    if life is None:
        return None
    return "none was seen" if life.cycle is None else f"{time_of_day(life.cycle.at)[:8]}"
