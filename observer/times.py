"""Times as people write and read them. Everything inside is integer nanoseconds UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from observer.exits import Failed
from parsers.clock import NS, read_time
from waits.durations import time_of_day

_EPOCH_TEXT = re.compile(r"\d{1,11}(?:\.\d{1,9})?")
_NANOSECONDS_TEXT = re.compile(r"\d{16,19}")
_CLOCK = re.compile(r"(\d\d:\d\d(?::\d\d)?)((?:\.\d{1,9})?)")
_SHORT_CLOCK = len("HH:MM")
_FAR = 9_000_000_000 * NS
"""No time further than this from 1970 fits a journal, which has 64 bits for nanoseconds."""


def written(at: int) -> str:
    """RFC 3339 in UTC, with as many fractional digits as are needed, in threes."""
    seconds, rest = divmod(at, NS)
    digits = f"{rest:09d}"
    while len(digits) > 3 and digits.endswith("000"):  # noqa: PLR2004 - milliseconds at least
        digits = digits[:-3]
    return f"{_to_the_second(seconds)}.{digits}Z"


@lru_cache(maxsize=1024)
def _to_the_second(seconds: int) -> str:
    """Times that are written together are often of one second."""
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat()[:19]


def clock(at: int) -> str:
    """Time of day to the millisecond, UTC, for lines of one run."""
    return time_of_day(at)


def lasting(duration: int) -> str:
    """A duration for people: `26.2 s`, `3 m 04 s`, `2 h 05 m`."""
    seconds = duration // NS
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{duration // 10**8 / 10:.1f} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{minutes} m {seconds:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} m" if hours < 48 else f"{hours // 24} d {hours % 24:02d} h"  # noqa: PLR2004


def moment(text: str, first: int, last: int) -> int:
    """A point of a journal that runs from `first` to `last`.

    RFC 3339 (UTC where no offset is written), seconds since 1970, `+90s` from the start, `-30s` from the
    end, or a time of day on the day of the start. Raises Failed.
    """
    when = _moment(text.strip(), first, last)
    if when is None:
        raise Failed(
            f"{text!r} is no time; write 2026-11-21T07:03:20Z, 07:03:20, seconds since 1970, "
            "+90s from the start or -30s from the end"
        )
    if abs(when) > _FAR:
        raise Failed(f"{text!r} is further away than any journal goes; check the number and its unit")
    return when


def _moment(text: str, first: int, last: int) -> int | None:
    if _NANOSECONDS_TEXT.fullmatch(text):
        return int(text)
    if _EPOCH_TEXT.fullmatch(text):
        return int(Decimal(text) * NS)
    from observer.inventory import nanoseconds

    try:
        if text.startswith("+"):
            return first + nanoseconds(text[1:])
        if text.startswith("-"):
            return last - nanoseconds(text[1:])
    except ValueError:
        return None
    found = _CLOCK.fullmatch(text)
    if found is not None:
        part = found[1] if len(found[1]) > _SHORT_CLOCK else f"{found[1]}:00"
        text = f"{written(first)[:10]}T{part}{found[2]}"
    elif re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        text += "T00:00:00"
    when = read_time(text)
    return when[0] if when is not None and when[1] == len(text) else None
