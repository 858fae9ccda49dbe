"""The nodes that tests are given are monerod, and each fault of the captured runs can be made with them."""

from __future__ import annotations

from tests.components.monerod import Monero


def test_nodes_live_through_the_captured_faults(monero: Monero) -> None:
    """Blocks reach every node, also after it was frozen, cut off or killed; its log tells the reorganisation."""
    assert len(monero.generateblocks(1, 2)) == 2
    monero.wait_same_tip()

    monero.freeze(2)
    (hidden,) = monero.generateblocks(1)
    assert monero.wait_same_tip() == hidden  # of those that are awake
    monero.thaw(2)
    assert monero.wait_same_tip() == hidden

    monero.isolate(3)
    monero.generateblocks(3, 1)
    longer = monero.generateblocks(1, 3)
    assert monero.tip(3) != longer[-1]
    monero.heal(3)
    assert monero.wait_same_tip() == longer[-1]
    assert "REORGANIZE" in monero.nodes[3].log_file.read_text()

    monero.kill(2)
    monero.generateblocks(1)
    monero.restart(2)
    monero.wait_same_tip()
    assert [monero.height(node) for node in (1, 2, 3)] == [8, 8, 8]
    monero.stop(1)
    assert "Cryptonote protocol stopped" in monero.nodes[1].log_file.read_text()
    assert sorted(path.name for path in monero.logs.iterdir()) == ["node1.log", "node2.log", "node3.log"]
