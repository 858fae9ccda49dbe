"""The nodes of `observer status`: where each stands, and what is odd about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from observer.answers_judged import NodeStanding, WatcherStanding
from observer.answers_shared import AgreementAnswer
from observer.answers_state import NodeAnswer
from observer.inventory import Inventory, nanoseconds
from observer.judged import Judged
from observer.snapshot import Point, agreement_answer, node_answer
from observer.standing.replication import clock_stated, odd_of, reading_of, watcher_of
from observer.synced import watchers
from observer.times import clock, written
from replay.journal import Role
from replay.play import heard_at
from replay.recording import Recording
from state import views
from state.nodes import OVER, Status
from waits.durations import duration
from waits.library.doing import SILENT_AFTER
from waits.sight import Attachment, Ear

if TYPE_CHECKING:
    from observer.standing.status import Until

CRASH_SHOWN = 120
NO_LOG = "no log: unknown, not absent"


def points_of(recording: Recording, judged: Judged, asked: Until) -> Point:
    """The snapshot up to which was judged."""
    heard = heard_at(recording, asked.seq)
    return Point(asked.seq, asked.at, judged.player.state, heard, judged.player.sources)


def nodes_of(point: Point, judged: Judged, inventory: Inventory, ends_at: int | None) -> dict[str, NodeStanding]:
    """Every node that is expected, has a log or has been met. Those whose logs end at `ends_at` or later end with the
    recording, and stand as they stood.
    """
    silent_after = nanoseconds(inventory.pace.silent_after)
    aside = watchers(point.state)
    every = {*views.names(point.state), *inventory.nodes, *(source.node for source in point.sources)}
    names = sorted(every - set(aside))
    answers = {name: node_answer(point, name, {}) for name in names}
    logs = {name: _log(point, judged, name, silent_after if ends_at is not None else None) for name in names}
    current = {name for name, (log, _ear) in logs.items() if log == "attached" or _stopped(point, name)}
    top = max([one.height for name, one in answers.items() if one.height is not None and name in current], default=None)
    apart = _apart(agreement_answer(point.state, []))
    found = {}
    for name, one in answers.items():
        log, ear = logs[name]
        last = max((point.heard[source.number].last_at for source in _sources(point, name)), default=None)
        quiet = None if last is None or log != "attached" or point.at is None else point.at - last
        known = one.height is not None and top is not None and name in current
        standing = NodeStanding(
            status=one.status,
            height=one.height,
            behind=top - one.height if known and top is not None and one.height is not None else None,
            connections=one.connections,
            synced=one.synced,
            last_line_at=None if last is None else written(last),
            quiet_ns=quiet,
            log=log,
            log_ended_at=_ended(log, ear),
            number=one.number,
            reads_from=None,
            peers=None,
            unreachable=[],
            clock_stated_at=None,
            odd=[],
        )
        _replication(standing, point, name)
        standing.odd = _odd(name, standing, one, point, ear, silent_after)
        if name in apart:
            standing.odd.append(f"on another chain from {apart[name]}")
        found[name] = standing
    return found


def _replication(standing: NodeStanding, point: Point, name: str) -> None:
    """Whom it reads from, and when it last told its clock."""
    over = _stopped(point, name) or standing.log != "attached" or (standing.quiet_ns or 0) >= SILENT_AFTER
    reading = None if point.at is None or over else reading_of(point.state, name, point.at)
    if reading is not None:
        standing.reads_from, standing.peers = reading.stands, reading.peers
        standing.unreachable = [peer for peer, _stream in reading.lost]
    stated = clock_stated(point.state, name)
    standing.clock_stated_at = None if stated is None else written(stated.at)


def watchers_of(point: Point, judged: Judged, inventory: Inventory, ends_at: int | None) -> dict[str, WatcherStanding]:
    """Programs that look at the network from outside."""
    grace = nanoseconds(inventory.pace.silent_after) if ends_at is not None else None
    found = {}
    for name in watchers(point.state):
        log, ear = _log(point, judged, name, grace)
        last = max((point.heard[source.number].last_at for source in _sources(point, name)), default=None)
        ended = ear.since if ear is not None and log == "ended" else None
        found[name] = watcher_of(point.state, name, log, ended, last)
    return found


def _ended(log: str, ear: Ear | None) -> str | None:
    return written(ear.since) if ear is not None and log == "ended" else None


def agreement_of(point: Point, nodes: dict[str, NodeStanding]) -> AgreementAnswer:
    """How the tips stand; nodes without a log are unknown."""
    known = views.names(point.state)
    return agreement_answer(point.state, [name for name in nodes if name not in known])


def _sources(point: Point, name: str) -> list:  # type: ignore[type-arg]
    return [source for source in point.sources if source.node == name and source.number in point.heard]


def _stopped(point: Point, name: str) -> bool:
    node = point.state.nodes.get(name)
    return node is not None and node.status in OVER


def _log(point: Point, judged: Judged, name: str, grace: int | None) -> tuple[str, Ear | None]:
    """How the node's log is being read, and the source that says so; with `grace`, a log that ended so shortly before
    the recording's end counts as attached.
    """
    mine = [source for source in point.sources if source.node == name]
    if not mine:
        return "none", None
    ears = [ear for ear in judged.engine.view.ears.of(name) if ear.primary]
    if not ears:
        return ("unread" if all(source.role is Role.UNREAD for source in mine) else "none"), None
    best = max(ears, key=lambda one: (one.attachment is Attachment.ATTACHED, one.since))
    with_the_end = grace is not None and point.at is not None and best.since >= point.at - grace
    if best.attachment is Attachment.ENDED and with_the_end:
        return "attached", best
    return best.attachment.value, best


def _odd(  # noqa: PLR0913 - what makes a node odd
    name: str, standing: NodeStanding, one: NodeAnswer, point: Point, ear: Ear | None, silent_after: int
) -> list[str]:
    """What is not as it is with a node that is well, in a few words each; the worst first."""
    attached = standing.log == "attached"
    if standing.log == "none":
        return [NO_LOG]
    if standing.log == "unread":
        return ["its log is in no format that is known"]
    said = []
    stopped = one.status in [status.value for status in OVER]
    if one.status == Status.CRASHED.value:
        said.append(f"crashed{f': {one.crash}' if one.crash else ''}"[:CRASH_SHOWN])
    if standing.log == "ended" and ear is not None and not stopped:
        early = f", {duration(point.at - ear.since)} ago" if point.at is not None else ""
        said.append(f"log ended {clock(ear.since)[:8]}{early}, no stop")
    elif standing.log in ("lost", "lagging"):
        said.append(f"log {standing.log}" + (f" since {clock(ear.since)[:8]}" if ear is not None and ear.since else ""))
    # Who reads from others may well write nothing for a while.
    silent_after = silent_after if standing.peers is None else max(silent_after, SILENT_AFTER)
    if standing.quiet_ns is not None and standing.quiet_ns > silent_after and not stopped:
        said.append(f"silent {duration(standing.quiet_ns)}")
    if one.connections == 0 and not stopped:
        said.append("no peers")
    if one.disconnected_since is not None and not one.connections and not stopped:
        said.append("says it is cut off")
    if one.syncing and not stopped:
        said.append("catching up" + (f" to {one.target_height}" if one.target_height else ""))
    # What a node said last before it fell silent, or its log ended, is not how it stands now.
    speaks = attached and not stopped and (standing.quiet_ns or 0) < SILENT_AFTER
    return [*said, *odd_of(point.state, name, point.at)] if speaks and point.at is not None else said


def _apart(found: AgreementAnswer) -> dict[str, int]:
    """Nodes on the smaller side of a fork, or on both sides where they are equal, and from which height on."""
    sides = {node: group.nodes for group in found.tips for node in group.nodes}
    apart: dict[str, int] = {}
    for pair in found.diverged:
        groups = [sides.get(node, [node]) for node in pair.nodes]
        least = min(map(len, groups))
        for node in (node for group in groups if len(group) == least for node in group):
            apart[node] = min(pair.since_height, apart.get(node, pair.since_height))
    return apart
