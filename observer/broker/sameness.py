"""Which incarnation a piece is of, and what of it the journal has already (R1).

A line's identity is its source, its incarnation and its offset. Shippers count incarnations each for itself, and one
that has lost its cursor counts anew; so they are known by that count, and else by how they begin.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from observer.broker.arrived import no_lines
from observer.broker.knowing import STANDING, Known, Stream
from observer.broker.wire import Piece
from replay.journal import MarkKind, head_of
from replay.ordering import Adjustment
from replay.reading import Lines, joined, part

_PLACED = (*(kind for kind in MarkKind if kind not in STANDING and kind is not MarkKind.OPENED), MarkKind.ENDED)
"""Marks that belong to a place in their stream: sent again, they are the same Mark."""


def incarnation_of(stream: Stream, shipper: str, piece: Piece) -> tuple[Known, list[Adjustment]]:
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


def unknown(known: Known, piece: Piece) -> Lines:
    """What of a piece the journal does not have: bytes behind the high water, Marks that it has not been told. They
    are of the incarnation as the journal counts it.
    """
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
    lines.adjustments = []
    if there:
        lines = part(lines, there, len(lines)) if there < len(lines) else no_lines(known.count)
    if rest is not None:
        lines = joined([rest, lines]) if len(lines) else rest
    lines.adjustments, lines.incarnation = kept, known.count
    return lines


def facts_of(found: Adjustment, known: Known, piece: Piece, *, fresh: bool) -> dict[str, Any]:
    """A Mark's facts in the journal's own terms: incarnations have other numbers there than with their shipper."""
    facts = dict(found.facts)
    if "incarnation" in facts:
        facts["incarnation"] = known.count
    if found.kind is MarkKind.OPENED:
        facts |= {"fresh": fresh, "from": piece.since if fresh else max(piece.since, known.high_water)}
    return facts


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


def _gap(size: int | None, why: str) -> Adjustment:
    return Adjustment(0, MarkKind.GAP, {"bytes": size, "why": why})
