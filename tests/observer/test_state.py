"""`observer state`: the snapshot at a time, at an entry, or a part of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from observer.exits import Failed
from observer.selecting import selected
from tests.observer.conftest import Observer, Recorded

# node3 adds block 1 of level1 here, to the millisecond.
MOMENTS = [
    "2026-11-21T07:03:36.173Z",
    "2026-11-21T07:03:36.173",
    "2026-11-21 07:03:36.173",
    "2026-11-21T08:03:36.173+01:00",
    "2026-11-21T07:03:36,173",
    "07:03:36.173",
    "1795244616.173",
    "1795244616173000000",
    "  07:03:36.173 ",
]


@pytest.mark.parametrize("written", MOMENTS)
def test_time_may_be_written_in_many_ways(observer: Observer, recorded: Recorded, written: str) -> None:
    """RFC 3339 with and without offset, time of day, seconds and nanoseconds are one moment."""
    found = observer("state", recorded("level1", "log"), "--at", written, "--json").json
    assert found["at"] == "2026-11-21T07:03:36.173Z"
    assert len(found["nodes"]["node2"]["reorgs"]) == 1


def test_entries_at_the_time_are_included(observer: Observer, recorded: Recorded) -> None:
    """`--at TIME` includes the entries at that time, and one nanosecond less excludes them."""
    rec = recorded("level1", "log")
    at = observer("events", rec, "--node", "node2", "--kind", "ReorgFinished", "--json").answers[0]["at"]
    assert at == "2026-11-21T07:03:36.173Z"
    outcome = "nodes.node2.reorgs.0.outcome"
    assert observer("state", rec, outcome, "--at", at).text == "success\n"
    assert observer("state", rec, outcome, "--at", "2026-11-21T07:03:36.172999999Z").text == "under way\n"


def test_times_from_the_start_and_from_the_end(observer: Observer, recorded: Recorded) -> None:
    """`+90s` counts from the first entry, `-30s` from the last."""
    rec = recorded("level1", "log")
    assert observer("state", rec, "at", "--at", "+1m30s").text == "2026-11-21T07:04:28.504Z\n"
    assert observer("state", rec, "at", "--at", "-30s").text == "2026-11-21T07:04:08.768Z\n"


def test_before_the_first_entry_nothing_is_known(observer: Observer, recorded: Recorded) -> None:
    """R15: every fact begins unknown; the nodes are there because they have a source."""
    found = observer("state", recorded("level1", "log"), "--at", "2026-11-21T07:00:00Z", "--json").json
    assert found["sequence"] == 0
    for node in found["nodes"].values():
        names = ("status", "height", "tip", "connections", "synced", "restarts", "last_line_at", "peers", "version")
        assert [node[name] for name in names] == [None] * len(names)
    assert found["agreement"]["agreed"] is None


def test_after_the_last_entry_it_is_as_at_the_end(observer: Observer, recorded: Recorded) -> None:
    """R25: the end of a recording is not time passing: facts stay, only the time asked for is another."""
    rec = recorded("level1", "log")
    end = observer("state", rec, "--json").json
    later = observer("state", rec, "--at", "2027-01-01", "--json").json
    assert later.pop("at") == "2027-01-01T00:00:00.000Z"
    assert end.pop("at") == "2026-11-21T07:04:38.768Z"
    assert later == end


@pytest.mark.parametrize("seq", [0, 1, 2, 5154, 12426, 10**9])
def test_sequence_and_time_of_an_entry_agree(observer: Observer, recorded: Recorded, seq: int) -> None:
    """`--seq N` is the snapshot just after entry N; beyond the last it is the last."""
    rec = recorded("level1", "log")
    found = observer("state", rec, "--seq", seq, "--json").json
    last = observer("state", rec, "sequence").json
    assert found["sequence"] == min(seq, last)
    lines = sum(source["lines"] for source in found["sources"])
    assert lines <= found["sequence"]
    if 0 < seq <= last:
        at_its_time = observer("state", rec, "--at", found["at"], "--json").json
        assert at_its_time["sequence"] >= seq


def test_every_sequence_of_a_reorganisation_tells_a_step(observer: Observer, recorded: Recorded) -> None:
    """Stepping entry by entry, node2's reorganisation begins, is under way and ends."""
    rec = recorded("level1", "log")
    started, finished = (
        observer("events", rec, "--node", "node2", "--kind", kind, "--json").answers[0]["sequence"]
        for kind in ("ReorgStarted", "ReorgFinished")
    )
    outcomes = {
        seq: [one["outcome"] for one in observer("state", rec, "nodes.node2.reorgs", "--seq", seq, "--json").json]
        for seq in (started - 1, started, finished - 1, finished)
    }
    assert list(outcomes.values()) == [[], ["under way"], ["under way"], ["success"]]


