"""From the records of one network to lines that the journal does not have yet (R1, R9).

Whatever happens on the way, a shipper that is killed and sends again, a cursor that is lost, a record that retention
has removed, is settled here, from nothing but the records and from what was taken before. So the same records give the
same lines in every worker; what an intake knows (`state`) is to be stored in the transaction that stores the results.

Refused: a record that cannot be read is counted and passed over, with its reason; a worker that stopped at it would
never get past it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import msgspec
import numpy as np

from observer.broker.foreign import Delivered, ForeignMapping, Unmapped, delivered, network_of
from observer.broker.knowing import OVERDUE_MS, STANDING, Counted, Known, Shipper, Standing, Stream
from observer.broker.wire import HEADER, JournalMark, Malformed, Piece, Shipped, SourceDescription, is_ours, unpacked
from parsers.framing import FRAMINGS
from parsers.systems import kind_of
from replay.journal import Incarnation, MarkKind, Role, head_of
from replay.ordering import Adjustment, OrderTimes
from replay.reading import Lines, joined, part
from replay.stamps import Stamper
from replay.zones import zone_named

Describe: TypeAlias = Callable[[str, str, Sequence[bytes]], SourceDescription]
"""(node, stream, first lines) of a foreign source: what it is."""
Headers: TypeAlias = Sequence[tuple[str, bytes]]
NOWHERE = ".unrecognised"
"""Lines of a foreign source before the first one whose format is known are a stream of their own: how a source is read
is told once, and its first line may be a banner that says nothing."""
_PLACED = (*(kind for kind in MarkKind if kind not in STANDING and kind is not MarkKind.OPENED), MarkKind.ENDED)
"""Marks that belong to a place in their stream: sent again, they are the same Mark."""


class Arrived(NamedTuple):
    """Lines of one incarnation of one source that the journal does not have, with the Marks among them."""

    source: SourceDescription
    incarnation: Incarnation
    """As it is known with these lines; of source 0, as the journal gives the numbers."""
    backlog: bool
    lines: Lines


class Taken(NamedTuple):
    """What one record gives, in its order. All of it is one entry cycle of the journal (R4, R9)."""

    at: int
    """The record's time, in nanoseconds UTC; never decreasing."""
    arrived: list[Arrived]
    marks: list[JournalMark]
    duplicates: int
    """Lines left out, as the journal has them."""
    unreadable: str | None
    """Why the record could not be read."""


