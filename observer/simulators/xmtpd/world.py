"""The network as it is at one instant: nodes, the streams between them, chains, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from observer.simulators.xmtpd.chain import Event, Settlement
from observer.simulators.xmtpd.draws import Draws
from observer.simulators.xmtpd.engine import Alive, Engine, Steps
from observer.simulators.xmtpd.faults import Faults
from observer.simulators.xmtpd.model import Entry, Held, Report, Submission, Usage, Verdict
from observer.simulators.xmtpd.settings import Settings
from observer.simulators.xmtpd.statements.shape import Contract, Statement
from observer.simulators.xmtpd.truth import Courses, Truth

Say = Callable[[Statement, tuple[Any, ...], str | None], None]


@dataclass(slots=True)
class Node:
    """One node: its process, and its database, which outlives the process."""

    id: int
    address: str
    key: str
    write: Say
    up: bool = False
    """The process runs. It answers peers only once it is serving."""
    serving: bool = False
    process: int = 0
    """Counts processes: what belongs to an earlier one is dead."""
    started_before: bool = False
    clock: dict[int, int] = field(default_factory=dict)
    served: dict[int, int] = field(default_factory=dict)
    """The cursor that subscribers of SubscribeSyncCursor see, where it stands still."""
    frozen: bool = False
    entries: list[Entry] = field(default_factory=list)
    """What it has published."""
    sequence: int = 0
    held: dict[str, Held] = field(default_factory=dict)
    pending: dict[str, Held] = field(default_factory=dict)
    """Of these, what it has not judged and knows not to be submitted."""
    attesters: dict[str, set[int]] = field(default_factory=dict)
    """Attestations it knows; one may come before its report."""
    indexed: dict[str, int] = field(default_factory=dict)
    """For each chain, how many of its events are indexed."""
    stuck: set[str] = field(default_factory=set)
    """Chains of which it tries to store an event again and again."""
    reached: dict[str, int] = field(default_factory=dict)
    """For each contract, when its height was last logged."""

    def say(self, statement: Statement, *values: Any, message: str | None = None) -> None:
        """Log a line: the values of the keys that it inherits, then of its own."""
        self.write(statement, values, message)

    def of(self, report: Report) -> tuple[Any, ...]:
        """What a worker's line about a report inherits."""
        return (self.id, report.id, report.start, report.end, report.originator)

    def reports(self, originator: int) -> list[Held]:
        return [held for held in self.held.values() if held.report.originator == originator]

    def seen(self, originator: int) -> int:
        return self.clock.get(originator, 0)

    def alive(self) -> Alive:
        """Whether the process that runs now still does."""
        process = self.process
        return lambda: self.up and self.process == process


@dataclass(slots=True)
class Link:
    """A stream that one node reads from another."""

    reader: Node
    peer: Node
    draws: Random
    up: bool = False
    stream: int = 0
    """Counts streams: what an earlier one had under way is lost."""
    last_arrival: int = 0
    seen: int = 0
    """The last sequence id that came through this stream."""
    mismatch: int = 0
    """The last minute in which a difference of fees was logged."""
    waiting: list[list[Entry]] = field(default_factory=list)
    """What came while the reader's database was away."""


@dataclass(slots=True)
class World:
    """Everything there is. Behaviour stands in modules beside this one and takes the world as its argument."""

    settings: Settings
    engine: Engine
    draws: Draws
    faults: Faults
    truth: Truth
    courses: Courses
    settlement: Settlement
    contracts: tuple[Contract, ...]
    nodes: dict[int, Node] = field(default_factory=dict)
    links: dict[tuple[int, int], Link] = field(default_factory=dict)
    usage: dict[int, Usage] = field(default_factory=dict)
    app_events: list[Event] = field(default_factory=list)

    @property
    def now(self) -> int:
        return self.engine.now

    @property
    def registered(self) -> tuple[int, ...]:
        """Every node in the registry as running nodes know it: none of them notices a removal (catalogue 0.7)."""
        return tuple(self.nodes)

    @property
    def canonical(self) -> tuple[int, ...]:
        """The nodes in the registry as the contracts know it."""
        return tuple(one for one in self.nodes if not self.under("decanonicalised", one))

    def under(self, kind: str, node: int) -> bool:
        """Whether a node is under a fault now."""
        return self.faults.on(kind, node, self.now)

    def no_database(self, node: Node) -> bool:
        return self.under("db-outage", node.id)

    def run(self, node: Node, steps: Steps) -> None:
        """Run a process of a node until it ends or the node's process does."""
        self.engine.spawn(steps, node.alive())

    def hold(self, node: Node, report: Report, cause: str) -> Held:
        """Enter a report into a node's database."""
        held = node.held[report.id] = node.pending[report.id] = Held(report, self.now)
        self.courses.status(node.id, held, cause)
        return held

    def set_submission(self, node: Node, held: Held, to: Submission, cause: str) -> None:
        """Write a report's submission status into a node's database."""
        held.submission = to
        if to is not Submission.PENDING:
            node.pending.pop(held.report.id, None)
        self.courses.status(node.id, held, cause)

    def set_verdict(self, node: Node, held: Held, to: Verdict, reason: str) -> None:
        """Write what a node thinks of a report into its database."""
        held.attestation = to
        node.pending.pop(held.report.id, None)
        if to is Verdict.APPROVED:
            node.attesters.setdefault(held.report.id, set()).add(node.id)
        self.courses.judged(node.id, held.report, to, reason)
        self.courses.status(node.id, held, "attestation worker")
