"""`observer status`: the answer, its exit code, and what it says of what could not be judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from observer.standing.status import status
from replay.recording import Recording
from tests.observer.captures import LEVELS, NODES
from tests.observer.conftest import Observer, Recorded
from tests.observer.judged import CALM, rule_file
from tests.observer.many import write_many
from tests.observer.monerod import block, idle, line, started


def open_alerts(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(rule, what it is about, state) of what is not over, in order."""
    return [
        (one["rule"], next(iter(one["labels"].values()), ""), one["state"])
        for one in (*found["alerts"], *found["incidents"])
    ]


def test_a_frozen_node_is_told_with_its_last_line(observer: Observer, recorded: Recorded, tmp_path: Path) -> None:
    """node2 was frozen at 07:03:36.6: the alert says since when, what it needs, and shows what it wrote last."""
    ran = observer("status", recorded("level1", "log"), "--rules", rule_file(tmp_path), "--at", "07:04:02", "--json")
    found = ran.json
    assert ran.code == 1
    assert found["state"] == "firing"
    assert found["verdict"].startswith("1 alert firing. node2 is silent, since 07:03:56.614")
    (silent,) = found["alerts"]
    assert (silent["since"][:23], silent["fired_at"][:23]) == ("2026-11-21T07:03:56.614", "2026-11-21T07:04:01.614")
    assert [(leaf["has"], leaf["needs"], leaf["truth"]) for leaf in silent["leaves"]] == [("25.3s", ">= 20s", True)]
    assert [(line_["node"], line_["at"]) for line_ in silent["evidence"]] == [("node2", "2026-11-21T07:03:36.614Z")]
    assert found["nodes"]["node2"]["odd"] == ["Silent", "silent 25.3s"]


def test_a_dead_node_is_an_incident_and_no_alert(observer: Observer, recorded: Recorded, tmp_path: Path) -> None:
    """An incident is listed and does not make the exit code 1; what its rules need was observed."""
    ran = observer("status", recorded("level1", "log"), "--rules", rule_file(tmp_path), "--at", "07:03:25", "--json")
    assert ran.code == 0
    assert open_alerts(ran.json) == [("Died", "node3", "firing")]
    assert ran.json["verdict"].startswith("No alert fires, 1 incident open. node3 died, since 07:03:21.584")


def test_the_worst_comes_first_and_what_is_explained_below_its_cause(
    observer: Observer, recorded: Recorded, tmp_path: Path
) -> None:
    """R26: inhibition affects sending, never state: both fire, and count, and one is told below the other."""
    rules = rule_file(tmp_path)
    ran = observer("status", recorded("level1", "log"), "--rules", rules, "--at", "07:03:33", "--json")
    assert ran.code == 1
    assert open_alerts(ran.json) == [
        ("Peerless", "node3", "firing"),
        ("Cut", "node3", "firing"),
        ("Parted", "57", "firing"),
    ]
    assert [one["explained_by"] for one in ran.json["alerts"]] == ["Cut", None]
    assert ran.json["agreement"]["diverged"]
    assert "on another chain from 57" in ran.json["nodes"]["node3"]["odd"]
    text = observer("status", recorded("level1", "log"), "--rules", rules, "--at", "07:03:33").text
    assert "explains Peerless node3" in text
    assert "FIRING Peerless" not in text


def test_the_end_of_a_recording_hides_nothing(observer: Observer, recorded: Recorded, tmp_path: Path) -> None:
    """R25: at its end every log has ended; what could be judged just before is clear, and that is said."""
    rules = rule_file(tmp_path, CALM)
    ran = observer("status", recorded("level1", "log"), "--rules", rules, "--json")
    assert (ran.code, ran.json["state"], ran.json["rules_unjudged"]) == (0, "clear", [])
    assert ran.json["verdict"] == "No alert fires. Everything that the rules need was observed"
    assert {node["log"] for node in ran.json["nodes"].values()} == {"attached"}


