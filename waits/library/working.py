"""Workers of payer reports: whether each came when its time was."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

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
    from immutables import Map

    from state.origin import Origin
    from state.workers import WorkerLife

    Lives: TypeAlias = Map[str, WorkerLife]

SCHEDULED = (Worker.GENERATOR.value, Worker.SUBMITTER.value, Worker.SETTLEMENT.value)
"""Workers that come once in a period, at a minute of their node's."""
_EVERY = sorted(SCHEDULED)
TOLD_AT_DEBUG = tuple([worker.value for worker in Worker if worker is not Worker.GENERATOR])
"""Workers whose rounds are told at DEBUG."""


def _in_order(lives: Lives, _part: None) -> list[str]:
    """Scheduled workers whose rounds are told. What shows the rounds of one at DEBUG would show those of the others."""
    if _at_debug(lives, None):
        return _EVERY
    return [name for name in _EVERY if (life := lives.get(name)) is not None and _shown(life)]


def _at_debug(lives: Lives, _part: None) -> bool:
    """Whether a round that is told at DEBUG has been seen since the process started."""
    for name in TOLD_AT_DEBUG:
        life = lives.get(name)
        if life is not None and life.cycles:
            return True
    return False


def _life_of(lives: Lives, name: str) -> WorkerLife | None:
    """One worker's: the others of its node come far more often than it does."""
    return lives.get(name)


@members(WORKER)
@measures(
    Kind.LIST,
    Reads("workers", ("lives",), anywhere=True, aspect=_in_order),
    needs=((WorkerSeen,),),
)
def scheduled_workers(view: View) -> tuple[str, ...]:
    """Every worker that comes once in a period and whose rounds have been seen, or would have been, named
    `NODE/WORKER`.
    """
    return tuple(
        [f"{node}/{name}" for node, mine in ordered(view.state.workers) for name in _in_order(mine.lives, None)]
    )


def node_of(worker: str, *_rest: int) -> str:
    """The node of a worker."""
    return worker.rpartition("/")[0]


def name_of(worker: str, *_rest: int) -> str:
    """Which worker of its node it is."""
    return worker.rpartition("/")[2]


def _life(view: View, worker: str) -> WorkerLife | None:
    """What is known of its rounds; None where no line has told of any."""
    mine = view.state.workers.get(node_of(worker))
    life = None if mine is None else mine.lives.get(name_of(worker))
    return life if life is not None and _shown(life) else None


def _shown(life: WorkerLife) -> bool:
    return life.cycle is not None or life.started is not None


def _last(view: View, worker: str, _period: int = 0) -> list[Origin | None]:
    life = _life(view, worker)
    return [] if life is None else [life.cycle, life.last]


_READS = (
    Reads("workers", ("lives",), keyed=node_of, aspect=_life_of, part=name_of),
    Reads("workers", ("lives",), keyed=node_of, aspect=_at_debug),
    Reads("nodes", ("status", "started"), keyed=node_of),
    Reads("listening", ("missed",), keyed=node_of),
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
    name = name_of(worker)
    node = view.state.nodes.get(node_of(worker))
    if mine is None or not (_at_debug(mine.lives, None) or (life is not None and name == Worker.GENERATOR.value)):
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
