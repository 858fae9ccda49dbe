"""Chains: heights, tips, forks, reorganisations, refusals. Heights are those of a block: Monero's first is 0."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from state import views
from state.events import AlternativeAdded, BlockAdded, BlockReceived, BlockRejected, ChainLoaded, GenesisCreated
from state.listening import BLOCKS
from state.nodes import OVER
from state.ordered import ordered
from waits.entities import FORK, members
from waits.functions import ANY_LINE, Reads, View, measures, shorthand
from waits.library.missed import missed, missed_behind
from waits.terms import Kind, Term
from waits.truth import some

if TYPE_CHECKING:
    from state.chain import NodeChain
    from state.origin import Origin
    from waits.graph import Graph
    from waits.truth import Truth

BLOCK_LINES = (BlockAdded, ChainLoaded, GenesisCreated)
MET_LINES = (*BLOCK_LINES, AlternativeAdded, BlockReceived, BlockRejected)
_SHOWN = Reads("listening", ("topics", "seen", "resumed"))
_MISSED = Reads("listening", ("missed",))
_TIP = (Reads("chain", ("tip", "tip_since", "main")), _SHOWN, Reads("nodes", ("status",)))
DIGITS = 12
"""Of a block's id, in messages."""


class Standing(NamedTuple):
    """Where a node stands."""

    height: int
    tip: str
    since: int
    """Journal time of the line that took it there."""


ABSENT = ()
"""The standing of a node that has stopped in order: it takes no part."""


def _chain(view: View, node: str) -> NodeChain | None:
    return view.state.chain.get(node)


def _tip_line(view: View, node: str) -> list[Origin | None]:
    chain = _chain(view, node)
    return [] if chain is None else [chain.tip_since]


def seen(view: View, node: str, topic: str) -> bool:
    """Whether a line of the topic has come since the node's last start: until then its absence says nothing."""
    mine = view.state.listening.get(node)
    return mine is not None and topic in mine.seen


@measures(Kind.LIST, *_TIP, takes=(Kind.NODE,), needs=(BLOCK_LINES,), topics=(BLOCKS,), evidence=_tip_line)
def standing(view: View, node: str) -> Standing | tuple[()] | None:
    """Height and tip of a node, nothing for one that has stopped in order."""
    known = view.state.nodes.get(node)
    if known is not None and known.status in OVER:
        return ABSENT
    top = height.compute(view, node)
    chain = _chain(view, node)
    if top is None or chain is None or chain.tip_since is None:
        return None
    return Standing(top, chain.main.get(top, ""), chain.tip_since.at)


@measures(Kind.NUMBER, *_TIP[:2], takes=(Kind.NODE,), needs=(BLOCK_LINES,), topics=(BLOCKS,), evidence=_tip_line)
def height(view: View, node: str) -> int | None:
    """Height of the node's tip."""
    return views.height(view.state, node) if seen(view, node, BLOCKS) else None


@measures(Kind.TEXT, *_TIP[:2], takes=(Kind.NODE,), needs=(BLOCK_LINES,), topics=(BLOCKS,), evidence=_tip_line)
def tip(view: View, node: str) -> str | None:
    """Id of the node's tip."""
    return views.tip(view.state, node) if seen(view, node, BLOCKS) else None


class Group(NamedTuple):
    """Nodes at one tip."""

    height: int
    tip: str
    size: int
    leader: str
    """One of them, the first by name."""


class Census(NamedTuple):
    """Where all nodes stand, summed up."""

    groups: tuple[Group, ...]
    """The lowest first."""
    unknown: int
    """Nodes of which it is not known."""
    top_since: int | None
    """Journal time at which the first of those that stand highest got there."""


