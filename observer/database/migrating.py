"""The tables of the database, brought to where this version of the program needs them.

Migrations are numbered files of SQL beside this module. All that are missing are applied in one transaction under a
lock of the whole database, so that two workers that start together do not do it twice; tables of a later version are
refused. A migration that has been published is never changed: a further one is added.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from observer.database.failures import MIGRATE, NewerTables, NotMigrated

if TYPE_CHECKING:
    from observer.database.address import Address
    from observer.database.connecting import Connection

LOCK = 0x4E534F31
"""Of PostgreSQL's advisory locks: `NSO1`."""
_FILES = Path(__file__).with_name("migrations")


class Migration(NamedTuple):
    """One step of the tables."""

    number: int
    name: str
    sql: str


def migrations() -> list[Migration]:
    """Every migration, in order."""
    found = []
    for file in sorted(_FILES.glob("[0-9][0-9][0-9][0-9]_*.sql")):
        number, _, name = file.stem.partition("_")
        found.append(Migration(int(number), name, file.read_text(encoding="utf-8")))
    return found


async def version_of(connection: Connection) -> int:
    """The number of the last migration that was applied; 0 where there are no tables."""
    if await connection.fetchval("SELECT to_regclass('observer.migration')") is None:
        return 0
    return int(await connection.fetchval("SELECT coalesce(max(number), 0) FROM observer.migration"))


async def check(connection: Connection, address: Address) -> None:
    """Raise unless the tables are those of this version."""
    found, wanted = await version_of(connection), migrations()[-1].number
    if found > wanted:
        raise NewerTables(f"{address}: has tables of version {found}, this program knows up to {wanted}; upgrade it")
    if found < wanted:
        what = "has no tables of the observer" if not found else f"has tables of version {found}, {wanted} are needed"
        raise NotMigrated(f"{address}: {what}; {MIGRATE.format(address)}")


async def migrate(connection: Connection, address: Address) -> list[Migration]:
    """Apply what is missing; gives what was applied. Raises NewerTables, and what asyncpg raises."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        found, known = await version_of(connection), migrations()
        if found > known[-1].number:
            await check(connection, address)
        if not found:
            await connection.execute("CREATE SCHEMA IF NOT EXISTS observer")
            await connection.execute(
                "CREATE TABLE observer.migration (number integer PRIMARY KEY, name text NOT NULL,"
                " applied_at timestamptz NOT NULL DEFAULT now())"
            )
        applied = [one for one in known if one.number > found]
        for one in applied:
            await connection.execute(one.sql)
            await connection.execute("INSERT INTO observer.migration (number, name) VALUES ($1, $2)", one[0], one[1])
    return applied
