"""Chains: heights, tips, forks, reorganisations, refusals. Heights are those of a block: Monero's first is 0."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from state import views
from state.events import BlockAdded, ChainLoaded, GenesisCreated
from state.listening import BLOCKS
from state.nodes import Status
from state.ordered import ordered
from waits.functions import ANY_LINE, Reads, View, measures, shorthand
from waits.terms import Kind, Term

if TYPE_CHECKING:
    from state.chain import NodeChain
    from state.origin import Origin

BLOCK_LINES = (BlockAdded, ChainLoaded, GenesisCreated)
_SHOWN = Reads("listening", ("topics", "seen", "resumed"))
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
    if known is not None and known.status is Status.STOPPED:
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


Standings = list[Any]


def _present(values: Standings) -> list[Standing]:
    return [one for one in values if one]


def _where(view: View, nodes: list[str], values: Standings) -> str:
    """Each height with the nodes that stand there, the lowest first."""
    groups: dict[tuple[int, str], list[str]] = {}
    unknown = []
    for node, value in zip(nodes, values, strict=True):
        if value is None:
            unknown.append(node)
        elif value:
            groups.setdefault((value.height, value.tip), []).append(node)
    said = [f"{', '.join(who[:8])} at {top} {block[:DIGITS]}" for (top, block), who in ordered(groups)][:8]
    if unknown:
        said.append(f"not known of {', '.join(unknown[:8])}")
    return "; ".join(said)


@measures(Kind.NUMBER, over="standing", needs=(BLOCK_LINES,), topics=(BLOCKS,), detail=_where)
def min_height(_view: View, _nodes: list[str], values: Standings) -> int | None:
    """The lowest height of any node; unknown where one is not known. Nodes that stopped in order are left out."""
    heights = [one.height for one in _present(values)]
    return None if None in values or not heights else min(heights)


@measures(Kind.NUMBER, over="standing", needs=(BLOCK_LINES,), topics=(BLOCKS,), detail=_where)
def max_height(_view: View, _nodes: list[str], values: Standings) -> int | None:
    """The highest height that is known of any node."""
    return max([one.height for one in _present(values)], default=None)


@measures(Kind.AGE, over="standing", needs=(BLOCK_LINES,), topics=(BLOCKS,), detail=_where)
def stalled_for(_view: View, _nodes: list[str], values: Standings) -> int | None:
    """For how long no node has got higher than the highest known height."""
    known = _present(values)
    top = max([one.height for one in known], default=None)
    return None if top is None else min([one.since for one in known if one.height == top])


@measures(Kind.TRUTH, over="standing", needs=(BLOCK_LINES,), topics=(BLOCKS,), detail=_where)
def tips_agree(_view: View, _nodes: list[str], values: Standings) -> bool | None:
    """Whether every node that has not stopped in order stands at one and the same tip."""
    known = _present(values)
    if any((one.height, one.tip) != (known[0].height, known[0].tip) for one in known):
        return False
    return None if None in values or not known or not known[0].tip else True


@measures(Kind.TEXT, over="standing", needs=(BLOCK_LINES,), topics=(BLOCKS,))
def tips(view: View, nodes: list[str], values: Standings) -> str | None:
    """Where every node stands, in words."""
    return _where(view, nodes, values) if _present(values) else None


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
    sides: tuple[tuple[str, int, tuple[str, ...]], ...]
    """(id at the split, height of the highest tip, nodes), the longest side first."""


@measures(Kind.LIST, over="standing", needs=(BLOCK_LINES,), topics=(BLOCKS,), detail=_where)
def forks(view: View, nodes: list[str], values: Standings) -> tuple[Fork, ...] | None:
    """The forks of the network: heights from which on nodes hold different blocks, which is no mere lag (R16)."""
    leaders: dict[tuple[int, str], str] = {}
    for node, value in zip(nodes, values, strict=True):
        if value:
            leaders.setdefault((value.height, value.tip), node)
    ranked = [(view.state.chain[node], node) for _tip, node in ordered(leaders)]
    found = _splits([chain for chain, _node in ranked])
    if not found:
        return None if None in values or not ranked else ()
    members = [(node, value.height) for node, value in zip(nodes, values, strict=True) if value]
    return tuple([_fork(view, split, members) for split in found])


def _splits(chains: list[NodeChain]) -> list[int]:
    """First differing heights. Of chains that agree each with the next higher one, all agree."""
    if not any(_differ(one, other) is not None for one, other in pairwise(chains)):
        return []
    pairs = [_differ(one, other) for place, one in enumerate(chains) for other in chains[place + 1 :]]
    return ordered({split for split in pairs if split is not None})


def _differ(one: NodeChain, other: NodeChain) -> int | None:
    return views.compare(one, other).split


def _fork(view: View, split: int, members: list[tuple[str, int]]) -> Fork:
    sides: dict[str, list[tuple[int, str]]] = {}
    for node, top in members:
        block = view.state.chain[node].main.get(split)
        if block is not None:
            sides.setdefault(block, []).append((top, node))
    ranked = sorted([(-max(who)[0], block, who) for block, who in ordered(sides)])
    lengths = [-top - split + 1 for top, _block, _who in ranked]
    return Fork(
        split,
        lengths[1] if len(lengths) > 1 else 0,
        tuple([(block, -top, tuple([node for _top, node in who])) for top, block, who in ranked]),
    )


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
    uses="forks",
    takes=(Kind.FORK,),
    needs=(BLOCK_LINES,),
    topics=(BLOCKS,),
    evidence=_fork_lines,
)
def fork_sides(_view: View, found: tuple[Fork, ...], fork: int) -> str:
    """Who is on which side of a fork, and how high."""
    one = _of(found, fork)
    if one is None:
        return "it is over"
    return " against ".join([f"{', '.join(who[:8])} at {top} ({block[:DIGITS]})" for block, top, who in one.sides])


# --- what happened to a chain ------------------------------------------------------------------------


def _last_reorg(view: View, node: str) -> list[Origin | None]:
    chain = _chain(view, node)
    return [] if chain is None or not chain.reorgs else [chain.reorgs[-1].started, chain.reorgs[-1].finished]


@measures(Kind.NUMBER, Reads("chain", ("reorg_total",)), takes=(Kind.NODE,), needs=(ANY_LINE,), evidence=_last_reorg)
def reorgs(view: View, node: str) -> int:
    """How many reorganisations the node has been through."""
    chain = _chain(view, node)
    return 0 if chain is None else chain.reorg_total


@measures(Kind.NUMBER, Reads("chain", ("reorgs",)), takes=(Kind.NODE,), needs=(ANY_LINE,), evidence=_last_reorg)
def reorg_depth(view: View, node: str) -> int:
    """Depth of the node's latest reorganisation; 0 before the first."""
    chain = _chain(view, node)
    return 0 if chain is None or not chain.reorgs else chain.reorgs[-1].depth


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


