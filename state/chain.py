"""Slice `chain`: each node's own main chain, the blocks it has met, its reorganisations and regressions.

Monero logs no parent, so nothing here links blocks; whether two nodes agree, diverge or lag is derived on
reading (R16, `state.views`). Facts are per node: who else has a block is found by asking every node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec
from immutables import Map
from msgspec.structs import replace

from state.events import (
    AlternativeAdded,
    BlockAdded,
    BlockReceived,
    BlockRejected,
    BlocksPopped,
    BlocksRemovalAsked,
    CandidateSeen,
    ChainLoaded,
    GenesisCreated,
    ProcessStarted,
    ReorgFinished,
    ReorgStarted,
    RolledBack,
    SyncProgressed,
)
from state.ordered import ordered
from state.origin import Origin
from state.reducers import Key, folds

if TYPE_CHECKING:
    from collections.abc import Iterable

HEIGHTS_KEPT = 2048
"""Heights of the main chain kept below the tip, far below any depth at which a chain is settled."""
LOOSE_KEPT = 1024
"""Blocks kept that are not known to be on the main chain, the latest met."""
RECORDS_KEPT = 64
"""Reorganisations and regressions kept for a node, the latest ones."""
REORG_NS = 60_000_000_000
"""After this node time a reorganisation whose end no line told is over when the node goes on stating counts."""
SETTLED_NS = 1_000_000_000
"""A lower count stated within this node time of the last block line may predate it and corrects nothing."""


class Sighting(msgspec.Struct, frozen=True, gc=False):
    """What one node has said of one block. Each origin is the first of its kind."""

    height: int | None = None
    received: Origin | None = None
    """When a peer first sent it."""
    sender: str | None = None
    added: Origin | None = None
    """When it first became part of the main chain."""
    alternative: Origin | None = None
    """When it was first stored beside the main chain."""
    rejected: Origin | None = None
    rejections: int = 0
    reason: str | None = None
    parent: str | None = None


class Reorg(msgspec.Struct, frozen=True, gc=False):
    """A replacement of the top of a node's main chain."""

    split: int
    """First height that differs."""
    old_tip: int
    started: Origin
    finished: Origin | None = None
    count: int | None = None
    """Size of the chain when the node called it a success."""
    outcome: str = "under way"
    """`under way`, `success`, `rolled back`, `interrupted` or `not told`."""

    @property
    def depth(self) -> int:
        """Blocks taken off the old chain."""
        return max(0, self.old_tip - self.split + 1)


class Regression(msgspec.Struct, frozen=True, gc=False):
    """The tip went down other than by a reorganisation."""

    before: int
    now: int
    origin: Origin
    cause: str
    """`restart` (the process came back with less), `popped` (blocks were removed under way)."""


class LostTip(msgspec.Struct, frozen=True, gc=False):
    """A tip that stopped being known, and the cause of a regression if the next one is lower."""

    height: int
    cause: str


class NodeChain(msgspec.Struct, frozen=True, gc=False):
    """One node's chain."""

    born: Origin
    last: Origin
    tip: int | None = None
    """Height of the tip as last implied by a line; None until one does. Whether it can be trusted to be
    current depends on what the node's log shows: see `state.views.height`."""
    tip_since: Origin | None = None
    main: Map[int, str] = Map()
    lost: LostTip | None = None
    """The last known tip, where something made it unknown, until a line states one again."""
    sightings: Map[str, Sighting] = Map()
    loose: Map[int, str] = Map()
    loose_first: int = 0
    loose_next: int = 0
    reorg: Reorg | None = None
    """The reorganisation under way."""
    reorgs: tuple[Reorg, ...] = ()
    reorg_total: int = 0
    regressions: tuple[Regression, ...] = ()
    regression_total: int = 0
    rejection_total: int = 0
    """Refusals, also of blocks that retention has dropped."""
    last_rejected: str | None = None
    """The block refused last."""
    displaced: int = 0
    """How often blocks have left the main chain other than by retention."""
    forgotten: int = 0
    """Blocks that retention has dropped."""
    missed: Origin | None = None
    """The last gap in its log: below the block that it stated next, its main chain is not known."""


