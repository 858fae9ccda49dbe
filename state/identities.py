"""Slice `identities`: which names stand for one node (R12).

Folding only collects claims, per node and alias; who is who is resolved on reading, so that a claim that
comes late changes answers and never facts. An alias that several nodes claim is ambiguous: it resolves to
none of them and stays visible.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from immutables import Map

from state.events import Event, ServiceBound
from state.ordered import ordered
from state.origin import Origin
from state.reducers import folds
from state.report_events import OfReport, WorkerSeen
from state.sync_events import NodeIdStated

PEER_ADDRESS = "address"
NODE_ID = "node id"
"""The registry's number of a node, which is also the originator of its envelopes."""
P2P_SERVICE = "p2p"
WILDCARDS = ("0.0.0.0:", "[::]:", "::", ":")
"""Addresses that bind every interface name nobody."""


class Claims(msgspec.Struct, frozen=True, gc=False):
    """Who has claimed one alias, each with the line that first did."""

    by: Map[str, Origin] = Map()


Identities: TypeAlias = Map[tuple[str, str], Claims]
"""Keyed by (kind of alias, alias)."""
Change: TypeAlias = tuple[Identities, tuple[tuple[str, str], ...]]


@folds("identities", ServiceBound)
def bound(identities: Identities, event: ServiceBound, origin: Origin) -> Change:
    """A node is known to its peers by the address its p2p service listens at."""
    if event.service != P2P_SERVICE or event.address.startswith(WILDCARDS):
        return identities, ()
    return claimed(identities, (PEER_ADDRESS, event.address), origin)


@folds("identities", NodeIdStated)
def identified(identities: Identities, event: NodeIdStated, origin: Origin) -> Change:
    """The node says who it is, once at each start."""
    return claimed(identities, (NODE_ID, str(event.number)), origin)


@folds("identities", WorkerSeen, *OfReport.__subclasses__())
def worker_named(identities: Identities, event: Event, origin: Origin) -> Change:
    """Lines of payer reports name their node, whenever the log begins."""
    assert isinstance(event, (WorkerSeen, OfReport))  # noqa: S101 - what it is registered for
    return claimed(identities, (NODE_ID, str(event.worker)), origin)


def claimed(identities: Identities, alias: tuple[str, str], origin: Origin) -> Change:
    """Enter a claim; the first line that makes it is kept."""
    claims = identities.get(alias) or Claims()
    if origin.node in claims.by:
        return identities, ()
    return identities.set(alias, Claims(claims.by.set(origin.node, origin))), (alias,)


def node_of(identities: Identities, kind: str, alias: str) -> str | None:
    """The node an alias stands for; None if nobody or more than one node claims it."""
    claims = identities.get((kind, alias))
    if claims is None or len(claims.by) != 1:
        return None
    return ordered(claims.by)[0][0]


def ambiguous(identities: Identities) -> list[tuple[tuple[str, str], tuple[str, ...]]]:
    """Aliases that several nodes claim, with the nodes, in order."""
    return [
        (alias, tuple(node for node, _ in ordered(claims.by)))
        for alias, claims in ordered(identities)
        if len(claims.by) > 1
    ]
