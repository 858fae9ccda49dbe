"""Slice `storage`: requests and slots of a storage marketplace. No parser feeds it yet."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from immutables import Map

from state.origin import Origin


class StorageRequest(msgspec.Struct, frozen=True, gc=False):
    """One request for storage and the phase that each node has stated for it."""

    phases: Map[str, str] = Map()
    last: Map[str, Origin] = Map()


Storage: TypeAlias = Map[str, StorageRequest]
"""Keyed by request id."""
