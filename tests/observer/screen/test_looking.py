"""Views made of a judgement: they say what `observer status` says, and leave no trace in it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from observer.inventory import Inventory
from observer.judged import Judged
from observer.rulefiles.reading import rules_in_force
from observer.screen.looking import Feed, Looking, Pace
from observer.screen.view import Said, View
from observer.standing.status import status
from observer.times import moment
from replay.journals import span
from replay.play import heard_at, sequence_at
from replay.recording import Recording
from tests.observer.conftest import Recorded
from tests.observer.judged import rule_file
from tests.observer.screen.playing import moments
from tests.observer.simulated import Simulated

SECOND = 10**9


def looked_at(path: Path, at: str, rules: str | None = None, *, late: int = 0) -> View:
    """The view of a recording judged up to a time; `late` is how much later it is looked at."""
    with Recording.open_to_read(path) as recording:
        last = recording.last()
        assert last is not None
        when = moment(at, span(recording)[0], last.last_at)
        judged = Judged(recording, rules_in_force(recording, rules))
        seq = sequence_at(recording, when)
        for _transition in judged.run(seq, when):
            pass
        feed = Feed(when + late, {1: 4096}, heard=heard_at(recording, seq))
        return Looking("three-nodes").view(judged, feed, Pace(12, 3))


@pytest.mark.parametrize("at", ["07:03:25", "07:04:00", "07:04:35.5"])
def test_a_view_says_what_status_says(recorded: Recorded, at: str) -> None:
    """Nodes, tips, alerts and what cannot be judged are those of `observer status` at the same time."""
    path = recorded("level1", "log")
    view = looked_at(path, at)
    with Recording.open_to_read(path) as recording:
        told = status(recording, rules_in_force(recording, None), at=at)
    assert [(one.name, one.status, one.height, one.behind, one.connections, one.log) for one in view.nodes] == [
        (name, one.status, one.height, one.behind, one.connections, one.log) for name, one in told.nodes.items()
    ]
    assert [(one.height, one.tip, list(one.nodes)) for one in view.tips] == [
        (one.height, one.tip, one.nodes) for one in told.agreement.tips
    ]
    assert view.counts.get("firing", 0) == sum(one.state == "firing" for one in told.alerts)
    assert view.counts.get("pending", 0) == sum(one.state == "pending" for one in told.alerts)
    assert view.counts.get("incident", 0) == len(told.incidents)
    listed = {one.rule for one in view.alerts}
    explained = {one.rule for one in [*told.alerts, *told.incidents] if one.explained_by is not None}
    assert listed | explained == {one.rule for one in [*told.alerts, *told.incidents]}
    assert view.unjudged == len(told.rules_unjudged)
    assert {one.reason for one in view.blind} == {one.reason for one in told.blind}
    assert view.state == told.state


def test_reports_in_progress_are_told_by_stage(simulated: Simulated) -> None:
    """With two of four nodes away, four reports lack a quorum: since when, how far, and who is missing."""
    view = looked_at(simulated.recording("down"), "08:40:00")
    attested = next(one for one in view.stages if one.stage == "attested")
    assert (attested.count, attested.attested, attested.active, attested.quorum) == (4, 2, 4, 3)
    assert attested.missing == ("node-200", "node-300")
    truth = simulated.truth("down", "08:40:00")
    open_ = [one for one in truth.values() if one.stage in ("created", "attested")]
    assert attested.report in {f"{one.originator}:{one.start}" for one in open_}
    assert view.replicates
    assert [one.name for one in view.watchers] == ["chain-watcher", "network-watcher"]
    firing = [one for one in view.alerts if one.state == "firing"]
    assert {one.rule for one in firing} >= {"QuorumNotReached"}
    stopped = next(one for one in view.nodes if one.name == "node-200")
    assert (stopped.grave, stopped.status, stopped.odd) == (True, "stopped", ("NodeStopped",))
    assert all("attested by 2 of 4" in one.sentence for one in firing if one.rule == "QuorumNotReached")


def test_what_reports_have_come_to_is_told_once(simulated: Simulated) -> None:
    """Made, attested, with a quorum, on the chain, settled: as each is seen to have come further; nothing of a past
    that nobody watched.
    """
    looking, found = Looking("x"), list[Said]()
    with Recording.open_to_read(simulated.recording("healthy")) as recording:
        judged = Judged(recording)
        for at in moments(recording, 10 * SECOND):
            seq = sequence_at(recording, at)
            for _transition in judged.run(seq, at):
                pass
            found += looking.news(judged)
        assert looking.news(judged) == []
    lives: dict[str, list[str]] = {}
    for one in found:
        what, _, how = one.text.partition(": ")
        lives.setdefault(what, []).append(how)
    whole = ["made", "attested by the first", "has its quorum of 3 of 4", "on the chain", "settled"]
    assert lives
    for said in lives.values():
        assert said == [one for one in whole if one in said]
    assert sum(said[-1] == "settled" for said in lives.values()) >= 4


def test_what_explains_stands_for_what_it_explains(recorded: Recorded, tmp_path: Path) -> None:
    """R26: an alert that another firing one explains is counted, and named with that one only."""
    view = looked_at(recorded("level1", "log"), "07:04:17", str(rule_file(tmp_path)))
    assert [(one.rule, one.about, one.explains) for one in view.alerts] == [("Cut", "node3", ("Peerless node3",))]
    assert view.counts == {"firing": 1, "pending": 1}


def test_a_silence_grows_while_nothing_comes(recorded: Recorded) -> None:
    """What is odd is as of now, not as of the last entry; of a journal that is being caught up with, as of its time."""
    path = recorded("level1", "log")
    now = looked_at(path, "07:03:20")
    later = looked_at(path, "07:03:20", late=600 * SECOND)
    assert not any("silent" in odd for one in now.nodes for odd in one.odd)
    assert all(any("silent 10m" in odd for odd in one.odd) for one in later.nodes if one.status == "up")
    assert (later.as_of - now.as_of, later.at) == (600 * SECOND, now.at)


def test_bytes_that_wait_stand_with_their_source(recorded: Recorded) -> None:
    """What only the reader of sources knows is taken from it."""
    view = looked_at(recorded("level1", "log"), "07:04:00")
    assert [(one.node, one.stream, one.attachment, one.behind) for one in view.sources] == [
        ("node1", "log", "attached", 4096),
        ("node2", "log", "attached", 0),
        ("node3", "log", "attached", 0),
    ]
    assert (view.lines_a_second, view.events_a_second) == (12, 3)


def test_looking_changes_nothing(recorded: Recorded, tmp_path: Path) -> None:
    """Live equals replay: with somebody looking at every moment, the same is told, and the same is remembered."""
    text = """\
