"""The programs that watch a network from outside."""

from __future__ import annotations

import pytest

from observer.simulators.xmtpd.watching import go_duration
from tests.simulators.conftest import Faulty
from tests.simulators.runs import Run


def test_they_are_there_only_where_asked_for(healthy: Run, faulty: Faulty) -> None:
    """A run writes one log for each node, and those of the watchers beside them if it is asked to."""
    assert {path.name for path in healthy.folder.iterdir()} == {
        *(f"node-{node}.log" for node in healthy.nodes),
        "truth.jsonl",
    }
    assert {"network-watcher.log", "chain-watcher.log"} < {path.name for path in faulty().folder.iterdir()}


def test_cursors_are_those_of_the_nodes(faulty: Faulty) -> None:
    """Each initial cursor lies between the node's clocks of the minutes around it."""
    run = faulty()
    cursors = [line for line in run.watched("network-watcher") if line.message == "initial cursor"]
    assert {line.get("node_id") for line in cursors} == set(run.nodes)
    for line in cursors:
        clocks = [one for one in run.of("clock") if one["node"] == line.get("node_id")]
        before = [one["clock"] for one in clocks if one["at"] <= line.at][-1]
        after = next(one["clock"] for one in clocks if one["at"] >= line.at)
        for originator, sequence in line.get("cursor").items():
            assert before.get(originator, 0) <= sequence <= after[originator]


def test_a_node_that_is_down_is_tried_again(faulty: Faulty) -> None:
    """The stream to it ends with an error, and none is connected until it serves again."""
    run = faulty("node-down@50m..110m:300")
    mine = [line for line in run.watched("network-watcher") if line.get("node_id") == 300]
    down = [line for line in mine if "07:50:05" < line.at[11:] < "08:50"]
    assert {line.message for line in down} == {"stream ended, will reconnect", "reconnecting"}
    assert {line.get("reason") for line in down if line.message.startswith("stream")} == {"error"}
    assert [line for line in mine if line.message == "stream connected" and line.at[11:] > "08:50"]


def test_the_chain_is_told_whole(faulty: Faulty) -> None:
    """Every submission and settlement of the truth has its line, with the range and who signed."""
    run = faulty()
    submitted = [line for line in run.watched("chain-watcher") if line.message == "PayerReportSubmitted"]
    stages = [one for one in run.of("stage") if one["stage"] == "submitted"]
    assert [(line.get("originator_node_id"), line.get("start_seq"), line.get("end_seq")) for line in submitted] == [
        (one["originator"], one["start"], one["end"]) for one in stages
    ]
    assert {line.get("signing_nodes") for line in submitted} == {4}


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0s"), (250, "250ms"), (1500, "1.5s"), (30_000, "30s"), (1_800_000, "30m0s"), (3_661_010, "1h1m1.01s")],
)
def test_durations_are_written_as_go_does(milliseconds: int, text: str) -> None:
    """The largest unit leads, and none below it is left out."""
    assert go_duration(milliseconds) == text
