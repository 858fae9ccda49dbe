"""The measuring of accuracy: short networks go through all of it, and it finds what is wrong where something is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.accuracy.agreement import AGREES, Tally, Wrong
from benchmarks.accuracy.page import ratio
from benchmarks.accuracy.stuck import SLOT, Expected, Fired, matched
from benchmarks.accuracy.xmtpd import clocks, reports, runs
from benchmarks.accuracy.xmtpd.compare import compared
from benchmarks.accuracy.xmtpd.expected import expected
from benchmarks.accuracy.xmtpd.making import inventory_of, logs_of, recorded, simulated
from benchmarks.accuracy.xmtpd.measuring import measured
from benchmarks.accuracy.xmtpd.report import text
from benchmarks.accuracy.xmtpd.runs import Run
from benchmarks.accuracy.xmtpd.truth import MINUTE, Truth, read
from observer.simulators.xmtpd.network import Order
from observer.simulators.xmtpd.settings import HOUR
from replay.recording import Recording

LOST = Order(nodes=3, length=2 * HOUR, seed=3, faults=("quorum-loss@20m..100m",))
RUN = Run("short", "quorum-loss", LOST, {"quorum_loss_by": "silent", "noise": 0, "batch_every": "30s"})


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> tuple[Truth, Path]:
    """A short network without a quorum for a while: its truth and its recording."""
    folder = tmp_path_factory.mktemp("accuracy")
    truth = read(simulated(RUN, folder / "logs"))
    recorded(logs_of(RUN, folder / "logs"), inventory_of(RUN), folder / "run.rec")
    return truth, folder / "run.rec"


def test_every_minute_agrees(short: tuple[Truth, Path]) -> None:
    """What is shown of a short network is true at every minute, and much is shown."""
    truth, path = short
    with Recording.open_to_read(path) as recording:
        tally = compared("short", recording, truth, watchers=False)
    assert not tally.wrong
    for subject in (reports.STAGE, reports.JUDGED, reports.STATUS, clocks.PROVED):
        assert tally.counts[subject, AGREES] > 100


def test_a_contradiction_is_found(short: tuple[Truth, Path]) -> None:
    """A truth that is another one than the logs' is not agreed with."""
    truth, path = short
    first = next(iter(truth.reports.values()))
    node, judged = next(iter(first.judgements.items()))
    first.judgements[node] = replace(judged, valid=not judged.valid, reason="merkle root mismatch")
    try:
        with Recording.open_to_read(path) as recording:
            tally = compared("short", recording, truth, watchers=False)
    finally:
        first.judgements[node] = judged
    assert {one.subject for one in tally.wrong} == {reports.JUDGED}


def test_quorum_loss_is_expected_from_the_truth(short: tuple[Truth, Path]) -> None:
    """Places without a quorum are told from judgements and slots, with the nodes that judged nothing."""
    truth, _path = short
    stuck = [one for one in expected(truth, watchers=False) if one.what == "no quorum" and one.required]
    assert stuck
    assert {one.missing for one in stuck} == {("node-200", "node-300")}
    assert {one.stage for one in stuck} == {"attested"}


def test_the_page_is_the_same_each_time() -> None:
    """One run measured twice gives the same page."""
    run = next(iter(runs.healthy(runs.DEVELOP, 1, 1)))
    pages = [text([measured(run)], "make accuracy", "seeds: none") for _time in range(2)]
    assert pages[0] == pages[1]
    assert "## Stuck states" in pages[0]


def test_seeds_are_disjoint() -> None:
    """No run that is held out has the seed of one that something was made with, and none comes twice."""
    held, develop = ([run.order.seed for run in runs.every(base)] for base in (runs.HELD_OUT, runs.DEVELOP))
    assert len(set(held)) == len(held)
    assert not set(held) & set(develop)
    assert max(held) < runs.HELD_OUT + runs.SPACE


def test_an_alert_needs_something_that_was_so() -> None:
    """An alert before, after or about something else is false; one in time tells the state."""
    state = Expected("stuck", ("Right", "Other"), {"node": "a"}, 100 * MINUTE, 200 * MINUTE, True, 5 * MINUTE, "why")
    alerts = [
        Fired("Right", {"node": "a"}, 106 * MINUTE, 201 * MINUTE, 5 * MINUTE, {}),
        Fired("Right", {"node": "b"}, 106 * MINUTE, None, 5 * MINUTE, {}),
        Fired("Right", {"node": "a"}, 90 * MINUTE, 95 * MINUTE, 5 * MINUTE, {}),
        Fired("Third", {"node": "a"}, 106 * MINUTE, None, 5 * MINUTE, {}),
    ]
    watched = matched("run", [state], alerts, 300 * MINUTE)
    assert [one for one, _why in watched.true] == alerts[:1]
    assert watched.false == alerts[1:]
    (told,) = watched.detected
    assert (told.in_time, told.delay, told.lingered) == (True, 6 * MINUTE, MINUTE)
    late = replace(told, fired=replace(alerts[0], at=100 * MINUTE + SLOT + 6 * MINUTE))
    assert not late.in_time


def test_an_alert_that_goes_on_is_found() -> None:
    """It is true, and lasts too long."""
    state = Expected("stuck", ("Right",), {}, 0, 10 * MINUTE, True, 5 * MINUTE, "why")
    alert = Fired("Right", {}, 5 * MINUTE, None, 0, {})
    assert matched("run", [state], [alert], 200 * MINUTE).lingering == [(alert, state)]
    assert not matched("run", [state], [alert], 100 * MINUTE).lingering


def test_a_state_that_ends_too_soon_need_not_be_told() -> None:
    """It may be told all the same."""
    state = Expected("stuck", ("Right",), {}, 0, 4 * MINUTE, True, 5 * MINUTE, "why")
    alert = Fired("Right", {}, 3 * MINUTE, None, 0, {})
    watched = matched("run", [state], [alert], 5 * MINUTE)
    assert not watched.detected
    assert not watched.false


def test_one_is_written_only_where_nothing_is_missing() -> None:
    """A ratio that rounds to one is written with more digits."""
    assert ratio(10, 10) == "1.00"
    assert ratio(99_999, 100_000) == "0.99999"
    assert ratio(9, 10) == "0.90"
    assert ratio(0, 0) == "-"


def test_contradictions_are_counted_once_for_all_their_minutes() -> None:
    """One wrong value that stays is one line, with its first minute and how long."""
    tally, wrong = Tally(), Wrong("run", "stages", "report", "created", "settled")
    for minute in (5, 6, 7):
        tally.contradicts(wrong, minute)
    assert tally.wrong == {wrong: (5, 3)}
    assert tally.shown("stages") == (0, 3)
