"""The recording as a file (R7): made, appended to, shared between a writer and readers, refused."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from replay.failures import (
    NewerRecording,
    NotARecording,
    OutOfReach,
    RecordingBusy,
    RecordingError,
    RecordingExists,
)
from replay.journal import Incarnation
from replay.opening import FORMAT_VERSION
from replay.recording import Recording
from replay.verifying import leftovers, verify
from tests.replay.builders import Chunked, Log, Run, captured_lines, entries, in_framing

NODES = {node: lines[:50] for node, lines in captured_lines("level0").items()}
MORE = Log("node9", (b"2026-11-21 07:30:00.000\t7f91\tINFO\tglobal\ta.cpp:1\tmore\n",))


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A sound recording."""
    Run().make(tmp_path / "a.rec", in_framing("bare", NODES))
    return tmp_path / "a.rec"


def beside(path: Path) -> list[str]:
    """The files of a directory."""
    return sorted(one.name for one in path.parent.iterdir())


def test_a_new_recording_is_there_when_it_is_finished(tmp_path: Path) -> None:
    """R7: until then its name is free, so that no reader meets half of it."""
    path = tmp_path / "a.rec"
    recording = Recording.create(path, "network")
    assert not path.exists()
    recording.finish()
    assert beside(path) == ["a.rec"]
    with Recording.open_to_read(path) as read:
        assert read.network == "network"
        assert (read.first(), read.last(), read.block_infos(), read.sources()) == (None, None, [], [])


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    """R7: an import that fails leaves no file, neither the recording nor what it was becoming."""
    with pytest.raises(RuntimeError, match="disk"), Recording.create(tmp_path / "a.rec", "network"):
        raise RuntimeError("the disk fell off")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_to_finish_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R7: also when it is the last step that fails; the error is a sentence with the file's name."""

    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("replay.recording.sync", full)
    with pytest.raises(OutOfReach, match=r"a\.rec.*No space left"), Recording.create(tmp_path / "a.rec", "network"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_written_twice(made: Path) -> None:
    """R7: `import` refuses an existing file."""
    with pytest.raises(RecordingExists, match="--append"):
        Recording.create(made, "network")


def test_a_file_that_came_meanwhile_is_kept(tmp_path: Path) -> None:
    """R7: what another process put at the name while an import ran is not overwritten."""
    path = tmp_path / "a.rec"
    with pytest.raises(RecordingExists), Recording.create(path, "network"):
        path.write_bytes(b"somebody else's")
    assert path.read_bytes() == b"somebody else's"
    assert beside(path) == ["a.rec"]


def test_two_imports_into_one_name_do_not_mix(tmp_path: Path) -> None:
    """R7: the second is told that the first is at work, and the first goes on undisturbed."""
    path = tmp_path / "a.rec"
    with Recording.create(path, "first") as first:
        with pytest.raises(RecordingBusy):
            Recording.create(path, "second")
        Run().into(first, in_framing("bare", NODES))
    with Recording.open_to_read(path) as read:
        assert read.network == "first"
        assert verify(read).faults == []


@pytest.mark.parametrize("left", [b"", b"rubbish" * 1000])
def test_what_a_killed_import_left_is_in_nobodys_way(tmp_path: Path, left: bytes) -> None:
    """R7: half of a recording that nobody writes any more is made anew."""
    (tmp_path / "a.rec.partial").write_bytes(left)
    Run().make(tmp_path / "a.rec", in_framing("bare", NODES))
    assert beside(tmp_path / "a.rec") == ["a.rec"]


def test_appending_leaves_a_single_file(made: Path) -> None:
    """R7: closing returns to a single file, without -wal and -shm."""
    Run().append(made, [MORE])
    assert beside(made) == ["a.rec"]
    with Recording.open_to_read(made) as read:
        assert entries(read)[-1].text == MORE.members[0]


def failing_after(parts: int, recording: Recording, log: Log) -> None:
    """An import whose file becomes unreadable after some parts."""
    with mock.patch.object(Chunked, "read", side_effect=[*[log.members[0][: 1 << 18]] * parts, RuntimeError]):
        Run(5000).into(recording, [log])


def test_an_append_that_fails_changes_nothing(made: Path) -> None:
    """R7: what was not committed is undone."""
    with Recording.open_to_read(made) as read:
        before = entries(read)
    log = Log("node9", (b"2026-11-21 07:30:00.000\tfirst\n" * 10_000,))
    with pytest.raises(RuntimeError), Recording.open_to_append(made) as recording:
        failing_after(3, recording, log)
    assert beside(made) == ["a.rec"]
    with Recording.open_to_read(made) as read:
        assert entries(read) == before
        assert verify(read).faults == []


def test_there_is_one_writer_at_a_time(made: Path) -> None:
    """R7: a second one is told to wait."""
    with (
        Recording.open_to_append(made),
        pytest.raises(RecordingBusy, match="another process is writing it"),
    ):
        Recording.open_to_append(made)


def test_readers_see_what_was_there_while_a_writer_writes(made: Path) -> None:
    """R7: any number of readers; none sees what is not committed, and none keeps the writer from finishing."""
    with Recording.open_to_read(made) as early:
        before = entries(early)
        with Recording.open_to_append(made) as writer:
            Run().into(writer, [MORE])
            with Recording.open_to_read(made) as late:
                assert entries(late) == before
            assert entries(early) == before
        assert len(entries(early)) == len(before) + 1
    with Recording.open_to_read(made) as read:
        assert verify(read).faults == []


def crashed(made: Path) -> Path:
    """A recording whose writer was killed after a commit: the -wal is still there."""
    recording = Recording.open_to_append(made)
    recording.set_meta("network", "committed")
    recording._connection.execute("COMMIT")  # noqa: SLF001 - a crash needs no interface
    copy = made.parent / "copy"
    copy.mkdir()
    for name in ("a.rec", "a.rec-wal"):
        shutil.copy(made.parent / name, copy / name)
    recording._connection.execute("BEGIN")  # noqa: SLF001 - see above
    recording.finish()
    return copy / "a.rec"


def test_a_leftover_wal_is_named_and_mended(made: Path) -> None:
    """R7: `verify` names it; nothing committed is lost, and opening it to append makes one file of it again."""
    copy = crashed(made)
    with Recording.open_to_read(copy) as read:
        assert read.network == "committed"
        assert [fault for fault in verify(read).faults if "a.rec-wal: was left behind" in fault] == leftovers(read)
        assert len(leftovers(read)) == 1
    Recording.open_to_append(copy).finish()
    assert beside(copy) == ["a.rec"]
    with Recording.open_to_read(copy) as read:
        assert read.network == "committed"
        assert verify(read).faults == []


def test_a_missing_wal_is_named(made: Path) -> None:
    """R7: a recording that was copied without it lacks what was last committed, and nothing else tells."""
    copy = crashed(made)
    Path(f"{copy}-wal").unlink()
    for _ in range(2):
        with Recording.open_to_read(copy) as read:
            assert read.network != "committed"
            (fault,) = verify(read).faults
        assert "a.rec-wal: is missing" in fault
    Recording.open_to_append(copy).finish()
    with Recording.open_to_read(copy) as read:
        assert verify(read).faults == []


def test_a_recording_on_read_only_media_is_opened_immutable(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R7: where no file can be made beside it, one left in WAL mode is read all the same."""
    copy = crashed(made)
    connect = sqlite3.connect

    def read_only(database: str, **how: Any) -> sqlite3.Connection:
        if "immutable=1" not in database:
            raise sqlite3.OperationalError("unable to open database file")
        opened: sqlite3.Connection = connect(database, **how)
        return opened

    monkeypatch.setattr("replay.opening.sqlite3.connect", read_only)
    with pytest.raises(OutOfReach, match="unable to open"):
        Recording.open_to_read(copy)
    monkeypatch.setattr("replay.opening.os.access", lambda _path, _mode: False)
    with Recording.open_to_read(copy) as read:
        assert entries(read)
    assert beside(copy) == ["a.rec", "a.rec-wal"]


def test_what_is_no_recording_is_named(made: Path, tmp_path: Path) -> None:
    """R7: each in a sentence of its own kind, whether opened to read or to append."""
    other = tmp_path / "other"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    newer = tmp_path / "newer"
    header = bytearray(made.read_bytes())
    header[60:64] = (FORMAT_VERSION + 1).to_bytes(4)
    newer.write_bytes(header)
    cases: list[tuple[bytes | Path, type[RecordingError], str]] = [
        (b"", NotARecording, "empty"),
        (b"2026-11-21 07:20:54.431\tINFO\tx\n" * 20, NotARecording, "observer import"),
        (b"SQLite format 3\0", NotARecording, "not a recording"),
        (bytes(range(256)) * 8, NotARecording, "not a recording"),
        (other, NotARecording, "SQLite database"),
        (newer, NewerRecording, f"format {FORMAT_VERSION + 1}.*upgrade"),
        (tmp_path / "nowhere", OutOfReach, "no such recording"),
        (tmp_path, OutOfReach, "directory"),
    ]
    for number, (given, kind, words) in enumerate(cases):
        path = given if isinstance(given, Path) else tmp_path / str(number)
        if isinstance(given, bytes):
            path.write_bytes(given)
        for opened in (Recording.open_to_read, Recording.open_to_append):
            with pytest.raises(kind, match=words) as raised:
                opened(path)
            assert str(path) in str(raised.value)


def test_small_things_come_back_as_they_were(tmp_path: Path) -> None:
    """R7: metadata, sources, incarnations and how far they were read."""
    with Recording.create(tmp_path / "a.rec", "network") as recording:
        recording.set_meta("settings", {"year": 2026, "redaction": "none"})
        recording.add_source(MORE.source(3))
        for high_water in (10, 700):
            recording.set_incarnation(Incarnation(3, 1, b"\x00" * 16, 20, high_water, "a.log"))
        recording.set_incarnation(Incarnation(3, 2, b"\x01" * 16, 1024, 5, "b.log"))
    with Recording.open_to_read(tmp_path / "a.rec") as read:
        assert read.meta("settings") == {"year": 2026, "redaction": "none"}
        assert read.meta("nothing") is None
        assert read.meta_keys() == ["network", "rows", "settings"]
        assert read.sources() == [MORE.source(3)]
        assert [(one.count, one.high_water, one.label) for one in read.incarnations(3)] == [
            (1, 700, "a.log"),
            (2, 5, "b.log"),
        ]
        assert read.incarnations(4) == []
