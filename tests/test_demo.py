"""The bundled recording is a real run, current and sound."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from observer.main import run
from replay.play import Player
from replay.recording import Recording
from replay.verifying import verify
from state.encoding import digest

CAPTURE = Path(__file__).parent / "captures" / "monero" / "level1"


def test_demo_points_at_everything_it_names(capfd: pytest.CaptureFixture[str]) -> None:
    """Each thing worth a look is found in the story that is told."""
    assert run(["demo"]) == 0
    told = capfd.readouterr().out
    worth = told.split("What to look at")[1].split("What to try")[0]
    assert len(worth.strip().splitlines()) == 6
    assert "wrote nothing for 26.2 s" in told


def test_demo_recording_is_the_captured_run(tmp_path: Path) -> None:
    """The recording holds the logs of the capture, and gives what importing them gives today."""
    fresh = tmp_path / "fresh.rec"
    logs = [str(CAPTURE / f"node{n}.log") for n in (1, 2, 3)]
    assert run(["import", *logs, "-o", str(fresh), "--quiet"]) == 0
    with Recording.open_to_read(fresh) as made, Recording.open_to_read(_bundled()) as kept:
        assert digest(Player(made).play()) == digest(Player(kept).play())
        assert not verify(kept).faults


def test_demo_saves_a_copy(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The copy is a recording like any other, and no file is written over."""
    copy = tmp_path / "copy.rec"
    assert run(["demo", "--save", str(copy)]) == 0
    assert run(["state", str(copy), "nodes.node3.restarts"]) == 0
    assert capfd.readouterr().out.rstrip().endswith("1")
    assert run(["demo", "--save", str(copy)]) == 2


def _bundled() -> Path:
    return Path(str(files("observer"))) / "demo" / "three-nodes.rec"


def test_recording_of_an_unheard_of_schema_is_damaged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A bit flipped in the number of SQLite's schema format is damage, not a fault of the environment."""
    copy = tmp_path / "copy.rec"
    whole = bytearray(_bundled().read_bytes())
    whole[47] ^= 0x08
    copy.write_bytes(whole)
    assert run(["state", str(copy)]) == 4
    assert "is damaged" in capfd.readouterr().err
