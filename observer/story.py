"""What happened, told from a recording as it is played: starts, stops, syncs, heights, agreement, reorgs,
connections lost, silences.

A line tells what changed for someone who watches the network, not every event: blocks are told as heights
reached, connections as losses. Disagreement of tips is told when it lasts, as every new block is unknown to
someone for a moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from observer.inventory import nanoseconds
from observer.times import clock, lasting
from replay.blocks import Block
from replay.journal import Mark, MarkKind, Role, Source
from replay.play import Player, Step
from state import views
from state.events import BlockRejected, ConnectionClosed, HostBlocked, HostUnblocked
from state.nodes import Node, Status
from state.ordered import ordered
from state.snapshot import NetworkState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SETTLE_NS = 5 * 10**9
"""Disagreement of tips is told when it has lasted this long."""
PROGRESS_NS = 10 * 10**9
"""Heights are told at most this often."""
SILENCE_FACTOR = 3
"""A source that has paused before is silent when it pauses so many times longer."""


class Happening(NamedTuple):
    """One thing worth telling."""

    at: int
    seq: int
    node: str | None
    kind: str
    text: str
    facts: dict[str, Any]


class Silence(NamedTuple):
    """A pause in a source."""

    source: int
    start: int
    end: int
    seq: int
    """Sequence of the line that ended it."""


@dataclass(slots=True)
class Silences:
    """Finds pauses in block columns, whatever lines were skipped (R14)."""

    threshold: int
    _last: dict[int, int] = field(default_factory=dict)
    _longest: dict[int, int] = field(default_factory=dict)

    def find(self, block: Block, watched: set[int]) -> list[Silence]:
        """Pauses that end in this block."""
        import numpy as np

        found: list[Silence] = []
        for segment, first, _start in block.segments():
            if segment.source not in watched:
                continue
            times = block.times[first : first + segment.lines]
            last = self._last.get(segment.source, int(times[0]))
            gaps = np.diff(times, prepend=last)
            self._last[segment.source] = int(times[-1])
            found += self._over(segment.source, times, gaps, block.seqs[first : first + segment.lines])
        return found

    def _over(
        self, source: int, times: NDArray[np.int64], gaps: NDArray[np.int64], seqs: NDArray[np.int64]
    ) -> Iterator[Silence]:
        longest = self._longest.get(source, 0)
        for place in (gaps > max(self.threshold, 0)).nonzero()[0].tolist():
            usual = max(longest, int(gaps[:place].max()) if place else 0)
            gap = int(gaps[place])
            if gap > SILENCE_FACTOR * usual:
                yield Silence(source, int(times[place]) - gap, int(times[place]), int(seqs[place]))
        self._longest[source] = max(longest, int(gaps.max()))


class Story:
    """Tells a recording."""

    def __init__(self, player: Player, silent_after: str, *, verbose: bool = False) -> None:
        """With `verbose`, every block and connection is told too."""
        self._player = player
        self._sources: dict[int, Source] = {source.number: source for source in player.sources}
        self._watched = {source.number for source in player.sources if source.role is Role.PRIMARY}
        self._silences = Silences(nanoseconds(silent_after))
        self._verbose = verbose
        self._parted: int | None = None
        self._parted_told = False
        self._progress_at: int | None = None
        self._heights: dict[str, int] = {}
        self._rejected: dict[tuple[str, str], int] = {}
        self._tips_now = views.agreement(player.state)
        self._known: set[str] = set()
        """Nodes whose height has been known: one that restarts has not joined the others by that."""
        self.seq = 0
        self.at = 0

    def tell(self) -> Iterator[Happening]:
        """Everything worth telling, in journal order."""
        folding = self._player.folding
        for info in self._player.recording.block_infos(1):
            block = self._player.recording.block(info.first_seq)
            told = [self._silence(found) for found in self._silences.find(block, self._watched)]
            told += [one for mark in block.columns.marks if (one := self._mark(mark)) is not None]
            told.sort(key=lambda one: one.seq)
            pending = iter(told)
            following = next(pending, None)
            for step in folding.steps(self._player.hot_block(info)):
                while following is not None and following.seq <= step.wanted.seq:
                    yield following
                    following = next(pending, None)
                self.at = step.wanted.at
                yield from self._overdue(step.wanted.at, step.wanted.seq)
                yield from self._step(step)
                yield from self._agreement(step)
            while following is not None:
                yield following
                following = next(pending, None)
            folding.seq = info.last_seq
            self.seq, self.at = info.last_seq, info.last_at
        yield from self._end()

    # --- Marks and silences --------------------------------------------------------------------------

    def _silence(self, found: Silence) -> Happening:
        node = self._sources[found.source].node
        length = found.end - found.start
        return Happening(
            found.end,
            found.seq,
            node,
            "silence",
            f"wrote nothing for {lasting(length)}, since {clock(found.start)}",
            {"since_ns": found.start, "lasted_ns": length},
        )

    def _mark(self, mark: Mark) -> Happening | None:
        source = self._sources[mark.source]
        text = {
            MarkKind.ENDED: "its log ends here",
            MarkKind.TORN: "its last line has no end",
            MarkKind.STRAY: f"{mark.facts.get('lines')} line(s) carry a date far off; ordered by their neighbours",
            MarkKind.CLOCK_STEP: f"its clock was set by {lasting(abs(int(mark.facts.get('step_ns', 0))))}",
            MarkKind.UNDATED: "its lines carry no time that can be read",
        }.get(mark.kind)
        if text is None or source.role is not Role.PRIMARY:
            return None
        return Happening(mark.at, mark.seq, source.node, mark.kind.value, text, dict(mark.facts))

    # --- what entries change -------------------------------------------------------------------------

    def _step(self, step: Step) -> Iterator[Happening]:
        node = step.said[0][1].node
        seq, at = step.wanted.seq, step.wanted.at

        def told(kind: str, text: str, **facts: object) -> Happening:
            return Happening(at, seq, node, kind, text, facts)

        slices = {name for name, _ in step.touched}
        if "nodes" in slices:
            for kind, text, facts in _life(step.before.nodes.get(node), step.after.nodes[node]):
                yield told(kind, text, **facts)
        if "chain" in slices:
            yield from self._chain(step, node)
        if "peers" in slices:
            for kind, text in _peers(step.before, step.after, node):
                yield told(kind, text)
        for event, _origin in step.said:
            if isinstance(event, HostBlocked):
                yield told("ban", f"bans {event.host}", host=event.host)
            elif isinstance(event, HostUnblocked):
                yield told("ban over", f"no longer bans {event.host or 'anyone'}", host=event.host)
            elif isinstance(event, BlockRejected):
                yield from self._rejection(event, node, told)
            elif self._verbose and isinstance(event, ConnectionClosed):
                yield told("connection closed", f"closes {event.address}", address=event.address)

    def _rejection(self, event: BlockRejected, node: str, told: Any) -> Iterator[Happening]:
        times = self._rejected[node, event.block] = self._rejected.get((node, event.block), 0) + 1
        if times == 1:
            yield told(
                "rejected",
                f"rejects block {event.block[:12]}… at {event.height}: {event.reason}",
                block=event.block,
                height=event.height,
            )

    def _chain(self, step: Step, node: str) -> Iterator[Happening]:
        before, after = step.before.chain.get(node), step.after.chain[node]
        seq, at = step.wanted.seq, step.wanted.at
        if before is None or after.reorg_total > before.reorg_total:
            for one in after.reorgs[-1:]:
                text = (
                    f"reorganised, depth {one.depth}: from height {one.split} on, old tip {one.old_tip} ({one.outcome})"
                )
                facts = {
                    "split": one.split,
                    "depth": one.depth,
                    "old_tip": one.old_tip,
                    "outcome": one.outcome,
                }
                yield Happening(at, seq, node, "reorg", text, facts)
        if before is None or after.regression_total > before.regression_total:
            for fell in after.regressions[-1:]:
                cause = "after a restart" if fell.cause == "restart" else "blocks were removed"
                text = f"height fell from {fell.before} to {fell.now}: {cause}"
                yield Happening(at, seq, node, "regression", text, {"before": fell.before, "now": fell.now})
        for name, key in step.touched:
            if name == "chain" and isinstance(key, tuple):
                sighting = after.sightings.get(str(key[1]))
                had = before.sightings.get(str(key[1])) if before is not None else None
                if (
                    sighting is not None
                    and sighting.alternative is not None
                    and (had is None or had.alternative is None)
                ):
                    text = f"alternative block {str(key[1])[:12]}… at height {sighting.height}"
                    yield Happening(at, seq, node, "alternative", text, {"block": key[1], "height": sighting.height})
        tip_moved = after.tip is not None and (before is None or before.tip != after.tip)
        if self._verbose and tip_moved and after.reorg is None:
            block = after.main.get(after.tip or 0, "")
            yield Happening(at, seq, node, "tip", f"tip {after.tip} {block[:12]}", {"height": after.tip, "tip": block})

    # --- the network ---------------------------------------------------------------------------------

    def _overdue(self, now: int, seq: int) -> Iterator[Happening]:
        """Disagreement that has lasted long enough by the time the next entry comes (R21)."""
        if self._parted is not None and not self._parted_told and now - self._parted >= SETTLE_NS:
            self._parted_told = True
            found = self._tips_now
            yield Happening(self._parted + SETTLE_NS, seq, None, _parting(found), _tips(found), _facts(found))

    def _agreement(self, step: Step) -> Iterator[Happening]:
        """How the tips stand after an entry that moved one."""
        before, after, at, seq = step.before, step.after, step.wanted.at, step.wanted.seq
        if before.chain is after.chain and before.listening is after.listening:
            return
        found = self._tips_now = views.agreement(after)
        self._known.update(name for group in found.groups for name in group.nodes)
        if len(found.groups) != 1 or not self._known.isdisjoint(found.unknown):
            self._parted = at if found.groups and self._parted is None else self._parted
            return
        since, self._parted = self._parted, None
        group = found.groups[0]
        if self._parted_told and since is not None:
            self._parted_told = False
            self._reached(group, at)
            text = f"agree again after {lasting(at - since)}: {_tips(found)}"
            yield Happening(at, seq, None, "agreement", text, _facts(found))
            return
        grown = any(self._heights.get(node) != group.height for node in group.nodes)
        if grown and (self._progress_at is None or at - self._progress_at >= PROGRESS_NS):
            self._reached(group, at)
            yield Happening(at, seq, None, "height", _tips(found), _facts(found))

    def _reached(self, group: views.TipGroup, at: int) -> None:
        self._progress_at = at
        self._heights = dict.fromkeys(group.nodes, group.height)

    def _end(self) -> Iterator[Happening]:
        found = views.agreement(self._player.state)
        text = f"the recording ends; {_tips(found)}" if found.groups else "the recording ends"
        if found.unknown:
            text += f"; height not shown by the log of {', '.join(found.unknown)}"
        yield Happening(self.at, self.seq, None, "end", text, _facts(found))


def _parting(found: views.Agreement) -> str:
    return "diverged" if found.diverged else "behind"


def _tips(found: views.Agreement) -> str:
    parts = [f"{', '.join(one.nodes)} at {one.height} {(one.tip or '?')[:12]}" for one in found.groups]
    text = "; ".join(parts)
    if found.diverged:
        text += "; " + ", ".join(f"{one} and {other} differ from height {at} on" for one, other, at in found.diverged)
    return text


def _facts(found: views.Agreement) -> dict[str, Any]:
    return {
        "tips": [{"height": one.height, "tip": one.tip, "nodes": list(one.nodes)} for one in found.groups],
        "diverged": [{"nodes": [one, other], "since_height": at} for one, other, at in found.diverged],
    }


def _life(before: Node | None, after: Node) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What changed in a node's own life."""
    if before is None or before.started is not after.started:
        version = f" {after.version}" if after.version else ""
        if before is not None and after.restarts > before.restarts:
            clean = after.lives[-1].clean
            how = "" if clean else "; the life before ended without a stop statement"
            yield (
                "restart",
                f"restarted, {after.system}{version}{how}",
                {"restarts": after.restarts, "clean": clean},
            )
        elif after.started is not None:
            yield "start", f"started, {after.system}{version}", {}
    if after.status is not (before.status if before else None):
        if after.status is Status.UP:
            yield "up", "up", {}
        elif after.status is Status.STOPPING:
            yield "stopping", "stopping", {}
        elif after.status is Status.STOPPED:
            yield "stopped", "stopped", {}
    if after.syncing and not (before and before.syncing):
        target = f", target height {after.target - 1}" if after.target else ""
        yield "sync", f"begins to catch up{target}", {"target": after.target}
    if after.synced and not (before and before.synced):
        yield "synced", "synchronised", {}
    elif (
        before is not None
        and before.syncing
        and after.syncing is False
        and after.sync_count
        and after.sync_count == after.target
    ):
        yield "synced", f"caught up, height {after.sync_count - 1}", {"height": after.sync_count - 1}
    if after.disconnected is not None and (before is None or before.disconnected is None):
        yield "disconnected", "says it is disconnected from the network", {}


def _peers(before: NetworkState, after: NetworkState, node: str) -> Iterator[tuple[str, str]]:
    had, has = views.connections(before, node), views.connections(after, node)
    if had and has == 0:
        ended = after.peers[node].ended
        reason = ended[-1].reason if ended else None
        yield "connections lost", f"lost its last connection{f' ({reason})' if reason else ''}"
    elif had == 0 and has:
        again = " again" if after.peers[node].closed_total else ""
        yield "connected", f"has a connection{again}, with {_latest(after, node)}"


def _latest(state: NetworkState, node: str) -> str:
    newest = max((one for _, one in ordered(state.peers[node].open)), key=lambda one: one.opened.seq)
    return newest.address
