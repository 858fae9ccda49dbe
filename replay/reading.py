"""Cutting a stream of bytes into the lines of its sources, with their times.

One stream usually is one source. A framing that names the node on every line (`kubectl logs --prefix`)
makes several sources of one stream, each with its own order and its own offsets in the stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from parsers.clock import Zone
from parsers.framing import Framing, Prefixed
from parsers.text import LINE_LIMIT, without_colour
from replay.ordering import UNDATED, Adjustment, OrderTimes
from replay.stamps import Stamper

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK_BYTES = 1 << 18
"""So much is read at once, at least."""


class ByteStream(Protocol):
    """Anything that is read from front to back."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, none at the end."""
        ...


@dataclass(slots=True)
class Lines:
    """Lines of one source, in its order."""

    data: bytes | memoryview
    """A view where they were taken out of more, so that no byte is copied."""
    ends: NDArray[np.int64]
    """Where each line ends in `data`."""
    times: NDArray[np.int64]
    """Order times; UNDATED before the first dated line."""
    offsets: NDArray[np.int64]
    """Offset of each line in the incarnation."""
    incarnation: int
    adjustments: list[Adjustment] = field(default_factory=list)

    def __len__(self) -> int:
        """How many lines."""
        return len(self.ends)


def cut(stream: ByteStream, skip: int = 0, size: int = CHUNK_BYTES) -> Iterator[tuple[int, bytes, NDArray[np.int64]]]:
    """(offset, bytes, line ends) from front to back. A line over the limit comes as fragments of that size.

    `skip` bytes at the front are passed over, then `size` are read at once.
    """
    offset = _skipped(stream, skip)
    rest = b""
    while chunk := stream.read(size):
        last = chunk.rfind(b"\n") + 1
        if last:
            whole, rest = b"".join((rest, memoryview(chunk)[:last])), chunk[last:]
        else:
            rest += chunk
            if len(rest) < LINE_LIMIT:
                continue
            whole, rest = rest[:LINE_LIMIT], rest[LINE_LIMIT:]
        yield offset, whole, line_ends(whole)
        offset += len(whole)
    if rest:
        yield offset, rest, line_ends(rest)


def _skipped(stream: ByteStream, skip: int) -> int:
    passed = 0
    while passed < skip:
        chunk = stream.read(min(CHUNK_BYTES, skip - passed))
        if not chunk:
            break
        passed += len(chunk)
    return passed


