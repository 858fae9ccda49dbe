"""A network of the database read as a recording: every answer is the one that the recording it came from gives."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from observer.database.address import Address
from observer.database.batches import Batch, Commit
from observer.database.failures import DamagedRow, DatabaseFailed
from observer.database.reading import export, recorded
from observer.database.storing import Store
from observer.exits import Exit, Failed
from replay.failures import RecordingExists
from replay.judgement import judgement_of, judgements
from replay.recording import Recording
from replay.verifying import verify
from tests.components.postgres import Postgres
from tests.observer.conftest import Observer
from tests.observer.database.stored import Filled, asked, awaited, fill, monero, transitions
from tests.replay.builders import entries, events, marks
from waits.alerts import Transition


def copy(stored: Filled, network: str, folder: Path) -> Path:
    """A network as a recording."""
    path = folder / f"{network}.rec"
    export(stored.address, path, network)
    return path


@pytest.mark.parametrize("network", ["three-nodes", "stuck"])
def test_the_journal_is_the_same(stored: Filled, network: str, tmp_path: Path) -> None:
    """R7: every line with its sequence, time and offset, every Mark, source, incarnation and event; and it is whole."""
    path, original = copy(stored, network, tmp_path), stored.recordings[network]
    with Recording.open_to_read(path) as mine, Recording.open_to_read(original) as theirs:
        assert mine.network == network
        assert verify(mine).faults == []
        assert entries(mine) == entries(theirs)
        assert marks(mine) == marks(theirs)
        assert mine.block_infos() == theirs.block_infos()
        assert mine.sources() == theirs.sources()
        for source in mine.sources():
            assert mine.incarnations(source.number) == theirs.incarnations(source.number)
        assert mine.meta("settings") == theirs.meta("settings")
        told = [msgspec.msgpack.decode(value, type=Transition) for value in mine.transitions()]
        assert told == [row.told for row in transitions(original)]
    assert events(path) == events(original)
    assert events(path, "off") == events(original)


@pytest.mark.parametrize(
    ("command", "network"),
    [("state", "three-nodes"), ("state", "stuck"), ("status", "stuck"), ("alerts", "three-nodes")],
)
def test_answers_are_the_same(stored: Filled, command: str, network: str, observer: Observer, tmp_path: Path) -> None:
    """R19: the checkpoint that a worker kept is gone on from, and gives what folding anew gives."""
    mine = observer(command, copy(stored, network, tmp_path), "--json")
    theirs = observer(command, stored.recordings[network], "--json")
    assert mine.code == theirs.code
    assert _same(mine.json, theirs.json)


def _same(mine: object, theirs: object) -> bool:
    """But for the network's name and the recording's, two answers are one."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        kept = [name for name in mine if name not in ("network", "recording", "judged_by")]
        return mine.keys() == theirs.keys() and all(_same(mine[name], theirs[name]) for name in kept)
    return mine == theirs


def test_a_recording_for_as_long_as_it_is_read(
    stored: Filled, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its address alone; nothing is left behind."""
    monkeypatch.setenv("PGPASSWORD", postgres.password)
    with recorded(f"{stored.address}/stuck") as path, Recording.open_to_read(path) as recording:
        assert recording.network == "stuck"
    assert not path.parent.exists()


def test_the_judgement_log_comes_along(address: Address, tmp_path: Path) -> None:
    """R20: what was asked, and from which entry on, is read as a recording keeps it."""
    log = (judgement_of(0, "groups: first"), judgement_of(7, "groups: second"))

    async def scenario() -> None:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        for number, one in enumerate(log):
            await store.commit(Commit((Batch("net", judgements=((number, one),)),)))
        loaded = await store.load("net")
        assert loaded is not None
        assert loaded.judgements == log
        await store.close()

    awaited(scenario())
    export(address, tmp_path / "x.rec")
    with Recording.open_to_read(tmp_path / "x.rec") as recording:
        assert judgements(recording) == list(log)


def test_one_of_several_networks_must_be_named(stored: Filled, tmp_path: Path) -> None:
    """Which there are is said; a name that is none too."""
    with pytest.raises(
        Failed, match=r"holds several networks; write .*/NETWORK with one of half-way, stuck, three-nodes"
    ):
        export(stored.address, tmp_path / "x.rec")
    with pytest.raises(Failed, match="holds no network 'four-nodes'; there is half-way, stuck, three-nodes") as caught:
        export(stored.address, tmp_path / "x.rec", "four-nodes")
    assert caught.value.code is Exit.USAGE
    assert list(tmp_path.glob("x.rec*")) == []


def test_an_empty_database(address: Address, tmp_path: Path) -> None:
    """Without tables, and without a network."""
    with pytest.raises(DatabaseFailed, match="run `observer migrate"):
        export(address, tmp_path / "x.rec")

    async def migrated() -> None:
        await (await Store.open(address, migrating=True)).close()

    awaited(migrated())
    with pytest.raises(DatabaseFailed, match="holds no network yet; run `observer worker`"):
        export(address, tmp_path / "x.rec")


def test_a_file_that_is_there_is_not_written_over(stored: Filled, tmp_path: Path) -> None:
    """R7."""
    (tmp_path / "x.rec").write_text("mine")
    with pytest.raises(RecordingExists):
        export(stored.address, tmp_path / "x.rec", "stuck")
    assert (tmp_path / "x.rec").read_text() == "mine"


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ("UPDATE observer.block SET body = set_byte(body, 40, (get_byte(body, 40) + 1) % 256)", "is damaged"),
        ("UPDATE observer.block SET last_at = last_at + 1", "is damaged"),
        (
            "DELETE FROM observer.block WHERE first_seq = (SELECT first_seq FROM observer.block OFFSET 2 LIMIT 1)",
            "is missing",
        ),
        ("UPDATE observer.checkpoint SET digest = 'x'", "the checkpoint at sequence .* is damaged"),
    ],
)
def test_a_row_that_was_damaged_is_an_error(address: Address, damage: str, why: str, tmp_path: Path) -> None:
    """R7: never a guess; exit code 4, and no file is left."""
    awaited(fill(address, {"net": monero(tmp_path)}))
    asked(address, damage)
    with pytest.raises(DamagedRow, match=why) as caught:
        export(address, tmp_path / "x.rec")
    assert caught.value.code is Exit.DAMAGED
    assert list(tmp_path.glob("x.rec*")) == []
