"""Drafting an inventory from logs: what could be read from them, for a person to correct and complete."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import yaml

from observer.importing import enter
from observer.inventory import Inventory, NodeEntry, Pace
from observer.sources import Found
from parsers.clock import NS
from replay.importing import Import
from replay.journal import Role
from replay.play import Player
from replay.recording import Recording
from state.identities import PEER_ADDRESS, node_of
from state.listening import DETAIL
from state.ordered import ordered
from state.snapshot import NetworkState
from state.views import is_watcher, shows

INTERVALS_NEEDED = 8
"""Blocks from which on an interval is drafted."""


def draft(found: Found, network: str, spool: Path) -> Inventory:
    """The inventory that fits these logs."""
    path = spool / "draft.rec"
    with Recording.create(path, network) as recording:
        enter(recording, found, Inventory(), network, None, fresh=True)
        Import(recording, found.feeds).run()
    with Recording.open_to_read(path) as recording:
        last = recording.last()
        state = Player(recording).seek(0 if last is None else last.last_seq)
    nodes = {
        feed.source.node: _entry(feed.source.node, found, state)
        for feed in found.feeds
        if feed.source.role is Role.PRIMARY
    }
    return Inventory(network=network, nodes=dict(sorted(nodes.items())), pace=_pace(state))


def _entry(node: str, found: Found, state: NetworkState) -> NodeEntry:
    sources = [feed.source for feed in found.feeds if feed.source.node == node]
    primary = next(source for source in sources if source.role is Role.PRIMARY)
    # An address that several nodes claim (every container's own 127.0.0.1) names none of them.
    addresses = [
        alias
        for (kind, alias), _claims in ordered(state.identities)
        if kind == PEER_ADDRESS and node_of(state.identities, kind, alias) == node
    ]
    return NodeEntry(
        aliases=tuple(addresses),
        system=primary.system,
        framing=None if primary.framing == "bare" else primary.framing,
        timezone=None if primary.zone == "UTC" else primary.zone,
        log_level=_level(primary.system, state, node),
        quorum=not is_watcher(state, node),
    )


def _level(system: str | None, state: NetworkState, node: str) -> str:
    """What the log was seen to show, in words that people know."""
    if system == "xmtpd":
        return "debug" if shows(state, node, DETAIL) else "info"
    return "blocks shown" if shows(state, node, "blocks") else "blocks not shown"


def _pace(state: NetworkState) -> Pace:
    """The median interval of the blocks that some node added."""
    intervals: list[int] = []
    for _name, chain in ordered(state.chain):
        added = [
            seen.added.time
            for _height, block in ordered(chain.main)
            if (seen := chain.sightings.get(block)) is not None and seen.added is not None
        ]
        intervals += [after - before for before, after in pairwise(added) if after > before]
    if len(intervals) < INTERVALS_NEEDED:
        return Pace()
    median = sorted(intervals)[len(intervals) // 2]
    seconds = max(1, median // NS)
    return Pace(block_interval=f"{seconds}s")


def drafted_text(inventory: Inventory) -> str:
    """YAML with a word on what to check."""
    # The name is there to be changed, also where it is the default.
    drafted = {"network": inventory.network, **inventory.model_dump(mode="json", exclude_defaults=True)}
    # A file may be called anything: what turns the direction of writing is escaped, and letters with it.
    text = yaml.safe_dump(drafted, sort_keys=False, allow_unicode=True)
    return (
        "# Drafted by `observer inventory` from logs. Check the names, add nodes that are expected and wrote\n"
        "# nothing, and correct the pace: see docs/inventory.md.\n"
        + (text if all(map(str.isprintable, text.split("\n"))) else yaml.safe_dump(drafted, sort_keys=False))
    )
