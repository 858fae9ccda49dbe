"""From the records of one network to lines that the journal does not have yet (R1, R9).

Whatever happens on the way, a shipper that is killed and sends again, a cursor that is lost, a record that retention
has removed, is settled here, from nothing but the records and from what was taken before. So the same records give the
same lines in every worker; what an intake knows (`state`) is to be stored in the transaction that stores the results.

Refused: a record that cannot be read is counted and passed over, with its reason; a worker that stopped at it would
never get past it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from observer.broker.arrived import Arrived, arrived, nanoseconds
from observer.broker.foreign import ForeignMapping, Unmapped, delivered, network_of
from observer.broker.hearing import heard, overdue
from observer.broker.knowing import OVERDUE_MS, STANDING, Counted, Standing, stream_of
from observer.broker.outsiders import Describe, Outsiders, recognised
from observer.broker.sameness import facts_of, incarnation_of, unknown
from observer.broker.wire import HEADER, JournalMark, Malformed, Piece, is_ours, unpacked
from replay.journal import MarkKind
from replay.ordering import Adjustment

__all__ = ["Arrived", "Headers", "Intake", "Taken"]

Headers: TypeAlias = Sequence[tuple[str, bytes]]


class Taken(NamedTuple):
    """What one record gives, in its order. What has one time is one read cycle of the journal (R4, R9)."""

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
        self._standing = Standing() if state is None else msgspec.msgpack.decode(state, type=Standing)
        self._outsiders = Outsiders(self._standing, describe or recognised(mapping))

    @property
    def counted(self) -> Counted:
        """What has come, since the first record of the network."""
        return self._standing.counted

    @property
    def due(self) -> int | None:
        """When the next shipper will have been silent for too long, in milliseconds since 1970. What is told of that
        does not depend on an entry that comes then; that it is told in time does, so a Tick should come.
        """
        silent = [shipper.heard for shipper in self._standing.shippers.values() if not shipper.lost]
        return min(silent) + OVERDUE_MS + 1 if silent else None

    def state(self) -> bytes:
        """Everything that the next intake of this network must know."""
        return msgspec.msgpack.encode(self._standing)

    def take(self, value: bytes, key: bytes | None, timestamp_ms: int, headers: Headers = ()) -> Taken | None:
        """Take a record; None for one of another network. Never raises for what a record may hold."""
        if network_of(value, key, headers, self._mapping) != self.network:
            return None
        standing, counted = self._standing, self.counted
        floor, standing.now = standing.now, max(standing.now, timestamp_ms)
        counted.records += 1
        before = counted.duplicates
        given = list(overdue(standing, floor))
        marks: list[JournalMark] = []
        unreadable = None
        try:
            if is_ours(value) or any(name == HEADER for name, _ in headers):
                shipped = unpacked(value)
                marks = shipped.marks
                for piece in shipped.pieces:
                    given += self._piece(shipped.shipper.hex(), shipped.run.hex(), piece)
                # Whoever judges sends records too, Ticks, and is no shipper.
                given += heard(standing, shipped) if shipped.shipper else ()
            else:
                given += self._outsiders.take(delivered(value, headers, self._mapping))
        except (Malformed, Unmapped) as error:
            counted.unreadable += 1
            unreadable = str(error)
        return Taken(nanoseconds(standing.now), given, marks, counted.duplicates - before, unreadable)

    def _piece(self, shipper: str, run: str, piece: Piece) -> Iterator[Arrived]:
        """What the journal does not have of a piece."""
        stream = stream_of(self._standing, piece.source)
        stream.shipper, stream.run = shipper, run
        known, missing = incarnation_of(stream, shipper, piece)
        fresh = not known.theirs
        known.theirs[shipper] = piece.count
        if piece.head_length > known.head_length:
            known.head, known.head_length = piece.head, piece.head_length
        sent = len(piece.lines)
        lines = unknown(known, piece)
        told = [Adjustment(one.line, one.kind, facts_of(one, known, piece, fresh=fresh)) for one in lines.adjustments]
        lines.adjustments = [*missing, *told]
        for one in told:
            if one.kind in STANDING or one.kind is MarkKind.OPENED:
                stream.stands = MarkKind.CAUGHT_UP if one.kind is MarkKind.OPENED else one.kind
        self.counted.lines += len(lines)
        self.counted.duplicates += sent - len(lines)
        self.counted.gaps += len(missing)
        known.high_water = max(known.high_water, piece.until)
        if len(lines) or lines.adjustments:
            yield arrived(stream, known, lines, self._standing.now, backlog=piece.backlog)
