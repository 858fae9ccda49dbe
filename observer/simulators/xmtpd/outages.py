"""Faults that begin and end with a change of the network. Those that only change a decision are asked for there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from observer.simulators.xmtpd import errors
from observer.simulators.xmtpd.faults import Fault
from observer.simulators.xmtpd.indexing import reorganise
from observer.simulators.xmtpd.lifecycle import start, stop
from observer.simulators.xmtpd.routine import failing_polls
from observer.simulators.xmtpd.sync import drop
from observer.simulators.xmtpd.world import World

Change = Callable[[World, Fault], None]


def _down(world: World, fault: Fault) -> None:
    for node in fault.nodes:
        stop(world, world.nodes[node])


def _up(world: World, fault: Fault) -> None:
    for node in fault.nodes:
        start(world, world.nodes[node])


def _quorum_down(world: World, fault: Fault) -> None:
    if world.settings.quorum_loss_by == "down":
        _down(world, fault)


def _quorum_up(world: World, fault: Fault) -> None:
    if world.settings.quorum_loss_by == "down":
        _up(world, fault)


def _cut(world: World, fault: Fault) -> None:
    for link in world.links.values():
        if fault.concerns(link.reader.id, link.peer.id):
            drop(world, link, errors.RESET)


def _freeze(world: World, fault: Fault) -> None:
    """The cursor updater ends with its first error, without a line, and for good (catalogue 3)."""
    for node in (world.nodes[one] for one in fault.nodes):
        if not node.frozen:
            node.frozen, node.served = True, dict(node.clock)


def _thaw(world: World, fault: Fault) -> None:
    """Nothing but a new process reads a cursor again."""
    for node in (world.nodes[one] for one in fault.nodes):
        if node.up:
            stop(world, node)
            start(world, node)


def _no_database(world: World, fault: Fault) -> None:
    _freeze(world, fault)
    for node in fault.nodes:
        world.run(world.nodes[node], failing_polls(world, world.nodes[node]))


def _roll_back(world: World, fault: Fault) -> None:
    first = world.settlement.roll_back(fault.since, world.now)
    number = world.settlement.blocks.number
    world.truth.say("reorg", first_block=number(fault.since), last_block=number(world.now), events_again=first)
    for node in fault.nodes:
        world.run(world.nodes[node], reorganise(world, world.nodes[node], first))


BEGINS: dict[str, Change] = {
    "node-down": _down,
    "quorum-loss": _quorum_down,
    "partition": _cut,
    "frozen-cursor": _freeze,
    "db-outage": _no_database,
}
ENDS: dict[str, Change] = {
    "node-down": _up,
    "quorum-loss": _quorum_up,
    "frozen-cursor": _thaw,
    "reorg": _roll_back,
}


def arrange(world: World, end: int) -> None:
    """Enter every fault into the course of events. One that lasts to the end of the run never ends in it."""
    for fault in world.faults.all:
        world.engine.at(fault.since, partial(_change, world, fault, "begins", BEGINS))
        if fault.until < end:
            world.engine.at(fault.until, partial(_change, world, fault, "ends", ENDS))


def _change(world: World, fault: Fault, phase: str, changes: dict[str, Change]) -> None:
    onto = None if fault.onto is None else list(fault.onto)
    world.truth.say("fault", fault=fault.kind, phase=phase, nodes=list(fault.nodes), onto=onto)
    if fault.kind in changes:
        changes[fault.kind](world, fault)
