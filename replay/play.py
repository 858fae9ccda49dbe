"""Playing a recording: entries in, snapshots out, from the start, from a checkpoint, up to anywhere.

One `Folding` serves import, replay and seeking alike, so that they cannot disagree.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import msgspec
import zstandard

from parsers.framing import FRAMINGS
from parsers.source import Memory, SourceParser, Tally
from parsers.systems import SYSTEMS
from parsers.text import one_line
from replay.blocks import Block
from replay.checkpoints import Chain, chained, packed
from replay.checkpoints import unpacked as unpacked_checkpoint
from replay.failures import DamagedRecording, OutOfReach, RecordingBusy
from replay.fingerprint import fingerprint
from replay.journal import Mark, MarkKind, Role, Source
from replay.recording import BlockInfo, Heard, Recording, StoredCheckpoint
from replay.wanted import HIT, Chooser, HotBlock, Wanted, matcher_fingerprint, unpacked
from replay.zones import zone_named
from state.encoding import decode_other, digest, encode_other
from state.events import Event, LogMissed
from state.origin import Origin
from state.snapshot import NetworkState, Touched, fold

RENEW_BYTES = 16 << 20
"""A recording of at least so many raw bytes is renewed after an upgrade; a smaller one is folded each time."""
WHY_KEPT = 200
"""Characters of why a part of a log is missing."""
CHECKPOINT_EVENTS = 3_000
CHECKPOINT_BYTES = 64 << 20
"""A checkpoint is kept after so many events, or so many raw bytes, whichever comes first. Going to any entry takes at
most as long as reading so many.
"""


class Step(msgspec.Struct, frozen=True, gc=False):
    """One entry that said something, and what it changed."""

    wanted: Wanted
    """The line; of a Mark its place, with no bytes."""
    said: Sequence[tuple[Event, Origin]]
    before: NetworkState
    after: NetworkState
    touched: tuple[Touched, ...]
    mark: Mark | None = None
    """The Mark that said it, where no line did."""


class Held(msgspec.Struct, array_like=True):
    """What a checkpoint holds."""

    state: NetworkState
    memories: dict[int, Memory]
    events: int


_ENCODER = msgspec.msgpack.Encoder(enc_hook=encode_other)
_DECODER = msgspec.msgpack.Decoder(Held, dec_hook=decode_other)


class Folding:
    """Snapshots of one journal, entry by entry."""

    def __init__(self, sources: Iterable[Source]) -> None:
        """Starts before the first entry."""
        self.state = NetworkState()
        self.seq = 0
        self.events = 0
        self._parsers: dict[int, SourceParser] = {}
        for source in sources:
            self.join(source)

    def join(self, source: Source) -> None:
        """Read a source too, from its first line on."""
        if source.role is Role.PRIMARY and source.system is not None:
            self._parsers[source.number] = SourceParser(
                source.node,
                source.number,
                SYSTEMS[source.system],
                FRAMINGS[source.framing],
                zone_named(source.zone),
            )

    def steps(self, hot: HotBlock, until: int | None = None) -> Iterator[Step]:
        """Fold the entries of a block after the present one, up to and including sequence `until`."""
        marks = iter(hot.marks)
        mark = next(marks, None)
        for seq, at, source, kind, entry in hot.lines():
            if seq <= self.seq:
                continue
            if until is not None and seq > until:
                break
            while mark is not None and mark.seq < seq:
                if self._tells(mark):
                    yield self._gap(mark)
                mark = next(marks, None)
            # Whoever stops listening in the middle of a block can go on from there.
            self.seq = seq
            parser = self._parsers.get(source)
            if parser is None:
                continue
            said = parser.feed(entry, seq, at, hit=kind == HIT)
            if said:
                yield self._step(Wanted(seq, at, source, entry), said)
        while mark is not None and (until is None or mark.seq <= until):
            if self._tells(mark):
                yield self._gap(mark)
            mark = next(marks, None)

    def _step(self, wanted: Wanted, said: Sequence[tuple[Event, Origin]], mark: Mark | None = None) -> Step:
        before = state = self.state
        touched: tuple[Touched, ...] = ()
        for event, origin in said:
            state, changed = fold(state, event, origin)
            touched += changed
        self.state = state
        self.events += len(said)
        return Step(wanted, said, before, state, touched, mark)

    def _tells(self, mark: Mark) -> bool:
        """Whether a Mark says something of a node: that a part of its log is missing. Behind that, and in a new
        incarnation of a source, nothing is open.
        """
        parser = self._parsers.get(mark.source)
        gap = mark.kind is MarkKind.GAP
        if parser is None or mark.seq <= self.seq:
            return False
        if gap or (mark.kind is MarkKind.OPENED and mark.facts.get("fresh", True)):
            parser.memory = Memory()
        return gap

    def _gap(self, mark: Mark) -> Step:
        """Fold a gap, as an event of its node (R15)."""
        self.seq = mark.seq
        size, why = mark.facts.get("bytes"), mark.facts.get("why")
        missed = LogMissed(size if isinstance(size, int) else None, one_line(str(why), WHY_KEPT) if why else "")
        origin = Origin(self._parsers[mark.source].node, mark.at, mark.at, mark.seq, mark.source)
        return self._step(Wanted(mark.seq, mark.at, mark.source, b""), [(missed, origin)], mark)

    def tallies(self) -> dict[int, Tally]:
        """What became of the lines looked at, by source."""
        return {number: parser.tally for number, parser in self._parsers.items()}

    def open_streams(self) -> dict[int, tuple[str, ...]]:
        """Streams of the transport's whose last record goes on in one still to come, by source."""
        return {number: tuple(parser.memory.partial) for number, parser in self._parsers.items()}

    def checkpoint(self) -> bytes:
        """Everything needed to go on from here, as stored."""
        return packed(self.held())

    def held(self) -> bytes:
        """The same, before it is compressed."""
        return _ENCODER.encode(
            Held(self.state, {number: parser.memory for number, parser in self._parsers.items()}, self.events)
        )

    def restore(self, seq: int, value: bytes, before: Sequence[bytes] = ()) -> None:
        """Go on from a checkpoint; `before` are those that it was written behind. Raises DamagedRecording."""
        try:
            raw = b""
            for one in (*before, value):
                raw = unpacked_checkpoint(one, raw)
            held = _DECODER.decode(raw)
        except (zstandard.ZstdError, msgspec.MsgspecError) as error:
            raise DamagedRecording(f"the checkpoint at sequence {seq} is unreadable: {error}") from None
        self.state, self.seq, self.events = held.state, seq, held.events
        for number, memory in held.memories.items():
            if number in self._parsers:
                self._parsers[number].memory = memory


