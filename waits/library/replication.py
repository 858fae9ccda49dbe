"""Replication: who reads from whom, and who is cut off."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from state.ordered import ordered
from state.quorums import name_of, number_of
from state.sync_events import EnvelopesReceived, StreamAttempted, StreamEnded, StreamFailed
from state.views import is_over
from waits.durations import NS, nanoseconds, time_of_day
from waits.functions import Needs, Reads, View, measures, shorthand
from waits.library.ages import NEVER
from waits.library.hearing import last_line
from waits.library.life import may_have_ended, watches
from waits.library.missed import start_missed
from waits.sight import Attachment
from waits.terms import Kind, Term

if TYPE_CHECKING:
    from collections.abc import Callable

    from immutables import Map

    from state.origin import Origin
    from state.streams import Stream

STANDS_AFTER = "30s"
"""An attempt that no error followed for so long has succeeded: no line says so. On a peer that drops what comes an
attempt is given up only after 20 s, and it is lost all the while.
"""
STANDS = nanoseconds(STANDS_AFTER)
NEAR = 60 * NS
"""What two nodes lose within so long they lose by one event."""
STREAM_LINES: Needs = ((StreamAttempted, StreamFailed, StreamEnded, EnvelopesReceived),)


def readers_of(view: View, node: str) -> list[tuple[str, Stream]]:
    """Other nodes that are up and heard, with how each reads from this one."""

    def work_out() -> list[tuple[str, Stream]]:
        number_ = _number(view, node)
        found = []
        for other, mine in ordered(view.state.streams):
            stream = None if number_ is None or other == node else mine.peers.get(number_)
            if stream is not None and _speaks(view, other):
                found.append((other, stream))
        if not any(_lost(view, stream, node) for _other, stream in found):
            return found
        gone = dead(view)
        return [one for one in found if one[0] not in gone]

    return view.kept(("readers", node), _now(view), work_out)


def _now(view: View) -> tuple[object, ...]:
    """What is the same for all who ask at one moment: one line asks of every node how it is read from."""
    return view.state, view.ears.standing, view.at, view.seq


def _number(view: View, node: str) -> int | None:
    """A node's id, kept while no line tells another one."""
    state = view.state
    return view.kept(("number", node), (state.registry, state.identities), lambda: number_of(state, node))


def _named(view: View) -> Callable[[int], str | None]:
    """The node with an id, kept likewise."""
    state = view.state
    return view.kept("named", (state.identities,), lambda: cache(partial(name_of, state)))


def dead(view: View) -> frozenset[str]:
    """Nodes that may well be dead, so that what they last said of their streams is no word of how these stand: each is
    lost by every other node that is none of them, says itself of no such node that it lost it, and has written nothing
    since. Who has only lost everybody else is cut off: the others go on writing. A stream of which a gap has left
    nothing known may be lost too.
    """
    return view.kept("dead", _now(view), lambda: _work_out_dead(view))


def _work_out_dead(view: View) -> frozenset[str]:
    nodes, said, lost, last = _losses_of_all(view)
    found = {name for name, at in ordered(last) if _wrote_nothing_since(view, name, at)}
    while True:
        stays = {
            name
            for name in found
            if all((other, name) in lost for other in _reading(view, nodes, name) if other not in found)
            and any(other not in found for other in _reading(view, nodes, name))
            and not any((name, other) in said for other, _number in ordered(nodes) if other not in found)
        }
        if stays == found:
            return frozenset(found)
        found = stays


def _wrote_nothing_since(view: View, name: str, lost: int) -> bool:
    return (last_line(view, name) or 0) <= lost + NS


class Losses(NamedTuple):
    """Who lost whom, by all streams."""

    nodes: dict[str, int]
    """Those that are heard, with their ids."""
    said: set[tuple[str, str]]
    """Pairs of nodes of which the first says that it lost the second."""
    lost: set[tuple[str, str]]
    """The same, and those where that is not known."""
    last: dict[str, int]
    """When the last one lost a node."""


