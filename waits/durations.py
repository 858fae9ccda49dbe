"""Durations and times of day as rules write them and as messages show them. Inside, integer nanoseconds (R18)."""

from __future__ import annotations

import re

NS = 10**9
_UNITS = {"ms": 10**6, "s": NS, "m": 60 * NS, "h": 3600 * NS, "d": 86400 * NS, "w": 7 * 86400 * NS}
_DURATION = re.compile(r"(\d{1,9})(ms|s|m|h|d|w)")


def nanoseconds(text: str) -> int:
    """A duration in Prometheus' words, `90s`, `1h30m`, as nanoseconds. Raises ValueError."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration; write for example 90s, 5m or 1h30m")
    return sum(int(number) * _UNITS[unit] for number, unit in parts)


def elapsed(since: int, at: int) -> int:
    """How old something is; what is only due later has no age yet."""
    return max(0, at - since)


def duration(span: int) -> str:
    """A duration for people: `26.2s`, `3m`, `3m04s`, `2h05m`."""
    if span < 0:
        return f"-{duration(-span)}"
    seconds = span // NS
    if span < 10**8:
        return f"{span // 10**6}ms" if span else "0s"
    if seconds < 60:  # noqa: PLR2004 - a minute
        tenths = span // 10**8
        return f"{tenths // 10}.{tenths % 10}s" if tenths % 10 else f"{tenths // 10}s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{minutes}m{seconds:02d}s" if seconds else f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:  # noqa: PLR2004 - two days
        return f"{hours}h{minutes:02d}m" if minutes else f"{hours}h"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours:02d}h" if hours else f"{days}d"


def written(span: int) -> str:
    """A duration as rules write it, to the millisecond: what `nanoseconds` reads back."""
    parts, left = [], span // _UNITS["ms"]
    for unit in ("d", "h", "m", "s", "ms"):
        count, left = divmod(left, _UNITS[unit] // _UNITS["ms"])
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def time_of_day(at: int) -> str:
    """Time of day to the millisecond, UTC, for lines of one run."""
    seconds, rest = divmod(at, NS)
    minutes, second = divmod(seconds % 86400, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}.{rest // 10**6:03d}"
