"""A part of a node's log is missing: no answer is wrong, only unknown, and nothing fires that would not (R15)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from benchmarks.accuracy.agreement import Wrong
from benchmarks.accuracy.xmtpd import clocks, reports
from benchmarks.accuracy.xmtpd.compare import compared
from benchmarks.accuracy.xmtpd.truth import MINUTE, read
from observer.exits import Exit
from observer.times import written
from replay.recording import Recording
from tests.observer.conftest import Observer, Recorded
from tests.observer.gaplaw import S, Whole
from tests.observer.simulated import Simulated
from tests.replay.gapped import Cut, gapped

UNKNOWN_AT_LEAST = 50
"""Values that become unknown by a long gap: else nothing was tried."""


def tried(whole: Whole, cuts: list[Cut], folder: Path) -> None:
    """The law holds of these cuts, and something is unknown."""
    unknown = 0
    for number, cut in enumerate(cuts):
        found, alarms = whole.compared(cut, folder / f"{number}.rec")
        assert found.wrong == [], cut
        assert alarms == [], cut
        unknown += found.told["unknown"]
    assert unknown > UNKNOWN_AT_LEAST


@pytest.mark.parametrize(("level", "spacing"), [("level0", 2 * S), ("selective", 2 * S), ("level1", 5 * S)])
def test_no_answer_about_a_chain_is_wrong(level: str, spacing: int, recorded: Recorded, tmp_path: Path) -> None:
    """R15, law: of captured runs with forks, bans, freezes and crashes, every function at every moment."""
    whole = Whole(recorded(level, "log"), spacing)
    beginning = Cut("node2", 1, 60, lost=True)
    tried(whole, [beginning, *whole.cuts(15, 5, [S // 10, S, 5 * S, 20 * S])], tmp_path)


@pytest.mark.parametrize("name", ["down", "silent"])
def test_no_answer_about_reports_is_wrong(name: str, simulated: Simulated, tmp_path: Path) -> None:
    """R15, law: the same of networks of payer reports that lose their quorum."""
    whole = Whole(simulated.recording(name), 10 * MINUTE)
    tried(whole, whole.cuts(15, 4, [10 * S, MINUTE, 10 * MINUTE, 60 * MINUTE]), tmp_path)


def _lenient(  # noqa: PLR0913 - as of what it stands for
    self: Any, subject: str, about: str, _told: Any, true: str, shown: str = "-", *, behind: bool = True
) -> None:
    """What is true and not shown may have been told in the gap; what was never true may not be shown."""
    if behind:
        self._tally.hidden(subject, reports.GAP)
    else:
        self._wrong(subject, about, shown, true)


def test_no_minute_contradicts_the_truth(simulated: Simulated, tmp_path: Path) -> None:
    """R15, law: reports, verdicts, statuses and clocks of each node at each minute, against what was so."""
    truth = read(simulated.logs("down") / "truth.jsonl")
    whole = Whole(simulated.recording("down"), 60 * MINUTE)
    for number, cut in enumerate(whole.cuts(3, 6, [MINUTE, 10 * MINUTE, 60 * MINUTE])):
        span = gapped(whole.path, tmp_path / f"{number}.rec", cut)
        with (
            mock.patch.object(reports.Reports, "_absent", _lenient),
            Recording.open_to_read(tmp_path / f"{number}.rec") as recording,
        ):
            tally = compared("gap", recording, truth, watchers=True)
        first, last = ((one - truth.start) // MINUTE for one in span)
        assert [
            (one, minutes)
            for one, minutes in tally.wrong.items()
            # Until the gap is told nobody can know of it.
            if not (first <= minutes[0] and sum(minutes) <= last + 1) and not _counted(one)
        ] == [], cut
        assert tally.counts


def _counted(one: Wrong) -> bool:
    """Gaps in what streams brought are counted as they are read."""
    return one.subject == clocks.GAPS and int(one.shown) <= int(one.true)


# --- what is shown -----------------------------------------------------------------------------------


CUT = Cut("node2", 100, 140)


@pytest.fixture
def made(recorded: Recorded, tmp_path: Path) -> Path:
    """A captured run in which a part of the log of node2 is missing."""
    gapped(recorded("selective", "log"), tmp_path / "made.rec", CUT)
    return tmp_path / "made.rec"


@pytest.fixture
def span(recorded: Recorded, tmp_path: Path) -> tuple[str, str]:
    """When that was."""
    start, end = gapped(recorded("selective", "log"), tmp_path / "again.rec", CUT)
    return written(start), written(end)


def test_a_gap_is_among_the_events(observer: Observer, made: Path) -> None:
    """`observer events` shows it with what is known of it, and no line."""
    (one,) = observer("events", made, "--kind", "LogMissed", "--json").answers
    assert (one["node"], one["source"], one["offset"], one["line"]) == ("node2", "node2/log", None, "")
    assert one["facts"]["why"] == "it was left out"
    text = observer("events", made, "--kind", "LogMissed").text
    assert "node2 LogMissed bytes=" in text
    assert "None" not in text


@pytest.mark.parametrize(
    "command",
    [
        ("events",),
        ("lines",),
        ("replay",),
        ("replay", "--verbose"),
        ("state",),
        ("alerts",),
        ("explain", "node2"),
        ("explain", "nodes/node2/status"),
        ("explain", "nodes/node2/height"),
        ("explain", "block/57"),
        ("explain", "LogGap"),
        ("verify",),
        ("coverage",),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_no_command_stumbles_over_a_gap(observer: Observer, made: Path, command: Any, options: Any) -> None:
    """R15: an entry that says something and is no line is shown as what it is."""
    ran = observer(command[0], made, *command[1:], *options)
    assert ran.code in (0, Exit.VIOLATED)
    assert ran.err == ""
    assert ran.out


def test_what_a_gap_leaves_unknown_is_told_as_such(observer: Observer, made: Path, span: tuple[str, str]) -> None:
    """R15, R23: connections are unknown for the rest of the process's life, a height until the next block."""
    start, end = span
    before, after = (observer("state", made, "--at", at, "--json").json["nodes"]["node2"] for at in (start, end))
    assert None not in (before["connections"], before["synced"], before["height"])
    assert (after["connections"], after["synced"], after["height"], after["status"]) == (None,) * 4
    assert "is missing: it was left out" in observer("replay", made).text


def test_a_block_may_have_left_a_chain_in_a_gap(observer: Observer, made: Path, span: tuple[str, str]) -> None:
    """R15: nobody says that it left, nor that it stayed."""
    height = observer("state", made, "--at", span[0], "--json").json["nodes"]["node2"]["height"]
    text = observer("explain", made, f"block/{height}").text
    assert "whether it is still on the main chain is not known" in text
