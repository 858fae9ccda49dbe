"""The root of a report's tree of payers, as one node computes it from the usage it has counted."""

from __future__ import annotations

from observer.simulators.xmtpd.draws import digest
from observer.simulators.xmtpd.world import Node, World


def root(world: World, node: Node, originator: int, start: int, end: int) -> str:
    """Equal on all nodes that count usage alike, which two faults end."""
    counted: tuple[object, ...] = ()
    if world.under("conflict-loop", originator):
        counted = ("its own way", node.id)
    elif world.under("merkle-split", node.id):
        counted = ("the other way",)
    return digest(originator, start, end, *counted)
