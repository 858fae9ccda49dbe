"""What the store promises: all of a commit or nothing, in order, once, and only to whoever has seen the last one."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from observer.database.address import Address
from observer.database.batches import Batch, Commit, DeadLetter, EventRow, Position, TransitionRow, block_row
from observer.database.failures import Away, DatabaseFailed, DiskFull, NotOwner
from observer.database.outbox import DatabaseOutbox
from observer.database.rows import Expected, changes, whole
from observer.database.storing import Store
from replay.blocks import Columns, Segment
from replay.journal import Incarnation, Role, Source
from replay.recording import Heard, Recording
from state.events import Event, ProblemLogged, ProcessStarted
from state.origin import Origin
from state.snapshot import NetworkState, fold
from tests.components.postgres import Postgres
from tests.observer.database.stored import Filled, asked, awaited, batches, monero, rows_of
from tests.observer.sending.contract import notice
from tests.state.any_event import HISTORIES
from tests.test_docs import ROOT
from waits.alerts import Transition

SECOND = 10**9
NOON = 1_795_262_400 * SECOND
"""2026-11-21T12:00:00Z"""


def line_block(seq: int, at: int = NOON) -> Batch:
    """One line of one source, as a block."""
    body = b"line\n"
    segment = Segment(1, 1, len(body), 0, 1, last_at=at)
    columns = Columns(at, [segment], (5).to_bytes(4, "little"), bytes(8), b"", [])
    event = EventRow(seq, 0, at, "n1", ProcessStarted("monero", "v0.18"))
    return Batch("net", blocks=(block_row(seq, columns, body, {1: Heard(seq, at, 5 * seq)}),), events=(event,))


def told(number: int, state: str = "firing", rule: str = "NodeDied", reason: str | None = None) -> TransitionRow:
    """A change of an alert."""
    one = Transition(
        NOON + number, number, rule, state, "critical", {"node": "n1"}, {"summary": "n1 died"}, (), (1,), reason, NOON
    )
    return TransitionRow(number, one)


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
