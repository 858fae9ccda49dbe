"""What `verify` finds (R7): sound recordings are sound, and each kind of fault is named."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from replay.blocks import Block, Columns, checksum, pack
from replay.failures import DamagedRecording
from replay.recording import Recording
from replay.verifying import verify
from tests.replay.builders import TINY, Run, capture, captured_lines, entries, in_framing, logs, marks

Damage = Callable[[sqlite3.Connection], None]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A recording of a few blocks."""
    nodes = {node: lines[:60] for node, lines in captured_lines("level0").items()}
    Run(4000).make(tmp_path / "a.rec", in_framing("bare", nodes))
    return tmp_path / "a.rec"


def changed(path: Path, how: Damage) -> list[str]:
    """The faults after a change by SQL, which leaves SQLite's own structure and the counts of rows whole."""
    connection = sqlite3.connect(path)
    how(connection)
    tables = ("meta", "source", "incarnation", "block")
    rows = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # noqa: S608
    value = msgspec.msgpack.encode(rows)
    connection.execute("UPDATE meta SET value = ?, crc = ? WHERE key = 'rows'", (value, checksum(b"rows", value)))
    connection.commit()
    connection.close()
    with Recording.open_to_read(path) as recording:
        return verify(recording).faults


def sql(statement: str) -> Damage:
    """A change as one statement."""

    def run(connection: sqlite3.Connection) -> None:
        connection.execute(statement)

    return run


@pytest.mark.parametrize("name", ["level0", "level1", "selective"])
@pytest.mark.parametrize("target", [TINY, None])
def test_a_sound_recording_has_no_faults(name: str, target: int | None, tmp_path: Path) -> None:
    """R7: and verifying counts what is there, and folds to the digest that import gave."""
    if name == "level1" and target == TINY:
        target = 50_000
    digest = Run(target).make(tmp_path / "a.rec", logs(capture(name)))
    progressed: list[int] = []
    with Recording.open_to_read(tmp_path / "a.rec") as recording:
        found = verify(recording, progressed.append)
        lines = entries(recording)
        assert found.faults == []
        assert found.digest == digest
        assert (found.lines, found.entries) == (len(lines), len(lines) + len(marks(recording)))
        assert found.raw_bytes == sum(progressed) == sum(len(line.text) for line in lines)
        assert (found.first_at, found.last_at) == (lines[0].at, lines[-1].at)
        assert found.blocks == len(recording.block_infos())
        assert (found.checkpoints, found.stale_checkpoints) == (1, 0)


def test_an_empty_recording_is_sound(tmp_path: Path) -> None:
    """R7: nothing was imported yet, and nothing is wrong with that."""
    Recording.create(tmp_path / "a.rec", "network").finish()
    with Recording.open_to_read(tmp_path / "a.rec") as recording:
        assert verify(recording).faults == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM block WHERE first_seq = 1", "its sequence from 1, where a block begins at [0-9]+, is damaged"),
        (
            "DELETE FROM block WHERE first_seq = (SELECT first_seq FROM block ORDER BY first_seq LIMIT 1 OFFSET 1)",
            "its sequence from [0-9]+, where a block begins at [0-9]+, is damaged",
        ),
        ("UPDATE block SET body = zeroblob(100) WHERE first_seq = 1", "the block at sequence 1 is damaged"),
        ("UPDATE block SET columns = zeroblob(9) WHERE first_seq = 1", "the block at sequence 1 is damaged"),
        (
            "UPDATE block SET last_at = last_at + 1 WHERE first_seq = 1",
            "the place of the block at sequence 1 is damaged",
        ),
        ("UPDATE block SET heard = x'80' WHERE first_seq = 1", "the place of the block at sequence 1 is damaged"),
        ("UPDATE block SET raw_bytes = 'many' WHERE first_seq = 1", "the place of the block at sequence 1 is damaged"),
        ("UPDATE hot SET value = zeroblob(9) WHERE first_seq = 1", "the hot lines at sequence 1 are damaged"),
        ("UPDATE checkpoint SET value = zeroblob(9)", "the checkpoint at sequence [0-9]+ is damaged"),
        ("UPDATE checkpoint SET digest = 'other'", "the checkpoint at sequence [0-9]+ is damaged"),
        ("UPDATE source SET value = zeroblob(9) WHERE number = 2", "source 2 is damaged"),
        ("UPDATE source SET value = 5 WHERE number = 2", "source 2 is damaged"),
        ("UPDATE hot SET value = 5 WHERE first_seq = 1", "the hot lines at sequence 1 are damaged"),
        ("UPDATE incarnation SET value = zeroblob(9) WHERE source = 1", "incarnation 1 of source 1 is damaged"),
        ("UPDATE meta SET value = x'c0' WHERE key = 'network'", "'network' is damaged"),
        ("UPDATE meta SET key = 'netwerk' WHERE key = 'network'", "'netwerk' is damaged"),
        ("DROP TABLE hot", "is damaged .no such table: hot"),
    ],
)
def test_damage_is_named(statement: str, words: str, made: Path) -> None:
    """R7: what is wrong, and where, in one sentence; nothing is raised."""
    faults = changed(made, sql(statement))
    assert any(re.search(words, fault) for fault in faults), faults


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("meta", "DELETE FROM meta WHERE key = 'settings'"),
        ("source", "DELETE FROM source WHERE number = 1"),
        ("incarnation", "DELETE FROM incarnation WHERE source = 3"),
        ("incarnation", "DELETE FROM incarnation WHERE source = 1"),
        ("block", "DELETE FROM block WHERE first_seq = 1"),
    ],
)
def test_a_hidden_row_is_missed_at_once(table: str, statement: str, made: Path) -> None:
    """R7: what is hidden has no checksum that could fail, so rows are counted when a recording is opened."""
    connection = sqlite3.connect(made)
    connection.execute(statement)
    connection.commit()
    connection.close()
    for opened in (Recording.open_to_read, Recording.open_to_append):
        with pytest.raises(DamagedRecording, match=f"the table '{table}' .[0-9] of [0-9] rows. is damaged"):
            opened(made)


