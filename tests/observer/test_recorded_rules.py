"""The judgement log (R20): a recording is judged by the rules that were in force, each from its entry on."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from observer.commands import every_command
from tests.observer.captures import CAPTURES

ONE = """
groups:
  - name: one
    rules:
      - alert: Tall
        each: node
        expr: height(node) >= 10
        annotations: {summary: "{{ node }} is at {{ height(node) }}"}
"""
OTHER = ONE.replace(">= 10", ">= 100").replace("Tall", "Tall")


def observer(*arguments: str) -> str:
    """What a command prints."""
    found = CliRunner().invoke(every_command(), list(arguments))
    assert found.exit_code in (0, 1), found.output
    return found.stdout


def halves(folder: Path) -> tuple[Path, Path]:
    """A log in two parts: the first alone, and the whole."""
    text = (CAPTURES / "level1" / "node1.log").read_bytes().splitlines(keepends=True)
    first, whole = folder / "first" / "node1.log", folder / "whole" / "node1.log"
    for path, lines in ((first, text[:2000]), (whole, text)):
        path.parent.mkdir()
        path.write_bytes(b"".join(lines))
    return first, whole


def test_rules_changed_in_mid_run(tmp_path: Path) -> None:
    """R20: a changed rule ends with that as its reason, and its successor begins inactive, at the entry of the change."""
    (tmp_path / "one.yaml").write_text(ONE)
    (tmp_path / "other.yaml").write_text(OTHER)
    first, whole = halves(tmp_path)
    recording = str(tmp_path / "run.rec")
    observer("import", str(first), "-o", recording, "--rules", str(tmp_path / "one.yaml"), "-q")
    observer("import", str(whole), "-o", recording, "--append", "--rules", str(tmp_path / "other.yaml"), "-q")
    told = json.loads(observer("alerts", recording, "--json"))
    states = [(one["state"], one["reason"]) for one in told if one["state"] in ("firing", "resolved")]
    assert states[:3] == [("firing", None), ("resolved", "rule changed"), ("firing", None)]
    fired = [one["annotations"]["summary"] for one in told if one["state"] == "firing"]
    assert fired == ["node1 is at 10", "node1 is at 100"]
    assert told[-1]["sequence"] > 2000


def test_an_identical_rule_goes_on(tmp_path: Path) -> None:
    """R20: rules given again as they were change nothing."""
    (tmp_path / "one.yaml").write_text(ONE)
    first, whole = halves(tmp_path)
    recording = str(tmp_path / "run.rec")
    observer("import", str(first), "-o", recording, "--rules", str(tmp_path / "one.yaml"), "-q")
    observer("import", str(whole), "-o", recording, "--append", "--rules", str(tmp_path / "one.yaml"), "-q")
    told = json.loads(observer("alerts", recording, "--json"))
    assert [one["state"] for one in told if one["state"] in ("firing", "resolved")] == ["firing"]


def test_other_rules_may_be_asked_for(tmp_path: Path) -> None:
    """What was recorded is the default; `--rules` judges from the first entry by something else."""
    (tmp_path / "one.yaml").write_text(ONE)
    first, _whole = halves(tmp_path)
    recording = str(tmp_path / "run.rec")
    observer("import", str(first), "-o", recording, "--rules", str(tmp_path / "one.yaml"), "-q")
    by_default = json.loads(observer("alerts", recording, "--json"))
    assert {one["rule"] for one in by_default} == {"Tall"}
    built_in = json.loads(observer("alerts", recording, "--json", "--rules", "builtin"))
    assert "Tall" not in {one["rule"] for one in built_in}
