"""Judging a recording: the engine told of every entry that matters to it, in order.

Most lines say nothing, and are never looked at; yet any line ends a silence. When a source last wrote, and when it
writes next, is read off the blocks' columns, and only where somebody asks (R14).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from parsers.systems import SYSTEMS
from replay.folding import Step
from replay.journal import Mark, MarkKind, Role, Source
from replay.journals import Journal, span
from replay.play import Player
from replay.recording import BlockInfo, Heard
from state.events import Event
from waits.engine import Engine
from waits.sight import Attachment, Ear

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from waits.alerts import Transition

_UNASKED = (-1, -1, "")
DATED_BY_TRANSPORT = ("docker-json", "cri", "journald", "timestamps")
"""Framings that always carry a time of their own."""


TELLS: Mapping[str, frozenset[type[Event]]] = {name: system.kinds for name, system in SYSTEMS.items()}
"""What the logs of each system can tell, as kinds of events."""


class BlockHearing:
    """When the sources of a recording write: exact at every entry of one block, and up to it."""

    def __init__(self, recording: Journal) -> None:
        """Stands before the first block."""
        self._recording = recording
        self._info: BlockInfo | None = None
        self._before: dict[int, Heard] = {}
        self._after: dict[int, Heard] | None = None
        self._marks: list[Mark] | None = None
        self._lines_of: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]] | None = None

    def enter(self, info: BlockInfo) -> bool:
        """Go to the next block. Staying in the same one, where judging stopped within it, changes nothing: False."""
        if self._info is not None and self._info.first_seq == info.first_seq:
            return False
        if self._info is not None:
            self._before = self.after
        elif info.first_seq > 1:
            previous = self._recording.block_infos(info.first_seq - 1)[0]
            self._before = self._recording.heard_at_end(previous.first_seq)
        self._info, self._after, self._lines_of, self._marks = info, None, None, None
        return True

    def go_to(self, seq: int) -> None:
        """Go to the block that holds an entry."""
        found = self._recording.block_infos(seq)
        if found:
            self.enter(found[0])

    @cached_property
    def in_all(self) -> dict[int, Heard]:
        """What comes from every source in the whole recording."""
        last = self._recording.last()
        return {} if last is None else self._recording.heard_at_end(last.first_seq)

    @property
    def marks(self) -> list[Mark]:
        """Marks of the block."""
        if self._marks is None:
            self._marks = [] if self._info is None else self._recording.block(self._info.first_seq).columns.marks
        return self._marks

    @property
    def after(self) -> dict[int, Heard]:
        """What has come from every source by the end of the block."""
        if self._after is None:
            self._after = {} if self._info is None else self._recording.heard_at_end(self._info.first_seq)
        return self._after

    def goes_on(self, mark: Mark) -> bool:
        """Whether a source that ends in this block goes on in a later file: a rotation is no end."""
        total, now = self.in_all.get(mark.source), self.after.get(mark.source)
        if total is not None and (now is None or now.lines < total.lines):
            return True
        return self.opens_again(mark)

    def opens_again(self, mark: Mark) -> bool:
        """Whether a source is opened again in this block behind a Mark of it."""
        return any(
            one.seq > mark.seq and one.source == mark.source and one.kind is MarkKind.OPENED for one in self.marks
        )

    def last_line(self, source: int, at: int, seq: int) -> int | None:
        """Journal time of the source's last line up to a journal time and a sequence."""
        before, after = self._before.get(source), self.after.get(source)
        if after is None:
            return None
        if before is not None and before.lines == after.lines:
            return before.last_at
        if at > after.last_at:
            return after.last_at
        found = self._lines(source)
        if found is not None:
            seqs, times = found
            place = min(int(times.searchsorted(at, "right")), int(seqs.searchsorted(seq, "right")))
            if place:
                return int(times[place - 1])
        return None if before is None else before.last_at

    def next_line(self, source: int, at: int, seq: int) -> tuple[int, int] | None:
        """(sequence, journal time) of the source's next line in this block, after a journal time or, at that very
        time, after a sequence.
        """
        before, after = self._before.get(source), self.after.get(source)
        if after is None or at > after.last_at or (before is not None and before.lines == after.lines):
            return None
        found = self._lines(source)
        if found is None:
            return None
        seqs, times = found
        place = min(int(times.searchsorted(at, "right")), int(seqs.searchsorted(seq, "right")))
        return None if place >= len(seqs) else (int(seqs[place]), int(times[place]))

    def _lines(self, source: int) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """Sequences and journal times of the source's lines in this block."""
        if self._lines_of is None:
            assert self._info is not None  # noqa: S101 - a block has been entered
            block = self._recording.block(self._info.first_seq)
            # A source whose log was rotated within the block has several segments there, one after the other.
            self._lines_of = {}
            for segment, first, _start in block.segments():
                seqs, times = block.seqs[first : first + segment.lines], block.times[first : first + segment.lines]
                known = self._lines_of.get(segment.source)
                if known is not None:
                    import numpy as np

                    seqs, times = np.concatenate((known[0], seqs)), np.concatenate((known[1], times))
                self._lines_of[segment.source] = (seqs, times)
        return self._lines_of.get(source)