class _Place:
    """The nodes at one tip. Who is first, by name and by time, is on top of two heaps; who has left is taken off them
    when it gets there.
    """

    __slots__ = ("_by_name", "_by_time", "nodes")

    def __init__(self) -> None:
        self.nodes: dict[str, int] = {}
        self._by_name: list[str] = []
        self._by_time: list[tuple[int, str]] = []

    def add(self, node: str, since: int) -> None:
        self.nodes[node] = since
        heappush(self._by_name, node)
        heappush(self._by_time, (since, node))

    def remove(self, node: str) -> None:
        del self.nodes[node]

    @property
    def leader(self) -> str:
        names = self._by_name
        while names[0] not in self.nodes:
            heappop(names)
        return names[0]

    @property
    def since(self) -> int:
        times = self._by_time
        while self.nodes.get(times[0][1]) != times[0][0]:
            heappop(times)
        return times[0][0]


Tip = tuple[int, str]


class Standings:
    """Nodes by where they stand."""

    def __init__(self) -> None:
        """Nobody stands anywhere."""
        self.places: dict[Tip, _Place] = {}
        self.unknown: set[str] = set()

    def change(self, node: str, old: Any, new: Any) -> None:
        """A node stands elsewhere."""
        if isinstance(old, Standing):
            place = self.places[old[:2]]
            place.remove(node)
            if not place.nodes:
                del self.places[old[:2]]
        elif old is None:
            self.unknown.discard(node)
        if isinstance(new, Standing):
            place_ = self.places.get(new[:2])
            if place_ is None:
                place_ = self.places[new[:2]] = _Place()
            place_.add(node, new.since)
        elif new is None:
            self.unknown.add(node)


@measures(Kind.LIST, over="standing", gathers=Standings, needs=(BLOCK_LINES,), topics=(BLOCKS,))
def census(_view: View, standings: Standings) -> Census:
    """Where all nodes stand. Those that stopped in order take no part."""
    ranked = ordered(standings.places)
    top = ranked[-1][0][0] if ranked else 0
    return Census(
        tuple([Group(height_, block, len(place.nodes), place.leader) for (height_, block), place in ranked]),
        len(standings.unknown),
        min([place.since for (height_, _tip), place in ranked if height_ == top], default=None),
    )


def _where(graph: Graph, *_arguments: Any) -> str:
    """Each height with the nodes that stand there, the lowest first."""
    standings = graph.cell(census).gathered
    assert isinstance(standings, Standings)  # noqa: S101 - what a census is computed from
    said = [
        f"{_named([node for node, _since in ordered(place.nodes)])} at {top} {block[:DIGITS]}"
        for (top, block), place in ordered(standings.places)[:8]
    ]
    if standings.unknown:
        said.append(f"not known of {_named(ordered(standings.unknown))}")
    return "; ".join(said)


def _named(nodes: list[str]) -> str:
    more = f" and {len(nodes) - 8} more" if len(nodes) > 8 else ""  # noqa: PLR2004 - what a line has room for
    return ", ".join(nodes[:8]) + more


@measures(Kind.NUMBER, uses="census", needs=(BLOCK_LINES,), topics=(BLOCKS,), detail=_where)
def min_height(_view: View, now: Census) -> int | None:
    """The lowest height of any node; unknown where one is not known. Nodes that stopped in order are left out."""
    return None if now.unknown or not now.groups else now.groups[0].height


@measures(Kind.NUMBER, uses="census", needs=(BLOCK_LINES,), topics=(BLOCKS,), detail=_where)
def max_height(_view: View, now: Census) -> int | None:
    """The highest height that is known of any node."""
    return now.groups[-1].height if now.groups else None


@measures(
    Kind.AGE,
    Reads("listening", ("missed", "seen"), anywhere=True),
    Reads("nodes", ("status",), anywhere=True),
    uses="census",
    needs=(BLOCK_LINES,),
    topics=(BLOCKS,),
    detail=_where,
)
def stalled_for(view: View, now: Census) -> int | None:
    """For how long no node has got higher than the highest known height. One that has named no block since a gap in its
    log may have got higher up to there.
    """
    gaps = [
        mine.missed.at
        for name, mine in ordered(view.state.listening)
        if mine.missed is not None and BLOCKS not in mine.seen and not views.is_over(view.state, name)
    ]
    return None if now.top_since is None else max([now.top_since, *gaps])


