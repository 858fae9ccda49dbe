"""A wait: a condition with a beginning and limits, and its outcome."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

import msgspec

from waits.binding import LeafAnswer, Moment
from waits.conditions import Condition, Progress, Running, Witness
from waits.durations import duration
from waits.functions import FUNCTIONS
from waits.truth import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waits.cells import Cell
    from waits.graph import Graph


class Limit(msgspec.Struct, frozen=True):
    """How long to wait: nanoseconds of journal time, or blocks that the network grows by."""

    span: int | None = None
    blocks: int | None = None

    def __str__(self) -> str:
        return f"{self.blocks} blocks" if self.blocks is not None else duration(self.span or 0)


class Result(enum.Enum):
    """How a wait ended."""

    MET = "met"
    LATE = "late"
    """Met, after the soft limit."""
    TIMED_OUT = "timed out"
    VIOLATED = "violated"
    UNKNOWN = "unknown"
    """What was needed was not observed."""
    OPEN = "open"
    """The journal ended before anything was decided (R25)."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of a wait."""

    result: Result
    begun: int
    at: int
    seq: int
    leaves: tuple[LeafAnswer, ...]
    """The residual where it was not met; the leaves as they were where it was."""
    witness: Witness | None = None
    soft_at: int | None = None
    """When the soft limit passed."""
    last_known: tuple[Witness, ...] = ()
    """The residual just before something could no longer be told."""
    unseen_at: int | None = None
    left: int | None = None
    """Nanoseconds to the hard limit when the journal ended."""


class Waited(msgspec.Struct):
    """What a wait remembers; a checkpoint holds it."""

    begun: int | None = None
    base_height: int | None = None
    soft_at: int | None = None
    progress: Progress | None = None
    outcome: Outcome | None = None


class Waiting:
    """One wait under way."""

    def __init__(  # noqa: PLR0913 - what a wait is
        self,
        graph: Graph,
        condition: Condition,
        parameters: Mapping[str, Any],
        number: int,
        soft: Limit | None = None,
        hard: Limit | None = None,
    ) -> None:
        """Begins when it is first looked at; `number` orders simultaneous waits."""
        self.order = (number, "")
        self.running = Running(graph, condition, parameters)
        self.memory = Waited(progress=self.running.progress)
        self.due: int | None = None
        self._graph = graph
        self._soft = soft
        self._hard = hard
        self._unlimited = soft is None and hard is None
        in_blocks = any(limit is not None and limit.blocks is not None for limit in (soft, hard))
        self._top: Cell | None = graph.cell(FUNCTIONS["max_height"]) if in_blocks else None

    @property
    def woken_by(self) -> list[Cell]:
        """Every cell whose change can change it."""
        return [*self.running.woken_by, *([] if self._top is None else [self._top])]

    @property
    def outcome(self) -> Outcome | None:
        """What came of it, once it is decided."""
        return self.memory.outcome

    def grow(self, node: str) -> None:
        """A node has joined the network."""
        self.running.grow(node)

    def look(self, moment: Moment) -> None:
        """How it stands now."""
        memory = self.memory
        if memory.outcome is not None:
            return
        if memory.begun is None:
            memory.begun = moment.at
        if memory.base_height is None and self._top is not None:
            memory.base_height = self._top.value
        verdict = self.running.look(moment)
        if verdict is Verdict.NOT_YET and self._unlimited:
            return
        # What holds exactly at a limit is in time.
        if memory.soft_at is None and verdict is not Verdict.MET and self._passed(self._soft, moment):
            memory.soft_at = moment.at
        if verdict is Verdict.MET:
            self._decide(Result.MET if memory.soft_at is None else Result.LATE, moment)
        elif verdict is Verdict.VIOLATED:
            self._decide(Result.VIOLATED, moment)
        elif self._passed(self._hard, moment):
            self._at_limit(moment)

    def _passed(self, limit: Limit | None, moment: Moment) -> bool:
        if limit is None:
            return False
        if limit.span is not None:
            return moment.passed((self.memory.begun or 0) + limit.span)
        top = None if self._top is None else self._top.value
        base = self.memory.base_height
        return top is not None and base is not None and limit.blocks is not None and top - base >= limit.blocks

    def _at_limit(self, moment: Moment) -> None:
        verdict = self.running.ended(moment)
        result = {
            Verdict.MET: Result.MET,
            Verdict.VIOLATED: Result.VIOLATED,
            Verdict.UNKNOWN: Result.UNKNOWN,
            Verdict.NOT_YET: Result.TIMED_OUT,
        }[verdict]
        self._decide(result, moment)

    def end(self, moment: Moment, *, declared: bool) -> Outcome:
        """The journal is over. Only a declared end is time passing up to it (R25)."""
        if self.memory.outcome is None:
            if declared:
                self._at_limit(moment)
            else:
                self._decide(Result.OPEN, moment)
        assert self.memory.outcome is not None  # noqa: S101 - just decided
        return self.memory.outcome

    def _decide(self, result: Result, moment: Moment) -> None:
        memory, running = self.memory, self.running
        hard = self._hard.span if self._hard is not None else None
        memory.outcome = Outcome(
            result,
            memory.begun or moment.at,
            moment.at,
            moment.seq,
            tuple(running.leaves(moment)),
            running.witness(),
            memory.soft_at,
            tuple(running.last_known()),
            _first_unseen(running),
            None if hard is None or result is not Result.OPEN else (memory.begun or 0) + hard - moment.at,
        )
        moment.wake = None

    def restore(self, memory: Waited) -> None:
        """Go on from a checkpoint."""
        self.memory = memory
        if memory.progress is not None:
            self.running.restore(memory.progress)


def _first_unseen(running: Running) -> int | None:
    own = [] if running.progress.unseen_at is None else [running.progress.unseen_at]
    return min([*own, *(at for part in running.parts if (at := _first_unseen(part)) is not None)], default=None)