Chain: TypeAlias = Map[str, NodeChain]
Change: TypeAlias = tuple[Chain, tuple[Key, ...]]


def _of(chain: Chain, origin: Origin) -> NodeChain:
    mine = chain.get(origin.node)
    return NodeChain(born=origin, last=origin) if mine is None else mine


def _put(chain: Chain, origin: Origin, mine: NodeChain, block: str | None = None) -> Change:
    keys: tuple[Key, ...] = (origin.node,) if block is None else (origin.node, ("block", block))
    return chain.set(origin.node, mine), keys


# --- the main chain ----------------------------------------------------------------------------------


@folds("chain", BlockAdded)
def block_added(chain: Chain, event: BlockAdded, origin: Origin) -> Change:
    """A block is the new tip. Below the old tip without a reorganisation, blocks have been removed."""
    mine = _of(chain, origin)
    known, since = mine.main.get(event.height), mine.tip_since
    if mine.tip == event.height and known == event.block:
        return chain, ()
    if known is None and mine.tip == event.height - 1:
        # On the tip, as nearly every block is: nothing fell, and nothing stood above.
        mine, since = _trimmed(mine, event.height), origin
    elif mine.tip != event.height or known is not None:
        mine = _at_height(mine, max(0, event.height - 1), event.height, origin)
        since = mine.tip_since
    replaced = mine.main.get(event.height, event.block)
    if replaced != event.block:
        mine = replace(mine, main=mine.main.delete(event.height), displaced=mine.displaced + 1)
        mine = loosened(mine, (replaced,))
    sighting = mine.sightings.get(event.block) or Sighting()
    sighting = replace(sighting, height=event.height, added=sighting.added or origin)
    mine = replace(
        mine,
        last=origin,
        tip=event.height,
        tip_since=since,
        main=mine.main.set(event.height, event.block),
        sightings=mine.sightings.set(event.block, sighting),
    )
    return _put(chain, origin, mine, event.block)


def _at_height(mine: NodeChain, now: int, tip: int, origin: Origin) -> NodeChain:
    """Set the tip. `now` is the height before this line's own block, for the record of a regression."""
    before, cause = (mine.tip, "popped") if mine.lost is None else (mine.lost.height, mine.lost.cause)
    fell = before is not None and mine.reorg is None and (tip < before or (tip == before and mine.lost is None))
    if before is not None and fell and not _hidden_reorg(mine, origin):
        mine = _regressed(mine, Regression(before, min(now, tip), origin, cause))
    mine = _trimmed(mine, tip)
    return replace(mine, last=origin, tip=tip, tip_since=origin, lost=None)


def _hidden_reorg(mine: NodeChain, origin: Origin) -> bool:
    """Whether a reorganisation that began in a gap may still be under way."""
    return mine.missed is not None and origin.time - mine.missed.time <= REORG_NS


def _regressed(mine: NodeChain, regression: Regression) -> NodeChain:
    return replace(
        mine,
        regressions=(*mine.regressions[1 - RECORDS_KEPT :], regression),
        regression_total=mine.regression_total + 1,
    )


def _trimmed(mine: NodeChain, tip: int) -> NodeChain:
    """Forget heights above the new tip, and those that retention ends.

    One step up costs one deletion; any other move rebuilds what is kept, whose size is bounded, so that no
    sequence of heights, however wild, costs more than that.
    """
    if mine.tip is not None and tip == mine.tip + 1:
        block = mine.main.get(tip - HEIGHTS_KEPT)
        return mine if block is None else _forgotten(mine, {tip - HEIGHTS_KEPT: block})
    above = [(height, block) for height, block in ordered(mine.main) if height > tip]
    main = mine.main
    for height, _block in above:
        main = main.delete(height)
    below = {height: block for height, block in ordered(main) if height <= tip - HEIGHTS_KEPT}
    mine = replace(mine, main=main, displaced=mine.displaced + bool(above))
    return _forgotten(loosened(mine, [block for _height, block in above]), below)


def _forgotten(mine: NodeChain, heights: dict[int, str]) -> NodeChain:
    main, sightings = mine.main, mine.sightings
    for height, block in ordered(heights):
        main = main.delete(height)
        sightings = sightings.delete(block) if block in sightings else sightings
    return replace(mine, main=main, sightings=sightings, forgotten=mine.forgotten + len(heights))