def ears_of(sources: list[Source]) -> list[Ear]:
    """Every source that is known from the start, before its log is opened."""
    return [_ear_of(source) for source in sources if source.role is not Role.UNREAD and not source.entered]


def _ear_of(source: Source) -> Ear:
    return Ear(
        source.number,
        source.node,
        source.role is Role.PRIMARY,
        Attachment.LOST,
        0,
        dated_twice=source.framing in DATED_BY_TRANSPORT,
        system=source.system or "",
    )


class Judging:
    """A journal being judged, from one entry to another."""

    def __init__(
        self, player: Player, engine: Engine, hearing: BlockHearing, told: Callable[[Step], object] | None = None
    ) -> None:
        """The engine stands where the player does. `told` is given every step that is judged."""
        self._player = player
        self._engine = engine
        self._hearing = hearing
        self.told = told
        self._node_of: dict[int, str] = {}
        self._by_node: dict[str, list[int]] = {}
        self._later: dict[int, Source] = {}
        """Sources of which nothing is known before their log is opened, so that they have not joined yet."""
        self.reached = engine.at
        """Journal time of the entry up to which it has judged."""
        self._next: dict[str, tuple[int, int, str] | None] = {}
        """The next line in this block of each node that was listened for."""
        for source in player.sources:
            self.join(source)

    def join(self, source: Source) -> None:
        """Judge by a source too, from its first Mark on."""
        self._node_of[source.number] = source.node
        if source.role is not Role.UNREAD:
            self._by_node.setdefault(source.node, []).append(source.number)
            if self._engine.view.ears.get(source.number) is None:
                self._later[source.number] = source

    def run(
        self,
        until: int | None = None,
        at: int | None = None,
        *,
        stop: Callable[[], bool] | None = None,
        advance: Callable[[int], object] = lambda _bytes: None,
    ) -> Iterator[Transition]:
        """Judge on, up to and including sequence `until` and journal time `at`, or until `stop` says so; gives what
        happened. `advance` is given the raw bytes of each block that is entered.
        """
        player, engine = self._player, self._engine
        for info in player.recording.block_infos(player.folding.seq + 1):
            if until is not None and info.first_seq > until:
                break
            self._enter(info, advance)
            for step in self._block(info, until):
                if stop is not None and stop():
                    return
                self._entry(step)
                if engine.transitions:
                    yield from engine.taken()
                if stop is not None and stop():
                    return
            self._close(info, until, at)
            yield from engine.taken()
            if stop is not None and stop():
                return
        last = player.recording.last()
        if until is None and last is not None:
            # What came last may have said nothing; time has passed all the same.
            engine.stand(last.last_seq, last.last_at)
            yield from engine.taken()
        if at is not None and until is not None and player.folding.seq == until and at < span(player.recording)[1]:
            # The time asked for lies between two blocks, or it would have been come by.
            self._advance(until + 1, at + 1)
            yield from self._engine.taken()

    def _enter(self, info: BlockInfo, advance: Callable[[int], object]) -> None:
        if self._hearing.enter(info):
            advance(info.raw_bytes)
        self._next.clear()

    def _entry(self, step: Step) -> None:
        """An entry that said something. What a gap changes is folded before anybody is told of the gap."""
        wanted = step.wanted
        self._engine.entry(wanted.seq, wanted.at, self._node_of[wanted.source], step.before, step.after, step.touched)
        if step.mark is not None:
            self._mark(step.mark)

    def _close(self, info: BlockInfo, until: int | None, at: int | None) -> None:
        """What comes behind the last entry that mattered, up to the end of the block or to where judging stops."""
        if until is None or until >= info.last_seq:
            self._advance(info.last_seq + 1, info.last_at)
            self._player.folding.seq, self.reached = info.last_seq, info.last_at
            return
        # A timer of this very time fires after every entry of it, of which there may be more.
        self.reached = self._time_of(info, until)
        self._advance(until + 1, self.reached if at is None else at + 1)
        self._player.folding.seq = until

    def _time_of(self, info: BlockInfo, seq: int) -> int:
        """Journal time of an entry of a block."""
        block = self._player.recording.block(info.first_seq)
        marks = [mark.at for mark in block.columns.marks if mark.seq == seq]
        return marks[0] if marks else int(block.times[(block.seqs == seq).nonzero()[0][0]])

    def _block(self, info: BlockInfo, until: int | None) -> Iterator[Step]:
        """Steps of a block, with everything that comes between them told to the engine."""
        hot = self._player.hot_block(info)
        marks = [mark for mark in hot.marks if mark.seq > self._player.folding.seq]
        marks.reverse()
        engine = self._engine
        for step in self._player.folding.steps(hot, until):
            while marks and marks[-1].seq < step.wanted.seq:
                self._mark(marks.pop())
            if step.mark is not None:
                marks.pop()
            if self.told is not None:
                self.told(step)
            if engine.listened or engine.soonest < step.wanted.at:
                self._advance(step.wanted.seq, step.wanted.at)
            yield step
        while marks and (until is None or marks[-1].seq <= until):
            self._mark(marks.pop())

    def _advance(self, seq: int, at: int) -> None:
        """Everything before an entry: timers, and lines that end a silence."""
        engine = self._engine
        while True:
            line = self._next_line(seq)
            due = engine.due
            if due is not None and due < (at if line is None else line[1]):
                engine.before(due + 1)
            elif line is not None:
                engine.heard(line[0], line[1], line[2])
            else:
                return

    def _next_line(self, seq: int) -> tuple[int, int, str] | None:
        """The first line before an entry of a node that somebody listens for."""
        engine, known = self._engine, self._next
        first: tuple[int, int, str] | None = None
        for node in sorted(engine.listened):
            line = known.get(node, _UNASKED)
            if line is _UNASKED or (line is not None and line[0] <= engine.seq):
                # Found once: it stays a node's next line until it has come.
                line = known[node] = self._line_of(node)
            if line is not None and line[0] < seq and (first is None or line < first):
                first = line
        return first

    def _line_of(self, node: str) -> tuple[int, int, str] | None:
        """The next line of a node in this block."""
        engine = self._engine
        found = [
            (*line, node)
            for source in self._by_node.get(node, ())
            if (line := self._hearing.next_line(source, engine.at, engine.view.seq)) is not None
        ]
        return min(found, default=None)

    def _mark(self, mark: Mark) -> None:
        """A Mark is an entry like any other."""
        self._advance(mark.seq, mark.at)
        ear = self._engine.view.ears.get(mark.source)
        if ear is None and mark.source in self._later:
            ear = _ear_of(self._later.pop(mark.source))
        if ear is not None and stood(ear, mark, self._hearing):
            self._engine.source(mark.seq, mark.at, ear, gap=mark.kind is MarkKind.GAP)


