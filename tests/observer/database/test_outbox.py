"""The outbox in PostgreSQL keeps the contract of every outbox (R27)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from observer.database.address import Address
from observer.database.batches import Batch, Commit
from observer.database.outbox import DatabaseOutbox
from observer.database.storing import Store
from observer.sending.notices import Notice
from observer.sending.posting import Arrived, Away, Outcome, Refused
from observer.sending.sender import Settled
from tests.observer.database.stored import awaited
from tests.observer.sending.contract import TO, OutboxContract, notice


class TestDatabaseOutbox(OutboxContract):
    """Its methods are coroutines, which the contract runs."""

    @pytest.fixture
    def outbox(self, address: Address) -> Iterator[Any]:
        """Of the three networks that the contract speaks of, in a database with a fourth."""
        self.loop = asyncio.new_event_loop()
        store = self.of(Store.open(address, migrating=True))
        networks = ("net", "a", "b", "foreign")
        for network in networks:
            self.of(store.load(network))
        self.of(store.commit(Commit(tuple([Batch(network) for network in networks]))))
        self.of(store.commit(Commit((Batch("foreign", notices=((TO, (notice(1, network="foreign"),)),)),))))
        yield DatabaseOutbox(store.line, networks[:3])
        self.of(store.close())
        self.loop.close()

    def of(self, value: Any) -> Any:
        """What a coroutine gives."""
        return self.loop.run_until_complete(value)


class Committed(DatabaseOutbox):
    """The same, where everything that is written comes with commits, as a worker's does."""

    def __init__(self, store: Store, networks: tuple[str, ...]) -> None:
        """The networks have been loaded."""
        super().__init__(store.line, networks)
        self._store = store

    async def put(self, to: str, notices: Sequence[Notice]) -> None:
        """In one commit for each network."""
        for one in notices:
            await self._commit(Batch(one.network, notices=((to, (one,)),)))

    async def done(self, to: str, keys: Sequence[str], at: int) -> None:
        """Told by a sender."""
        await self._settled(to, keys, Arrived(), at)

    async def failed(self, to: str, keys: Sequence[str], why: str, again_at: int) -> None:
        """Told by a sender."""
        await self._settled(to, keys, Away(why), 0, again_at)

    async def dropped(self, to: str, keys: Sequence[str], why: str, at: int) -> None:
        """Told by a sender."""
        await self._settled(to, keys, Refused(why), at)

    async def keep(self, ledger: bytes) -> None:
        """Of the first network."""
        await self._commit(Batch("net", ledger=ledger))

    async def prune(self, before: int) -> int:
        """How many that were is seen by what is left."""
        count = "SELECT count(*) FROM observer.outbox WHERE settled_at IS NOT NULL"
        had = await self._store.line.do(lambda connection, _attempt: connection.fetchval(count))
        await self._commit(Batch("net", prune_before=before))
        return int(had - await self._store.line.do(lambda connection, _attempt: connection.fetchval(count)))

    async def _settled(self, to: str, keys: Sequence[str], outcome: Outcome, at: int, again_at: int = 0) -> None:
        for network in ("net", "a", "b"):
            mine = tuple([key for key in keys if key.startswith(f"{network}/") or key == "unknown"])
            await self._commit(Batch(network, settled=((to, Settled(network, mine, outcome, at, again_at)),)))

    async def _commit(self, batch: Batch) -> None:
        await self._store.commit(Commit((batch,)))


class TestCommittedOutbox(TestDatabaseOutbox):
    """R27: what a worker commits with its batches is what an outbox keeps."""

    @pytest.fixture
    def outbox(self, address: Address) -> Iterator[Any]:
        """Of the three networks that the contract speaks of."""
        self.loop = asyncio.new_event_loop()
        store = self.of(Store.open(address, migrating=True))
        for network in ("net", "a", "b"):
            self.of(store.load(network))
        self.of(store.commit(Commit(tuple([Batch(network) for network in ("net", "a", "b")]))))
        yield Committed(store, ("net", "a", "b"))
        self.of(store.close())
        self.loop.close()


def test_notices_come_with_the_commit_of_their_transitions(address: Address) -> None:
    """R27: what is to be sent, and the ledger it follows from, are there once the commit is; loading gives it back."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        await store.commit(Commit((Batch("net", notices=((TO, (notice(1), notice(2, "b"))),), ledger=b"ledger"),)))
        outbox = DatabaseOutbox(store.line, ["net"])
        assert [one.notice for one in await outbox.pending(TO, 0, 10)] == [notice(1), notice(2, "b")]
        loaded = await store.load("net")
        assert loaded is not None
        assert loaded.ledger == await outbox.kept() == b"ledger"
        await store.close()

    awaited(scenario())


def test_a_network_that_is_another_workers_is_left_to_it(address: Address) -> None:
    """R27: two workers on one database send each alert once."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        for network in ("a", "b"):
            await store.load(network)
            await store.commit(Commit((Batch(network, notices=((TO, (notice(1, network=network),)),)),)))
        mine, theirs = DatabaseOutbox(store.line, ["a"]), DatabaseOutbox(store.line, ["b"])
        await mine.done(TO, [notice(1, network="a").key, notice(1, network="b").key], 5)
        assert await mine.destinations() == []
        assert [one.notice.network for one in await theirs.pending(TO, 9, 9)] == ["b"]
        await store.close()

    awaited(scenario())
