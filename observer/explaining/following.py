"""Following blocks through a recording: what every node says of them, in one pass.

A block is followed from the first entry that names it; what other nodes said of it before is in their sightings.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from observer.changes import short
from observer.explaining.options import Options
from observer.explaining.steps import Kept, Told
from replay.folding import Step
from replay.play import Player
from replay.recording import Recording
from state.chain import HEIGHTS_KEPT, NodeChain, Sighting
from state.identities import PEER_ADDRESS, node_of
from state.ordered import ordered
from state.origin import Origin
from state.snapshot import NetworkState

FOLLOWED = 64
"""Blocks that are followed at once; that there are further ones is said."""


class Sought(NamedTuple):
    """What was asked for: blocks at a height, or those whose id begins so."""

    height: int | None
    prefix: str

    def fits(self, block: str, seen: Sighting) -> bool:
        """Whether a block is one of those."""
        return block.startswith(self.prefix) if self.height is None else seen.height == self.height


class Followed:
    """The blocks that fit, and what became of them."""

    def __init__(self, recording: Recording, sought: Sought, options: Options) -> None:
        self._player = Player(recording)
        self._sought = sought
        self._until = options.seq
        self._limit = options.limit
        self._aliases = {alias: name for name, entry in options.inventory.nodes.items() for alias in entry.aliases}
        self._told: set[tuple[str, str, str]] = set()
        self.blocks: dict[str, Kept] = {}
        self.heights: dict[str, int] = {}
        """As stated, also where retention has since dropped the block."""
        self.more = False
        """Whether there are still others that fit."""
        self.on_main: set[tuple[str, str]] = set()
        """(node, block) of those on a main chain, also where retention has since dropped the block."""
        self.arrived: dict[str, dict[str, Origin]] = {}
        """By block: when each node first had it."""

    @property
    def state(self) -> NetworkState:
        """The snapshot at the end of the story."""
        return self._player.state

    def play(self) -> None:
        """Follow every block that fits."""
        for step in self._player.steps(self._until):
            if step.before.chain is not step.after.chain:
                self._step(step)

    def _step(self, step: Step) -> None:
        node = step.said[0][1].node
        had, has = step.before.chain.get(node), step.after.chain.get(node)
        if has is None or has is had:
            return
        for slice_, key in step.touched:
            if slice_ == "chain" and isinstance(key, tuple) and str(key[1]) not in self.blocks:
                self._meet(str(key[1]), has, step)
        for block in self.blocks:
            self._sighted(block, node, has, step.after)
            if had is None or had.main is not has.main:
                self._moved(block, node, had, has, step)

    def _meet(self, block: str, chain: NodeChain, step: Step) -> None:
        """Follow a block from here on; what other nodes have said of it so far is told too."""
        seen = chain.sightings.get(block)
        if seen is None or not self._sought.fits(block, seen):
            return
        if len(self.blocks) >= FOLLOWED:
            self.more = True
            return
        self.blocks[block] = Kept(self._limit)
        for other, theirs in ordered(step.after.chain):
            self._sighted(block, other, theirs, step.after)

    def _sighted(self, block: str, node: str, chain: NodeChain, state: NetworkState) -> None:
        """What the node has newly said of the block."""
        seen = chain.sightings.get(block)
        if seen is None:
            return
        if seen.height is not None:
            self.heights.setdefault(block, seen.height)
        for kind, origin in (
            ("received", seen.received),
            ("alternative", seen.alternative),
            ("rejected", seen.rejected),
        ):
            if origin is None or (block, node, kind) in self._told:
                continue
            self._told.add((block, node, kind))
            text, facts = self._words(kind, block, seen, state)
            self._tell(block, origin, kind, text, facts)
            if kind != "rejected":
                self.arrived.setdefault(block, {}).setdefault(node, origin)

    def _words(self, kind: str, block: str, seen: Sighting, state: NetworkState) -> tuple[str, dict[str, Any]]:
        if kind == "alternative":
            return f"stored beside the main chain, at height {seen.height}", {"height": seen.height}
        if kind == "rejected":
            facts = {"height": seen.height, "reason": seen.reason, "parent": seen.parent}
            return f"rejected at height {seen.height}: {seen.reason}", facts
        sender = seen.sender or ""
        peer = node_of(state.identities, PEER_ADDRESS, sender) or self._aliases.get(sender)
        return f"received from {sender}{f' ({peer})' if peer else ''}", {"from": sender, "peer": peer}

    def _moved(self, block: str, node: str, had: NodeChain | None, has: NodeChain, step: Step) -> None:
        """The block came onto the node's main chain, or left it."""
        seen = has.sightings.get(block) or (None if had is None else had.sightings.get(block))
        if seen is None or seen.height is None:
            return
        on, was = has.main.get(seen.height) == block, (node, block) in self.on_main
        origin = step.said[0][1]
        if on and not was:
            self.on_main.add((node, block))
            again = (block, node, "added") in self._told
            self._told.add((block, node, "added"))
            self.arrived.setdefault(block, {}).setdefault(node, origin)
            text = f"added to the main chain{' again' if again else ''} at height {seen.height}"
            self._tell(block, origin, "added", text, {"height": seen.height, "again": again})
        elif was and had is not None and has.missed is not had.missed:
            self.on_main.discard((node, block))
            text = f"a part of the log of {node} is missing: whether it is still on the main chain is not known"
            self._tell(block, origin, "gap", text, {"height": seen.height})
        elif was and not on and not _settled(has, seen.height):
            self.on_main.discard((node, block))
            why = _why_left(had, has, seen.height)
            self._tell(block, origin, "left", f"left the main chain: {why}", {"height": seen.height, "why": why})

    def _tell(self, block: str, origin: Origin, kind: str, text: str, facts: dict[str, Any]) -> None:
        named = f"{short(block)} {text}" if self._sought.height is not None else text
        told = Told(origin.seq, origin.at, origin.node, kind, named, {"block": block, **facts}, origin.seq)
        self.blocks[block].add(told)


def _settled(chain: NodeChain, height: int) -> bool:
    """Whether retention has dropped the height, which says nothing of the block."""
    return chain.tip is not None and height <= chain.tip - HEIGHTS_KEPT


def _why_left(had: NodeChain | None, has: NodeChain, height: int) -> str:
    reorg = has.reorg or (None if had is None else had.reorg)
    if reorg is not None:
        return f"reorganised from height {reorg.split} on, old tip {reorg.old_tip}"
    if not has.main:
        return "the node began with an empty chain"
    if height in has.main:
        return f"replaced by {short(has.main[height])}"
    return "blocks were removed"
