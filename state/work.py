"""Slice `work`: mining gates and workers. No parser feeds it yet."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from immutables import Map

from state.origin import Origin


class Worker(msgspec.Struct, frozen=True, gc=False):
    """One worker as its node speaks of it."""

    last: Origin
    phase: str | None = None


Work: TypeAlias = Map[tuple[str, str], Worker]
"""Keyed by (node, worker)."""
