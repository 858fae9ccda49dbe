"""What the store promises: all of a commit or nothing, and what was committed comes back."""

from __future__ import annotations

import pytest

from observer.database.address import Address
from observer.database.batches import Batch, Commit, DeadLetter, Position
from observer.database.failures import DatabaseFailed, NotOwner
from observer.database.storing import Store
from replay.journal import Incarnation
from replay.recording import Recording
from tests.observer.database.made import NOON, line_block, told
from tests.observer.database.stored import Filled, asked, awaited, batches, rows_of


def test_a_network_comes_back_as_it_was_committed(stored: Filled) -> None:
    """R6, R7: sources, incarnations, settings, what was heard and the checkpoint are those of the recording."""

    async def scenario() -> None:
        store = await Store.open(stored.address)
        for network, path in stored.recordings.items():
            *_, last = batches(path, network)
            assert last.checkpoint is not None
            loaded = await store.load(network, last.checkpoint.fingerprint)
            assert loaded is not None
            with Recording.open_to_read(path) as recording:
                info = recording.last()
                assert info is not None
                assert loaded.sources == tuple(recording.sources())
                assert loaded.incarnations == last.incarnations
                assert loaded.meta == {"settings": recording.meta("settings"), "inventory": recording.meta("inventory")}
                assert loaded.last is not None
                assert loaded.last.info == info
                assert loaded.first is not None
                assert loaded.first.info == recording.first()
                assert loaded.heard == recording.heard_at_end(info.first_seq)
                assert [row.info async for row in store.blocks(network)] == recording.block_infos()
            assert loaded.checkpoint == last.checkpoint
            assert (await store.load(network, b"of other code")).checkpoint is None  # type: ignore[union-attr]
            assert loaded.begins == 1
        assert await store.networks() == ["half-way", "stuck", "three-nodes"]
        await store.close()

    awaited(scenario())


def test_events_are_those_of_the_recording(stored: Filled) -> None:
    """Every event stands in the table, in the partition of its day, with what was said."""
    for network, path in stored.recordings.items():
        expected = [
            (event.seq, event.n, event.at, event.node, type(event.event).__name__)
            for batch in batches(path, network)
            for event in batch.events
        ]
        found = asked(
            stored.address,
            "SELECT seq, n, at_ns, node, kind FROM observer.events WHERE network = $1 ORDER BY seq, n",
            network,
        )
        assert found == expected
    assert asked(stored.address, "SELECT count(*) FROM observer.event_default") == [(0,)]


def test_nothing_of_a_commit_that_fails_is_kept(address: Address) -> None:
    """R6: positions, blocks and events of a commit whose last row does not fit are all undone, and it can be made
    again.
    """

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        claim = await store.claim("t", 0, "w1")
        first = Position("t", 0, None, 10, claim.epoch)
        await rows_of(address, "ALTER TABLE observer.transition ADD CHECK (rule <> 'Bad')")
        bad = Batch("net", blocks=line_block(1).blocks, events=line_block(1).events, transitions=(told(1, rule="Bad"),))
        with pytest.raises(DatabaseFailed, match="refuses"):
            await store.commit(Commit((bad,), (first,)))
        assert await rows_of(address, "SELECT count(*) FROM observer.block") == [(0,)]
        assert await rows_of(address, "SELECT count(*) FROM observer.event") == [(0,)]
        assert await rows_of(address, "SELECT next_offset FROM observer.position") == [(None,)]
        assert await rows_of(address, "SELECT count(*) FROM observer.network") == [(0,)]
        await store.commit(Commit((line_block(1),), (first,)))
        assert await rows_of(address, "SELECT next_offset FROM observer.position") == [(10,)]
        assert await rows_of(address, "SELECT batch FROM observer.network") == [(1,)]
        await store.close()

    awaited(scenario())


def test_sealed_blocks_stand_in_place_of_small_ones(address: Address) -> None:
    """R5: blocks that are named go with their hot lines, in the same commit that brings the sealed one."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        for seq in (1, 2):
            await store.commit(Commit((line_block(seq),)))
        whole = line_block(1).blocks[0]._replace(entries=2)
        await store.commit(Commit((Batch("net", resealed=(1, 2), blocks=(whole,)),)))
        assert await rows_of(address, "SELECT first_seq, count FROM observer.block") == [(1, 2)]
        await store.close()

    awaited(scenario())


def test_how_far_a_file_was_read_is_renewed(address: Address) -> None:
    """R1: an incarnation is one row, and its last high-water mark counts."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        for seq, reached in ((1, 10), (2, 20)):
            batch = Batch(
                "net", blocks=line_block(seq).blocks, incarnations=(Incarnation(1, 1, b"h", 1, reached, "f"),)
            )
            await store.commit(Commit((batch,)))
        loaded = await store.load("net")
        assert loaded is not None
        assert loaded.incarnations == (Incarnation(1, 1, b"h", 1, 20, "f"),)
        await store.close()

    awaited(scenario())


def test_alerts_stand_as_their_last_transition_says(address: Address) -> None:
    """R26: pending, firing and resolved move an alert; blind is a flag beside, which seeing again takes off."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        seen = []
        for number, state in enumerate(("blind", "unblind", "pending", "firing", "blind", "unblind", "resolved"), 1):
            reason = "its log is lost" if state == "blind" else None
            await store.commit(Commit((Batch("net", transitions=(told(number, state, reason=reason),)),)))
            seen += await rows_of(address, "SELECT state, blind, blind_reason FROM observer.alerts") or [("none",)]
        assert seen == [
            ("inactive", True, "its log is lost"),
            ("none",),
            ("pending", False, None),
            ("firing", False, None),
            ("firing", True, "its log is lost"),
            ("firing", False, None),
            ("none",),
        ]
        assert await rows_of(address, "SELECT count(*) FROM observer.alert_history") == [(7,)]
        loaded = await store.load("net")
        assert loaded is not None
        assert loaded.transitions == 7
        await store.close()

    awaited(scenario())


def test_a_transition_is_numbered_once(address: Address) -> None:
    """R29: a number that is there already ends the commit."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        await store.commit(Commit((Batch("net", transitions=(told(1),)),)))
        with pytest.raises(NotOwner, match="are there already"):
            await store.commit(Commit((Batch("net", transitions=(told(1),)),)))
        await store.close()

    awaited(scenario())


def test_what_could_not_be_read_is_counted(address: Address) -> None:
    """Dead letters add up by reason, with the last offset."""

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        for count, offset in ((2, 7), (1, 9)):
            await store.commit(Commit(dead_letters=(DeadLetter("t", 0, "no MessagePack", count, offset, NOON),)))
        found = await rows_of(address, "SELECT why, count, last_offset FROM observer.dead_letter")
        assert found == [("no MessagePack", 3, 9)]
        await store.close()

    awaited(scenario())
