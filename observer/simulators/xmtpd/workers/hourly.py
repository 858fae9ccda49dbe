"""The three workers that run once an hour, each at its minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from observer.simulators.xmtpd import errors
from observer.simulators.xmtpd.engine import Steps
from observer.simulators.xmtpd.schedule import GENERATOR, SETTLEMENT, SUBMITTER, slots
from observer.simulators.xmtpd.settings import Worker
from observer.simulators.xmtpd.statements import reports as lines
from observer.simulators.xmtpd.statements.shape import Statement
from observer.simulators.xmtpd.workers.generating import generate
from observer.simulators.xmtpd.workers.settling import settle
from observer.simulators.xmtpd.workers.submitting import submit
from observer.simulators.xmtpd.world import Node, World


class Hourly(NamedTuple):
    """A worker: its name and number, what it does, and what it says if it cannot begin."""

    name: Worker
    number: int
    work: Callable[[World, Node], Steps]
    failed: Statement


HOURLY = (
    Hourly("generator", GENERATOR, generate, lines.GENERATING_FAILED),
    Hourly("submitter", SUBMITTER, submit, lines.SUBMITTING_ALL_FAILED),
    Hourly("settlement", SETTLEMENT, settle, lines.SETTLING_ALL_FAILED),
)


def silent(world: World, node: Node, worker: Worker) -> bool:
    """Whether a worker does not win its lock: it returns, and no line says so (catalogue 2.3)."""
    return worker in world.settings.silent_workers and world.under("silent-worker", node.id)


def run(world: World, node: Node, worker: Hourly) -> Steps:
    """Wait for each slot and work. A slot that comes while it still works is taken at once."""
    for at in slots(node.id, worker.number, world.settings, world.now):
        yield max(0, at - world.now)
        if world.no_database(node):
            node.say(worker.failed, node.id, errors.DATABASE)
        elif not silent(world, node, worker.name):
            yield from worker.work(world, node)
