"""Damaged recordings (R7): a fault is found and named, or nothing that is read is different. Never a traceback."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from replay.failures import DamagedRecording, RecordingError
from replay.journal import Mark
from replay.play import Player, heard_at, sequence_at
from replay.recording import Heard, Recording
from replay.verifying import verify
from state.encoding import digest
from tests.replay.builders import Entry, Run, captured_lines, entries, in_framing, marks

FLIPS = 400
CUTS = 60


class Content(NamedTuple):
    """Everything that a recording says."""

    network: str
    lines: list[Entry]
    marks: list[Mark]
    digest: str
    heard: list[dict[int, Heard]]
    sequences: list[int]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A small recording of several blocks."""
    nodes = {node: lines[:60] for node, lines in captured_lines("level0").items()}
    Run(4000).make(tmp_path / "a.rec", in_framing("bare", nodes))
    return tmp_path / "a.rec"


def content(path: Path) -> Content | list[str]:
    """What a recording holds, or the faults that verifying finds. Raises RecordingError."""
    with Recording.open_to_read(path) as recording:
        faults = verify(recording).faults
        if faults:
            return faults
        return read(recording)


def read(recording: Recording) -> Content:
    """Everything, without verifying first. Raises RecordingError."""
    first, last = recording.first(), recording.last()
    if first is None or last is None:
        return Content(recording.network, [], [], "", [], [])
    player = Player(recording)
    player.seek(last.last_seq)
    span = range(first.first_at, last.last_at, (last.last_at - first.first_at) // 5)
    return Content(
        network=recording.network,
        lines=entries(recording),
        marks=marks(recording),
        digest=digest(player.state),
        heard=[heard_at(recording, seq) for seq in range(1, last.last_seq, 40)],
        sequences=[sequence_at(recording, at) for at in span],
    )


def positions(data: bytes, count: int) -> Iterator[int]:
    """Bits to flip: mostly where something is written, for SQLite leaves much of its pages empty."""
    chance = random.Random(20261121)  # noqa: S311 - a seeded choice
    written = [place for place, byte in enumerate(data) if byte]
    for number in range(count):
        byte = chance.choice(written) if number % 8 else chance.randrange(len(data))
        yield byte * 8 + chance.randrange(8)


def test_a_flipped_bit_is_found_or_harmless(made: Path, tmp_path: Path) -> None:
    """R7: of single bits at hundreds of places, none changes what is read without a fault being named."""
    data, whole = made.read_bytes(), content(made)
    assert isinstance(whole, Content)
    outcomes: Counter[str] = Counter()
    for bit in positions(data, FLIPS):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        (tmp_path / "b.rec").write_bytes(damaged)
        try:
            found = content(tmp_path / "b.rec")
        except RecordingError:
            outcomes["refused"] += 1
            continue
        assert isinstance(found, list) or found == whole, bit
        outcomes["named" if isinstance(found, list) else "harmless"] += 1
    assert outcomes["named"] + outcomes["refused"] > FLIPS // 3, outcomes


def test_a_flipped_bit_never_ends_in_a_traceback(made: Path, tmp_path: Path) -> None:
    """R7: also without verifying first, all that can be raised is a sentence."""
    data = made.read_bytes()
    refused = 0
    for bit in positions(data, FLIPS):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        (tmp_path / "b.rec").write_bytes(damaged)
        try:
            with Recording.open_to_read(tmp_path / "b.rec") as recording:
                read(recording)
        except RecordingError:
            refused += 1
    assert refused > FLIPS // 4


def test_lines_and_counts_are_never_silently_different(made: Path, tmp_path: Path) -> None:
    """R7, R14: within the rows of blocks, where the journal is, a flip is an error even without verifying."""
    data = made.read_bytes()
    with Recording.open_to_read(made) as recording:
        blocks = [recording.block(info.first_seq) for info in recording.block_infos()]
    places = [data.index(block.packed_body[:32]) + offset for block in blocks for offset in range(-60, 200, 7)]
    for place in places:
        damaged = bytearray(data)
        damaged[place] ^= 0x10
        (tmp_path / "b.rec").write_bytes(damaged)
        with pytest.raises(DamagedRecording), Recording.open_to_read(tmp_path / "b.rec") as recording:
            read(recording)


def test_a_recording_that_is_cut_off_is_refused(made: Path, tmp_path: Path) -> None:
    """R7: wherever it is cut, and the error says so."""
    data, whole = made.read_bytes(), content(made)
    for size in range(0, len(data), len(data) // CUTS):
        (tmp_path / "b.rec").write_bytes(data[:size])
        with pytest.raises(RecordingError, match=r"b\.rec"):
            content(tmp_path / "b.rec")
    (tmp_path / "b.rec").write_bytes(data + b"behind the end")
    assert content(tmp_path / "b.rec") == whole


def test_pages_of_zeros_are_found(made: Path, tmp_path: Path) -> None:
    """R7: a hole in the file, as a file system may leave it after a crash, in any of its pages."""
    data, whole = made.read_bytes(), content(made)
    page = int.from_bytes(data[16:18])
    for start in range(0, len(data), page):
        (tmp_path / "b.rec").write_bytes(data[:start] + bytes(page) + data[start + page :])
        try:
            found = content(tmp_path / "b.rec")
        except RecordingError:
            continue
        assert isinstance(found, list) or found == whole, start
