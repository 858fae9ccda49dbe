"""What is shown of a live network at one moment, as plain values.

Times are kept as times and not as ages, so that the same view can be drawn again later without being made again. Text
in it is as a log or a rule wrote it: whoever draws takes escapes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

WAITING = "waiting"
"""How a source stands that has not been opened yet."""


class NodeView(msgspec.Struct, frozen=True):
    """One node."""

    name: str
    status: str | None
    height: int | None
    behind: int | None
    """Blocks below the highest; None where its log is not being read."""
    tip: str | None
    connections: int | None
    number: int | None
    """Its id in a registry of nodes."""
    reads_from: int | None
    """Peers whose streams stand, of `peers`; None where it has set out to read from none."""
    peers: int | None
    clock_at: int | None
    """When it last stated its vector clock."""
    last_at: int | None
    """Journal time of its last line."""
    log: str
    """attached, ended, lagging, lost, unread or none."""
    grave: bool
    """Whether an alert about it fires."""
    odd: tuple[str, ...]
    """What is not as with a node that is well, the rules that fire about it first."""


class TipView(msgspec.Struct, frozen=True):
    """Nodes whose main chains end alike."""

    height: int
    tip: str | None
    nodes: tuple[str, ...]


class StageView(msgspec.Struct, frozen=True):
    """The payer reports that stand at one stage, by where they begin."""

    stage: str
    """created, attested, submitted, rejected, or settled, of which only the last one is told."""
    count: int
    since: int
    """Of the one that is open for the longest: the first line about it. Of settled ones: the latest settlement."""
    report: str
    """That one, as alerts name it: originator:start."""
    attested: int
    active: int | None
    """How many nodes count, where that is known."""
    quorum: int | None
    missing: tuple[str, ...]
    """Who has not judged one of them, the one who is missing at the most of them first."""


class AlertView(msgspec.Struct, frozen=True):
    """A firing or pending alert, or an open incident."""

    rule: str
    about: str
    severity: str
    state: str
    """firing, pending or incident."""
    since: int | None
    sentence: str
    """As it was said when it came to stand so."""
    blind: bool
    explains: tuple[str, ...] = ()
    """What follows from it, as `RULE about`: those are not listed themselves."""


class BlindView(msgspec.Struct, frozen=True):
    """Rules that cannot be judged for one reason."""

    reason: str
    rules: tuple[str, ...]


class SourceView(msgspec.Struct, frozen=True):
    """One stream of one node."""

    node: str
    stream: str
    attachment: str
    """attached, lagging, lost, ended, or waiting: it has not been opened yet."""
    since: int
    behind: int
    """Bytes that are known to be there and have not been read."""


class Said(msgspec.Struct, frozen=True):
    """One thing that happened."""

    at: int
    kind: str
    """transition, sight, node, report or source: `sight` where something can be judged no longer, or again."""
    text: str
    tone: str = ""
    """bad, warn, good, aside or nothing."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is shown. Times are nanoseconds UTC."""

    network: str
    now: int
    at: int | None = None
    """Journal time; None before the first entry."""
    catching_up: bool = False
    """Whether what was there before is still being read: ages are then as of the journal's time, else as of now."""
    lines: int = 0
    events: int = 0
    lines_a_second: float = 0
    events_a_second: float = 0
    sources: tuple[SourceView, ...] = ()
    nodes: tuple[NodeView, ...] = ()
    watchers: tuple[NodeView, ...] = ()
    replicates: bool = False
    """Whether heights and tips make no sense here."""
    tips: tuple[TipView, ...] = ()
    diverged: tuple[tuple[str, str, int], ...] = ()
    """(node, node, the first height at which their chains differ)."""
    unknown: tuple[str, ...] = ()
    """Nodes whose tip is not known."""
    stages: tuple[StageView, ...] = ()
    alerts: tuple[AlertView, ...] = ()
    """Firing before pending, the worst first; then open incidents. Those that another one explains stand with that."""
    counts: Mapping[str, int] = {}
    """Of alerts by state, explained ones included."""
    rules: int = 0
    """Rules that are watched for anywhere."""
    unjudged: int = 0
    """Those of them that cannot be judged somewhere."""
    blind: tuple[BlindView, ...] = ()
    recent: tuple[Said, ...] = ()
    """The latest last."""

    @property
    def as_of(self) -> int:
        """What ages are counted to."""
        return self.now if self.at is None or not self.catching_up else self.at

    @property
    def state(self) -> str:
        """firing, unknown or clear: nothing that observed nothing is clear."""
        if self.counts.get("firing"):
            return "firing"
        return "unknown" if self.unjudged or not self.rules or not self.nodes else "clear"


class Screen(Protocol):
    """Where a live network is shown."""

    interval: int
    """Nanoseconds between two views that it has a use for."""

    def update(self, view: View) -> None:
        """Show this from now on. Never raises for what a terminal may do."""
        ...

    def tell(self, said: Said) -> None:
        """Something has happened. It is among the `recent` of the next view, too."""
        ...

    def say(self, line: str) -> None:
        """A sentence of the program itself."""
        ...

    def close(self) -> None:
        """Show no more, and leave everything as it was found. May be called again."""
        ...
