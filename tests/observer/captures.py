"""The captured runs of three monerod nodes, and what the nodes' own RPC said at the time (NOTES.md there)."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

CAPTURES = Path(__file__).resolve().parents[1] / "captures" / "monero"
LEVELS = ("level1", "selective", "level0")
FORMS = ("log", "stdout", "both")
RUNS = [("level1", "both"), ("selective", "log"), ("selective", "stdout"), ("level0", "both")]
"""Every level and every form once, where not each pair of them is worth its time."""
NODES = ("node1", "node2", "node3")


class Rpc(NamedTuple):
    """What `get_info` of one node answered at one moment."""

    label: str
    node: str
    epoch: str
    """As the driver wrote it, in seconds."""
    height: int
    """Of the tip: one less than the number of blocks that RPC tells."""
    tip: str
    connections: int
    synced: bool


def logs(level: str, form: str) -> list[str]:
    """What to import of a run: one form of its logs, or its whole folder."""
    if form == "both":
        return [str(CAPTURES / level)]
    return [str(CAPTURES / level / f"{node}.{form}") for node in NODES]


@lru_cache
def driven(level: str) -> tuple[dict[str, object], ...]:
    """Everything that the driver of a run wrote down."""
    return tuple(json.loads(line) for line in (CAPTURES / level / "truth.jsonl").read_text().splitlines())


@lru_cache
def rpc(level: str) -> tuple[Rpc, ...]:
    """Every answer of RPC in a run."""
    return tuple(
        Rpc(
            label=one["label"],
            node=f"node{one['node']}",
            epoch=str(one["epoch"]),
            height=one["height"] - 1,
            tip=one["top_block_hash"],
            connections=one["incoming_connections_count"] + one["outgoing_connections_count"],
            synced=one["synchronized"],
        )
        for line in (CAPTURES / level / "truth.jsonl").read_text().splitlines()
        if (one := json.loads(line))["event"] == "snapshot"
    )