def _losses_of_all(view: View) -> Losses:
    state = view.state
    basis = (state.streams, state.nodes, state.registry, state.identities, view.ears.standing)
    return view.kept("losses", basis, lambda: _work_out_losses(view))


def _work_out_losses(view: View) -> Losses:
    named = [(name, number_of(view.state, name)) for name, _mine in ordered(view.state.streams)]
    nodes = {name: number_ for name, number_ in named if number_ is not None and _speaks(view, name)}
    numbered = ordered(nodes)
    streams = {
        (other, name): stream
        for other, _own in numbered
        for name, number_ in numbered
        if other != name
        and (stream := view.state.streams[other].peers.get(number_)) is not None
        and (_lost(view, stream, name) or unsure(view, stream, name))
    }
    told = {pair: stream for pair, stream in ordered(streams) if not unsure(view, stream, pair[1])}
    latest = max([_broken_at(stream) for _pair, stream in ordered(told)], default=0)
    # What was tried long before the latest failure of all, and has not failed since, stands.
    said = {pair for pair, stream in ordered(told) if stream.tried is None or stream.tried.at + STANDS >= latest}
    lost = said | (set(streams) - set(told))
    last_lost: dict[str, int] = {}
    for _other, name in ordered(said):
        last_lost[name] = max(last_lost.get(name, 0), streams[_other, name].since.at)
    return Losses(nodes, said, lost, last_lost)


def died(view: View, name: str) -> bool:
    """Whether a node's log ends without a stop where every other one that is heard lost it: up to there it tells, and
    behind that there is nothing to tell.
    """
    ends = [ear.since for ear in view.ears.of(name) if ear.primary and ear.attachment is Attachment.ENDED]
    streams = [stream for _other, stream in readers_of(view, name)] if ends else []
    if not streams:
        return False
    first = min([stream.since.at for stream in streams])
    latest = max([stream.since.at for stream in streams])
    return max(ends) >= first - NEAR and all(lost_at(view, stream, name, latest) for stream in streams)


def standings(peers: Map[int, Stream], _part: None) -> list[tuple[Any, ...]]:
    """What of a node's streams tells how they stand: not when they were last spoken of."""
    return [
        (peer, one.broken, one.since, one.tried, one.failing, one.unsure, one.error) for peer, one in ordered(peers)
    ]


_STREAMS = (
    Reads("streams", ("peers",), anywhere=True, aspect=standings),
    Reads("registry", ("own",), anywhere=True),
    Reads("identities", anywhere=True),
    Reads("nodes", ("status", "started"), anywhere=True),
    Reads("listening", ("missed",), anywhere=True),
    Reads("source", anywhere=True),
)


@measures(Kind.LIST, *_STREAMS, needs=STREAM_LINES, follows=("the_doubted",))
def the_dead(view: View) -> tuple[str, ...]:
    """The nodes that `died`: what their peers go on saying of them changes nothing for who only asks that."""
    return tuple([name for name in ordered({ear.node for ear in view.ears.all()}) if died(view, name)])


def _doubted(view: View) -> list[str]:
    """Nodes that are lost and have written nothing since: their next line may show that they are not dead."""
    last = _losses_of_all(view).last
    return [name for name, at in ordered(last) if _wrote_nothing_since(view, name, at)]


@measures(Kind.LIST, *_STREAMS, needs=STREAM_LINES, listens=_doubted)
def the_doubted(view: View) -> tuple[str, ...]:
    """The nodes that may well be dead: whatever they last said of their streams, nobody counts on it."""
    return tuple(ordered(dead(view)))


def _speaks(view: View, name: str) -> bool:
    return name in view.ears.attached and not is_over(view.state, name)


def _reading(view: View, nodes: dict[str, int], name: str) -> list[str]:
    return [other for other, _ in ordered(nodes) if other != name and nodes[name] in view.state.streams[other].peers]


def _broken_at(stream: Stream) -> int:
    return stream.since.at if stream.failing is None else stream.failing.last.at


