"""Slice `containers`: what the container runtime says of each container. No parser feeds it yet."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from immutables import Map

from state.origin import Origin


class Container(msgspec.Struct, frozen=True, gc=False):
    """One container."""

    last: Origin
    runtime: str | None = None
    health: str | None = None
    exit_code: int | None = None
    restarts: int = 0


Containers: TypeAlias = Map[str, Container]
"""Keyed by container name."""
