"""Playing, seeking and checkpoints (R19, R14): from anywhere, the same as from the start."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay.failures import DamagedRecording
from replay.folding import Folding
from replay.play import Player, heard_at, is_stale, renew, sequence_at
from replay.recording import Heard, Recording
from state.encoding import digest
from state.snapshot import NetworkState
from tests.replay.builders import TINY, Run, capture, captured_lines, entries, in_framing, logs, marks, somewhere
from tests.replay.framings import Lines
from tests.replay.monerod import networks

OFTEN = mock.patch("replay.play.CHECKPOINT_EVENTS", 3)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A recording with many blocks and many checkpoints."""
    with mock.patch("replay.play.CHECKPOINT_EVENTS", 40):
        Run(4000).make(tmp_path / "a.rec", logs(capture("selective")))
    return tmp_path / "a.rec"


def from_the_start(recording: Recording, seq: int) -> NetworkState:
    """The snapshot just after an entry, no checkpoint and no hot lines used."""
    return Player(recording, "off", hot=False).play(seq)


def test_seeking_equals_playing_from_the_start(made: Path) -> None:
    """Checkpoint + tail = from the start, at every checkpoint, beside it, and in the middle of blocks."""
    with Recording.open_to_read(made) as recording:
        last = recording.last()
        assert last is not None
        kept = [seq for seq, _digest in recording.checkpoints(Player(recording).fingerprint)]
        assert len(kept) > 10
        player = Player(recording, "off", hot=False)
        for seq in sorted({0, 1, *kept[::3], *(seq + 1 for seq in kept[::4]), *range(7, last.last_seq, 211)}):
            assert Player(recording).seek(seq) == player.play(seq), seq


@settings(max_examples=25, derandomize=True, deadline=None)
@given(
    nodes=networks(4), target=st.sampled_from([150, TINY]), seqs=st.lists(st.integers(0, 60), min_size=1, max_size=6)
)
def test_one_player_may_seek_to_and_fro(nodes: Mapping[str, Lines], target: int, seqs: list[int]) -> None:
    """Seeking back as well as on; the snapshot is that of playing from the start, provenance included."""
    with somewhere() as folder, OFTEN:
        Run(target).make(folder / "a.rec", in_framing("docker-json", nodes))
        with Recording.open_to_read(folder / "a.rec") as recording:
            player = Player(recording)
            for seq in seqs:
                assert player.seek(seq) == from_the_start(recording, seq)


def test_checkpoints_are_used(made: Path) -> None:
    """R19: seeking to the end of a recording folds nothing that its last checkpoint holds."""
    with Recording.open_to_read(made) as recording:
        last = recording.last()
        assert last is not None
        with mock.patch.object(Folding, "steps", side_effect=AssertionError):
            Player(recording).seek(last.last_seq)


def test_stopping_in_the_middle_of_a_block_loses_and_doubles_nothing(made: Path) -> None:
    """R29: whoever stops listening after some steps goes on with the next."""
    with Recording.open_to_read(made) as recording:
        whole = Player(recording).play()
        player = Player(recording)
        for number, _step in enumerate(player.steps()):
            if number == 100:
                break
        last = recording.last()
        assert last is not None
        assert 0 < player.folding.seq < last.last_seq
        assert player.play() == whole


def test_a_step_tells_what_an_entry_changed(made: Path) -> None:
    """Each step has the snapshot before and after it, and names what differs."""
    with Recording.open_to_read(made) as recording:
        before = NetworkState()
        for step in Player(recording).steps():
            assert step.before == before
            changed = {
                name
                for name in NetworkState.__struct_fields__
                if getattr(step.after, name) is not getattr(before, name)
            }
            assert changed == {name for name, _key in step.touched}
            before = step.after


@pytest.mark.parametrize("engine", ["auto", "off"])
def test_checkpoints_of_another_version_change_nothing(made: Path, engine: str) -> None:
    """R19: with another fingerprint they are ignored and the journal is folded again, to the same answer."""
    connection = sqlite3.connect(made)
    connection.execute("UPDATE checkpoint SET fingerprint = x'00'")
    connection.commit()
    connection.close()
    with Recording.open_to_read(made) as recording:
        assert Player(recording, engine).seek(500) == from_the_start(recording, 500)


def test_a_checkpoint_that_cannot_be_read_is_an_error(made: Path) -> None:
    """R7: its checksum fits and its content does not: never a guess."""
    with Recording.open_to_append(made) as recording:
        last = recording.last()
        assert last is not None
        for value in (b"", b"\xc0" * 9):
            recording.add_checkpoint(Player(recording).fingerprint, last.last_seq, last.last_at, "0" * 32, value)
            with pytest.raises(DamagedRecording, match="checkpoint at sequence"):
                Player(recording).seek(last.last_seq)


