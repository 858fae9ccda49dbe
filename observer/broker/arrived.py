"""What an intake hands to the journal: lines that it does not have, and Marks that it has not been told."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from observer.broker.knowing import Known, Stream
from observer.broker.wire import SourceDescription
from replay.journal import Incarnation, MarkKind
from replay.ordering import Adjustment
from replay.reading import Lines


class Arrived(NamedTuple):
    """Lines of one incarnation of one source that the journal does not have, with the Marks among them."""

    source: SourceDescription
    incarnation: Incarnation
    """As it is known with these lines; of source 0, as the journal gives the numbers."""
    backlog: bool
    lines: Lines
    at: int
    """When it came, in nanoseconds UTC: with its record, or before, where a shipper fell silent in between. Rising."""


def arrived(stream: Stream, known: Known, lines: Lines, at_ms: int, *, backlog: bool = False) -> Arrived:
    """Lines of an incarnation, which came at a time in milliseconds since 1970."""
    incarnation = Incarnation(0, known.count, known.head, known.head_length, known.high_water, known.label)
    return Arrived(stream.source, incarnation, backlog, lines, nanoseconds(at_ms))


def told(stream: Stream, kind: MarkKind, facts: dict[str, Any], at_ms: int) -> Arrived:
    """A Mark of a source of which there are no lines."""
    lines = no_lines(stream.last_count)
    lines.adjustments = [Adjustment(0, kind, facts)]
    return arrived(stream, stream.known[-1], lines, at_ms)


def no_lines(incarnation: int) -> Lines:
    """Nothing of an incarnation."""
    empty = np.empty(0, dtype=np.int64)
    return Lines(b"", empty, empty, empty, incarnation)


def nanoseconds(milliseconds: int) -> int:
    """A broker's time in the journal's unit."""
    return milliseconds * 1_000_000