class Intake:
    """Takes the records of one network in the order of their partition."""

    def __init__(
        self,
        network: str,
        state: bytes | None = None,
        mapping: ForeignMapping | None = None,
        describe: Describe | None = None,
    ) -> None:
        """`state` is what an earlier intake of this network knew; `describe` says what a foreign source is."""
        self.network = network
        self._mapping = mapping
        self._describe = describe or recognised(mapping)
        self._standing = Standing() if state is None else msgspec.msgpack.decode(state, type=Standing)
        self._stampers: dict[tuple[str, str], Stamper] = {}

    @property
    def counted(self) -> Counted:
        """What has come, since the first record of the network."""
        return self._standing.counted

    @property
    def due(self) -> int | None:
        """When the next shipper will have been silent for too long, in milliseconds since 1970. An entry, if only a
        Tick, should come then: no silence may be taken for that of a node before.
        """
        heard = [shipper.heard for shipper in self._standing.shippers.values() if not shipper.lost]
        return min(heard) + OVERDUE_MS + 1 if heard else None

    def state(self) -> bytes:
        """Everything that the next intake of this network must know."""
        return msgspec.msgpack.encode(self._standing)

    def take(self, value: bytes, key: bytes | None, timestamp_ms: int, headers: Headers = ()) -> Taken | None:
        """Take a record; None for one of another network. Never raises for what a record may hold."""
        if network_of(value, key, headers, self._mapping) != self.network:
            return None
        standing, counted = self._standing, self.counted
        standing.now = max(standing.now, timestamp_ms)
        counted.records += 1
        before = counted.duplicates
        ours = is_ours(value) or any(name == HEADER for name, _ in headers)
        marks: list[JournalMark] = []
        unreadable = None
        try:
            if ours:
                shipped = unpacked(value)
                marks = shipped.marks
                arrived = [*self._overdue(shipped.shipper.hex()), *self._shipped(shipped)]
            else:
                lines = delivered(value, headers, self._mapping)
                arrived = [*self._overdue(""), *self._delivered(lines)]
        except (Malformed, Unmapped) as error:
            counted.unreadable += 1
            unreadable = str(error)
            arrived = list(self._overdue(""))
        return Taken(standing.now * 1_000_000, arrived, marks, counted.duplicates - before, unreadable)

    # --- shippers ------------------------------------------------------------------------------------

    def _overdue(self, heard: str) -> Iterator[Arrived]:
        """Sources of shippers that have been silent for too long are lost, whatever their nodes do (R23)."""
        for name, shipper in sorted(self._standing.shippers.items()):
            if name != heard and not shipper.lost and self._standing.now - shipper.heard > OVERDUE_MS:
                yield from self._lose(name, f"its shipper has not been heard for {OVERDUE_MS // 1000} s")

    def _lose(self, name: str, why: str) -> Iterator[Arrived]:
        self._standing.shippers[name].lost = True
        for stream in self._of(name):
            if stream.stands in (MarkKind.CAUGHT_UP, MarkKind.LAGGING):
                yield _marked(stream, MarkKind.LOST, {"why": why})

    def _found_again(self, name: str) -> Iterator[Arrived]:
        self._standing.shippers[name].lost = False
        for stream in self._of(name):
            if stream.stands in (MarkKind.CAUGHT_UP, MarkKind.LAGGING):
                yield _marked(stream, stream.stands, {"behind": 0} if stream.stands is MarkKind.LAGGING else {})

    def _of(self, shipper: str) -> list[Stream]:
        return [stream for _, stream in sorted(self._standing.streams.items()) if stream.shipper == shipper]

    # --- records of ours -----------------------------------------------------------------------------

    def _shipped(self, shipped: Shipped) -> Iterator[Arrived]:
        name = shipped.shipper.hex()
        for piece in shipped.pieces:
            yield from self._piece(name, piece)
        if not name:
            # A record of whoever judges, not of a shipper: a Tick.
            return
        shipper = self._standing.shippers.setdefault(name, Shipper(self._standing.now))
        shipper.heard = self._standing.now
        if shipped.left:
            yield from self._lose(name, "its shipper has left")
        elif shipper.lost:
            yield from self._found_again(name)

    def _piece(self, shipper: str, piece: Piece) -> Iterator[Arrived]:
        stream = self._stream(piece.source)
        stream.shipper = shipper
        known, missing = self._incarnation(stream, shipper, piece)
        fresh = not known.theirs
        known.theirs[shipper] = piece.count
        if piece.head_length > known.head_length:
            known.head, known.head_length = piece.head, piece.head_length
        lines = self._unknown(known, piece)
        lines.incarnation = known.count
        lines.adjustments = [
            Adjustment(found.line, found.kind, _of_incarnation(found, known, piece, fresh=fresh))
            for found in lines.adjustments
        ]
        lines.adjustments[:0] = missing
        for found in lines.adjustments:
            if found.kind in STANDING or found.kind is MarkKind.OPENED:
                stream.stands = MarkKind.CAUGHT_UP if found.kind is MarkKind.OPENED else found.kind
        self.counted.lines += len(lines)
        self.counted.gaps += len(missing)
        known.high_water = max(known.high_water, piece.until)
        if len(lines) or lines.adjustments:
            yield Arrived(stream.source, _incarnation(known), piece.backlog, lines)

    def _stream(self, description: SourceDescription) -> Stream:
        """The source of that name; how it is read stays what was first said of it."""
        name = f"{description.node}\0{description.stream}"
        if name not in self._standing.streams:
            self._standing.streams[name] = Stream(self._with_role(description))
        return self._standing.streams[name]

    def _with_role(self, description: SourceDescription) -> SourceDescription:
        """Of two forms of one log, shipped from two places, the one that came first counts."""
        for stream in self._standing.streams.values():
            other = stream.source
            same = other.role is description.role is Role.PRIMARY and other.node == description.node
            if same and other.system == description.system and other.form != description.form:
                return msgspec.structs.replace(description, role=Role.EVIDENCE)
        return description

    def _incarnation(self, stream: Stream, shipper: str, piece: Piece) -> tuple[Known, list[Adjustment]]:
        """The incarnation that a piece is of, and what is missing before it."""
        same = [known for known in stream.known if known.theirs.get(shipper) == piece.count]
        # A shipper that tells two files apart knows better than their beginnings.
        alike = [known for known in stream.known if shipper not in known.theirs and _begins_as(known, piece)]
        if same or alike:
            known = (same or alike)[-1]
            hole = piece.since - known.high_water
            return known, [_gap(hole, "it was read, and did not arrive")] if hole > 0 else []
        counted = stream.counted_by(shipper)
        missing = []
        if counted and piece.count > counted + 1:
            missing.append(_gap(None, f"{piece.count - counted - 1} file(s) of it were read, and did not arrive"))
        if piece.since > _begun_at(piece):
            missing.append(_gap(piece.since, "its beginning was read, and did not arrive"))
        return stream.begin(piece.head, piece.head_length, piece.label), missing

    def _unknown(self, known: Known, piece: Piece) -> Lines:
        """What of a piece the journal does not have: bytes behind the high water, Marks that it has not been told."""
        lines, water = piece.lines, known.high_water
        there = int(np.searchsorted(lines.offsets, water, side="left"))
        kept = []
        for found in lines.adjustments:
            place = int(lines.offsets[found.line]) if found.line < len(lines) else piece.until
            if found.kind in _PLACED and (place < water or (place == water and found.kind.value in known.told)):
                continue
            kept.append(found)
        rest = _rest(lines, there, water)
        dropped = there - (rest is not None)
        kept = [Adjustment(max(0, one.line - dropped), one.kind, one.facts) for one in kept]
        if piece.until > water:
            known.told = []
        if piece.until >= water:
            last = len(lines) - dropped
            known.told += [one.kind.value for one in kept if one.kind in _PLACED and one.line == last]
        self.counted.duplicates += there
        lines.adjustments = []
        if there:
            lines = part(lines, there, len(lines)) if there < len(lines) else _none(known.count)
        if rest is not None:
            lines = joined([rest, lines]) if len(lines) else rest
        lines.adjustments = kept
        return lines

    # --- records of others ---------------------------------------------------------------------------

    def _delivered(self, given: Sequence[Delivered]) -> Iterator[Arrived]:
        for line in given:
            stream = self._foreign(line)
            known, opened = self._file(stream, line)
            offset = known.high_water if line.offset is None else line.offset
            if line.offset is None:
                self.counted.at_least_once += 1
            if offset < known.high_water:
                self.counted.duplicates += 1
                continue
            known.high_water = offset + len(line.text)
            lines = self._cut(stream.source, line, offset, known.count)
            lines.adjustments = opened
            self.counted.lines += len(lines)
            yield Arrived(stream.source, _incarnation(known), backlog=False, lines=lines)

    def _foreign(self, line: Delivered) -> Stream:
        standing, named = self._standing, f"{line.node}\0{line.stream}"
        if named in standing.foreign:
            return standing.streams[standing.foreign[named]]
        described = self._describe(line.node, line.stream, [line.text])
        if described.system is None:
            return self._stream(msgspec.structs.replace(described, stream=described.stream + NOWHERE))
        standing.foreign[named] = f"{described.node}\0{described.stream}"
        return self._stream(described)

    def _file(self, stream: Stream, line: Delivered) -> tuple[Known, list[Adjustment]]:
        """The incarnation that a line is of: another file, or one that begins with another line, is another one."""
        head, length = head_of(line.text) if line.offset == 0 else (b"", 0)
        for known in reversed(stream.known):
            if known.label == line.file and (not length or not known.head_length or known.head == head):
                return known, []
        known = stream.begin(head, length, line.file)
        known.high_water = line.offset or 0
        facts = {
            "incarnation": known.count,
            "head": head.hex(),
            "from": known.high_water,
            "file": line.file,
            "framing": stream.source.framing,
            "form": stream.source.form,
            "fresh": True,
            "delivery": "at least once" if line.offset is None else "by offset",
        }
        return known, [Adjustment(0, MarkKind.OPENED, facts)]

    def _cut(self, source: SourceDescription, line: Delivered, offset: int, count: int) -> Lines:
        """One message as lines: a shipper may have joined several."""
        framing = (source.framing, source.zone)
        if framing not in self._stampers:
            self._stampers[framing] = Stamper(FRAMINGS[source.framing], zone_named(source.zone))
        array = np.frombuffer(line.text, dtype=np.uint8)
        ends = np.flatnonzero(array == ord("\n")) + 1
        starts = np.concatenate(([0], ends[:-1]))
        times = self._stampers[framing].times(array, starts, ends)
        given, _ = OrderTimes().order(times, final=True)
        if line.time is not None and int(times.max()) < 0:
            given[:] = line.time
        return Lines(line.text, ends, given, starts + offset, count)