@measures(Kind.TRUTH, uses="census", needs=(BLOCK_LINES,), topics=(BLOCKS,), detail=_where)
def tips_agree(_view: View, now: Census) -> bool | None:
    """Whether every node that has not stopped in order stands at one and the same tip."""
    if len(now.groups) > 1:
        return False
    return None if now.unknown or not now.groups or not now.groups[0].tip else True


@measures(Kind.TEXT, uses="census", needs=(BLOCK_LINES,), topics=(BLOCKS,))
def tips(_view: View, now: Census) -> str | None:
    """Where every node stands: each height with how many nodes stand there, the lowest first."""
    said = [f"{one.leader if one.size == 1 else f'{one.size} nodes'} at {one.height}" for one in now.groups[:8]]
    return ", ".join([*said, *([f"{now.unknown} unknown"] if now.unknown else [])]) if said else None


@shorthand(Kind.NODE)
def behind(node: Term) -> Term:
    """How many blocks the node is behind the highest known height."""
    return max_height() - height(node)


# --- forks -------------------------------------------------------------------------------------------


class Fork(NamedTuple):
    """Nodes on different chains. What names it is the first height that differs: it stays while the fork does."""

    split: int
    depth: int
    """Blocks of the second longest side: so many must be taken off for all to agree again."""
    sides: tuple[tuple[str, int], ...]
    """(id at the split, height of the highest tip), the longest side first."""


@measures(Kind.LIST, over="standing", gathers=Standings, needs=(BLOCK_LINES,), topics=(BLOCKS,), detail=_where)
def forks(view: View, standings: Standings) -> tuple[Fork, ...] | None:
    """Every fork of the network, with its depth and its sides."""
    ranked = [(tip_, views.main_chain(view.state, place.leader)) for tip_, place in ordered(standings.places)]
    # Of chains that agree each with the next higher one, all agree.
    chains = [chain for _tip, chain in ranked]
    differ = some([_parted(one, other) for one, other in pairwise(chains)])
    if differ is None or (differ and not _all_known(chains)):
        return None
    if not differ:
        return None if standings.unknown or not ranked else ()
    members = [(chain, top) for (top, _block), chain in ranked]
    splits = _splits(chains)
    if any(chain.missed is not None and split not in chain.main for chain, _top in members for split in splits):
        # On which side it is, and makes longer, is not known.
        return None
    return tuple([_fork(split, members) for split in splits])


def _parted(one: NodeChain, other: NodeChain) -> Truth:
    """Whether two nodes are on different chains; unknown where a missing part of a log would tell, or tell since which
    height. It is not remembered of their tips: an id settles it on a real chain, but what a log tells of a node may
    not fit its tip, and then the answer would depend on when it was asked first.
    """
    found = views.compare(one, other)
    return found.split is not None if found.exact else None


def _all_known(chains: list[NodeChain]) -> bool:
    """Whether it is known of each two where they part, and how long each side is."""
    if all(chain.missed is None for chain in chains):
        return True
    return all(views.compare(one, other).exact for place, one in enumerate(chains) for other in chains[place + 1 :])


def _splits(chains: list[NodeChain]) -> list[int]:
    """First differing heights."""
    pairs = [_differ(one, other) for place, one in enumerate(chains) for other in chains[place + 1 :]]
    return ordered({split for split in pairs if split is not None})


def _differ(one: NodeChain, other: NodeChain) -> int | None:
    return views.compare(one, other).split


def _fork(split: int, members: list[tuple[NodeChain, int]]) -> Fork:
    sides: dict[str, int] = {}
    for chain, top in members:
        block = chain.main.get(split)
        if block is not None:
            sides[block] = max(top, sides.get(block, 0))
    ranked = sorted([(-top, block) for block, top in ordered(sides)])
    lengths = [-top - split + 1 for top, _block in ranked]
    return Fork(split, lengths[1] if len(lengths) > 1 else 0, tuple([(block, -top) for top, block in ranked]))


