"""Commits are made once, in order, and only by whoever has seen the last one, whoever is killed meanwhile."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from observer.database.address import Address
from observer.database.batches import Commit, Position
from observer.database.failures import Away, NotOwner
from observer.database.storing import Store
from tests.components.postgres import Postgres
from tests.observer.database.made import line_block
from tests.observer.database.stored import asked, awaited, batches, monero, rows_of
from tests.test_docs import ROOT


def test_two_that_loaded_the_same_cannot_both_go_on(address: Address) -> None:
    """R9, R29: who commits second is refused, writes nothing, and can go on once it has loaded what the first wrote."""

    async def scenario() -> None:
        one = await Store.open(address, migrating=True)
        two = await Store.open(address)
        for store in (one, two):
            assert await store.load("net") is None
        await one.commit(Commit((line_block(1),)))
        with pytest.raises(NotOwner, match="somebody else has committed to network 'net'"):
            await two.commit(Commit((line_block(1),)))
        with pytest.raises(NotOwner, match="has to be loaded"):
            await two.commit(Commit((line_block(2),)))
        loaded = await two.load("net")
        assert loaded is not None
        assert loaded.last is not None
        assert loaded.last.info.last_seq == 1
        await two.commit(Commit((line_block(2),)))
        with pytest.raises(NotOwner):
            await one.commit(Commit((line_block(2),)))
        assert await rows_of(address, "SELECT first_seq FROM observer.block ORDER BY 1") == [(1,), (2,)]
        await one.close()
        await two.close()

    awaited(scenario())


def test_a_position_is_taken_over_once(address: Address) -> None:
    """R9: a later claim voids the commits of whoever had the partition, even from the very offset it stands at."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        stale = await store.claim("t", 3, "w1")
        await store.commit(Commit(positions=(Position("t", 3, None, 100, stale.epoch),)))
        fresh = await store.claim("t", 3, "w2")
        assert fresh.next_offset == 100
        with pytest.raises(NotOwner, match="partition 3 of t has gone on elsewhere since offset 100"):
            await store.commit(Commit(positions=(Position("t", 3, 100, 150, stale.epoch),)))
        await store.commit(Commit(positions=(Position("t", 3, 100, 130, fresh.epoch),)))
        with pytest.raises(NotOwner):
            await store.commit(Commit(positions=(Position("t", 3, 100, 140, fresh.epoch),)))
        assert await rows_of(address, "SELECT next_offset, owner FROM observer.position") == [(130, "w2")]
        await store.close()

    awaited(scenario())


def test_a_stale_owner_writes_nothing_of_its_batch(address: Address) -> None:
    """R9: the blocks that came with a position that is refused are not there."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        stale = await store.claim("t", 0, "w1")
        await store.claim("t", 0, "w2")
        with pytest.raises(NotOwner):
            await store.commit(Commit((line_block(1),), (Position("t", 0, None, 1, stale.epoch),)))
        assert await rows_of(address, "SELECT count(*) FROM observer.block") == [(0,)]
        await store.close()

    awaited(scenario())


def test_a_commit_whose_end_was_not_heard_is_made_once(address: Address, postgres: Postgres) -> None:
    """R29: the server ends the connection right behind the commit; the store finds its own commit and goes on."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        claim = await store.claim("t", 0, "w1")
        await store.commit(Commit((line_block(1),), (Position("t", 0, None, 1, claim.epoch),)))
        write = store._write  # noqa: SLF001 - where the connection is lost is of the essence
        cut: list[str] = []

        async def lost(connection, commit, sign):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            found = await write(connection, commit, sign)
            if not cut:
                cut.append(await connection.execute("COMMIT"))
                raise ConnectionResetError("the answer did not arrive")
            return found

        store._write = lost  # type: ignore[method-assign]  # noqa: SLF001 - as above
        await store.commit(Commit((line_block(2),), (Position("t", 0, 1, 2, claim.epoch),)))
        store._write = write  # type: ignore[method-assign]  # noqa: SLF001 - as above
        await store.commit(Commit((line_block(3),), (Position("t", 0, 2, 3, claim.epoch),)))
        assert await rows_of(address, "SELECT first_seq FROM observer.block ORDER BY 1") == [(1,), (2,), (3,)]
        assert await rows_of(address, "SELECT batch, next_offset FROM observer.network, observer.position") == [(3, 3)]
        await store.close()

    awaited(scenario())


