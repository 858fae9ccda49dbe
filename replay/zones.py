"""Time zones by name, as the parsers take them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from parsers.clock import Zone, offset_seconds, utc

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-]\d\d:?\d\d)")
_FARTHEST = 18 * 3600
"""Seconds; no zone is farther from UTC."""
_QUARTER = 900
"""No zone's offset changes within a quarter of an hour that begins at a multiple of one."""


def zone_named(name: str) -> Zone:
    """The zone of that name: `UTC`, `+02:00`, or a name of the IANA data base. Raises ValueError."""
    if name in ("", "UTC", "Z"):
        return utc
    offset = _OFFSET.fullmatch(name)
    if offset is not None and abs(seconds := offset_seconds(offset[1])) <= _FARTHEST:
        return lambda _local: seconds
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"no time zone is called {name!r}; write UTC, +02:00 or a name such as Europe/Berlin"
        ) from None

    @lru_cache(maxsize=4096)
    def at_quarter(quarter: int) -> int:
        moment = datetime.fromtimestamp(quarter * _QUARTER, tz=UTC).replace(tzinfo=zone)
        offset = moment.utcoffset()
        return 0 if offset is None else int(offset.total_seconds())

    return lambda local: at_quarter(local // _QUARTER)
