"""A journal that grows: lines and Marks come in, blocks, snapshots and transitions come out.

One piece of code for whoever is attached to files, works on a topic or takes a recording from one, so that they cannot
disagree. It stores nothing and asks no clock: when something was received is said by the caller, and what came of it
is handed back as rows to be committed before anybody is told (R6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from observer.inventory import Inventory
from observer.judged import JudgedJournal, Schedule
from replay.blocks import Columns
from replay.folding import Step
from replay.journal import NO_SOURCE, Incarnation, MarkKind, Source
from replay.journals import Journal
from replay.merge import Arrival, BlockBuilder, Taken
from replay.ordering import Adjustment
from replay.play import CHECKPOINT_BYTES
from replay.reading import Lines
from replay.recording import BlockInfo, Heard
from replay.tail import Tail
from replay.wanted import HotBlock
from state.encoding import digest
from waits.alerts import Transition
from waits.engine import Held
from waits.rules import Rule

_HELD = msgspec.msgpack.Decoder(Held)
CHECKPOINT_EVENTS = 20_000
"""One is committed after so many events, whole, with what the engine remembers: it is there to be gone on from."""


class Added(NamedTuple):
    """A block that has come, and what followed from it."""

    info: BlockInfo
    columns: Columns
    body: bytes
    heard: dict[int, Heard]
    hot: HotBlock
    transitions: tuple[Transition, ...]


class Kept(NamedTuple):
    """A checkpoint of the snapshot and of the engine, behind one entry."""

    fingerprint: bytes
    seq: int
    at: int
    digest: str
    state: bytes
    engine: bytes


class Resumed(NamedTuple):
    """Where a judgement was left: a sequence, and what the engine remembered there."""

    seq: int
    held: bytes


class Growing:
    """One network's journal."""

    def __init__(  # noqa: PLR0913 - what a journal goes on from
        self,
        behind: Journal,
        inventory: Inventory,
        schedule: Schedule,
        resumed: Resumed | None = None,
        told: Callable[[Step], object] | None = None,
        begun: Callable[[JudgedJournal], Callable[[], bool]] | None = None,
        begin: int = 0,
    ) -> None:
        """`behind` is what there is already; it is judged before anything is added, from `resumed` on if that is given.
        What is told of it was told before, so it is not told again. `inventory` says how long a node may be silent.
        `told` is given every further step; `begun` the engine when it stands behind entry `begin`, and what it gives
        back is called after every entry from there on.
        """
        self.tail = Tail(behind)
        self.inventory = inventory
        self.schedule = list(schedule)
        self._told = told
        self._when_begun = begun
        self._begin = begin
        self._after_entry: Callable[[], bool] | None = None
        self._begun: JudgedJournal | None = None
        self._checkpoint_events = 0
        self._bytes = 0
        if self.tail.last_seq:
            self._resume(resumed)

    def _resume(self, resumed: Resumed | None) -> None:
        held = None if resumed is None else _HELD.decode(resumed.held)
        start = 0 if resumed is None else resumed.seq
        judged = JudgedJournal(self.tail, self.inventory, self.schedule, start, held=held)
        # Counted from there, or killed often enough nobody would ever come to a checkpoint.
        self._checkpoint_events = judged.player.folding.events
        self._bytes = sum(info.raw_bytes for info in self.tail.block_infos(start + 1))
        if held is not None:
            held.waits = []
            judged.engine.restore(held)
        if self._begin > start:
            _discard(judged.run(self._begin))
        self._start(judged)
        _discard(judged.run(stop=self._after_entry))
        judged.tell(self._told)

    def _start(self, judged: JudgedJournal) -> None:
        self._begun = judged
        if self._when_begun is not None:
            self._after_entry = self._when_begun(judged)

    @property
    def judged(self) -> JudgedJournal | None:
        """The engine and the snapshot; None before the first entry."""
        return self._begun

    @property
    def rules(self) -> Sequence[Rule]:
        """Those that are in force at the end."""
        return self.schedule[-1][1] if self.schedule else ()

    @property
    def due(self) -> int | None:
        """When the next timer fires, if no entry comes before."""
        return None if self._begun is None else self._begun.engine.due

    def enter(self, source: Source) -> Source:
        """Know a source from here on; gives it back with the place at which it was entered."""
        source = msgspec.structs.replace(source, entered=self.tail.last_seq)
        self.tail.join(source)
        if self._begun is not None:
            self._begun.join(source)
        return source

    def load(self, schedule: Schedule) -> None:
        """Judge by other rules from here on."""
        self.schedule = list(schedule)
        if self._begun is not None:
            self._begun.load(self.rules)

    def grow(self, rounds: Iterable[Taken], arrival: Arrival) -> Iterator[Added]:
        """Add rounds of lines, each wholly before the next. Lines that are there already must not be given."""
        builder = self._builder(arrival)
        for taken in rounds:
            # Others may have been added since the last round was.
            builder.go_on(self.tail.last_seq + 1, self.tail.last_at)
            yield from [self._added(*made) for made in builder.add(taken)]
        builder.go_on(self.tail.last_seq + 1, self.tail.last_at)
        yield from [self._added(*made) for made in builder.finish()]

    def mark(self, kind: MarkKind, at: int) -> Iterator[Added]:
        """Add a Mark about the journal itself."""
        yield from self.grow([[(NO_SOURCE, marked([Adjustment(0, kind, {})]))]], Arrival(at, live=True))

    def _builder(self, arrival: Arrival) -> BlockBuilder:
        names = sorted(self.tail.sources(), key=lambda source: source.name)
        numbers = [NO_SOURCE, *(source.number for source in names)]
        return BlockBuilder(numbers, self.tail.last_seq + 1, self.tail.last_at, arrival=arrival)

    def _added(self, first_seq: int, columns: Columns, body: bytes) -> Added:
        info = self.tail.add(first_seq, columns, body)
        if self._begun is None:
            self._start(JudgedJournal(self.tail, self.inventory, self.schedule, told=self._told))
        judged = self._begun
        assert judged is not None  # noqa: S101 - it was begun just now
        transitions = tuple(judged.run(stop=self._after_entry))
        self.tail.forget()
        self._bytes += len(body)
        hot = judged.player.chosen
        assert hot is not None  # noqa: S101 - the block was just judged
        return Added(info, columns, body, self.tail.heard, hot, transitions)

    # --- checkpoints ---------------------------------------------------------------------------------

    @property
    def wants_checkpoint(self) -> bool:
        """Whether so much has come since the last checkpoint that going on from there would take long."""
        if self._begun is None:
            return False
        events = self._begun.player.folding.events - self._checkpoint_events
        return events >= CHECKPOINT_EVENTS or self._bytes >= CHECKPOINT_BYTES

    def checkpoint(self) -> Kept | None:
        """Everything needed to go on from here; None before the first entry."""
        judged = self._begun
        if judged is None:
            return None
        folding = judged.player.folding
        self._checkpoint_events, self._bytes = folding.events, 0
        return Kept(
            judged.player.fingerprint,
            self.tail.last_seq,
            self.tail.last_at,
            digest(folding.state),
            folding.checkpoint(),
            msgspec.msgpack.encode(judged.engine.hold()),
        )


