"""Connections to PostgreSQL, and trying again where a server is only away for a while."""

from __future__ import annotations

import asyncio
import getpass
import os
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import asyncpg

from observer.database.failures import RAISED, DatabaseFailed, passes, reported, sentence_of

if TYPE_CHECKING:
    from observer.database.address import Address

CONNECT_SECONDS = 10.0
STATEMENT_SECONDS = 300.0
"""A statement that takes longer is taken for a connection that hangs."""
_SETTINGS = {
    "application_name": "observer",
    "search_path": "observer",
    # A machine that is gone keeps no rows locked for the two hours of the system's own setting.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Seconds between two attempts; each pause is twice the one before."""

if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    Connection: TypeAlias = asyncpg.Connection
T = TypeVar("T")


def _nobody(_sentence: str) -> None:
    """Told of what went wrong, and silent."""


async def connected(address: Address) -> Connection:
    """A connection, at the first attempt. Raises what asyncpg raises, and Failed."""
    connection: Connection = await asyncpg.connect(
        host=address.host,
        port=address.port,
        database=address.database,
        user=address.user or _user(address),
        password=address.password(),
        ssl=address.sslmode,
        timeout=CONNECT_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        server_settings=_SETTINGS,
    )
    return connection


def _user(address: Address) -> str:
    """Who we are, where the address does not say."""
    try:
        return os.environ.get("PGUSER") or getpass.getuser()
    except (KeyError, OSError):
        raise DatabaseFailed(
            f"{address}: it says no user, and the system has no name for this one; write postgres://USER@{address.host}"
        ) from None


class Line:
    """One connection that is made anew when it was lost; statements on it come one after the other."""

    def __init__(self, address: Address, patience: float, told: Callable[[str], None] | None = None) -> None:
        """`patience` is for how many seconds a server that is away is asked again; `told` hears of it, once."""
        self.address = address
        self._patience = patience
        self._told = told or _nobody
        self._connection: Connection | None = None
        self._turn = asyncio.Lock()

    async def do(self, work: Callable[[Connection, int], Awaitable[T]]) -> T:
        """What `work` gives with a connection and the number of attempts before this one. It is done again from the
        beginning where the connection was lost or the server could not go on; what was done before may have come to
        its end unheard. Raises Failed.
        """
        async with self._turn:
            until = time.monotonic() + self._patience
            pause, attempt = FIRST_PAUSE, 0
            while True:
                try:
                    if self._connection is None or self._connection.is_closed():
                        self._connection = await connected(self.address)
                    found = await work(self._connection, attempt)
                except RAISED as error:
                    if passes(error):
                        self.drop()
                    if not passes(error) or time.monotonic() + pause > until:
                        raise sentence_of(self.address, error) from None
                    if not attempt:
                        self._told(str(sentence_of(self.address, error)))
                    attempt += 1
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
                except asyncio.CancelledError:
                    # A statement was cut off: what the connection says next would be its answer.
                    self.drop()
                    raise
                else:
                    if attempt:
                        self._told(f"{self.address}: the server answers again")
                    return found

    def drop(self) -> None:
        """Cut the connection."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            connection.terminate()

    async def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=CONNECT_SECONDS)
            except RAISED:
                connection.terminate()


async def server_version(address: Address) -> str:
    """What the server calls itself: the smallest question, to see whether it is there. Raises Failed."""
    with reported(address):
        connection = await connected(address)
        try:
            return str(await connection.fetchval("SHOW server_version"))
        finally:
            await connection.close()
