"""Reading times as they are written, to integer nanoseconds. Nothing here knows what time it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

NS = 1_000_000_000
Zone: TypeAlias = "Callable[[int], int]"
"""From naive local seconds since 1970 to the offset from UTC in seconds at that moment."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_HOUR, _MINUTE = 3600, 60
_LAST_HOUR, _LAST = 23, 59
_FIRST_YEAR, _LAST_YEAR = 1678, 2261
"""Nanoseconds since 1970 fit into 64 bits, as columns, checkpoints and the digest hold them."""
LEAP_SECOND = 60


def utc(_local: int) -> int:
    """The zone in which naive times are UTC."""
    return 0


@lru_cache(maxsize=512)
def day(text: str) -> int | None:
    """Seconds since 1970 at the start of `YYYY-MM-DD`; None if there is no such day, or none that can be counted."""
    try:
        found = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (found - _EPOCH) // timedelta(seconds=1) if _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def read_time(text: str, zone: Zone = utc, start: int = 0) -> tuple[int, int] | None:
    """The time written at `start` as (nanoseconds UTC, end position), or None if none is.

    `YYYY-MM-DD`, `T` or a space, `HH:MM:SS`, up to nine fractional digits after a point or comma, and `Z`
    or an offset; without one the zone decides.
    """
    match = _WRITTEN.match(text, start)
    if match is None:
        return None
    date, hour, minute, second, fraction, offset = match.groups()
    first = day(date)
    h, m, s = int(hour), int(minute), int(second)
    if first is None or h > _LAST_HOUR or m > _LAST or s > LEAP_SECOND or not _is_offset(offset):
        return None
    local = first + h * _HOUR + m * _MINUTE + s
    seconds = local - (zone(local) if offset is None else offset_seconds(offset))
    nanoseconds = int(fraction.ljust(9, "0")) if fraction else 0
    return seconds * NS + nanoseconds, match.end()


def _is_offset(text: str | None) -> bool:
    return text in (None, "Z") or (int(text[1:3]) <= _LAST_HOUR and int(text[-2:]) <= _LAST)


def offset_seconds(text: str) -> int:
    """`Z`, `+02:00` or `-0530` as seconds east of UTC."""
    if text == "Z":
        return 0
    digits = text[1:].replace(":", "")
    seconds = int(digits[:2]) * _HOUR + int(digits[2:]) * _MINUTE
    return -seconds if text[0] == "-" else seconds
