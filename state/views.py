"""What a snapshot says when it is read: values that follow from the facts and are stored nowhere (R14, R16).

`None` always means that the log did not show it.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from msgspec.structs import replace

from state.chain import HEIGHTS_KEPT, NodeChain
from state.listening import BLOCKS, CONNECTIONS
from state.nodes import OVER, WATCHERS
from state.ordered import ordered
from state.origin import Origin
from state.snapshot import NetworkState


def is_over(state: NetworkState, node: str | None) -> bool:
    """Whether the node's process has stated its end, in order or not."""
    known = None if node is None else state.nodes.get(node)
    return known is not None and known.status in OVER


def is_watcher(state: NetworkState, name: str) -> bool:
    """Whether it calls itself a program that watches nodes, and is none."""
    known = state.nodes.get(name)
    return known is not None and known.system in WATCHERS


def shows(state: NetworkState, node: str, topic: str) -> bool:
    """Whether the node's log is known to show a topic at present (R23)."""
    mine = state.listening.get(node)
    return mine is not None and mine.topics.get(topic, False)


def shows_since(state: NetworkState, node: str, topic: str, line: Origin) -> bool:
    """Whether the node's log is known to show a topic at present and to have done so since a line of its own."""
    resumed = state.listening[node].resumed.get(topic) if node in state.listening else None
    return shows(state, node, topic) and (resumed is None or resumed.seq <= line.seq)


def height(state: NetworkState, node: str) -> int | None:
    """Height of the node's tip; None where its log does not show every block since, as the last height that
    it happened to state may be long past.
    """
    chain = state.chain.get(node)
    if chain is None or chain.tip_since is None or not shows_since(state, node, BLOCKS, chain.tip_since):
        return None
    return chain.tip


def tip(state: NetworkState, node: str) -> str | None:
    """Id of the node's tip."""
    top = height(state, node)
    return None if top is None else state.chain[node].main.get(top)


def stated_height(state: NetworkState, node: str) -> tuple[int, Origin] | None:
    """The last height that a line implied, and that line, whether or not it is still current."""
    chain = state.chain.get(node)
    if chain is None or chain.tip is None or chain.tip_since is None:
        return None
    return chain.tip, chain.tip_since


def connections(state: NetworkState, node: str) -> int | None:
    """Open connections; None unless the log shows them and has done so since the process started."""
    peers = state.peers.get(node)
    if peers is None or peers.counting_since is None:
        return None
    if not shows_since(state, node, CONNECTIONS, peers.counting_since):
        return None
    return len(peers.open)


def names(state: NetworkState) -> list[str]:
    """Every node that any slice knows."""
    slices = (
        state.nodes,
        state.peers,
        state.chain,
        state.listening,
        state.clocks,
        state.registry,
        state.streams,
        state.workers,
        state.indexers,
    )
    return ordered({name for nodes in slices for name, _ in ordered(nodes)})


class Relation(enum.Enum):
    """How one node's main chain stands to another's."""

    SAME = "same"
    BEHIND = "behind"
    AHEAD = "ahead"
    DIVERGED = "diverged"
    UNKNOWN = "unknown"


class Comparison(NamedTuple):
    """Two main chains. `split` is the lowest height at which they are known to differ."""

    relation: Relation
    split: int | None = None
    exact: bool = True
    """Whether `split` is the lowest height at which they differ, and not only the lowest that is known, as below it a
    part of a log is missing; of two whose relation is unknown, whether nothing is missing there.
    """


def main_chain(state: NetworkState, node: str) -> NodeChain:
    """A node's chain; a gap that came before its first block is one of its chain too. Raises KeyError."""
    chain, mine = state.chain[node], state.listening.get(node)
    gap = None if mine is None else mine.missed
    return chain if gap is None or chain.missed is not None else replace(chain, missed=gap)


