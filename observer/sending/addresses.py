"""Where to send, as people give it: `alertmanager=http://host:9093`, `webhook=https://host/path#bearer_file=FILE`.

A secret stands in a file and never in the address; and an address that is itself one, as many webhooks' are, in a file
too (`webhook=@FILE`). So what is shown and stored of a destination is its host, and a hash that tells two on one host
apart.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from observer.exits import Exit, Failed
from parsers.text import one_line

MOST_SECRET = 64 << 10
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SCHEMES = ("http", "https")


class Secret(NamedTuple):
    """How to prove who we are: the file is read anew for each request, as secrets are exchanged while we run."""

    kind: str
    """`bearer` or `basic`."""
    path: Path

    def header(self) -> str:
        """The value of `Authorization`. Raises Failed."""
        text = _read(self.path)
        if self.kind == "bearer":
            return f"Bearer {text}"
        import base64

        if ":" not in text:
            raise Failed(f"{self.path}: holds no USER:PASSWORD; write one line of that form", Exit.ENVIRONMENT)
        return f"Basic {base64.b64encode(text.encode()).decode()}"


class Address(NamedTuple):
    """One place to send to."""

    kind: str
    url: str
    secret: Secret | None

    @property
    def name(self) -> str:
        """For people: what it is and on which host."""
        parts = urlsplit(self.url)
        return f"{self.kind}={parts.scheme}://{parts.netloc}"

    @property
    def id(self) -> str:
        """For the outbox: the name, and what tells two addresses on one host apart."""
        return f"{self.name}~{hashlib.blake2b(self.url.encode(), digest_size=4).hexdigest()}"

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine, which no proxy can reach."""
        return urlsplit(self.url).hostname in _LOOPBACK


def address_of(kind: str, text: str) -> Address:
    """An address as it was given. Raises Failed."""
    given = f"--notify {kind}={one_line(text, 120)}"
    if text.startswith("@"):
        text = _read(Path(text[1:]))
        # What stands in the file is never repeated.
        given = f"--notify {given.rsplit(maxsplit=1)[-1]}: the address in that file"
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise Failed(f"{_shown(given, text)}: is no address; write for example {kind}=http://127.0.0.1:9093") from None
    if parts.scheme not in _SCHEMES or not host:
        raise Failed(f"{_shown(given, text)}: an address begins with http:// or https:// and names a host")
    if any(ord(sign) <= ord(" ") or ord(sign) == 127 for sign in text):  # noqa: PLR2004 - DEL
        raise Failed(f"{_shown(given, text)}: an address has no blanks in it")
    if parts.username is not None or parts.password is not None:
        raise Failed(
            f"--notify {kind}=...: an address holds no user or password, as it is shown and stored; "
            f"write them as USER:PASSWORD into a file and {kind}={parts.scheme}://{host}/...#basic_file=FILE"
        )
    return Address(kind, parts._replace(fragment="").geturl(), _secret(kind, parts))


def _shown(given: str, text: str) -> str:
    """Text in front of an @ may be a password."""
    return given if "@" not in text else given.partition("=")[0] + "=..."


def _secret(kind: str, parts: SplitResult) -> Secret | None:
    if not parts.fragment:
        return None
    how, _, path = parts.fragment.partition("=")
    if how not in ("bearer_file", "basic_file") or not path:
        raise Failed(f"--notify {kind}=...#{one_line(how, 40)}: behind # stands bearer_file=FILE or basic_file=FILE")
    secret = Secret(how.removesuffix("_file"), Path(path))
    secret.header()
    return secret


def _read(path: Path) -> str:
    """The first line of a file that holds a secret. Raises Failed."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_SECRET).decode().strip()
    except OSError as error:
        raise Failed(f"{path}: the file of the secret cannot be read: {error.strerror}", Exit.ENVIRONMENT) from None
    except UnicodeDecodeError:
        raise Failed(f"{path}: the file of the secret is no text; write one line into it", Exit.ENVIRONMENT) from None
    if not text or not text.isprintable() or not text.isascii():
        raise Failed(f"{path}: the file of the secret holds not one plain line; write one", Exit.ENVIRONMENT)
    return text
