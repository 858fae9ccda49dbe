"""Tables are made once, all or none, whoever else makes them at the same time."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from observer.database import migrating
from observer.database.address import Address
from observer.database.connecting import connected
from observer.database.migrating import Migration, migrate, migrations, version_of
from tests.observer.database.stored import asked, awaited


async def migrated(address: Address) -> list[int]:
    """The numbers of what was applied."""
    connection = await connected(address)
    try:
        return [one.number for one in await migrate(connection, address)]
    finally:
        await connection.close()


def test_numbers_follow_each_other() -> None:
    """No two branches have added a migration of one number."""
    assert [one.number for one in migrations()] == list(range(1, len(migrations()) + 1))


def test_what_is_missing_is_applied_once(address: Address) -> None:
    """All of it to an empty database, nothing the second time."""
    every = [one.number for one in migrations()]
    assert awaited(migrated(address)) == every
    assert awaited(migrated(address)) == []
    assert asked(address, "SELECT number, name FROM observer.migration ORDER BY 1") == [
        (one.number, one.name) for one in migrations()
    ]


def test_workers_that_start_together_migrate_once(address: Address) -> None:
    """One does it, and the others wait for it."""

    async def together() -> list[list[int]]:
        return await asyncio.gather(*[migrated(address) for _ in range(5)])

    assert sorted(awaited(together())) == [*[[]] * 4, [one.number for one in migrations()]]


def test_a_migration_that_fails_leaves_nothing(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that are missing are one transaction: the one before the failing one is not applied either."""
    real = migrations()
    bad = Migration(real[-1].number + 1, "bad", "CREATE TABLE observer.half (n integer); SELECT 1 / 0")
    monkeypatch.setattr(migrating, "migrations", lambda: [*real, bad])
    with pytest.raises(asyncpg.DivisionByZeroError):
        awaited(migrated(address))

    async def version() -> int:
        connection = await connected(address)
        try:
            return await version_of(connection)
        finally:
            await connection.close()

    assert awaited(version()) == 0
    assert asked(address, "SELECT to_regclass('observer.network')::text") == [(None,)]
    monkeypatch.undo()
    assert awaited(migrated(address)) == [one.number for one in real]


def test_a_later_version_adds_what_is_missing(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was applied before stays applied, with its rows."""
    awaited(migrated(address))
    asked(address, "INSERT INTO observer.network (name) VALUES ('net')")
    more = Migration(migrations()[-1].number + 1, "more", "ALTER TABLE observer.network ADD colour text DEFAULT 'red'")
    real = migrations()
    monkeypatch.setattr(migrating, "migrations", lambda: [*real, more])
    assert awaited(migrated(address)) == [more.number]
    assert asked(address, "SELECT name, colour FROM observer.network") == [("net", "red")]
