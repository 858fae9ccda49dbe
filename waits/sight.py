"""What is listened to: the journal's sources, and how each stands (R23).

A fact about a node is worth something only while its log is read to its end. Whether it is, Marks of the journal
tell; when it last wrote, whoever reads the journal knows exactly, whatever lines were skipped (R14).
"""

from __future__ import annotations

import enum
from typing import Protocol

import msgspec

from state.ordered import ordered


class Attachment(enum.Enum):
    """How a source stands."""

    ATTACHED = "attached"
    """Read to its end, proved by the transport."""
    LAGGING = "lagging"
    LOST = "lost"
    ENDED = "ended"
    """Its log is over. That is not to be down: the file may just not have been kept longer (R25)."""


class Ear(msgspec.Struct):
    """One source."""

    number: int
    node: str
    primary: bool
    attachment: Attachment
    since: int
    """Journal time at which it came to stand so."""
    dated_twice: bool = False
    """Whether the transport dates its lines too, so that the node's own clock can be checked."""
    gaps: int = 0
    steps: int = 0
    """How often the clock that dates it was seen to be set."""
    system: str = ""
    """The system that writes it; empty where that is not known."""


class Hearing(Protocol):
    """Who knows when a source last wrote."""

    def last_line(self, source: int, at: int, seq: int) -> int | None:
        """Journal time of the source's last line up to a journal time and a sequence; None where there is none."""
        ...


class Deaf:
    """Knows of no line: a journal that has only begun."""

    def last_line(self, source: int, at: int, seq: int) -> int | None:
        """None."""
        return None


class Ears:
    """All sources, by number and by node."""

    def __init__(self) -> None:
        """Nobody is listened to yet."""
        self._by_number: dict[int, Ear] = {}
        self._by_node: dict[str, list[Ear]] = {}
        self.attached: set[str] = set()
        """Nodes of which a log that events come from is being read to its end."""
        self.standing = object()
        """Another object whenever a source stands otherwise than before."""

    def put(self, ear: Ear) -> None:
        """Enter a source, or how it stands now."""
        self.standing = object()
        if ear.number in self._by_number:
            self._by_node[ear.node] = [one for one in self._by_node[ear.node] if one.number != ear.number]
        self._by_number[ear.number] = ear
        self._by_node.setdefault(ear.node, []).append(ear)
        self._by_node[ear.node].sort(key=lambda one: one.number)
        if any(one.primary and one.attachment is Attachment.ATTACHED for one in self._by_node[ear.node]):
            self.attached.add(ear.node)
        else:
            self.attached.discard(ear.node)

    def get(self, number: int) -> Ear | None:
        """One source."""
        return self._by_number.get(number)

    def of(self, node: str) -> list[Ear]:
        """A node's sources."""
        return self._by_node.get(node, [])

    def all(self) -> list[Ear]:
        """Every source, by number."""
        return [ear for _number, ear in ordered(self._by_number)]
