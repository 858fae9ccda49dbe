"""The fold of a journal: lines of its blocks in, snapshots out, entry by entry, and what goes on from a checkpoint.

One `Folding` serves import, replay and seeking alike, so that they cannot disagree. It reads no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import zstandard

from parsers.framing import FRAMINGS
from parsers.source import Memory, SourceParser, Tally
from parsers.systems import SYSTEMS
from parsers.text import one_line
from replay.checkpoints import packed
from replay.checkpoints import unpacked as unpacked_checkpoint
from replay.failures import DamagedRecording
from replay.journal import Mark, MarkKind, Role, Source
from replay.wanted import HIT, HotBlock, Wanted
from replay.zones import zone_named
from state.encoding import decode_other, encode_other
from state.events import Event, LogMissed
from state.origin import Origin
from state.snapshot import NetworkState, Touched, fold

WHY_KEPT = 200
"""Characters of why a part of a log is missing."""


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
