"""Checkpoints that are stored as what is another than in the one before."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest
import zstandard

from replay.checkpoints import WHOLE_EVERY, Chain, after, chained, packed, unpacked
from replay.failures import DamagedRecording
from replay.play import Player
from replay.recording import Recording
from tests.replay.builders import Run, capture, logs

RAWS = [b"".join(b"%d:%d " % (place, place**3 * (1 + (place == turn))) for place in range(2000)) for turn in range(20)]


def made(folder: Path) -> Path:
    """A recording with many small blocks and many checkpoints."""
    with mock.patch("replay.play.CHECKPOINT_EVENTS", 40):
        Run(4000).make(folder / "a.rec", logs(capture("selective")))
    return folder / "a.rec"


def test_each_is_opened_by_way_of_those_before() -> None:
    """What goes in comes out, whatever its place; one in eight is whole, and the others are a fraction of it."""
    chain, opened = Chain(), b""
    for number, raw in enumerate(RAWS):
        value, chain = chained(chain, number + 1, raw)
        assert after(value) == (None if number % WHOLE_EVERY == 0 else number)
        opened = unpacked(value, opened)
        assert opened == raw
        assert number % WHOLE_EVERY == 0 or len(value) * 5 < len(packed(raw))


def test_one_behind_another_than_it_was_written_behind_is_refused() -> None:
    """A wrong dictionary never gives a wrong snapshot."""
    _first, chain = chained(Chain(), 1, RAWS[0])
    value, _chain = chained(chain, 2, RAWS[1])
    with pytest.raises(zstandard.ZstdError):
        unpacked(value, RAWS[5])


def test_seeking_from_a_chain_is_folding_from_the_start(tmp_path: Path) -> None:
    """Checkpoint + tail = from the start, for every place in a chain."""
    path = made(tmp_path)
    with Recording.open_to_read(path) as recording:
        player = Player(recording)
        kept = [seq for seq, _digest in recording.checkpoints(player.fingerprint)]
        chains = [len(found.before) for seq in kept if (found := recording.checkpoint(player.fingerprint, seq))]
        assert max(chains) == WHOLE_EVERY - 1
        for seq in kept:
            assert Player(recording).seek(seq) == player.play(seq)


def test_a_chain_with_a_hole_is_damage(tmp_path: Path) -> None:
    """Where what must be opened first is gone, the file says so: nothing is guessed."""
    path = made(tmp_path)
    with Recording.open_to_append(path) as recording:
        player = Player(recording)
        first, second = [seq for seq, _digest in recording.checkpoints(player.fingerprint)][:2]
        recording.connection.execute("DELETE FROM checkpoint WHERE seq = ?", (first,))
        with pytest.raises(DamagedRecording, match=f"checkpoint at sequence {second}"):
            recording.checkpoint(player.fingerprint, second)
