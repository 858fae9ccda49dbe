"""What the short commands load: each of these modules costs more than everything that they do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from observer import keeping
from observer.main import run
from tests.observer.conftest import Recorded

LISTING = """
import sys
from observer.main import run
code = run(sys.argv[1:])
sys.stdout.flush()
sys.stderr.write("\\n".join(name for name in sys.modules))
sys.exit(code)
"""
NEVER = ("numpy", "hyperscan", "networkx", "asyncpg", "kafka", "httpx", "prometheus_client", "tarfile")
"""What no answer about the end of a recording needs."""
JUDGING = ("yaml", "parsers.systems", "state.snapshot", "waits.library", "waits.engine", "replay.play")
"""What one that is kept needs not either."""


@pytest.fixture
def kept(recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recording with the answers of `state`, `status` and `alerts`."""
    monkeypatch.setattr(keeping, "KEPT_FROM_BYTES", 1)
    path = Path(shutil.copy(recorded("level0", "log"), tmp_path / "run.rec"))
    for command in ("state", "status", "alerts"):
        run([command, str(path)])
    return path


@pytest.mark.parametrize("command", ["state", "status", "alerts"])
def test_kept_answers_are_given_without_what_made_them(command: str, kept: Path) -> None:
    """`state`, `status` and `alerts` of a recording that keeps their answers load neither parsers nor rules nor numpy."""
    assert loaded(command, str(kept)) & {*NEVER, *JUDGING} == set()


def test_the_last_state_is_opened_without_numpy(recorded: Recorded) -> None:
    """`state` of a small recording reads its checkpoint: nothing is scanned, decompressed or judged for it."""
    assert loaded("state", str(recorded("level0", "log"))) & {*NEVER, "yaml", "waits.library", "waits.engine"} == set()


@pytest.mark.parametrize("asked", ["--version", "state"])
def test_help_loads_nothing_that_reads(asked: str) -> None:
    """`--version`, and the help of a command, load the command line only; that of one command no other's module."""
    found = loaded(*([asked] if asked.startswith("-") else [asked, "--help"]))
    assert found & {*NEVER, *JUDGING, "replay.recording"} == set()
    assert ("observer.commands.working" in found) is (asked == "--version")


def loaded(*arguments: str) -> set[str]:
    """The modules that a command had loaded when it was done."""
    done = subprocess.run(
        [sys.executable, "-c", LISTING, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert "observer.main" in done.stderr, done.stderr
    return set(done.stderr.split())
