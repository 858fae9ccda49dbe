"""Slice `clocks`: how far each node has followed each originator. Catalogue, xmtpd §3.

At INFO no line carries the sequence of what is normally published or replicated. What a log shows are *statements*,
the node's own word of its clock at one moment (DEBUG, seldom), and *proofs*: whoever judges a report has all envelopes
of its range. Who complains of a gap has *received* the envelope behind it, which is not to have stored it. A statement
is exact at its time; a proof says "at least". Between two statements a clock is known only to be at least what it was,
so that two nodes' clocks compare only where the one that seems behind spoke later (`state.clock_views`).

The clock of a dead node stays. What network-watcher is served is kept apart, as another kind of evidence (R16).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec
from immutables import Map
from msgspec.structs import replace

from state.ordered import ordered
from state.origin import Origin
from state.reducers import folds
from state.report_events import ReportGenerated, ReportJudged
from state.sync_events import (
    ClockStated,
    CursorServed,
    EnvelopeDropped,
    EnvelopeGap,
    EnvelopeOutOfOrder,
    PublisherTimedOut,
    SequenceStated,
    WatchChanged,
)
from state.trouble import Trouble, again

if TYPE_CHECKING:
    from collections.abc import Callable

STATEMENTS_KEPT = 8
"""Statements kept for a node and originator. Where there are more, the oldest goes that the two around it make up for:
a node that states its clock every half minute must not forget what it had when another one last spoke.
"""
SPACING = 600_000_000_000
"""Nanoseconds on the node's clock: a statement between two that are closer is made up for by them."""
CURSORS_KEPT = 4
"""Cursors kept for a node that is watched, the latest; of equal ones in a row the first and the last."""
ORIGINATORS_KEPT = 4096
"""Originators of one clock; further ones are not entered."""
PUBLISHERS_KEPT = 1024


class Point(msgspec.Struct, frozen=True, gc=False):
    """A sequence and the line that says it."""

    sequence: int
    said: Origin


class Gap(msgspec.Struct, frozen=True, gc=False):
    """Sequences that did not come, up to before `sequence`; or, of what is out of order, one that came late."""

    expected: int
    sequence: int
    origin: Origin


class Followed(msgspec.Struct, frozen=True, gc=False):
    """How far a node has followed one originator."""

    stated: tuple[Point, ...] = ()
    """The latest statements, the oldest first."""
    proved: Point | None = None
    """At least so far."""
    gaps: int = 0
    missing: int = 0
    """Sequences in those gaps."""
    last_gap: Gap | None = None
    out_of_order: int = 0
    last_out_of_order: Gap | None = None

    @property
    def known(self) -> Point | None:
        """The furthest that any line shows; it has not gone back, as nothing takes envelopes away."""
        last = self.stated[-1] if self.stated else None
        if self.proved is None or (last is not None and last.sequence >= self.proved.sequence):
            return last
        return self.proved


class Cursor(msgspec.Struct, frozen=True, gc=False):
    """What a node served as its clock at the beginning of one stream."""

    sequences: Map[int, int]
    said: Origin


class Served(msgspec.Struct, frozen=True, gc=False):
    """What a watcher knows of one node."""

    cursors: tuple[Cursor, ...] = ()
    """The latest, the oldest first."""
    connected: bool | None = None
    since: Origin | None = None
    failing: Trouble | None = None


class NodeClock(msgspec.Struct, frozen=True, gc=False):
    """One node's clock, or what one watcher saw of others'."""

    born: Origin
    last: Origin
    followed: Map[int, Followed] = Map()
    """By originator."""
    dropped: Trouble | None = None
    """Envelopes that were not valid: they are gone."""
    served: Map[int, Served] = Map()
    """By the id of the node that is watched."""


Clocks: TypeAlias = Map[str, NodeClock]
"""Keyed by node."""
Change: TypeAlias = tuple[Clocks, tuple[str, ...]]


def _of(clocks: Clocks, origin: Origin) -> NodeClock:
    mine = clocks.get(origin.node)
    return NodeClock(origin, origin) if mine is None else replace(mine, last=origin)


def _followed(clocks: Clocks, originator: int, origin: Origin, step: Callable[[Followed], Followed]) -> Change:
    mine = _of(clocks, origin)
    known = mine.followed.get(originator)
    if known is None and len(mine.followed) >= ORIGINATORS_KEPT:
        return clocks, ()
    now = step(known or Followed())
    if known == now:
        return clocks, ()
    return clocks.set(origin.node, replace(mine, followed=mine.followed.set(originator, now))), (origin.node,)


def _stating(sequence: int, origin: Origin) -> Callable[[Followed], Followed]:
    def step(one: Followed) -> Followed:
        return replace(one, stated=_thinned((*one.stated, Point(sequence, origin))))

    return step


def _thinned(points: tuple[Point, ...]) -> tuple[Point, ...]:
    if len(points) <= STATEMENTS_KEPT:
        return points
    for place in range(1, len(points) - 1):
        before, here, after = points[place - 1 : place + 2]
        same = before.sequence == here.sequence == after.sequence
        if same or after.said.time - before.said.time < SPACING:
            return points[:place] + points[place + 1 :]
    return points[1:]


