"""Level 0, what most operators run: no line per block and none per connection. What cannot be seen is null."""

from __future__ import annotations

import pytest

from tests.observer.captures import FORMS, NODES
from tests.observer.conftest import Observer, Recorded, Snapshots


@pytest.mark.parametrize("form", FORMS)
def test_what_no_line_shows_is_null_and_never_zero(snapshots: Snapshots, form: str) -> None:
    """R15: height, tip, connections and peers are null in every snapshot, of every node."""
    compared = snapshots("level0", form)
    assert len(compared) == 23
    for _truth, found in compared:
        for node in found.nodes.values():
            assert (node.height, node.tip, node.tip_since, node.connections, node.peers) == (None,) * 5
            assert not node.shows.get("blocks")
            assert not node.shows.get("connections")


@pytest.mark.parametrize("form", FORMS)
def test_agreement_is_unknown_where_no_height_is_known(snapshots: Snapshots, form: str) -> None:
    """R15: nodes of unknown height neither agree nor disagree."""
    for _truth, found in snapshots("level0", form):
        assert found.agreement.agreed is None
        assert found.agreement.tips == []
        assert found.agreement.diverged == []
        assert set(found.agreement.unknown) <= set(NODES)


@pytest.mark.parametrize("form", FORMS)
def test_heights_that_lines_implied_are_kept_apart(snapshots: Snapshots, form: str) -> None:
    """`stated_height` is a height that RPC had shown by then or was about to, never a later or an invented one."""
    seen: dict[str, set[int]] = {}
    stated = 0
    for truth, found in snapshots("level0", form):
        seen.setdefault(truth.node, set()).add(truth.height)
        node = found.nodes[truth.node]
        assert (node.stated_height is None) == (node.stated_height_at is None)
        if node.stated_height is not None:
            stated += 1
            assert node.stated_height in seen[truth.node]
    assert stated


@pytest.mark.parametrize("form", FORMS)
def test_sync_and_reorganisation_lines_state_the_height(snapshots: Snapshots, form: str) -> None:
    """After the reorganisation node1 and node2 have said 64; node3 said 56 when it caught up and nothing since."""
    _, found = snapshots("level0", form)[-1]
    assert {name: node.stated_height for name, node in found.nodes.items()} == {"node1": 64, "node2": 64, "node3": 56}


def test_text_says_why_there_is_no_height(observer: Observer, recorded: Recorded) -> None:
    """People read a question mark and the reason, not a zero."""
    shown = observer("state", recorded("level0", "log")).text
    rows = {line.split()[0]: line.split() for line in shown.splitlines() if line.startswith("node")}
    assert {rows[node][2] for node in NODES} == {"?"}
    assert "its log does not show every block; height 64 was the last that a line implied" in shown
    assert "no node's height is known" in shown


def test_selecting_what_is_unknown_gives_null(observer: Observer, recorded: Recorded) -> None:
    """A script that asks for an unknown height is told null, in text as in JSON."""
    for asked in ([], ["--json"]):
        assert observer("state", recorded("level0", "log"), "nodes.node1.height", *asked).text == "null\n"
