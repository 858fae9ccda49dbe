"""`observer bisect`: the first entry at which a formula turned, to the line."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

import jsonschema
import pytest

from observer.bisected.turns import bisect as bisected
from replay.recording import Recording
from tests.observer.conftest import Observer, Ran, Recorded
from tests.observer.waits import clock
from waits.library import min_height

Bisect: TypeAlias = Callable[..., Ran]


@pytest.fixture
def bisect(observer: Observer, recorded: Recorded) -> Bisect:
    """`observer bisect` on the run of level 1."""
    return lambda *arguments: observer("bisect", recorded("level1", "log"), *arguments)


def test_the_entry_at_which_it_turned(bisect: Bisect, observer: Observer, recorded: Recorded) -> None:
    """truth: `n3 caught up` at 07:03:31.651, at block 56; just before that entry the state did not show it."""
    found = bisect("min_height() >= 56", "--json")
    (turn,) = found.json["turns"]
    assert (found.code, turn["before"], turn["after"], turn["by"]) == (0, False, True, "line")
    assert (turn["line"]["node"], clock(turn["at"])) == ("node3", "07:03:31.345")
    assert "HEIGHT 56" in turn["line"]["line"]
    (leaf,) = turn["leaves"]
    assert (leaf["had"], leaf["has"], leaf["needs"]) == ("55", "56", ">= 56")
    heights = [
        observer("state", recorded("level1", "log"), "nodes.node3.height", "--seq", seq).json
        for seq in (turn["sequence"] - 1, turn["sequence"])
    ]
    assert heights == [55, 56]


def test_every_entry_of_the_run_agrees(bisect: Bisect, observer: Observer, recorded: Recorded) -> None:
    """Brute force over every block that node3 added: the first with that height is the one."""
    added = observer("events", recorded("level1", "log"), "--node", "node3", "--kind", "BlockAdded", "--json").answers
    for height in (1, 26, 57, 64, 143):
        first = next(one for one in added if one["facts"]["height"] >= height)
        assert bisect(f"height(node3) >= {height}", "--json").json["turns"][0]["sequence"] == first["sequence"]


def test_both_forks_and_what_lay_between(bisect: Bisect) -> None:
    """truth: forks at 07:03:32 to 07:03:36.611 and 07:04:35.3 to 07:04:36.295; unknown while node3 starts anew, and
    from `pop_blocks` at 07:04:34.793 until node2 has shown a block again.
    """
    turns = bisect("diverged()", "--all", "--json").json["turns"]
    words = {True: "true", False: "false", None: "unknown"}
    assert [f"{clock(turn['at'])} {words[turn['after']]}" for turn in turns] == [
        "07:03:02.586 false",
        "07:03:28.675 unknown",
        "07:03:28.739 false",
        "07:03:32.473 true",
        "07:03:36.067 false",
        "07:04:34.777 unknown",
        "07:04:35.003 false",
        "07:04:35.344 true",
        "07:04:35.817 false",
        "07:04:38.768 unknown",
    ]
    assert all(one["before"] is other["after"] for other, one in pairwise(turns))
    assert "node3" in turns[1]["leaves"][0]["detail"]


def test_turns_to_one_value_only(bisect: Bisect) -> None:
    """`--to` chooses, with and without `--all`."""
    assert [clock(one["at"]) for one in bisect("diverged()", "--all", "--to", "true", "--json").json["turns"]] == [
        "07:03:32.473",
        "07:04:35.344",
    ]
    assert clock(bisect("diverged()", "--to", "unknown", "--json").json["turns"][0]["at"]) == "07:03:28.675"
    assert clock(bisect("diverged()", "--to", "false", "--json").json["turns"][0]["at"]) == "07:03:02.586"


def test_a_turn_by_passing_time_has_no_entry(bisect: Bisect) -> None:
    """truth: node2 is stopped by SIGSTOP at 07:03:36.616, for 26 seconds; the default pace is 20."""
    found = bisect("silent(node2)", "--json")
    (turn,) = found.json["turns"]
    assert (turn["by"], clock(turn["at"])) == ("time", "07:03:56.614")
    assert turn["text"] == "no entry: it turned by itself, 20s after the last line of node2"
    assert (turn["line"]["node"], clock(turn["line"]["at"])) == ("node2", "07:03:36.614")
    again = bisect("silent(node2)", "--to", "false", "--all", "--json").json["turns"][-1]
    assert (again["by"], again["line"]["node"]) == ("line", "node2")
    assert "07:04:02.829" <= clock(again["at"]) < "07:04:03.169"


def test_a_window_ends_by_itself(bisect: Bisect) -> None:
    """Ten seconds after node1's reorganisation, `reached` at 07:03:36.611, none is within the last ten."""
    turns = bisect("increase(reorgs(node1), 10s) >= 1", "--all", "--json").json["turns"]
    assert [(one["by"], clock(one["at"])) for one in turns[-2:]] == [("line", "07:03:36.382"), ("time", "07:03:46.382")]


