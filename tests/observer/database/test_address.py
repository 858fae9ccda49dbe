"""Addresses of databases, as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from observer.database.address import Address, address_of, is_address
from observer.exits import Exit, Failed


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("postgres://host/db", Address("host", "db")),
        ("postgresql://me@host:5433/db/", Address("host", "db", 5433, "me")),
        ("postgres://me@host/db/net", Address("host", "db", user="me", network="net")),
        ("postgres://host/db/a%2Fb%20c", Address("host", "db", network="a/b c")),
        ("postgres://[::1]:99/db", Address("::1", "db", 99)),
        (
            "postgres://host/db?password_file=/run/secret&sslmode=require",
            Address("host", "db", password_file="/run/secret", sslmode="require"),  # noqa: S106 - no password
        ),
    ],
)
def test_what_is_written_is_what_is_meant(text: str, address: Address) -> None:
    """Host, port, user, database, network and options."""
    assert is_address(text)
    assert address_of(text) == address


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("mysql://host/db", "names no PostgreSQL database"),
        ("postgres://host", "is no address of a database"),
        ("postgres:///db", "is no address of a database"),
        ("postgres://host/a/b/c", "is no address of a database"),
        ("postgres://host:port/db", "the port is no number"),
        ("postgres://host/db?pasword_file=x", "there can only be password_file and sslmode"),
        ("postgres://host/db#net", "there can only be"),
        ("postgres://host/db?sslmode=no", "sslmode is one of"),
    ],
)
def test_what_is_none_is_refused(text: str, why: str) -> None:
    """One sentence, exit code 2."""
    with pytest.raises(Failed, match=why) as caught:
        address_of(text)
    assert caught.value.code is Exit.USAGE


@pytest.mark.parametrize("text", ["postgres://me:hunter2@host/db", "postgres://me:hunter2@host", "x://me:hunter2@h/d"])
def test_a_password_in_an_address_is_refused_and_not_repeated(text: str) -> None:
    """Addresses end up in histories and logs."""
    with pytest.raises(Failed) as caught:
        address_of(text)
    assert "hunter2" not in str(caught.value)


def test_an_address_shows_no_secret(tmp_path: Path) -> None:
    """Nor where it is kept, and no escapes of a terminal."""
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    address = Address("host\x1b[31m", "db", user="me", password_file=str(secret))
    assert str(address) == "postgres://me@host:5432/db"
    assert address.password() == "hunter2"
