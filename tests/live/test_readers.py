"""Other commands read a recording while somebody is attached to it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from replay.recording import Recording
from tests.components.process import until
from tests.live.attach import Attach, observer, read_bytes
from tests.live.histories import assert_live_is_replay

READS = [
    ("replay",),
    ("state",),
    ("status",),
    ("alerts", "--all"),
    ("explain", "node1"),
    ("lines",),
    ("verify",),
]


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[Path]:
    """Logs that grow, a few hundred lines a second."""
    logs, truth = tmp_path / "logs", tmp_path / "truth"
    logs.mkdir()
    truth.mkdir()
    root = Path(__file__).resolve().parents[2]
    running = []
    for node in ("node1", "node2"):
        command = [sys.executable, "-m", "tests.live.writer", str(logs / f"{node}.log"), str(truth), "--node", node]
        running.append(subprocess.Popen([*command, "--turn-after", "400000"], cwd=root))
    yield logs
    for one in running:
        one.terminate()
        one.wait(30)


def test_readers_do_not_disturb(writers: Path, tmp_path: Path) -> None:
    """R7: every command that reads works at any moment, sees a whole journal, and the writer neither waits for it nor
    fails, though a reader stays for long.
    """
    recording = tmp_path / "run.rec"
    with Attach(writers, "--record", recording, "--plain") as attach:
        until(lambda: read_bytes(recording) > 100_000, "there is something", told=lambda: attach.said)
        with Recording.open_to_read(recording) as stays:
            seen = stays.last()
            for command, *options in READS:
                before = read_bytes(recording)
                found = observer(command, recording, *options)
                assert found.returncode in (0, 1, 3), (command, found.stderr)
                assert b"damaged" not in found.stdout + found.stderr, (command, found.stdout + found.stderr)
                assert found.stdout, command
                assert read_bytes(recording) > before, f"nothing was read while {command} did"
            assert stays.last() == seen
        heights = [json.loads(observer("state", recording, "--json").stdout)["sequence"] for _ in range(3)]
        assert heights == sorted(set(heights))
        assert attach.said == ""
        assert attach.end() == 130
    assert observer("verify", recording).returncode == 0
    assert_live_is_replay(recording)