def test_a_mark_turns_it(bisect: Bisect) -> None:
    """Behind the end of a log nobody knows for how long its node has been quiet."""
    (turn,) = bisect("quiet_for(node1) < 1h", "--to", "unknown", "--json").json["turns"]
    assert (turn["by"], turn["line"]) == ("mark", None)
    assert turn["text"].endswith("the log node1/log: ended")


@pytest.mark.parametrize(
    ("formula", "code", "said"),
    [
        ("height(node3) >= 999", 1, "never turned true: height(node3) >= 999 was unknown, then false, then unknown"),
        ("gaps(node3) == 0", 1, "never turned: gaps(node3) == 0 was true from 07:02:58.504 to 07:04:38.768"),
    ],
)
def test_what_never_turned_is_said(bisect: Bisect, formula: str, code: int, said: str) -> None:
    """With what it was instead."""
    found = bisect(formula)
    assert found.code == code
    assert found.text.startswith(said)


def test_unknown_throughout(observer: Observer, recorded: Recorded) -> None:
    """3: at log level 0 no height is ever shown, and why is said."""
    found = observer("bisect", recorded("level0", "log"), "height(node1) >= 20", "--json")
    assert (found.code, found.json["turns"], found.json["was"]) == (3, [], [None])
    assert found.json["missing"] == ["height(node1): the log of node1 does not show blocks (its log level hides them)"]


def test_python_and_text_say_the_same(recorded: Recorded) -> None:
    """One formula, written in either."""
    with Recording.open_to_read(recorded("level1", "log")) as recording:
        assert bisected(recording, min_height() >= 56) == bisected(recording, "min_height() >= 56")


def test_answers_fit_their_schema(bisect: Bisect, observer: Observer) -> None:
    """Found, not found, all, by line, Mark and time."""
    validator: Any = jsonschema.Draft202012Validator(observer("schema", "bisect").json)
    for asked in (("silent(node2)", "--all"), ("min_height() > 5",), ("height(node1) > 999",), ("reorgs(node1) == 0",)):
        validator.validate(bisect(*asked, "--json").json)


def test_for_people(bisect: Bisect) -> None:
    """The verdict, the leaf before and after, and the line."""
    lines = bisect("min_height() >= 56").text.splitlines()
    assert lines[0] == "turned true at 07:03:31.345, entry 4369: min_height() >= 56"
    assert lines[1].startswith("  min_height() was 55, is 56, needs >= 56  node1, node2, node3 at 56 96f89861da44")
    assert lines[2].startswith("> 07:03:31.345 node3 entry 4369 ")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("diverge()",), "'diverge()': there is no function diverge(); did you mean diverged? (column 1)"),
        (("never(diverged())",), "is a condition over time, no part of a formula"),
        (("diverged()", "--to", "maybe"), "--to maybe: is no truth; write true, false or unknown"),
    ],
)
def test_slips(refused: Callable[..., str], recorded: Recorded, arguments: tuple[str, ...], expected: str) -> None:
    """One sentence."""
    assert expected in refused(2, "bisect", recorded("level1", "log"), *arguments)