class Journal(Protocol):
    """What is played: a recording, or the end of a journal that is still growing."""

    def sources(self) -> list[Source]:
        """Every source, by number."""
        ...

    def meta(self, key: str) -> Any:
        """The value under a name, or None."""
        ...

    def block_infos(self, first_seq: int = 0, last_seq: int | None = None) -> list[BlockInfo]:
        """Every block from a sequence on, up to the one with another sequence, in order and without a hole."""
        ...

    def block(self, first_seq: int) -> Block:
        """The block that begins at this sequence."""
        ...

    def heard_at_end(self, first_seq: int) -> dict[int, Heard]:
        """What had come from every source by the end of the block that begins here."""
        ...

    def first(self) -> BlockInfo | None:
        """The first block."""
        ...

    def last(self) -> BlockInfo | None:
        """The last block."""
        ...

    def hot(self, first_seq: int, matcher: bytes) -> bytes | None:
        """The wanted lines of a block, if they were kept by this matcher."""
        ...

    def checkpoint(self, fingerprint: bytes, up_to: int) -> StoredCheckpoint | None:
        """The last checkpoint of this fingerprint at or before a sequence."""
        ...


class Player:
    """Plays a journal."""

    def __init__(self, recording: Journal, engine: str = "auto", *, hot: bool = True) -> None:
        """With `hot`, lines kept apart by the same matcher are used instead of scanning; `engine` is the
        matcher's, `off` to look at every line.
        """
        self.recording = recording
        self.sources = recording.sources()
        self.fingerprint = fingerprint(self.sources, recording.meta("settings"))
        self.matcher = matcher_fingerprint(self.sources)
        self._hot = hot and engine != "off"
        self._engine = engine
        self._in_step = 0
        self.chosen: HotBlock | None = None
        """The wanted lines of the block that was looked at last."""
        self.folding = Folding(self.sources)

    def join(self, source: Source) -> None:
        """Play a source too, from its first line on."""
        self.sources.append(source)
        if "_chooser" in vars(self):
            self._chooser.join(source)
        self.folding.join(source)

    @cached_property
    def _chooser(self) -> Chooser:
        """Made when a block is scanned: where hot lines or a checkpoint are there, none is."""
        return Chooser(self.sources, self._engine)

    @property
    def state(self) -> NetworkState:
        """The snapshot at the present entry."""
        return self.folding.state

    def steps(self, until: int | None = None) -> Iterator[Step]:
        """Play on from the present entry, up to and including sequence `until`."""
        for info in self.recording.block_infos(self.folding.seq + 1, until):
            yield from self.folding.steps(self.hot_block(info), until)
            self.folding.seq = info.last_seq if until is None else min(until, info.last_seq)

    def play(self, until: int | None = None) -> NetworkState:
        """Play on and give back the snapshot there."""
        for _step in self.steps(until):
            pass
        return self.state

    def hot_block(self, info: BlockInfo) -> HotBlock:
        """The wanted lines of a block: those that were looked at last, as kept, or found now."""
        if self.chosen is not None and self.chosen.first_seq == info.first_seq:
            return self.chosen
        if self._hot:
            kept = self.recording.hot(info.first_seq, self.matcher)
            if kept is not None:
                self.chosen = unpacked(info.first_seq, kept)
                return self.chosen
        if self._in_step != info.first_seq:
            self._chooser.resume(self.folding.open_streams())
        self._in_step = info.last_seq + 1
        self.chosen = self._chooser.choose(self.recording.block(info.first_seq))
        return self.chosen

    def seek(self, seq: int) -> NetworkState:
        """Go to just after an entry, from the nearest checkpoint before it."""
        if seq < self.folding.seq:
            self.folding = Folding(self.sources)
        kept = self.recording.checkpoint(self.fingerprint, seq)
        if kept is not None and kept.seq > self.folding.seq:
            self.folding.restore(kept.seq, kept.value, kept.before)
        return self.play(seq)


