"""A journal, judged: the engine set up as the inventory and the rules in force say, and played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from observer.inventory import Inventory, inventory_of
from replay.folding import Step
from replay.journal import Source
from replay.journals import Journal, span
from replay.judging import TELLS, BlockHearing, Judging, ears_at, ears_of
from replay.play import Player
from replay.recording import Recording
from waits.alerts import Transition
from waits.durations import nanoseconds
from waits.engine import Engine, Held
from waits.expression import DEFAULT_PARAMETERS, Scope
from waits.rules import Rule

Schedule: TypeAlias = Sequence[tuple[int, Sequence[Rule]]]
"""From behind which sequence on which rules are in force (R20)."""


class JudgedJournal:
    """An engine on a journal, from one entry on."""

    def __init__(  # noqa: PLR0913 - what a judgement starts from
        self,
        journal: Journal,
        inventory: Inventory,
        schedule: Schedule = (),
        start: int = 0,
        at: int | None = None,
        *,
        hot: bool = True,
        hearing: BlockHearing | None = None,
        held: Held | None = None,
        told: Callable[[Step], object] | None = None,
    ) -> None:
        """Judging begins behind sequence `start`, at journal time `at`; `hot` is the player's, `hearing` the journal's
        own unless another is given. With `held`, a judgement that was left there is gone on with. `told` is given
        every step that is judged.
        """
        self.inventory = inventory
        self.player = Player(journal, hot=hot)
        self.hearing = hearing or BlockHearing(journal)
        self.parameters = parameters_of(self.inventory)
        ears = ears_of(self.player.sources)
        if start:
            self.player.seek(start)
            ears = ears_at(journal, self.player.sources, start, self.hearing) if held is None else held.ears
        began = span(journal)[0] if at is None else at
        self.engine = Engine(
            self.player.state,
            at=began if held is None else held.at,
            seq=start if held is None else held.seq,
            roster=self.inventory.nodes,
            quorum=[name for name, node in self.inventory.nodes.items() if node.quorum],
            parameters=self.parameters,
            ears=ears,
            hearing=self.hearing,
            tells=TELLS,
        )
        self._schedule = sorted(schedule, key=lambda one: one[0])
        self._judging = Judging(self.player, self.engine, self.hearing, told)
        if held is not None:
            self.hearing.go_to(start)
            self._go_on(start)

    def _go_on(self, start: int) -> None:
        """Rules that were in force where a judgement was left are so still, and not anew."""
        while self._schedule and self._schedule[0][0] <= start:
            _seq, rules = self._schedule.pop(0)
            if not self._schedule or self._schedule[0][0] > start:
                self.engine.load(rules)

    def join(self, source: Source) -> None:
        """Play and judge by a source too, from its first Mark on."""
        self.player.join(source)
        self._judging.join(source)

    def tell(self, told: Callable[[Step], object] | None) -> None:
        """Give every further step that is judged to somebody else."""
        self._judging.told = told

    def load(self, rules: Sequence[Rule]) -> None:
        """Judge by these rules from here on; what is judged already is told of by `run` first."""
        self._schedule.append((self.player.folding.seq, rules))

    def run(
        self,
        until: int | None = None,
        at: int | None = None,
        *,
        stop: Callable[[], bool] | None = None,
        advance: Callable[[int], object] = lambda _bytes: None,
    ) -> Iterator[Transition]:
        """Judge on to a sequence and a time, or to the end; gives what happened, in order. `advance` is given the raw
        bytes of each block that is entered.
        """
        while self._schedule:
            seq, rules = self._schedule[0]
            if until is not None and seq > until:
                break
            if seq > self.player.folding.seq:
                yield from self._judging.run(seq, stop=stop, advance=advance)
                if stop is not None and stop():
                    return
                # They begin at that entry, whether or not it said anything.
                self.engine.stand(self.player.folding.seq, max(self.engine.at, self._judging.reached))
            self._schedule.pop(0)
            self.engine.load(rules)
            yield from self.engine.taken()
        yield from self._judging.run(until, at, stop=stop, advance=advance)

    @property
    def scope(self) -> Scope:
        """What names mean in a formula about this recording."""
        return Scope(DEFAULT_PARAMETERS, None, list(self.engine.graph.roster))


class Judged(JudgedJournal):
    """An engine on a recording, from one entry on."""

    def __init__(  # noqa: PLR0913 - what a judgement starts from
        self,
        recording: Recording,
        schedule: Schedule = (),
        inventory: Inventory | None = None,
        start: int = 0,
        at: int | None = None,
        *,
        hot: bool = True,
        hearing: BlockHearing | None = None,
    ) -> None:
        """As of a journal; without `inventory`, by that with which the recording was made."""
        self.recording = recording
        super().__init__(recording, inventory_of(recording, inventory), schedule, start, at, hot=hot, hearing=hearing)


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