def test_parts_are_selected_by_name(observer: Observer, recorded: Recorded) -> None:
    """A scalar comes as it is, everything else as JSON; dots and slashes are the same."""
    rec = recorded("level1", "log")
    whole = observer("state", rec, "--json").json
    for path, value in (
        ("nodes.node3.height", whole["nodes"]["node3"]["height"]),
        ("nodes/node3/restarts", whole["nodes"]["node3"]["restarts"]),
        ("nodes.node1.reorgs.0.depth", 4),
        ("nodes.node1.synced", True),
        ("agreement.tips", whole["agreement"]["tips"]),
        ("sources", whole["sources"]),
    ):
        assert observer("state", rec, path).json == value
        assert observer("state", rec, path, "--json").json == value
    assert observer("state", rec, "digest").text == whole["digest"] + "\n"
    assert observer("state", rec, "digest", "--json").text == f'"{whole["digest"]}"\n'


NESTED = {"nodes": {"a.b": {"x": 1}, "c/d": {"x": 2}, "e.f/g": {"x": 3}, "a": {"b": 4}}, "list": [10, [20]]}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("nodes.a.b.x", 1),
        ("nodes.c/d.x", 2),
        ("nodes.e.f/g.x", 3),
        ("nodes.a", {"b": 4}),
        ("list.1.0", 20),
        ("", NESTED),
        (".", NESTED),
    ],
)
def test_names_with_dots_and_slashes_can_be_selected(path: str, value: Any) -> None:
    """Nodes are called node-1.example.com and run/node1: the longest name that fits is taken."""
    assert selected(NESTED, path) == value


@pytest.mark.parametrize("path", ["nodes.x", "nodes.a.b.y", "list.2", "list.-1", "list.²", "nodes.a.b.x.y"])
def test_what_is_not_there_is_named(path: str) -> None:
    """The part that is missing and what there is instead."""
    with pytest.raises(Failed, match=r"there is no .+ there; there is "):
        selected(NESTED, path)


def test_text_says_what_json_says(observer: Observer, recorded: Recorded) -> None:
    """The table has a row per node with the values of the answer, and what stands out below it."""
    rec = recorded("level1", "log")
    found = observer("state", rec, "--at", "07:03:33.140", "--json").json
    text = observer("state", rec, "--at", "07:03:33.140").text
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.startswith("node")}
    for name, node in found["nodes"].items():
        assert rows[name][1:5] == [node["status"], str(node["height"]), node["tip"][:12], str(node["connections"])]
        assert rows[name][5] == "yes"
        assert rows[name][6:] == [str(node["restarts"]), node["last_line_at"][11:23]]
    assert "node3: height fell from 26 to 0" in text
    assert "diverged from height 57 on" in text
    assert found["digest"] in text


def test_last_line_is_that_of_any_stream(observer: Observer, recorded: Recorded) -> None:
    """R14: the last line and the counts are exact per entry, whatever lines no parser wanted."""
    rec = recorded("level1", "log")
    for seq in (100, 5000, 9001):
        found = observer("state", rec, "--seq", seq, "--json").json
        journal = observer("lines", rec, "--seq", f":{seq}", "--json").answers
        for name, node in found["nodes"].items():
            mine = [one for one in journal if one["node"] == name]
            assert node["lines"] == len(mine)
            assert node["last_line_at"] == (mine[-1]["at"] if mine else None)


def test_same_moment_from_another_recording_of_the_same_logs(
    observer: Observer, recorded: Recorded, refused: Callable[..., str]
) -> None:
    """R17: the digest is over facts: the evidence beside them changes nothing at any moment."""
    for at in ("+10s", "+40s", "+70s"):
        one, other = (
            observer("state", recorded("level1", form), "digest", "--at", at).text for form in ("log", "both")
        )
        assert one == other
