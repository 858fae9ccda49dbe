"""A transaction of the settlement chain, as the node that sends it sees it."""

from __future__ import annotations

from observer.simulators.xmtpd.draws import digest
from observer.simulators.xmtpd.engine import Steps
from observer.simulators.xmtpd.statements import transactions
from observer.simulators.xmtpd.world import Node, World


def transaction(world: World, node: Node, *what: object) -> Steps:
    """Send one and wait for the block that takes it."""
    node.say(transactions.SENDER_BALANCE, "0x" + digest("sender", node.id)[:40], "99987" + "0" * 15)
    yield 120
    node.say(transactions.WAITING, "0x" + digest("transaction", node.id, world.now, *what))
    yield world.settlement.blocks.next(world.now) - world.now
