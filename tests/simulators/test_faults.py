"""What each fault leaves in the logs, and what it leaves out."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.simulators.conftest import Faulty
from tests.simulators.runs import Line, Run

NODES = (100, 200, 300, 400)
SPAN = "50m..110m"
BEGIN, END = "07:50", "08:50"
VALID, INVALID = "report is valid, submitting attestation", "report is invalid, not attesting"


def made_during(run: Run, since: str = BEGIN, until: str = END) -> list[list[dict[str, Any]]]:
    """The courses of the reports that were made under a fault."""
    return [course for course in run.courses().values() if since <= course[0]["at"][11:] < until]


def at_the_end(course: list[dict[str, Any]]) -> dict[str, Any]:
    """What was so of a report when the fault ended."""
    return [one for one in course if one["at"][11:] < END][-1]


def settled_after(run: Run) -> bool:
    """Whether every report that was made after the fault, and had its time, is settled."""
    found = made_during(run, "08:51", "09:49")
    return bool(found) and all(course[-1]["stage"] == "settled" for course in found)


def during(lines: list[Line]) -> list[Line]:
    """The lines written under the fault."""
    return [line for line in lines if BEGIN <= line.at[11:] < END]


def test_node_down(faulty: Faulty) -> None:
    """The process says that it stops and starts again; its peers try it in vain; the others still settle."""
    run = faulty(f"node-down@{SPAN}:300")
    assert [line.get("signal") for line in run.said("received OS signal, shutting down", node=300)] == ["terminated"]
    assert [line.at[11:16] for line in run.said("started api server", node=300)] == ["07:00", END]
    silence = [line for line in run.written(300) if "07:50:01" < line.at[11:] < END]
    assert silence == []
    assert {line.node for line in during(run.said("failed to batch subscribe to node"))} == {100, 200, 400}
    assert len(run.said("stream closed with EOF")) == 3
    assert all(len(course[-1]["attested"]) == 3 for course in made_during(run, until="08:45"))
    assert all(course[-1]["stage"] == "settled" for course in made_during(run, until="08:45"))
    down = [one for one in run.of("clock") if one["node"] == 300 and BEGIN < one["at"][11:16] < END]
    assert len({str(one["clock"]) for one in down}) == 1
    assert not any(one["up"] for one in down)


def test_node_killed(faulty: Faulty) -> None:
    """A killed process says nothing, and its peers see an error instead of an end."""
    run = faulty(f"node-down@{SPAN}:300", said=("stop_by=kill",))
    assert run.said("received OS signal, shutting down") == []
    assert len(run.said("stream closed with error")) == 3


@pytest.mark.parametrize("how", ["down", "refusing", "silent"])
def test_quorum_loss(faulty: Faulty, how: str) -> None:
    """Reports are attested by too few, never submitted, and no line says so."""
    run = faulty(f"quorum-loss@{SPAN}", said=(f"quorum_loss_by={how}",))
    found = [at_the_end(course) for course in made_during(run, until="08:46")]
    assert found
    for one in found:
        assert one["attested"] == [100, 200]
        assert one["quorum"] == 3
        assert one["stage"] in ("attested", "rejected")
    assert run.said("submitting report", since="07:53", until=END) == []
    assert not any("quorum" in raw.lower() for _, raw in run.raw)
    refusals = {line.node for line in run.said(INVALID)}
    assert refusals == ({300, 400} if how == "refusing" else set())
    assert settled_after(run)


def test_decanonicalised(faulty: Faulty) -> None:
    """Attestation goes on, no registry line tells, and every submission reverts."""
    run = faulty(f"decanonicalised@{SPAN}:200,300,400")
    assert {line.node for line in during(run.said(VALID))} == set(NODES)
    assert run.said("processing changed node") == []
    failed = during(run.said("failed to submit report"))
    assert {line.get("error") for line in failed} == {"execution reverted"}
    assert {line.node for line in failed} == set(NODES)
    assert during(run.said("report submitted", since="07:53")) == []
    assert settled_after(run)


def test_merkle_split(faulty: Faulty) -> None:
    """Each side refuses the other's reports for their root, and neither has a quorum."""
    run = faulty(f"merkle-split@{SPAN}")
    for course in made_during(run):
        sides = {tuple(course[-1]["attested"]), tuple(course[-1]["refused"])}
        assert sides == {(100, 200), (300, 400)}
        assert course[-1]["stage"] != "settled"
    assert {line.get("reason") for line in run.said(INVALID)} == {"merkle root mismatch"}
    assert {line.node for line in during(run.said("fee calculation mismatch"))} == set(NODES)
    assert settled_after(run)


