"""Slice `registry`: which nodes there are, as each log says it: the node's own id, and who counts in a quorum.

An id is the registry's number of a node (100, 200, ...), and is also the originator of its envelopes.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from immutables import Map
from msgspec.structs import replace

from state.origin import Origin
from state.reducers import folds
from state.report_events import ChainReportSubmitted
from state.sync_events import NodeIdStated, RegistryFailed, RegistryStated
from state.trouble import Trouble, again

NODES_KEPT = 4096
"""Nodes of one registry; further ones are not entered."""


class NodeRegistry(msgspec.Struct, frozen=True, gc=False):
    """What one node has said of itself and of the others."""

    own: int | None = None
    """Its own id, as it identified itself at start."""
    own_said: Origin | None = None
    active: tuple[int, ...] = ()
    """The nodes that counted in the latest report that its indexer read from the chain."""
    active_said: Origin | None = None
    known: Map[int, str] = Map()
    """Nodes that its registry has shown, with their addresses (DEBUG)."""
    known_said: Origin | None = None
    failing: Trouble | None = None


Registry: TypeAlias = Map[str, NodeRegistry]
"""Keyed by node."""
Change: TypeAlias = tuple[Registry, tuple[str, ...]]


@folds("registry", NodeIdStated)
def identified(registry: Registry, event: NodeIdStated, origin: Origin) -> Change:
    """The latest word stands."""
    mine = registry.get(origin.node) or NodeRegistry()
    return registry.set(origin.node, replace(mine, own=event.number, own_said=origin)), (origin.node,)


@folds("registry", ChainReportSubmitted)
def active(registry: Registry, event: ChainReportSubmitted, origin: Origin) -> Change:
    """The contract takes a report only from exactly the nodes that are canonical."""
    if not event.active:
        return registry, ()
    mine = registry.get(origin.node) or NodeRegistry()
    return registry.set(origin.node, replace(mine, active=event.active, active_said=origin)), (origin.node,)


@folds("registry", RegistryStated)
def stated(registry: Registry, event: RegistryStated, origin: Origin) -> Change:
    """New nodes join those that were known; a running node never forgets one."""
    mine = registry.get(origin.node) or NodeRegistry()
    known = mine.known
    for number, address in event.nodes:
        if number in known or len(known) < NODES_KEPT:
            known = known.set(number, address)
    return registry.set(origin.node, replace(mine, known=known, known_said=origin)), (origin.node,)


@folds("registry", RegistryFailed)
def failed(registry: Registry, event: RegistryFailed, origin: Origin) -> Change:
    """Counted."""
    mine = registry.get(origin.node) or NodeRegistry()
    return registry.set(origin.node, replace(mine, failing=again(mine.failing, event.error, origin))), (origin.node,)
