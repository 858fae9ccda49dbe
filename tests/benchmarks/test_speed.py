"""The benchmark of speed: its logs are what they are said to be, its profile tells stages apart, its targets judge."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import chain, figures, xmtpd
from benchmarks.figures import COLD, HOT, JUDGED_COLD, JUDGED_HOT, same_answers
from benchmarks.fold import entities, played
from benchmarks.generate import LogSet
from benchmarks.needles import needles
from benchmarks.process import ROOT, CommandFailed, Cost
from benchmarks.profile import START, largest, sampled, stage_among, stage_of
from benchmarks.ruled import played as judged
from benchmarks.seeks import seeks
from benchmarks.targets import Measured, targets
from observer.main import run
from parsers.matcher import matcher_for
from state.snapshot import NetworkState

SIZE = 1_500_000
IDLE = {"start, imports": 1.0}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> LogSet:
    """Small logs of xmtpd."""
    return xmtpd.made("mixed", SIZE, tmp_path_factory.mktemp("mixed"))


@pytest.fixture(scope="module")
def recording(mixed: LogSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of them."""
    path = tmp_path_factory.mktemp("recorded") / "mixed.rec"
    assert run(["import", *map(str, mixed.files), "-o", str(path), "--quiet"]) == 0
    return path


def wanted(logs: LogSet) -> tuple[int, int]:
    """How many lines hold a literal of the parsers, and how many there are."""
    matcher = matcher_for(needles("xmtpd"))
    lines = [line for path in logs.files for line in path.read_bytes().splitlines(keepends=True)]
    return sum(bool(len(matcher.hits(line))) for line in lines), len(lines)


def test_one_line_in_twenty_carries_state(mixed: LogSet) -> None:
    """Five in a hundred, and one more that only quotes; all in the order of their times."""
    hits, lines = wanted(mixed)
    assert 0.05 < hits / lines < 0.065
    for path in mixed.files:
        times = [line.split(b'"time":"')[1][:24] for line in path.read_bytes().splitlines()]
        assert times == sorted(times)


def test_the_same_size_gives_the_same_bytes(mixed: LogSet, tmp_path: Path) -> None:
    """Whoever makes the logs again measures the same; what is there already is not made again."""
    again = xmtpd.made("mixed", SIZE, tmp_path)
    assert [path.read_bytes() for path in again.files] == [path.read_bytes() for path in mixed.files]
    assert again.together.read_bytes() == b"".join(path.read_bytes() for path in again.files)
    again.files[0].write_bytes(b"")
    assert xmtpd.made("mixed", SIZE, tmp_path).files[0].read_bytes() == b""


def test_what_is_mixed_in_says_nothing(mixed: LogSet, recording: Path, tmp_path: Path) -> None:
    """A network says the same with and without the lines that no parser asks for, those that quote one included."""
    quiet = tmp_path / "quiet"
    quiet.mkdir()
    for path in mixed.files:
        lines = path.read_bytes().splitlines(keepends=True)
        (quiet / path.name).write_bytes(b"".join(line for line in lines if b'"client":"' not in line))
    kept = tmp_path / "quiet.rec"
    assert run(["import", *map(str, sorted(quiet.iterdir())), "-o", str(kept), "--quiet"]) == 0
    assert played(kept, hot=True) == played(recording, hot=True)


def test_logs_of_state_lines_hold_nothing_else(tmp_path: Path) -> None:
    """Every line holds a literal."""
    hits, lines = wanted(xmtpd.made("states", 400_000, tmp_path))
    assert hits == lines > 500


