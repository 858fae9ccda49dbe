"""Import: streams of logs become a recording (R1, R3), folded on the way so that its last state is there.

What is opened, under which names and in which order, is decided by the caller; this module reads, merges,
stores and folds. Importing the same bytes again adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from parsers.framing import FRAMINGS, Prefixed
from parsers.text import LINE_LIMIT
from replay.blocks import BLOCK_BYTES
from replay.folding import Folding
from replay.journal import HEAD_BYTES, Incarnation, MarkKind, Source, head_of
from replay.merge import BlockBuilder, Flow, last_at, merged
from replay.ordering import Adjustment, OrderTimes
from replay.play import Keeper, Player
from replay.reading import CHUNK_BYTES, ByteStream, Lines, SourceReader, by_prefix, cut, is_blank, line_offsets, picked
from replay.recording import BlockInfo, Heard, Recording
from replay.redaction import NoRedaction, Part, Redaction
from replay.wanted import Chooser, HotBlock, matcher_fingerprint
from replay.zones import zone_named

AHEAD_BYTES = 8 << 20
"""So much of all sources together is read ahead. Few sources are read in parts as large as a block, which costs less
than in small ones; of many, each part is small, as one of each is held.
"""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a source: rotated files of one log are several members of one source."""

    label: str
    open: Callable[[], AbstractContextManager[ByteStream]]
    prefix: str | None = None
    """Of a file that names the node on every line: the one node whose lines are taken."""


@dataclass(slots=True)
class Counted:
    """What an import did."""

    lines: int = 0
    raw_bytes: int = 0
    already_there: int = 0
    """Bytes that the recording had already."""
    torn: int = 0
    marks: dict[MarkKind, int] = field(default_factory=dict)
    undated: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Feed:
    """A source and the files it is read from, in order."""

    source: Source
    members: tuple[Member, ...]


class Follower(Protocol):
    """Somebody who goes along with an import, and folds what comes in its stead."""

    @property
    def player(self) -> Player:
        """What it folds with."""
        ...

    def follow(self, info: BlockInfo, hot: HotBlock) -> None:
        """A block has been added: fold it."""
        ...

    def finish(self) -> None:
        """Everything is there."""
        ...


class Following(NamedTuple):
    """Who goes along with an import, and from when on."""

    begin: Callable[[Mapping[int, int]], Follower | None]
    """Gives one who has come to the end of what is there, or nobody; it is told how many files each source is read
    from.
    """
    from_bytes: int
    """Asked once so many raw bytes are there."""


