"""Slice `contents`: content ids and who holds or moves them. No parser feeds it yet."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from immutables import Map

from state.origin import Origin


class Content(msgspec.Struct, frozen=True, gc=False):
    """One piece of content as its nodes speak of it."""

    holders: Map[str, Origin] = Map()
    wanted_by: Map[str, Origin] = Map()


Contents: TypeAlias = Map[str, Content]
"""Keyed by content id."""
