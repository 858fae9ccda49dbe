"""Every way in which a database cannot be had is one sentence with what, where and what to do, and exit code 5."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from observer.database.address import Address
from observer.database.connecting import Line, server_version
from observer.database.failures import Away, DatabaseFailed, NewerTables, NotMigrated
from observer.database.storing import Store
from observer.exits import Exit, Failed
from tests.components.postgres import Postgres
from tests.components.process import free_port
from tests.observer.database.stored import awaited, rows_of


def why(address: Address) -> Failed:
    """How opening a store fails."""

    async def opened() -> None:
        store = await Store.open(address, patience=0)
        await store.close()

    with pytest.raises(Failed) as caught:
        awaited(opened())
    assert caught.value.code is Exit.ENVIRONMENT
    assert "\n" not in str(caught.value)
    return caught.value


def other(address: Address, **changed: object) -> Address:
    """An address with something else in it."""
    return Address(**{**{name: getattr(address, name) for name in address.__struct_fields__}, **changed})


def test_the_server_is_there(address: Address) -> None:
    """The smallest question is answered."""
    assert int(awaited(server_version(address)).split(".")[0]) >= 12


def test_nothing_listens(address: Address) -> None:
    """A wrong port."""
    found = why(other(address, port=free_port()))
    assert isinstance(found, Away)
    assert "nothing listens there; start the server, or mend the address" in str(found)


def test_an_unknown_host(address: Address) -> None:
    """A wrong name."""
    assert "there is no host of that name" in str(why(other(address, host="nowhere.invalid")))


def test_a_wrong_password_is_not_shown(address: Address, tmp_path: Path) -> None:
    """The password does not stand in the sentence."""
    wrong = tmp_path / "wrong"
    wrong.write_text("guessed")
    found = str(why(other(address, password_file=str(wrong))))
    assert "does not let us in" in found
    assert "PGPASSWORD or ?password_file=" in found
    assert "guessed" not in found


def test_a_password_file_that_is_not_there(address: Address) -> None:
    """It is named."""
    assert "cannot be read: No such file" in str(why(other(address, password_file="/nowhere/secret")))  # noqa: S106 - no password


def test_a_password_of_the_environment(address: Address, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """PGPASSWORD is taken where no file is named."""
    monkeypatch.setenv("PGPASSWORD", postgres.password)
    awaited(server_version(other(address, password_file=None)))


def test_a_missing_database(address: Address) -> None:
    """How to make one is said."""
    found = str(why(other(address, database="nothing")))
    assert "/nothing: there is no such database; make it with `createdb`" in found


def test_missing_tables(address: Address) -> None:
    """The command that makes them is said, as it can be typed."""
    found = why(address)
    assert isinstance(found, NotMigrated)
    assert f"has no tables of the observer; run `observer migrate --postgres {address}`" in str(found)


def test_tables_that_were_dropped(address: Address) -> None:
    """A table that is gone is missing, however many migrations are said to have been applied."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await rows_of(address, "DROP TABLE observer.network CASCADE")
        with pytest.raises(NotMigrated, match="tables of the observer are missing"):
            await store.load("net")
        await store.close()

    awaited(scenario())


def test_tables_of_a_later_version(address: Address) -> None:
    """They are refused, by whoever reads and by whoever migrates, with exit code 2."""

    async def scenario() -> None:
        await (await Store.open(address, migrating=True)).close()
        await rows_of(address, "INSERT INTO observer.migration VALUES (9999, 'later')")
        for migrating in (False, True):
            with pytest.raises(NewerTables, match=r"has tables of version 9999.*; upgrade it") as caught:
                await Store.open(address, migrating=migrating)
            assert caught.value.code is Exit.USAGE

    awaited(scenario())


def test_no_permission(address: Address, postgres: Postgres, tmp_path: Path) -> None:
    """Neither to make tables nor to read them."""
    secret = tmp_path / "reader"
    secret.write_text("reader")
    role = f"reader{address.database}"
    postgres.sql(f"CREATE ROLE {role} LOGIN PASSWORD 'reader'")
    reader = other(address, user=role, password_file=str(secret))

    async def migrated(who: Address) -> None:
        await (await Store.open(who, migrating=True, patience=0)).close()

    with pytest.raises(DatabaseFailed, match=r"the user may not do this .permission denied"):
        awaited(migrated(reader))
    awaited(migrated(address))
    assert "may not do this" in str(why(reader))


def test_a_server_that_comes_back_is_waited_for(address: Address, postgres: Postgres) -> None:
    """One sentence when it has gone, one when it is back, and the work is done."""
    said: list[str] = []
    gone = asyncio.Event()

    def told(sentence: str) -> None:
        said.append(sentence)
        gone.set()

    async def scenario() -> int:
        line = Line(address, 60, told)
        await line.do(lambda connection, _attempt: connection.execute("SELECT 1"))
        postgres.stop()
        work = asyncio.create_task(line.do(lambda connection, _attempt: connection.fetchval("SELECT 42")))
        await gone.wait()
        postgres.launch()
        found = await work
        await line.close()
        return int(found)

    assert awaited(scenario()) == 42
    assert len(said) == 2
    assert str(address) in said[0]
    assert said[1] == f"{address}: the server answers again"


def test_a_connection_that_the_server_ends_is_made_anew(address: Address) -> None:
    """57P01 in the middle of nothing: the next question is answered."""

    async def scenario() -> None:
        line = Line(address, 30)
        process = await line.do(lambda connection, _attempt: connection.fetchval("SELECT pg_backend_pid()"))
        await rows_of(address, "SELECT pg_terminate_backend($1)", process)
        again = await line.do(lambda connection, _attempt: connection.fetchval("SELECT pg_backend_pid()"))
        assert again != process
        await line.close()

    awaited(scenario())


def test_patience_ends(address: Address, postgres: Postgres) -> None:
    """Who waits in vain is told what it waited for."""
    postgres.stop()

    async def scenario() -> None:
        line = Line(address, 0.3)
        with pytest.raises(Away, match="nothing listens there"):
            await line.do(lambda connection, _attempt: connection.execute("SELECT 1"))

    awaited(scenario())
