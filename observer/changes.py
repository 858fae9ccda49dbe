"""What an entry changed, in words: the difference between two snapshots, for one node, slice by slice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from state import views
from state.chain import NodeChain
from state.nodes import Node, Status
from state.ordered import ordered
from state.quorums import called
from state.snapshot import NetworkState, Touched
from state.streams import ATTEMPT_LASTS, Stream, StreamState, unreachable

CRASH_SHOWN = 160
BLOCK_SHOWN = 12
"""Digits of a block's id that are told."""


class Change(NamedTuple):
    """One change worth telling."""

    kind: str
    text: str
    facts: dict[str, Any]


def changes(before: NetworkState, after: NetworkState, node: str, touched: tuple[Touched, ...]) -> Iterator[Change]:
    """What changed for a node."""
    slices = {name for name, _ in touched}
    if "nodes" in slices:
        yield from _life(before.nodes.get(node), after.nodes[node])
        yield from _sync(before.nodes.get(node), after.nodes[node])
    if "chain" in slices:
        had, has = before.chain.get(node), after.chain[node]
        yield from _alternatives(
            had, has, [str(key[1]) for name, key in touched if name == "chain" and isinstance(key, tuple)]
        )
        yield from _records(had, has)
    if "peers" in slices:
        yield from _peers(before, after, node)
    if "streams" in slices:
        yield from _streams(before, after, node)


def _life(before: Node | None, after: Node) -> Iterator[Change]:
    """Starts, restarts and stops."""
    if after.started is not None and (before is None or before.started is not after.started):
        what = f"{after.system} {after.version or ''}".strip()
        if before is not None and after.restarts > before.restarts:
            clean = after.lives[-1].clean
            how = _ENDED[clean]
            yield Change("restart", f"restarted, {what}{how}", {"restarts": after.restarts, "clean": clean})
        else:
            yield Change("start", f"started, {what}", {"version": after.version})
    if after.status is not (before.status if before else None) and after.status in _STATUS_TOLD:
        kind = _STATUS_TOLD[after.status]
        why = after.crash if after.status is Status.CRASHED else None
        yield Change(kind, f"{kind}: {why[:CRASH_SHOWN]}" if why else kind, {"error": why} if why else {})


_ENDED: dict[bool | None, str] = {
    True: "",
    False: "; the life before ended without a stop statement",
    None: "; how the life before ended is missing in its log",
}
_STATUS_TOLD = {Status.UP: "up", Status.STOPPING: "stopping", Status.STOPPED: "stopped", Status.CRASHED: "crashed"}


def _sync(before: Node | None, after: Node) -> Iterator[Change]:
    """Catching up, and being cut off."""
    was_syncing = before is not None and before.syncing
    if after.syncing and not was_syncing:
        target = f", target height {after.target - 1}" if after.target else ""
        yield Change("sync", f"begins to catch up{target}", {"target_count": after.target})
    if after.synced and not (before and before.synced):
        yield Change("synced", "synchronised", {})
    elif was_syncing and after.syncing is False and after.sync_count and after.sync_count == after.target:
        yield Change("synced", f"caught up, height {after.sync_count - 1}", {"height": after.sync_count - 1})
    if after.disconnected is not None and (before is None or before.disconnected is None):
        yield Change("disconnected", "says it is disconnected from the network", {})


def _alternatives(before: NodeChain | None, after: NodeChain, blocks: list[str]) -> Iterator[Change]:
    """Blocks newly beside the main chain, or newly refused."""
    for block in blocks:
        seen = after.sightings.get(block)
        had = None if before is None else before.sightings.get(block)
        if seen is None:
            continue
        facts = {"block": block, "height": seen.height}
        if seen.alternative is not None and (had is None or had.alternative is None):
            yield Change("alternative", f"alternative block {short(block)} at height {seen.height}", facts)
        if seen.rejected is not None and (had is None or had.rejected is None):
            yield Change("rejected", f"rejects block {short(block)} at height {seen.height}: {seen.reason}", facts)


def _records(before: NodeChain | None, after: NodeChain) -> Iterator[Change]:
    """Reorganisations that are over, and heights that fell."""
    if after.lost is not None and after.lost.cause == "popped" and before is not None and before.tip is not None:
        text = f"is asked to remove blocks from height {after.lost.height}; its height is unknown until a line tells it"
        yield Change("tip unknown", text, {"before": after.lost.height})
    if after.reorg_total > (0 if before is None else before.reorg_total):
        one = after.reorgs[-1]
        yield Change(
            "reorg",
            f"reorganised, depth {one.depth}: from height {one.split} on, old tip {one.old_tip} ({one.outcome})",
            {"split": one.split, "depth": one.depth, "old_tip": one.old_tip, "outcome": one.outcome},
        )
    if after.regression_total > (0 if before is None else before.regression_total):
        fell = after.regressions[-1]
        cause = "after a restart" if fell.cause == "restart" else "blocks were removed"
        yield Change(
            "regression",
            f"height fell from {fell.before} to {fell.now}: {cause}",
            {"before": fell.before, "now": fell.now, "cause": fell.cause},
        )


def _peers(before: NetworkState, after: NetworkState, node: str) -> Iterator[Change]:
    """The last connection lost, the first one made, bans."""
    had, has = views.connections(before, node), views.connections(after, node)
    mine = after.peers[node]
    if had and has == 0:
        reason = mine.ended[-1].reason if mine.ended else None
        yield Change(
            "connections lost", f"lost its last connection{f' ({reason})' if reason else ''}", {"reason": reason}
        )
    elif not had and has:
        newest = max((one for _, one in ordered(mine.open)), key=lambda one: one.opened.seq)
        again = " again" if mine.closed_total else ""
        yield Change("connected", f"has a connection{again}, with {newest.address}", {"address": newest.address})
    was = before.peers.get(node)
    bans = None if was is None else was.blocked
    if was is not None and mine.missed is not was.missed:
        # Which bans there are is unknown behind a gap, and known again from a process start on.
        return
    if mine.blocked is not bans:
        old, new = (
            (set() if bans is None else {host for host, _ in ordered(bans)}),
            {h for h, _ in ordered(mine.blocked)},
        )
        if new - old:
            yield Change("ban", f"bans {', '.join(sorted(new - old))}", {"hosts": sorted(new - old)})
        if old - new:
            yield Change("ban over", f"no longer bans {', '.join(sorted(old - new))}", {"hosts": sorted(old - new)})


def _streams(before: NetworkState, after: NetworkState, node: str) -> Iterator[Change]:
    """A stream that stood and does not any more, or never did. That one stands again no line at INFO says."""
    had, has = before.streams.get(node), after.streams.get(node)
    for peer, one in ordered(has.peers) if has is not None else ():
        was = None if had is None else had.peers.get(peer)
        if not unreachable(one) or one is was:
            continue
        if was is None or _stood(was, one.last.at):
            name = called(after, peer)
            why = f": {one.error[:CRASH_SHOWN]}" if one.error else ""
            yield Change("stream lost", f"cannot read from {name}{why}", {"peer": name, "error": one.error})


def _stood(was: Stream, at: int) -> bool:
    """An attempt just behind a loss or an error is none that stood."""
    if was.state is not StreamState.ATTEMPTED:
        return False
    if was.failing is not None:
        return at - was.last.at >= ATTEMPT_LASTS
    return was.losses == 0 or at - was.since.at >= ATTEMPT_LASTS


def short(block: str) -> str:
    """The beginning of a block's id."""
    return f"{block[:BLOCK_SHOWN]}…"
