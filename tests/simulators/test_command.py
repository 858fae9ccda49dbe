"""`observer simulate xmtpd`: options, settings, and what is said when they are wrong."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from observer.main import run


def simulate(*arguments: object) -> int:
    """The command's exit code."""
    return run(["simulate", "xmtpd", *map(str, arguments)])


def test_writes_a_log_for_each_node_and_the_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file for each node and the truth; the answer says how much there is."""
    out = tmp_path / "new" / "out"
    assert simulate("--nodes", 3, "--hours", 0.2, "-o", out) == 0
    assert {path.name for path in out.iterdir()} == {"node-100.log", "node-200.log", "node-300.log", "truth.jsonl"}
    said = capsys.readouterr().out
    assert "lines of 3 nodes" in said
    assert str(out / "truth.jsonl") in said


def test_defaults_are_those_of_the_end_to_end_tests(tmp_path: Path) -> None:
    """Four nodes, seed 7, JSON at INFO, reports every 2 minutes with an expiry of 5, attestation every 10 seconds."""
    assert simulate("--hours", 0.05, "-o", tmp_path, "-q") == 0
    told = orjson.loads((tmp_path / "truth.jsonl").read_bytes().splitlines()[0])
    assert (told["nodes"], told["quorum"], told["seed"]) == ([100, 200, 300, 400], 3, 7)
    assert (told["encoding"], told["level"]) == ("json", "info")
    settings = told["settings"]
    assert (settings["generate_self"], settings["expire_others"], settings["attest_every"]) == (
        120_000,
        300_000,
        10_000,
    )
    assert settings["repeat_every"] == 3_600_000


def test_settings_come_from_a_file_and_are_overruled(tmp_path: Path) -> None:
    """--settings reads YAML, --set overrules it, --start moves the run."""
    file = tmp_path / "settings.yaml"
    file.write_text("attest_every: 30s\nblock_time: 1s\nminutes: {100: 5}\n")
    out = tmp_path / "out"
    options = ("--settings", file, "--set", "block_time=4s", "--start", "2026-01-02T03:04:05Z", "--encoding", "console")
    assert simulate("--hours", 0.05, "-o", out, "-q", *options) == 0
    told = orjson.loads((out / "truth.jsonl").read_bytes().splitlines()[0])
    assert told["settings"]["attest_every"] == 30_000
    assert told["settings"]["block_time"] == 4000
    assert told["minutes"]["100"] == {"generator": 5, "submitter": 10, "settlement": 15}
    assert told["at"] == "2026-01-02T03:04:05.000Z"
    assert (out / "node-100.log").read_text().splitlines()[1].startswith("2026-01-02T03:04:05.000Z\tINFO\txmtpd\t")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--fault", "fire@1m..2m"), "there is no fault 'fire'"),
        (("--fault", "node-down@9h..10h"), "begins after the run has ended"),
        (("--set", "attest_every"), "write NAME=VALUE"),
        (("--set", "attest_every=10"), "attest_every: 10 is no length of time; write for example 90s"),
        (("--set", "attest_every=0s"), "attest_every: Input should be greater than or equal to 100"),
        (("--set", "atest_every=10s"), "there is no such setting; there are generate_self"),
        (("--set", "minutes=[}"), "is not YAML"),
        (("--settings", "/nowhere.yaml"), "cannot be read"),
        (("--start", "yesterday"), "is no time; write 2026-11-21T07:00:00Z, or now"),
        (("--nodes", 0), "--nodes"),
        (("--encoding", "xml"), "--encoding"),
        (("--pace", 0), "--pace"),
    ],
)
def test_wrong_options_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[object, ...], why: str
) -> None:
    """What is wrong is said in one line on stderr, the exit code is 2, and nothing is written."""
    assert simulate("-o", tmp_path / "out", "--hours", 1, *options) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("observer: ")
    assert captured.err.count("\n") == 1
    assert why in captured.err
    assert not (tmp_path / "out").exists()


def test_refuses_a_directory_that_is_not_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there already is never mixed with a run, nor taken for a directory."""
    (tmp_path / "file").touch()
    assert simulate("-o", tmp_path) == 2
    assert "is not empty" in capsys.readouterr().err
    assert simulate("-o", tmp_path / "file") == 2
    assert "is no directory" in capsys.readouterr().err
