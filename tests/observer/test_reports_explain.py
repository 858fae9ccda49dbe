"""`observer explain` of payer reports, and what `observer replay` tells of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from observer.changes import changes
from state.events import ProcessCrashed, ProcessStarted
from tests.observer.conftest import Observer
from tests.observer.simulated import NODES, Simulated
from tests.state.journal import Journal


@pytest.fixture
def stuck(observer: Observer, simulated: Simulated) -> Callable[..., Any]:
    """The story of something in the run in which two of four nodes refuse."""

    def story(what: str, *options: str) -> Any:
        return observer("explain", simulated.recording("refusing"), what, "--json", *options)

    return story


def place(simulated: Simulated, name: str = "refusing") -> tuple[str, str]:
    """ORIGINATOR:START of what is open at the end of what went wrong, and the id of a report there."""
    truth = [one for one in simulated.truth(name, "09:20:00").values() if one.originator == 100]
    end = max(one.end for one in truth if one.stage == "settled")
    return f"100:{end}", next(one.report for one in truth if one.start == end)


def test_a_place_tells_everything_said_of_its_reports(stuck: Callable[..., Any], simulated: Simulated) -> None:
    """Who made each, who judged it and how, each with its line; then what is awaited."""
    where, report = place(simulated)
    found = stuck(where, "--at", "09:20:00").json
    assert (found["what"], found["kind"]) == (f"reports/{where}", "report")
    steps = [one for one in found["steps"] if one["facts"].get("report") == report]
    kinds = [one["kind"] for one in steps if one["kind"] != "standing"]
    assert kinds[0] == "made"
    assert sorted(kinds[1:5]) == ["attested", "attested", "refused", "refused"]
    assert all(one["line"] and report in one["line"] for one in steps if one["kind"] != "standing")
    assert found["steps"][-1]["kind"] == "standing"
    assert found["steps"][-1]["text"] == found["summary"]
    assert "there can be no quorum, as 2 refused it" in found["summary"]


def test_a_quorum_is_told_when_it_is_reached(observer: Observer, simulated: Simulated) -> None:
    """The third of four makes it."""
    truth = simulated.truth("healthy", "07:50:00")
    report = next(one.report for one in truth.values() if one.stage == "settled" and one.originator == 200)
    found = observer("explain", simulated.recording("healthy"), report[:8], "--json").json
    attested = [one["text"] for one in found["steps"] if one["kind"] == "attested"]
    assert [text.rsplit(", ", 1)[1] for text in attested] == ["1 of 4", "2 of 4", "3 of 4: the quorum of 3", "4 of 4"]
    kinds = [one["kind"] for one in found["steps"]]
    assert kinds.index("submits") < kinds.index("submitted") < kinds.index("settling") < kinds.index("settled")
    assert ": settled since 07:" in found["summary"]


def test_who_is_missing_is_awaited_with_the_line_that_shows_why(observer: Observer, simulated: Simulated) -> None:
    """And what came first is what happened to them."""
    truth = simulated.truth("down", "08:40:00").values()
    report = next(one.report for one in truth if one.originator == 100 and len(one.attested) == 2)
    found = observer("explain", simulated.recording("down"), report, "--at", "08:40:00", "--json").json
    awaited = [one for one in found["steps"] if one["kind"] == "awaited"]
    assert [(one["node"], one["text"]) for one in awaited] == [
        ("node-200", "stopped in order 08:05:00"),
        ("node-300", "stopped in order 08:05:00"),
    ]
    assert all("closed" in one["line"] for one in awaited)
    assert "; first came, at 08:05:00.000, node-200 stopping" in found["summary"]
    assert any(one["kind"] == "meanwhile" and one["text"] == "stopped" for one in found["steps"])


def test_nodes_that_are_not_heard_are_awaited_as_unknown(observer: Observer, simulated: Simulated) -> None:
    """Nothing is said of them but that their logs are not there."""
    path = simulated.recording("refusing", (100, 400), watched=False)
    found = observer("explain", path, place(simulated)[0], "--at", "09:20:00", "--json").json
    awaited = [one for one in found["steps"] if one["kind"] == "awaited"]
    assert [one["node"] for one in awaited] == ["200", "300"]
    assert {one["facts"]["doing"] for one in awaited} == {"not heard"}
    assert "attested by at least 2 of 4" in found["summary"]


def test_an_originator_tells_its_reports_by_stage(stuck: Callable[..., Any], simulated: Simulated) -> None:
    """One step for each report and stage, and what is open at the end."""
    found = stuck("100", "--at", "09:20:00").json
    assert found["what"] == "reports/100"
    made = [one["facts"]["report"] for one in found["steps"] if one["kind"] == "report made"]
    truth = [one for one in simulated.truth("refusing", "09:20:00").values() if one.originator == 100]
    assert sorted(made) == sorted(one.report for one in truth)
    assert len({(one["kind"], one["facts"].get("report")) for one in found["steps"]}) == len(found["steps"])
    assert "1 of them open" in found["summary"]


def test_failures_are_told_once_for_each_text(observer: Observer, simulated: Simulated) -> None:
    """What is tried again every hour is one step for each node and report."""
    found = observer("explain", simulated.recording("submit-failing"), place(simulated, "submit-failing")[0], "--json")
    steps = [one for one in found.json["steps"] if one["kind"] == "cannot submit"]
    keys = [(one["node"], one["facts"]["report"], one["text"]) for one in steps]
    assert steps
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("100:77", "100:77: no report of originator 100 that is known begins there; the latest begin at 100:"),
        ("999:0", "999:0: no line tells of reports of originator 999; there are 100, 200, 300, 400"),
        ("reports/zz", "reports/zz: give an originator (100, 200, 300, 400), ORIGINATOR:START, or at least 6 digits"),
        ("reports/abc", "or at least 6 digits of a report's id"),
        ("reports/ffffffffffff", "no report of that id is known"),
    ],
)
def test_what_is_no_report_is_said(stuck: Callable[..., Any], what: str, sentence: str) -> None:
    """One sentence, with what there is."""
    ran = stuck(what)
    assert ran.code == 2
    assert sentence in ran.err


def test_replay_tells_each_stage_once(observer: Observer, simulated: Simulated) -> None:
    """A report that comes to its end has four lines, whatever the number of nodes; a node's lines stay as they are."""
    told = observer("replay", simulated.recording("healthy"), "--json").answers
    truth = simulated.truth("healthy", "09:30:00")
    for one in truth.values():
        if one.stage == "settled":
            mine = [each["kind"] for each in told if each["facts"].get("report") == one.report]
            assert mine == ["report made", "report quorum", "report submitted", "report settled"]
    assert [each["kind"] for each in told if each["node"] == "node-100"][:2] == ["start", "up"]


