"""`observer rules`: what is watched for."""

from __future__ import annotations

from pathlib import Path

from tests.observer.conftest import Observer


def test_shipped_rules_are_listed(observer: Observer) -> None:
    """Without a file, those that ship: each with its formula, its `for` and its summary."""
    found = observer("rules", "--json").json
    assert found["file"] == "builtin"
    by_name = {one["name"]: one for one in found["rules"]}
    silent = by_name["NodeSilent"]
    assert (silent["severity"], silent["each"], silent["for_ns"]) == ("warning", "node", 120 * 10**9)
    assert by_name["NodeWentSilent"]["severity"] == "incident"
    assert found["parameters"]["fork_depth_min"] == "2"
    text = observer("rules").text
    assert all(name in text for name in by_name)
    assert "rules in builtin: read and checked" in text


def test_wrong_file_is_refused(observer: Observer, tmp_path: Path) -> None:
    """Exit code 2 and one sentence with file and line."""
    (tmp_path / "rules.yaml").write_text("groups:\n- name: g\n  rules:\n  - {alert: A, exp: up(node)}\n")
    ran = observer("rules", tmp_path / "rules.yaml")
    assert (ran.code, ran.out) == (2, b"")
    assert "rules.yaml:4: A: " in ran.err
    assert len(ran.err.splitlines()) == 1
