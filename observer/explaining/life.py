"""What is told of one node beyond what `observer replay` tells of all: heights, problems, where its lives ended."""

from __future__ import annotations

from collections.abc import Iterator

from observer.changes import short
from observer.story import Happening, Story
from replay.folding import Step
from replay.play import Player
from state.events import ListeningStated, ProcessStarted
from state.listening import BEFORE_START_NS
from state.ordered import ordered

_HOW: dict[bool | None, str] = {
    True: "with a stop statement",
    False: "without a stop statement",
    None: "where a part of the log is missing",
}
LIFE_OVER = "last line"
"""Kind of the happening that says where a life ended. Its sequence is that of the next life's first line."""


class Life(Story):
    """Tells a recording, and more of one node."""

    def __init__(self, player: Player, node: str, silent_after: str, spacing: int) -> None:
        """`spacing` is the journal time between two heights told in passing."""
        super().__init__(player, silent_after)
        self._node = node
        self._spacing = spacing
        self._height_at: int | None = None
        self._levels: tuple[int, int] | None = None
        """(sequence, node time) of the first of the statements of log levels behind which nothing else was stated."""

    def _step(self, step: Step) -> Iterator[Happening]:
        if step.said[0][1].node != self._node:
            yield from super()._step(step)
            return
        yield from self._life_over(step)
        told = list(super()._step(step))
        yield from told
        if not any(one.node == self._node for one in told):
            # A line that has been told in words of its own needs no others.
            yield from self._problems(step)
            yield from self._height(step)

    def _life_over(self, step: Step) -> Iterator[Happening]:
        """A process states its log levels before its name: its first line is the first of those."""
        origin = step.said[0][1]
        kinds = {type(event) for event, _ in step.said}
        if ProcessStarted in kinds:
            begun = self._levels
            own = begun is not None and 0 <= origin.time - begun[1] <= BEFORE_START_NS
            had, has = step.before.nodes.get(self._node), step.after.nodes[self._node]
            if had is not None and has.restarts > had.restarts:
                clean = has.lives[-1].clean
                text = f"the last line of a life that ended {_HOW[clean]}"
                first = begun[0] if own and begun is not None else origin.seq
                yield Happening(origin.at, first, self._node, LIFE_OVER, text, {"clean": clean})
        if kinds != {ListeningStated}:
            self._levels = None
        elif self._levels is None:
            self._levels = origin.seq, origin.time

    def _problems(self, step: Step) -> Iterator[Happening]:
        """The first line of each shape."""
        had, has = step.before.nodes.get(self._node), step.after.nodes.get(self._node)
        if has is None or (had is not None and had.problems is has.problems):
            return
        for shape, one in ordered(has.problems):
            if had is None or shape not in had.problems:
                text = f"first {one.severity} of its shape, {one.category}: {one.text}"
                facts = {"severity": one.severity, "category": one.category, "text": one.text}
                yield Happening(step.wanted.at, step.wanted.seq, self._node, "problem", text, facts)

    def _height(self, step: Step) -> Iterator[Happening]:
        """A height in passing, now and then."""
        had, has = step.before.chain.get(self._node), step.after.chain.get(self._node)
        if has is None or has.tip is None or (had is not None and had.tip == has.tip):
            return
        at = step.wanted.at
        if self._height_at is not None and at - self._height_at < self._spacing:
            return
        self._height_at = at
        block = has.main.get(has.tip)
        text = f"height {has.tip}" + (f", block {short(block)}" if block else "")
        yield Happening(at, step.wanted.seq, self._node, "height", text, {"height": has.tip, "tip": block})
