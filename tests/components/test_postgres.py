"""The database that tests are given is PostgreSQL, asks for its password, and keeps what was committed when killed."""

from __future__ import annotations

import asyncio

import pytest

from tests.components.postgres import Postgres


def test_what_was_committed_survives_a_kill(postgres: Postgres) -> None:
    """A committed row is there after kill -9 and a restart on the same port."""
    address = postgres.create_database("smoke")
    postgres.sql("CREATE TABLE seen (n int); INSERT INTO seen VALUES (7)", "smoke")
    postgres.kill()
    postgres.start()

    async def rows() -> list[int]:
        import asyncpg

        connection = await asyncpg.connect(address)
        try:
            return [row["n"] for row in await connection.fetch("SELECT n FROM seen")]
        finally:
            await connection.close()

    assert asyncio.run(rows()) == [7]


def test_wrong_password_is_refused(postgres: Postgres) -> None:
    """Nobody gets in without the password."""
    import asyncpg

    async def tried() -> None:
        await asyncpg.connect(postgres.dsn_of("observer", "wrong"))

    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(tried())
