"""Blocks: who received them from whom, took them, gave them up, refused them, and who has them in the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.observer.conftest import Observer, Recorded
from tests.observer.explained import told
from tests.observer.monerod import block, idle, started

ORPHAN = "fb327afcdc9a78577251b586b9a0ac35ec1101fa8aa766c3bd66ca4a707acff0"
GIVEN_UP = "90a2da6c40832512af02c0e9ffe9b19b945ec03c749829f88611d8e0b2acf3a1"


@pytest.mark.parametrize("name", [ORPHAN, ORPHAN[:6], ORPHAN[:9].upper(), f"block/{ORPHAN[:8]}", f"blocks/{ORPHAN}"])
def test_way_of_the_orphan(observer: Observer, recorded: Recorded, name: str) -> None:
    """node1 mined it by 07:04:34.849; node2 had lost its parent, refused it once per connection, and took it later."""
    answer = observer("explain", recorded("level1", "log"), name, "--json").json
    assert (answer["what"], answer["kind"]) == (f"blocks/{ORPHAN}", "block")
    assert told(answer, "received", "added", "rejected", "left") == [
        ("07:04:34.847", "node1", "added to the main chain at height 141"),
        ("07:04:34.848", "node2", "received from 127.0.0.1:28101 (node1)"),
        ("07:04:34.848", "node3", "received from 127.0.0.1:37748"),
        ("07:04:34.875", "node2", "rejected at height 141: orphaned"),
        ("07:04:34.877", "node3", "added to the main chain at height 141"),
        ("07:04:35.004", "node2", "added to the main chain at height 141"),
    ]
    standing = answer["steps"][-1]["facts"]
    assert standing["on_main_chain"] == ["node1", "node2", "node3"]
    assert standing["refused"] == {"node2": 4}
    assert standing["delays_ns"] == {"node1": 0, "node2": 1_000_000, "node3": 1_000_000}


@pytest.mark.parametrize("name", ["block/60", "blocks/60", "blocks.60"])
def test_height_tells_every_block_there(observer: Observer, recorded: Recorded, name: str) -> None:
    """node1 and node2 had 90a2da of 07:03:32.025, node3 mined its own; they gave theirs up at 07:03:36."""
    answer = observer("explain", recorded("level1", "log"), name, "--json").json
    assert answer["what"] == "blocks/60"
    assert told(answer, "added", "left") == [
        ("07:03:32.022", "node1", "90a2da6c4083… added to the main chain at height 60"),
        ("07:03:32.066", "node2", "90a2da6c4083… added to the main chain at height 60"),
        ("07:03:32.762", "node3", "24557a2a108c… added to the main chain at height 60"),
        (
            "07:03:35.871",
            "node2",
            "90a2da6c4083… left the main chain: reorganised from height 57 on, old tip 60",
        ),
        ("07:03:35.978", "node2", "24557a2a108c… added to the main chain at height 60"),
        (
            "07:03:36.067",
            "node1",
            "90a2da6c4083… left the main chain: reorganised from height 57 on, old tip 60",
        ),
        ("07:03:36.188", "node1", "24557a2a108c… added to the main chain at height 60"),
    ]
    ends = {step["facts"]["block"][:6]: step["facts"] for step in answer["steps"] if step["kind"] == "standing"}
    assert ends["24557a"]["on_main_chain"] == ["node1", "node2", "node3"]
    assert ends["90a2da"]["on_main_chain"] == []
    assert {other[:6] for other in ends["90a2da"]["other_block"].values()} == {"24557a"}


def test_block_while_its_fork_is_undecided(observer: Observer, recorded: Recorded) -> None:
    """--at 07:03:34: node3, cut off, stands on another chain."""
    answer = observer("explain", recorded("level1", "log"), GIVEN_UP[:12], "--at", "07:03:34", "--json").json
    standing = answer["steps"][-1]["facts"]
    assert standing["on_main_chain"] == ["node1", "node2"]
    assert list(standing["other_block"]) == ["node3"]
    earlier = observer("explain", recorded("level1", "log"), GIVEN_UP[:12], "--at", "07:03:32.030", "--json").json
    assert earlier["steps"][-1]["facts"]["below"] == {"node2": 59, "node3": 56}


def test_an_empty_chain_loses_its_blocks(observer: Observer, recorded: Recorded) -> None:
    """node3 came back from its kill with nothing, and took block 20 again."""
    answer = observer("explain", recorded("level1", "log"), "block/20", "--json").json
    assert [one for one in told(answer, "added", "left") if one[1] == "node3"] == [
        ("07:03:10.790", "node3", "577c09266ac9… added to the main chain at height 20"),
        ("07:03:28.676", "node3", "577c09266ac9… left the main chain: the node began with an empty chain"),
        ("07:03:30.853", "node3", "577c09266ac9… added to the main chain again at height 20"),
    ]


def test_ambiguous_prefix_names_the_candidates(observer: Observer, refused: Callable[..., str], tmp_path: Path) -> None:
    """One sentence with the ids to choose from, and exit 2; a whole id is never ambiguous."""
    (tmp_path / "node1.log").write_bytes(started(0) + b"".join(block(100 + at, at) for at in range(9)))
    made = tmp_path / "made.rec"
    observer("import", tmp_path / "node1.log", "-o", made, "-q")
    sentence = refused(2, "explain", made, "aaaaaa")
    assert "9 blocks begin so: " in sentence
    assert f"{'0'.rjust(64, 'a')} at height 0" in sentence
    assert "and others; write more digits" in sentence
    answer: Any = observer("explain", made, "7".rjust(64, "a"), "--json").json
    assert answer["what"] == f"blocks/{'7'.rjust(64, 'a')}"


def test_settled_blocks_stay_on_the_main_chain(observer: Observer, tmp_path: Path) -> None:
    """Retention forgets heights far below the tip; that is no leaving, and who forgot still has the block."""
    lines = [started(0), *(block(100 + 2 * at, at) for at in range(2100)), idle(9000)]
    (tmp_path / "node1.log").write_bytes(b"".join(lines))
    observer("import", tmp_path / "node1.log", "-o", tmp_path / "made.rec", "-q")
    answer = observer("explain", tmp_path / "made.rec", "block/7", "--json").json
    assert [step["kind"] for step in answer["steps"]] == ["added", "standing"]
    assert answer["steps"][-1]["facts"]["on_main_chain"] == ["node1"]