@members(FORK)
@measures(Kind.LIST, uses="forks", needs=(BLOCK_LINES,), topics=(BLOCKS,))
def open_forks(_view: View, found: tuple[Fork, ...]) -> tuple[int, ...]:
    """The forks of the network: heights from which on nodes hold different blocks, which is no mere lag (R16)."""
    return tuple([one.split for one in found])


def _of(found: tuple[Fork, ...], split: int) -> Fork | None:
    return next((one for one in found if one.split == split), None)


@measures(Kind.TRUTH, uses="forks", needs=(BLOCK_LINES,), topics=(BLOCKS,))
def diverged(_view: View, found: tuple[Fork, ...]) -> bool:
    """Whether nodes hold different blocks at a height that both have."""
    return bool(found)


@measures(Kind.NUMBER, uses="forks", needs=(BLOCK_LINES,), topics=(BLOCKS,))
def deepest_fork(_view: View, found: tuple[Fork, ...]) -> int:
    """Depth of the deepest fork; 0 where there is none."""
    return max([one.depth for one in found], default=0)


@measures(Kind.NUMBER, uses="forks", takes=(Kind.FORK,), needs=(BLOCK_LINES,), topics=(BLOCKS,))
def fork_depth(_view: View, found: tuple[Fork, ...], fork: int) -> int:
    """Blocks that must be taken off on one side for the fork to end; 0 when it is over."""
    one = _of(found, fork)
    return 0 if one is None else one.depth


def _fork_lines(view: View, fork: int) -> list[Origin | None]:
    chains = [chain for _node, chain in ordered(view.state.chain)]
    blocks = [(chain, chain.main.get(fork)) for chain in chains]
    return [chain.sightings[block].added for chain, block in blocks if block is not None and block in chain.sightings]


@measures(
    Kind.TEXT,
    Reads("chain", ("main",), anywhere=True),
    uses="forks",
    takes=(Kind.FORK,),
    needs=(BLOCK_LINES,),
    topics=(BLOCKS,),
    evidence=_fork_lines,
)
def fork_sides(view: View, found: tuple[Fork, ...], fork: int) -> str:
    """Who is on which side of a fork, and how high."""
    one = _of(found, fork)
    if one is None:
        return "it is over"
    holders: dict[str, list[str]] = {}
    for node, chain in ordered(view.state.chain):
        holders.setdefault(chain.main.get(fork, ""), []).append(node)
    return " against ".join(
        [f"{_named(holders.get(block, []))} up to {top} ({block[:DIGITS]})" for block, top in one.sides]
    )


# --- what happened to a chain ------------------------------------------------------------------------


def _last_reorg(view: View, node: str) -> list[Origin | None]:
    chain = _chain(view, node)
    return [] if chain is None or not chain.reorgs else [chain.reorgs[-1].started, chain.reorgs[-1].finished]


@measures(Kind.NUMBER, Reads("chain", ("reorg_total",)), takes=(Kind.NODE,), needs=(ANY_LINE,), evidence=_last_reorg)
def reorgs(view: View, node: str) -> int:
    """How many reorganisations the node has been through."""
    chain = _chain(view, node)
    return 0 if chain is None else chain.reorg_total


@measures(
    Kind.NUMBER, Reads("chain", ("reorgs",)), _MISSED, takes=(Kind.NODE,), needs=(ANY_LINE,), evidence=_last_reorg
)
def reorg_depth(view: View, node: str) -> int | None:
    """Depth of the node's latest reorganisation; 0 before the first."""
    chain = _chain(view, node)
    last = chain.reorgs[-1] if chain is not None and chain.reorgs else None
    if missed_behind(view, node, None if last is None else last.finished):
        return None
    if last is not None and last.started == last.finished:
        # Nobody read where it began.
        return None
    return 0 if last is None else last.depth


@measures(Kind.NUMBER, Reads("chain", ("reorgs",)), takes=(Kind.NODE,), needs=(ANY_LINE,), evidence=_last_reorg)
def deepest_reorg(view: View, node: str) -> int:
    """Depth of the deepest of the node's latest reorganisations; 0 before the first."""
    chain = _chain(view, node)
    return 0 if chain is None else max([one.depth for one in chain.reorgs], default=0)