def test_renewing_makes_what_an_upgrade_made_stale(made: Path) -> None:
    """R5, R19: after it, hot lines and checkpoints are of this version, none of another, and answers are the same."""
    connection = sqlite3.connect(made)
    connection.execute("UPDATE checkpoint SET fingerprint = x'00'")
    connection.execute("UPDATE hot SET matcher = x'00' WHERE first_seq > 1")
    connection.commit()
    connection.close()
    with Recording.open_to_read(made) as recording, mock.patch("replay.play.RENEW_BYTES", 1):
        before = digest(Player(recording).play())
        assert is_stale(recording)
    assert renew(made)
    with Recording.open_to_read(made) as recording, mock.patch("replay.play.RENEW_BYTES", 1):
        assert not is_stale(recording)
        player = Player(recording)
        assert recording.foreign_checkpoints(player.fingerprint) == 0
        assert len({matcher for _seq, matcher, _crc, _value in recording.hot_rows()}) == 1
        assert len(list(recording.hot_rows())) == len(recording.block_infos())
        last = recording.last()
        assert last is not None
        assert digest(player.seek(last.last_seq)) == before


def test_a_recording_that_somebody_writes_is_not_renewed(made: Path) -> None:
    """R7: one writer at a time; reading goes on with what is there."""
    with Recording.open_to_append(made):
        assert not renew(made)


def every_entry(recording: Recording) -> list[tuple[int, int]]:
    """(sequence, journal time) of lines and Marks."""
    lines = [(line.seq, line.at) for line in entries(recording)]
    return sorted([*lines, *((mark.seq, mark.at) for mark in marks(recording))])


@settings(max_examples=30, derandomize=True, deadline=None)
@given(nodes=networks(5), target=st.sampled_from([1, 150, TINY, 100_000]))
def test_the_sequence_at_a_time_is_that_of_the_last_entry_up_to_it(nodes: Mapping[str, Lines], target: int) -> None:
    """`--at TIME` includes the entries at that time, Marks too, and the nanosecond before it does not."""
    with somewhere() as folder:
        Run(target).make(folder / "a.rec", in_framing("bare", nodes))
        with Recording.open_to_read(folder / "a.rec") as recording:
            known = every_entry(recording)
            for at in {at + delta for _, at in known for delta in (-1, 0, 1)}:
                expected = max((seq for seq, when in known if when <= at), default=0)
                assert sequence_at(recording, at) == expected


@settings(max_examples=30, derandomize=True, deadline=None)
@given(nodes=networks(5), target=st.sampled_from([1, 150, TINY, 100_000]), framing=st.sampled_from(["bare", "cri"]))
def test_what_had_come_by_an_entry_is_exact(nodes: Mapping[str, Lines], target: int, framing: str) -> None:
    """R14: lines, bytes and the time of the last line of every source, by counting every line."""
    with somewhere() as folder:
        Run(target).make(folder / "a.rec", in_framing(framing, nodes))
        with Recording.open_to_read(folder / "a.rec") as recording:
            numbers = {source.name: source.number for source in recording.sources()}
            expected: dict[int, Heard] = {}
            lines = {line.seq: line for line in entries(recording)}
            for seq in range(max(lines, default=0) + 2):
                line = lines.get(seq)
                if line is not None:
                    before = expected.get(numbers[line.source], Heard(0, 0, 0))
                    heard = Heard(before.lines + 1, line.at, before.raw_bytes + len(line.text))
                    expected = {**expected, numbers[line.source]: heard}
                assert heard_at(recording, seq) == expected, seq


def test_places_in_an_appended_recording_are_exact(tmp_path: Path) -> None:
    """R14, R2: also where appended lines are dated before what was there and all stand at its end."""
    lines = captured_lines("level0")
    Run(TINY).make(tmp_path / "a.rec", in_framing("bare", {"node2": lines["node2"]}))
    Run(TINY).append(tmp_path / "a.rec", in_framing("bare", {node: lines[node][:80] for node in ("node1", "node3")}))
    with Recording.open_to_read(tmp_path / "a.rec") as recording:
        known = every_entry(recording)
        assert [seq for seq, _ in known] == list(range(1, len(known) + 1))
        assert [at for _, at in known] == sorted(at for _, at in known)
        for at in {at for _, at in known}:
            assert sequence_at(recording, at) == max(seq for seq, when in known if when <= at)
        own = {line.seq: line.source for line in entries(recording)}
        for seq in range(1, len(known), 37):
            counted = sum(source == "node1/log" for place, source in own.items() if place <= seq)
            assert heard_at(recording, seq).get(2, Heard(0, 0, 0)).lines == counted
