"""What happened, told from a recording as it is played: starts, stops, syncs, heights, agreement, reorgs,
connections lost, silences.

A line tells what changed for someone who watches the network, not every event: blocks are told as heights
reached, connections as losses. Disagreement of tips is told when it lasts, as every new block is unknown to
someone for a moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from observer.changes import changes, short
from observer.inventory import nanoseconds
from observer.report_stages import Stages
from observer.silences import Silence, Silences
from observer.synced import watchers
from observer.times import clock, lasting
from replay.folding import Step
from replay.journal import NO_SOURCE, Mark, MarkKind, Role, Source
from replay.play import Player
from state import views
from state.events import BlockAdded, ConnectionClosed, ConnectionOpened
from state.nodes import OVER
from state.ordered import ordered
from state.quorums import active_nodes
from state.report_views import (
    boundaries_of,
    courses_of,
)
from state.snapshot import NetworkState

SETTLE_NS = 5 * 10**9
"""Disagreement of tips is told when it has lasted this long."""
PROGRESS_NS = 10 * 10**9
"""Heights are told at most this often."""


OPEN_TOLD = 8
"""Open boundaries of reports that are named at the end."""


class Happening(NamedTuple):
    """One thing worth telling."""

    at: int
    seq: int
    node: str | None
    kind: str
    text: str
    facts: dict[str, Any]


class Story:
    """Tells a recording."""

    def __init__(self, player: Player, silent_after: str, *, verbose: bool = False) -> None:
        """With `verbose`, every block and connection is told too."""
        self._player = player
        self._sources: dict[int, Source] = {source.number: source for source in player.sources}
        self._watched = {source.number for source in player.sources if source.role is Role.PRIMARY}
        self._silences = Silences(nanoseconds(silent_after))
        self._verbose = verbose
        self._tips = Tips()
        self._stages = Stages()
        self.seq = 0
        self.at = 0

    def tell(self) -> Iterator[Happening]:
        """Everything worth telling, in journal order."""
        player = self._player
        for info in player.recording.block_infos(1):
            block = player.recording.block(info.first_seq)
            aside = [self._silence(found) for found in self._silences.find(block, self._watched)]
            aside += [told for mark in block.columns.marks if (told := self._mark(mark)) is not None]
            aside.sort(key=lambda one: -one.seq)
            for step in player.folding.steps(player.hot_block(info)):
                while aside and aside[-1].seq <= step.wanted.seq:
                    yield self._as_it_stands(aside.pop())
                yield from self._step(step)
            yield from map(self._as_it_stands, reversed(aside))
            player.folding.seq = self.seq = info.last_seq
            self.at = info.last_at
        yield self._end()

    def _step(self, step: Step) -> Iterator[Happening]:
        seq, at = step.wanted.seq, step.wanted.at
        node = step.said[0][1].node
        yield from self._tips.overdue(at, seq)
        for change in changes(step.before, step.after, node, step.touched):
            yield Happening(at, seq, node, *change)
        if self._verbose:
            yield from _details(step, node)
        for change in self._stages.after(step):
            yield Happening(at, seq, None, *change)
        yield from self._tips.after(step)

    def _silence(self, found: Silence) -> Happening:
        length = found.end - found.start
        return Happening(
            found.end,
            found.seq,
            self._sources[found.source].node,
            "silence",
            f"wrote nothing for {lasting(length)}, since {clock(found.start)}",
            {"since_ns": found.start, "lasted_ns": length},
        )

    def _mark(self, mark: Mark) -> Happening | None:
        if mark.source == NO_SOURCE:
            return None
        source, facts = self._sources[mark.source], mark.facts
        text = {
            MarkKind.GAP: _missing(facts),
            MarkKind.LOST: f"its log is lost: {facts.get('why')}",
            MarkKind.LAGGING: f"reading its log fell behind by {facts.get('behind', 0):,} bytes",
            MarkKind.CAUGHT_UP: "its log is read to its end again",
            MarkKind.ENDED: "its log ends here",
            MarkKind.TORN: "its last line has no end",
            MarkKind.STRAY: f"{facts.get('lines')} line(s) carry a date far off; ordered by their neighbours",
            MarkKind.CLOCK_STEP: f"its clock was set by {lasting(abs(int(facts.get('step_ns', 0))))}",
            MarkKind.UNDATED: "its lines carry no time that can be read",
        }.get(mark.kind)
        if text is None or source.role is not Role.PRIMARY:
            return None
        return Happening(mark.at, mark.seq, source.node, mark.kind.value, text, dict(facts))

    def _as_it_stands(self, one: Happening) -> Happening:
        """A log that ends before its node has stated a stop says so: it has ended, which is not to be down (R25)."""
        if one.kind != MarkKind.ENDED.value or one.node is None:
            return one
        node = self._player.state.nodes.get(one.node)
        if node is None or node.status in OVER:
            return one
        return one._replace(text=f"{one.text}, without a stop statement")

    def _end(self) -> Happening:
        found = views.agreement(self._player.state)
        text = f"the recording ends; {_tips(found)}" if found.groups else "the recording ends"
        hidden = _without_height(self._player.state, found)
        if hidden:
            text += f"; height not shown by the log of {', '.join(hidden)}"
        open_ = _open_reports(self._player.state)
        if open_:
            text += f"; reports not settled: {', '.join(open_[:OPEN_TOLD])}"
            text += f" and {len(open_) - OPEN_TOLD} more" if len(open_) > OPEN_TOLD else ""
        return Happening(self.at, self.seq, None, "end", text, _facts(found))


class Tips:
    """How the nodes' tips stand to each other, as time passes."""

    def __init__(self) -> None:
        """Nobody's height is known yet."""
        self._now: views.Agreement | None = None
        self._parted: int | None = None
        self._told = False
        self._progress_at: int | None = None
        self._heights: dict[str, int] = {}
        self._known: set[str] = set()
        """Nodes whose height has been known: one that restarts has not joined the others by that."""

    def overdue(self, now: int, seq: int) -> Iterator[Happening]:
        """Disagreement that has lasted long enough by the time the next entry comes (R21)."""
        if self._parted is not None and self._now is not None and not self._told and now - self._parted >= SETTLE_NS:
            self._told = True
            kind = "diverged" if self._now.diverged else "behind"
            yield Happening(self._parted + SETTLE_NS, seq, None, kind, _tips(self._now), _facts(self._now))

    def after(self, step: Step) -> Iterator[Happening]:
        """What an entry that moved a tip means for the others."""
        if step.before.chain is step.after.chain and step.before.listening is step.after.listening:
            return
        at, seq = step.wanted.at, step.wanted.seq
        found = self._now = views.agreement(step.after)
        self._known.update(name for group in found.groups for name in group.nodes)
        if len(found.groups) != 1 or not self._known.isdisjoint(found.unknown):
            self._parted = at if found.groups and self._parted is None else self._parted
            return
        since, self._parted = self._parted, None
        group = found.groups[0]
        grown = any(self._heights.get(node) != group.height for node in group.nodes)
        if self._told and since is not None:
            self._told = False
            text = f"agree again after {lasting(at - since)}: {_tips(found)}"
            yield Happening(at, seq, None, "agreement", text, _facts(found))
        elif grown and (self._progress_at is None or at - self._progress_at >= PROGRESS_NS):
            yield Happening(at, seq, None, "height", _tips(found), _facts(found))
        else:
            return
        self._progress_at = at
        self._heights = dict.fromkeys(group.nodes, group.height)


