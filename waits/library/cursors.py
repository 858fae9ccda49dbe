"""Clocks and cursors: who is behind whom, and whose cursor stands still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.clock_views import (
    NO_LAGS,
    Lag,
    Lags,
    ServedLag,
    clock_of,
    divergence,
    gap_of,
    lags_among,
    served_lags,
    words_about,
)
from state.clocks import OWN
from state.ordered import ordered
from state.quorums import called, number_of
from state.report_events import ReportGenerated, ReportJudged
from state.sync_events import (
    ClockStated,
    CursorServed,
    EnvelopeGap,
    EnvelopeOutOfOrder,
    PublisherTimedOut,
    SequenceStated,
)
from waits.durations import NS, time_of_day
from waits.entities import CURSOR, members
from waits.functions import Needs, Reads, View, measures
from waits.library.life import watches
from waits.library.missed import missed_behind
from waits.library.reports import number
from waits.terms import Kind

if TYPE_CHECKING:
    from immutables import Map

    from state.clocks import Followed
    from state.origin import Origin
    from state.snapshot import NetworkState

STILL = 60 * NS
"""Two equal cursors that were served one right after the other say nothing."""
STATED = (SequenceStated, ClockStated, PublisherTimedOut)
CLOCK_LINES: Needs = ((*STATED, CursorServed),)
PROVED = (ReportGenerated, ReportJudged, EnvelopeGap, EnvelopeOutOfOrder)
"""Lines that show that a clock has come at least so far."""


def _stated(followed: Map[int, Followed], _part: None) -> list[int]:
    """The originators of which a clock has been stated."""
    return [originator for originator, one in ordered(followed) if one.stated and originator >= 0]


@members(CURSOR)
@measures(
    Kind.LIST,
    Reads("clocks", ("followed",), anywhere=True, aspect=_stated),
    Reads("clocks", ("served",), anywhere=True),
    Reads("identities", anywhere=True),
    needs=CLOCK_LINES,
)
def cursors(view: View) -> tuple[str, ...]:
    """Each node with each originator of which its clock has been stated, or served to a watcher."""
    found: set[tuple[str, int]] = set()
    for node, mine in ordered(view.state.clocks):
        found.update([(node, originator) for originator in _stated(mine.followed, None)])
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
    """How far the node is behind by its own word, while its log is read. What it states as its process starts is what
    it had when the one before ended: nobody would call that lag.
    """
    node, originator = _pair(cursor)
    found = _lags(view, originator).get(node) if node in view.ears.attached else None
    life = view.state.nodes.get(node)
    if found is None or life is None or life.started is None:
        return found
    return None if 0 <= found.mine.said.at - life.started.at < STARTING else found


def _lags(view: View, originator: int) -> dict[str, Lag | None]:
    """How far each node is behind in an originator, kept while nobody has said anything else of it."""
    state = view.state

    def read_on() -> Lags:
        before: Lags = view.memo.get(("read", originator), NO_LAGS)
        words = words_about(state, originator)
        gaps = {node: gap_of(state, node) for node, _followed in words}
        found = view.memo["read", originator] = lags_among(words, gaps, before)
        return found

    basis = (state.clocks, state.registry, state.identities, state.listening)
    return view.kept(("lags", originator), basis, read_on).lags


def _lag_lines(view: View, cursor: str) -> list[Origin | None]:
    own, served = _own(view, cursor), _served(view, _pair(cursor)[0])
    found: list[Origin | None] = [] if served is None else [served.cursor.said]
    return found if own is None else [*found, own.mine.said, *([] if own.furthest is None else [own.furthest.said])]


def _served(view: View, node: str) -> ServedLag | None:
    """The latest cursor that a watcher that is heard got of a node."""
    found = _every_served(view)
    if not found:
        return None
    known = [found[number_] for number_ in _numbers(view, node) if number_ in found]
    # A cursor that a watcher got before a gap in its own log is not the latest.
    known = [one for one in known if not missed_behind(view, one.watcher, one.cursor.said)]
    return max(known, key=_said, default=None)


def _numbers(view: View, node: str) -> list[int]:
    """The ids by which a node is known: its own, or its name where nothing else names it."""
    own = number_of(view.state, node)
    if own is not None:
        return [own]
    return [int(node)] if node.isascii() and node.isdecimal() else []


def _every_served(view: View) -> dict[int, ServedLag]:
    """By id, kept while no watcher has got another cursor."""
    state = view.state

    def by_watchers() -> dict[int, ServedLag]:
        heard = [name for name, mine in ordered(state.clocks) if len(mine.served) and name in view.ears.attached]
        served = tuple([state.clocks[name].served for name in heard])
        return view.kept("served", (*heard, *served), lambda: _latest_served(state, heard))

    return view.kept("every served", (state.clocks, view.ears.standing), by_watchers)


def _latest_served(state: NetworkState, watchers: list[str]) -> dict[int, ServedLag]:
    found: dict[int, ServedLag] = {}
    for one in served_lags(state):
        if one.watcher in watchers and (one.publisher not in found or _said(found[one.publisher]) < _said(one)):
            found[one.publisher] = one
    return found


def _said(one: ServedLag) -> tuple[int, int]:
    return one.cursor.said.at, one.cursor.said.seq


STARTING = 60 * NS
"""Behind a start: a clock that is stated so soon is the one that the process before it had."""
_MISSED = Reads("listening", ("missed",), anywhere=True)


def _originator(cursor: str) -> int:
    return _pair(cursor)[1]


def _about(followed: Map[int, Followed], originator: int) -> tuple[Followed | None, Followed | None]:
    return followed.get(originator), followed.get(OWN)


_OWN_BESIDE = (
    _MISSED,
    Reads("nodes", ("started",), anywhere=True),
    Reads("registry", ("own",), anywhere=True),
    Reads("identities", anywhere=True),
)
_OWN = (*_OWN_BESIDE, Reads("clocks", ("followed",), anywhere=True))
_OWN_OF = (*_OWN_BESIDE, Reads("clocks", ("followed",), anywhere=True, aspect=_about, part=_originator))
"""Of one originator. A node speaks of itself without its id."""
_SERVED = (
    _MISSED,
    Reads("nodes", ("system",), anywhere=True),
    Reads("clocks", ("served",), anywhere=True),
    Reads("registry", ("own",), anywhere=True),
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
    *_OWN_OF,
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


@measures(Kind.TEXT, *_OWN, *_SERVED, takes=(Kind.CURSOR,), needs=CLOCK_LINES, about_node=False)
def lag_told(view: View, cursor: str) -> str | None:
    """How far the node is behind, by whose word, and when."""
    node, originator = _pair(cursor)
    own, served = _own(view, cursor), _served(view, node)
    if own is None and served is None:
        return None
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
    """Whether the cursor that the node serves has been the same in streams a minute or more apart, while others went
    on.
    """
    found = _served(view, node)
    if found is None:
        return False if watches.compute(view, node) else None
    since = found.still_since
    return since is not None and found.cursor.said.at - since.at >= STILL and bool(found.behind)


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
    if found is None:
        return 0 if watches.compute(view, node) else None
    return found.behind.get(found.publisher, 0)


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
    *_OWN,
    takes=(Kind.ORIGINATOR,),
    needs=(STATED,),
    unless="no two clocks compare",
)
def clocks_apart(view: View, originator: str) -> int | None:
    """How many envelopes of the originator any node was behind another one, as their statements compare."""
    found = divergence(view.state, number(originator))
    return None if found is None else found[0]


@measures(Kind.TEXT, *_OWN, takes=(Kind.NODE,), needs=((*STATED, *PROVED),), lasting=True)
def clock_told(view: View, node: str) -> str | None:
    """The node's clock, as far as its lines show it."""
    found = clock_of(view.state, node)
    said = [f"{originator}: {'' if one.exact else '>= '}{one.sequence}" for originator, one in ordered(found)]
    return ", ".join(said[:12]) or None