def compare(one: NodeChain, other: NodeChain) -> Comparison:
    """Two nodes diverge if their main chains hold different ids at a height both have (R16)."""
    if one.tip is None or other.tip is None:
        return Comparison(Relation.UNKNOWN)
    common = min(one.tip, other.tip)
    whole = one.missed is None and other.missed is None
    mine, theirs = one.main.get(common), other.main.get(common)
    if mine is None or theirs is None:
        return Comparison(Relation.UNKNOWN, exact=whole)
    if mine == theirs:
        if one.tip == other.tip:
            return Comparison(Relation.SAME)
        return Comparison(Relation.BEHIND if one.tip < other.tip else Relation.AHEAD)
    split = common
    for below in range(common - 1, max(-1, common - HEIGHTS_KEPT), -1):
        mine, theirs = one.main.get(below), other.main.get(below)
        if mine is None or theirs is None:
            return Comparison(Relation.DIVERGED, split, exact=whole)
        if mine == theirs:
            break
        split = below
    return Comparison(Relation.DIVERGED, split)


class TipGroup(NamedTuple):
    """Nodes that stand at one tip."""

    height: int
    tip: str | None
    nodes: tuple[str, ...]


class Agreement(NamedTuple):
    """Where the nodes whose height is known stand."""

    groups: tuple[TipGroup, ...]
    """Each distinct tip, the highest first."""
    unknown: tuple[str, ...]
    """Nodes whose height the log does not show."""
    diverged: tuple[tuple[str, str, int], ...]
    """Pairs of nodes on different chains, with the lowest height at which they differ, where that is known."""

    @property
    def agreed(self) -> bool | None:
        """Whether all tips are the same one; None where some are unknown and the rest do not already differ."""
        if len(self.groups) > 1:
            return False
        known = bool(self.groups) and self.groups[0].tip is not None and not self.unknown
        return True if known else None


def agreement(state: NetworkState) -> Agreement:
    """Who stands at which tip, and who is on another chain."""
    tips: dict[tuple[int, str], list[str]] = {}
    unknown = []
    for name in names(state):
        top = height(state, name)
        if top is None:
            unknown.append(name)
        else:
            tips.setdefault((top, tip(state, name) or ""), []).append(name)
    ranked = sorted(ordered(tips), key=lambda one: (-one[0][0], one[0][1]))
    groups = tuple(TipGroup(top, block or None, tuple(nodes)) for (top, block), nodes in ranked)
    leaders = [group.nodes[0] for group in groups]
    diverged = []
    for place, first in enumerate(leaders):
        for second in leaders[place + 1 :]:
            found = compare(main_chain(state, first), main_chain(state, second))
            if found.relation is Relation.DIVERGED and found.split is not None and found.exact:
                diverged.append((first, second, found.split))
    return Agreement(groups, tuple(unknown), tuple(diverged))


class BlockView(NamedTuple):
    """One block across the network."""

    block: str
    height: int | None
    received: tuple[tuple[str, Origin], ...]
    """Nodes that a peer sent it to, with the first time."""
    added: tuple[tuple[str, Origin], ...]
    """Nodes that took it into their main chain, with the first time."""
    on_main: tuple[str, ...]
    """Nodes that have it in their main chain now."""
    alternative: tuple[str, ...]
    rejected: tuple[str, ...]


def block_view(state: NetworkState, block: str) -> BlockView | None:
    """Who has met a block; None where nobody has."""
    met = [(name, chain, chain.sightings[block]) for name, chain in ordered(state.chain) if block in chain.sightings]
    if not met:
        return None
    heights = [sighting.height for _, _, sighting in met if sighting.height is not None]
    return BlockView(
        block,
        heights[0] if heights else None,
        tuple((name, seen.received) for name, _, seen in met if seen.received is not None),
        tuple((name, seen.added) for name, _, seen in met if seen.added is not None),
        tuple(name for name, chain, seen in met if seen.height is not None and chain.main.get(seen.height) == block),
        tuple(name for name, _, seen in met if seen.alternative is not None),
        tuple(name for name, _, seen in met if seen.rejected is not None),
    )