def recognised(mapping: ForeignMapping | None) -> Describe:
    """What a foreign source is, by its first lines, unless the mapping says it."""
    framing, system = (mapping.framing, mapping.system) if mapping else (None, None)

    def describe(node: str, stream: str, records: Sequence[bytes]) -> SourceDescription:
        kind = kind_of(records, framing, system)
        role = Role.PRIMARY if kind.system else Role.UNREAD
        return SourceDescription(node, stream, kind.system, kind.framing, kind.form, "UTC", role, f"{node}/{stream}")

    return describe


def _begins_as(known: Known, piece: Piece) -> bool:
    """Whether a piece is of an incarnation by its beginning: another shipper, or one that has lost its cursor."""
    if not known.head_length:
        return False
    if (known.head, known.head_length) == (piece.head, piece.head_length):
        return True
    data = piece.lines.data
    if piece.since or len(data) < known.head_length or not len(piece.lines) or int(piece.lines.offsets[0]):
        return False
    return head_of(data[: known.head_length])[0] == known.head


def _begun_at(piece: Piece) -> int:
    """Where its shipper began to read a file that it had never read: not at its beginning, where it was told so."""
    for found in piece.lines.adjustments:
        if found.kind is MarkKind.OPENED and found.facts.get("fresh") and found.line == 0:
            begun = found.facts.get("from")
            return begun if isinstance(begun, int) else 0
    return 0