def _without_height(state: NetworkState, found: views.Agreement) -> list[str]:
    """Nodes whose height should be known and is not: of what reads from others by streams there is none."""
    aside = watchers(state)
    return [node for node in found.unknown if node not in aside and node not in state.registry]


def _open_reports(state: NetworkState) -> list[str]:
    """By originator and start, as alerts name them."""
    active = active_nodes(state)
    return [
        f"{number}:{one.start}"
        for number, mine in ordered(state.reports)
        for one in boundaries_of(courses_of(number, mine, active))
        if one.open
    ]


def _details(step: Step, node: str) -> Iterator[Happening]:
    """Every block and connection."""
    for event, _origin in step.said:
        if isinstance(event, BlockAdded):
            kind, text = "tip", f"tip {event.height} {short(event.block)}"
            facts: dict[str, Any] = {"height": event.height, "tip": event.block}
        elif isinstance(event, (ConnectionOpened, ConnectionClosed)):
            opened = isinstance(event, ConnectionOpened)
            kind = "connection opened" if opened else "connection closed"
            text = f"{'opens' if opened else 'closes'} a connection, {event.direction.value}, {event.address}"
            facts = {"address": event.address, "direction": event.direction.value}
        else:
            continue
        yield Happening(step.wanted.at, step.wanted.seq, node, kind, text, facts)


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
        "unknown": list(found.unknown),
    }


def _missing(facts: Mapping[str, Any]) -> str:
    size = facts.get("bytes")
    much = "some of its log" if size is None else f"at least {size:,} bytes of its log"
    return f"{much} is missing: {facts.get('why', 'nobody knows why')}"
