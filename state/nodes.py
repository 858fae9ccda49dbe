"""Slice `nodes`: what each node says of its own life: process, readiness, sync, problems.

Nothing here is inferred from silence or from other nodes (R14, R16); a node that a log begins in the
middle of has no status until a line states one (R15).
"""

from __future__ import annotations

import enum
from typing import TypeAlias

import msgspec
from immutables import Map
from msgspec.structs import replace

from state.events import (
    CandidateSeen,
    Event,
    NetworkLost,
    ProblemLogged,
    ProcessCrashed,
    ProcessReady,
    ProcessStarted,
    ProcessStopped,
    ProcessStopping,
    ServiceBound,
    SyncFinished,
    SyncProgressed,
    SyncStarted,
    TargetLowered,
)
from state.origin import Origin
from state.reducers import folds
from state.sync_events import (
    DatabaseFailed,
    FeesDiffered,
    PublishingFailed,
    RatesStale,
    SinkFailed,
)
from state.trouble import Trouble, again

WATCHERS = ("network-watcher", "chain-watcher")
"""Programs that log beside nodes and are none, by what they call themselves."""
PROBLEMS_KEPT = 64
"""Fingerprints kept for a node; further ones are counted in `problems_dropped`."""
LIVES_KEPT = 32
"""Former lives kept for a node, the latest ones."""


class Status(enum.Enum):
    """Where a process stands in its life, as its own lines state it."""

    STARTING = "starting"
    UP = "up"
    STOPPING = "stopping"
    STOPPED = "stopped"
    CRASHED = "crashed"
    """It said that it cannot go on."""


OVER = (Status.STOPPED, Status.CRASHED)
"""A process that has stated its end: nothing more comes of it, and nothing more is expected."""


class Problem(msgspec.Struct, frozen=True, gc=False):
    """Lines of level warning or worse that have one shape."""

    severity: str
    category: str
    text: str
    count: int
    first: Origin
    last: Origin


class Life(msgspec.Struct, frozen=True, gc=False):
    """One run of the process that is over. `clean` is whether it stated its stop; None where it may have, in a part of
    the log that was not read.
    """

    started: Origin | None
    stopped: Origin | None
    clean: bool | None


class Node(msgspec.Struct, frozen=True, gc=False):
    """One node."""

    born: Origin
    last: Origin
    system: str | None = None
    version: str | None = None
    status: Status | None = None
    status_since: Origin | None = None
    started: Origin | None = None
    stopping: Origin | None = None
    stopped: Origin | None = None
    restarts: int = 0
    """Process starts after the node had already shown life."""
    unclean: int = 0
    """Lives that ended without a stop statement."""
    lives: tuple[Life, ...] = ()
    services: Map[str, str] = Map()
    synced: bool | None = None
    """Whether the node believes itself synchronised, in the sense of its own RPC: once true it stays so
    for the life of the process, however far behind the node falls."""
    syncing: bool | None = None
    """Whether it is catching up with a peer."""
    sync_count: int | None = None
    target: int | None = None
    """Count the node aims for; 0 when it aims for none."""
    behind_candidate: bool | None = None
    """Whether the last candidate that a peer showed was ahead of us; None before the first."""
    disconnected: Origin | None = None
    """When the node last said that it is cut off, until it catches up with a peer again."""
    problems: Map[str, Problem] = Map()
    problem_lines: int = 0
    severities: Map[str, int] = Map()
    """Every line of level warning or worse by its severity, also those whose shape is not kept."""
    problems_dropped: int = 0
    troubles: Map[str, Trouble] = Map()
    """Work that fails, by what it is: `database`, `sink`, `publisher`, `fees`, `rates`."""
    crash: str | None = None
    """What the process said as it crashed."""
    missed: Origin | None = None
    """The last gap in its log since the process started: what it had said of its life may be so no more."""
    lived: bool = False
    """Whether the process had shown itself before that."""


Nodes: TypeAlias = Map[str, Node]
Change: TypeAlias = tuple[Nodes, tuple[str, ...]]


