"""`observer alerts`: the history, transition by transition, and for people by episode."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.observer.captures import LEVELS
from tests.observer.conftest import Observer, Recorded
from tests.observer.judged import CALM, rule_file

STATES = {"pending", "firing", "resolved", "blind", "unblind", "relabelled"}


@pytest.fixture
def history(observer: Observer, recorded: Recorded, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """The history of level 1 by the tests' own rules."""
    rules = rule_file(tmp_path)

    def listed(*arguments: str) -> list[dict[str, Any]]:
        found = observer("alerts", recorded("level1", "log"), "--rules", rules, "--json", *arguments).json
        assert isinstance(found, list)
        return found

    return listed


def told(found: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """(time, rule, what it is about, state), without what is about sight."""
    return [
        (one["at"][11:23], one["rule"], next(iter(one["labels"].values()), ""), one["state"])
        for one in found
        if one["state"] not in ("blind", "unblind")
    ]


def test_the_history_of_level_1(history: Callable[..., list[dict[str, Any]]]) -> None:
    """What the driver did to the nodes, in order, as the tests' rules see it."""
    assert told(history("--until", "07:04:05")) == [
        ("07:03:21.584", "Died", "node3", "firing"),
        ("07:03:28.675", "Died", "node3", "resolved"),
        ("07:03:31.658", "Peerless", "node3", "pending"),
        ("07:03:32.473", "Cut", "node3", "firing"),
        ("07:03:32.565", "Parted", "57", "firing"),
        ("07:03:32.658", "Peerless", "node3", "firing"),
        ("07:03:35.602", "Cut", "node3", "resolved"),
        ("07:03:35.602", "Peerless", "node3", "resolved"),
        ("07:03:36.067", "Parted", "57", "resolved"),
        ("07:03:56.614", "Silent", "node2", "pending"),
        ("07:04:01.614", "Silent", "node2", "firing"),
        ("07:04:02.829", "Silent", "node2", "resolved"),
    ]


def test_each_transition_says_all_that_is_promised(history: Callable[..., list[dict[str, Any]]]) -> None:
    """Time, rule, state, severity, labels with the node, annotations, and the lines behind it with their places."""
    found = history()
    assert {one["state"] for one in found} <= STATES
    assert [one["sequence"] for one in found] == sorted(one["sequence"] for one in found)
    died = next(one for one in found if (one["rule"], one["state"]) == ("Died", "firing"))
    assert (died["severity"], died["labels"]) == ("incident", {"node": "node3"})
    assert died["annotations"]["summary"] == "node3 died"
    assert [(leaf["text"], leaf["truth"]) for leaf in died["leaves"]] == [
        ("deserted(node3)", True),
        ("quiet_for(node3)", True),
    ]
    assert [(line["node"], Path(line["file"]).name) for line in died["evidence"]] == [
        ("node3", "node3.log"),
        ("node2", "node2.log"),
        ("node1", "node1.log"),
    ]
    for line in died["evidence"]:
        at = Path(line["file"]).read_bytes()[line["offset"] :]
        assert at.partition(b"\n")[0].decode() == line["line"]


def test_a_silence_is_shown_by_the_last_line_and_its_end_by_the_next(
    history: Callable[..., list[dict[str, Any]]],
) -> None:
    """Of a silent node the line before the silence is the evidence; what resolves it is the line that ends it."""
    pending, firing, resolved = (one for one in history("--rule", "Silent") if one["state"] in STATES - {"blind"})
    assert [one["evidence"][-1]["at"][11:23] for one in (pending, firing, resolved)] == [
        "07:03:36.614",
        "07:03:36.614",
        "07:04:02.829",
    ]


def test_the_history_can_be_narrowed(history: Callable[..., list[dict[str, Any]]]) -> None:
    """By time, both ends included, by rule, node and state, each of them repeatable."""
    every = history()
    assert history("--node", "node3") == [one for one in every if one["labels"].get("node") == "node3"]
    assert history("--rule", "Cut", "--rule", "Died") == [one for one in every if one["rule"] in ("Cut", "Died")]
    assert history("--state", "firing") == [one for one in every if one["state"] == "firing"]
    since, until = every[5]["at"], every[9]["at"]
    assert history("--since", since, "--until", until) == [one for one in every if since <= one["at"] <= until]
    assert history("--until", "06:00:00") == []


@pytest.mark.parametrize(
    ("option", "word", "hint"),
    [("--rule", "Dyed", "Died"), ("--node", "node33", "node3"), ("--state", "fireing", "firing")],
)
def test_a_name_that_is_not_known_is_refused(  # noqa: PLR0913 - fixtures
    recorded: Recorded, tmp_path: Path, refused: Callable[..., str], option: str, word: str, hint: str
) -> None:
    """A misspelt rule, node or state would be an empty history: it is refused, with the nearest known word."""
    said = refused(2, "alerts", recorded("level1", "log"), "--rules", rule_file(tmp_path), option, word)
    assert f"{option} {word}: " in said
    assert f"did you mean {hint}" in said


def test_exit_code_says_whether_an_alert_fired(observer: Observer, recorded: Recorded, tmp_path: Path) -> None:
    """An alert that was firing within what is asked for gives 1, also one from before; an incident never."""
    rules, rec = rule_file(tmp_path), recorded("level1", "log")
    codes = {
        arguments: observer("alerts", rec, "--rules", rules, *arguments).code
        for arguments in [
            (),
            ("--until", "07:03:30"),
            ("--since", "07:03:34", "--until", "07:03:35"),
            ("--since", "07:03:40", "--until", "07:03:50"),
            ("--rule", "Died"),
            ("--node", "node1"),
            ("--state", "pending"),
        ]
    }
    assert list(codes.values()) == [1, 0, 1, 0, 0, 0, 1]


def test_people_see_episodes(observer: Observer, recorded: Recorded, tmp_path: Path) -> None:
    """One line for each time that something fired, with how long; what did not last only on request."""
    rec, rules = recorded("level1", "log"), rule_file(tmp_path)
    text = re.sub(r" +", " ", observer("alerts", rec, "--rules", rules, "--until", "07:04:05").text)
    assert "07:03:21.584 incident Died node3 fired 7s to 07:03:28.675: node3 died" in text
    assert "07:03:31.658 critical Peerless node3 fired since 07:03:32.658, 2.9s to 07:03:35.602" in text
    assert "07:03:56.614 warning Silent node2 fired since 07:04:01.614, 1.2s to 07:04:02.829" in text
    brief = observer("alerts", rec, "--rules", rules, "--since", "07:04:10").text
    assert "one was pending and did not last" in brief
    assert "did not last:" not in brief
    assert "did not last:" in observer("alerts", rec, "--rules", rules, "--since", "07:04:10", "--all").text


def test_blind_spells_of_inactive_alerts_are_counted(observer: Observer, recorded: Recorded) -> None:
    """They are hidden unless asked for, and that they are is said."""
    rec = recorded("level0", "log")
    hidden, shown = observer("alerts", rec).text, observer("alerts", rec, "--all").text
    assert "could not be judged (--all lists them)" in hidden
    assert "cannot be judged:" not in hidden
    assert "cannot be judged: the log of" in shown


def test_nothing_that_happened_is_an_empty_list(observer: Observer, recorded: Recorded, tmp_path: Path) -> None:
    """JSON of no transition is still a list."""
    rules = rule_file(tmp_path, CALM)
    ran = observer("alerts", recorded("level1", "log"), "--rules", rules, "--state", "firing", "--json")
    assert (ran.code, ran.json) == (0, [])


@pytest.mark.parametrize("level", LEVELS)
def test_transitions_fit_their_schema(observer: Observer, recorded: Recorded, level: str) -> None:
    """Of every captured run, by the rules that ship."""
    validator: Any = jsonschema.Draft202012Validator(observer("schema", "alerts").json)
    for one in observer("alerts", recorded(level, "log"), "--json").json:
        validator.validate(one)
