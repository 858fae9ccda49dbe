"""The rows of a screen: what stands on it, in which order, and what is counted where it does not fit."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from observer.screen.layout import rows
from observer.screen.row import cut, padded, text_of
from observer.screen.view import Said, View
from tests.observer.screen.views import CALM, NOON, REPLICATING, SECOND, TROUBLED, alert, node, shown


def test_the_answer_stands_first() -> None:
    """The first row says whether anything is wrong, the second what is looked at and how fast it comes."""
    assert shown(CALM, 120)[:2] == [
        "No alert fires, all 35 rules can be judged",
        "three-nodes 12:00:00 live; 3 sources attached; 120 lines/s, 3.2 events/s; 1,204,332 lines, 20,114 events",
    ]
    assert shown(TROUBLED, 88)[:2] == [
        "2 alerts firing, 1 pending, 1 incident open, 2 of 35 rules blind somewhere",
        "three-nodes 12:00:00 live; 3 sources: 1 attached, 1 lagging, 1 lost, 3,072 KiB behind; …",
    ]


def test_all_that_is_wrong_fits_a_small_terminal() -> None:
    """80 columns and 24 rows: sources, alerts with their sentence, nodes, tips, blindness, what happened."""
    assert shown(TROUBLED) == [
        "2 alerts firing, 1 pending, 1 incident open, 2 of 35 rules blind somewhere",
        "three-nodes 12:00:00 live; 3 sources: 1 attached, 1 lagging, 1 lost, 3,072 KiB …",
        "",
        "LAGGING source node2/log since 11:58:30 (1m30s), 3,072 KiB behind",
        "LOST source node3/log since 11:58:30 (1m30s)",
        "",
        "FIRING NodeDied node3 critical, 1m30s",
        "    node3 ended without a stop statement",
        "    explains NodeSilent node3",
        "PENDING HeightStuck node2 critical, 1m30s: node2 stands at 52",
        "INCIDENT NodeRestarted node1, 1m30s: node1 has restarted",
        "",
        "node  status height behind tip      conns last line odd",
        "node1 up         57      0 3f2a9c11     2        3s",
        "node2 up         52      5 3f2a9c11     2        3s catching up to 57",
        "node3 up         57      ? 3f2a9c11     2  11:59:57 NodeDied; log lost since 11…",
        "",
        "tips: node1 at 57 3f2a9c11ab02; node2, node3 at 52 77aa; 1 fork, from height 50…",
        "",
        "BLIND 2 rules: the log of node3 is lost (HeightStuck, NodeSilent)",
        "",
        "11:59:00 node2 lost its last connection",
        "11:58:30 FIRING NodeDied node3 (critical)",
    ]


def test_reports_stand_by_stage() -> None:
    """How many are at each stage, the oldest, how far it is and who is missing; nothing of heights and tips."""
    found = shown(REPLICATING, 120)
    assert "node     id  status  reads  clock age last line odd" not in found
    assert [one for one in found if one.startswith(("node", "watchers", "reports", "tips"))] == [
        "node      id status   reads clock age last line odd",
        "node-100 100 up      1 of 3       10m        3s",
        "node-200 200 stopped      ?         ?  11:59:57",
        "watchers: chain-watcher (ended) 3s ago",
        "reports attested: 4, the oldest 100:1055 for 38m, attested by 2 of 4, quorum 3; missing: node-200, node-300",
        "reports settled: of 4 originators; last 400 through 1025, 43m20s ago",
    ]


@pytest.mark.parametrize("view", [CALM, TROUBLED, REPLICATING, View(network="none", now=NOON)])
def test_no_size_is_exceeded(view: View) -> None:
    """From a few columns and rows to a wide screen, no row is longer and none is too many."""
    for width in (20, 40, 79, 80, 133, 300):
        for height in (4, 5, 8, 13, 24, 60):
            found = rows(view, width, height)
            assert len(found) <= height
            assert all(cell_len(text_of(one)) <= width for one in found)


@given(st.integers(0, 60), st.integers(0, 40), st.integers(5, 60))
def test_nodes_and_alerts_that_do_not_fit_are_counted(nodes: int, alerts: int, height: int) -> None:
    """Every node and every alert has a row, or is in the number of those that have none."""
    view = replace(
        CALM,
        nodes=tuple(node(f"node{number}") for number in range(1, nodes + 1)),
        alerts=tuple(alert("NodeDied", f"there{number}", sentence="It died") for number in range(alerts)),
        counts={"firing": alerts},
    )
    found = shown(view, 100, height)
    if height >= 24:
        told = sum(bool(re.match(r"node\d", one)) for one in found)
        left = [int(one[1]) for row in found if (one := re.match(r"… (\d+) more nodes?: (\d+) up", row))]
        assert told + sum(left) == nodes
        fires = sum(one.startswith("FIRING") for one in found)
        more = [int(one[1]) for row in found if (one := re.match(r"… (\d+) more firing", row))]
        assert fires + sum(more) == alerts


def test_of_many_nodes_those_with_something_odd_come_first() -> None:
    """An alert, then something odd, then by name, node2 before node10; those without a row are the ones that are well."""
    many = [node(f"node{number}") for number in range(1, 31)]
    many[9] = node("node10", odd=("silent 2m",))
    many[29] = node("node30", grave=True, odd=("NodeDied",))
    found = shown(replace(CALM, nodes=tuple(many)), 80, 16)
    names = [one.split()[0] for one in found if re.match(r"node\d", one)]
    assert names[:4] == ["node30", "node10", "node1", "node2"]
    assert [one for one in found if one.startswith("…")] == [f"… {30 - len(names)} more nodes: {30 - len(names)} up"]


def test_ages_are_as_of_now_once_caught_up() -> None:
    """While old logs are read their own time counts, or every node would look silent for days."""
    late = replace(CALM, now=NOON + 7200 * SECOND)
    assert next(one for one in shown(late) if one.startswith("node1")).split()[-1] == "2h"
    reading = replace(late, catching_up=True, at=NOON)
    assert next(one for one in shown(reading) if one.startswith("node1")).split()[-1] == "3s"
    assert shown(reading)[1].startswith("three-nodes 14:00:00, catching up: at 2026-11-24 12:00:00; ")


def test_nothing_seen_is_never_green() -> None:
    """R23: without a node, without a rule, or with a rule that cannot be judged, nothing is called clear."""
    for view in (
        View(network="none", now=NOON),
        replace(CALM, nodes=()),
        replace(CALM, rules=0),
        replace(CALM, unjudged=1),
    ):
        assert view.state == "unknown"
        assert rows(view, 80, 24)[0][0].style == "bold yellow"
    assert shown(View(network="none", now=NOON)) == [
        "Nothing is known yet",
        "none 12:00:00 waiting for the first line; no source yet; 0 lines/s, 0 events/s;…",
    ]
    assert CALM.state == "clear"
    assert replace(CALM, unjudged=1, counts={"firing": 1}).state == "firing"


def test_escapes_of_logs_do_not_reach_the_screen() -> None:
    """Names, sentences and reasons are as whoever writes logs wants them; they cannot steer the terminal."""
    evil = "\x1b[2J\x1b]0;title\x07no\rde\n\u202egone"
    view = replace(
        TROUBLED,
        network=evil,
        nodes=(node(evil, status=evil, tip=evil, odd=(evil,)),),
        watchers=(node(evil),),
        tips=(replace(TROUBLED.tips[0], tip=evil, nodes=(evil,)),),
        alerts=(alert(evil, evil, sentence=evil, severity=evil, explains=(evil,)),),
        blind=(replace(TROUBLED.blind[0], reason=evil, rules=(evil,)),),
        sources=(replace(TROUBLED.sources[1], node=evil, stream=evil),),
        recent=(Said(NOON, "node", evil),),
        unknown=(evil,),
    )
    for screen in (view, replace(view, replicates=True, stages=(replace(REPLICATING.stages[0], missing=(evil,)),))):
        text = "".join(shown(screen, 200, 50))
        assert "gone" in text
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", text)


def test_wide_characters_are_counted_as_the_terminal_counts_them() -> None:
    """A name of two-column characters neither pushes a column nor is cut in the middle of one."""
    assert padded("節点", 6) == "節点  "
    assert cut("節点節点", 6) == "節点…"
    assert cell_len(cut("節点節点", 6)) <= 6
    assert cut("node", 0) == ""
    found = shown(replace(CALM, nodes=(node("節点"), node("node2"))))
    starts = [cell_len(one[: one.index("up")]) for one in found if " up " in one]
    assert len(set(starts)) == 1