def _lost(view: View, stream: Stream, peer: str) -> bool:
    """Whether a stream from a peer is broken, and by the process that the peer runs now: what failed before that began
    tells nothing of it.
    """
    if not stream.broken:
        return False
    life = view.state.nodes.get(peer)
    last = stream.since if stream.failing is None else stream.failing.last
    return life is None or life.started is None or life.started.at <= last.at


def unsure(view: View, stream: Stream, peer: str) -> bool:
    """Whether a gap has left unknown how a stream from a peer stands: one in its reader's log, or one in the peer's, in
    which another process may have begun that has not lost what was lost before.
    """
    gap = start_missed(view, peer) if stream.broken and not stream.unsure else None
    if gap is None:
        return stream.unsure
    stood = stream.tried is not None and stream.tried.at + STANDS < gap.at
    return not stood and _broken_at(stream) <= gap.at


def lost_at(view: View, stream: Stream, peer: str, at: int) -> bool:
    """Whether it was lost at a time: an attempt that had stood for long by then, and has not failed since, was none."""
    stood = stream.tried is not None and stream.tried.at + STANDS < at
    return _lost(view, stream, peer) and not (stood or unsure(view, stream, peer))


def _losses(view: View, node: str) -> list[Origin]:
    readers_ = readers_of(view, node)
    return [one.since for _other, one in readers_ if _lost(view, one, node) and not unsure(view, one, node)][:4]


_READERS = (
    Reads("streams", ("peers",), anywhere=True, aspect=standings),
    Reads("streams", ("missed",), anywhere=True),
    Reads("registry", ("own",), anywhere=True),
    Reads("identities", anywhere=True),
    Reads("nodes", ("status", "started", "system"), anywhere=True),
    Reads("listening", ("missed",), anywhere=True),
    Reads("clocks", ("served",), anywhere=True),
    Reads("source", anywhere=True),
)


def _nobody_reads(view: View, node: str) -> str | None:
    number_ = number_of(view.state, node)
    if number_ is None:
        return f"no line tells the id of {node}"
    if _unsure(view, readers_of(view, node), node):
        return f"a part of a log is missing that would tell whether {node} is read from"
    return f"no other node that is heard reads from {node}"


_BY_READERS: dict[str, Any] = {
    "takes": (Kind.NODE,),
    "needs": STREAM_LINES,
    "follows": ("the_doubted",),
    "about_node": False,
    "lasting": True,
    "why": _nobody_reads,
    "evidence": _losses,
}


@measures(Kind.NUMBER, *_READERS, **_BY_READERS)
def readers(view: View, node: str) -> int | None:
    """How many other nodes, up and heard, read from this one or try to; unknown where none does."""
    if _number(view, node) is None:
        return 0 if watches.compute(view, node) else None
    # Nobody is expected to read from a node that has stated its end.
    if is_over(view.state, node):
        return 0
    if may_have_ended(view, node):
        return None
    found = readers_of(view, node)
    return None if _unsure(view, found, node) else len(found) or None


@measures(Kind.AGE, *_READERS, **_BY_READERS)
def read_for(view: View, node: str) -> int | None:
    """For how long another node has been reading from this one; it has not begun where each of them has lost it.
    Unknown where one of them may still have it, as a part of its log is missing.
    """
    if _number(view, node) is None:
        return NEVER if watches.compute(view, node) else None
    found = readers_of(view, node)
    since = min([_standing(view, one, node) for _other, one in found if not unsure(view, one, node)], default=None)
    return None if since and _unsure(view, found, node) else since


def _unsure(view: View, found: list[tuple[str, Stream]], peer: str) -> bool:
    """Whether it is not known how one of these streams from a peer stands."""
    return any(unsure(view, stream, peer) for _other, stream in found)


def standing_for(stream: Stream) -> int:
    """Since when it stands if no error follows: long since where nothing has broken it, else its latest attempt."""
    if not stream.broken:
        return 0
    return NEVER if stream.tried is None else stream.tried.at


def _standing(view: View, stream: Stream, peer: str) -> int:
    return standing_for(stream) if _lost(view, stream, peer) else 0


