"""Fields of `observer state`: every change with the entry that made it, and the value that `state` tells."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from observer.answers_shared import AgreementAnswer
from observer.answers_state import NodeAnswer
from observer.explaining.field import MOVING_OF_NODE, SLICES
from tests.observer.conftest import Observer, Recorded
from tests.observer.explained import told
from tests.observer.monerod import block, started

FIELDS = [name for name in NodeAnswer.model_fields if name not in MOVING_OF_NODE]


def test_ban_and_its_end(observer: Observer, recorded: Recorded) -> None:
    """node3 banned its host at 07:04:16.637 for 15 s."""
    answer = observer("explain", recorded("level1", "log"), "nodes/node3/blocked", "--json").json
    assert told(answer) == [("07:04:16.636", "node3", "+ 127.0.0.1"), ("07:04:31.712", "node3", "- 127.0.0.1")]
    assert [step["facts"] for step in answer["steps"]] == [
        {"old": [], "new": ["127.0.0.1"]},
        {"old": ["127.0.0.1"], "new": []},
    ]


@pytest.mark.parametrize("name", ["nodes/node3/restarts", "nodes.node3.restarts", "nodes/node3.restarts/"])
def test_a_path_is_written_as_state_takes_it(observer: Observer, recorded: Recorded, name: str) -> None:
    """Dots or slashes; node3 was started twice."""
    answer = observer("explain", recorded("level1", "log"), name, "--json").json
    assert answer["what"] == "nodes/node3/restarts"
    assert told(answer) == [("07:03:02.515", "node3", "null -> 0"), ("07:03:28.675", "node3", "0 -> 1")]


def test_height_moves_as_the_driver_saw(observer: Observer, recorded: Recorded) -> None:
    """Every change begins where the one before ended; the fall after the kill passes through the unknown."""
    answer = observer("explain", recorded("level1", "log"), "nodes/node3/height", "--json").json
    facts = [(step["facts"]["old"], step["facts"]["new"]) for step in answer["steps"]]
    assert facts[0] == (None, 0)
    assert facts[-1] == (146, 147)
    assert (26, None) in facts
    assert all(one[1] == other[0] for one, other in pairwise(facts))


def test_inside_a_field(observer: Observer, recorded: Recorded) -> None:
    """A path may go on into maps and lists."""
    answer = observer("explain", recorded("level1", "log"), "nodes/node3/reorgs/0/depth", "--json").json
    assert [step["facts"] for step in answer["steps"]] == [{"old": None, "new": 2}]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("level", ["level1", "level0"])
def test_story_ends_with_the_value_that_state_tells(
    observer: Observer, recorded: Recorded, level: str, field: str
) -> None:
    """Reading only what a field is read from gives what the whole answer gives, for every field and at any time."""
    rec = recorded(level, "log")
    for at in ("-0s", "-60s"):
        ran = observer("explain", rec, f"nodes/node3/{field}", "--json", "--at", at)
        now = observer("state", rec, f"nodes/node3/{field}", "--json", "--at", at).json
        if ran.code == 0:
            assert ran.json["steps"][-1]["facts"]["new"] == now
        else:
            assert ran.code == 3
            assert now in (None, [], {}, 0)


@pytest.mark.parametrize("field", [*AgreementAnswer.model_fields, ""])
@pytest.mark.parametrize("at", ["07:03:34", "07:03:50", "-0s"])
def test_agreement_ends_with_the_value_that_state_tells(
    observer: Observer, recorded: Recorded, field: str, at: str
) -> None:
    """The same of the agreement of all nodes, in the fork, in the freeze and at the end."""
    path, rec = f"agreement/{field}".rstrip("/"), recorded("level1", "log")
    answer = observer("explain", rec, path, "--at", at, "--json").json
    assert answer["what"] == path
    assert answer["steps"][-1]["facts"]["new"] == observer("state", rec, path, "--at", at, "--json").json


@pytest.mark.parametrize("field", FIELDS)
def test_reading_less_leaves_no_change_out(
    observer: Observer, recorded: Recorded, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    """Every change, not only the last, is the one that reading the whole node at every entry of its own tells."""
    asked = ("explain", recorded("level1", "log"), f"nodes/node3/{field}", "--json", "--at", "07:03:37")
    found = observer(*asked)
    monkeypatch.setattr("observer.explaining.field.SLICES", {})
    assert observer(*asked) == found


def test_slices_are_named_of_fields_that_exist() -> None:
    """A field that was renamed does not linger in the table."""
    assert set(SLICES) <= set(FIELDS)


def test_expected_node_without_a_log_counts_in_agreement(observer: Observer, tmp_path: Path) -> None:
    """R24: a node of the inventory that has said nothing is unknown, in the story as in the state."""
    (tmp_path / "node1.log").write_bytes(started(0) + block(100, 0))
    (tmp_path / "network.yaml").write_text("nodes:\n  node1:\n  node2:\n")
    made = tmp_path / "made.rec"
    observer("import", tmp_path / "node1.log", "-o", made, "-q", "--inventory", tmp_path / "network.yaml")
    answer = observer("explain", made, "agreement/unknown", "--json").json
    assert answer["steps"][-1]["facts"]["new"] == ["node2"]
    assert answer["steps"][-1]["facts"]["new"] == observer("state", made, "agreement/unknown").json