def _discard(transitions: Iterator[Transition]) -> None:
    for _told_before in transitions:
        pass


def marked(adjustments: list[Adjustment], incarnation: int = 0) -> Lines:
    """Marks of a source of which no line has come."""
    empty = np.empty(0, dtype=np.int64)
    return Lines(b"", empty, empty, empty, incarnation, adjustments)


def read_to(columns: Columns, known: dict[tuple[int, int], Incarnation]) -> list[Incarnation]:
    """How far each incarnation that has lines in a block has been read with it, in order; `known` by source and count.
    Where text is redacted before it gets here, offsets do not follow from lengths, and this must be told otherwise.
    """
    ended = np.frombuffer(columns.ends, dtype="<u4").astype(np.int64)
    found: dict[tuple[int, int], Incarnation] = {}
    line = 0
    for segment in columns.segments:
        last = line + segment.lines - 1
        before = int(ended[last - 1]) if last else 0
        length = int(ended[last]) - before
        if segment.offsets:
            through = int(np.frombuffer(segment.offsets, dtype="<i8")[-1]) + length
        else:
            through = segment.offset + segment.length
        key = (segment.source, segment.incarnation)
        if key in known and through > known[key].high_water:
            found[key] = known[key] = msgspec.structs.replace(known[key], high_water=through)
        line += segment.lines
    return list(found.values())
