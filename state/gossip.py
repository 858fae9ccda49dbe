"""Slice `gossip`: items that spread, and which node has seen them. No parser feeds it yet."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from immutables import Map

from state.origin import Origin


class Item(msgspec.Struct, frozen=True, gc=False):
    """One spreading item."""

    kind: str
    seen: Map[str, Origin] = Map()


Gossip: TypeAlias = Map[str, Item]
"""Keyed by item id."""
