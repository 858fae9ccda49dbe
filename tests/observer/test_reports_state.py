"""`observer state` of a network of xmtpd: reports, clocks, streams, registry, workers, indexers."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from tests.observer.conftest import Observer
from tests.observer.simulated import NODES, RUNS, Simulated


@pytest.fixture
def state(observer: Observer, simulated: Simulated) -> Any:
    """The answer about a run."""

    def of(name: str, at: str, *select: str) -> Any:
        return observer("state", simulated.recording(name), *select, "--at", at, "--json").json

    return of


@pytest.mark.parametrize("name", RUNS)
def test_answers_fit_their_schema(observer: Observer, state: Any, name: str) -> None:
    """With everything that such a network has."""
    schema = observer("schema", "state").json
    jsonschema.Draft202012Validator(schema).validate(state(name, "09:10:00"))


def test_status_fits_its_schema(observer: Observer, simulated: Simulated) -> None:
    """The answer of `status` too."""
    ran = observer("status", simulated.recording("down"), "--at", "08:40:00", "--json")
    jsonschema.Draft202012Validator(observer("schema", "status").json).validate(ran.json)


def test_every_report_is_there_as_it_was(simulated: Simulated, state: Any) -> None:
    """Range, stage and who attested are those of the truth."""
    truth = simulated.truth("refusing", "09:10:00")
    found = state("refusing", "09:10:00", "reports")
    told = {
        report["id"]: report
        for one in found.values()
        for boundary in one["boundaries"]
        for report in boundary["reports"]
    }
    assert set(told) == set(truth)
    for name, one in truth.items():
        assert (told[name]["start"], told[name]["end"]) == (one.start, one.end)
        assert told[name]["attested_by"] == [f"node-{node}" for node in sorted(one.attested)]
        assert sorted(each["node"] for each in told[name]["refused_by"]) == [f"node-{node}" for node in one.refused]
        if one.why is None:
            assert told[name]["stage"] == one.stage


def test_parts_of_the_answer_are_selected(state: Any) -> None:
    """By originator, node and name."""
    assert state("down", "08:40:00", "reports.100.node") == "node-100"
    assert state("down", "08:40:00", "active.quorum") == 3
    assert state("down", "08:40:00", "registry.node-300.number") == 300
    assert state("down", "08:40:00", "streams.node-100.node-200.stands") is False
    assert state("down", "08:40:00", "streams.node-100.node-400.stands") is True
    assert state("down", "08:40:00", "workers.node-400.generator.rounds") >= 1
    assert state("down", "08:40:00", "clocks.node-100.followed.200.exact") is False
    assert state("down", "08:40:00", "nodes.node-200.status") == "stopped"
    assert set(state("down", "08:40:00", "watchers")) == {"chain-watcher", "network-watcher"}
    assert set(state("down", "08:40:00", "nodes")) == {f"node-{node}" for node in NODES}
    served = state("down", "08:40:00", "clocks.network-watcher.served")
    assert [name for name, one in served.items() if one["connected"] is False] == ["node-200", "node-300"]
    contracts = state("down", "08:40:00", "indexers.node-100").values()
    assert {one["chain"] for one in contracts} == {"app-chain", "settlement-chain"}


def test_clocks_never_say_more_than_is_so(simulated: Simulated, state: Any) -> None:
    """What a node is known to have followed it had by then: "at least" is not more."""
    clocks: dict[int, dict[str, int]] = {}
    for line in (simulated.logs("down") / "truth.jsonl").read_text().splitlines():
        one = json.loads(line)
        if one["kind"] == "clock" and one["at"][11:19] <= "09:01:00":
            clocks[one["node"]] = one["clock"]
    found = state("down", "09:00:00", "clocks")
    for node in NODES:
        for number, followed in found[f"node-{node}"]["followed"].items():
            assert followed["sequence"] <= clocks[node][number]


def test_the_screen_has_clocks_and_reports(observer: Observer, simulated: Simulated) -> None:
    """A table of nodes without heights, one of clocks, then who counts and where each originator stands."""
    text = observer("state", simulated.recording("down"), "--at", "08:40:00").text
    assert "height" not in text
    assert "clock  node-100  node-200  node-300  node-400" in text
    assert "quorum 3 of 4, by the chain, as an indexer read it: node-100, node-200, node-300, node-400" in text
    assert "watchers: chain-watcher, network-watcher" in text
    assert "node-100: cannot read from node-200, node-300" in text
    assert text.count("open: originator ") == 4