def _proving(sequence: int, origin: Origin) -> Callable[[Followed], Followed]:
    def step(one: Followed) -> Followed:
        known = one.known
        return one if known is not None and known.sequence >= sequence else replace(one, proved=Point(sequence, origin))

    return step


@folds("clocks", SequenceStated)
def sequence_stated(clocks: Clocks, event: SequenceStated, origin: Origin) -> Change:
    """Exact at its time."""
    return _followed(clocks, event.originator, origin, _stating(event.sequence, origin))


@folds("clocks", ClockStated)
def clock_stated(clocks: Clocks, event: ClockStated, origin: Origin) -> Change:
    """Every originator of it, each exact at its time."""
    keys: tuple[str, ...] = ()
    for originator, sequence in event.sequences:
        clocks, touched = _followed(clocks, originator, origin, _stating(sequence, origin))
        keys = touched or keys
    return clocks, keys


@folds("clocks", ReportJudged, ReportGenerated)
def range_seen(clocks: Clocks, event: ReportJudged | ReportGenerated, origin: Origin) -> Change:
    """A report is judged only by a node that has its last envelope, and made from what a node has."""
    return _followed(clocks, event.originator, origin, _proving(event.end, origin))


@folds("clocks", PublisherTimedOut)
def publisher_timed_out(clocks: Clocks, event: PublisherTimedOut, origin: Origin) -> Change:
    """The node's own last sequence; its own id, that its line does not name, is joined on reading."""
    return _followed(clocks, OWN, origin, _stating(event.reached, origin))


OWN = -1
"""As an originator: the node itself, where its line does not name it."""


@folds("clocks", EnvelopeGap)
def gap(clocks: Clocks, event: EnvelopeGap, origin: Origin) -> Change:
    """The envelope behind the gap is taken all the same; that it has been stored, this line does not say. A stream that
    is read anew from before the gap tells of it once more.
    """

    def step(one: Followed) -> Followed:
        last = one.last_gap
        if last is not None and (last.expected, last.sequence) == (event.expected, event.sequence):
            return one
        return replace(
            one,
            gaps=one.gaps + 1,
            missing=one.missing + max(0, event.sequence - event.expected),
            last_gap=Gap(event.expected, event.sequence, origin),
        )

    return _followed(clocks, event.originator, origin, step)


@folds("clocks", EnvelopeOutOfOrder)
def out_of_order(clocks: Clocks, event: EnvelopeOutOfOrder, origin: Origin) -> Change:
    """Counted, with the last one."""

    def step(one: Followed) -> Followed:
        last = Gap(event.expected, event.sequence, origin)
        return replace(one, out_of_order=one.out_of_order + 1, last_out_of_order=last)

    return _followed(clocks, event.originator, origin, step)


@folds("clocks", EnvelopeDropped)
def dropped(clocks: Clocks, event: EnvelopeDropped, origin: Origin) -> Change:
    """Lost to this node for good."""
    mine = _of(clocks, origin)
    return clocks.set(origin.node, replace(mine, dropped=again(mine.dropped, event.error, origin))), (origin.node,)


# --- what a watcher is served ------------------------------------------------------------------------


def _served(clocks: Clocks, publisher: int, origin: Origin, step: Callable[[Served], Served]) -> Change:
    mine = _of(clocks, origin)
    known = mine.served.get(publisher)
    if known is None and len(mine.served) >= PUBLISHERS_KEPT:
        return clocks, ()
    now = step(known or Served())
    return clocks.set(origin.node, replace(mine, served=mine.served.set(publisher, now))), (origin.node,)


@folds("clocks", CursorServed)
def cursor_served(clocks: Clocks, event: CursorServed, origin: Origin) -> Change:
    """Exactly what the node serves at that moment, which may be older than what it has."""
    cursor = Cursor(Map(event.sequences), origin)

    def step(one: Served) -> Served:
        cursors = one.cursors
        if len(cursors) > 1 and cursors[-2].sequences == cursors[-1].sequences == cursor.sequences:
            cursors = cursors[:-1]
        return replace(one, cursors=(*cursors[1 - CURSORS_KEPT :], cursor))

    return _served(clocks, event.publisher, origin, step)


@folds("clocks", WatchChanged)
def watch_changed(clocks: Clocks, event: WatchChanged, origin: Origin) -> Change:
    """A watcher reaches a node, or no longer."""

    def step(one: Served) -> Served:
        failing = one.failing if event.connected else again(one.failing, event.error, origin)
        if one.connected is event.connected:
            return replace(one, failing=failing)
        return replace(one, connected=event.connected, since=origin, failing=failing)

    return _served(clocks, event.publisher, origin, step)


def originators(clocks: Clocks) -> list[int]:
    """Every originator that any node or watcher has named."""
    found: set[int] = set()
    for _node, mine in ordered(clocks):
        found.update([one for one, _ in ordered(mine.followed) if one != OWN])
        for _publisher, served in ordered(mine.served):
            for cursor in served.cursors:
                found.update([one for one, _ in ordered(cursor.sequences)])
    return ordered(found)
