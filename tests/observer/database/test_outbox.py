"""The outbox in PostgreSQL keeps the contract of every outbox (R27)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from observer.database.address import Address
from observer.database.batches import Batch, Commit
from observer.database.outbox import DatabaseOutbox
from observer.database.storing import Store
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