def _of_incarnation(found: Adjustment, known: Known, piece: Piece, *, fresh: bool) -> dict[str, Any]:
    """A Mark's facts in the journal's own terms: incarnations have other numbers there than with their shipper."""
    facts = dict(found.facts)
    if "incarnation" in facts:
        facts["incarnation"] = known.count
    if found.kind is MarkKind.OPENED:
        facts |= {"fresh": fresh, "from": piece.since if fresh else max(piece.since, known.high_water)}
    return facts


def _rest(lines: Lines, there: int, water: int) -> Lines | None:
    """The end of a line whose beginning the journal has: it was sent when the line was not finished."""
    if not there:
        return None
    start = int(lines.ends[there - 2]) if there > 1 else 0
    end, offset = int(lines.ends[there - 1]), int(lines.offsets[there - 1])
    if offset + end - start <= water:
        return None
    data = lines.data[start + water - offset : end]
    times = lines.times[there - 1 : there]
    return Lines(data, np.array([len(data)]), times, np.array([water]), lines.incarnation)


def _none(count: int) -> Lines:
    empty = np.empty(0, dtype=np.int64)
    return Lines(b"", empty, empty, empty, count)


def _gap(size: int | None, why: str) -> Adjustment:
    return Adjustment(0, MarkKind.GAP, {"bytes": size, "why": why})


def _incarnation(known: Known) -> Incarnation:
    return Incarnation(0, known.count, known.head, known.head_length, known.high_water, known.label)


def _marked(stream: Stream, kind: MarkKind, facts: dict[str, Any]) -> Arrived:
    """A Mark of a source of which there are no lines."""
    lines = _none(stream.last_count)
    lines.adjustments = [Adjustment(0, kind, facts)]
    return Arrived(stream.source, _incarnation(stream.known[-1]), backlog=False, lines=lines)