def test_a_long_chain_fills_the_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every node holds every block, in two maps, so that at full length there are ten thousand of them."""
    monkeypatch.setattr(chain, "HEIGHTS", 20)
    logs = chain.made(tmp_path)
    assert run(["import", *map(str, logs.files), "-o", str(tmp_path / "a.rec"), "--quiet"]) == 0
    found = played(tmp_path / "a.rec", hot=True)
    assert found["events"] == 20 * chain.NODES
    assert isinstance(found["live"], int)
    assert found["live"] >= 2 * 20 * chain.NODES
    assert entities(NetworkState()) == 0


def test_ways_of_playing_agree(recording: Path) -> None:
    """R5: hot and cold come to the same, with and without rules, and a seek goes to every place."""
    assert played(recording, hot=True) == played(recording, hot=False)
    assert judged(recording, hot=True) == judged(recording, hot=False)
    found = seeks(recording, 9)
    assert 0 < found["p50"] <= found["p95"] <= found["most"]


def test_a_fast_wrong_answer_is_none() -> None:
    """Where hot and cold differ nothing is reported."""
    same = dict.fromkeys((HOT, COLD, JUDGED_HOT, JUDGED_COLD), b"{}")
    same_answers(same)
    with pytest.raises(CommandFailed, match="judged, hot and judged, cold differ"):
        same_answers({**same, JUDGED_COLD: b'{"events": 1}'})


@pytest.mark.parametrize(
    ("module", "function", "stage"),
    [
        ("replay/recording", "add_block", "store"),
        ("replay/recording", "block", "read, decompress"),
        ("replay/stamps", "times", "cut, date"),
        ("parsers/matcher", "hits", "match"),
        ("parsers/xmtpd/generating", "report_generated", "parse"),
        ("state/reports", "attested", "fold"),
        ("waits/engine", "heard", "judge"),
    ],
)
def test_stages_are_told_apart(module: str, function: str, stage: str) -> None:
    """A function is in the stage that its module does; what is not the project's has none of its own."""
    assert stage_of(f"{ROOT}/{module}.py", function) == stage
    assert stage_of("<frozen importlib._bootstrap>", "_load") == START
    assert stage_of("/elsewhere/numpy/core.py", "sort") is None


@pytest.mark.parametrize(
    ("stages", "stage"),
    [
        (["fold", "play", "judge"], "fold"),
        (["fold", "fold", "judge", "play"], "judge"),
        ([None, "parse", None, "play"], "parse"),
        (["fold", START, "tell"], START),
        ([None], "other"),
    ],
)
def test_what_a_rule_reads_off_a_snapshot_is_judging(stages: list[str | None], stage: str) -> None:
    """The innermost function tells the stage; a view of the snapshot is in that of whoever asks for it."""
    assert stage_among(stages) == stage


def test_a_profile_adds_up(recording: Path) -> None:
    """Stages of a replay are there, and the largest is told with its share."""
    with sampled() as spent:
        for _ in range(20):
            played(recording, hot=False)
    assert {"parse", "fold"} <= set(spent)
    assert all(seconds >= 0 for seconds in spent.values())
    assert largest({"parse": 3.0, "fold": 1.0}) == "parse 75%"


def test_targets_are_met_or_not() -> None:
    """By seconds of processor; a tool that is missing has no target."""
    cpu = {JUDGED_HOT: 1.0, JUDGED_COLD: 2.0, figures.IMPORT: 3.0, figures.FLOOR: 0.5, figures.SEQUENCE: 2.9}
    cpu |= {figures.BARE: 0.1, figures.STATE: 0.3, figures.STATUS: 0.5}
    cpu |= {figures.STATE_AGAIN: 0.2, figures.STATUS_AGAIN: 0.3}
    costs = {name: Cost(seconds=2 * spent, cpu=spent, peak=1) for name, spent in cpu.items()}
    profile = dict.fromkeys(figures.PROFILED.values(), IDLE)
    sought = {"p50": 0.01, "p95": 0.2, "most": 0.3, "cpu95": 0.15, "entries": 10.0, "seeks": 9.0}
    found = targets({"xmtpd": Measured(costs, {}, 500_000, sought, profile)}, [])
    assert [(one.name, one.reached, one.met) for one in found] == [
        ("xmtpd: judged, cold", "0.25 x", True),
        ("xmtpd: judged, hot", "0.50 x", True),
        ("xmtpd: observer import", "0.17 x", True),
        ("xmtpd: observer import", "1.03 x", True),
        ("xmtpd: fold alone", "500,000 events/s", True),
        ("xmtpd: observer state", "0.20 s", True),
        ("xmtpd: observer state, again", "0.10 s", True),
        ("xmtpd: observer status", "0.40 s", False),
        ("xmtpd: observer status, again", "0.20 s", True),
        ("xmtpd: any seek in 10 entries", "150 ms", False),
    ]
    assert found[0].limit == "start, imports 100%"
