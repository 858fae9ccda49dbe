"""The lives of the captured nodes: what their driver did to them, at the times at which it did it (truth.jsonl)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.observer.conftest import Observer, Recorded
from tests.observer.explained import clock, told


@pytest.fixture
def life(observer: Observer, recorded: Recorded) -> Any:
    """The life of a node in the run at level 1, by command."""

    def of(node: str) -> dict[str, Any]:
        answer: dict[str, Any] = observer("explain", recorded("level1", "log"), node, "--json").json
        return answer

    return of


def test_kill_and_restart(life: Any) -> None:
    """node3 got SIGKILL at 07:03:19.585 and was started again at 07:03:27.658; its first line came at 28.675."""
    answer = life("node3")
    assert told(answer, "last line", "restart", "regression") == [
        ("07:03:19.584", "node3", "the last line of a life that ended without a stop statement"),
        (
            "07:03:28.675",
            "node3",
            "restarted, monero 0.18.0.0-unknown; the life before ended without a stop statement",
        ),
        ("07:03:28.739", "node3", "height fell from 26 to 0: after a restart"),
    ]
    last = next(step for step in answer["steps"] if step["kind"] == "last line")
    assert last["line"].startswith("2026-11-21 07:03:19.584\t[RPC1]")
    assert last["offset"] == 129493


def test_isolation(life: Any) -> None:
    """out_peers=0 and in_peers=0 at 07:03:31.658 and again at 07:04:35.185; healed at 35.144 and 35.6."""
    answer = life("node3")
    lost = told(answer, "disconnected", "connections lost", "connected")
    assert ("07:03:31.658", "node3", "says it is disconnected from the network") in lost
    assert ("07:03:31.658", "node3", "lost its last connection (an RPC command)") in lost
    assert ("07:03:35.602", "node3", "has a connection again, with 127.0.0.1:39464") in lost
    assert ("07:04:35.187", "node3", "says it is disconnected from the network") in lost
    assert ("07:04:35.714", "node3", "has a connection again, with 127.0.0.1:37774") in lost
    assert lost[0] == ("07:03:03.577", "node3", "has a connection, with 127.0.0.1:36298")


def test_reorganisations(life: Any) -> None:
    """node1 and node2 gave up four blocks at 07:03:36, node3 two at 07:04:36 (the driver saw one tip at 36.295)."""
    assert told(life("node1"), "reorg") == [
        ("07:03:36.382", "node1", "reorganised, depth 4: from height 57 on, old tip 60 (success)")
    ]
    assert told(life("node2"), "reorg") == [
        ("07:03:36.173", "node2", "reorganised, depth 4: from height 57 on, old tip 60 (success)")
    ]
    assert told(life("node3"), "reorg") == [
        ("07:04:35.914", "node3", "reorganised, depth 2: from height 142 on, old tip 143 (success)")
    ]


def test_freeze(life: Any) -> None:
    """node2 got SIGSTOP at 07:03:36.616 and SIGCONT at 07:04:02.829: one silence, with the line on either side."""
    assert told(life("node2"), "last line", "silence") == [
        ("07:03:36.614", "node2", "the last line before a silence of 26.2 s"),
        ("07:04:02.829", "node2", "wrote nothing for 26.2 s, since 07:03:36.614"),
    ]
    assert told(life("node1"), "silence") == told(life("node3"), "silence") == []


def test_disagreement_is_told_of_who_is_behind(life: Any) -> None:
    """node1 and node2 went on without node3 (killed, then banning), and node1 and node3 without node2 (frozen)."""
    behind = {node: [text for _, _, text in told(life(node), "behind")] for node in ("node1", "node2", "node3")}
    assert behind == {
        "node1": [],
        "node2": ["node1, node3 at 67 e655f0d834a8; node2 at 64 62262069858d"],
        "node3": [
            "node1, node2 at 56 96f89861da44; node3 at 26 674d5b49f2fa",
            "node1, node2 at 140 805e56f99767; node3 at 138 a62b1ee89cae",
        ],
    }
    assert [text[:11] for _, _, text in told(life("node3"), "agreement")] == ["agree again"] * 2


def test_ban(life: Any) -> None:
    """node3 banned 127.0.0.1 at 07:04:16.637 for 15 s."""
    assert told(life("node3"), "ban", "ban over") == [
        ("07:04:16.636", "node3", "bans 127.0.0.1"),
        ("07:04:31.712", "node3", "no longer bans 127.0.0.1"),
    ]


def test_removed_blocks_and_the_orphan(life: Any) -> None:
    """pop_blocks took three of node2's at 07:04:34.793; the next block, fb327a of 34.849, had no parent there."""
    assert told(life("node2"), "tip unknown", "rejected", "regression") == [
        (
            "07:04:34.777",
            "node2",
            "is asked to remove blocks from height 140; its height is unknown until a line tells it",
        ),
        ("07:04:34.875", "node2", "rejects block fb327afcdc9a… at height 141: orphaned"),
        ("07:04:35.003", "node2", "height fell from 140 to 137: blocks were removed"),
    ]


def test_beginning_and_end(life: Any) -> None:
    """The driver started node1 at 07:02:57.493 and stopped it by RPC; it had left by 07:04:37.691."""
    answer = life("node1")
    told_ = told(answer)
    assert told_[0] == ("07:02:58.504", "node1", "started, monero 0.18.0.0-unknown")
    assert told_[-2:] == [("07:04:37.618", "node1", "stopped"), ("07:04:37.618", "node1", "its log ends here")]
    assert answer["summary"].startswith("monero 0.18.0.0-unknown stopped, 0 restarts, height 147, 1 reorganisation")


def test_heights_are_spaced(life: Any) -> None:
    """Not every block is a step: ten seconds at least stand between two heights told in passing."""
    for node in ("node1", "node2", "node3"):
        heights = [step for step in life(node)["steps"] if step["kind"] == "height"]
        assert 5 < len(heights) < 12
        seconds = [int(clock(step)[3:5]) * 60 + float(clock(step)[6:]) for step in heights]
        assert all(later - earlier >= 10 for earlier, later in pairwise(seconds))


def test_problems_are_told_once_a_shape(life: Any) -> None:
    """Lines of level warning or worse: the first of each shape, unless other words have told it."""
    problems = [step["facts"] for step in life("node2")["steps"] if step["kind"] == "problem"]
    texts = [(one["severity"], one["category"], one["text"].split("] ")[-1]) for one in problems]
    assert ("error", "cn", "Failed to parse block from blob") in texts
    assert len({(one["category"], one["text"]) for one in problems}) == len(problems)
    assert not any("orphaned" in text for _, _, text in texts)


def test_a_fork_is_one_step(life: Any) -> None:
    """The alternative blocks of a reorganisation are one step that names them all."""
    (fork,) = [step for step in life("node1")["steps"] if step["kind"] == "alternative"]
    assert len(fork["facts"]["blocks"]) == 8
    assert fork["text"] == "alternative block 299bf939e7aa… at height 57, and 7 more up to height 60"