@folds("chain", GenesisCreated)
def genesis_created(chain: Chain, _event: GenesisCreated, origin: Origin) -> Change:
    """The node begins from nothing; what it had on disk is gone."""
    mine = _of(chain, origin)
    gone = [block for _height, block in ordered(mine.main)]
    return _put(
        chain,
        origin,
        replace(loosened(replace(mine, main=Map(), displaced=mine.displaced + bool(gone)), gone), last=origin),
    )


@folds("chain", ChainLoaded)
def chain_loaded(chain: Chain, event: ChainLoaded, origin: Origin) -> Change:
    """The tip at start, absolutely stated."""
    mine = _of(chain, origin)
    if mine.tip == event.height:
        return chain, ()
    return _put(chain, origin, _at_height(mine, event.height, event.height, origin))


@folds("chain", BlocksPopped)
def blocks_popped(chain: Chain, event: BlocksPopped, origin: Origin) -> Change:
    """The node took blocks off by itself."""
    mine = _of(chain, origin)
    if mine.tip is None or not 0 <= event.height < mine.tip:
        return chain, ()
    return _put(chain, origin, _at_height(mine, event.height, event.height, origin))


@folds("chain", CandidateSeen, SyncProgressed)
def count_stated(chain: Chain, event: CandidateSeen | SyncProgressed, origin: Origin) -> Change:
    """A node names its own count in passing. It corrects what block lines imply (blocks can be removed
    without a line), unless it is lower and may be older than the last block line, or a reorganisation is
    under way.
    """
    height = (event.ours if isinstance(event, CandidateSeen) else event.count) - 1
    mine = _of(chain, origin)
    if mine.reorg is not None and origin.time - mine.reorg.started.time > REORG_NS:
        # Its end was never told: a rollback shows no line at monerod's default level.
        mine = _reorg_over(mine, origin, "not told", None)
    if height < 0 or mine.reorg is not None:
        return chain, ()
    if height == mine.tip:
        return (chain, ()) if mine is chain.get(origin.node) else _put(chain, origin, mine)
    lower = mine.tip is not None and height < mine.tip
    if lower and mine.tip_since is not None and origin.time - mine.tip_since.time < SETTLED_NS:
        return chain, ()
    return _put(chain, origin, _at_height(mine, height, height, origin))


@folds("chain", ProcessStarted)
def process_started(chain: Chain, _event: ProcessStarted, origin: Origin) -> Change:
    """The new process has yet to say where it stands; the blocks it had are still known."""
    mine = chain.get(origin.node)
    if mine is None:
        return chain, ()
    if mine.reorg is not None:
        mine = _reorg_over(mine, origin, "interrupted", None)
    return _put(chain, origin, _lost(mine, "restart", origin))


@folds("chain", BlocksRemovalAsked)
def removal_asked(chain: Chain, _event: BlocksRemovalAsked, origin: Origin) -> Change:
    """How many blocks go is not logged, so the tip is unknown until the next line that states one (R15)."""
    mine = chain.get(origin.node)
    if mine is None or mine.tip is None:
        return chain, ()
    return _put(chain, origin, _lost(mine, "popped", origin))


def _lost(mine: NodeChain, cause: str, origin: Origin) -> NodeChain:
    lost = mine.lost if mine.tip is None else LostTip(mine.tip, cause)
    return replace(mine, last=origin, tip=None, tip_since=None, lost=lost)


# --- reorganisations ---------------------------------------------------------------------------------


@folds("chain", ReorgStarted)
def reorg_started(chain: Chain, event: ReorgStarted, origin: Origin) -> Change:
    """From here until it is over, lower heights are not regressions."""
    mine = _of(chain, origin)
    if mine.reorg is not None:
        mine = _reorg_over(mine, origin, "interrupted", None)
    if mine.tip != event.old_tip:
        mine = _at_height(mine, event.old_tip, event.old_tip, origin)
    return _put(chain, origin, replace(mine, last=origin, reorg=Reorg(event.split, event.old_tip, origin)))


