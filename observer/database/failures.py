"""What can go wrong with the database, each as one sentence with what, where and what to do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from observer.exits import Exit, Failed
from parsers.text import one_line

if TYPE_CHECKING:
    from observer.database.address import Address

Kinds: TypeAlias = type[BaseException] | tuple[type[BaseException], ...]
MIGRATE = "run `observer migrate --postgres {}`"


class DatabaseFailed(Failed):
    """The database cannot do what is asked. Exit code 5."""

    def __init__(self, sentence: str) -> None:
        """One sentence."""
        super().__init__(sentence, Exit.ENVIRONMENT)


class Away(DatabaseFailed):
    """Nobody answers, or the server is starting or stopping: what was asked may work later."""


class DiskFull(DatabaseFailed):
    """The server has no room left."""


class NotMigrated(DatabaseFailed):
    """The tables are missing, or are those of an older version."""


class NotOwner(DatabaseFailed):
    """Somebody else has gone on with a network or a partition: what was to be committed is theirs now."""


class DamagedRow(Failed):
    """A checksum does not fit. Exit code 4."""

    def __init__(self, sentence: str) -> None:
        """One sentence."""
        super().__init__(sentence, Exit.DAMAGED)


class NewerTables(Failed):
    """Made by a later version of this program. Exit code 2."""


PASSING = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""Failures after which the same can be tried again, on a new connection. `TimeoutError` is a connection that hangs,
`InternalClientError` one that the server cut while asyncpg was waiting for another answer.
"""
RAISED = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""Everything that asyncpg raises."""
_HOPELESS = (socket.gaierror, asyncpg.DatabaseDroppedError, ValueError)
"""Kinds of those that stay as they are; `ValueError` is a value that fits no column."""


def passes(error: BaseException) -> bool:
    """Whether trying again may help."""
    return isinstance(error, PASSING) and not isinstance(error, _HOPELESS)


_SENTENCES: tuple[tuple[Kinds, type[DatabaseFailed], str], ...] = (
    (socket.gaierror, DatabaseFailed, "there is no host of that name ({text}); mend the address"),
    (
        asyncpg.InvalidAuthorizationSpecificationError,
        DatabaseFailed,
        "the server does not let us in ({text}); check the user, and the password in PGPASSWORD or ?password_file=",
    ),
    (
        asyncpg.InvalidCatalogNameError,
        DatabaseFailed,
        "there is no such database; make it with `createdb`, or mend the address",
    ),
    (
        (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.UndefinedColumnError),
        NotMigrated,
        f"tables of the observer are missing ({{text}}); {MIGRATE}",
    ),
    (
        asyncpg.InsufficientPrivilegeError,
        DatabaseFailed,
        "the user may not do this ({text}); grant it, or name another user",
    ),
    (
        (asyncpg.DiskFullError, asyncpg.OutOfMemoryError),
        DiskFull,
        "the server has no room left ({text}); free some, or shorten the retention",
    ),
    (
        asyncpg.ReadOnlySQLTransactionError,
        DatabaseFailed,
        "the server is read-only ({text}); name the one that takes writes",
    ),
    (asyncpg.CannotConnectNowError, Away, "the server is starting or stopping; wait for it"),
    (asyncpg.TooManyConnectionsError, Away, "the server has no connection free; raise its max_connections"),
    ((asyncpg.AdminShutdownError, asyncpg.CrashShutdownError), Away, "the server is being shut down; start it again"),
    (ConnectionRefusedError, Away, "nothing listens there; start the server, or mend the address"),
    (TimeoutError, Away, "the server does not answer in time; see whether it is well, or mend the address"),
    (asyncpg.LockNotAvailableError, Away, "the tables are locked by somebody else; see pg_stat_activity"),
    (ValueError, DatabaseFailed, "a value fits no column ({text}); this is a defect of the observer"),
    (PASSING, Away, "the server cannot be reached ({text}); start it, or mend the address"),
    (asyncpg.PostgresError, DatabaseFailed, "the server refuses ({text}); see its log"),
)
"""The first that fits is told; `{text}` is what was said, `{}` the address."""


def sentence_of(address: Address, error: BaseException) -> Failed:
    """What is told of a failure. Anything that is none of the database raises as it is."""
    for kinds, failed, words in _SENTENCES:
        if isinstance(error, kinds):
            return failed(
                f"{address}: {words}".replace("{}", str(address)).replace("{text}", one_line(str(error), 300))
            )
    raise error


@contextmanager
def reported(address: Address) -> Iterator[None]:
    """Turn the database's and the network's failures into sentences."""
    try:
        yield
    except Failed:
        raise
    except RAISED as error:
        raise sentence_of(address, error) from None