def _last_fall(view: View, node: str) -> list[Origin | None]:
    chain = _chain(view, node)
    return [] if chain is None or not chain.regressions else [chain.regressions[-1].origin]


@measures(
    Kind.NUMBER, Reads("chain", ("regression_total",)), takes=(Kind.NODE,), needs=(ANY_LINE,), evidence=_last_fall
)
def regressions(view: View, node: str) -> int:
    """How often the node's height fell other than by a reorganisation."""
    chain = _chain(view, node)
    return 0 if chain is None else chain.regression_total


@measures(Kind.TEXT, Reads("chain", ("regressions",)), _MISSED, takes=(Kind.NODE,), needs=(ANY_LINE,))
def last_fall(view: View, node: str) -> str | None:
    """The latest fall of the node's height, in words."""
    chain = _chain(view, node)
    if chain is None or not chain.regressions:
        return None
    one = chain.regressions[-1]
    if missed_behind(view, node, one.origin):
        return None
    why = "after a restart" if one.cause == "restart" else "blocks were removed"
    return f"from {one.before} to {one.now}, {why}"


def _last_refusal(view: View, node: str) -> list[Origin | None]:
    chain = _chain(view, node)
    if chain is None or chain.last_rejected is None or chain.last_rejected not in chain.sightings:
        return []
    return [chain.sightings[chain.last_rejected].rejected]


@measures(
    Kind.NUMBER, Reads("chain", ("rejection_total",)), takes=(Kind.NODE,), needs=(ANY_LINE,), evidence=_last_refusal
)
def refused(view: View, node: str) -> int:
    """How many times the node has refused a block."""
    chain = _chain(view, node)
    return 0 if chain is None else chain.rejection_total


@measures(Kind.TEXT, Reads("chain", ("rejection_total",)), takes=(Kind.NODE,), needs=(ANY_LINE,))
def last_refused(view: View, node: str) -> str | None:
    """The block that the node refused last, and why."""
    chain = _chain(view, node)
    if chain is None or chain.last_rejected is None or chain.last_rejected not in chain.sightings:
        return None
    seen_ = chain.sightings[chain.last_rejected]
    return f"{chain.last_rejected[:DIGITS]} at height {seen_.height} ({seen_.reason})"


_BLOCK = Reads("chain", by_block=True)


@measures(Kind.TRUTH, _BLOCK, _SHOWN, _MISSED, takes=(Kind.NODE, Kind.TEXT), needs=(MET_LINES,), topics=(BLOCKS,))
def has_block(view: View, node: str, block: str) -> bool | None:
    """Whether the node has met this block: received it, or has or had it in a chain of its own."""
    chain = _chain(view, node)
    if chain is not None and block in chain.sightings:
        return True
    shown = seen(view, node, BLOCKS) and views.shows(view.state, node, BLOCKS)
    return False if shown and missed(view, node) is None else None


@measures(Kind.LIST, *_TIP[:2], takes=(Kind.NODE,), needs=(BLOCK_LINES,), topics=(BLOCKS,))
def has_height(view: View, node: str) -> tuple[()] | None:
    """Nothing, where the height of the node is known: it changes far less often than the height."""
    return None if height.compute(view, node) is None else ()


@measures(
    Kind.TRUTH,
    _BLOCK,
    Reads("chain", ("displaced", "forgotten")),
    _MISSED,
    uses="has_height",
    takes=(Kind.NODE, Kind.TEXT),
    needs=(BLOCK_LINES,),
    topics=(BLOCKS,),
)
def on_main(view: View, _known: tuple[()], node: str, block: str) -> bool | None:
    """Whether this block is on the node's main chain."""
    chain = _chain(view, node)
    sighting = None if chain is None else chain.sightings.get(block)
    there = None if sighting is None or sighting.height is None or chain is None else chain.main.get(sighting.height)
    if there is None and missed(view, node) is not None:
        return None
    return there == block