@folds("chain", ReorgFinished)
def reorg_finished(chain: Chain, event: ReorgFinished, origin: Origin) -> Change:
    """The size is that of the moment; blocks that follow raise the tip further."""
    mine = _of(chain, origin)
    if mine.reorg is None:
        mine = replace(mine, reorg=Reorg(event.split, event.split - 1, origin))
    if event.count > 0 and mine.tip != event.count - 1:
        mine = _at_height(mine, event.count - 1, event.count - 1, origin)
    return _put(chain, origin, _reorg_over(mine, origin, "success", event.count))


@folds("chain", RolledBack)
def rolled_back(chain: Chain, _event: RolledBack, origin: Origin) -> Change:
    """The former chain stands again; its block lines have said so by now."""
    mine = _of(chain, origin)
    if mine.reorg is None:
        return chain, ()
    return _put(chain, origin, _reorg_over(mine, origin, "rolled back", None))


def _reorg_over(mine: NodeChain, origin: Origin, outcome: str, count: int | None) -> NodeChain:
    if mine.reorg is None:
        return mine
    over = replace(mine.reorg, finished=origin, count=count, outcome=outcome)
    return replace(
        mine,
        last=origin,
        reorg=None,
        reorgs=(*mine.reorgs[1 - RECORDS_KEPT :], over),
        reorg_total=mine.reorg_total + 1,
    )


# --- blocks beside the main chain --------------------------------------------------------------------


@folds("chain", BlockReceived)
def block_received(chain: Chain, event: BlockReceived, origin: Origin) -> Change:
    """A block comes once per connection and again as an echo; the first time counts."""
    mine = _of(chain, origin)
    known = mine.sightings.get(event.block)
    if known is not None and (known.received is not None or known.added is not None):
        return chain, ()
    sighting = replace(known or Sighting(), received=origin, sender=event.address)
    return _met(chain, mine, event.block, sighting, origin)


@folds("chain", AlternativeAdded)
def alternative_added(chain: Chain, event: AlternativeAdded, origin: Origin) -> Change:
    """Stored beside the main chain, or displaced from it."""
    mine = _of(chain, origin)
    known = mine.sightings.get(event.block)
    if known is not None and known.alternative is not None:
        return chain, ()
    sighting = replace(known or Sighting(), height=event.height, alternative=origin)
    return _met(chain, mine, event.block, sighting, origin)


@folds("chain", BlockRejected)
def block_rejected(chain: Chain, event: BlockRejected, origin: Origin) -> Change:
    """Refusals are counted; the first keeps its time."""
    mine = _of(chain, origin)
    known = mine.sightings.get(event.block) or Sighting()
    sighting = replace(
        known,
        height=event.height if known.height is None else known.height,
        rejected=known.rejected or origin,
        rejections=known.rejections + 1,
        reason=event.reason,
        parent=event.parent,
    )
    mine = replace(mine, rejection_total=mine.rejection_total + 1, last_rejected=event.block)
    return _met(chain, mine, event.block, sighting, origin)


def _met(chain: Chain, mine: NodeChain, block: str, sighting: Sighting, origin: Origin) -> Change:
    if block not in mine.sightings:
        mine = loosened(mine, (block,))
    mine = replace(mine, last=origin, sightings=mine.sightings.set(block, sighting))
    return _put(chain, origin, mine, block)


def loosened(mine: NodeChain, blocks: Iterable[str]) -> NodeChain:
    """Enter blocks, in order of their heights, into the ring of those not on the main chain; the oldest beyond its size
    are forgotten.
    """
    first, following, forgotten = mine.loose_first, mine.loose_next, mine.forgotten
    loose, sightings = mine.loose.mutate(), mine.sightings.mutate()
    for block in blocks:
        loose[following] = block
        following += 1
    while following - first > LOOSE_KEPT:
        block = loose.pop(first)
        first += 1
        known = sightings.get(block)
        if known is not None and (known.height is None or mine.main.get(known.height) != block):
            del sightings[block]
            forgotten += 1
    return replace(
        mine,
        loose=loose.finish(),
        loose_first=first,
        loose_next=following,
        sightings=sightings.finish(),
        forgotten=forgotten,
    )