@shorthand(Kind.NODE)
def unreachable_node(node: Term) -> Term:
    """Whether every node that read from this one has lost it, and none gets through."""
    return (readers(node) >= 1) & ~(read_for(node) >= STANDS_AFTER)


@measures(Kind.TEXT, *_READERS, **_BY_READERS)
def lost_by(view: View, node: str) -> str | None:
    """The nodes that have lost this one, with what each said of why."""
    known = readers_of(view, node)
    if not known:
        return None
    lost = [(other, stream) for other, stream in known if lost_at(view, stream, node, view.at)]
    found = [f"{other} ({stream.error or 'it ended the stream'})" for other, stream in lost]
    return ", ".join(found[:8]) or "nobody"


def _up(view: View, name: str | None) -> bool | None:
    """Whether a node is up, as far as is known; None where it is not heard."""
    if is_over(view.state, name):
        return False
    return True if name is not None and name in view.ears.attached else None


def _sources(view: View, node: str) -> list[tuple[str, Stream]]:
    """The peers that this node should be able to read from: they are up, and not lost by every other node."""
    mine = view.state.streams.get(node)
    found = []
    peers = [] if mine is None else ordered(mine.peers)
    gone = dead(view) if any(one.broken for _peer, one in peers) else frozenset()
    named = _named(view)
    for peer, stream in peers:
        name = named(peer)
        if name is None or name in gone or not _up(view, name):
            continue
        others = [one for other, one in readers_of(view, name) if other != node]
        if others and all(unsure(view, one, name) or lost_at(view, one, name, stream.since.at) for one in others):
            # Where a gap has left it unknown, it may be lost by every other node.
            continue
        found.append((name, stream))
    return found


def _lost_lines(view: View, node: str) -> list[Origin]:
    return [stream.since for peer, stream in _sources(view, node) if _lost(view, stream, peer)][:4]


@measures(Kind.AGE, *_READERS, takes=(Kind.NODE,), needs=STREAM_LINES, follows=("the_doubted",), evidence=_lost_lines)
def reads_for(view: View, node: str) -> int | None:
    """For how long the node has been reading from each peer that it should be able to; it has not begun where one of
    the streams fails. Unknown where none of its peers is heard.
    """
    mine = view.state.streams.get(node)
    if mine is None:
        return 0 if watches.compute(view, node) else None
    named = _named(view)
    unheard = all(_up(view, named(peer)) is None for peer, _stream in ordered(mine.peers))
    sources = [(peer, stream) for peer, stream in _sources(view, node) if not unsure(view, stream, peer)]
    standing = [_standing(view, stream, peer) for peer, stream in sources]
    since = max(standing, default=0)
    # One that fails is enough, and one that failed in a gap is tried again, and told of.
    return None if unheard or (not since and _missed(view, node)) else since


def _missed(view: View, node: str) -> bool:
    """Whether it is not known how some of the streams stand that tell whether the node is cut off."""
    mine = view.state.streams[node]
    named = _named(view)
    if any(unsure(view, stream, named(peer) or "") for peer, stream in ordered(mine.peers)):
        return True
    lost = [peer for peer, stream in ordered(mine.peers) if stream.broken]
    others = [theirs.peers for _other, theirs in ordered(view.state.streams) if lost and theirs.missed is not None]
    return any(peer in theirs and theirs[peer].unsure for theirs in others for peer in lost)


@shorthand(Kind.NODE)
def cut_off(node: Term) -> Term:
    """Whether the node cannot read from a peer that is up."""
    return ~(reads_for(node) >= STANDS_AFTER)


@measures(Kind.TEXT, *_READERS, takes=(Kind.NODE,), needs=STREAM_LINES, follows=("the_doubted",))
def lost_peers(view: View, node: str) -> str | None:
    """The peers that the node cannot read from, since when and why."""
    if node not in view.state.streams:
        return None
    found = [
        f"{peer} since {time_of_day(stream.since.at)[:8]} ({stream.error or 'it ended the stream'})"
        for peer, stream in _sources(view, node)
        if lost_at(view, stream, peer, view.at)
    ]
    return ", ".join(found[:8]) or "none"