def line_ends(data: bytes) -> NDArray[np.int64]:
    """Where each line ends in these bytes; one over the limit ends in fragments of that size."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")) + 1
    if not len(ends) or ends[-1] != len(data):
        ends = np.append(ends, len(data))
    if len(data) <= LINE_LIMIT:
        return ends
    lengths = np.diff(ends, prepend=0)
    if lengths.max() <= LINE_LIMIT:
        return ends
    starts = ends - lengths
    pieces = [
        np.append(np.arange(start + LINE_LIMIT, end, LINE_LIMIT), end)
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
    return np.concatenate(pieces)


class SourceReader:
    """Gives the lines of one source, with order times, from the parts that its stream is cut into."""

    def __init__(self, framing: Framing, zone: Zone, incarnation: int, order: OrderTimes) -> None:
        """`order` goes on from one incarnation of the source to the next."""
        self._stamper = Stamper(framing, zone)
        self._order = order
        self._incarnation = incarnation
        self._held: Lines | None = None
        self._continues = False
        self.undated = True
        self.torn = False
        """Whether the last line had no line break."""

    def add(
        self, data: bytes, ends: NDArray[np.int64], offsets: NDArray[np.int64], *, final: bool = False
    ) -> Lines | None:
        """Take a part; give back the lines that can be ordered already, with `final` all of them."""
        array = np.frombuffer(data, dtype=np.uint8)
        starts = np.concatenate(([0], ends[:-1]))
        times = self._stamper.times(array, starts, ends)
        unterminated = array[ends - 1] != ord("\n")
        continuing = np.concatenate(([self._continues], unterminated[:-1]))
        times[continuing] = UNDATED
        self._continues = bool(unterminated[-1])
        self.torn = self._continues and not is_blank(data[int(starts[-1]) :])
        self.undated = self.undated and bool((times == UNDATED).all())
        lines = Lines(data, ends, times, offsets, self._incarnation)
        lines = lines if self._held is None else joined([self._held, lines])
        return self._ordered(lines, final=final)

    def finish(self) -> Lines | None:
        """The lines still held back."""
        lines, self._held = self._held, None
        return None if lines is None else self._ordered(lines, final=True)

    def _ordered(self, lines: Lines, *, final: bool) -> Lines | None:
        times, adjustments = self._order.order(lines.times, final=final)
        ready = len(times)
        self._held = None if ready == len(lines) else part(lines, ready, len(lines))
        if not ready:
            return None
        given = lines if ready == len(lines) else part(lines, 0, ready)
        given.times, given.adjustments = times, adjustments
        return given


def part(lines: Lines, first: int, last: int) -> Lines:
    """Lines `first` to `last` (exclusive), with the adjustments that stand before one of them."""
    start = int(lines.ends[first - 1]) if first else 0
    end = int(lines.ends[last - 1])
    return Lines(
        lines.data[start:end],
        lines.ends[first:last] - start,
        lines.times[first:last],
        lines.offsets[first:last],
        lines.incarnation,
        [
            Adjustment(found.line - first, found.kind, found.facts)
            for found in lines.adjustments
            if first <= found.line < last or found.line == last == len(lines)
        ],
    )


def joined(parts: list[Lines]) -> Lines:
    """Consecutive lines of one source as one."""
    if len(parts) == 1:
        return parts[0]
    shifts = np.cumsum([0, *(len(one.data) for one in parts[:-1])])
    firsts = np.cumsum([0, *(len(one) for one in parts[:-1])]).tolist()
    return Lines(
        b"".join(one.data for one in parts),
        np.concatenate([one.ends + shift for one, shift in zip(parts, shifts, strict=True)]),
        np.concatenate([one.times for one in parts]),
        np.concatenate([one.offsets for one in parts]),
        parts[0].incarnation,
        [
            Adjustment(found.line + first, found.kind, found.facts)
            for one, first in zip(parts, firsts, strict=True)
            for found in one.adjustments
        ],
    )


def by_prefix(
    framing: Prefixed, data: bytes, ends: NDArray[np.int64], known: dict[bytes, str]
) -> dict[str, NDArray[np.int64]]:
    """Indexes of the lines of each node named by a prefix; lines without one belong to "".

    `known` maps prefixes to nodes and learns new ones: only the first line of each is looked at in Python. The
    empty prefix is that of the next line, where the last one has not come to its end.
    """
    array = np.frombuffer(data, dtype=np.uint8)
    starts = np.concatenate(([0], ends[:-1]))
    unfinished = array[ends - 1] != ord("\n")
    continuing = np.concatenate(([b"" in known], unfinished[:-1]))
    begun = known.pop(b"", "")
    left = np.flatnonzero(~continuing)
    found: dict[str, list[NDArray[np.int64]]] = {}

    def take(prefix: bytes, node: str, left: NDArray[np.int64]) -> NDArray[np.int64]:
        wanted = np.frombuffer(prefix, dtype=np.uint8)
        room = ends[left] - starts[left] >= len(prefix)
        fits = np.zeros(len(left), dtype=bool)
        places = starts[left[room]]
        fits[room] = (array[places[:, None] + np.arange(len(prefix))] == wanted).all(axis=1)
        if fits.any():
            found.setdefault(node, []).append(left[fits])
        return left[~fits]

    for prefix, node in sorted(known.items(), key=lambda one: -len(one[0])):
        left = take(prefix, node, left)
    while len(left):
        line = int(left[0])
        record = data[starts[line] : ends[line]]
        named = framing.prefix(record)
        if named is None:
            found.setdefault("", []).append(left[:1])
            left = left[1:]
        else:
            prefix = _as_written(record, named[0])
            known[prefix] = named[1]
            left = take(prefix, named[1], left)
    for line in np.flatnonzero(continuing).tolist():
        found.setdefault(_owner(found, line - 1) if line else begun, []).append(np.array([line]))
    if unfinished[-1]:
        known[b""] = _owner(found, len(ends) - 1)
    return {node: np.sort(np.concatenate(lines)) for node, lines in found.items()}


def _owner(found: dict[str, list[NDArray[np.int64]]], line: int) -> str:
    return next(node for node, parts in found.items() if any(line in some for some in parts))


def _as_written(record: bytes, prefix: bytes) -> bytes:
    """A prefix with the colours that it has in a record."""
    end = len(prefix)
    while not without_colour(record[:end]).startswith(prefix):
        end += 1
    return record[:end]


def picked(data: bytes, ends: NDArray[np.int64], lines: NDArray[np.int64]) -> tuple[bytes, NDArray[np.int64]]:
    """The bytes of some lines, and where each ends in them."""
    starts = np.concatenate(([0], ends[:-1]))
    view = memoryview(data)
    taken = b"".join([view[start:end] for start, end in zip(starts[lines].tolist(), ends[lines].tolist(), strict=True)])
    return taken, np.cumsum(ends[lines] - starts[lines])


def is_blank(data: bytes) -> bool:
    """Whether nothing but colours stands there: a console log ends in a colour reset that is no line."""
    return not without_colour(data[:LINE_LIMIT]).strip()


def line_offsets(offset: int, ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Offset of each line of a part that begins at `offset`."""
    return np.concatenate(([0], ends[:-1])) + offset
