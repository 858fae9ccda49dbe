"""What happened in the captured runs is in the answers: reorganisations, restarts, regressions, silences."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from observer.answers_state import NodeAnswer
from tests.observer.captures import CAPTURES, FORMS, LEVELS, NODES, driven
from tests.observer.conftest import Observer, Recorded, Snapshots

ALTERNATIVE = re.compile(
    r"^(?:\x1b\[[0-9;]*m)*\d{4}-\d\d-\d\d .*ADDED AS ALTERNATIVE ON HEIGHT (\d+).*\n.*id:\t<([0-9a-f]{64})>",
    re.MULTILINE,
)
ORPHANED = re.compile(r"Block recognized as orphaned and rejected, id = <([0-9a-f]{64})>, height (\d+)")
BANNER = re.compile(r"Monero '[^']+' \(v")
FORM_READ = {"log": "log", "stdout": "stdout", "both": "log"}


def raw(level: str, node: str, form: str) -> str:
    """A captured log as it lies on disk."""
    return (CAPTURES / level / f"{node}.{FORM_READ[form]}").read_text()


@pytest.fixture
def at_the_end(observer: Observer, recorded: Recorded) -> Any:
    """The nodes at the end of a run, by command."""

    def nodes(level: str, form: str) -> dict[str, NodeAnswer]:
        found = observer("state", recorded(level, form), "--json").json["nodes"]
        return {name: NodeAnswer.model_validate(node) for name, node in found.items()}

    return nodes


def test_the_forms_have_the_same_alternative_blocks_on_disk() -> None:
    """The count that the next tests rely on is of real lines, and neither form hides one."""
    for level in LEVELS:
        for node in NODES:
            found = ALTERNATIVE.findall(raw(level, node, "log"))
            assert found
            assert found == ALTERNATIVE.findall(raw(level, node, "stdout"))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", LEVELS)
def test_every_alternative_block_is_there(at_the_end: Any, level: str, form: str) -> None:
    """Each block that a node's log calls an alternative is listed once for that node, with its height; no other is."""
    for name, node in at_the_end(level, form).items():
        written = {(block, int(height)) for height, block in ALTERNATIVE.findall(raw(level, name, form))}
        listed = [(one.block, one.height) for one in node.alternative_blocks]
        assert set(listed) == written
        assert len(listed) == len(written)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", LEVELS)
def test_reorganisations_have_their_depth(at_the_end: Any, level: str, form: str) -> None:
    """node1 and node2 gave up four blocks for node3's eight; at level1 node3 later gave up two."""
    depths = {
        name: [(one.depth, one.split, one.outcome) for one in node.reorgs]
        for name, node in at_the_end(level, form).items()
    }
    four = [(4, 57, "success")]
    assert depths == {"node1": four, "node2": four, "node3": [(2, 142, "success")] if level == "level1" else []}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", LEVELS)
def test_every_start_of_a_process_is_counted(at_the_end: Any, level: str, form: str) -> None:
    """R15: as many lives as the driver began; the one that kill -9 ended is the one without a stop statement."""
    begun = [one["node"] for one in driven(level) if one["event"] == "start"]
    for name, node in at_the_end(level, form).items():
        starts = len(BANNER.findall(raw(level, name, form)))
        assert starts == begun.count(int(name[-1]))
        assert node.restarts == starts - 1
        assert node.unclean_stops == (1 if name == "node3" else 0)
        assert node.status == "stopped"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", ["level1", "selective"])
def test_height_regression_after_the_kill_is_told(at_the_end: Any, level: str, form: str) -> None:
    """node3 came back from kill -9 with an empty chain: 26 to 0, and no other node fell by a restart."""
    fallen = {
        name: [(one.before, one.now) for one in node.regressions if one.cause == "restart"]
        for name, node in at_the_end(level, form).items()
    }
    assert fallen == {"node1": [], "node2": [], "node3": [(26, 0)]}


