"""One network's journal as its topic has it: records in, blocks and what follows from them out (R9).

Whoever takes the same records gets the same journal, entry by entry and time by time: a worker, another worker that
takes over from it, and whoever makes a recording of the topic. So nothing here depends on which record was taken
together with which, nor on any clock but the broker's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple

from observer.broker.foreign import ForeignMapping
from observer.broker.intake import Arrived, Headers, Intake
from observer.inventory import Inventory, settled
from observer.judged import JudgedJournal, Schedule
from observer.live.growing import Added, Growing, Resumed, marked, read_to
from replay.folding import Step
from replay.journal import NO_SOURCE, Incarnation, MarkKind, Source
from replay.journals import Journal
from replay.merge import Arrival, Taken
from replay.ordering import Adjustment

RETENTION = "retention had removed it before it was read"


class Came(NamedTuple):
    """What came of one record."""

    added: list[Added]
    sources: list[Source]
    incarnations: list[Incarnation]
    unreadable: str | None = None
    """Why the record could not be read."""


class Network:
    """The journal of one network, taken from a topic."""

    def __init__(  # noqa: PLR0913 - what a journal goes on from
        self,
        name: str,
        behind: Journal,
        inventory: Inventory,
        schedule: Schedule,
        incarnations: Sequence[Incarnation] = (),
        intake: bytes | None = None,
        resumed: Resumed | None = None,
        mapping: ForeignMapping | None = None,
        told: Callable[[Step], object] | None = None,
        settled: Callable[[Inventory], object] | None = None,
        begun: Callable[[JudgedJournal], Callable[[], bool]] | None = None,
        begin: int = 0,
    ) -> None:
        """`behind` and everything with it is what was stored of the network. `settled` is told with which inventory the
        network is judged, once its first sources are known; `begun` and `begin` are those of a growing journal.
        """
        self.name = name
        self.intake = Intake(name, intake, mapping)
        self.growing = Growing(behind, inventory, schedule, resumed, told, begun, begin)
        self._settled = settled
        self._numbers = {(one.node, one.stream): one.number for one in self.growing.tail.sources()}
        self._known = {(one.source, one.count): one for one in incarnations}

    def take(self, value: bytes, key: bytes | None, timestamp_ms: int, headers: Headers = ()) -> Came | None:
        """Take a record; None for one of another network."""
        found = self.intake.take(value, key, timestamp_ms, headers)
        if found is None:
            return None
        sources = self._entered(found.arrived)
        changed: dict[tuple[int, int], Incarnation] = {}
        added: list[Added] = []
        # A shipper that fell silent did so before this record came, and timers of the time between are to know it.
        for at, together in groupby(found.arrived, key=lambda one: one.at):
            taken: Taken = []
            for one in together:
                number = self._numbers[one.source.node, one.source.stream]
                changed |= self._begun(number, one)
                taken.append((number, one.lines))
            added += self.growing.grow([self._ordered(taken)], Arrival(at, live=True))
        if found.marks:
            marks = [Adjustment(0, mark.kind, dict(mark.facts)) for mark in found.marks]
            added += self.growing.grow([[(NO_SOURCE, marked(marks))]], Arrival(found.at, live=True))
        for block in added:
            changed |= {(one.source, one.count): one for one in read_to(block.columns, self._known)}
        return Came(added, sources, list(changed.values()), found.unreadable)

    def missed(self, timestamp_ms: int) -> Came:
        """Records that were never read have gone: something of every source is missing (R15)."""
        at = timestamp_ms * 1_000_000
        facts = {"bytes": None, "why": RETENTION}
        taken: Taken = [
            (source.number, marked([Adjustment(0, MarkKind.GAP, facts)])) for source in self.growing.tail.sources()
        ]
        added = list(self.growing.grow([self._ordered(taken)], Arrival(at, live=True))) if taken else []
        return Came(added, [], [])

    @property
    def due(self) -> int | None:
        """When something follows from time alone, in nanoseconds UTC: a Tick should come then, if nothing else has."""
        shipper = self.intake.due
        found = [one for one in (self.growing.due, None if shipper is None else shipper * 1_000_000) if one is not None]
        return min(found, default=None)

    def _entered(self, arrived: Sequence[Arrived]) -> list[Source]:
        """Sources that nobody knew of before this record."""
        fresh = {}
        for one in arrived:
            name = (one.source.node, one.source.stream)
            if name not in self._numbers and name not in fresh:
                fresh[name] = one.source
        if fresh and self.growing.judged is None:
            self._pace([one.system for one in fresh.values() if one.system is not None])
        entered = []
        for name, source in fresh.items():
            self._numbers[name] = max(self._numbers.values(), default=0) + 1
            entered.append(self.growing.enter(source.numbered(self._numbers[name])))
        return entered

    def _pace(self, systems: Sequence[str]) -> None:
        self.growing.inventory = settled(self.growing.inventory, systems)
        if self._settled is not None:
            self._settled(self.growing.inventory)

    def _begun(self, number: int, one: Arrived) -> dict[tuple[int, int], Incarnation]:
        """The incarnation that lines are of, as it was before they came: how far it is read is seen by the blocks."""
        key = (number, one.incarnation.count)
        before = self._known.get(key)
        at = one.incarnation.high_water if before is None and not len(one.lines) else 0
        fresh = Incarnation(
            *key,
            one.incarnation.head,
            one.incarnation.head_length,
            at if before is None else before.high_water,
            one.incarnation.label,
        )
        if fresh == before:
            return {}
        self._known[key] = fresh
        return {key: fresh}

    def _ordered(self, taken: Taken) -> Taken:
        """In order of the sources' names, and of each source as it came; Marks of the journal come first."""
        names = {source.number: source.name for source in self.growing.tail.sources()}
        return sorted(taken, key=lambda one: names.get(one[0], ""))
