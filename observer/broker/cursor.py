"""How far a shipper has got: every incarnation with the offset up to which the broker has acknowledged it (R1, R29).

A small SQLite file in the user's state directory, one for each broker, prefix and network. It is only ever behind:
whoever goes on from it sends a few lines again, and those are dropped where they are taken. One shipper has it at a
time.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import msgspec

from observer.broker.address import Address
from observer.exits import Exit, Failed
from replay.journal import Incarnation, Source

_TABLES = """
CREATE TABLE IF NOT EXISTS said (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS source (number INTEGER PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS incarnation (
    source INTEGER NOT NULL, count INTEGER NOT NULL, value BLOB NOT NULL, PRIMARY KEY (source, count)
) WITHOUT ROWID;
"""
_FORMAT = "1"
_SOURCE = msgspec.msgpack.Decoder(Source)
_INCARNATION = msgspec.msgpack.Decoder(Incarnation)


def cursor_path(address: Address) -> Path:
    """Where the cursor of these journals is, unless the user says it."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    named = "\0".join([*address.servers, address.prefix, address.network or ""])
    name = hashlib.blake2b(named.encode(), digest_size=8).hexdigest()
    return Path(base) / "network-state-observer" / f"ship-{name}.cursor"


class Cursor:
    """A cursor, open."""

    def __init__(self, path: Path, topic: str) -> None:
        """`topic` is the identity of the topic: with another one, everything is to be sent again. Raises Failed."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=0.5)
            self._begin(topic)
        except (OSError, sqlite3.Error) as error:
            self._fail(error)

    def _begin(self, topic: str) -> None:
        connection = self._connection
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN EXCLUSIVE")
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        said = dict(connection.execute("SELECT name, value FROM said").fetchall())
        if said.get("format", _FORMAT) != _FORMAT:
            connection.execute("ROLLBACK")
            raise Failed(f"{self.path}: was written by a later version of this program; use that, or another --cursor")
        self.began_anew = said.get("topic", topic) != topic
        """Whether the topic was made again since: nothing of what was sent before is in it."""
        if not said or self.began_anew:
            said = {"format": _FORMAT, "topic": topic, "shipper": secrets.token_hex(8)}
            for table in ("said", "source", "incarnation"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - the names stand in the line above
            connection.executemany("INSERT INTO said VALUES (?, ?)", said.items())
        connection.execute("COMMIT")
        self.had_sources = bool(self.sources())
        """Whether something was sent before."""
        self.shipper = bytes.fromhex(said["shipper"])
        """Names this cursor in records."""

    def sources(self) -> list[Source]:
        """Every source of which something was sent."""
        rows = self._read("SELECT value FROM source ORDER BY number")
        return [_SOURCE.decode(value) for (value,) in rows]

    def incarnations(self, source: Source) -> list[Incarnation]:
        """How far each incarnation of a source was acknowledged."""
        rows = self._read("SELECT value FROM incarnation WHERE source = ? ORDER BY count", (source.number,))
        return [_INCARNATION.decode(value) for (value,) in rows]

    def advance(self, sources: Sequence[Source], incarnations: Sequence[Incarnation]) -> None:
        """The broker has acknowledged what was read up to these places. Raises Failed."""
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT OR REPLACE INTO source VALUES (?, ?)",
                [(one.number, msgspec.msgpack.encode(one)) for one in sources],
            )
            connection.executemany(
                "INSERT OR REPLACE INTO incarnation VALUES (?, ?, ?)",
                [(one.source, one.count, msgspec.msgpack.encode(one)) for one in incarnations],
            )
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._fail(error)

    def close(self) -> None:
        """Give it back."""
        self._connection.close()

    def _read(self, query: str, values: tuple[int, ...] = ()) -> list[tuple[bytes]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            self._fail(error)

    def _fail(self, error: Exception) -> NoReturn:
        why = getattr(error, "strerror", None) or str(error)
        if isinstance(error, sqlite3.OperationalError) and "locked" in why:
            raise Failed(
                f"{self.path}: another shipper has this cursor; end it, or give this one another --cursor",
                Exit.ENVIRONMENT,
            ) from None
        raise Failed(
            f"{self.path}: the cursor cannot be used: {why}; mend that, or remove the file: then everything is sent "
            "again, and taken once",
            Exit.ENVIRONMENT,
        ) from None
