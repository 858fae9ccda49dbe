"""Blocks as they are stored (R5), time zones by name (R3), and what identifies an incarnation (R1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import zstandard

from replay.blocks import Columns, Segment, checksum, intact, pack, unpack
from replay.failures import DamagedRecording
from replay.journal import HEAD_BYTES, Mark, MarkKind, head_of
from replay.wanted import HotBlock, unpacked
from replay.zones import zone_named

BODY = b"one\ntwo\nthree\n"
COLUMNS = Columns(
    first_at=100,
    segments=[Segment(1, 2, 8, 50, 1), Segment(2, 1, 6, 7, 3)],
    ends=np.array([4, 8, 14], dtype="<u4").tobytes(),
    times=np.array([0, 5, 5], dtype="<i8").tobytes(),
    order=b"",
    marks=[Mark(seq=10, at=100, source=1, kind=MarkKind.OPENED, facts={"fresh": True})],
)


def test_a_block_comes_back_as_it_was() -> None:
    """R5: lines by source, each with its time, its offset and its place among lines and Marks."""
    block = unpack(10, *pack(COLUMNS, BODY))
    assert [block.line(place) for place in range(3)] == [b"one\n", b"two\n", b"three\n"]
    assert block.seqs.tolist() == [11, 12, 13]
    assert block.times.tolist() == [100, 105, 105]
    segments = list(block.segments())
    assert [block.offsets(segment, first).tolist() for segment, first, _ in segments] == [[50, 54], [7]]
    assert [(first, start) for _, first, start in segments] == [(0, 0), (2, 8)]
    assert (block.count, block.columns.marks) == (4, COLUMNS.marks)


@pytest.mark.parametrize("kind", MarkKind)
def test_every_kind_of_mark_comes_back(kind: MarkKind) -> None:
    """R15: what is known of a source, a gap too, keeps its facts."""
    mark = Mark(seq=10, at=100, source=1, kind=kind, facts={"lines": 3})
    columns = Columns(100, COLUMNS.segments, COLUMNS.ends, COLUMNS.times, b"", [mark])
    assert unpack(10, *pack(columns, BODY)).columns.marks == [mark]


def test_an_order_that_times_do_not_imply_is_kept() -> None:
    """R5: the order column says which line comes first, second, third."""
    order = np.array([2, 0, 1], dtype="<u4").tobytes()
    columns = Columns(100, COLUMNS.segments, COLUMNS.ends, COLUMNS.times, order, COLUMNS.marks)
    assert unpack(10, *pack(columns, BODY)).seqs.tolist() == [12, 13, 11]


def test_offsets_that_lengths_do_not_imply_are_kept() -> None:
    """R1: as of the lines of one node in a file of several."""
    offsets = np.array([50, 900], dtype="<i8").tobytes()
    segment = Segment(1, 2, 8, 50, 1, offsets)
    columns = Columns(100, [segment, COLUMNS.segments[1]], COLUMNS.ends, COLUMNS.times, b"", [])
    block = unpack(1, *pack(columns, BODY))
    assert block.offsets(block.columns.segments[0], 0).tolist() == [50, 900]


@pytest.mark.parametrize("columns", [b"", b"rubbish", zstandard.compress(b"\xc0"), zstandard.compress(b"\x91\x01")])
def test_columns_that_cannot_be_read_are_damage(columns: bytes) -> None:
    """R7: named by the sequence at which the block begins."""
    with pytest.raises(DamagedRecording, match="columns of the block at sequence 10"):
        unpack(10, columns, b"")


def test_a_body_that_cannot_be_read_is_damage() -> None:
    """R7: found when it is asked for, as a body is not always needed."""
    block = unpack(10, pack(COLUMNS, BODY)[0], b"rubbish")
    with pytest.raises(DamagedRecording, match="block at sequence 10 does not decompress"):
        block.line(0)


def test_hot_lines_that_cannot_be_read_are_damage() -> None:
    """R7: they could be found again, but a recording that cannot be trusted is an error, never a guess."""
    hot = HotBlock(10, b"", b"", b"", b"", b"", b"", COLUMNS.marks)
    assert unpacked(10, hot.packed()) == hot
    for value in (b"", b"rubbish", zstandard.compress(b"\xc0")):
        with pytest.raises(DamagedRecording, match="hot lines at sequence 10"):
            unpacked(10, value)


def test_a_checksum_covers_every_part_and_its_type() -> None:
    """R7: SQLite gives a number, a text or nothing where a bit of a row's header is flipped."""
    crc = checksum(b"one", b"two")
    assert intact(crc, b"one", b"two")
    parts: list[tuple[object, ...]] = [(b"one", b"twa"), (b"two", b"one"), (b"one", b"two", None), ("one", b"two")]
    assert not any(intact(crc, *some) for some in parts)


def test_a_stream_is_known_by_its_first_kibibyte() -> None:
    """R1: what grows behind it changes nothing, what is before it everything."""
    data = bytes(range(256)) * 5
    assert head_of(data) == head_of(data[:HEAD_BYTES] + b"more")
    assert head_of(data)[1] == HEAD_BYTES
    assert head_of(data)[0] != head_of(b"\x01" + data[1:])[0]
    assert head_of(b"short") == (head_of(b"short")[0], 5)


@pytest.mark.parametrize(
    ("name", "hours"),
    [("UTC", 0.0), ("", 0.0), ("Z", 0.0), ("+02:00", 2.0), ("-0530", -5.5), ("UTC+01:00", 1.0), ("GMT-0300", -3.0)],
)
def test_fixed_zones_are_read(name: str, hours: float) -> None:
    """R3: `--tz` takes UTC and offsets."""
    assert zone_named(name)(1_795_245_654) == hours * 3600


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_zones_of_the_data_base_are_those_of_the_data_base(name: str) -> None:
    """R3: at every quarter of an hour of a year, half-hour zones and half-hour summer times included."""
    zone, start = zone_named(name), datetime(2026, 1, 1, tzinfo=UTC)
    for quarter in range(0, 365 * 96, 7):
        local = start + timedelta(minutes=15 * quarter)
        offset = local.replace(tzinfo=ZoneInfo(name)).utcoffset()
        assert offset is not None
        assert zone(int(local.timestamp())) == offset.total_seconds()


@pytest.mark.parametrize("name", ["Europe/Atlantis", "+2", "../etc/passwd", "Europe", "UTC+99:00:00", "\0"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    """R3: in a sentence that says what can be written."""
    with pytest.raises(ValueError, match=r"no time zone is called .* write UTC"):
        zone_named(name)