def _of(nodes: Nodes, origin: Origin) -> Node:
    node = nodes.get(origin.node)
    return Node(born=origin, last=origin) if node is None else node


def _put(nodes: Nodes, origin: Origin, node: Node) -> Change:
    return nodes.set(origin.node, node), (origin.node,)


@folds("nodes", ProcessStarted)
def started(nodes: Nodes, event: ProcessStarted, origin: Origin) -> Change:
    """A process start sets everything that a life begins with, and closes the life before it."""
    known = nodes.get(origin.node)
    node = _of(nodes, origin)
    if known is not None and (known.lived or lived(known)):
        clean = None if known.missed is not None and known.status is None else known.status is Status.STOPPED
        life = Life(started=known.started, stopped=known.stopped, clean=clean)
        node = replace(
            node,
            restarts=known.restarts + 1,
            unclean=known.unclean + (clean is False),
            lives=(*known.lives[1 - LIVES_KEPT :], life),
        )
    return _put(
        nodes,
        origin,
        replace(
            node,
            last=origin,
            system=event.system,
            version=event.version or None,
            status=Status.STARTING,
            status_since=origin,
            started=origin,
            stopping=None,
            stopped=None,
            services=Map(),
            synced=False,
            syncing=False,
            sync_count=None,
            target=0,
            behind_candidate=None,
            disconnected=None,
            crash=None,
            missed=None,
            lived=False,
        ),
    )


def lived(node: Node) -> bool:
    """Whether a process has shown itself; a problem does not count, as it can stand before the banner."""
    stated = (node.status, node.synced, node.syncing, node.target, node.behind_candidate)
    return bool(node.services) or any(fact is not None for fact in stated)


@folds("nodes", ProcessReady)
def ready(nodes: Nodes, event: ProcessReady, origin: Origin) -> Change:
    """The process is up. A watcher says so for each node that it watches; the first time counts."""
    node = _of(nodes, origin)
    if node.status is Status.UP and event.system:
        return nodes, ()
    return _put(nodes, origin, _moved(replace(node, system=node.system or event.system or None), Status.UP, origin))


@folds("nodes", ProcessStopping)
def stopping(nodes: Nodes, _event: ProcessStopping, origin: Origin) -> Change:
    """The first of several stop lines counts."""
    node = _of(nodes, origin)
    if node.status is Status.STOPPING or node.status in OVER:
        return nodes, ()
    return _put(nodes, origin, replace(_moved(node, Status.STOPPING, origin), stopping=origin))


@folds("nodes", ProcessStopped)
def stopped(nodes: Nodes, _event: ProcessStopped, origin: Origin) -> Change:
    """The orderly end of a life; what a crash still lets the process say is no such end."""
    node = _of(nodes, origin)
    if node.status is Status.CRASHED:
        return nodes, ()
    return _put(nodes, origin, replace(_moved(node, Status.STOPPED, origin), stopped=origin))


@folds("nodes", ProcessCrashed)
def crashed(nodes: Nodes, event: ProcessCrashed, origin: Origin) -> Change:
    """The end of a life that nobody asked for."""
    return _put(nodes, origin, replace(_moved(_of(nodes, origin), Status.CRASHED, origin), crash=event.error))


_TROUBLES: dict[type[Event], str] = {
    DatabaseFailed: "database",
    SinkFailed: "sink",
    PublishingFailed: "publisher",
    FeesDiffered: "fees",
    RatesStale: "rates",
}


@folds("nodes", *_TROUBLES)
def trouble(
    nodes: Nodes, event: DatabaseFailed | SinkFailed | PublishingFailed | FeesDiffered | RatesStale, origin: Origin
) -> Change:
    """Counted by what fails."""
    node = _of(nodes, origin)
    if isinstance(event, FeesDiffered):
        text = f"ours {event.ours}, theirs {event.theirs}"
    elif isinstance(event, RatesStale):
        text = f"read {event.age_ms} ms ago"
    else:
        text = event.error
    name = _TROUBLES[type(event)]
    troubles = node.troubles.set(name, again(node.troubles.get(name), text, origin))
    return _put(nodes, origin, replace(node, last=origin, troubles=troubles))