def test_a_recording_cut_while_the_nodes_run_is_clear(observer: Observer, tmp_path: Path) -> None:
    """Logs copied from a live network all end without a stop, within seconds: that is the recording's end."""
    folder = tmp_path / "logs"
    observer("import", *write_many(folder, 3), "-o", tmp_path / "made.rec", "-q")
    ran = observer("status", tmp_path / "made.rec", "--rules", rule_file(tmp_path, CALM), "--json")
    assert (ran.code, ran.json["state"]) == (0, "clear")
    assert [spot for spot in ran.json["blind"] if not spot["at_the_end"]] == []
    assert [spot["at_the_end"] for spot in ran.json["blind"]]


def test_what_observed_nothing_is_not_green(observer: Observer, recorded: Recorded, tmp_path: Path) -> None:
    """R23: level 0 shows no blocks, so nobody could have seen a fork: exit 3, and the sentence says so."""
    ran = observer("status", recorded("level0", "log"), "--rules", rule_file(tmp_path, CALM), "--json")
    assert (ran.code, ran.json["state"], ran.json["rules_unjudged"]) == (3, "unknown", ["Parted"])
    assert "Parted never observed what it needs: the log of" in ran.json["verdict"]
    assert "does not show blocks" in ran.json["blind"][0]["reason"]
    assert ran.json["blind"][0]["never"] == ["Parted"]


def test_no_rule_at_all_is_unknown(recorded: Recorded) -> None:
    """Where nothing is watched for, nothing is clear."""
    with Recording.open_to_read(recorded("level1", "log")) as recording:
        found = status(recording, [])
    assert (found.state, found.verdict) == ("unknown", "Unknown: no rule is in force, so nothing was watched for")


def test_a_log_that_ends_early_is_called_out(observer: Observer, tmp_path: Path) -> None:
    """A log that ends long before the others without a stop statement: its node is unknown, and that comes first."""
    folder = tmp_path / "logs"
    observer("import", *write_many(folder, 3, cut=1), "-o", tmp_path / "made.rec", "-q")
    ran = observer("status", tmp_path / "made.rec", "--rules", rule_file(tmp_path, CALM), "--json")
    node = ran.json["nodes"]["node001"]
    assert (node["log"], node["log_ended_at"], node["behind"]) == ("ended", "2026-11-21T07:00:59.000Z", None)
    assert node["odd"] == ["log ended 07:00:59, 1m ago, no stop"]
    assert (ran.code, ran.json["state"]) == (3, "unknown")
    assert ran.json["verdict"].startswith(
        "No alert fires. The log of node001 ends at 07:00:59.000 without a stop statement"
    )


def test_a_stopped_node_is_not_called_out(observer: Observer, tmp_path: Path) -> None:
    """A node that stated its stop has not been cut: its log may end before the others'."""
    said = [started(0), block(1_000, 1), line(2_000, "Cryptonote protocol stopped successfully")]
    (tmp_path / "a.log").write_bytes(b"".join(said))
    (tmp_path / "b.log").write_bytes(b"".join([started(0), *(block(at * 1000, at) for at in range(1, 120))]))
    observer("import", tmp_path / "a.log", tmp_path / "b.log", "-o", tmp_path / "made.rec", "-q")
    found = observer("status", tmp_path / "made.rec", "--rules", rule_file(tmp_path, CALM), "--json").json
    assert (found["nodes"]["a"]["status"], found["nodes"]["a"]["odd"]) == ("stopped", [])
    assert "ends" not in found["verdict"]


def test_an_expected_node_without_a_log_is_unknown(observer: Observer, recorded: Recorded, tmp_path: Path) -> None:
    """R24: it is listed, blind for every rule, and keeps the network from being clear."""
    inventory = tmp_path / "network.yaml"
    inventory.write_text("network: x\nnodes: {node1: , node2: , node3: , node4: }\n")
    ran = observer(
        "status", recorded("level1", "log"), "--rules", rule_file(tmp_path, CALM), "--inventory", inventory, "--json"
    )
    assert ran.code == 3
    assert (ran.json["nodes"]["node4"]["log"], ran.json["nodes"]["node4"]["odd"]) == (
        "none",
        ["no log: unknown, not absent"],
    )
    assert [(spot["reason"], spot["nodes"]) for spot in ran.json["blind"] if not spot["at_the_end"]] == [
        ("node4 has no log", ["node4"])
    ]


