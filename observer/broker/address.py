"""Which broker, which topic and which network: `kafka://[USER@]HOST[:PORT][,HOST[:PORT]]/PREFIX[/NETWORK]`.

A password is never part of it, as addresses end up in shell histories, process lists and logs: it comes from
`?password_file=PATH` or from OBSERVER_KAFKA_PASSWORD. Refused: an address that could mean two things.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from observer.exits import Exit, Failed
from parsers.text import one_line

SCHEME = "kafka://"
PORT = 9092
PASSWORD = "OBSERVER_KAFKA_PASSWORD"  # noqa: S105 - the name of a variable
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_FORM = "kafka://[USER@]HOST[:PORT]/PREFIX[/NETWORK]"
_OPTIONS = ("password_file", "mechanism", "tls", "ca")
_BROKER = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>\d{1,5}))?")
_PREFIX = re.compile(r"[A-Za-z0-9._-]{1,200}")
_LAST_PORT = 65535
_NETWORK = 200
"""Characters of a network's name."""


class Address(msgspec.Struct, frozen=True):
    """Where journals are."""

    brokers: tuple[tuple[str, int], ...]
    prefix: str
    network: str | None = None
    user: str | None = None
    mechanism: str = "PLAIN"
    password_file: str | None = None
    tls: bool = False
    ca: str | None = None
    """File with the certificates that the broker's is checked against; those of this machine where it is None."""

    @property
    def topic(self) -> str:
        """The topic of the journals of all networks."""
        return f"{self.prefix}.journal"

    @property
    def dead_letters(self) -> str:
        """The topic of records that nobody could read."""
        return f"{self.prefix}.dead"

    @property
    def servers(self) -> list[str]:
        """Brokers as clients take them."""
        return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.brokers]

    def __str__(self) -> str:
        """For people: holds no secret, as the address never does."""
        user = "" if self.user is None else f"{self.user}@"
        network = "" if self.network is None else f"/{self.network}"
        return one_line(f"{SCHEME}{user}{','.join(self.servers)}/{self.prefix}{network}", 300)

    @property
    def setup(self) -> str:
        """The command that makes the topic as it must be, for errors."""
        return f"observer broker-setup {msgspec.structs.replace(self, network=None)}"

    def of(self, network: str | None) -> Address:
        """The address of one network. Raises Failed where none is named, or two are."""
        if self.network is None and not network:
            raise Failed(f"{self}: the network has no name; write --network NAME")
        if self.network is not None and network not in (None, self.network):
            raise Failed(f"{self}: the network is called {network} elsewhere; leave one of the two away")
        return msgspec.structs.replace(self, network=one_line(self.network or network or "", _NETWORK))

    def password(self) -> str:
        """Of the user. Raises Failed where there is none."""
        if self.password_file is None:
            found = os.environ.get(PASSWORD)
            if found is None:
                raise Failed(
                    f"{self}: there is no password for {self.user}; write ?password_file=PATH behind it, "
                    f"or set {PASSWORD}"
                )
            return found
        try:
            return Path(self.password_file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise Failed(
                f"{self.password_file}: the password for {self} cannot be read: {why}; name a file that holds it",
                Exit.ENVIRONMENT,
            ) from None

    def settings(self) -> dict[str, Any]:
        """What every client of kafka-python is given to be let in. Raises Failed."""
        settings: dict[str, Any] = {"bootstrap_servers": self.servers}
        if self.tls:
            settings["ssl_context"] = self._trusted()
        if self.user is not None:
            settings |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password(),
            }
        protocol = "SSL" if self.tls else "PLAINTEXT"
        settings["security_protocol"] = protocol if self.user is None else f"SASL_{protocol}"
        return settings

    def _trusted(self) -> Any:
        import ssl

        try:
            return ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError) as error:
            why = getattr(error, "strerror", None) or error
            raise Failed(
                f"{self.ca}: the certificates for {self} cannot be read: {why}; name a PEM file", Exit.ENVIRONMENT
            ) from None


def is_address(text: str) -> bool:
    """Whether a text means a broker rather than a file."""
    return text.startswith(SCHEME)


def address_of(text: str, *, with_network: bool | None = None) -> Address:
    """The address that a text names. Raises Failed, without repeating a password. `with_network` says whether a
    network must be named, or must not be.
    """
    if not is_address(text):
        raise Failed(f"{_shown(text)!r} names no broker; write {_FORM}")
    place, _, query = text.removeprefix(SCHEME).partition("?")
    authority, _, path = place.partition("/")
    user, at, hosts = authority.rpartition("@")
    if ":" in user:
        raise Failed(
            "a password must not stand in the address of a broker; put it into a file and write "
            f"?password_file=PATH, or set {PASSWORD}"
        )
    names = [unquote(part) for part in path.rstrip("/").split("/")]
    if len(names) > 2 or not _PREFIX.fullmatch(names[0]) or (at and not user):  # noqa: PLR2004 - prefix and network
        raise Failed(
            f"{_shown(text)!r} is no address of a broker; write {_FORM}, the prefix in letters, digits and ._-"
        )
    network = names[1] if len(names) > 1 else None
    if with_network is not None and with_network != (network is not None):
        wanted = f"{_FORM.replace('[/NETWORK]', '/NETWORK')}" if with_network else _FORM.replace("[/NETWORK]", "")
        raise Failed(f"{_shown(text)!r}: {'a network is missing' if with_network else 'no network'}; write {wanted}")
    return Address(
        tuple(_broker(one, text) for one in hosts.split(",")),
        names[0],
        None if network is None else one_line(network, _NETWORK),
        unquote(user) if user else None,
        **_options(query, text),
    )


def _broker(written: str, text: str) -> tuple[str, int]:
    found = _BROKER.fullmatch(written)
    port = PORT if found is None or found["port"] is None else int(found["port"])
    if found is None or not 0 < port <= _LAST_PORT:
        raise Failed(f"{_shown(text)!r}: {one_line(written, 100)!r} is no HOST:PORT; write {_FORM}")
    return found["host"].strip("[]"), port


def _options(query: str, text: str) -> dict[str, Any]:
    said = dict(parse_qsl(query, keep_blank_values=True))
    unknown = [name for name in said if name not in _OPTIONS]
    if unknown:
        raise Failed(f"{_shown(text)!r}: behind the question mark there can only be {', '.join(_OPTIONS)}")
    if said.get("mechanism", "PLAIN") not in MECHANISMS:
        raise Failed(f"{_shown(text)!r}: mechanism is one of {', '.join(MECHANISMS)}")
    if said.get("tls", "yes") not in ("yes", "no"):
        raise Failed(f"{_shown(text)!r}: tls is yes or no")
    return {
        "password_file": said.get("password_file"),
        "mechanism": said.get("mechanism", "PLAIN"),
        "tls": said.get("tls") == "yes" or ("ca" in said and "tls" not in said),
        "ca": said.get("ca"),
    }


def _shown(text: str) -> str:
    """An address as it may be printed: what stands where a password would is left out."""
    scheme, between, rest = text.partition("://")
    before, at, after = rest.rpartition("@")
    return one_line(f"{scheme}{between}{before.partition(':')[0]}{at}{after}", 300)