_LIVE = {
    MarkKind.LAGGING: Attachment.LAGGING,
    MarkKind.CAUGHT_UP: Attachment.ATTACHED,
    MarkKind.LOST: Attachment.LOST,
}
"""How a source stands that is followed while it is written."""


def stood(ear: Ear, mark: Mark, hearing: BlockHearing) -> bool:
    """Let a source stand as a Mark says; False where that changes nothing."""
    if mark.kind is MarkKind.OPENED:
        ear.attachment, ear.since = Attachment.ATTACHED, mark.at
    elif mark.kind is MarkKind.ENDED and (mark.facts.get("live") or not hearing.goes_on(mark)):
        ear.attachment, ear.since = Attachment.ENDED, mark.at
    elif mark.kind in _LIVE:
        ear.attachment, ear.since = _LIVE[mark.kind], mark.at
    elif mark.kind is MarkKind.GAP:
        ear.gaps += 1
    elif mark.kind is MarkKind.CLOCK_STEP:
        ear.steps += 1
    else:
        return False
    return True


def ears_at(recording: Journal, sources: list[Source], seq: int, hearing: BlockHearing) -> list[Ear]:
    """Every source that is known by an entry, as it stands after it."""
    known = {ear.number: ear for ear in ears_of(sources)}
    later = {source.number: source for source in sources if source.entered and source.role is not Role.UNREAD}
    for info in recording.block_infos():
        if info.first_seq > seq:
            break
        hearing.enter(info)
        for mark in hearing.marks:
            if mark.seq > seq:
                continue
            if mark.source in later:
                known[mark.source] = _ear_of(later.pop(mark.source))
            if mark.source in known:
                stood(known[mark.source], mark, hearing)
    return [known[number] for number in sorted(known)]
