"""Partitions of the table of events, one for each day (UTC), made before the first event of a day is written.

A log may be dated at any day since 1970: what is older than a year is not given partitions of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg

from observer.database.migrating import LOCK

if TYPE_CHECKING:
    from observer.database.connecting import Connection

DAY_NS = 86_400_000_000_000
OLDEST_DAYS = 366
AHEAD_DAYS = 2
PREFIX = "event_"
_FIRST = date(1970, 1, 1)


def day_of(at: int) -> date:
    """The day of a journal time."""
    return _FIRST + timedelta(days=at // DAY_NS)


def name_of(day: date) -> str:
    """The partition of a day."""
    return f"{PREFIX}{day:%Y%m%d}"


def day_named(name: str) -> date | None:
    """The day of a partition; None for another table."""
    digits = name.removeprefix(PREFIX)
    if len(digits) != 8 or not digits.isdecimal():  # noqa: PLR2004 - YYYYMMDD
        return None
    return datetime.strptime(digits, "%Y%m%d").replace(tzinfo=UTC).date()


def partitioned(days: Iterable[date], today: date) -> list[date]:
    """Those of these days that have a partition of their own; events of others stand in `event_default`."""
    first, last = today - timedelta(days=OLDEST_DAYS), today + timedelta(days=AHEAD_DAYS)
    return sorted({day for day in days if first <= day <= last})


async def ensure(connection: Connection, day: date) -> None:
    """Make the partition of a day, unless it is there. It is attached, which lets others go on writing."""
    name = name_of(day)
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK + 1)
        if await connection.fetchval("SELECT to_regclass($1)", f"observer.{name}") is not None:
            return
        try:
            async with connection.transaction():
                await connection.execute(f"CREATE TABLE observer.{name} (LIKE observer.event INCLUDING ALL)")
                await connection.execute(
                    f"ALTER TABLE observer.event ATTACH PARTITION observer.{name}"
                    f" FOR VALUES FROM ('{day} 00:00+00') TO ('{day + timedelta(days=1)} 00:00+00')"
                )
        except asyncpg.CheckViolationError:
            # Retention had dropped this day, and events of it have come since: `event_default` takes them all.
            return


async def present(connection: Connection) -> list[date]:
    """Days that have a partition."""
    rows = await connection.fetch(
        "SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'observer.event'::regclass"
    )
    return sorted(day for row in rows if (day := day_named(row["name"])) is not None)
