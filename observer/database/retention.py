"""What is no longer kept: old events by whole days, old blocks up to a checkpoint, old alert history, sent notices.

Blocks are removed only where a checkpoint stands behind them: what is kept can still be folded, from there on.
What has been removed is unknown to any later version of the program that folds anew (R19), and `begins` says so.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import asyncpg
import msgspec

from observer.database import partitions
from observer.database.partitions import DAY_NS

if TYPE_CHECKING:
    from observer.database.connecting import Connection
    from observer.database.storing import Store

BLOCKS_AT_ONCE = 256
"""Removed in one transaction, so that no commit waits long."""
LOCK_MS = 2000
"""A partition that is being read is dropped another time."""


class Retention(msgspec.Struct, frozen=True):
    """For how many days things are kept, by journal time; None is for ever."""

    journal: int | None = 30
    events: int | None = 30
    alerts: int | None = 365
    sent: int = 7
    """Notices that were sent, or refused for good."""


class Removed(NamedTuple):
    """What was removed."""

    blocks: int
    event_days: int
    events: int
    """One by one, of days without a partition of their own."""
    transitions: int
    notices: int


async def retain(store: Store, kept: Retention, now: int) -> Removed:
    """Remove what is older. It can be done at any time, and again. Raises Failed."""

    def before(days: int) -> int:
        return now - days * DAY_NS

    do = store.line.do
    blocks = days = events = transitions = 0
    if kept.journal is not None:
        for network in await store.networks():
            while removed := await do(partial(_blocks, network, before(kept.journal))):
                blocks += removed
    if kept.events is not None:
        days, events = await do(partial(_events, before(kept.events)))
    if kept.alerts is not None:
        transitions = await do(partial(_deleted, _TRANSITIONS, before(kept.alerts)))
    return Removed(blocks, days, events, transitions, await do(partial(_deleted, _NOTICES, before(kept.sent))))


_TRANSITIONS = """DELETE FROM observer.transition AS t WHERE at_ns < $1
    AND number < (SELECT max(number) FROM observer.transition AS last WHERE last.network = t.network)"""
"""The last one of a network stays: the next one is counted from it."""
_NOTICES = "DELETE FROM observer.outbox WHERE settled_at < $1"


async def _deleted(sql: str, before: int, connection: Connection, _attempt: int) -> int:
    return int((await connection.execute(sql, before)).rpartition(" ")[2])


async def _blocks(network: str, before: int, connection: Connection, _attempt: int) -> int:
    """Some of the blocks up to the last checkpoint before a time, of the fingerprint that is in force."""
    async with connection.transaction():
        number = await connection.fetchval("SELECT id FROM observer.network WHERE name = $1", network)
        through = await connection.fetchval(
            "SELECT max(seq) FROM observer.checkpoint WHERE network = $1 AND at < $2 AND fingerprint = ("
            " SELECT fingerprint FROM observer.checkpoint WHERE network = $1 ORDER BY seq DESC LIMIT 1)",
            *(number, before),
        )
        # The block in which the checkpoint stands, and the one before it, which says what had been heard, stay.
        rows = await connection.fetch(
            "DELETE FROM observer.block WHERE network = $1 AND first_seq IN ("
            " SELECT first_seq FROM observer.block WHERE network = $1 AND first_seq < ("
            "  SELECT min(first_seq) FROM (SELECT first_seq FROM observer.block WHERE network = $1 AND first_seq <= $2"
            "  ORDER BY first_seq DESC LIMIT 2) AS last)"
            " ORDER BY first_seq LIMIT $3) RETURNING first_seq + count AS next",
            *(number, through, BLOCKS_AT_ONCE),
        )
        if not rows:
            return 0
        begins = max(row["next"] for row in rows)
        await connection.execute("DELETE FROM observer.hot WHERE network = $1 AND first_seq < $2", number, begins)
        await connection.execute("DELETE FROM observer.checkpoint WHERE network = $1 AND seq < $2", number, begins)
        await connection.execute("UPDATE observer.network SET begins = $2 WHERE id = $1", number, begins)
    return len(rows)


async def _events(before: int, connection: Connection, _attempt: int) -> tuple[int, int]:
    """Partitions of days that are over, and older events that have none."""
    over = [day for day in await partitions.present(connection) if day < partitions.day_of(before)]
    dropped = 0
    for day in over:
        # Whoever reads for long must not make every commit wait behind this.
        with suppress(asyncpg.LockNotAvailableError):
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = {LOCK_MS}")
                await connection.execute(f"DROP TABLE IF EXISTS observer.{partitions.name_of(day)}")
            dropped += 1
    return dropped, await _deleted("DELETE FROM observer.event_default WHERE at_ns < $1", before, connection, _attempt)
