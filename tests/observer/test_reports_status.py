"""`observer status` of a network of xmtpd: its nodes, and its payer reports as they really stood."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from observer.inventory import Inventory
from observer.rulefiles.reading import builtin_rules
from observer.standing.show import show_status
from observer.standing.status import status
from tests.observer.simulated import NODES, RUNS, Simulated, Truth, opened

TIMES = ("07:50:00", "08:20:00", "09:20:00")
Reports = dict[str, Truth]


@pytest.fixture(scope="module")
def standing(simulated: Simulated) -> Any:
    """The answer about a run, by no rules: what is told of reports does not depend on them."""
    known: dict[tuple[Any, ...], Any] = {}

    def of(name: str, at: str, nodes: tuple[int, ...] = NODES, *, watched: bool = True) -> Any:
        key = (name, at, nodes, watched)
        if key not in known:
            with opened(simulated.recording(name, nodes, watched=watched)) as recording:
                known[key] = status(recording, [(0, [])], at=at)
        return known[key]

    return of


def screen(found: Any, width: int = 120) -> str:
    """What stands on a terminal."""
    out = StringIO()
    show_status(found, Console(file=out, width=width, height=60, highlight=False, emoji=False, soft_wrap=True))
    return out.getvalue()


def of_originator(truth: Reports, number: int) -> list[Truth]:
    """The reports of one."""
    return [one for one in truth.values() if one.originator == number]


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("at", TIMES)
def test_reports_stand_as_they_really_did(simulated: Simulated, standing: Any, name: str, at: str) -> None:
    """Through where each originator is settled, what is open, who attested and who refused is what the simulator knew.
    That a report was given up is told at DEBUG only: such a place stays open.
    """
    truth = simulated.truth(name, at)
    found = standing(name, at)
    assert [one.originator for one in sorted(found.originators, key=lambda one: one.originator)] == list(NODES)
    for one in found.originators:
        mine = of_originator(truth, one.originator)
        settled = max([each.end for each in mine if each.stage == "settled"], default=None)
        assert one.settled_through == settled
        given_up = {each.start for each in mine if each.why == "given up by all"}
        open_ = {each.start for each in mine if each.stage in ("created", "attested", "submitted")}
        told = {each.start for each in one.open}
        assert open_ <= told <= open_ | given_up
        for each in one.open:
            known = truth[each.report]
            assert [f"node-{node}" for node in sorted(known.attested)] == each.attested
            assert {f"node-{node}" for node in known.refused} == {refused.node for refused in each.refused}
            assert (each.active, each.quorum, each.at_least) == (4, 3, False)


def test_a_healthy_network_has_one_line_for_each_originator(standing: Any) -> None:
    """Where everything is settled there is nothing to read but through where."""
    found = standing("healthy", "07:59:00")
    assert not any(one.open for one in found.originators)
    lines = [line for line in screen(found).splitlines() if line.startswith("originator ")]
    assert len(lines) == 4
    assert all(": settled through " in line and "last sequence known" in line for line in lines)


def test_columns_of_a_chain_are_left_out(standing: Any) -> None:
    """Whom a node reads from is told instead; watchers are none of the nodes."""
    found = standing("down", "08:20:00")
    shown = screen(found)
    header = next(line for line in shown.splitlines() if line.startswith("node "))
    assert header.split() == ["node", "id", "status", "reads", "from", "clock", "of", "last", "line", "odd"]
    assert "tips:" not in shown
    assert set(found.nodes) == {f"node-{node}" for node in NODES}
    assert set(found.watchers) == {"chain-watcher", "network-watcher"}
    assert found.watchers["network-watcher"].unreachable == ["node-200", "node-300"]
    assert found.nodes["node-100"].unreachable == ["node-200", "node-300"]
    assert (found.nodes["node-100"].reads_from, found.nodes["node-100"].peers) == (1, 3)
    assert found.nodes["node-200"].status == "stopped"


def test_nodes_that_are_down_are_missing_and_why(standing: Any) -> None:
    """The sentence says who is missing, that they were stopped in order, and when."""
    found = standing("down", "08:25:00")
    texts = [each.text for one in found.originators for each in one.open]
    assert texts
    for text in texts:
        assert text.count("node-200 (stopped in order 08:05:00), node-300 (stopped in order 08:05:00)") == 1
        assert "; last settled: through " in text
        assert ", quorum 3, since 08:02:00 (2" in text


def test_refusals_are_told_with_their_reason(standing: Any) -> None:
    """Where half of the nodes refuse there can be no quorum, and nobody is missing."""
    found = standing("refusing", "09:20:00")
    each = next(each for one in found.originators for each in one.open)
    assert each.lost
    assert not each.missing
    assert "there can be no quorum, as 2 refused it" in each.text
    assert "refused: node-200 (merkle root mismatch), node-300 (merkle root mismatch)" in each.text


def test_silent_workers_are_heard_without_a_word(standing: Any) -> None:
    """Their nodes live and write: they are not called down."""
    found = standing("silent", "09:20:00")
    each = next(each for one in found.originators for each in one.open)
    assert [(one.node, one.doing) for one in each.missing] == [("node-200", "no word"), ("node-300", "no word")]
    assert all(one.text.startswith("heard, no word of it yet") for one in each.missing)
    assert all("its attestation worker last wrote 08:0" in one.text for one in each.missing)


@pytest.mark.parametrize(
    ("name", "said"), [("submit-failing", "cannot be submitted: "), ("settle-failing", "cannot be settled: ")]
)
def test_failures_are_told_with_error_and_node(standing: Any, name: str, said: str) -> None:
    """What fails, how often, by whom, and when last."""
    found = standing(name, "09:20:00")
    each = next(each for one in found.originators for each in one.open)
    failing = each.submitting if name == "submit-failing" else each.settling
    assert {one.node for one in failing} == {f"node-{node}" for node in NODES}
    assert (
        f"{said}{failing[0].node} {failing[0].count} x {failing[0].text}, last {failing[0].last_at[11:19]}" in each.text
    )


def test_what_is_on_the_chain_and_not_settled_says_since_when(standing: Any) -> None:
    """The stage is that of the chain, and no longer who attested."""
    each = next(each for one in standing("settle-failing", "09:20:00").originators for each in one.open)
    assert each.stage == "submitted"
    assert ": on the chain since 08:0" in each.text
    assert "attested" not in each.text


@pytest.mark.parametrize("name", ["down", "refusing", "silent", "healthy"])
def test_without_the_logs_of_nodes_nothing_is_said_of_them(standing: Any, name: str) -> None:
    """Nodes that are not heard may have attested: "at least", unknown, and never stuck nor fine."""
    found = standing(name, "09:20:00", (100, 400), watched=False)
    pending = [each for one in found.originators for each in one.open if each.stage in ("created", "attested")]
    assert pending
    for each in pending:
        assert each.at_least
        assert {one.doing for one in each.missing} <= {"not heard"}
        if each.followed_at is None and len(each.attested) < 3:
            assert "attested by at least 2 of 4 (assumed: the nodes seen), quorum 3" in each.text
            assert "whether it has its quorum is unknown" in each.text
            assert "200 (not heard: no log of it" in each.text
        assert not each.lost
        assert "stuck" not in each.text
    assert "OPEN" not in screen(found)
    assert "UNKNOWN originator" in screen(found)


def test_a_pending_report_is_overdue_and_not_rejected(simulated: Simulated) -> None:
    """Without a line of DEBUG nobody knows whether it was given up."""
    with opened(simulated.recording("refusing")) as recording:
        found = status(recording, [(0, [])], Inventory(parameters={"report_expiry": "30m"}), at="09:20:00")
    each = next(each for one in found.originators for each in one.open)
    assert each.overdue
    assert "; overdue, not rejected: expiry is logged at DEBUG only; " in each.text


def test_many_open_reports_are_summed_up(standing: Any) -> None:
    """Three sentences, some rows, and how many more."""
    found = standing("settle-failing", "09:20:00").model_copy(deep=True)
    found.originators = [
        one.model_copy(update={"originator": one.originator + step}) for step in range(50) for one in found.originators
    ]
    shown = screen(found)
    assert shown.count("OPEN originator") == 9
    assert "more open boundaries; --json lists all" in shown
    closed = standing("healthy", "07:59:00").model_copy(deep=True)
    closed.originators = closed.originators * 10
    assert "40 originators with nothing open: 40 settled; last settled between 07:5" in screen(closed)


@pytest.mark.parametrize("width", [80, 120])
def test_a_stuck_network_is_on_one_screen(simulated: Simulated, width: int) -> None:
    """With the rules that ship, no line is wider than the terminal."""
    with opened(simulated.recording("down")) as recording:
        found = status(recording, [(0, builtin_rules().rules)], at="09:20:00")
    shown = screen(found, width).splitlines()
    assert max(map(len, shown)) <= width
    assert len(shown) <= 60
