"""Slice `indexers`: how each node follows the contracts of its chains. Catalogue, xmtpd §8 F.

A block is named at most every five minutes, and only where a contract has an event, so that no word of one is no
stall.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec
from immutables import Map
from msgspec.structs import replace

from state.origin import Origin
from state.reducers import folds
from state.sync_events import (
    IndexerAdvanced,
    IndexerCaughtUp,
    IndexerFailed,
    IndexerLost,
    IndexerReorged,
)
from state.trouble import Trouble, again

if TYPE_CHECKING:
    from collections.abc import Callable

CONTRACTS_KEPT = 64


class Indexer(msgspec.Struct, frozen=True, gc=False):
    """One contract, as one node follows it."""

    chain: str
    last: Origin
    contract: str = ""
    block: int | None = None
    following: bool | None = None
    """Whether it follows what comes: True once the past was read, False while its subscription is lost."""
    following_since: Origin | None = None
    losses: Trouble | None = None
    reorgs: int = 0
    reorged_to: int | None = None
    reorged: Origin | None = None
    failing: Trouble | None = None
    failing_block: int | None = None
    unsure: bool = False
    """Whether its log has said nothing of it since a gap: it may have got past the block that failed."""


class NodeIndexers(msgspec.Struct, frozen=True, gc=False):
    """The contracts that one node follows."""

    contracts: Map[str, Indexer] = Map()
    """By address."""


Indexers: TypeAlias = Map[str, NodeIndexers]
"""Keyed by node."""
Change: TypeAlias = tuple[Indexers, tuple[str, ...]]
_Step: TypeAlias = "Callable[[Indexer], Indexer]"


def _with(indexers: Indexers, chain: str, address: str, origin: Origin, step: _Step) -> Change:
    mine = indexers.get(origin.node)
    contracts: Map[str, Indexer] = Map() if mine is None else mine.contracts
    known = contracts.get(address)
    if known is None and len(contracts) >= CONTRACTS_KEPT:
        return indexers, ()
    now = step(replace(known, last=origin, unsure=False) if known is not None else Indexer(chain, origin))
    return indexers.set(origin.node, NodeIndexers(contracts.set(address, now))), (origin.node,)


@folds("indexers", IndexerAdvanced)
def advanced(indexers: Indexers, event: IndexerAdvanced, origin: Origin) -> Change:
    """An absolute statement."""
    return _with(
        indexers,
        event.chain,
        event.address,
        origin,
        lambda one: replace(one, contract=event.contract or one.contract, block=event.block),
    )


@folds("indexers", IndexerCaughtUp)
def caught_up(indexers: Indexers, event: IndexerCaughtUp, origin: Origin) -> Change:
    """Said once for each subscription."""
    return _with(
        indexers,
        event.chain,
        event.address,
        origin,
        lambda one: replace(one, following=True, following_since=origin),
    )


@folds("indexers", IndexerLost)
def lost(indexers: Indexers, event: IndexerLost, origin: Origin) -> Change:
    """Until it has caught up again."""
    return _with(
        indexers,
        event.chain,
        event.address,
        origin,
        lambda one: replace(
            one, following=False, following_since=origin, losses=again(one.losses, event.error, origin)
        ),
    )


@folds("indexers", IndexerReorged)
def reorged(indexers: Indexers, event: IndexerReorged, origin: Origin) -> Change:
    """The chain took blocks back; their events come again, in others."""
    return _with(
        indexers,
        event.chain,
        event.address,
        origin,
        lambda one: replace(one, reorgs=one.reorgs + 1, reorged_to=event.block, reorged=origin),
    )


@folds("indexers", IndexerFailed)
def failed(indexers: Indexers, event: IndexerFailed, origin: Origin) -> Change:
    """Counted; another block begins the count anew."""

    def step(one: Indexer) -> Indexer:
        known = one.failing if one.failing_block == event.block else None
        contract = event.contract or one.contract
        return replace(one, contract=contract, failing=again(known, event.error, origin), failing_block=event.block)

    return _with(indexers, event.chain, event.address, origin, step)
