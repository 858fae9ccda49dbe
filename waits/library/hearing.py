"""What the journal says of its own sources: silence, gaps, clocks, statements that could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.nodes import OVER
from state.ordered import ordered
from waits.durations import NS
from waits.functions import ANY_LINE, Reads, View, measures, shorthand
from waits.library.missed import missed_at
from waits.sight import Attachment, Ear
from waits.terms import Kind, Parameter, Term

if TYPE_CHECKING:
    from state.origin import Origin

SILENT_AFTER = Parameter("silent_after", Kind.DURATION, 20 * NS)


def last_line(view: View, name: str) -> int | None:
    """Journal time of the last line that a node wrote. A gap is as good as a line, for lines were there."""
    found = [
        line
        for ear in view.ears.of(name)
        if ear.primary and (line := view.hearing.last_line(ear.number, view.at, view.seq)) is not None
    ]
    return max([*found, missed_at(view, name)]) if found else None


@measures(Kind.AGE, takes=(Kind.NODE,), needs=(ANY_LINE,), volatile=True)
def quiet_for(view: View, node: str) -> int | None:
    """For how long the node has written nothing at all, while its log is being read to its end."""
    found = [
        line
        for ear in view.ears.of(node)
        if ear.attachment is Attachment.ATTACHED
        and (line := view.hearing.last_line(ear.number, view.at, view.seq)) is not None
    ]
    return max([*found, missed_at(view, node)]) if found else None


@shorthand(Kind.NODE)
def silent(node: Term) -> Term:
    """Whether the node has written nothing for as long as the inventory's `silent_after`."""
    return quiet_for(node) >= SILENT_AFTER


def _begun(view: View, node: str) -> list[Ear]:
    """The logs of a node that events come from, those that have begun. One that has not is not lost."""
    return [ear for ear in view.ears.of(node) if ear.primary and (ear.since or ear.attachment is not Attachment.LOST)]


def _is_over(view: View, node: str) -> bool:
    known = view.state.nodes.get(node)
    return known is not None and known.status in OVER


_STANDS = (Reads("source"), Reads("nodes", ("status",)))


@measures(Kind.TRUTH, *_STANDS, takes=(Kind.NODE,), lasting=True)
def log_lost(view: View, node: str) -> bool | None:
    """Whether a log of the node that was being read has gone or cannot be read any more. Not of a node that has stated
    its end: its log may go.
    """
    ears = _begun(view, node)
    lost = any(ear.attachment is Attachment.LOST for ear in ears)
    return lost and not _is_over(view, node) if ears else None


@measures(Kind.TRUTH, *_STANDS, takes=(Kind.NODE,), lasting=True)
def log_lagging(view: View, node: str) -> bool | None:
    """Whether more of the node's log is known to be there than has been read."""
    ears = _begun(view, node)
    return any(ear.attachment is Attachment.LAGGING for ear in ears) if ears else None


@measures(Kind.AGE, Reads("source"), takes=(Kind.NODE,), lasting=True)
def log_stands_for(view: View, node: str) -> int | None:
    """For how long the node's log has stood as it does: read to its end, lagging, lost or over. Of several, the one
    that is worst off counts.
    """
    ears = _begun(view, node)
    off = [ear.since for ear in ears if ear.attachment is not Attachment.ATTACHED]
    return min(off) if off else max([ear.since for ear in ears], default=None)


@measures(Kind.NUMBER, Reads("source"), takes=(Kind.NODE,), lasting=True)
def gaps(view: View, node: str) -> int | None:
    """How often something is missing in the node's logs as they came."""
    ears = view.ears.of(node)
    return sum([ear.gaps for ear in ears]) if ears else None


@measures(Kind.NUMBER, Reads("source"), takes=(Kind.NODE,), lasting=True)
def clock_steps(view: View, node: str) -> int | None:
    """How often the clock that dates the node's lines was seen to be set by more than a minute."""
    ears = view.ears.of(node)
    return sum([ear.steps for ear in ears]) if ears else None


def _last(view: View, node: str) -> list[Origin | None]:
    known = view.state.nodes.get(node)
    return [] if known is None else [known.last]


def _dated_twice(view: View, node: str) -> bool:
    return any(ear.dated_twice for ear in view.ears.of(node))


@measures(
    Kind.DURATION,
    Reads("nodes", ("last",)),
    Reads("source"),
    takes=(Kind.NODE,),
    needs=(ANY_LINE,),
    unless="the lines of {node} are dated by the node's own clock alone",
    applies=_dated_twice,
    evidence=_last,
)
def clock_skew(view: View, node: str) -> int | None:
    """How far the node's own clock is from the journal's, at its latest statement. Unknown where its lines are
    dated by nothing but that clock. In whole seconds.
    """
    known = view.state.nodes.get(node)
    if known is None or not _dated_twice(view, node):
        return None
    return abs(known.last.time - known.last.at) // NS * NS


def _shapes(view: View, node: str) -> str | None:
    mine = view.state.listening.get(node)
    if mine is None:
        return None
    found = [f"{one.count} x {name}" for name, one in ordered(mine.unreadable)]
    return ", ".join(found[:5]) or None


def _unread(view: View, node: str) -> list[Origin | None]:
    mine = view.state.listening.get(node)
    if mine is None:
        return []
    found: list[Origin | None] = [one.last for _name, one in ordered(mine.unreadable)]
    return found[:5]


@measures(
    Kind.NUMBER,
    Reads("listening", ("unreadable_total",)),
    takes=(Kind.NODE,),
    needs=(ANY_LINE,),
    detail=_shapes,
    evidence=_unread,
)
def unreadable(view: View, node: str) -> int:
    """How many of the node's statements were recognised and could not be read: the parser no longer fits them."""
    mine = view.state.listening.get(node)
    return 0 if mine is None else mine.unreadable_total


@measures(Kind.TEXT, Reads("listening", ("unreadable",)), takes=(Kind.NODE,), needs=(ANY_LINE,))
def unreadable_statements(view: View, node: str) -> str | None:
    """Which statements could not be read."""
    return _shapes(view, node)
