"""A database of its own for each test, on a real server."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from observer.database.address import Address
from tests.components.postgres import Postgres
from tests.observer.database.stored import Filled, filled

_NUMBERS = itertools.count(1)


def up(server: Postgres) -> Postgres:
    """The server, running. A backend that ends while it is being thawed needs no thawing."""
    for _attempt in range(20):
        try:
            server.thaw()
        except ProcessLookupError:
            continue
        break
    return server.start()


@pytest.fixture
def postgres(the_postgres: Postgres) -> Postgres:
    """PostgreSQL, up."""
    return up(the_postgres)


def address_in(postgres: Postgres, database: str, folder: Path) -> Address:
    """A database of the server, its password in a file."""
    secret = folder / "password"
    secret.write_text(f"{postgres.password}\n", encoding="utf-8")
    return Address("127.0.0.1", database, postgres.port, postgres.user_name, password_file=str(secret))


@pytest.fixture
def address(postgres: Postgres, tmp_path: Path) -> Address:
    """An empty database."""
    name = f"test{next(_NUMBERS)}"
    postgres.create_database(name)
    return address_in(postgres, name, tmp_path)


@pytest.fixture(scope="session")
def the_stored(the_postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A database with the captured run of three nodes and a simulated one."""
    up(the_postgres).create_database("filled")
    folder = tmp_path_factory.mktemp("filled")
    return filled(address_in(the_postgres, "filled", folder), folder)


@pytest.fixture
def stored(postgres: Postgres, the_stored: Filled) -> Filled:
    """The same, the server up; read it, never write it."""
    assert postgres.running
    return the_stored
