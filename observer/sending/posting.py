"""One POST, and what its answer means: arrived, refused for good, or to be tried again.

What is wrong with the address, the secret or the server says nothing about the notice, so it is kept; only an answer
that refuses the notice itself drops it. No redirect is followed: it could carry an alert, and its secret, to another
host.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from observer.exits import Failed
from observer.sending.addresses import Address
from parsers.text import one_line
from waits.durations import NS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

CONNECT_SECONDS, ANSWER_SECONDS = 5, 10
ANSWER_READ = 4096
"""Bytes of an answer that are looked at."""
ANSWER_SHOWN = 160
LONGEST_ASKED = 600
"""Seconds that a server may ask us to stay away."""
_ABOUT_US = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
)


class Arrived(NamedTuple):
    """It was acknowledged."""


class Refused(NamedTuple):
    """The notice itself is not taken, and never will be."""

    why: str


class Away(NamedTuple):
    """It did not arrive, and may later."""

    why: str
    alone: bool = False
    """Whether another notice may fare better: the server answered."""
    after: int = 0
    """Nanoseconds that the server asks us to wait."""


Outcome = Arrived | Refused | Away


class Poster:
    """Posts to one address, over one connection that is kept."""

    def __init__(self, address: Address) -> None:
        """Connects when something is posted first."""
        self.address = address
        self._client: httpx.Client | None = None

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Outcome:
        """Post JSON to the address, with a path behind it. Never raises for what the other side does."""
        import httpx

        try:
            given = {"Content-Type": "application/json", **(headers or {})}
            if self.address.secret is not None:
                given["Authorization"] = self.address.secret.header()
        except Failed as error:
            return Away(str(error))
        url = self.address.url.rstrip("/") + path if path else self.address.url
        try:
            with self._connected().stream("POST", url, content=body, headers=given) as response:
                said = next(response.iter_bytes(ANSWER_READ), b"")
                return _meaning(response.status_code, said, response.headers.get("Retry-After", ""))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return Away(_why(error))

    def _connected(self) -> httpx.Client:
        import httpx

        if self._client is None:
            self._client = httpx.Client(
                timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
                follow_redirects=False,
                trust_env=not self.address.is_local,
                headers={"User-Agent": "network-state-observer"},
            )
        return self._client

    def close(self) -> None:
        """Let the connection go."""
        if self._client is not None:
            self._client.close()
            self._client = None


def _meaning(status: int, said: bytes, retry_after: str) -> Outcome:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Arrived()
    text = one_line(said.decode("utf-8", "replace").strip(), ANSWER_SHOWN)
    why = f"answers {status}{f': {text}' if text else ''}"
    if status < HTTPStatus.BAD_REQUEST:
        return Away(f"{why} and redirects elsewhere, which is not followed; give the address that it redirects to")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Away(f"{why}; look at the secret's file")
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _ABOUT_US:
        return Refused(why)
    after = int(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 6 else 0  # noqa: PLR2004 - more is no wait
    return Away(why, alone=status >= HTTPStatus.INTERNAL_SERVER_ERROR, after=min(after, LONGEST_ASKED) * NS)


def _why(error: Exception) -> str:
    import httpx

    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS} s"
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {ANSWER_SECONDS} s"
    return one_line(str(error), ANSWER_SHOWN) or type(error).__name__