class Import:
    """One import into one recording."""

    def __init__(
        self,
        recording: Recording,
        feeds: list[Feed],
        redaction: Redaction | None = None,
        progress: Callable[[int], None] | None = None,
        following: Following | None = None,
    ) -> None:
        """`progress` is told of raw bytes as they are read."""
        self._recording = recording
        self._feeds = sorted(feeds, key=lambda feed: feed.source.name)
        self._redaction = redaction or NoRedaction()
        self._progress = progress or (lambda _bytes: None)
        self._following = following
        self._part_bytes = min(max(AHEAD_BYTES // max(len(feeds), 1), CHUNK_BYTES), BLOCK_BYTES)
        self.counted = Counted()

    def run(self) -> str:
        """Import, fold, keep checkpoints; gives back the digest at the end."""
        recording, sources = self._recording, self._recording.sources()
        last = recording.last()
        player = Player(recording)
        if last is not None:
            player.seek(last.last_seq)
        follower: Follower | None = None
        following, stored = self._following, 0
        heard = {} if last is None else recording.heard_at_end(last.first_seq)
        keeper = Keeper(recording, player.folding, player.fingerprint, matcher_fingerprint(sources))
        chooser = Chooser(sources)
        chooser.resume(player.folding.open_streams())
        flows = [Flow(feed.source.number, self._lines(feed)) for feed in self._feeds]
        builder = BlockBuilder(
            [feed.source.number for feed in self._feeds],
            1 if last is None else last.last_seq + 1,
            0 if last is None else last.last_at,
        )
        for first_seq, columns, body in self._blocks(flows, builder):
            for segment in columns.segments:
                before = heard.get(segment.source, Heard(0, 0, 0))
                heard[segment.source] = Heard(
                    before.lines + segment.lines, segment.last_at, before.raw_bytes + segment.length
                )
                self.counted.lines += segment.lines
            for mark in columns.marks:
                self.counted.marks[mark.kind] = self.counted.marks.get(mark.kind, 0) + 1
            block = recording.add_block(first_seq, columns, body, heard)
            hot = chooser.choose(block)
            last = BlockInfo(first_seq, block.count, columns.first_at, last_at(columns), len(body))
            if follower is not None:
                follower.follow(last, hot)
            else:
                _fold(player.folding, hot)
                player.folding.seq = last.last_seq
            keeper.folded(last, hot)
            stored += len(body)
            if following is not None and stored >= following.from_bytes:
                follower = following.begin({feed.source.number: len(feed.members) for feed in self._feeds})
                following = None
                if follower is not None:
                    keeper.go_on(follower.player.folding)
        found = "" if last is None else keeper.keep(last)
        if follower is not None:
            follower.finish()
        return found

    def _blocks(self, flows: list[Flow], builder: BlockBuilder) -> Iterator[tuple[int, Any, bytes]]:
        for taken in merged(flows):
            yield from builder.add(taken)
        yield from builder.finish()

    def _lines(self, feed: Feed) -> Iterator[Lines]:
        """The lines of one source that the recording does not have yet, with Marks where things happen."""
        recording, source = self._recording, feed.source
        order = OrderTimes()
        for member in feed.members:
            with member.open() as stream:
                rewound = _Rewound(stream)
                known = _known(recording.incarnations(source.number), rewound.head)
                if known is None:
                    head, length = head_of(rewound.head)
                    count = len(recording.incarnations(source.number)) + 1
                    known = Incarnation(source.number, count, head, length, 0, member.label)
                    fresh = True
                else:
                    fresh = False
                yield from self._member(feed, member, known, rewound, order, fresh=fresh)

    def _member(  # noqa: PLR0913 - one file of one source
        self,
        feed: Feed,
        member: Member,
        known: Incarnation,
        stream: ByteStream,
        order: OrderTimes,
        *,
        fresh: bool,
    ) -> Iterator[Lines]:
        source = feed.source
        reader = SourceReader(FRAMINGS[source.framing], zone_named(source.zone), known.count, order)
        opened = Adjustment(
            0,
            MarkKind.OPENED,
            {
                "incarnation": known.count,
                "head": known.head.hex(),
                "from": known.high_water,
                "file": member.label,
                "framing": source.framing,
                "form": source.form,
                "fresh": fresh,
            },
        )
        self.counted.already_there += known.high_water
        read = _Read(known.high_water)
        pending = [opened]
        anything = False
        for taken in self._parts(source, member, stream, read):
            anything = True
            lines = reader.add(*taken)
            if lines is not None:
                lines.adjustments[:0] = pending
                pending = []
                yield lines
        lines = reader.finish()
        if lines is None:
            lines = _nothing(known.count)
        lines.adjustments[:0] = pending
        # Committed together with the blocks that hold these lines: an import is one transaction.
        self._recording.set_incarnation(
            Incarnation(source.number, known.count, known.head, known.head_length, read.high_water, known.label)
        )
        if anything or fresh:
            lines.adjustments += [Adjustment(len(lines), *found) for found in self._end(reader, source, read)]
            yield lines

    def _end(self, reader: SourceReader, source: Source, read: _Read) -> Iterator[tuple[MarkKind, dict[str, Any]]]:
        if reader.torn or read.unread:
            self.counted.torn += 1
            yield MarkKind.TORN, {"unread_bytes": read.unread} if read.unread else {}
        if reader.undated and read.high_water:
            self.counted.undated.append(source.name)
            yield MarkKind.UNDATED, {}
        yield MarkKind.ENDED, {"offset": read.high_water}

    def _parts(self, source: Source, member: Member, stream: ByteStream, read: _Read) -> Iterator[Part]:
        """The parts of one source in a stream, redacted; `read` is kept up to date."""
        framing = FRAMINGS[source.framing]
        prefixes: dict[bytes, str] = {}
        redact = self._redaction.of(framing)
        end = read.high_water
        for offset, data, ends in cut(stream, read.high_water, self._part_bytes):
            end = offset + len(data)
            if member.prefix is not None and not data.endswith(b"\n") and len(data) < LINE_LIMIT:
                # What its prefix is, or whose line it goes on with, is seen when the whole line is there.
                read.unread = 0 if is_blank(data) else len(data)
                end = offset
                break
            self._progress(len(data))
            self.counted.raw_bytes += len(data)
            mine: Part | None = (data, ends, line_offsets(offset, ends))
            if member.prefix is not None and isinstance(framing, Prefixed):
                mine = _of_node(data, ends, offset, by_prefix(framing, data, ends, prefixes).get(member.prefix))
            if mine is not None:
                mine = redact.apply(*mine)
            if mine is not None:
                yield mine
            read.high_water = end
        rest, again = redact.rest()
        if rest is not None:
            yield rest
        if again is not None:
            read.high_water, read.unread = again, read.unread + end - again


@dataclass(slots=True)
class _Read:
    """How far a stream has been read."""

    high_water: int
    unread: int = 0
    """Bytes of a last line that is left until its end comes."""


def _of_node(data: bytes, ends: Any, offset: int, lines: Any) -> Part | None:
    """The lines with these indexes; None for none."""
    return None if lines is None else (*picked(data, ends, lines), line_offsets(offset, ends)[lines])


def _fold(folding: Folding, hot: HotBlock) -> None:
    for _step in folding.steps(hot):
        pass


def _nothing(incarnation: int) -> Lines:
    import numpy as np

    empty = np.empty(0, dtype=np.int64)
    return Lines(b"", empty, empty, empty, incarnation)


def _known(incarnations: list[Incarnation], beginning: bytes) -> Incarnation | None:
    """The incarnation that begins as this stream does (R1)."""
    for one in reversed(incarnations):
        if one.head_length == 0:
            if not beginning:
                return one
        elif len(beginning) >= one.head_length and head_of(beginning[: one.head_length])[0] == one.head:
            return one
    return None


class _Rewound:
    """A stream whose beginning has been looked at."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.head = b""
        while len(self.head) < HEAD_BYTES:
            more = stream.read(HEAD_BYTES - len(self.head))
            if not more:
                break
            self.head += more
        self._unread = self.head

    def read(self, size: int, /) -> bytes:
        """As the stream from its beginning."""
        if self._unread:
            given, self._unread = self._unread[:size], self._unread[size:]
            return given
        return self._stream.read(size)


def settings_of(inventory: object, redaction: Redaction) -> dict[str, object]:
    """What belongs to the fingerprint besides code and sources (R19)."""
    return {"inventory": inventory, "redaction": redaction.name}