def _moved(node: Node, status: Status, origin: Origin) -> Node:
    return replace(node, last=origin, status=status, status_since=origin)


@folds("nodes", ServiceBound)
def bound(nodes: Nodes, event: ServiceBound, origin: Origin) -> Change:
    """A service's latest address stands."""
    node = _of(nodes, origin)
    return _put(nodes, origin, replace(node, last=origin, services=node.services.set(event.service, event.address)))


@folds("nodes", SyncStarted)
def sync_started(nodes: Nodes, _event: SyncStarted, origin: Origin) -> Change:
    """Printed behind a candidate, also behind one that is lower than our own tip: then there is nothing to
    catch up with.
    """
    node = _of(nodes, origin)
    syncing = node.syncing if node.behind_candidate is None else node.behind_candidate
    return _put(nodes, origin, replace(node, last=origin, syncing=syncing, disconnected=None))


@folds("nodes", CandidateSeen)
def candidate_seen(nodes: Nodes, event: CandidateSeen, origin: Origin) -> Change:
    """A peer ahead of us raises the target; one behind us leaves it."""
    node = _of(nodes, origin)
    behind = event.theirs > event.ours
    target = max(event.theirs, node.target or 0) if behind else node.target
    return _put(nodes, origin, replace(node, last=origin, target=target, behind_candidate=behind, disconnected=None))


@folds("nodes", SyncProgressed)
def sync_progressed(nodes: Nodes, event: SyncProgressed, origin: Origin) -> Change:
    """Reaching the target ends the catching up, and proves the node synchronised."""
    node = _of(nodes, origin)
    done = event.count >= event.target
    return _put(
        nodes,
        origin,
        replace(
            node,
            last=origin,
            sync_count=event.count,
            target=event.target,
            syncing=not done,
            synced=True if done else node.synced,
        ),
    )


@folds("nodes", SyncFinished)
def sync_finished(nodes: Nodes, _event: SyncFinished, origin: Origin) -> Change:
    """The node's own word."""
    return _put(nodes, origin, replace(_of(nodes, origin), last=origin, synced=True, syncing=False))


@folds("nodes", TargetLowered)
def target_lowered(nodes: Nodes, event: TargetLowered, origin: Origin) -> Change:
    """The peers that were ahead are gone."""
    node = _of(nodes, origin)
    return _put(
        nodes,
        origin,
        replace(node, last=origin, target=event.now, syncing=False if event.now == 0 else node.syncing),
    )


@folds("nodes", NetworkLost)
def network_lost(nodes: Nodes, _event: NetworkLost, origin: Origin) -> Change:
    """Cut off. Monero goes on believing itself synchronised, so `synced` stays."""
    return _put(nodes, origin, replace(_of(nodes, origin), last=origin, disconnected=origin, syncing=False, target=0))


@folds("nodes", ProblemLogged)
def problem(nodes: Nodes, event: ProblemLogged, origin: Origin) -> Change:
    """Problems are counted by shape, so that a storm of one kind is one entry."""
    node = _of(nodes, origin)
    severities = node.severities.set(event.severity, node.severities.get(event.severity, 0) + 1)
    node = replace(node, last=origin, problem_lines=node.problem_lines + 1, severities=severities)
    known = node.problems.get(event.fingerprint)
    if known is not None:
        again = replace(known, count=known.count + 1, last=origin)
        return _put(nodes, origin, replace(node, problems=node.problems.set(event.fingerprint, again)))
    if len(node.problems) >= PROBLEMS_KEPT:
        return _put(nodes, origin, replace(node, problems_dropped=node.problems_dropped + 1))
    fresh = Problem(event.severity, event.category, event.text, 1, origin, origin)
    return _put(nodes, origin, replace(node, problems=node.problems.set(event.fingerprint, fresh)))
