"""Reading the times of many lines at once.

Lines of one source carry their time at a few fixed places (so many bytes from the start or from the end,
behind the same bytes, with so many fractional digits). A place is learned from one line read slowly and then
tried on all lines by gathering bytes; only what fits no known place is read line by line again.

Neighbours mostly share their minute, so that is read once for each run of lines that have the same; of each
line only seconds and fraction are computed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from parsers.clock import LEAP_SECOND, NS, Zone, offset_seconds, read_time, utc
from parsers.framing import FRAMINGS, Framing, Prefixed
from parsers.text import without_colour
from replay.ordering import UNDATED

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHAPES_KEPT = 24
HEAD = 1024
"""Bytes of a line in which its own time is looked for, when it is not at its beginning."""
_SECONDS_PART = 19
"""Length of `YYYY-MM-DD HH:MM:SS`."""
_MINUTE_PART = 16
"""Length of `YYYY-MM-DD HH:MM`."""
_CONTINUES, _POINTS = np.zeros(256, dtype=bool), np.zeros(256, dtype=bool)
_CONTINUES[list(b"0123456789Z+-")] = True
_POINTS[list(b".,")] = True
_OWN = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?")
_REALTIME = re.compile(rb'"__REALTIME_TIMESTAMP"[ \t]*:[ \t]*"(\d{1,15}|[1-8]\d{15})"')
"""Up to the year 2255, as nanoseconds are kept in 64 bits."""
_TIME_KEY = b'"time":"'
"""Of docker's record, which writes it last, and of zap's lines, which write it near the beginning."""
_TIME_IN_OBJECT = re.compile(rb'"time" ?: ?"')


@dataclass(frozen=True, slots=True)
class Shape:
    """A place at which lines carry their time."""

    from_end: bool
    column: int
    before: bytes
    """What stands before the time: elsewhere, a date at this column is part of what the line says."""
    fraction: int
    """Fractional digits."""
    suffix: bytes
    """`Z`, an offset, or nothing."""

    @property
    def length(self) -> int:
        """Bytes of the written time."""
        return _SECONDS_PART + (self.fraction + 1 if self.fraction else 0) + len(self.suffix)

    @property
    def weights(self) -> dict[int, int]:
        """What the digits behind the minute count, in nanoseconds, by their places behind it: `:SS.fff`."""
        seconds = {1: 10 * NS, 2: NS}
        return {**seconds, **{4 + place: 10 ** (8 - place) for place in range(self.fraction)}}


class Stamper:
    """Reads the order times of one source's lines (R3)."""

    def __init__(self, framing: Framing, zone: Zone) -> None:
        """The transport's time where the framing carries one, else the line's own."""
        self._framing = framing
        self._zone = zone
        self.shapes: list[Shape] = []
        """The places that were learned."""
        self._alike: dict[tuple[int, bytes], list[Shape]] = {}
        """The same, those together whose time is written alike, so that it is read at once wherever it stands."""
        self._find = _FINDERS.get(framing.name, _own)

    def times(self, data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Nanoseconds UTC of each line `data[start:end]`, or UNDATED."""
        times = np.full(len(starts), UNDATED, dtype=np.int64)
        if self._framing.name == "journald":
            _journald(data, ends, times)
        left = np.flatnonzero(times == UNDATED)
        for alike in self._alike.values():
            left = self._try(alike, data, starts, ends, left, times)
            if not len(left):
                return times
        while len(left):
            line, left = int(left[0]), left[1:]
            record = data[starts[line] : ends[line]].tobytes()
            found = self._find(record)
            if found is None:
                continue
            shape = _shape(record, *found)
            when = read_time(record[found[0] : found[1]].decode(), self._zone)
            if when is None:
                continue
            times[line] = when[0]
            if shape not in self.shapes and len(self.shapes) < SHAPES_KEPT:
                self.shapes.append(shape)
                alike = self._alike.setdefault((shape.fraction, shape.suffix), [])
                alike.append(shape)
                # The one behind most bytes first: where a place stands behind none, every line has it.
                alike.sort(key=lambda one: -len(one.before))
                left = self._try([shape], data, starts, ends, left, times)
        return times

    def _try(  # noqa: PLR0913 - one step of the loop above
        self,
        alike: list[Shape],
        data: NDArray[np.uint8],
        starts: NDArray[np.int64],
        ends: NDArray[np.int64],
        left: NDArray[np.int64],
        times: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Fill in the lines that have their time at one of these places; give back those that do not."""
        shape = alike[0]
        places = _places(alike, data, starts[left], ends[left])
        here = np.flatnonzero(places >= 0)
        lines, places = left[here], places[here]
        if not len(lines):
            return left
        minutes = self._minutes(_stretches(data, _MINUTE_PART, places), shape)
        behind = shape.length - _MINUTE_PART
        text = _stretches(data, behind, places + _MINUTE_PART).view(np.uint8).reshape(-1, behind).T
        nanoseconds = _nanoseconds(text, shape)
        fits = (minutes != UNDATED) & (nanoseconds != UNDATED)
        fits &= _no_more_digits(data, places + shape.length, ends[lines], shape)
        lines = lines[fits]
        times[lines] = minutes[fits] * NS + nanoseconds[fits]
        remaining = np.ones(len(times), dtype=bool)
        remaining[lines] = False
        return left[remaining[left]]

    def _minutes(self, written: NDArray[np.bytes_], shape: Shape) -> NDArray[np.int64]:
        """Seconds UTC since 1970 at the beginning of each of these minutes, UNDATED where there is none."""
        # As two numbers, which are compared several times faster than sixteen bytes.
        first, second = written.view("<u8").reshape(-1, 2).T
        changes = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
        runs = np.concatenate(([0], np.flatnonzero(changes) + 1))
        offset = offset_seconds(shape.suffix.decode()) if shape.suffix else None
        begun = []
        for text in written[runs].tolist():
            local = _minute(text)
            begun.append(local if local == UNDATED else local - (self._zone(local) if offset is None else offset))
        return np.repeat(np.array(begun, dtype=np.int64), np.diff(runs, append=len(written)))


def _places(
    alike: list[Shape], data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Where the time of each line stands by the first of these shapes that fits; -1 where none does."""
    places = np.full(len(starts), -1, dtype=np.int64)
    left = np.arange(len(starts))
    for shape in alike:
        found = ends[left] - shape.column if shape.from_end else starts[left] + shape.column
        heads = found - len(shape.before)
        fits = (heads >= starts[left]) & (found + shape.length <= ends[left])
        if shape.before and fits.any():
            fits[fits] = _stretches(data, len(shape.before), heads[fits]) == shape.before
        places[left[fits]] = found[fits]
        left = left[~fits]
        if not len(left):
            break
    return places


def _stretches(data: NDArray[np.uint8], length: int, places: NDArray[np.int64]) -> NDArray[np.bytes_]:
    """So many bytes at each of these places, as one item each: gathered several times faster than byte by byte."""
    everywhere = np.ndarray((len(data) - length + 1,), dtype=f"S{length}", buffer=data, strides=(1,))
    return everywhere[places]


@lru_cache(maxsize=4096)
def _minute(written: bytes) -> int:
    """Naive seconds since 1970 at `YYYY-MM-DD HH:MM`, UNDATED where that is not what is written."""
    read = read_time(f"{written.decode(errors='replace')}:00", utc) if len(written) == _MINUTE_PART else None
    return UNDATED if read is None else read[0] // NS


def _nanoseconds(text: NDArray[np.uint8], shape: Shape) -> NDArray[np.int64]:
    """From the beginning of the minute on; UNDATED where the text behind the minute, a row for each place, is none."""
    places = list(shape.weights)
    digits = text[places] - np.uint8(ord("0"))
    fits = (digits <= 9).all(axis=0) & (text[0] == ord(":"))  # noqa: PLR2004 - a digit
    if shape.fraction:
        fits &= _POINTS[text[_SECONDS_PART - _MINUTE_PART]]
    for byte, row in zip(shape.suffix, text[len(text) - len(shape.suffix) :], strict=True):
        fits &= row == byte
    nanoseconds = np.array(list(shape.weights.values()), dtype=np.int64) @ digits.astype(np.int64)
    fits &= nanoseconds < (LEAP_SECOND + 1) * NS
    return np.where(fits, nanoseconds, UNDATED)


def _no_more_digits(
    data: NDArray[np.uint8], after: NDArray[np.int64], ends: NDArray[np.int64], shape: Shape
) -> NDArray[np.bool_] | bool:
    """Nothing that belongs to the time may follow it: more digits, or a zone."""
    if shape.suffix:
        return True
    following = data[np.minimum(after, len(data) - 1)]
    continues = _CONTINUES[following]
    if not shape.fraction:
        continues |= _POINTS[following]
    free: NDArray[np.bool_] = (after >= ends) | ~continues
    return free


def _shape(record: bytes, start: int, end: int) -> Shape:
    written = record[start:end]
    suffix = re.search(rb"(?:Z|[+-]\d\d:?\d\d)$", written[_SECONDS_PART:])
    tail = suffix[0] if suffix else b""
    fraction = max(0, len(written) - _SECONDS_PART - 1 - len(tail))
    if record[:start].endswith(_TIME_KEY) and record[end:].rstrip() == b'"}':
        return Shape(from_end=True, column=len(record) - start, before=_TIME_KEY, fraction=fraction, suffix=tail)
    return Shape(from_end=False, column=start, before=record[:start], fraction=fraction, suffix=tail)


# Where a line's time stands, as (start, end), when read slowly.


def _own(record: bytes) -> tuple[int, int] | None:
    """At the beginning of the line, but for colours and brackets: the line's own time, or that of a transport
    that writes it first. In a line that is an object, the first `time` in it.
    """
    return _first(record, lambda before: before)


def _prefixed(framing: Prefixed) -> Callable[[bytes], tuple[int, int] | None]:
    """Behind the node's name."""

    def behind_name(before: bytes) -> bytes:
        named = framing.prefix(before)
        return before if named is None else before[len(named[0]) :]

    return lambda record: _first(record, behind_name)


def _first(record: bytes, taken_off: Callable[[bytes], bytes]) -> tuple[int, int] | None:
    head = record[:HEAD]
    found = _OWN.search(head)
    if found is None:
        return None
    before = taken_off(without_colour(head[: found.start()])).strip(b"[(")
    if not before:
        return found.span()
    return _in_object(head) if before.startswith(b"{") else None


def _in_object(head: bytes) -> tuple[int, int] | None:
    key = _TIME_IN_OBJECT.search(head)
    found = _OWN.match(head, key.end()) if key else None
    return found.span() if found else None


def _docker(record: bytes) -> tuple[int, int] | None:
    """The `time` that docker writes last; what is no such record may have its own."""
    key = record.rfind(_TIME_KEY)
    found = _OWN.match(record, key + len(_TIME_KEY)) if key >= 0 else None
    return found.span() if found else _own(record)


_FINDERS: dict[str, Callable[[bytes], tuple[int, int] | None]] = {
    "docker-json": _docker,
    **{name: _prefixed(framing) for name, framing in FRAMINGS.items() if isinstance(framing, Prefixed)},
}


def _journald(data: NDArray[np.uint8], ends: NDArray[np.int64], times: NDArray[np.int64]) -> None:
    for found in _REALTIME.finditer(data.data):
        line = int(np.searchsorted(ends, found.start(), side="right"))
        if line < len(times) and times[line] == UNDATED:
            times[line] = int(found[1]) * 1000