def test_replay_tells_of_refusals_and_of_what_cannot_come(observer: Observer, simulated: Simulated) -> None:
    """The first refusal of a report, and that there can be no quorum any more."""
    told = observer("replay", simulated.recording("refusing"), "--json").answers
    _where, report = place(simulated)
    mine = [one for one in told if one["facts"].get("report") == report]
    assert [one["kind"] for one in mine][:3] == ["report made", "report refused", "report lost"]
    assert mine[2]["text"].endswith("can have no quorum: refused by 2 of 4")
    assert mine[2]["node"] is None


def test_replay_tells_what_stays_open(observer: Observer, simulated: Simulated) -> None:
    """By the names that alerts have; heights that no such node has are not missed."""
    last = observer("replay", simulated.recording("submit-failing"), "--json").answers[-1]
    assert last["kind"] == "end"
    assert "height" not in last["text"]


@pytest.mark.parametrize("number", NODES)
def test_a_stop_loses_the_streams_of_others(observer: Observer, simulated: Simulated, number: int) -> None:
    """One line for each stream that stood, not for each attempt."""
    told = observer("replay", simulated.recording("down"), "--json").answers
    lost = [
        one["facts"]["peer"]
        for one in told
        if one["kind"] == "stream lost" and one["node"] == f"node-{number}" and "08:04" < one["at"][11:16] < "09:20"
    ]
    assert len(lost) == len(set(lost)) <= 3
    assert number in (200, 300) or set(lost) == {"node-200", "node-300"}


def test_a_crash_is_told_with_what_the_node_said() -> None:
    """Of one that says nothing more than that it ends, as much."""
    journal = Journal().say(ProcessStarted("xmtpd", "v1", ""))
    before = journal.state
    journal.say(ProcessCrashed("cannot reach the chain"))
    told = list(changes(before, journal.state, "node1", journal.touched))
    assert [(one.kind, one.text) for one in told] == [("crashed", "crashed: cannot reach the chain")]


def test_the_story_of_a_node_says_whom_it_reads_from(observer: Observer, simulated: Simulated) -> None:
    """It has no height that could be missing."""
    found = observer("explain", simulated.recording("down"), "node-100", "--at", "08:40:00", "--json").json
    assert found["summary"].startswith("xmtpd v")
    assert "height" not in found["summary"]
    assert any(one["text"] == "cannot read from node-200" for one in found["steps"])