@measures(Kind.TEXT, Reads("chain", ("regressions",)), takes=(Kind.NODE,), needs=(ANY_LINE,))
def last_fall(view: View, node: str) -> str | None:
    """The latest fall of the node's height, in words."""
    chain = _chain(view, node)
    if chain is None or not chain.regressions:
        return None
    one = chain.regressions[-1]
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


@measures(Kind.TRUTH, _BLOCK, _SHOWN, takes=(Kind.NODE, Kind.TEXT), needs=(BLOCK_LINES,), topics=(BLOCKS,))
def has_block(view: View, node: str, block: str) -> bool | None:
    """Whether the node has met this block: received it, or has or had it in a chain of its own."""
    chain = _chain(view, node)
    if chain is not None and block in chain.sightings:
        return True
    return False if seen(view, node, BLOCKS) and views.shows(view.state, node, BLOCKS) else None


@measures(
    Kind.TRUTH,
    _BLOCK,
    Reads("chain", ("main",)),
    _SHOWN,
    takes=(Kind.NODE, Kind.TEXT),
    needs=(BLOCK_LINES,),
    topics=(BLOCKS,),
)
def on_main(view: View, node: str, block: str) -> bool | None:
    """Whether this block is on the node's main chain."""
    if height.compute(view, node) is None:
        return None
    chain = _chain(view, node)
    sighting = None if chain is None else chain.sightings.get(block)
    if chain is None or sighting is None or sighting.height is None:
        return False
    return chain.main.get(sighting.height) == block
