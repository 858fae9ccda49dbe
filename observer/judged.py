"""A recording, judged: the engine set up as the inventory and the rules in force say, and played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from observer.inventory import Inventory, inventory_of
from replay.judging import TELLS, BlockHearing, Judging, begun_at, ears_at, ears_of
from replay.play import Player
from replay.recording import Recording
from waits.alerts import Transition
from waits.durations import nanoseconds
from waits.engine import Engine
from waits.expression import DEFAULT_PARAMETERS, Scope
from waits.rules import Rule


class Judged:
    """An engine on a recording, from one entry on."""

    def __init__(  # noqa: PLR0913 - what a judgement starts from
        self,
        recording: Recording,
        schedule: Sequence[tuple[int, Sequence[Rule]]] = (),
        inventory: Inventory | None = None,
        start: int = 0,
        at: int | None = None,
        *,
        hot: bool = True,
    ) -> None:
        """`schedule` says from behind which sequence on which rules are in force (R20). Judging begins behind
        sequence `start`, at journal time `at`; `hot` is the player's.
        """
        self.recording = recording
        self.inventory = inventory_of(recording, inventory)
        self.player = Player(recording, hot=hot)
        self.hearing = BlockHearing(recording)
        self.parameters = parameters_of(self.inventory)
        ears = ears_of(self.player.sources)
        if start:
            self.player.seek(start)
            ears = ears_at(recording, self.player.sources, start, self.hearing)
        self.engine = Engine(
            self.player.state,
            at=begun_at(recording) if at is None else at,
            seq=start,
            roster=self.inventory.nodes,
            quorum=[name for name, node in self.inventory.nodes.items() if node.quorum],
            parameters=self.parameters,
            ears=ears,
            hearing=self.hearing,
            tells=TELLS,
        )
        self._schedule = sorted(schedule, key=lambda one: one[0])
        self._judging = Judging(self.player, self.engine, self.hearing)

    def run(
        self, until: int | None = None, at: int | None = None, *, stop: Callable[[], bool] | None = None
    ) -> Iterator[Transition]:
        """Judge on to a sequence and a time, or to the end; gives what happened, in order."""
        while self._schedule:
            seq, rules = self._schedule[0]
            if until is not None and seq > until:
                break
            if seq > self.engine.seq:
                yield from self._judging.run(seq, stop=stop)
                if stop is not None and stop():
                    return
                # They begin at that entry, whether or not it said anything.
                self.engine.stand(self.engine.seq, max(self.engine.at, self._judging.reached))
            self._schedule.pop(0)
            self.engine.load(rules)
            yield from self.engine.taken()
        yield from self._judging.run(until, at, stop=stop)

    @property
    def scope(self) -> Scope:
        """What names mean in a formula about this recording."""
        return Scope(DEFAULT_PARAMETERS, None, list(self.engine.graph.roster))


def parameters_of(inventory: Inventory) -> dict[str, Any]:
    """Values of the parameters of rules: the inventory's pace, and what it says under `parameters`."""
    pace = {name: nanoseconds(getattr(inventory.pace, name)) for name in ("silent_after", "block_interval")}
    return {**pace, **{name: _value(value) for name, value in inventory.parameters.items()}}


def _value(value: str | int) -> str | int:
    if isinstance(value, int):
        return value
    try:
        return nanoseconds(value)
    except ValueError:
        return value
