"""A simulated network of xmtpd that writes its logs as time passes, and loses its quorum for a while."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.components.process import until
from tests.live.attach import COMMAND, PLAIN, Attach, observer
from tests.live.histories import assert_live_is_replay, transitions

SIMULATED = [
    "--hours",
    "0.5",
    "--pace",
    "60",
    "--rotate-bytes",
    "100000",
    "--set",
    "repeat_every=1m",
    "--fault",
    "quorum-loss@9m..17m",
    "-q",
]
"""A minute of the network a second: workers come every second, and two of four nodes stop after nine."""
RULES = """
groups:
  - name: reports
    rules:
      - alert: QuorumGone
        incident: QuorumMissing
        each: report
        expr: awaited(report) and not quorate(report) and short_for(report) >= 2s and spoken(report)
        for: 1s
        labels: {severity: critical}
        annotations:
          summary: "payer report {{ report }} has no quorum; missing {{ missing(report) }}"
      - alert: Stopped
        each: node
        expr: stopped(node)
        for: 2s
        annotations:
          summary: "{{ node }} is stopped"
"""


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Path]:
    """Logs that a network begins to write."""
    folder = tmp_path / "logs"
    command = [*COMMAND, "simulate", "xmtpd", "-o", str(folder), *SIMULATED]
    with subprocess.Popen(command, env=PLAIN) as process:
        until(folder.is_dir, "the network writes", alive=lambda: process.poll() is None)
        yield folder
        process.terminate()
        assert process.wait(30) == 0


def test_a_lost_quorum_is_told_live(logs: Path, tmp_path: Path) -> None:
    """R2, R6, R18, R29: alerts of rules of one's own fire while two of four nodes are gone, and are resolved when they
    are back, through rotation, and through kill -9 in between; what was told live is byte for byte what the recording
    tells.
    """
    rules, recording = tmp_path / "rules.yaml", tmp_path / "run.rec"
    rules.write_text(RULES)
    arguments = (logs, "--record", recording, "--plain")

    def told(rule: str, state: str) -> set[str]:
        found = transitions(recording) if recording.exists() else []
        return {next(iter(one.labels.values()), "") for one in found if (one.rule, one.state) == (rule, state)}

    with Attach(*arguments, "--rules", rules) as attach:
        until(
            lambda: told("Stopped", "firing") == {"node-300", "node-400"},
            "two nodes are stopped",
            alive=lambda: attach.running,
            told=lambda: attach.said,
        )
        attach.kill()
    with Attach(*arguments) as attach:
        until(
            lambda: told("QuorumGone", "firing"),
            "a quorum is lost",
            alive=lambda: attach.running,
            told=lambda: attach.said,
        )
        until(
            lambda: told("QuorumGone", "resolved") == told("QuorumGone", "firing"),
            "it is there again",
            alive=lambda: attach.running,
            told=lambda: attach.said,
        )
        assert attach.end() == 130
    assert told("Stopped", "resolved") == {"node-300", "node-400"}
    assert list(logs.glob("node-100.log.*"))
    assert_live_is_replay(recording)
    assert observer("verify", recording).returncode == 0


@pytest.mark.parametrize(
    ("condition", "within", "code", "result"),
    [
        ("count(stopped(node) for node in nodes) >= 2", "60s", 0, "met"),
        ("count(up(node) for node in nodes) >= 9", "2s", 1, "timed out"),
    ],
)
def test_until_is_wait(  # noqa: PLR0913 - a case and where it is played
    logs: Path, tmp_path: Path, condition: str, within: str, code: int, result: str
) -> None:
    """R22, R25: attach leaves when what it waited for is decided, and says what `observer wait` says of the recording,
    with the same exit code. When it is gone on with, it waits from its end on, whatever was so before.
    """
    recording = tmp_path / "run.rec"
    found = left(logs, recording, condition, within, code)
    assert found["result"] == result
    same = observer("wait", recording, condition, "--within", within, "--json")
    assert (same.returncode, json.loads(same.stdout)) == (code, found)
    again = left(logs, recording, "never(count(up(node) for node in nodes) >= 2)", "60s", 1)
    assert again["result"] == "violated"
    assert again["begun"] >= found["at"]
    same = observer("wait", recording, again["condition"], "--within", "60s", "--since", again["begun"], "--json")
    assert (same.returncode, json.loads(same.stdout)) == (1, again)
    assert_live_is_replay(recording)


def left(logs: Path, recording: Path, condition: str, within: str, code: int) -> dict[str, Any]:
    """Attach until something is decided; what it prints."""
    with Attach(logs, "--record", recording, "--until", condition, "--within", within, "--json") as attach:
        assert attach.ended(within=60) == code, attach.said
        found: dict[str, Any] = json.loads(attach.printed)
    return found
