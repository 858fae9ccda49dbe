"""Against the truth: at every moment at which a node's RPC was asked, the observer answers the same from logs."""

from __future__ import annotations

import pytest

from observer.answers_state import NodeAnswer
from tests.observer.captures import FORMS, Rpc, rpc
from tests.observer.conftest import Observer, Recorded, Snapshots

UNTOLD = {"level1": {("P8 popped", "node2"), ("P9 diverged", "node2")}, "selective": set()}
"""Where no line can tell: blocks popped by RPC, and a block line that comes 2 ms before RPC shows the block."""
ASKED = {"level1": 51, "selective": 23}
CASES = [(level, form) for level in ASKED for form in FORMS]


def pairs(snapshots: Snapshots, level: str, form: str) -> list[tuple[Rpc, NodeAnswer]]:
    """What RPC said of a node, and what the observer says."""
    return [(truth, found.nodes[truth.node]) for truth, found in snapshots(level, form)]


@pytest.mark.parametrize(("level", "form"), CASES)
def test_tip_and_height_are_those_of_rpc(snapshots: Snapshots, level: str, form: str) -> None:
    """Tip and height are right in 49 of 51 and 23 of 23, in either form of the logs; the misses are the known ones."""
    compared = pairs(snapshots, level, form)
    missed = {
        (truth.label, truth.node) for truth, found in compared if (found.height, found.tip) != (truth.height, truth.tip)
    }
    assert len(compared) == ASKED[level]
    assert missed == UNTOLD[level]


@pytest.mark.parametrize(("level", "form"), CASES)
def test_connection_count_is_that_of_rpc(snapshots: Snapshots, level: str, form: str) -> None:
    """R15: the count of open connections is right in 51 of 51 and 23 of 23, through kill -9, isolation and a ban."""
    compared = pairs(snapshots, level, form)
    assert len(compared) == ASKED[level]
    assert [truth for truth, found in compared if found.connections != truth.connections] == []


@pytest.mark.parametrize(("level", "form"), CASES)
def test_open_peers_are_as_many_as_connections(snapshots: Snapshots, level: str, form: str) -> None:
    """Every connection that is counted is listed with its address."""
    for _truth, found in pairs(snapshots, level, form):
        assert found.peers is not None
        assert len(found.peers) == found.connections
        assert all(peer.address for peer in found.peers)


@pytest.mark.parametrize(("level", "form"), [*CASES, ("level0", "log"), ("level0", "stdout"), ("level0", "both")])
def test_synced_is_what_the_node_itself_believes(snapshots: Snapshots, level: str, form: str) -> None:
    """R16: `synced` is the node's own belief, also where it is isolated and wrong; every level shows it."""
    compared = pairs(snapshots, level, form)
    assert compared
    assert [truth for truth, found in compared if found.synced is not truth.synced] == []


@pytest.mark.parametrize("level", ["level1", "selective"])
def test_both_forms_together_say_what_the_file_form_says(snapshots: Snapshots, level: str) -> None:
    """R1: the console form beside the file form is evidence: no fact changes, no event counts twice."""
    alone = [found.digest for _, found in snapshots(level, "log")]
    together = [found.digest for _, found in snapshots(level, "both")]
    assert alone == together


@pytest.mark.parametrize("level", ["level1", "selective", "level0"])
@pytest.mark.parametrize("place", [0, 9, -1])
def test_the_command_answers_the_same(
    observer: Observer, recorded: Recorded, snapshots: Snapshots, level: str, place: int
) -> None:
    """`observer state --at EPOCH --json` is the very answer that was compared with RPC."""
    _, expected = snapshots(level, "log")[place]
    ran = observer("state", recorded(level, "log"), "--at", rpc(level)[place].epoch, "--json")
    assert ran.code == 0
    assert ran.json == expected.model_dump(mode="json")
