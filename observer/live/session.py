"""Attached: one look after another at everything that is followed, each put in the journal, judged and committed.

The loop knows neither threads nor terminals: whoever runs it says what time it is, and is told what came of a look
after it was committed. What cannot be committed is kept and tried again, and nothing more is read meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from observer.live.growing import Added, Growing, read_to
from observer.live.storing import Batch
from observer.live.streams import Stream
from replay.failures import RecordingError
from replay.journal import Incarnation, MarkKind, Source
from replay.merge import Arrival, Flow, Taken, merged
from replay.reading import Lines
from waits.alerts import Transition

ROOM = 4 << 20
"""Bytes that one look may bring, in all."""
CATCH_UP_NS = 200 * 10**6
"""So long a look reads on in what was there before, until it sees what else there is."""
RETRY_NS = 10**9
"""What could not be committed is tried again after so long."""


class Store(Protocol):
    """Where what came of a look is committed."""

    def write(self, batch: Batch, matcher: bytes) -> None:
        """Commit a batch. Raises RecordingError, and then nothing of it is kept."""
        ...


class Came(NamedTuple):
    """What came of a look, committed."""

    added: Sequence[Added]
    transitions: Sequence[Transition]
    seconds: float = 0
    """How long committing took."""


class Attending(Protocol):
    """What is attached to: gives streams as they appear."""

    @property
    def is_recognising(self) -> bool:
        """Whether something has bytes, and it is not known yet what it is. What was found together is read together,
        or the past of the one would stand behind the other's present.
        """
        ...

    def arrivals(self, now: int, enter: Callable[[Source], Source]) -> list[Stream]:
        """Streams that are followed from now on; their sources have been entered."""
        ...


class AtNetwork(Protocol):
    """Somebody who is attached: a session, or whoever takes a journal from a topic."""

    growing: Growing
    trouble: str | None
    """Why nothing can be committed at present."""

    @property
    def streams(self) -> Sequence[Stream]:
        """Everything that is followed."""
        ...

    @property
    def is_catching_up(self) -> bool:
        """Whether what was there before is still being read."""
        ...

    def cycle(self) -> bool:
        """One look; whether anything came of it."""
        ...

    def close(self) -> None:
        """Leave."""
        ...


class Listening(Protocol):
    """Who is told."""

    def beside(self, batch: Batch, now: int) -> None:
        """Add to what is about to be committed."""
        ...

    def wakes(self) -> bool:
        """Whether there is something to commit, though the journal has brought nothing."""
        ...

    def came(self, session: AtNetwork, came: Came) -> None:
        """Something was committed."""
        ...


class Session:
    """One network that somebody is attached to."""

    def __init__(
        self,
        growing: Growing,
        attending: Attending,
        store: Store,
        clock: Callable[[], int],
        audience: Listening | None = None,
    ) -> None:
        """`clock` gives nanoseconds UTC."""
        self.growing = growing
        self._attending = attending
        self._store = store
        self._clock = clock
        self._audience = audience
        self._streams: list[Stream] = []
        self._arrived: list[Stream] = []
        """Streams of which nothing was read yet."""
        self._reading: list[Stream] | None = None
        """Streams of which what was there before is being read."""
        self._backlog: Iterator[Added] = iter(())
        self._of: dict[int, Stream] = {}
        self._entered: list[Source] = []
        self._unwritten: Batch | None = None
        self._retry_at = 0
        self.trouble: str | None = None
        """Why nothing can be committed at present."""

    @property
    def streams(self) -> Sequence[Stream]:
        """Everything that is followed."""
        return self._streams

    def cycle(self) -> bool:
        """One look; whether anything came of it."""
        if self._unwritten is not None and not self._again():
            return False
        now = self._clock()
        arrived = self._attending.arrivals(now, self._enter)
        if arrived:
            self._follow(arrived)
        caught = self._catch_up(now)
        taken = self._look(now)
        received = self._clock()
        if taken:
            added = list(self.growing.grow([self._ordered(taken)], Arrival(received, live=True)))
        elif not self.is_catching_up and self._is_due(received):
            added = list(self.growing.mark(MarkKind.TICK, received))
        else:
            added = []
        wakes = self._audience is not None and self._audience.wakes()
        if added or self._entered or wakes or self.growing.wants_checkpoint:
            self._commit(added)
        return bool(added) or caught

    def close(self) -> None:
        """Leave: what is left of every stream, and a Mark whose time counts as passed (R25)."""
        now = self._clock()
        if self._unwritten is not None:
            self._retry_at = 0
            if not self._again():
                return
        # What lies before the place up to which a backlog was read is not in the journal yet, and is read again.
        behind = [*(self._reading or ()), *self._arrived]
        taken = [one for stream in self._streams if stream not in behind for one in stream.leave(now)]
        added = list(self.growing.grow([self._ordered(taken)], Arrival(now, live=True))) if taken else []
        if self.growing.tail.last_seq and not self.is_catching_up:
            # Nor has the time passed yet that the rest of a backlog is of.
            added += list(self.growing.mark(MarkKind.CLOSED, self._clock()))
        self._commit(added, closing=True)

    # --- what is followed ----------------------------------------------------------------------------

    def _enter(self, source: Source) -> Source:
        entered = self.growing.enter(source)
        self._entered.append(entered)
        return entered

    @property
    def is_catching_up(self) -> bool:
        """Whether what was there before is still being read."""
        return self._reading is not None or bool(self._arrived)

    def _follow(self, arrived: Sequence[Stream]) -> None:
        self._streams += arrived
        self._arrived += arrived
        for stream in arrived:
            for source in stream.sources:
                self._of[source.number] = stream

    def _look(self, now: int) -> Taken:
        taken: Taken = []
        room = max(ROOM // max(1, len(self._streams)), 1 << 16)
        behind = [*(self._reading or ()), *self._arrived]
        for stream in self._streams:
            if stream in behind:
                continue
            mine = stream.look(now, room)
            if mine:
                for number, _lines in mine:
                    self._of[number] = stream
                taken += mine
        return taken

    def _ordered(self, taken: Taken) -> Taken:
        """In order of the sources' names, and of each source as it came."""
        names = {source.number: source.name for stream in self._streams for source in stream.sources}
        return sorted(taken, key=lambda one: names[one[0]])

    def _is_due(self, now: int) -> bool:
        due = self.growing.due
        return due is not None and now > due

    def _catch_up(self, now: int) -> bool:
        """Read on in what was there before, for a little while; whether there was any."""
        if self._reading is None and self._arrived and not self._attending.is_recognising:
            self._reading, self._arrived = self._arrived, []
            self._backlog = self._read_backlog(self._reading, Arrival(now, live=False))
        if self._reading is None:
            return False
        until = self._clock() + CATCH_UP_NS
        for added in self._backlog:
            self._commit([added])
            if self._unwritten is not None or self._clock() >= until:
                return True
        self._reading = None
        return True

    def _read_backlog(self, arrived: Sequence[Stream], arrival: Arrival) -> Iterator[Added]:
        """What was there before, merged as an import merges it (R2)."""
        alone = [stream for stream in arrived if len(stream.sources) == 1 and not stream.names_nodes]
        named = sorted((stream.sources[0].name, stream.sources[0].number, stream) for stream in alone)
        flows = [Flow(number, self._lines(stream)) for _name, number, stream in named]
        yield from self.growing.grow(merged(flows), arrival)
        for stream in arrived:
            if stream not in alone:
                # One file of many nodes cannot be read by each of them at its own pace while it is written.
                for number, lines in stream.backlog(self._clock):
                    self._of[number] = stream
                    yield from self.growing.grow([[(number, lines)]], arrival)

    def _lines(self, stream: Stream) -> Iterator[Lines]:
        for _number, lines in stream.backlog(self._clock):
            yield lines

    # --- committing ----------------------------------------------------------------------------------

    def _commit(self, added: list[Added], *, closing: bool = False) -> None:
        batch = Batch(sources=self._entered, added=added)
        self._entered = []
        batch.incarnations = self._incarnations(added)
        if self.growing.wants_checkpoint or closing:
            batch.kept = self.growing.checkpoint()
        if self._audience is not None:
            self._audience.beside(batch, self._clock())
        if self._unwritten is not None:
            _join(self._unwritten, batch)
        else:
            self._unwritten = batch
        self._again()

    def _incarnations(self, added: Sequence[Added]) -> list[Incarnation]:
        """How far everything has been read, with these blocks."""
        rows: dict[tuple[int, int], Incarnation] = {}
        for one in added:
            streams = {segment.source: self._of[segment.source] for segment in one.columns.segments}
            known = {key: found for stream in streams.values() for key, found in stream.incarnations.items()}
            for read in read_to(one.columns, known):
                rows |= {(row.source, row.count): row for row in streams[read.source].committed([read])}
        for stream in self._streams:
            if stream.changed:
                rows |= {(row.source, row.count): row for row in stream.committed([])}
        return list(rows.values())

    def _again(self) -> bool:
        """Write what is not written yet; whether that is done."""
        batch = self._unwritten
        if batch is None:
            return True
        if self.trouble is not None and self._clock() < self._retry_at:
            return False
        judged, begun = self.growing.judged, time.perf_counter()
        try:
            self._store.write(batch, b"" if judged is None else judged.player.matcher)
        except RecordingError as error:
            self.trouble, self._retry_at = str(error), self._clock() + RETRY_NS
            return False
        self.trouble = None
        self._unwritten = None
        if self._audience is not None and batch.added:
            self._audience.came(self, Came(batch.added, batch.transitions, time.perf_counter() - begun))
        return True


def _join(first: Batch, second: Batch) -> None:
    """What comes after what could not be committed yet is committed with it."""
    first.sources += second.sources
    first.added += second.added
    rows = {(one.source, one.count): one for one in [*first.incarnations, *second.incarnations]}
    first.incarnations = list(rows.values())
    first.kept = second.kept or first.kept
    first.beside += second.beside
