"""What one commit holds: plain rows, made by whoever folded and judged, written by `observer.database.writing`.

Everything in it becomes visible together or not at all, positions in Kafka included: results are never ahead of what
they follow from, nor behind it (R6, R9).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from replay.blocks import checksum, pack
from replay.journal import Incarnation, Source
from replay.judgement import Judgement
from replay.merge import last_at
from replay.recording import BlockInfo, Heard
from state.events import Event
from waits.alerts import Transition

if TYPE_CHECKING:
    from observer.database.rows import Changes
    from observer.sending.notices import Notice
    from observer.sending.sender import Settled
    from replay.blocks import Columns
    from replay.folding import Step


class BlockRow(NamedTuple):
    """A block as it is stored: the columns of a recording's table."""

    first_seq: int
    entries: int
    first_at: int
    last_at: int
    raw_bytes: int
    crc: int
    heard: bytes
    """What had come from every source by its end, as MessagePack."""
    columns: bytes
    body: bytes

    @property
    def info(self) -> BlockInfo:
        """Its place in the journal."""
        return BlockInfo(*self[:5])

    @property
    def intact(self) -> bool:
        """Whether it is what was stored."""
        return self.crc == _crc(self[:5], self.heard, self.columns, self.body)


def block_row(first_seq: int, columns: Columns, body: bytes, heard: Mapping[int, Heard]) -> BlockRow:
    """A block packed for the table. `heard` is what has come from every source up to its end."""
    packed_columns, packed_body = pack(columns, body)
    entries = sum(segment.lines for segment in columns.segments) + len(columns.marks)
    place = (first_seq, entries, columns.first_at, last_at(columns), len(body))
    told = msgspec.msgpack.encode(heard)
    return BlockRow(*place, _crc(place, told, packed_columns, packed_body), told, packed_columns, packed_body)


def _crc(place: tuple[int, ...], heard: bytes, columns: bytes, body: bytes) -> int:
    return checksum(repr(place).encode(), heard, columns, body)


class HotRow(NamedTuple):
    """The wanted lines of a block."""

    first_seq: int
    matcher: bytes
    value: bytes


class EventRow(NamedTuple):
    """One event of an entry."""

    seq: int
    n: int
    """Counts the events of the entry, from 0 on."""
    at: int
    node: str
    event: Event


def event_rows(steps: Iterable[Step]) -> list[EventRow]:
    """Everything that was said, as rows."""
    return [
        EventRow(origin.seq, n, origin.at, origin.node, event)
        for step in steps
        for n, (event, origin) in enumerate(step.said)
    ]


class CheckpointRow(NamedTuple):
    """A place from which on a journal can be folded and judged again."""

    fingerprint: bytes
    seq: int
    at: int
    digest: str
    state: bytes
    """As `Folding.checkpoint` gives it."""
    engine: bytes
    """What the engine remembers there; empty where nothing was judged."""

    @property
    def crc(self) -> int:
        """Over all of it."""
        return checksum(repr(self[:4]).encode(), self.state, self.engine)


class TransitionRow(NamedTuple):
    """A change of an alert, counted from 1 on in its network."""

    number: int
    told: Transition


class VerdictRow(NamedTuple):
    """What became of a condition."""

    name: str
    condition: str
    result: str
    at: int
    value: bytes


class Batch(msgspec.Struct, frozen=True):
    """What is new of one network."""

    network: str
    meta: dict[str, Any] = {}
    sources: tuple[Source, ...] = ()
    incarnations: tuple[Incarnation, ...] = ()
    resealed: tuple[int, ...] = ()
    """First sequences of blocks in place of which sealed ones stand in `blocks`."""
    blocks: tuple[BlockRow, ...] = ()
    hot: tuple[HotRow, ...] = ()
    events: tuple[EventRow, ...] = ()
    checkpoint: CheckpointRow | None = None
    transitions: tuple[TransitionRow, ...] = ()
    verdicts: tuple[VerdictRow, ...] = ()
    judgements: tuple[tuple[int, Judgement], ...] = ()
    """Each with its place in the judgement log, from 0 on."""
    notices: tuple[tuple[str, tuple[Notice, ...]], ...] = ()
    """For each destination."""
    settled: tuple[tuple[str, Settled], ...] = ()
    """What became of notices that were committed before, by destination."""
    prune_before: int | None = None
    """What was settled before this time is forgotten."""
    ledger: bytes | None = None
    """What the notices follow from."""
    changes: Changes | None = None
    """Of the tables of the present."""


class Position(msgspec.Struct, frozen=True):
    """How far a partition has been read, by whoever owns it."""

    topic: str
    partition: int
    expected: int | None
    """What was committed before; None for nothing."""
    next_offset: int
    epoch: int
    """As `Store.claim` gave it: a later claim voids it."""


class DeadLetter(msgspec.Struct, frozen=True):
    """Records that could not be read, by the reason."""

    topic: str
    partition: int
    why: str
    count: int
    last_offset: int
    last_at: int


class Commit(msgspec.Struct, frozen=True):
    """What one transaction holds."""

    batches: tuple[Batch, ...] = ()
    positions: tuple[Position, ...] = ()
    dead_letters: tuple[DeadLetter, ...] = ()
