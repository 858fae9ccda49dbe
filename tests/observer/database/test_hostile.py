"""Whatever logs say, whatever day they are dated and whatever room there is, the store goes on or says why not."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from hypothesis import HealthCheck, given, settings

from observer.database.address import Address
from observer.database.batches import Batch, Commit, EventRow
from observer.database.failures import DiskFull
from observer.database.outbox import DatabaseOutbox
from observer.database.rows import Expected, changes, whole
from observer.database.storing import Store
from replay.journal import Incarnation, Role, Source
from state.events import Event, ProblemLogged, ProcessStarted
from state.origin import Origin
from state.snapshot import NetworkState, fold
from tests.observer.database.made import NOON, SECOND, line_block
from tests.observer.database.stored import awaited, rows_of
from tests.observer.sending.contract import notice
from tests.state.any_event import HISTORIES


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=HISTORIES)
def test_any_snapshot_finds_room_in_the_tables(address: Address, said: list[tuple[Event, str, int]]) -> None:
    """R14: whatever nodes say, every row of the present and every event is of the types that the columns take."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        state, touched, events = NetworkState(), [], []
        for seq, (event, node, _later) in enumerate(said, 1):
            state, more = fold(state, event, Origin(node, seq, NOON + seq, seq, 1))
            touched += list(more)
            events.append(EventRow(seq, 0, NOON + seq, node, event))
        network = uuid.uuid4().hex
        await store.load(network)
        await store.commit(Commit((Batch(network, events=tuple(events), changes=whole(state, Expected())),)))
        again = changes(NetworkState(), state, touched, Expected())
        await store.commit(Commit((Batch(network, changes=again),)))
        await store.close()

    awaited(scenario())


def test_texts_of_logs_do_no_harm(address: Address) -> None:
    """NUL, quotes and SQL in what a log says are stored as text; a backslash before u0000 stays one."""
    nasty = "a\0b'); DROP TABLE observer.event; -- \\u0000 \\\0"

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        event = EventRow(1, 0, NOON, "n\0" * 5000, ProblemLogged("error", "net", "f", nasty))
        await store.commit(Commit((Batch("net", events=(event,)),)))
        [(said,)] = await rows_of(address, "SELECT payload ->> 'text' FROM observer.event")
        assert said == nasty.replace("\0", "\ufffd")
        await store.close()

    awaited(scenario())


@pytest.mark.parametrize("name", ["n\0t", "n" * 5000, "ö" * 3000, "a'; --", ""])
def test_a_network_may_have_any_name(address: Address, name: str) -> None:
    """Whoever ships names networks, sources and incarnations; no name and no count stops a worker."""
    source = Source((1 << 40), "x" * 1024, "s" * 1024, "m\0", "f\0", None, "UTC", Role.UNREAD, "l\0")

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load(name)
        incarnation = Incarnation(source.number, (1 << 62) - 1, b"", 0, 7, "l\0")
        await store.commit(Commit((Batch(name, sources=(source,), incarnations=(incarnation,)),)))
        await store.commit(Commit((Batch(name, blocks=line_block(1).blocks, notices=(("to", (notice(1),)),)),)))
        loaded = await store.load(name)
        assert loaded is not None
        assert (loaded.sources, loaded.incarnations) == ((source,), (incarnation,))
        assert [row.first_seq async for row in store.blocks(name)] == [1]
        assert len(await DatabaseOutbox(store.line, [name]).pending("to", 0, 9)) == 1
        await store.close()

    awaited(scenario())


def test_dates_of_any_day_find_a_place(address: Address) -> None:
    """A log dated in 1970 makes no partition of its own for each of its days; what is of these days does."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True, clock=lambda: NOON)
        await store.load("net")
        days = (0, SECOND, NOON - 400 * 86400 * SECOND, NOON - 86400 * SECOND, NOON)
        rows = tuple(EventRow(seq, 0, at, "n1", ProcessStarted("monero")) for seq, at in enumerate(days, 1))
        await store.commit(Commit((Batch("net", events=rows),)))
        found = await rows_of(address, "SELECT tableoid::regclass::text, seq FROM observer.event ORDER BY seq")
        assert [name.removeprefix("observer.").removeprefix("event_") for name, _seq in found] == [
            *("default", "default", "default"),
            *("20261120", "20261121"),
        ]
        await store.close()

    awaited(scenario())


def test_two_make_the_partition_of_a_day_together(address: Address) -> None:
    """Workers that come to a new day at the same moment do not stand in each other's way."""

    async def scenario() -> None:
        stores = [await Store.open(address, migrating=True, clock=lambda: NOON) for _ in range(4)]
        for place, store in enumerate(stores):
            await store.load(f"net{place}")
        event = line_block(1).events
        await asyncio.gather(
            *[store.commit(Commit((Batch(f"net{place}", events=event),))) for place, store in enumerate(stores)]
        )
        assert await rows_of(address, "SELECT count(*) FROM observer.event_20261121") == [(4,)]
        for store in stores:
            await store.close()

    awaited(scenario())


def test_a_full_disk_is_said_and_nothing_is_kept(address: Address) -> None:
    """Whatever the server has no room for ends the commit with one sentence, and nothing of it is there."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        await rows_of(
            address,
            "DO $$ BEGIN CREATE FUNCTION observer.full_disk() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN RAISE EXCEPTION USING ERRCODE = ''53100'', MESSAGE = ''could not extend file''; END';"
            " CREATE TRIGGER full_disk BEFORE INSERT ON observer.block EXECUTE FUNCTION observer.full_disk(); END $$",
        )
        with pytest.raises(DiskFull, match=r"no room left .could not extend file.; free some"):
            await store.commit(Commit((line_block(1),)))
        await rows_of(address, "DROP TRIGGER full_disk ON observer.block")
        await store.commit(Commit((line_block(1),)))
        await store.close()

    awaited(scenario())