def test_a_commit_that_was_given_up_can_be_given_again(address: Address, postgres: Postgres) -> None:
    """R29: the server is away for longer than anybody is patient, right behind the commit; when the same commit comes
    again, it is found to have been made.
    """

    async def scenario() -> None:
        store = await Store.open(address, migrating=True, patience=0.2)
        await store.load("net")
        write = store._write  # noqa: SLF001 - as above

        async def lost(connection, commit, sign):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            await write(connection, commit, sign)
            await connection.execute("COMMIT")
            postgres.stop()
            raise ConnectionResetError("the answer did not arrive")

        store._write = lost  # type: ignore[method-assign]  # noqa: SLF001 - as above
        commit = Commit((line_block(1),))
        with pytest.raises(Away):
            await store.commit(commit)
        store._write = write  # type: ignore[method-assign]  # noqa: SLF001 - as above
        postgres.start()
        await store.commit(commit)
        await store.commit(Commit((line_block(2),)))
        assert await rows_of(address, "SELECT first_seq FROM observer.block ORDER BY 1") == [(1,), (2,)]
        await store.close()

    awaited(scenario())


def test_killed_again_and_again_it_loses_and_doubles_nothing(
    address: Address, postgres: Postgres, tmp_path: Path
) -> None:
    """R29: the server is killed with SIGKILL in the middle of some commits, at different places of each; what is there
    at the end is every batch once.
    """
    killed_at = {1: 1, 2: 6, 3: 12, 4: 20}
    path = monero(tmp_path)
    every = list(batches(path, "net", 2))
    said: list[str] = []

    async def scenario() -> None:
        store = await Store.open(address, migrating=True, patience=60, told=said.append)
        await store.load("net")
        claim = await store.claim("t", 0, "w")
        for place, batch in enumerate(every):
            position = Position("t", 0, place or None, place + 1, claim.epoch)
            commit = asyncio.create_task(store.commit(Commit((batch,), (position,))))
            if place in killed_at:
                for _turn in range(killed_at[place]):
                    await asyncio.sleep(0)
                postgres.kill()
                postgres.start()
            await commit
        await store.close()

    awaited(scenario())
    assert asked(address, "SELECT count(*), sum(count) FROM observer.block") == [
        (sum(len(batch.blocks) for batch in every), sum(row.entries for batch in every for row in batch.blocks))
    ]
    expected = [(event.seq, event.n) for batch in every for event in batch.events]
    assert asked(address, "SELECT seq, n FROM observer.event ORDER BY 1, 2") == expected
    assert asked(address, "SELECT next_offset FROM observer.position") == [(len(every),)]
    assert len(said) >= 2 * (len(killed_at) - 1)
    assert len(said) % 2 == 0


def test_a_writer_that_is_killed_is_gone_on_from(address: Address, tmp_path: Path) -> None:
    """R29: a process is killed with SIGKILL behind its second commit, again and again, each time in the middle of what
    it does next; the one that is let live finds every batch once, with its rows and its position.
    """
    path = monero(tmp_path)
    where = f"postgres://{address.user}@{address.host}:{address.port}/{address.database}"
    command = [
        *(sys.executable, "-m", "tests.observer.database.writer"),
        *(f"{where}?password_file={address.password_file}", str(path)),
    ]
    for _kill in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline()
            assert writer.stdout.readline()
            writer.kill()
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    every = list(batches(path, "net", 1))
    assert asked(address, "SELECT first_seq, count FROM observer.block ORDER BY 1") == [
        (row.first_seq, row.entries) for batch in every for row in batch.blocks
    ]
    expected = [(event.seq, event.n) for batch in every for event in batch.events]
    assert asked(address, "SELECT seq, n FROM observer.event ORDER BY 1, 2") == expected
    last = every[-1].blocks[-1].info.last_seq
    assert asked(address, "SELECT next_offset FROM observer.position") == [(last,)]
