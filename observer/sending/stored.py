"""An outbox in the recording's own SQLite file: what is to be sent commits with the transitions that it follows from.

It never begins or ends a transaction: that is for whoever owns the connection, and so is the thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from observer.sending.notices import Notice
from observer.sending.outbox import WHY_KEPT, Counts, Pending

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS outbox (
    number INTEGER PRIMARY KEY, destination TEXT NOT NULL, key TEXT NOT NULL, alert TEXT NOT NULL, at INTEGER NOT NULL,
    value BLOB NOT NULL, again_at INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, why TEXT,
    settled_at INTEGER, sent INTEGER NOT NULL DEFAULT 0, UNIQUE (destination, key))""",
    "CREATE INDEX IF NOT EXISTS outbox_alert ON outbox (destination, alert, number) WHERE settled_at IS NULL",
    "CREATE INDEX IF NOT EXISTS outbox_order ON outbox (destination, number) WHERE settled_at IS NULL",
    "CREATE TABLE IF NOT EXISTS sending (one INTEGER PRIMARY KEY CHECK (one = 1), ledger BLOB NOT NULL)",
)
# In the order in which they were put, so that the first ones are found without looking at all.
_HEADS = """FROM outbox AS one INDEXED BY outbox_order WHERE destination = ? AND settled_at IS NULL AND number = (
    SELECT min(number) FROM outbox AS other WHERE other.destination = one.destination AND other.alert = one.alert
    AND other.settled_at IS NULL)"""
_NOTICE = msgspec.msgpack.Decoder(Notice)
_ENCODER = msgspec.msgpack.Encoder()


class StoredOutbox:
    """Keeps the contract of `Outbox` on an open connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Makes its tables where they are not there yet, inside the caller's transaction if one is open."""
        self._connection = connection
        for statement in _SCHEMA:
            connection.execute(statement)

    def put(self, to: str, notices: Sequence[Notice]) -> None:
        self._connection.executemany(
            "INSERT INTO outbox (destination, key, alert, at, value) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (destination, key) DO NOTHING",
            [(to, one.key, f"{one.network}/{one.alert}", one.at, _ENCODER.encode(one)) for one in notices],
        )

    def pending(self, to: str, now: int, limit: int) -> list[Pending]:
        rows = self._connection.execute(
            f"SELECT value, attempts {_HEADS} AND again_at <= ? ORDER BY number LIMIT ?",
            (to, now, limit),
        )
        return [Pending(_NOTICE.decode(value), attempts) for value, attempts in rows]

    def due(self, to: str) -> int | None:
        found = self._connection.execute(f"SELECT min(again_at) {_HEADS}", (to,)).fetchone()
        return None if found is None else found[0]

    def done(self, to: str, keys: Sequence[str], at: int) -> None:
        self._settle(to, keys, "settled_at = ?, sent = 1", (at,))

    def failed(self, to: str, keys: Sequence[str], why: str, again_at: int) -> None:
        self._settle(to, keys, "attempts = attempts + 1, why = ?, again_at = ?", (why[:WHY_KEPT], again_at))

    def dropped(self, to: str, keys: Sequence[str], why: str, at: int) -> None:
        self._settle(to, keys, "settled_at = ?, why = ?", (at, why[:WHY_KEPT]))

    def _settle(self, to: str, keys: Sequence[str], change: str, values: tuple[str | int, ...]) -> None:
        self._connection.executemany(
            f"UPDATE outbox SET {change} WHERE destination = ? AND key = ? AND settled_at IS NULL",  # noqa: S608 - literals of this module
            [(*values, to, key) for key in keys],
        )

    def counts(self, to: str) -> Counts:
        pending, oldest, sent, dropped = self._connection.execute(
            "SELECT count(*) FILTER (WHERE settled_at IS NULL), min(at) FILTER (WHERE settled_at IS NULL),"
            " count(*) FILTER (WHERE sent = 1), count(*) FILTER (WHERE settled_at IS NOT NULL AND sent = 0)"
            " FROM outbox WHERE destination = ?",
            (to,),
        ).fetchone()
        why = self._connection.execute(
            "SELECT why FROM outbox WHERE destination = ? AND settled_at IS NULL AND why IS NOT NULL"
            " ORDER BY number DESC LIMIT 1",
            (to,),
        ).fetchone()
        return Counts(pending, oldest, sent, dropped, None if why is None else why[0])

    def destinations(self) -> list[str]:
        rows = self._connection.execute(
            "SELECT DISTINCT destination FROM outbox WHERE settled_at IS NULL ORDER BY destination"
        )
        return [to for (to,) in rows]

    def prune(self, before: int) -> int:
        return self._connection.execute("DELETE FROM outbox WHERE settled_at < ?", (before,)).rowcount

    def keep(self, ledger: bytes) -> None:
        self._connection.execute(
            "INSERT INTO sending (one, ledger) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET ledger = excluded.ledger",
            (ledger,),
        )

    def kept(self) -> bytes | None:
        found = self._connection.execute("SELECT ledger FROM sending").fetchone()
        return None if found is None else found[0]
