"""The settlement worker: it settles what is submitted, so many leaves at a time (workers/settlement.go)."""

from __future__ import annotations

from observer.simulators.xmtpd import errors
from observer.simulators.xmtpd.engine import Steps
from observer.simulators.xmtpd.indexing import cleared, mined
from observer.simulators.xmtpd.model import Held, Submission
from observer.simulators.xmtpd.payers import payer, share
from observer.simulators.xmtpd.statements import reports as lines
from observer.simulators.xmtpd.statements import transactions
from observer.simulators.xmtpd.workers.transacting import transaction
from observer.simulators.xmtpd.world import Node, World


def settle(world: World, node: Node) -> Steps:
    """Settle, one after the other, what this node knows to be submitted."""
    node.say(lines.FETCHING_TO_SETTLE, node.id)
    for held in [one for one in node.held.values() if one.submission is Submission.SUBMITTED]:
        node.say(lines.SETTLING, *node.of(held.report))
        if world.under("settle-failing", node.id):
            yield 300
            _failed(world, node, held)
            continue
        yield from _leaves(world, node, held)
        _settled(world, node, held)


def _failed(world: World, node: Node, held: Held) -> None:
    error = errors.REVERTED
    if world.settings.settle_failure == "fishy":
        node.say(lines.FISHY, *node.of(held.report))
        error = errors.NOTHING_LEFT
    node.say(lines.SETTLING_FAILED, *node.of(held.report), held.report.id, error)


def _leaves(world: World, node: Node, held: Held) -> Steps:
    """One transaction after the other until nothing is left; none where somebody else has been faster."""
    report = held.report
    index = world.settlement.index(report)
    while index is not None and (left := world.settlement.remaining(report, index)):
        yield from transaction(world, node, "settle", report.id, left)
        before = world.settlement.remaining(report, index)
        if not before:
            return
        remaining = world.settlement.settle(report, index, world.settings.leaves_at_once, world.now)
        world.courses.settled(report, remaining, node.id)
        mined(world, "settlement-chain")
        fees = (report.end - report.start) * 1000
        for leaf in range(before - remaining):
            node.say(transactions.TX_USAGE_SETTLED, payer(leaf), share(fees, world.settings.payers))
        node.say(transactions.TX_SETTLED, report.originator, index, remaining)
        node.say(lines.SUBSET_SETTLED, *node.of(report), remaining, before - remaining)


def _settled(world: World, node: Node, held: Held) -> None:
    """The line comes before the database is written (catalogue 4.3), and also where the indexer was faster."""
    node.say(lines.SETTLED, *node.of(held.report))
    if world.no_database(node):
        node.say(lines.SET_SETTLED_FAILED, *node.of(held.report), held.report.id)
    elif held.submission in (Submission.PENDING, Submission.SUBMITTED):
        world.set_submission(node, held, Submission.SETTLED, "settlement worker")
        node.say(lines.CLEARED_USAGE, node.id, *cleared(node, held))
