"""Recordings that somebody is attached to, from the first moment on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from replay.failures import RecordingBusy, RecordingExists
from replay.journal import MarkKind
from replay.merge import Arrival, BlockBuilder
from replay.opening import is_being_written
from replay.ordering import Adjustment
from replay.reading import Lines
from replay.recording import Recording
from replay.verifying import leftovers


def test_it_is_a_recording_from_the_first_moment(tmp_path: Path) -> None:
    """R7: others can read it before anything was committed to it, and so can the next run where this one is killed."""
    path = tmp_path / "run.rec"
    recording = Recording.attach(path, "net")
    with Recording.open_to_read(path) as read:
        assert (read.network, read.attached, read.last()) == ("net", True, None)
        assert leftovers(read) == []
    killed = tmp_path / "killed"
    killed.mkdir()
    for file in tmp_path.glob("run.rec*"):
        shutil.copy(file, killed)
    recording.finish()
    again = Recording.attach(killed / "run.rec", "net")
    assert again.attached
    again.finish()
    assert [file.name for file in killed.iterdir()] == ["run.rec"]


def test_an_empty_file_is_as_good_as_none(tmp_path: Path) -> None:
    """`--record "$(mktemp)"` works."""
    path = tmp_path / "run.rec"
    path.touch()
    Recording.attach(path, "net").finish()
    with Recording.open_to_read(path) as read:
        assert read.attached


def test_one_writer(tmp_path: Path) -> None:
    """A second one is refused; whether there is one can be asked without disturbing it."""
    path = tmp_path / "run.rec"
    with Recording.attach(path, "net"):
        assert is_being_written(path)
        with pytest.raises(RecordingBusy):
            Recording.attach(path, "net")
    assert not is_being_written(path)
    assert not is_being_written(tmp_path / "nowhere.rec")


def test_an_import_is_left_as_it_is(tmp_path: Path) -> None:
    """Nothing of it is changed by the attempt."""
    path = tmp_path / "run.rec"
    with Recording.create(path, "net"):
        pass
    before = path.read_bytes()
    with pytest.raises(RecordingExists, match="was made by an import"):
        Recording.attach(path, "net")
    assert path.read_bytes() == before


def test_a_journal_that_begins_with_a_mark_begins_now() -> None:
    """R2: a log that was opened and had nothing in it was opened when that was found, and not in 1970."""
    import numpy as np

    empty = np.empty(0, dtype=np.int64)
    opened = Lines(b"", empty, empty, empty, 1, [Adjustment(0, MarkKind.OPENED, {})])
    for live in (False, True):
        builder = BlockBuilder([0, 1], 1, 0, arrival=Arrival(5_000, live=live))
        assert list(builder.add([(1, opened)])) == []
        ((_seq, columns, _body),) = builder.finish()
        assert [mark.at for mark in columns.marks] == [5_000]
