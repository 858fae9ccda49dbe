"""What every kind of explanation is given, and what it gives back."""

from __future__ import annotations

from typing import NamedTuple

from observer.explaining.steps import Kept
from observer.inventory import Inventory
from replay.journal import Role
from replay.recording import Recording


class Options(NamedTuple):
    """How far the story goes, how long it may be, and what is expected of the network."""

    seq: int
    """The last entry that is told."""
    at: int
    """The journal time up to which is told."""
    limit: int
    inventory: Inventory
    rules: str | None = None
    """A rule file that was named; those in force otherwise."""


class Explained(NamedTuple):
    """The story of one thing."""

    what: str
    """Its full name."""
    summary: str
    kept: Kept


def nodes_of(recording: Recording, options: Options) -> list[str]:
    """Every node that has a log here or is expected."""
    return sorted({source.node for source in recording.sources()} | set(options.inventory.nodes))


def node_named(recording: Recording, options: Options, name: str) -> str | None:
    """The node of this name or alias."""
    if name in nodes_of(recording, options):
        return name
    return next((node for node, entry in options.inventory.nodes.items() if name in entry.aliases), None)


def sources_of(recording: Recording, node: str) -> set[int]:
    """Numbers of the sources that tell of a node."""
    return {one.number for one in recording.sources() if one.node == node and one.role is Role.PRIMARY}
