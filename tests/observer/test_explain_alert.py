"""`observer explain RULE/NODE`: the life of an alert, and what came first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.observer.conftest import Observer, Recorded
from tests.observer.explained import told
from tests.observer.judged import CALM, rule_file

Explain = Callable[..., dict[str, Any]]


@pytest.fixture
def explain(observer: Observer, recorded: Recorded, tmp_path: Path) -> Explain:
    """The story of an alert on level 1, by the tests' rules."""
    rules = rule_file(tmp_path)

    def story(what: str, *arguments: str) -> dict[str, Any]:
        ran = observer("explain", recorded("level1", "log"), what, "--rules", rules, "--json", *arguments)
        assert ran.code == 0, ran.err
        return dict(ran.json)

    return story


def test_an_alert_begins_with_what_it_waits_for(explain: Explain) -> None:
    """The rule as it is written, how long, and each function in words."""
    first = explain("Peerless/node3")["steps"][0]
    assert first["kind"] == "rule"
    assert (first["facts"]["for_ns"], first["facts"]["severity"]) == (1_000_000_000, "critical")
    assert first["facts"]["expr"].replace("(", "").startswith("connectionsnode) == 0")
    assert "How many connections the node has open" in first["text"]
    assert "for 1s" in first["text"]


def test_its_transitions_are_steps_with_their_leaves_and_lines(explain: Explain) -> None:
    """What it had and needed at each, and the lines behind it as steps of their own, in their own place."""
    found = explain("Died/node3")
    firing, resolved = told(found, "firing", "resolved")
    leaves = "deserted(node3) is true, needs true; quiet_for(node3) is 2s, needs > 2s"
    assert firing == ("07:03:21.584", "node3", f"firing: node3 died; {leaves}")
    assert resolved[:2] == ("07:03:28.675", "node3")
    assert "quiet_for(node3) is 0s, needs > 2s" in resolved[2]
    lines = [(step["at"][11:23], step["node"]) for step in found["steps"] if step["kind"] == "line"]
    assert lines == [("07:03:19.584", "node3"), ("07:03:19.611", "node2"), ("07:03:19.612", "node1")]
    assert [step["sequence"] for step in found["steps"]] == sorted(step["sequence"] for step in found["steps"])


def test_what_came_first_is_told(explain: Explain) -> None:
    """Before the chains parted node3 had died, and lost its peers: of all nodes, as a fork is of the network."""
    found = explain("Parted/57")
    before = [text for _at, _node, text in told(found, "before")]
    assert before[0] == "before it: Died node3 (incident): node3 died"
    assert any(text.startswith("before it: Cut node3 (info)") for text in before)
    assert "first came, at 07:03:21.584, Died node3" in found["summary"]


def test_what_came_first_is_of_the_same_node(explain: Explain) -> None:
    """What happened to another node alone is not told before an alert of this one."""
    assert {step["node"] for step in explain("Silent/node2")["steps"] if step["kind"] == "before"} <= {None, "node2"}


def test_the_story_ends_with_where_it_stands(explain: Explain) -> None:
    """At the end, or at the time that is asked for."""
    found = explain("Silent/node2", "--at", "07:04:00")
    last = found["steps"][-1]
    assert (last["kind"], last["facts"]["state"]) == ("standing", "pending")
    assert "it fires in 1.6s if that lasts" in last["text"]
    assert found["summary"].endswith("at 07:04:00.000 it is pending")
    assert explain("Died/node3")["steps"][-1]["facts"]["state"] == "inactive"


def test_a_rule_is_all_of_its_alerts(explain: Explain) -> None:
    """`Cut`, `alerts/Cut`: every node's; and each ends with where it stands."""
    found = explain("alerts/Cut")
    assert (found["what"], found["kind"]) == ("alerts/Cut", "alert")
    assert found["steps"] == explain("Cut")["steps"]
    assert [step["node"] for step in found["steps"] if step["kind"] == "standing"] == ["node1", "node2", "node3"]


def test_an_alert_that_never_came_up_has_a_life(explain: Explain) -> None:
    """That it was looked at and never true is an answer."""
    found = explain("Died/node1")
    assert found["summary"].startswith("fired 0 times")
    assert {step["kind"] for step in found["steps"]} <= {"rule", "blind", "unblind", "standing"}


def test_an_alert_that_saw_nothing_is_unknown(recorded: Recorded, tmp_path: Path, refused: Callable[..., str]) -> None:
    """R23: nothing that observed nothing is told as quiet."""
    rules = rule_file(tmp_path)
    said = refused(3, "explain", recorded("level0", "log"), "Parted", "--rules", rules)
    assert "alerts/Parted: could not be judged up to" in said


@pytest.mark.parametrize(
    ("what", "hint"),
    [
        ("Dyed", "did you mean Died"),
        ("alerts/Dyed", "did you mean Died"),
        ("Died/node9", "there is node1, node2, node3"),
        ("Parted/9", "Parted knows no fork 9; there is 142, 57"),
    ],
)
def test_a_name_that_is_not_known_is_refused(
    recorded: Recorded, tmp_path: Path, refused: Callable[..., str], what: str, hint: str
) -> None:
    """With the nearest known one."""
    said = refused(2, "explain", recorded("level1", "log"), what, "--rules", rule_file(tmp_path))
    assert hint in said


def test_a_rule_of_the_whole_network(observer: Observer, recorded: Recorded, tmp_path: Path) -> None:
    """A rule that is bound to nothing has one alert."""
    text = CALM + (
        "      - alert: Apart\n        expr: not tips_agree()\n        annotations: {summary: the tips differ}\n"
    )
    rules = rule_file(tmp_path, text)
    found = observer("explain", recorded("level1", "log"), "Apart", "--rules", rules, "--limit", "50").text
    assert "waits for `not tips_agree()` to be true" in found
    assert "the tips differ" in found