def test_a_rule_can_be_left_out(
    observer: Observer, recorded: Recorded, tmp_path: Path, refused: Callable[..., str]
) -> None:
    """What the logs are known not to show can be left out by name, and then no longer stands in the way."""
    rec, rules = recorded("level0", "log"), rule_file(tmp_path, CALM)
    assert observer("status", rec, "--rules", rules, "--without", "Parted").code == 0
    assert "did you mean Parted?" in refused(2, "status", rec, "--rules", rules, "--without", "Parte")


def test_a_time_beyond_the_end_is_the_end(observer: Observer, recorded: Recorded, tmp_path: Path) -> None:
    """R25: the end of a recording is not time passing: nothing grows older after it."""
    rec, rules = recorded("level1", "log"), rule_file(tmp_path)
    assert (
        observer("status", rec, "--rules", rules, "--at", "08:00:00", "--json").json
        == observer("status", rec, "--rules", rules, "--json").json
    )


def test_a_time_before_the_first_entry_is_refused(recorded: Recorded, refused: Callable[..., str]) -> None:
    """Of before the first entry nothing is known."""
    said = refused(3, "status", recorded("level1", "log"), "--at", "06:00:00")
    assert "is before the first entry" in said


@pytest.mark.parametrize("at", ["07:03:20", "07:03:22", "07:03:33", "07:03:36", "07:04:00", "07:04:16.636", "07:04:38"])
def test_status_and_history_tell_the_same(observer: Observer, recorded: Recorded, tmp_path: Path, at: str) -> None:
    """What stands at a time is what the history up to then leaves open, whatever stops judging makes on its way."""
    rec, rules = recorded("level1", "log"), rule_file(tmp_path)
    left: dict[tuple[str, str], str] = {}
    for one in observer("alerts", rec, "--rules", rules, "--until", at, "--json").json:
        key = one["rule"], next(iter(one["labels"].values()), "")
        if one["state"] in ("pending", "firing"):
            left[key] = one["state"]
        elif one["state"] == "resolved":
            left.pop(key, None)
    found = observer("status", rec, "--rules", rules, "--at", at, "--json").json
    assert sorted((rule, thing, state) for (rule, thing), state in left.items()) == sorted(open_alerts(found))


@pytest.mark.parametrize("level", LEVELS)
def test_answers_fit_their_schema(observer: Observer, recorded: Recorded, level: str) -> None:
    """Of every captured run, by the rules that ship."""
    validator: Any = jsonschema.Draft202012Validator(observer("schema", "status").json)
    found = observer("status", recorded(level, "log"), "--json").json
    validator.validate(found)
    assert set(found["nodes"]) == set(NODES)


def test_a_time_between_two_blocks_lets_timers_fire(observer: Observer, tmp_path: Path) -> None:
    """A deadline that passes in a silence of all nodes has passed at a time behind it, wherever blocks end."""
    (tmp_path / "a.log").write_bytes(started(0) + idle(1_000))
    observer("import", tmp_path / "a.log", "-o", tmp_path / "made.rec", "-q")
    (tmp_path / "a.log").write_bytes(started(0) + idle(1_000) + idle(100_000))
    observer("import", tmp_path / "a.log", "-o", tmp_path / "made.rec", "-q", "--append")
    rules = rule_file(tmp_path)
    found = observer("status", tmp_path / "made.rec", "--rules", rules, "--at", "07:00:40", "--json").json
    assert [one["state"] for one in found["alerts"] if one["rule"] == "Silent"] == ["firing"]