def test_conflict_loop(faulty: Faulty) -> None:
    """Reports on one originator start at the same place, are refused by all but their maker, and expire (#1810)."""
    run = faulty(f"conflict-loop@{SPAN}:200")
    looped = [course[-1] for course in made_during(run) if course[0]["originator"] == 200]
    assert len({one["report"] for one in looped}) == len(looped) == 4
    assert len({one["start"] for one in looped}) == 1
    assert all(len(one["attested"]) == 1 and len(one["refused"]) == 3 for one in looped)
    assert all(one["stage"] == "rejected" for one in looped)
    expired = {line.get("report_id") for line in run.said("expiring old report")}
    assert {one["report"] for one in looped} & expired
    others = [course[-1]["stage"] for course in made_during(run) if course[0]["originator"] != 200]
    assert set(others) == {"settled"}
    assert settled_after(run)


def test_conflict_loop_blocks_where_rejected_reports_count(faulty: Faulty) -> None:
    """Before #1810 was mended, refused reports kept the next one from being made until they expired."""
    said = ("ignore_rejected=false", "expire_others=90m", "expire_self=90m")
    run = faulty(f"conflict-loop@{SPAN}:200", said=said)
    blocked = run.said("skipping report generation for node because there are existing valid reports pending")
    assert {line.get("originator_id") for line in blocked} == {200}
    assert len({line.get("last_sequence_id") for line in blocked}) == 1


@pytest.mark.parametrize(("kind", "message"), [("submit-failing", "submit"), ("settle-failing", "settle")])
def test_failing_transactions(faulty: Faulty, kind: str, message: str) -> None:
    """The error names the report; nothing gets any further on any node until it is over."""
    run = faulty(f"{kind}@{SPAN}")
    failed = run.said(f"failed to {message} report")
    assert failed == during(failed)
    assert {line.node for line in failed} == set(NODES)
    stage = {"submit": ("attested", "rejected"), "settle": ("submitted",)}[message]
    for course in made_during(run, until="08:30"):
        assert at_the_end(course)["stage"] in stage
    assert settled_after(run)


def test_settling_can_fail_in_a_fishy_way(faulty: Faulty) -> None:
    """The other way to fail warns first that nothing is left to settle."""
    run = faulty(f"settle-failing@{SPAN}", said=("settle_failure=fishy",))
    fishy = run.said("something is fishy, no items left to settle but report is not settled")
    assert len(fishy) == len(run.said("failed to settle report")) > 0


def test_silent_worker(faulty: Faulty) -> None:
    """The hourly workers of a node write nothing at their minutes; its attestation goes on."""
    run = faulty(f"silent-worker@{SPAN}")
    for message in ("getting nodes from registry", "fetching reports to submit", "fetching reports to settle"):
        assert [line.at[11:13] for line in run.said(message, node=400)] == ["07", "09"]
    assert during(run.said(VALID, node=400))
    assert not [line for line in during(run.said("generated report")) if line.node == 400]


def test_silent_attestation(faulty: Faulty) -> None:
    """Which workers are silent is a setting."""
    run = faulty(f"silent-worker@{SPAN}", said=("silent_workers=[attestation]",))
    assert during(run.said("fetching reports needing attestation", node=400)) == []
    assert all(400 not in course[-1]["attested"] for course in made_during(run, until="08:40"))


def test_frozen_cursor(faulty: Faulty) -> None:
    """The served cursor stands still while the database goes on; nothing is logged until the process restarts."""
    run = faulty(f"frozen-cursor@{SPAN}")
    clocks = [one for one in run.of("clock") if one["node"] == 400 and BEGIN < one["at"][11:16] < END]
    assert len({str(one["cursor"]) for one in clocks}) == 1
    assert len({str(one["clock"]) for one in clocks}) == len(clocks)
    assert all("cursor updater" not in raw for _, raw in run.raw)
    assert [line.at[11:16] for line in run.said("started api server", node=400)] == ["07:00", END]
    after = [one for one in run.of("clock") if one["at"][11:16] > END]
    assert all(one["cursor"] == one["clock"] for one in after)
    watched = [line for line in run.watched("network-watcher") if line.message == "initial cursor"]
    shown = [line.get("cursor") for line in watched if line.get("node_id") == 400 and BEGIN <= line.at[11:] < END]
    assert shown == [clocks[0]["cursor"]] * 2


def seen(run: Run, reader: int, of: int) -> int:
    """How many clocks of the originator a node saw under the fault."""
    clocks = [one["clock"] for one in run.of("clock") if one["node"] == reader and "07:51" < one["at"][11:16] < END]
    return len({clock[str(of)] for clock in clocks})


