"""The raw lines behind an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from observer.evidence import LINE_SHOWN, evidence_of
from replay.blocks import Block
from replay.recording import Recording
from tests.observer.captures import CAPTURES
from tests.observer.conftest import Import, Recorded

LEVEL1 = CAPTURES / "level1"


def test_a_line_is_given_with_its_place_in_its_file(recorded: Recorded) -> None:
    """At the offset in the file that is named stands the very line."""
    with Recording.open_to_read(recorded("level1", "log")) as recording:
        found = evidence_of(recording, [5, 7000, 12_000])
    assert [one.sequence for one in found] == [5, 7000, 12_000]
    for one in found:
        assert one.file == str(LEVEL1 / f"{one.node}.log")
        assert Path(one.file).read_bytes()[one.offset :].partition(b"\n")[0].decode() == one.line
        assert one.source == f"{one.node}/log"


def test_lines_come_once_and_in_journal_order(recorded: Recorded) -> None:
    """What is asked for twice or backwards comes once, the first in the journal first."""
    with Recording.open_to_read(recorded("level1", "log")) as recording:
        assert [one.sequence for one in evidence_of(recording, [900, 40, 900, 41])] == [40, 41, 900]


def test_marks_and_what_lies_outside_are_left_out(recorded: Recorded) -> None:
    """A Mark has no text; a sequence before or behind the journal none either."""
    with Recording.open_to_read(recorded("level1", "log")) as recording:
        assert evidence_of(recording, [0, 1, -5, 10**9]) == []
        assert evidence_of(recording, []) == []


def test_a_block_is_loaded_once(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many lines of one block are asked for, it is read once."""
    loaded: list[int] = []
    load = Recording.block

    def counted(recording: Recording, first_seq: int) -> Block:
        loaded.append(first_seq)
        return load(recording, first_seq)

    monkeypatch.setattr(Recording, "block", counted)
    with Recording.open_to_read(recorded("level1", "log")) as recording:
        assert len(evidence_of(recording, range(1000, 1100))) == 100
    assert len(loaded) == 1


def test_a_long_line_is_cut_and_cannot_steer_a_terminal(imported: Import, tmp_path: Path) -> None:
    """Evidence is bounded, and is text that can be shown."""
    log = tmp_path / "node1.log"
    log.write_text(f"2026-11-21 07:03:00.000\tI \x1b[2J{'x' * 5000}\n")
    imported(log)
    with Recording.open_to_read(tmp_path / "made.rec") as recording:
        found = evidence_of(recording, range(10))
    assert len(found) == 1
    assert len(found[0].line) <= LINE_SHOWN + 1
    assert "\x1b" not in found[0].line
