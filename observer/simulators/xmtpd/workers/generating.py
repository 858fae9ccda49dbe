"""The generator worker: once an hour it looks at every originator and may make a report (workers/generator.go)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from observer.simulators.xmtpd.draws import digest
from observer.simulators.xmtpd.engine import Steps
from observer.simulators.xmtpd.model import Held, Report, Submission, Usage, Verdict
from observer.simulators.xmtpd.publishing import publish
from observer.simulators.xmtpd.settings import MINUTE
from observer.simulators.xmtpd.statements import reports as lines
from observer.simulators.xmtpd.workers.merkle import root
from observer.simulators.xmtpd.world import Node, World

MIGRATORS = (10, 11, 12, 13, 14)
"""Originators of migrated messages: looked at each time, and here without any traffic."""
ON_CHAIN = (Submission.SUBMITTED, Submission.SETTLED)


def generate(world: World, node: Node) -> Steps:
    """Look at each originator in turn."""
    node.say(lines.GETTING_NODES, node.id)
    for originator in (*world.registered, *MIGRATORS):
        yield 12
        node.say(lines.MAYBE_GENERATING, node.id, originator)
        start = _start(world, node, originator)
        if start is not None:
            _generate(world, node, originator, start)


def _start(world: World, node: Node, originator: int) -> int | None:
    """Where the next report starts: where the last one ended that was submitted. None where none is due.

    The age of the last one is taken from the minute it ends in.
    """
    own = originator == node.id
    held = node.reports(originator)
    last = max((one for one in held if one.submission in ON_CHAIN), key=lambda one: one.report.end, default=None)
    period = world.settings.generate_self if own else world.settings.generate_others
    if last is not None and world.now - last.report.end_minute * MINUTE < period:
        node.say(lines.WITHIN_INTERVAL, node.id, originator)
        return None
    start = last.report.end if last is not None else 0
    node.say(lines.AT_BOUNDARY, node.id, originator, start)
    expiry = world.settings.expire_self if own else world.settings.expire_others
    blocking = sum(_blocks(world, node, one, expiry) for one in _at(held, start))
    if blocking:
        node.say(lines.PENDING_EXISTS, node.id, originator, start, blocking)
        return None
    return start


def _at(held: list[Held], start: int) -> Iterator[Held]:
    """The reports that start at the boundary and are not given up."""
    return (one for one in held if one.report.start == start and one.submission is not Submission.REJECTED)


def _blocks(world: World, node: Node, held: Held, expiry: int) -> bool:
    """Whether a report keeps the next one from being made; an old one is given up instead (catalogue 2.2)."""
    if held.submission is not Submission.PENDING:
        return True
    if world.now - held.created > expiry:
        node.say(lines.EXPIRING, node.id, held.report.originator, held.report.id)
        world.set_submission(node, held, Submission.REJECTED, "expired")
        return False
    if held.attestation is Verdict.REJECTED and world.settings.ignore_rejected:
        node.say(lines.IGNORED_REJECTED, node.id, held.report.originator, held.report.id)
        return False
    return True


def _generate(world: World, node: Node, originator: int, start: int) -> None:
    found = end_of(world.usage.get(originator, Usage()), start, node.seen(originator))
    if found is None:
        node.say(lines.TOO_FEW, node.id, originator)
        return
    end, minute = found
    counted, active = root(world, node, originator, start, end), world.registered
    name = digest("report", originator, start, end, minute, counted, *active)
    report = Report(name, originator, start, end, minute, counted, active, node.id)
    if name not in node.held:
        # Equal content is the same report: where its row is there already, there is only the line.
        world.courses.created(report, world.settlement.end(originator))
        world.hold(node, report, "generator")
        publish(world, node, 1, report)
    node.say(lines.GENERATED, node.id, report.id, start, end, originator)


def end_of(usage: Usage, start: int, seen: int) -> tuple[int, int] | None:
    """End and end minute of a report: the second newest minute with usage behind its start that a node has seen."""
    newest = min(bisect_left(usage.lasts, seen), len(usage.lasts) - 1)
    if newest < 1 or usage.lasts[newest - 1] <= start:
        return None
    return usage.lasts[newest - 1], usage.minutes[newest - 1]