def test_a_deleted_source_is_missed(made: Path) -> None:
    """R7: a block of a source that is not there."""

    def forgotten(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM source WHERE number = 2")
        connection.execute("DELETE FROM incarnation WHERE source = 2")

    faults = changed(made, forgotten)
    assert any("names a source that is not there" in fault for fault in faults), faults


def resealed(connection: sqlite3.Connection, change: Callable[[Block], Columns], first_seq: int = 1) -> None:
    """A block with other columns and checksums that fit: what a defect of the writer would leave."""
    path = Path(connection.execute("PRAGMA database_list").fetchone()[2])
    with Recording.open_to_read(path) as recording:
        block = recording.block(first_seq)
        columns, body = pack(change(block), block.body)
    row = connection.execute(
        "SELECT first_seq, count, first_at, last_at, raw_bytes FROM block WHERE first_seq = ?", (first_seq,)
    ).fetchone()
    crc = checksum(repr(row).encode(), columns, body)
    connection.execute(
        "UPDATE block SET columns = ?, body = ?, crc = ? WHERE first_seq = ?", (columns, body, crc, first_seq)
    )


def fewer_lines(block: Block) -> Columns:
    """A segment that says one line less."""
    block.columns.segments[0].lines -= 1
    return block.columns


def short(block: Block) -> Columns:
    """A last line that ends before the body."""
    ends = bytearray(block.columns.ends)
    ends[-4:] = (int.from_bytes(ends[-4:], "little") - 1).to_bytes(4, "little")
    block.columns.ends = bytes(ends)
    return block.columns


def doubled(block: Block) -> Columns:
    """Two Marks at one sequence."""
    block.columns.marks[1] = block.columns.marks[0]
    return block.columns


def test_what_was_read_of_a_source_that_is_not_there_is_missed_at_once(made: Path) -> None:
    """R1: a flipped bit in its key would otherwise have an appended file imported again."""
    with pytest.raises(DamagedRecording, match="an incarnation of source 9"):
        changed(made, sql("UPDATE incarnation SET source = 9 WHERE source = 3"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (fewer_lines, "holds [0-9]+ entries, not [0-9]+"),
        (short, "does not end where its columns say"),
        (doubled, "does not number its entries one by one"),
    ],
)
def test_a_block_that_contradicts_itself_is_named(change: Callable[[Block], Columns], words: str, made: Path) -> None:
    """R5: a block whose checksum fits may still be wrong."""
    faults = changed(made, lambda connection: resealed(connection, change))
    assert any(re.search(words, fault) for fault in faults), faults


def test_repeated_lines_are_named(made: Path) -> None:
    """R1: an offset at or below one that was there already."""

    def again(block: Block) -> Columns:
        for segment in block.columns.segments:
            segment.offset = 0
            segment.offsets = b""
        return block.columns

    with Recording.open_to_read(made) as recording:
        second = recording.block_infos()[1].first_seq
    faults = changed(made, lambda connection: resealed(connection, again, second))
    assert any("repeats lines of source" in fault for fault in faults), faults


def test_a_checkpoint_that_the_fold_does_not_reach_is_named(made: Path) -> None:
    """R17: verifying folds from the first entry and compares."""

    def wrong(connection: sqlite3.Connection) -> None:
        seq, at, value = connection.execute("SELECT seq, at, value FROM checkpoint").fetchone()
        crc = checksum(repr((seq, at, "0" * 32)).encode(), value)
        connection.execute("UPDATE checkpoint SET digest = ?, crc = ?", ("0" * 32, crc))

    faults = changed(made, wrong)
    assert len(faults) == 1
    assert "has digest 00000000000000000000000000000000, the fold" in faults[0]


def test_checkpoints_of_another_version_are_counted_and_no_fault(made: Path) -> None:
    """R19: they are ignored."""
    connection = sqlite3.connect(made)
    connection.execute("UPDATE checkpoint SET fingerprint = x'00'")
    connection.commit()
    connection.close()
    with Recording.open_to_read(made) as recording:
        found = verify(recording)
    assert (found.faults, found.checkpoints, found.stale_checkpoints) == ([], 0, 1)
