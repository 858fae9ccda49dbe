"""The store: journals of many networks and what follows from them, in one PostgreSQL database.

A commit is one transaction with everything of one batch, positions in Kafka included. Whoever commits must have seen
the last commit of each network and partition: a worker that was taken for dead and goes on all the same is refused
(`NotOwner`), and writes nothing. Where the connection is lost in the middle, the commit is made again, and is found out
to have been made already by its own sign.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date
from typing import NamedTuple

import asyncpg
import msgspec

from observer.database import loading, partitions
from observer.database.address import Address, address_of
from observer.database.batches import BlockRow, Commit, Position
from observer.database.connecting import Connection, Line, connected
from observer.database.failures import NotOwner, reported
from observer.database.loading import Loaded
from observer.database.migrating import Migration, check, migrate
from observer.database.values import key_text
from observer.database.writing import advance, count_dead, write_batch

PATIENCE = 60.0
"""Seconds for which a server that is away is asked again."""

LOCKED_MS = 1_000
"""Whoever claims a partition that is being committed waits so long at a time."""
HANGS_SECONDS = 4
"""A commit whose client says nothing for so long is that of a process that was stopped, or of a machine that went."""
_CUT_OFF = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename ="
    " current_user AND application_name = 'observer' AND backend_xid IS NOT NULL AND wait_event = 'ClientRead'"
    " AND state_change < clock_timestamp() - make_interval(secs => $1)"
)


class Claim(NamedTuple):
    """A partition as it is taken over."""

    next_offset: int | None
    """Where its records have to be read on; None where none has been committed."""
    epoch: int


class _Known(NamedTuple):
    """The last commit of a network that was seen."""

    id: int
    batch: int


class Store:
    """One connection to a database."""

    def __init__(self, line: Line, clock: Callable[[], int]) -> None:
        """Use `open`."""
        self._line = line
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._days: set[date] = set()
        self._unheard: tuple[Commit, str] | None = None
        """A commit that failed while the server was away, and its sign: it may have been made all the same."""

    @classmethod
    async def open(
        cls,
        address: str | Address,
        *,
        patience: float = PATIENCE,
        told: Callable[[str], None] | None = None,
        migrating: bool = False,
        clock: Callable[[], int] = time.time_ns,
    ) -> Store:
        """Connect and see whether the tables are those of this version, or make them so with `migrating`. `told` hears
        when the server has gone and when it is back. Raises Failed.
        """
        store = cls(Line(address_of(address) if isinstance(address, str) else address, patience, told), clock)
        try:
            if migrating:
                await store.migrate()
            await store._line.do(lambda connection, _attempt: check(connection, store.address))
        except BaseException:
            await store.close()
            raise
        return store

    @property
    def address(self) -> Address:
        """Where it is."""
        return self._line.address

    @property
    def line(self) -> Line:
        """The connection, for whoever reads or writes tables beside the journal."""
        return self._line

    async def close(self) -> None:
        """Hang up."""
        await self._line.close()

    async def migrate(self) -> list[Migration]:
        """Bring the tables to this version; gives what was applied. Raises Failed."""
        return await self._line.do(lambda connection, _attempt: migrate(connection, self.address))

    # --- reading -------------------------------------------------------------------------------------

    async def networks(self) -> list[str]:
        """Every network by name."""

        async def work(connection: Connection, _attempt: int) -> list[str]:
            return [row["name"] for row in await connection.fetch("SELECT name FROM observer.network ORDER BY name")]

        return await self._line.do(work)

    async def load(self, network: str, fingerprint: bytes | None = None) -> Loaded | None:
        """A network as it was committed last, in one moment, with the latest checkpoint of a fingerprint; None where
        there is no such network. From here on it can be committed to. Raises Failed.
        """

        async def work(connection: Connection, _attempt: int) -> Loaded | None:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                row = await connection.fetchrow(
                    "SELECT id, batch FROM observer.network WHERE name = $1", key_text(network)
                )
                self._known[network] = _Known(0, 0) if row is None else _Known(row["id"], row["batch"])
                return await loading.load(connection, network, fingerprint)

        return await self._line.do(work)

    async def block_at(self, network: str, seq: int) -> int | None:
        """The first sequence of the block in which an entry stands. Raises Failed."""

        async def work(connection: Connection, _attempt: int) -> int | None:
            found: int | None = await connection.fetchval(
                "SELECT max(first_seq) FROM observer.block JOIN observer.network ON id = network"
                " WHERE name = $1 AND first_seq <= $2",
                *(key_text(network), seq),
            )
            return found

        return await self._line.do(work)

    async def blocks(self, network: str, after: int = 0) -> AsyncIterator[BlockRow]:
        """Every block that holds an entry behind a sequence, a few at a time, on a connection of its own. Raises
        Failed.
        """
        with reported(self.address):
            connection = await connected(self.address)
            try:
                number = await connection.fetchval("SELECT id FROM observer.network WHERE name = $1", key_text(network))
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    async for block in loading.blocks(connection, number or 0, after):
                        yield block
            finally:
                connection.terminate()

    # --- partitions of Kafka -------------------------------------------------------------------------

    async def claim(self, topic: str, partition: int, owner: str) -> Claim:
        """Take a partition over: from here on, commits of whoever had it are refused. Whoever holds it in a commit and
        says nothing more, as it was stopped in the middle, is cut off. Raises Failed.
        """

        async def work(connection: Connection, _attempt: int) -> Claim:
            try:
                async with connection.transaction():
                    await connection.execute(f"SET LOCAL lock_timeout = {LOCKED_MS}")
                    row = await connection.fetchrow(
                        "INSERT INTO observer.position AS p VALUES ($1, $2, NULL, 1, $3) ON CONFLICT (topic, partition)"
                        " DO UPDATE SET epoch = p.epoch + 1, owner = excluded.owner RETURNING next_offset, epoch",
                        *(topic, partition, owner),
                    )
            except asyncpg.LockNotAvailableError:
                await connection.execute(_CUT_OFF, HANGS_SECONDS)
                raise
            assert row is not None  # noqa: S101 - it returns what it wrote
            return Claim(row["next_offset"], row["epoch"])

        return await self._line.do(work)

    async def holds(self, topic: str, epochs: Mapping[int, int]) -> bool:
        """Whether nobody has claimed one of these partitions since they were claimed with these epochs. Raises
        Failed.
        """

        async def work(connection: Connection, _attempt: int) -> bool:
            rows = await connection.fetch(
                "SELECT partition, epoch FROM observer.position WHERE topic = $1 AND partition = ANY($2::integer[])",
                *(topic, list(epochs)),
            )
            return {row["partition"]: row["epoch"] for row in rows} == dict(epochs)

        return await self._line.do(work)

    async def places(self) -> dict[str, tuple[str, int]]:
        """The topic and partition in which each network lies, of those that came from one. Raises Failed."""

        async def work(connection: Connection, _attempt: int) -> dict[str, tuple[str, int]]:
            rows = await connection.fetch(
                "SELECT name, value FROM observer.meta JOIN observer.network ON id = network WHERE key = 'place'"
            )
            return {row["name"]: tuple(msgspec.msgpack.decode(row["value"])) for row in rows}

        return await self._line.do(work)

    # --- writing -------------------------------------------------------------------------------------

    async def commit(self, commit: Commit) -> None:
        """All of it, or nothing. Every network in it has been loaded before. Raises NotOwner where somebody else has
        gone on with one of them, and other kinds of Failed. After `Away`, the same commit can be given again.
        """
        before, self._unheard = self._unheard, None
        again = before is not None and before[0] is commit
        sign = before[1] if before is not None and again else uuid.uuid4().hex
        self._unheard = (commit, sign)
        await self._partitions(commit)

        async def work(connection: Connection, attempt: int) -> dict[str, _Known]:
            try:
                async with connection.transaction():
                    return await self._write(connection, commit, sign)
            except NotOwner:
                # Perhaps the somebody else are we: the connection was lost before it could be heard.
                if (attempt or again) and await self._made(connection, commit, sign):
                    return await self._seen(connection, commit)
                raise

        try:
            self._known.update(await self._line.do(work))
            self._unheard = None
        except NotOwner:
            self._unheard = None
            for batch in commit.batches:
                self._known.pop(batch.network, None)
            raise

    async def _partitions(self, commit: Commit) -> None:
        days = {partitions.day_of(event.at) for batch in commit.batches for event in batch.events}
        for day in partitions.partitioned(days - self._days, partitions.day_of(self._clock())):

            async def work(connection: Connection, _attempt: int, day: date = day) -> None:
                await partitions.ensure(connection, day)

            await self._line.do(work)
        self._days |= days

    async def _write(self, connection: Connection, commit: Commit, sign: str) -> dict[str, _Known]:
        found = {}
        try:
            # In one order, so that no two commits wait for each other.
            for one in sorted(commit.positions, key=lambda one: (one.topic, one.partition)):
                await advance(connection, one)
            for batch in sorted(commit.batches, key=lambda one: one.network):
                known = found[batch.network] = await self._owned(connection, batch.network, sign)
                await write_batch(connection, known.id, batch)
            if commit.dead_letters:
                await count_dead(connection, commit.dead_letters)
        except asyncpg.UniqueViolationError as error:
            raise NotOwner(
                f"{self.address}: entries that were to be committed are there already ({error.constraint_name}):"
                " another worker has written them; load what it has committed before going on"
            ) from None
        return found

    async def _owned(self, connection: Connection, network: str, sign: str) -> _Known:
        """Go on from the last commit that was seen; nobody else may have made one since."""
        known = self._known.get(network)
        if known is None:
            raise NotOwner(f"{self.address}: network {network!r} has to be loaded before anything is committed to it")
        if not known.id:
            number = await connection.fetchval(
                "INSERT INTO observer.network (name, batch, writer) VALUES ($1, 1, $2)"
                " ON CONFLICT (name) DO NOTHING RETURNING id",
                *(key_text(network), sign),
            )
        else:
            number = await connection.fetchval(
                "UPDATE observer.network SET batch = batch + 1, writer = $3 WHERE id = $1 AND batch = $2 RETURNING id",
                *(known.id, known.batch, sign),
            )
        if number is None:
            raise NotOwner(
                f"{self.address}: somebody else has committed to network {network!r} meanwhile; load what they have"
                " committed before going on"
            )
        return _Known(number, known.batch + 1)

    async def _made(self, connection: Connection, commit: Commit, sign: str) -> bool:
        """Whether a commit whose end was not heard of has been made."""
        if commit.batches:
            writer = await connection.fetchval(
                "SELECT writer FROM observer.network WHERE name = $1", key_text(commit.batches[0].network)
            )
            return bool(writer == sign)
        return bool(commit.positions) and await _reached(connection, commit.positions[0])

    async def _seen(self, connection: Connection, commit: Commit) -> dict[str, _Known]:
        names = {key_text(batch.network): batch.network for batch in commit.batches}
        rows = await connection.fetch("SELECT name, id FROM observer.network WHERE name = ANY($1)", list(names))
        return {names[row["name"]]: _Known(row["id"], self._known[names[row["name"]]].batch + 1) for row in rows}


async def _reached(connection: Connection, one: Position) -> bool:
    found = await connection.fetchrow(
        "SELECT next_offset, epoch FROM observer.position WHERE topic = $1 AND partition = $2", one.topic, one.partition
    )
    return found is not None and tuple(found) == (one.next_offset, one.epoch)
