"""What retention removes, and that what it leaves can be gone on with."""

from __future__ import annotations

from pathlib import Path

from observer.database.address import Address
from observer.database.batches import Batch, CheckpointRow, Commit
from observer.database.journal import journal_of
from observer.database.outbox import DatabaseOutbox
from observer.database.partitions import DAY_NS
from observer.database.retention import Removed, Retention, retain
from observer.database.storing import Store
from observer.database.writing import CHECKPOINTS_KEPT
from replay.play import Player
from state.encoding import digest
from tests.observer.database.made import NOON, line_block, told
from tests.observer.database.stored import awaited, batches, monero, rows_of
from tests.observer.sending.contract import TO, notice

FOR_EVER = Retention(None, None, None)


def kept_at(seq: int, at: int, fingerprint: bytes = b"code") -> CheckpointRow:
    """A checkpoint."""
    return CheckpointRow(fingerprint, seq, at, "digest", b"state", b"engine")


async def days(address: Address, *, checkpoints: bool = True) -> Store:
    """A journal of six days, two entries a day, with a checkpoint behind the first of each."""
    store = await Store.open(address, migrating=True, clock=lambda: NOON + 5 * DAY_NS)
    await store.load("net")
    for seq in range(1, 13):
        at = NOON + (seq - 1) // 2 * DAY_NS + seq % 2
        first = checkpoints and seq % 2
        batch = line_block(seq, at)
        await store.commit(
            Commit(
                (
                    Batch(
                        "net",
                        blocks=batch.blocks,
                        events=batch.events,
                        checkpoint=kept_at(seq, at) if first else None,
                    ),
                )
            )
        )
    return store


def test_old_blocks_go_up_to_a_checkpoint(address: Address) -> None:
    """R19: a checkpoint stands in the second block of what is left, whose first says what had been heard until then."""

    async def scenario() -> None:
        store = await days(address)
        removed = await retain(store, Retention(2, None, None), NOON + 5 * DAY_NS)
        assert removed == Removed(3, 0, 0, 0, 0)
        loaded = await store.load("net", b"code")
        assert loaded is not None
        assert loaded.begins == 4
        assert [row.first_seq async for row in store.blocks("net")] == list(range(4, 13))
        assert await rows_of(address, "SELECT min(seq) FROM observer.checkpoint") == [(5,)]
        assert (await retain(store, Retention(2, None, None), NOON + 5 * DAY_NS)).blocks == 0
        await store.close()

    awaited(scenario())


def test_without_a_checkpoint_nothing_of_the_journal_goes(address: Address) -> None:
    """What could not be folded any more is worth more than the room it takes."""

    async def scenario() -> None:
        store = await days(address, checkpoints=False)
        assert (await retain(store, Retention(0, None, None), NOON + 99 * DAY_NS)).blocks == 0
        await store.close()

    awaited(scenario())


def test_a_journal_that_was_cut_is_gone_on_with(address: Address, tmp_path: Path) -> None:
    """R19: the snapshot at the end is that of the whole journal, folded from the checkpoint on."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        every = list(batches(monero(tmp_path), "net", 3))
        for batch in every:
            await store.commit(Commit((batch,)))
        kept = every[-1].checkpoint
        assert kept is not None
        removed = await retain(store, Retention(0, 0, 0), kept.at + DAY_NS)
        assert removed.blocks == sum(len(batch.blocks) for batch in every) - 2
        loaded = await store.load("net", kept.fingerprint)
        assert loaded is not None
        journal = await journal_of(store, loaded)
        player = Player(journal)
        assert digest(player.seek(kept.seq)) == kept.digest
        assert next(info.first_seq for info in journal.block_infos()) == loaded.begins
        await store.close()

    awaited(scenario())


def test_old_events_go_with_their_day(address: Address) -> None:
    """Partitions of days that are over are dropped; events without one are deleted; and more can be written."""

    async def scenario() -> None:
        store = await days(address)
        old = line_block(99, 10**9).events
        await store.commit(Commit((Batch("net", events=old),)))
        assert await retain(store, Retention(None, 2, None), NOON + 5 * DAY_NS) == Removed(0, 3, 1, 0, 0)
        assert await rows_of(address, "SELECT min(seq), count(*) FROM observer.event") == [(7, 6)]
        await store.commit(Commit((Batch("net", events=line_block(100, NOON).events),)))
        again = await Store.open(address, clock=lambda: NOON + 5 * DAY_NS)
        await again.load("net")
        await again.commit(Commit((Batch("net", events=line_block(101, NOON).events),)))
        assert await rows_of(address, "SELECT count(*) FROM observer.event_default") == [(2,)]
        await again.close()
        await store.close()

    awaited(scenario())


def test_a_day_that_is_being_read_is_dropped_another_time(address: Address) -> None:
    """Nobody waits behind a long query for more than a moment."""

    async def scenario() -> None:
        store = await days(address)
        reader = await Store.open(address)

        async def held(connection, _attempt):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            async with connection.transaction():
                await connection.fetch("SELECT * FROM observer.event_20261121")
                return await retain(store, Retention(None, 4, None), NOON + 5 * DAY_NS)

        assert (await reader.line.do(held)).event_days == 0
        assert (await retain(store, Retention(None, 4, None), NOON + 5 * DAY_NS)).event_days == 1
        await reader.close()
        await store.close()

    awaited(scenario())


def test_transitions_go_on_being_counted(address: Address) -> None:
    """R29: the last one stays, however old it is, or the next would take the number of one that was told."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        await store.commit(Commit((Batch("net", transitions=(told(1), told(2), told(3))),)))
        assert (await retain(store, Retention(None, None, 0), NOON + DAY_NS)).transitions == 2
        loaded = await store.load("net")
        assert loaded is not None
        assert loaded.transitions == 3
        await store.close()

    awaited(scenario())


def test_what_was_sent_is_forgotten_and_what_was_not_is_kept(address: Address) -> None:
    """R27."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        await store.commit(Commit((Batch("net", notices=((TO, (notice(1), notice(2, "b"))),)),)))
        await DatabaseOutbox(store.line, ["net"]).done(TO, [notice(1).key], NOON)
        assert (await retain(store, FOR_EVER, NOON + 7 * DAY_NS)).notices == 0
        assert (await retain(store, FOR_EVER, NOON + 7 * DAY_NS + 1)).notices == 1
        assert await rows_of(address, "SELECT count(*) FROM observer.outbox") == [(1,)]
        await store.close()

    awaited(scenario())


def test_few_checkpoints_are_kept(address: Address) -> None:
    """The latest ones, and the last of each day; those of other code are left to it."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        for seq in range(1, 21):
            await store.commit(Commit((Batch("net", checkpoint=kept_at(seq, NOON + seq * DAY_NS // 10)),)))
        await store.commit(Commit((Batch("net", checkpoint=kept_at(1, NOON, b"other")),)))
        found = await rows_of(address, "SELECT seq FROM observer.checkpoint WHERE fingerprint = 'code' ORDER BY 1")
        assert [seq for (seq,) in found] == [4, 14, *range(21 - CHECKPOINTS_KEPT, 21)]
        assert await rows_of(address, "SELECT count(*) FROM observer.checkpoint WHERE fingerprint = 'other'") == [(1,)]
        await store.close()

    awaited(scenario())
