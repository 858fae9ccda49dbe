"""Which database, and which network in it: `postgres://[USER@]HOST[:PORT]/DATABASE[/NETWORK][?password_file=PATH]`.

A password is never part of it, as addresses end up in shell histories, process lists and logs: it comes from
`password_file`, from PGPASSWORD or from PostgreSQL's own password file. The tables stand in the schema `observer`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from observer.exits import Exit, Failed
from parsers.text import one_line

SCHEMES = ("postgres", "postgresql")
PORT = 5432
SslMode: TypeAlias = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
SSL_MODES: tuple[SslMode, ...] = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_FORM = "postgres://[USER@]HOST[:PORT]/DATABASE[/NETWORK]"
_OPTIONS = ("password_file", "sslmode")


class Address(msgspec.Struct, frozen=True):
    """Where a database is, and which network of it is meant."""

    host: str
    database: str
    port: int = PORT
    user: str | None = None
    network: str | None = None
    password_file: str | None = None
    sslmode: SslMode | None = None

    def __str__(self) -> str:
        """For people: holds no secret, as the address never does."""
        user = "" if self.user is None else f"{self.user}@"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return one_line(f"postgres://{user}{host}:{self.port}/{self.database}", 300)

    def password(self) -> str | None:
        """What the password file holds; None leaves it to PGPASSWORD and PostgreSQL's own file. Raises Failed."""
        if self.password_file is None:
            return None
        try:
            return Path(self.password_file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise Failed(
                f"{self.password_file}: the password for {self} cannot be read: {why}; name a file that holds it",
                Exit.ENVIRONMENT,
            ) from None


def is_address(text: str) -> bool:
    """Whether a text means a database rather than a file."""
    return text.startswith(tuple(f"{scheme}://" for scheme in SCHEMES))


def address_of(text: str) -> Address:
    """The address that a text names. Raises Failed, without repeating a password."""
    parts = urlsplit(text)
    if parts.scheme not in SCHEMES:
        raise Failed(f"{_shown(text)!r} names no PostgreSQL database; write {_FORM}")
    if parts.password is not None:
        raise Failed(
            "a password must not stand in the address of a database; put it into a file and write "
            "?password_file=PATH, or set PGPASSWORD"
        )
    try:
        port = parts.port or PORT
    except ValueError:
        raise Failed(f"{_shown(text)!r}: the port is no number up to 65535; write {_FORM}") from None
    path = [unquote(part) for part in parts.path.split("/")[1:]]
    if path and not path[-1]:
        path.pop()
    if not parts.hostname or not 1 <= len(path) <= 2 or not path[0]:  # noqa: PLR2004 - database and network
        raise Failed(f"{_shown(text)!r} is no address of a database; write {_FORM}")
    said = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = [name for name in said if name not in _OPTIONS]
    if unknown or parts.fragment:
        raise Failed(f"{_shown(text)!r}: behind the question mark there can only be {' and '.join(_OPTIONS)}")
    sslmode = next((mode for mode in SSL_MODES if mode == said.get("sslmode")), None)
    if sslmode is None and "sslmode" in said:
        raise Failed(f"{_shown(text)!r}: sslmode is one of {', '.join(SSL_MODES)}")
    return Address(
        parts.hostname,
        path[0],
        port,
        unquote(parts.username) if parts.username else None,
        path[1] if len(path) > 1 else None,
        said.get("password_file"),
        sslmode,
    )


def _shown(text: str) -> str:
    """An address as it may be printed: what stands where a password would is left out."""
    scheme, between, rest = text.partition("://")
    before, at, after = rest.rpartition("@")
    return one_line(f"{scheme}{between}{before.partition(':')[0]}{at}{after}", 300)