@pytest.mark.parametrize("form", FORMS)
def test_removed_blocks_show_at_the_next_block(at_the_end: Any, form: str) -> None:
    """pop_blocks took node2 from 140 to 137; that is told as blocks removed, not as a restart."""
    popped = [one for one in at_the_end("level1", form)["node2"].regressions if one.cause == "popped"]
    assert [(one.before, one.now) for one in popped] == [(140, 137)]


@pytest.mark.parametrize("form", FORMS)
def test_rejected_orphan_is_counted_as_often_as_it_came(at_the_end: Any, form: str) -> None:
    """node2 refused one orphan, once per connection that sent it; it is one entry with a count."""
    for name, node in at_the_end("level1", form).items():
        lines = ORPHANED.findall(raw("level1", name, form))
        assert {(one.block, one.height) for one in node.rejected_blocks} == {(block, int(at)) for block, at in lines}
        assert sum(one.times for one in node.rejected_blocks) == len(lines)
    assert {one.reason for one in at_the_end("level1", form)["node2"].rejected_blocks} == {"orphaned"}


@pytest.mark.parametrize("form", FORMS)
def test_replay_tells_the_silence_of_the_frozen_node(observer: Observer, recorded: Recorded, form: str) -> None:
    """R14: between SIGSTOP and SIGCONT node2 wrote nothing: 26.2 s. No other silence is told."""
    stopped, went_on = (
        float(str(one["epoch"])) for one in driven("level1") if one.get("sig") in ("SIGSTOP", "SIGCONT")
    )
    told = observer("replay", recorded("level1", form), "--json").answers
    (silence,) = [one for one in told if one["kind"] == "silence"]
    assert silence["node"] == "node2"
    assert "26.2 s" in silence["text"]
    since, until = silence["facts"]["since_ns"] / 1e9, datetime.fromisoformat(silence["at"]).timestamp()
    assert stopped - 0.05 < since < stopped + 0.05
    assert went_on - 0.05 < until < went_on + 0.05


def test_the_frozen_node_was_silent_in_its_file_too() -> None:
    """The silence that is told is the longest pause between two lines of node2's file."""
    times = [datetime.fromisoformat(line[:23]).timestamp() for line in raw("level1", "node2", "log").splitlines()]
    assert max(after - before for before, after in pairwise(times)) == pytest.approx(26.215)


@pytest.mark.parametrize("form", FORMS)
def test_replay_tells_what_the_driver_did(observer: Observer, recorded: Recorded, form: str) -> None:
    """Starts, restart, regression, both reorganisations, bans, losses and stops are told, each of its node."""
    told = observer("replay", recorded("level1", form), "--json").answers
    happened = {(one["node"], one["kind"]) for one in told}
    expected = {
        *((node, kind) for node in NODES for kind in ("start", "synced", "reorg", "stopped")),
        *(("node3", kind) for kind in ("restart", "regression", "ban", "ban over", "connections lost", "disconnected")),
        *(("node2", kind) for kind in ("silence", "rejected", "regression")),
    }
    assert expected <= happened
    assert [one["facts"]["depth"] for one in told if one["kind"] == "reorg"] == [4, 4, 2]
    assert [one["at"] for one in told] == sorted(one["at"] for one in told)


def test_isolated_node_is_seen_to_part_and_to_come_back(snapshots: Snapshots) -> None:
    """R16: while isolated, node3 is on another chain than the others; healed, all agree."""
    found = {truth.label: answer for truth, answer in snapshots("level1", "log")}
    parted = found["P4 diverged"].agreement
    assert parted.agreed is False
    assert [(one.height, one.nodes) for one in parted.tips] == [(64, ["node3"]), (60, ["node1", "node2"])]
    assert [(sorted(one.nodes), one.since_height) for one in parted.diverged] == [(["node1", "node3"], 57)]
    assert {tuple(sorted(one.nodes)) for one in found["P9 diverged"].agreement.diverged} == {("node1", "node3")}
    assert found["P4 healed"].agreement.agreed is True
    assert found["P9 healed"].agreement.agreed is True
