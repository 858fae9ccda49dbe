"""A loaded network as a journal: what a worker goes on from says what the whole recording says."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from observer.database.address import Address
from observer.database.batches import Batch, CheckpointRow, Commit, block_row
from observer.database.journal import StoredJournal, journal_of
from observer.database.storing import Store
from replay.failures import DamagedRecording
from replay.judging import BlockHearing
from replay.play import Player
from replay.recording import Recording
from replay.sealing import sealed
from state.encoding import digest
from tests.observer.database.stored import awaited, monero


def gone_on(address: Address, path: Path, place: int) -> tuple[StoredJournal, CheckpointRow]:
    """The journal of a recording as it is loaded where the checkpoint stands behind a block, that has been sealed with
    its neighbours since.
    """

    async def scenario() -> tuple[StoredJournal, CheckpointRow]:
        store = await Store.open(address, migrating=True)
        await store.load("net")
        with Recording.open_to_read(path) as recording:
            infos, player = recording.block_infos(), Player(recording)
            kept = infos[place]
            state = player.seek(kept.last_seq)
            checkpoint = CheckpointRow(
                player.fingerprint, kept.last_seq, kept.last_at, digest(state), player.folding.checkpoint(), b""
            )
            rows = []
            for info in [*infos[: place - 1], *infos[place + 2 :]]:
                block = recording.block(info.first_seq)
                rows.append(
                    block_row(info.first_seq, block.columns, block.body, recording.heard_at_end(info.first_seq))
                )
            joined = infos[place - 1 : place + 2]
            whole = sealed([recording.block(info.first_seq) for info in joined])
            rows.append(block_row(*whole, recording.heard_at_end(joined[-1].first_seq)))
            batch = Batch(
                "net",
                meta={"settings": recording.meta("settings")},
                sources=tuple(recording.sources()),
                blocks=tuple(rows),
                checkpoint=checkpoint,
            )
        await store.commit(Commit((batch,)))
        loaded = await store.load("net", checkpoint.fingerprint)
        assert loaded is not None
        journal = await journal_of(store, loaded)
        await store.close()
        return journal, checkpoint

    return awaited(scenario())


@pytest.mark.parametrize("place", [1, 4, 9])
def test_it_plays_on_as_the_recording_does(address: Address, place: int, tmp_path: Path) -> None:
    """R29: from a checkpoint in the middle of a sealed block, every snapshot and everything that was heard is that of the
    recording played from its start.
    """
    path = monero(tmp_path)
    journal, checkpoint = gone_on(address, path, place)
    with Recording.open_to_read(path) as recording:
        whole = Player(recording)
        whole.seek(checkpoint.seq)
        mine = Player(journal)
        assert mine.fingerprint == whole.fingerprint
        assert digest(mine.seek(checkpoint.seq)) == checkpoint.digest
        theirs = [(step.wanted, step.said) for step in whole.steps()]
        assert [(step.wanted, step.said) for step in mine.steps()] == theirs
        assert mine.state == whole.state
        assert heard(BlockHearing(journal), journal, checkpoint.seq) == heard(
            BlockHearing(recording), recording, checkpoint.seq
        )
        assert journal.last() == recording.last()
        assert journal.first() is not None


def heard(hearing: BlockHearing, journal: Recording | StoredJournal, behind: int) -> list[int | None]:
    """When each source wrote last, at some entries behind a checkpoint."""
    last = journal.last()
    assert last is not None
    rng = random.Random(7)  # noqa: S311 - the same places for both
    places = sorted(rng.sample(range(behind + 1, last.last_seq), 60))
    found = []
    for seq in places:
        info = journal.block_infos(seq)[0]
        hearing.enter(info)
        found += [hearing.last_line(source.number, info.last_at, seq) for source in journal.sources()]
    return found


def test_what_was_not_loaded_is_no_silence(address: Address, tmp_path: Path) -> None:
    """Whoever asks for blocks before the checkpoint is refused, rather than told that there are none."""
    journal, _checkpoint = gone_on(address, monero(tmp_path), 9)
    with pytest.raises(DamagedRecording, match="were not loaded"):
        journal.block_infos()
    assert journal.checkpoint(b"of other code", 1 << 40) is None
    assert journal.hot(1, b"") is None
    assert msgspec.convert(journal.meta("settings"), dict) is not None
