"""Reading the times of many lines at once.

Lines of one source carry their time at a few fixed places (so many bytes from the start or from the end,
behind the same bytes, with so many fractional digits). A place is learned from one line read slowly and then
tried on all lines by gathering bytes; only what fits no known place is read line by line again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from parsers.clock import NS, Zone, day, offset_seconds, read_time
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
_DIGITS = (0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18)
_WEIGHTS = np.array([10000000, 1000000, 100000, 10000, 1000, 100, 10, 1], dtype=np.int64)
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


class Stamper:
    """Reads the order times of one source's lines (R3)."""

    def __init__(self, framing: Framing, zone: Zone) -> None:
        """The transport's time where the framing carries one, else the line's own."""
        self._framing = framing
        self._zone = zone
        self.shapes: list[Shape] = []
        """The places that were learned."""
        self._find = _FINDERS.get(framing.name, _own)

    def times(self, data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Nanoseconds UTC of each line `data[start:end]`, or UNDATED."""
        times = np.full(len(starts), UNDATED, dtype=np.int64)
        if self._framing.name == "journald":
            _journald(data, ends, times)
        left = np.flatnonzero(times == UNDATED)
        for shape in self.shapes:
            left = self._try(shape, data, starts, ends, left, times)
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
                left = self._try(shape, data, starts, ends, left, times)
        return times

    def _try(  # noqa: PLR0913 - one step of the loop above
        self,
        shape: Shape,
        data: NDArray[np.uint8],
        starts: NDArray[np.int64],
        ends: NDArray[np.int64],
        left: NDArray[np.int64],
        times: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Fill in the lines that have their time at this place; give back those that do not."""
        places = ends[left] - shape.column if shape.from_end else starts[left] + shape.column
        room = (places - len(shape.before) >= starts[left]) & (places + shape.length <= ends[left])
        lines, places = left[room], places[room]
        if shape.before and len(lines):
            ahead = data[(places - len(shape.before))[:, None] + np.arange(len(shape.before))]
            behind = (ahead == np.frombuffer(shape.before, dtype=np.uint8)).all(axis=1)
            lines, places = lines[behind], places[behind]
        if not len(lines):
            return left
        text = data[places[:, None] + np.arange(shape.length)]
        digits = text[:, _DIGITS].astype(np.int64) - ord("0")
        fits = ((digits >= 0) & (digits <= 9)).all(axis=1) & _separated(text, shape)  # noqa: PLR2004 - a digit
        fits &= _no_more_digits(data, places + shape.length, ends[lines], shape)
        seconds = _seconds(digits)
        fits &= seconds != UNDATED
        if shape.fraction:
            part = text[:, _SECONDS_PART + 1 : _SECONDS_PART + 1 + shape.fraction].astype(np.int64) - ord("0")
            fits &= ((part >= 0) & (part <= 9)).all(axis=1)  # noqa: PLR2004 - a digit
            scale = 10 ** np.arange(8, 8 - shape.fraction, -1, dtype=np.int64)
            nanoseconds = part @ scale
        else:
            nanoseconds = np.zeros(len(lines), dtype=np.int64)
        seconds, nanoseconds, lines = seconds[fits], nanoseconds[fits], lines[fits]
        times[lines] = (seconds - self._offsets(seconds, shape)) * NS + nanoseconds
        remaining = np.ones(len(times), dtype=bool)
        remaining[lines] = False
        return left[remaining[left]]

    def _offsets(self, local: NDArray[np.int64], shape: Shape) -> NDArray[np.int64] | int:
        """Seconds east of UTC; a zone's offset is asked once for every quarter of an hour."""
        if shape.suffix:
            return offset_seconds(shape.suffix.decode())
        if not len(local):
            return 0
        quarters = local // 900
        if quarters.min() == quarters.max():
            return self._zone(int(quarters[0]) * 900)
        which, inverse = np.unique(quarters, return_inverse=True)
        return np.array([self._zone(int(quarter) * 900) for quarter in which], dtype=np.int64)[inverse]


def _separated(text: NDArray[np.uint8], shape: Shape) -> NDArray[np.bool_]:
    fits = (text[:, 4] == ord("-")) & (text[:, 7] == ord("-")) & (text[:, 13] == ord(":")) & (text[:, 16] == ord(":"))
    fits &= (text[:, 10] == ord(" ")) | (text[:, 10] == ord("T"))
    if shape.fraction:
        fits &= (text[:, _SECONDS_PART] == ord(".")) | (text[:, _SECONDS_PART] == ord(","))
    for place, byte in enumerate(shape.suffix, start=shape.length - len(shape.suffix)):
        fits &= text[:, place] == byte
    return np.asarray(fits, dtype=bool)


def _no_more_digits(
    data: NDArray[np.uint8], after: NDArray[np.int64], ends: NDArray[np.int64], shape: Shape
) -> NDArray[np.bool_]:
    """Nothing that belongs to the time may follow it: more digits, or a zone."""
    if shape.suffix:
        return np.ones(len(after), dtype=bool)
    following = data[np.minimum(after, len(data) - 1)]
    continues = ((following >= ord("0")) & (following <= ord("9"))) | np.isin(
        following, np.frombuffer(b"Z+-", np.uint8)
    )
    if not shape.fraction:
        continues |= (following == ord(".")) | (following == ord(","))
    free: NDArray[np.bool_] = (after >= ends) | ~continues
    return free


def _seconds(digits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Naive seconds since 1970, UNDATED where there is no such day or hour."""
    dates = digits[:, :8] @ _WEIGHTS
    hours, minutes, seconds = (digits[:, i] * 10 + digits[:, i + 1] for i in (8, 10, 12))
    of_day = hours * 3600 + minutes * 60 + seconds
    known, inverse = (dates[:1], None) if (dates == dates[0]).all() else np.unique(dates, return_inverse=True)
    starts = np.array([_start(int(date)) for date in known], dtype=np.int64)
    start = starts[0] if inverse is None else starts[inverse]
    valid = (start != UNDATED) & (hours < 24) & (minutes < 60) & (seconds <= 60)  # noqa: PLR2004 - a clock
    return np.where(valid, start + of_day, UNDATED)


def _start(date: int) -> int:
    found = day(f"{date // 10000:04d}-{date // 100 % 100:02d}-{date % 100:02d}")
    return UNDATED if found is None else found


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
