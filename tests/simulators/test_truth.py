"""The truth: it agrees with itself, and a healthy network settles what it makes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from observer.simulators.xmtpd.faults import KINDS
from tests.simulators.conftest import Faulty
from tests.simulators.runs import Run

RANK = {"created": 0, "attested": 1, "submitted": 2, "settled": 3, "rejected": 3}
CHAINED = ("submitted", "settled")


@pytest.fixture(params=["healthy", *KINDS])
def run(request: pytest.FixtureRequest, healthy: Run, faulty: Faulty) -> Run:
    """Every kind of run."""
    return healthy if request.param == "healthy" else faulty(f"{request.param}@50m..110m")


def test_stages_never_go_back(run: Run) -> None:
    """A report begins as created; its stages only rise; who attested is only added to."""
    for course in run.courses().values():
        ranks = [RANK[one["stage"]] for one in course]
        assert course[0]["stage"] == "created"
        assert ranks == sorted(ranks)
        for one, after in pairwise(course):
            assert set(one["attested"]) <= set(after["attested"])
            assert not ({"settled", "rejected"} & {one["stage"]}) or one["stage"] == after["stage"]


def test_only_what_enough_attested_is_submitted(run: Run) -> None:
    """At its submission, a report has the attestations of a quorum of registered nodes, each of them known."""
    verdicts = {(one["report"], one["node"]): one["valid"] for one in run.of("judgement")}
    for course in run.courses().values():
        for one in course:
            assert one["quorum"] == one["of"] // 2 + 1
            assert one["of"] == len(run.nodes)
            if one["stage"] in CHAINED:
                assert len(one["attested"]) >= one["quorum"]
                assert all(verdicts[one["report"], node] for node in one["attested"])


def test_a_node_judges_a_report_once(run: Run) -> None:
    """No node judges a report twice, and only approval stands among the attested."""
    judged = [(one["report"], one["node"]) for one in run.of("judgement")]
    assert len(judged) == len(set(judged))
    for report, course in run.courses().items():
        said = {one["node"]: one["valid"] for one in run.of("judgement") if one["report"] == report}
        final = course[-1]
        if final["stage"] != "rejected":
            assert {node for node, valid in said.items() if valid} == set(final["attested"])
            assert {node for node, valid in said.items() if not valid} == set(final["refused"])


def chained(run: Run) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """For each originator, its reports on the chain, in order."""
    accepted = [course for course in run.courses().values() if course[-1]["stage"] in CHAINED]
    accepted.sort(key=lambda course: str(next(one["at"] for one in course if one["stage"] == "submitted")))
    for originator in run.nodes:
        yield originator, [course[-1] for course in accepted if course[-1]["originator"] == originator]


def test_ranges_chain(run: Run) -> None:
    """On the chain, each report of an originator starts where the one before it ended, the first at 0."""
    for _, found in chained(run):
        ends = [one["end"] for one in found]
        assert [one["start"] for one in found] == [0, *ends[:-1]]
        assert all(one["start"] < one["end"] for one in found)


def test_clocks_only_rise_and_never_pass_their_originator(run: Run) -> None:
    """No clock goes back, and no node has seen of another what that one has not published."""
    last: dict[int, dict[str, int]] = {}
    own: dict[tuple[str, str], int] = {
        (one["at"], str(one["node"])): one["clock"].get(str(one["node"]), 0) for one in run.of("clock")
    }
    for one in run.of("clock"):
        for originator, sequence in last.get(one["node"], {}).items():
            assert one["clock"][originator] >= sequence
        last[one["node"]] = one["clock"]
        for originator, sequence in one["clock"].items():
            assert sequence <= own.get((one["at"], originator), sequence)


def test_records_are_in_order_of_time(run: Run) -> None:
    """The truth begins with the run and never goes back."""
    times = [one["at"] for one in run.truth]
    assert times == sorted(times)
    assert run.truth[0]["kind"] == "run"


def test_faults_are_in_the_truth(run: Run) -> None:
    """Each fault begins and ends in the truth at the time that was asked for."""
    found = [(one["fault"], one["phase"], one["at"][11:16]) for one in run.of("fault")]
    wanted = [text.partition("@")[0] for text in run.truth[0]["faults"]]
    assert found == [(kind, *when) for kind in wanted for when in (("begins", "07:50"), ("ends", "08:50"))]


def test_a_healthy_network_settles_everything(healthy: Run) -> None:
    """In four hours each node makes a report on each originator once an hour, all attest, and all are settled."""
    courses = healthy.courses()
    assert len(courses) == 4 * 4 * 4
    for course in courses.values():
        assert [one["stage"] for one in course] == ["created", *["attested"] * 4, "submitted", "settled"]
        assert course[-1]["attested"] == list(healthy.nodes)
    statuses = {(one["node"], one["report"]): one["submission"] for one in healthy.of("status")}
    assert set(statuses.values()) == {"settled"}
    assert len(statuses) == 4 * len(courses)


def test_a_healthy_network_has_no_signature_of_a_fault(healthy: Run) -> None:
    """Nothing that a fault brings about stands in a healthy run, once it has started."""
    for message in (
        "report is invalid, not attesting",
        "attesting report",
        "failed to submit report",
        "failed to settle report",
        "report has invalid sequence IDs, submission rejected",
        "error storing envelope",
        "error storing log",
        "expiring old report",
        "stream closed with error",
        "stream closed with EOF",
        "fee calculation mismatch",
        "reorg detected, rolled back to block",
        "received OS signal, shutting down",
    ):
        assert healthy.said(message) == []
    assert [line for line in healthy.said("error connecting to node, retrying") if line.at[11:] > "07:01"] == []


def test_logs_and_truth_agree_on_judgements(run: Run) -> None:
    """Where no log is lost and no clock is wrong, each line of a judgement is one of the truth, and the reverse."""
    if "log-loss" in str(run.truth[0]["faults"]):
        return
    said = [(line.node, line.get("report_id"), True) for line in run.said("report is valid, submitting attestation")]
    said += [(line.node, line.get("report_id"), False) for line in run.said("report is invalid, not attesting")]
    assert sorted(said) == sorted((one["node"], one["report"], one["valid"]) for one in run.of("judgement"))


def test_clocks_in_lines_are_those_of_the_truth(healthy: Run) -> None:
    """A vector clock in a line lies between those of the minutes around it."""
    clocks = healthy.of("clock")
    for line in healthy.said("vector clock for sync subscription"):
        mine = [one for one in clocks if one["node"] == line.node]
        before = [one["clock"] for one in mine if one["at"] <= line.at][-1]
        after = next(one["clock"] for one in mine if one["at"] >= line.at)
        for originator, sequence in line.get("body").items():
            assert before.get(originator, 0) <= sequence <= after[originator]
