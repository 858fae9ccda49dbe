"""Replication: who reads from whom, whose clock is behind, whose cursor stands still, what cannot be stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.clock_views import Lag, ServedLag, clock_of, divergence, lag_of, served_lags
from state.nodes import OVER
from state.ordered import ordered
from state.report_views import called, name_of, number_of
from state.sync_events import (
    ClockStated,
    CursorServed,
    SequenceStated,
    StreamAttempted,
    StreamEnded,
    StreamFailed,
)
from waits.durations import time_of_day
from waits.entities import CURSOR, members
from waits.functions import ANY_LINE, Needs, Reads, View, measures, shorthand
from waits.library.reports import NEVER, number
from waits.terms import Kind, Term

if TYPE_CHECKING:
    from state.origin import Origin
    from state.streams import Stream

STANDS_AFTER = "5s"
"""An attempt that no error followed for so long has succeeded: no line says so."""
STREAM_LINES: Needs = ((StreamAttempted, StreamFailed, StreamEnded),)
STORAGE = ("database", "sink")
"""Troubles of storing."""
CLOCK_LINES: Needs = ((SequenceStated, ClockStated, CursorServed),)


# --- streams -----------------------------------------------------------------------------------------


def _heard(view: View, node: str) -> bool:
    return node in view.ears.attached


def _readers(view: View, node: str) -> list[tuple[str, Stream]]:
    """Other nodes that are up and heard, with how each reads from this one."""
    number_ = number_of(view.state, node)
    found = []
    for other, mine in ordered(view.state.streams):
        stream = None if number_ is None or other == node else mine.peers.get(number_)
        life = view.state.nodes.get(other)
        over = life is not None and life.status in OVER
        if stream is not None and not over and _heard(view, other):
            found.append((other, stream))
    return found


def _losses(view: View, node: str) -> list[Origin]:
    return [stream.since for _other, stream in _readers(view, node) if stream.broken][:4]


_READERS = (
    Reads("streams", ("peers",), anywhere=True),
    Reads("registry", ("own",), anywhere=True),
    Reads("identities", anywhere=True),
    Reads("nodes", ("status",), anywhere=True),
    Reads("source", anywhere=True),
)


@measures(
    Kind.NUMBER, *_READERS, takes=(Kind.NODE,), needs=STREAM_LINES, about_node=False, lasting=True, evidence=_losses
)
def readers(view: View, node: str) -> int | None:
    """How many other nodes, up and heard, read from this one or try to."""
    return len(_readers(view, node)) if number_of(view.state, node) is not None else None


@measures(Kind.AGE, *_READERS, takes=(Kind.NODE,), needs=STREAM_LINES, about_node=False, lasting=True, evidence=_losses)
def read_for(view: View, node: str) -> int | None:
    """For how long another node has been reading from this one; it has not begun where each of them has lost it."""
    if number_of(view.state, node) is None:
        return None
    return min([_standing(stream) for _other, stream in _readers(view, node)], default=NEVER)


def _standing(stream: Stream) -> int:
    """Since when it stands if no error follows: long since where nothing has broken it, else its latest attempt."""
    if not stream.broken:
        return 0
    return NEVER if stream.tried is None else stream.tried.at


@shorthand(Kind.NODE)
def unreachable_node(node: Term) -> Term:
    """Whether every node that read from this one has lost it, and none gets through."""
    return (readers(node) >= 1) & ~(read_for(node) >= STANDS_AFTER)


@measures(Kind.TEXT, *_READERS, takes=(Kind.NODE,), needs=STREAM_LINES, about_node=False, lasting=True)
def lost_by(view: View, node: str) -> str:
    """The nodes that have lost this one, with what each said of why."""
    found = [
        f"{other} ({stream.error or 'it ended the stream'})" for other, stream in _readers(view, node) if stream.broken
    ]
    return ", ".join(found[:8]) or "nobody"


def _sources(view: View, node: str) -> list[tuple[int, Stream]]:
    """The peers that this node should be able to read from: they are up, and not lost by every other node."""
    mine = view.state.streams.get(node)
    found = []
    for peer, stream in ordered(mine.peers) if mine is not None else []:
        name = name_of(view.state, peer)
        life = None if name is None else view.state.nodes.get(name)
        if name is None or not _heard(view, name) or (life is not None and life.status in OVER):
            continue
        others = [one for other, one in _readers(view, name) if other != node]
        if others and all(one.broken for one in others):
            continue
        found.append((peer, stream))
    return found


def _lost_lines(view: View, node: str) -> list[Origin]:
    return [stream.since for _peer, stream in _sources(view, node) if stream.broken][:4]


@measures(Kind.AGE, *_READERS, takes=(Kind.NODE,), needs=STREAM_LINES, evidence=_lost_lines)
def reads_for(view: View, node: str) -> int | None:
    """For how long the node has been reading from each peer that it should be able to; it has not begun where one of
    the streams fails.
    """
    if node not in view.state.streams:
        return None
    return max([_standing(stream) for _peer, stream in _sources(view, node)], default=0)


@shorthand(Kind.NODE)
def cut_off(node: Term) -> Term:
    """Whether the node cannot read from a peer that is up."""
    return ~(reads_for(node) >= STANDS_AFTER)


@measures(Kind.TEXT, *_READERS, takes=(Kind.NODE,), needs=STREAM_LINES)
def lost_peers(view: View, node: str) -> str:
    """The peers that the node cannot read from, since when and why."""
    found = [
        f"{called(view.state, peer)} since {time_of_day(stream.since.at)[:8]} ({stream.error or 'it ended the stream'})"
        for peer, stream in _sources(view, node)
        if stream.broken
    ]
    return ", ".join(found[:8]) or "none"


# --- clocks ------------------------------------------------------------------------------------------


@members(CURSOR)
@measures(
    Kind.LIST,
    Reads("clocks", ("followed", "served"), anywhere=True),
    Reads("registry", ("own",), anywhere=True),
    needs=CLOCK_LINES,
)
def cursors(view: View) -> tuple[str, ...]:
    """Each node with each originator of which its clock has been stated, or served to a watcher."""
    found: set[tuple[str, int]] = set()
    for node, mine in ordered(view.state.clocks):
        found.update(
            [(node, originator) for originator, one in ordered(mine.followed) if one.stated and originator >= 0]
        )
        for publisher, served in ordered(mine.served):
            name = called(view.state, publisher)
            found.update(
                [(name, originator) for cursor in served.cursors for originator, _ in ordered(cursor.sequences)]
            )
    return tuple([f"{node}/{originator}" for node, originator in ordered(found)])


def _pair(cursor: str) -> tuple[str, int]:
    node, _, originator = cursor.rpartition("/")
    return node, int(originator)


def _own(view: View, cursor: str) -> Lag | None:
    """How far the node is behind by its own word, while its log is read."""
    node, originator = _pair(cursor)
    return lag_of(view.state, node, originator) if _heard(view, node) else None


def _lag_lines(view: View, cursor: str) -> list[Origin | None]:
    own, served = _own(view, cursor), _served(view, _pair(cursor)[0])
    found: list[Origin | None] = [] if served is None else [served.cursor.said]
    return found if own is None else [*found, own.mine.said, *([] if own.furthest is None else [own.furthest.said])]


def _served(view: View, node: str) -> ServedLag | None:
    """The latest cursor that a watcher that is heard got of a node."""
    found = _every_served(view)
    known = [found[number_] for number_ in _numbers(view, node) if number_ in found]
    return max(known, key=_said, default=None)


def _numbers(view: View, node: str) -> list[int]:
    """The ids by which a node is known: its own, or its name where nothing else names it."""
    own = number_of(view.state, node)
    if own is not None:
        return [own]
    return [int(node)] if node.isascii() and node.isdecimal() else []


def _every_served(view: View) -> dict[int, ServedLag]:
    """By id, kept while no watcher has got another cursor."""
    watchers = [
        (name, mine.served) for name, mine in ordered(view.state.clocks) if len(mine.served) and _heard(view, name)
    ]
    kept = view.memo.get("served")
    if (
        kept is not None
        and len(kept[0]) == len(watchers)
        and all(
            name == other and served is held for (name, served), (other, held) in zip(watchers, kept[0], strict=True)
        )
    ):
        same: dict[int, ServedLag] = kept[1]
        return same
    heard = {name for name, _served in watchers}
    found: dict[int, ServedLag] = {}
    for one in served_lags(view.state):
        if one.watcher in heard and (one.publisher not in found or _said(found[one.publisher]) < _said(one)):
            found[one.publisher] = one
    view.memo["served"] = (watchers, found)
    return found


def _said(one: ServedLag) -> tuple[int, int]:
    return one.cursor.said.at, one.cursor.said.seq


_SERVED = (
    Reads("clocks", ("served",), anywhere=True),
    Reads("identities", anywhere=True),
    Reads("source", anywhere=True),
)


def _served_line(view: View, node: str) -> list[Origin | None]:
    found = _served(view, node)
    return [] if found is None else [found.cursor.said, found.still_since]


def _nobody_tells(_view: View, _cursor: str) -> str:
    return "its clock is stated at DEBUG only, and no log of network-watcher shows the cursor that it serves"


def _nobody_watches(_view: View, _about: str) -> str:
    return "no log of network-watcher shows the cursor that it serves"


@measures(
    Kind.NUMBER,
    Reads("clocks", ("followed",), anywhere=True),
    *_SERVED,
    takes=(Kind.CURSOR,),
    needs=CLOCK_LINES,
    about_node=False,
    why=_nobody_tells,
    evidence=_lag_lines,
)
def cursor_lag(view: View, cursor: str) -> int | None:
    """How many envelopes of the originator the node was behind what others had before, at least: at the node's own
    latest statement of its clock (at DEBUG, seldom), or by the cursor that it served to network-watcher last, whichever
    was later.
    """
    node, originator = _pair(cursor)
    own, served = _own(view, cursor), _served(view, node)
    if own is not None and (served is None or own.mine.said.at >= served.cursor.said.at):
        return own.behind
    return None if served is None else served.behind.get(originator, 0)


@measures(Kind.TEXT, *_SERVED, takes=(Kind.CURSOR,), needs=CLOCK_LINES, about_node=False)
def lag_told(view: View, cursor: str) -> str | None:
    """How far the node is behind, by whose word, and when."""
    node, originator = _pair(cursor)
    own, served = _own(view, cursor), _served(view, node)
    said = []
    if own is not None and own.behind and own.furthest is not None:
        said.append(
            f"it stated {own.mine.sequence} at {time_of_day(own.mine.said.at)[:8]}, when {own.ahead} had"
            f" {own.furthest.sequence}"
        )
    if served is not None and served.behind.get(originator):
        mine = served.cursor.sequences.get(originator, 0)
        said.append(
            f"it served {mine} at {time_of_day(served.cursor.said.at)[:8]}, when others served"
            f" {mine + served.behind[originator]}"
        )
    return "; ".join(said) or "it is not behind"


@measures(
    Kind.TRUTH,
    *_SERVED,
    takes=(Kind.NODE,),
    needs=((CursorServed,),),
    about_node=False,
    why=_nobody_watches,
    evidence=_served_line,
)
def cursor_stands_still(view: View, node: str) -> bool | None:
    """Whether the cursor that the node serves was the same in two streams one after the other, while others went on."""
    found = _served(view, node)
    return None if found is None else found.still_since is not None and bool(found.behind)


@measures(
    Kind.NUMBER,
    *_SERVED,
    takes=(Kind.NODE,),
    needs=((CursorServed,),),
    about_node=False,
    why=_nobody_watches,
    evidence=_served_line,
)
def behind_itself(view: View, node: str) -> int | None:
    """How many of its own envelopes, which others have, are missing from the cursor that the node serves."""
    found = _served(view, node)
    return None if found is None else found.behind.get(found.publisher, 0)


@measures(Kind.TEXT, *_SERVED, takes=(Kind.NODE,), needs=((CursorServed,),), about_node=False)
def served_told(view: View, node: str) -> str | None:
    """What the node serves, and since when."""
    found = _served(view, node)
    if found is None:
        return None
    since = found.still_since or found.cursor.said
    behind = ", ".join([f"{count} of originator {one}" for one, count in ordered(found.behind)][:8])
    return f"the same since {time_of_day(since.at)[:8]}, behind by {behind or 'nothing'}"


@measures(
    Kind.NUMBER,
    Reads("clocks", ("followed",), anywhere=True),
    Reads("source", anywhere=True),
    takes=(Kind.ORIGINATOR,),
    needs=((SequenceStated, ClockStated),),
    unless="no two clocks compare",
)
def clocks_apart(view: View, originator: str) -> int | None:
    """How many envelopes of the originator any node was behind another one, as their statements compare."""
    found = divergence(view.state, number(originator))
    return None if found is None else found[0]


@measures(Kind.TEXT, Reads("clocks", anywhere=True), takes=(Kind.NODE,), needs=CLOCK_LINES, lasting=True)
def clock_told(view: View, node: str) -> str | None:
    """The node's clock, as far as its lines show it."""
    found = clock_of(view.state, node)
    said = [f"{originator}: {'' if one.exact else '>= '}{one.sequence}" for originator, one in ordered(found)]
    return ", ".join(said[:12]) or None


# --- what cannot be stored ----------------------------------------------------------------------------


def _trouble_lines(view: View, node: str) -> list[Origin | None]:
    life = view.state.nodes.get(node)
    return [] if life is None else [one.last for _name, one in ordered(life.troubles)]


@measures(
    Kind.NUMBER,
    Reads("nodes", ("troubles",)),
    takes=(Kind.NODE,),
    needs=(ANY_LINE,),
    evidence=_trouble_lines,
)
def storage_failures(view: View, node: str) -> int:
    """How often the node could not reach its database, or store an envelope in it."""
    life = view.state.nodes.get(node)
    return (
        0 if life is None else sum([life.troubles[one].count for one in ("database", "sink") if one in life.troubles])
    )


@measures(Kind.TEXT, Reads("nodes", ("troubles",)), takes=(Kind.NODE,), needs=(ANY_LINE,))
def storage_error(view: View, node: str) -> str | None:
    """What the node said last of why."""
    life = view.state.nodes.get(node)
    found = [] if life is None else [life.troubles[one] for one in STORAGE if one in life.troubles]
    return max(found, key=lambda one: (one.last.at, one.last.seq)).text if found else None
