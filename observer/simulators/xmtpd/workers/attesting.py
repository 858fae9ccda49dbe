"""The attestation worker: it judges what its node holds, every few seconds (workers/attestation.go)."""

from __future__ import annotations

from bisect import bisect_left

from observer.simulators.xmtpd import errors
from observer.simulators.xmtpd.engine import Steps
from observer.simulators.xmtpd.model import Attestation, Held, Report, Submission, Usage, Verdict
from observer.simulators.xmtpd.publishing import publish
from observer.simulators.xmtpd.statements import reports as lines
from observer.simulators.xmtpd.workers.hourly import silent
from observer.simulators.xmtpd.workers.merkle import root
from observer.simulators.xmtpd.world import Node, World

VALID = "valid report"
NOT_LAST = "end sequence ID is not the last message in the minute"
MISMATCH = "merkle root mismatch"


def attest(world: World, node: Node) -> Steps:
    """Look at what is pending, each time the ticker fires; the first time is one period after the start."""
    while True:
        yield world.settings.attest_every
        if world.no_database(node):
            node.say(lines.ATTESTING_ALL_FAILED, node.id, errors.DATABASE)
        elif not _idle(world, node):
            node.say(lines.FETCHING_TO_ATTEST, node.id)
            for held in tuple(node.pending.values()):
                _judge(world, node, held)


def _idle(world: World, node: Node) -> bool:
    lost = world.settings.quorum_loss_by == "silent" and world.under("quorum-loss", node.id)
    return lost or silent(world, node, "attestation")


def _judge(world: World, node: Node, held: Held) -> None:
    report = held.report
    seen = node.seen(report.originator)
    if seen < report.end:
        node.say(lines.NOT_ALL_SEEN, node.id, report.originator, report.start, report.end, seen)
        return
    if report.start:
        node.say(lines.FETCHING_PREVIOUS, node.id, report.originator, report.start)
        count = _previous(node, report)
        if count != 1:
            error = errors.previous_reports(count)
            node.say(lines.ATTESTING_FAILED, *node.of(report), error)
            world.truth.say("unjudged", node=node.id, report=report.id, reason=error)
            return
    refusal = _refusal(world, node, report)
    if refusal is None:
        node.say(lines.VALID, *node.of(report), VALID)
        world.set_verdict(node, held, Verdict.APPROVED, VALID)
        publish(world, node, 1, Attestation(report, node.id))
    else:
        node.say(lines.INVALID, *node.of(report), refusal)
        world.set_verdict(node, held, Verdict.REJECTED, refusal)


def _previous(node: Node, report: Report) -> int:
    on_chain = (Submission.SUBMITTED, Submission.SETTLED)
    return sum(one.report.end == report.start and one.submission in on_chain for one in node.reports(report.originator))


def _refusal(world: World, node: Node, report: Report) -> str | None:
    """Why a node does not attest a report; None where it does. The order is that of the catalogue, 2.5."""
    if world.settings.quorum_loss_by == "refusing" and world.under("quorum-loss", node.id):
        return MISMATCH
    usage = world.usage.get(report.originator, Usage())
    if usage.lasts[bisect_left(usage.lasts, report.end)] > report.end and node.seen(report.originator) > report.end:
        return NOT_LAST
    if root(world, node, report.originator, report.start, report.end) != report.root:
        return MISMATCH
    return None
