"""`observer backtest`: rules tried on recordings, and how that stands to what is known to have been."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.observer.conftest import Observer, Recorded
from tests.observer.judged import CALM, rule_file

KNOWN = """\
- rule: Died
  labels: {node: node3}
  from: 07:03:19
  to: 07:03:29
- rule: [Peerless, Cut]
  labels: {node: node3}
  from: 07:03:31
  to: 07:03:36
- rule: Parted
  from: 07:03:31
  to: 07:03:36
- rule: Silent
  labels: {node: node2}
  from: 2026-11-21T07:03:36.6Z
  to: +64s
"""


@pytest.fixture
def tried(observer: Observer, recorded: Recorded, tmp_path: Path) -> Callable[..., tuple[int, dict[str, Any]]]:
    """The tests' rules tried on level 1 against incidents: exit code and answer."""
    rules = rule_file(tmp_path)

    def run(known: str | None, *arguments: str) -> tuple[int, dict[str, Any]]:
        options: list[object] = list(arguments)
        if known is not None:
            (tmp_path / "known.yaml").write_text(known)
            options += ["--incidents", tmp_path / "known.yaml"]
        ran = observer("backtest", rules, recorded("level1", "log"), "--json", *options)
        return ran.code, ran.json

    return run


def test_when_each_rule_would_have_fired(tried: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    """Count, first time, time in all, and that for each thing that the rule is bound to."""
    code, found = tried(None)
    assert (code, found["scored"]) == (0, None)
    (one,) = found["recordings"]
    rules = {rule["rule"]: rule for rule in one["rules"]}
    assert {name: (rule["fired"], rule["judged"]) for name, rule in rules.items()} == {
        "Cut": (4, True),
        "Died": (1, True),
        "Parted": (2, True),
        "Peerless": (2, True),
        "Silent": (1, True),
    }
    died = rules["Died"]
    assert (died["first_at"], died["firing_ns"]) == ("2026-11-21T07:03:21.584000001Z", 7_090_999_999)
    assert [(entity["labels"], entity["fired"]) for entity in rules["Parted"]["entities"]] == [
        ({"fork": "142"}, 1),
        ({"fork": "57"}, 1),
    ]


def test_scores_against_what_is_known(tried: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    """Every incident detected; firings that match none are false, and are named."""
    code, found = tried(KNOWN)
    score = found["scored"]
    assert code == 1
    assert (score["in_all"]["incidents"], score["in_all"]["detected"], score["misses"]) == (4, 4, [])
    assert score["in_all"]["recall"] == 1
    assert {(one["rule"], one["fired_at"][11:19]) for one in score["false"] if one["rule"] == "Parted"} == {
        ("Parted", "07:04:35")
    }
    silent = score["by_rule"]["Silent"]
    assert (silent["precision"], silent["recall"]) == (1, 1)
    assert silent["time_to_detect"] == dict.fromkeys(("min_ns", "median_ns", "max_ns"), 25_014_000_000)
    either = score["by_rule"]["Peerless"], score["by_rule"]["Cut"]
    assert [one["detected"] for one in either] == [1, 1]


def test_all_found_and_nothing_else_is_0(tried: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    """Where every firing has its incident and every incident its firing."""
    rest = """\
- {rule: Parted, from: 07:04:35, to: 07:04:36}
- {rule: Cut, from: 07:04:16, to: 07:04:38.8}
- {rule: Peerless, from: 07:04:16, to: 07:04:38.8}
"""
    code, found = tried(KNOWN + rest)
    assert (code, found["scored"]["misses"], found["scored"]["false"]) == (0, [], [])


def test_a_miss_is_named_with_its_place(tried: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    """An incident of another node is missed; a firing that starts after its end is, unless that is tolerated."""
    code, found = tried("- {rule: Died, labels: {node: node1}, from: 07:03:19, to: 07:03:29}\n")
    assert code == 1
    (miss,) = found["scored"]["misses"]
    assert (miss["rules"], miss["labels"], miss["unjudged"]) == (["Died"], {"node": "node1"}, False)
    assert miss["place"].endswith("known.yaml:1")
    late = "- {rule: Died, from: 07:03:19, to: 07:03:20}\n"
    assert len(tried(late)[1]["scored"]["misses"]) == 1
    assert tried(late, "--tolerance", "5s")[1]["scored"]["misses"] == []


def test_a_rule_that_saw_nothing_is_not_silent(observer: Observer, recorded: Recorded, tmp_path: Path) -> None:
    """R23: level 0 shows no blocks: that no fork was found says nothing, and an incident of one is not missed."""
    rules, rec = rule_file(tmp_path, CALM), recorded("level0", "log")
    (tmp_path / "known.yaml").write_text("- {rule: Parted, from: +10s, to: +20s}\n")
    ran = observer("backtest", rules, rec, "--incidents", tmp_path / "known.yaml", "--json")
    parted = ran.json["recordings"][0]["rules"][0]
    assert (parted["rule"], parted["judged"]) == ("Parted", False)
    assert "does not show blocks" in parted["unjudged"][0]
    assert [miss["unjudged"] for miss in ran.json["scored"]["misses"]] == [True]
    assert ran.json["scored"]["in_all"]["incidents"] == 0
    assert ran.code == 3
    text = observer("backtest", rules, rec).text
    assert "could not be judged: Parted: the log of" in text
    assert "never fired: Reorganised" in text


def test_several_recordings_and_one_that_is_named(observer: Observer, recorded: Recorded, tmp_path: Path) -> None:
    """An incident may name its recording; without a name its times tell."""
    rules = rule_file(tmp_path)
    recs = recorded("level1", "log"), recorded("selective", "log")
    (tmp_path / "known.yaml").write_text(
        f"- {{rule: Died, from: +1s, to: +30s, recording: {recs[1].name}}}\n"
        "- {rule: Died, from: 2026-11-21T07:03:19Z, to: 2026-11-21T07:03:29Z}\n"
    )
    ran = observer("backtest", rules, *recs, "--incidents", tmp_path / "known.yaml", "--json")
    assert [Path(one["recording"]) for one in ran.json["recordings"]] == list(recs)
    assert ran.json["scored"]["by_rule"]["Died"]["incidents"] == 2


def test_json_is_read_as_well(tried: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    """Also when it is indented by tabs, and times that YAML would take for numbers are times."""
    known = [{"rule": "Died", "labels": {"node": "node3"}, "from": "07:03:19", "to": "07:03:29"}]
    assert tried(json.dumps(known, indent="\t"))[1]["scored"]["misses"] == []
    _code, found = tried("- {rule: Died, from: 2026-11-21 07:03:19, to: 2026-11-21 17:03:29}\n")
    assert found["scored"]["misses"] == []


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("- {rule: Dyed, from: +1s, to: +2s}\n", ":1: ", "did you mean Died?"),
        ("- rule: Died\n  from: noon\n  to: +2s\n", ":2: ", "'noon' is no time"),
        ("- rule: Died\n  from: +9s\n  to: +2s\n", ":3: ", "is before from"),
        ("- rule: Died\n  from: +1s\n  til: +2s\n", ":3: ", "incident 1: til: there is no such key"),
        ("- rule: Died\n  from: +1s\n  to: +2s\n  nodes: x\n", ":4: ", "there is no such key"),
        ("- {rule: Died, from: 2020-01-01, to: 2020-01-02}\n", ":1: ", "no recording holds the time"),
        ("rule: Died\n", ":1: ", "should be a list of incidents"),
        ("- [\n", ":", "is not YAML"),
    ],
)
def test_a_bad_list_of_incidents_is_refused(  # noqa: PLR0913 - fixtures
    recorded: Recorded, tmp_path: Path, refused: Callable[..., str], text: str, place: str, what: str
) -> None:
    """In one sentence with file and line."""
    path = tmp_path / "known.yaml"
    path.write_text(text)
    said = refused(2, "backtest", rule_file(tmp_path), recorded("level1", "log"), "--incidents", path)
    assert f"{path}{place}" in said
    assert what in said


def test_a_bad_rule_file_and_a_bad_tolerance_are_refused(
    recorded: Recorded, tmp_path: Path, refused: Callable[..., str]
) -> None:
    """Before anything is judged."""
    rec = recorded("level1", "log")
    bad = rule_file(
        tmp_path, "groups:\n  - name: x\n    rules:\n      - alert: A\n        expr: nonsense(\n", "bad.yaml"
    )
    assert f"{bad}:" in refused(2, "backtest", bad, rec)
    assert "--tolerance" in refused(2, "backtest", rule_file(tmp_path), rec, "--tolerance", "soon")


def test_the_answer_fits_its_schema(observer: Observer, tried: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    """With and without incidents."""
    validator: Any = jsonschema.Draft202012Validator(observer("schema", "backtest").json)
    validator.validate(tried(None)[1])
    validator.validate(tried(KNOWN)[1])


def test_people_see_the_answer_first(observer: Observer, recorded: Recorded, tmp_path: Path) -> None:
    """Counts in the first line; then each recording; then misses and false ones by name."""
    (tmp_path / "known.yaml").write_text("- {rule: Died, labels: {node: node1}, from: 07:03:19, to: 07:03:29}\n")
    rules, rec = rule_file(tmp_path), recorded("level1", "log")
    text = observer("backtest", rules, rec, "--incidents", tmp_path / "known.yaml").text
    assert "0 of 1 incident detected, 1 missed; 10 of 10 firings false" in text
    assert "missed Died node=node1, 07:03:19.000 to 07:03:29.000" in text
    assert "false Died node=node3, 07:03:21.584 to 07:03:28.675" in text