class Keeper:
    """Keeps hot lines and checkpoints while blocks are folded."""

    def __init__(self, recording: Recording, folding: Folding, print_: bytes, matcher: bytes) -> None:
        """`print_` and `matcher` are the fingerprints to keep them under."""
        self._recording = recording
        self._folding = folding
        self._print = print_
        self._matcher = matcher
        self._events = folding.events
        self._bytes = 0
        self._chain = Chain()

    def go_on(self, folding: Folding) -> None:
        """Go on with another folding, which stands where the one so far did."""
        self._folding = folding

    def folded(self, info: BlockInfo, hot: HotBlock | None) -> None:
        """A block has been folded."""
        if hot is not None:
            self._recording.add_hot(info.first_seq, self._matcher, hot.packed())
        self._bytes += info.raw_bytes
        if self._folding.events - self._events >= CHECKPOINT_EVENTS or self._bytes >= CHECKPOINT_BYTES:
            self.keep(info)

    def keep(self, info: BlockInfo) -> str:
        """Keep a checkpoint after this block; gives back the digest there."""
        found = digest(self._folding.state)
        if info.last_seq != self._chain.seq:
            value, self._chain = chained(self._chain, info.last_seq, self._folding.held())
            self._recording.add_checkpoint(self._print, info.last_seq, info.last_at, found, value)
        self._events, self._bytes = self._folding.events, 0
        return found


def renew(path: Path) -> bool:
    """Fold a recording again and keep hot lines and checkpoints of this version of the program (R5, R19), so
    that the next reading need not. False where the file cannot be written, or somebody else writes it.
    """
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        return False
    try:
        with Recording.open_to_append(path) as recording:
            player = Player(recording)
            matcher = matcher_fingerprint(player.sources)
            keeper = Keeper(recording, player.folding, player.fingerprint, matcher)
            infos = recording.block_infos()
            recording.drop_foreign(player.fingerprint, matcher)
            for info in infos:
                had = recording.hot(info.first_seq, matcher) is not None
                hot = player.hot_block(info)
                for _step in player.folding.steps(hot):
                    pass
                player.folding.seq = info.last_seq
                keeper.folded(info, None if had else hot)
            if infos:
                keeper.keep(infos[-1])
    except (RecordingBusy, OutOfReach):
        return False
    return True


def is_stale(recording: Recording) -> bool:
    """Whether the recording is big and its last state was not kept by this version of the program."""
    last = recording.last()
    if last is None or sum(info.raw_bytes for info in recording.block_infos()) < RENEW_BYTES:
        return False
    sources = recording.sources()
    kept = recording.checkpoint(fingerprint(sources, recording.meta("settings")), last.last_seq)
    return kept is None or kept.seq != last.last_seq


def sequence_at(recording: Recording, at: int) -> int:
    """Sequence of the last entry at or before a journal time; 0 if there is none."""
    import numpy as np

    info = recording.block_behind(at)
    if info is None:
        last = recording.last()
        return 0 if last is None else last.last_seq
    before = info.first_seq - 1 if info.first_seq > recording.begins else 0
    if info.first_at > at:
        return before
    block = recording.block(info.first_seq)
    within = block.seqs[block.times <= at]
    marks = [mark.seq for mark in block.columns.marks if mark.at <= at]
    return max([before, *marks, *([int(np.max(within))] if len(within) else [])])


def heard_at(recording: Recording, seq: int) -> dict[int, Heard]:
    """What had come from every source by an entry, that entry included: exact, whatever was skipped (R14)."""
    last = recording.last()
    if last is None or seq < recording.begins:
        return {}
    if seq >= last.last_seq:
        return recording.heard_at_end(last.first_seq)
    info = recording.block_infos(seq, seq)[0]
    if info.last_seq == seq:
        return recording.heard_at_end(info.first_seq)
    import numpy as np

    before = recording.block_infos(info.first_seq - 1, info.first_seq - 1)
    heard = recording.heard_at_end(before[0].first_seq) if before else {}
    block = recording.block(info.first_seq)
    for segment, first, _start in block.segments():
        last_line = first + int(np.searchsorted(block.seqs[first : first + segment.lines], seq, side="right"))
        if last_line > first:
            known = heard.get(segment.source, Heard(0, 0, 0))
            start = int(block.ends[first - 1]) if first else 0
            heard[segment.source] = Heard(
                known.lines + last_line - first,
                int(block.times[last_line - 1]),
                known.raw_bytes + int(block.ends[last_line - 1]) - start,
            )
    return heard
