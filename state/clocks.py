"""Slice `clocks`: each node's vector clock. No parser feeds it yet."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from immutables import Map

from state.origin import Origin


class NodeClock(msgspec.Struct, frozen=True, gc=False):
    """How far one node has followed each originator."""

    last: Origin
    sequences: Map[int, int] = Map()
    """Originator → highest sequence id."""
    gaps: int = 0
    out_of_order: int = 0


Clocks: TypeAlias = Map[str, NodeClock]
"""Keyed by node."""