groups:
  - name: remembering
    rules:
      - alert: Still
        each: node
        expr: up(node) and age(height(node)) > 5s and grown(height(node)) >= 0
        for: 2s
        annotations: {summary: "{{ node }} stands at {{ height(node) }}"}
      - alert: Losing
        expr: any(connections(node) < 2 and increase(height(node), 10s) == 0 for node in nodes)
        annotations: {summary: "{{ min_height() }} to {{ max_height() }}"}
"""
    told = []
    for looks in (False, True):
        with Recording.open_to_read(recorded("level1", "log")) as recording:
            schedule = [*rules_in_force(recording, None), *rules_in_force(recording, str(rule_file(tmp_path, text)))]
            judged, looking = (
                Judged(recording, [(0, [rule for _seq, rules in schedule for rule in rules])]),
                Looking("x"),
            )
            found = []
            for at in moments(recording, SECOND // 4):
                seq = sequence_at(recording, at)
                found += list(judged.run(seq, at)) if seq else []
                if looks and seq:
                    feed = Feed(at + 3600 * SECOND, catching_up=bool(seq % 2), heard=heard_at(recording, seq))
                    looking.view(judged, feed, Pace())
            told.append((found, msgspec.msgpack.encode(judged.engine.hold())))
    assert told[0] == told[1]
    assert len(told[0][0]) > 20


def test_nothing_has_come_yet() -> None:
    """Before the first entry there is nothing to judge, and that is shown."""
    view = Looking("three-nodes").view(None, Feed(5, catching_up=True), Pace())
    assert (view.network, view.at, view.state, view.nodes) == ("three-nodes", None, "unknown", ())


def test_nodes_that_are_expected_have_a_row(recorded: Recorded) -> None:
    """R24: a node of the inventory without a log is unknown, not absent."""
    expected = Inventory.model_validate({"nodes": {"node9": {}}})
    with Recording.open_to_read(recorded("level1", "log")) as recording:
        judged = Judged(recording, rules_in_force(recording, None), expected)
        last = recording.last()
        assert last is not None
        for _transition in judged.run():
            pass
        view = Looking("x").view(judged, Feed(last.last_at), Pace())
    missing = next(one for one in view.nodes if one.name == "node9")
    assert (missing.status, missing.log, missing.last_at, missing.odd) == (
        None,
        "none",
        None,
        ("no log: unknown, not absent",),
    )
