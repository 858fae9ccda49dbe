"""Who counts in a quorum of payer reports, and by which id and name each node goes. Catalogue, xmtpd §2.4."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from state.identities import NODE_ID, node_of
from state.ordered import ordered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from state.origin import Origin
    from state.snapshot import NetworkState
from state.views import is_watcher

FIRST_NODE = 100
"""Smaller originators are chains and migrators, which take no part in a quorum."""


class Basis(enum.Enum):
    """Where the set of nodes that count is known from, the best first."""

    INDEXER = "by the chain, as an indexer read it"
    REGISTRY = "by the registry (DEBUG)"
    INVENTORY = "by the inventory"
    SEEN = "assumed: the nodes seen"


class Active(NamedTuple):
    """The nodes that count in a quorum."""

    nodes: tuple[int, ...]
    basis: Basis
    unnumbered: tuple[str, ...] = ()
    """Nodes of the inventory whose id no line has told."""
    line: Origin | None = None

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.nodes) + len(self.unnumbered)

    @property
    def quorum(self) -> int:
        """How many must attest: half of them and one more."""
        return self.n // 2 + 1


def number_of(state: NetworkState, node: str) -> int | None:
    """The registry's id of a node; None where no line of it has told."""
    mine = state.registry.get(node)
    if mine is not None and mine.own is not None:
        return mine.own
    lives = [int(alias) for (kind, alias), claims in ordered(state.identities) if kind == NODE_ID and node in claims.by]
    return lives[0] if len(lives) == 1 else None


def name_of(state: NetworkState, number: int) -> str | None:
    """The node with an id; None where none has claimed it, or several have."""
    return node_of(state.identities, NODE_ID, str(number))


def called(state: NetworkState, number: int) -> str:
    """A node by its name, or by its id where no log claims that."""
    return name_of(state, number) or str(number)


def active_nodes(state: NetworkState, expected: Iterable[str] = ()) -> Active | None:
    """Who counts: by the latest line of an indexer, else by a registry line, else the inventory, else whoever has been
    seen; None where nobody has. `expected` are the inventory's nodes that count.
    """
    stated = [
        (mine.active_said.at, mine.active, mine.active_said)
        for _node, mine in ordered(state.registry)
        if mine.active and mine.active_said is not None
    ]
    if stated:
        _at, nodes, line = max(stated, key=lambda one: (one[0], one[1]))
        return Active(tuple(ordered(set(nodes))), Basis.INDEXER, line=line)
    known = {number for _node, mine in ordered(state.registry) for number, _ in ordered(mine.known)}
    if known:
        return Active(tuple(ordered(known)), Basis.REGISTRY)
    names = [name for name in ordered(set(expected)) if not is_watcher(state, name)]
    if names:
        numbers = {name: number_of(state, name) for name in names}
        numbered = {number for _name, number in ordered(numbers) if number is not None}
        return Active(
            tuple(ordered(numbered)), Basis.INVENTORY, tuple([name for name in names if numbers[name] is None])
        )
    seen = _seen(state)
    return Active(tuple(ordered(seen)), Basis.SEEN) if seen else None


def _seen(state: NetworkState) -> set[int]:
    found = {int(alias) for (kind, alias), _claims in ordered(state.identities) if kind == NODE_ID}
    for originator, _mine in ordered(state.reports):
        found.add(originator)
    return {number for number in found if number >= FIRST_NODE}