def test_partition_both_ways(faulty: Faulty) -> None:
    """Neither side sees the other's envelopes; streams break with an error and are tried again until it heals."""
    run = faulty(f"partition@{SPAN}")
    assert seen(run, 400, 100) == seen(run, 100, 400) == 1
    assert seen(run, 100, 200) > 30
    assert len(run.said("stream closed with error")) == 6
    last = [one for one in run.of("clock") if one["at"][11:16] == "09:30"]
    assert len({one["clock"]["400"] // 100 for one in last}) == 1


@pytest.mark.parametrize(("direction", "blind"), [("*>400", 100), ("400>*", 400)])
def test_partition_one_way(faulty: Faulty, direction: str, blind: int) -> None:
    """A direction cuts the streams that one side reads, and leaves those of the other."""
    run = faulty(f"partition@{SPAN}:{direction}")
    other = 400 if blind == 100 else 100
    assert seen(run, blind, other) == 1
    assert seen(run, other, blind) > 30


def test_latency(faulty: Faulty) -> None:
    """Envelopes come later; where they come later than the next tick, the worker says that it waits for them."""
    run = faulty(f"latency@{SPAN}:100>400", said=("latency=3m",))
    waiting = run.said("skipping attestation for report, node has not processed all messages from originator")
    assert {(line.node, line.get("originator_id")) for line in waiting} == {(100, 400)}
    assert all(line.get("last_sequence_id_seen") < line.get("last_sequence_id") for line in waiting)
    assert run.said("stream closed with error") == []
    assert all(course[-1]["stage"] == "settled" for course in made_during(run))


def test_reorg(faulty: Faulty) -> None:
    """Blocks are rolled back and events come again: settled reports become submitted, and settled once more."""
    run = faulty(f"reorg@{SPAN}")
    assert {line.node for line in run.said("reorg detected, rolled back to block")} == set(NODES)
    assert run.said("handling reorged event")
    back = 0
    for report, node in {(one["report"], one["node"]) for one in run.of("status")}:
        found = [one["submission"] for one in run.of("status") if (one["report"], one["node"]) == (report, node)]
        back += "settled, submitted" in ", ".join(found)
        assert found[-1] == "settled"
    assert back == 4 * len(made_during(run, since="07:47", until="08:40"))


def test_db_outage(faulty: Faulty) -> None:
    """Every part that needs the database says so; envelopes and events wait, and come in order afterwards."""
    run = faulty(f"db-outage@{SPAN}")
    for message in (
        "attesting reports",
        "error storing envelope",
        "Unexpected runtime error. Retry might be indefinite.",
        "error storing log",
        "failed to process batch",
        "error querying for database subscription",
        "generating reports",
    ):
        lines = run.said(message)
        assert lines
        assert {line.node for line in lines} == {400}
        assert during(lines) == lines
    last = [one["clock"] for one in run.of("clock") if one["at"][11:16] == "09:30"]
    assert all(one["100"] - clock["100"] < 100 for one in last for clock in last)
    assert run.said("received out-of-order envelope") == []
    assert settled_after(run)


def test_lines_that_come_before_the_fact(faulty: Faulty) -> None:
    """A report is called submitted, or settled, also where the database could not be told; the indexer tells it."""
    run = faulty(
        "db-outage@7m3s..8m:300", "db-outage@28m3s..29m:400", "db-outage@1h..61m:100", "node-down@59m..3630s:100"
    )
    for message, warning, status, node in (
        ("report submitted", "failed to set report submitted", "submitted", 300),
        ("report settled", "failed to set report settled", "settled", 400),
    ):
        failed = run.said(warning)
        assert failed
        for one in failed:
            report = one.get("report_id")
            assert report in {line.get("report_id") for line in run.said(message, node=node)}
            statuses = [record for record in run.of("status") if (record["report"], record["node"]) == (report, node)]
            assert [record["by"] for record in statuses if record["submission"] == status] == ["indexer"]


def test_a_node_does_not_start_without_its_database(faulty: Faulty) -> None:
    """It ends itself with a fatal line, is started again, and serves once the database is back."""
    run = faulty(
        "db-outage@7m3s..8m:300", "db-outage@28m3s..29m:400", "db-outage@1h..61m:100", "node-down@59m..3630s:100"
    )
    fatal = run.said("initializing writer database")
    assert len(fatal) == 3
    assert {(line.node, line.head["level"]) for line in fatal} == {(100, "FATAL")}
    assert [line.at[11:16] for line in run.said("started api server", node=100)] == ["07:00", "08:01"]


def test_log_loss(faulty: Faulty) -> None:
    """The node writes nothing, and the network is as it would have been."""
    run, calm = faulty(f"log-loss@{SPAN}"), faulty()
    assert not [line for line in run.written(400) if BEGIN <= line.at[11:] < END]
    assert run.of("stage") == calm.of("stage")
    assert run.text(100) == calm.text(100)
    assert len(run.text(400)) < len(calm.text(400))


def test_clock_skew(faulty: Faulty) -> None:
    """Times are ahead under the fault, so that they step back after it; what happens is the same."""
    run, calm = faulty(f"clock-skew@{SPAN}"), faulty()
    times = [line.at for line in run.written(400)]
    assert sum(after < one for one, after in pairwise(times)) == 1
    ticks = [line.at for line in run.said("fetching reports needing attestation", node=400)]
    assert ticks != [line.at for line in calm.said("fetching reports needing attestation", node=400)]
    assert run.of("stage") == calm.of("stage")
