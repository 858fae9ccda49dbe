"""A real network of monerod, attached to while it lives through what the captured runs lived through."""

from __future__ import annotations

from pathlib import Path

from tests.components.monerod import Monero
from tests.components.process import until
from tests.live.attach import Attach, observer
from tests.live.histories import assert_live_is_replay, transitions

PACE = """
network: live
pace: {silent_after: 5s, block_interval: 2m}
"""


def told(recording: Path, rule: str, state: str, **labels: str) -> bool:
    """Whether that was told, as anybody can see who reads the recording meanwhile."""
    return any(
        (one.rule, one.state) == (rule, state) and labels.items() <= one.labels.items()
        for one in transitions(recording)
    )


def test_faults_of_a_real_network_are_told_live(monero: Monero, tmp_path: Path) -> None:
    """R2, R6, R18, R29: a node that is cut off and comes back, one that hangs, one that is killed and started again:
    each is told while it is so, and what was told is byte for byte what the recording tells.
    """
    inventory, recording = tmp_path / "network.yaml", tmp_path / "run.rec"
    inventory.write_text(PACE)
    arguments = (monero.logs, "--record", recording, "--rules", "builtin", "--inventory", inventory, "--plain")
    with Attach(*arguments) as attach:

        def wait(rule: str, state: str, **labels: str) -> None:
            until(
                lambda: recording.exists() and told(recording, rule, state, **labels),
                f"{rule} {labels} is {state}",
                alive=lambda: attach.running,
                told=lambda: attach.said,
            )

        monero.generateblocks(1, 4)
        monero.wait_same_tip()

        monero.isolate(3)
        wait("PeersLost", "firing", node="node3")
        monero.generateblocks(1, 2)
        longer = monero.generateblocks(3, 4)
        wait("Forked", "firing")
        monero.heal(3)
        assert monero.wait_same_tip() == longer[-1]
        wait("Forked", "resolved")

        monero.freeze(2)
        wait("NodeWentSilent", "firing", node="node2")
        monero.thaw(2)
        # In a network in which nothing happens a healthy node may be as silent as one that hangs.
        monero.generateblocks(1, 1)
        wait("NodeWentSilent", "resolved", node="node2")

        monero.kill(3)
        wait("NodeDied", "firing", node="node3")
        monero.restart(3)
        wait("NodeRestarted", "firing", node="node3")
        monero.wait_connected()
        tip = monero.generateblocks(1, 1)[-1]
        assert monero.wait_same_tip() == tip

        heights = [monero.height(node) - 1 for node in (1, 2, 3)]
        until(lambda: states(recording) == heights, f"the recording has {heights}", told=lambda: f"{states(recording)}")
        assert attach.end() == 130, attach.said
        assert "Traceback" not in attach.said
    fired = [(one.rule, one.labels.get("node"), one.at) for one in transitions(recording) if one.state == "firing"]
    assert len(set(fired)) == len(fired), "one of them was told twice"
    assert [node for rule, node, _at in fired if rule == "NodeDied"] == ["node3"]
    assert_live_is_replay(recording)
    assert observer("verify", recording).returncode == 0
    assert list(tmp_path.glob("run.rec*")) == [recording]


def states(recording: Path) -> list[int]:
    """The heights that a reader sees while it is being attached."""
    return [int(observer("state", recording, f"nodes.node{number}.height").stdout or -1) for number in (1, 2, 3)]
