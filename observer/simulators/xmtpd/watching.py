"""The two programs that watch a network from outside, where they are asked for.

network-watcher subscribes to the cursor that each node serves and logs it once for each stream, so that only a new
stream can show a cursor that stands still. What ends a healthy stream is left open by the catalogue: here its
transport does, every `watch_session`. chain-watcher logs what the settlement chain says. Neither is under a fault.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from observer.simulators.xmtpd import errors
from observer.simulators.xmtpd.chain import ReportEvent
from observer.simulators.xmtpd.engine import Steps
from observer.simulators.xmtpd.settings import SECOND
from observer.simulators.xmtpd.statements import watchers as lines
from observer.simulators.xmtpd.statements.shape import Statement
from observer.simulators.xmtpd.world import Node, World

LOOK = SECOND
Write = Callable[[Statement, tuple[Any, ...]], None]


def go_duration(milliseconds: int) -> str:
    """A length of time as Go writes it: `30m0s`, `1.5s`, `250ms`."""
    if milliseconds < SECOND:
        return f"{milliseconds}ms" if milliseconds else "0s"
    seconds, rest = divmod(milliseconds, SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{seconds}.{rest:03d}".rstrip("0").rstrip(".") if rest else str(seconds)
    return f"{f'{hours}h' if hours else ''}{f'{minutes}m' if hours or minutes else ''}{text}s"


def watch_networks(world: World, write: Write) -> None:
    """One subscriber for each node."""
    for node in world.nodes.values():
        write(lines.SUBSCRIBER_ADDED, (node.id, node.address))
        world.engine.spawn(_subscribe(world, node, write))


def _subscribe(world: World, node: Node, write: Write) -> Steps:
    attempt, backoff = 0, world.settings.retry_first
    write(lines.SUBSCRIBING, (node.id, node.address))
    while True:
        began, updates = world.now, 0
        if node.serving:
            backoff = world.settings.retry_first
            cursor = dict(node.served if node.frozen else node.clock)
            write(lines.CONNECTED, (node.id, len(cursor)))
            write(lines.INITIAL_CURSOR, (node.id, cursor))
        process = node.process
        while node.serving and node.process == process and world.now - began < world.settings.watch_session:
            yield LOOK
            updates += not node.frozen
        reason = "error" if not node.serving or node.process != process else "eof"
        error = errors.UNAVAILABLE if reason == "error" else "EOF"
        write(lines.ENDED, (node.id, reason, error, updates, go_duration(world.now - began), go_duration(backoff)))
        yield backoff
        backoff = min(backoff * 2, world.settings.retry_most)
        attempt += 1
        write(lines.RECONNECTING, (node.id, node.address, attempt))


def watch_chain(world: World, write: Write) -> Steps:
    """Every event of the payer report manager, soon after its block."""
    write(lines.CHAIN_STARTED, ())
    known = 0
    while True:
        yield LOOK
        for event in world.settlement.events[known:]:
            if isinstance(event, ReportEvent):
                _tell(world, event, write)
        known = len(world.settlement.events)


def _tell(world: World, event: ReportEvent, write: Write) -> None:
    report = event.report
    if event.kind == "submitted":
        span = (report.start, report.end, report.end - report.start)
        signers = len(world.nodes[report.by].attesters.get(report.id, ()))
        write(lines.CHAIN_SUBMITTED, (report.originator, *span, signers, list(report.active)))
        return
    place = (report.originator, str(event.index), event.count)
    if event.remaining:
        write(lines.CHAIN_PARTLY_SETTLED, (*place, event.remaining, str(event.fees)))
    else:
        write(lines.CHAIN_SETTLED, (*place, str(event.fees)))


def watch(world: World, network: Write, chain: Write) -> None:
    """Start both, once there is something to watch."""
    world.engine.after(5 * SECOND, partial(watch_networks, world, network))
    world.engine.spawn(watch_chain(world, chain))
