"""The submitter worker: it submits what enough nodes have attested (workers/submitter.go)."""

from __future__ import annotations

from observer.simulators.xmtpd import errors
from observer.simulators.xmtpd.chain import Outcome
from observer.simulators.xmtpd.engine import Steps
from observer.simulators.xmtpd.indexing import mined
from observer.simulators.xmtpd.model import Held, Submission, Verdict
from observer.simulators.xmtpd.statements import reports as lines
from observer.simulators.xmtpd.statements import transactions
from observer.simulators.xmtpd.workers.transacting import transaction
from observer.simulators.xmtpd.world import Node, World


def submit(world: World, node: Node) -> Steps:
    """Submit, one after the other, what this node has attested and enough others have too.

    What too few have attested is passed over, and nothing is logged of it (catalogue 0.5).
    """
    node.say(lines.FETCHING_TO_SUBMIT, node.id)
    waiting = [one for one in node.held.values() if _waits(one)]
    if not waiting:
        node.say(lines.NONE_TO_SUBMIT, node.id)
    for held in waiting:
        if len(node.attesters.get(held.report.id, ())) >= held.report.quorum and _waits(held):
            yield from _submit(world, node, held)


def _waits(held: Held) -> bool:
    return held.attestation is Verdict.APPROVED and held.submission is Submission.PENDING


def _submit(world: World, node: Node, held: Held) -> Steps:
    report = held.report
    node.say(lines.SUBMITTING, *node.of(report))
    signers = sorted(node.attesters[report.id])
    node.say(
        transactions.TX_SUBMITTING, report.id, {"start": report.start, "end": report.end, "signing_nodes": signers}
    )
    if world.under("submit-failing", node.id):
        yield 300
        node.say(lines.SUBMITTING_FAILED, *node.of(report), report.id, errors.NO_FUNDS)
        return
    yield from transaction(world, node, "submit", report.id)
    outcome = world.settlement.submit(report, world.canonical, world.now)
    if outcome is Outcome.ACCEPTED:
        _accepted(world, node, held)
    elif outcome is Outcome.ALREADY:
        # With the error comes the index 0, which stands in the database until the indexer puts it right (2.2).
        node.say(lines.ALREADY_SUBMITTED, *node.of(report))
        _known_as_submitted(world, node, held, 0)
    elif outcome is Outcome.INVALID_START:
        _refused(world, node, held)
    else:
        node.say(lines.SUBMITTING_FAILED, *node.of(report), report.id, errors.REVERTED)


def _accepted(world: World, node: Node, held: Held) -> None:
    """It is called submitted also where the database could not be told (catalogue 4.3)."""
    report = held.report
    world.courses.submitted(report, node.id)
    mined(world, "settlement-chain")
    node.say(transactions.TX_SUBMITTED, report.id)
    if world.no_database(node):
        node.say(lines.SET_SUBMITTED_FAILED, *node.of(report), report.id)
    else:
        _known_as_submitted(world, node, held, world.settlement.index(report))
    node.say(lines.SUBMITTED, *node.of(report))


def _known_as_submitted(world: World, node: Node, held: Held, index: int | None) -> None:
    if held.submission is Submission.PENDING:
        held.index = index
        world.set_submission(node, held, Submission.SUBMITTED, "submitter worker")


def _refused(world: World, node: Node, held: Held) -> None:
    """The chain has another report from there on.

    xmtpd looks once more whether the indexer has said meanwhile that it is this one; here the contract itself says
    so, with another error, and first.
    """
    report = held.report
    node.say(lines.FETCHED, node.id, report.id, report.start, report.end, report.originator)
    node.say(lines.INVALID_SEQUENCE, *node.of(report))
    world.set_submission(node, held, Submission.REJECTED, "submitter worker")
