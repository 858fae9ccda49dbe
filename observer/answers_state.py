"""What `observer state --json` answers: names that are documented and stay (`observer schema state`).

What is unknown is null: the log did not show it. Times are RFC 3339 in UTC; those of entries and ages are
journal times. Heights are those of a block: Monero's first is 0.
"""

from __future__ import annotations

from pydantic import Field

from observer.answers_reports import (
    ClockAnswer,
    IndexerAnswer,
    OriginatorAnswer,
    RegistryAnswer,
    StreamAnswer,
    WorkerAnswer,
)
from observer.answers_shared import ActiveAnswer, AgreementAnswer, Answer, TroubleAnswer


class PeerAnswer(Answer):
    """One open connection."""

    address: str
    direction: str = Field(description="in or out, seen from the node")
    node: str | None = Field(description="The node at the other end, where one is known by that address")
    opened_at: str
    handshaked: bool


class EndedAnswer(Answer):
    """One connection that is over."""

    address: str
    direction: str
    opened_at: str | None
    ended_at: str
    reason: str | None


class ReorgAnswer(Answer):
    """One reorganisation of a node's main chain."""

    split: int = Field(description="First height that differs")
    old_tip: int = Field(description="Height of the tip that was replaced")
    depth: int = Field(description="Blocks taken off the old chain")
    started_at: str
    finished_at: str | None
    outcome: str = Field(description="success, rolled back, interrupted, not told or under way")


class RegressionAnswer(Answer):
    """The tip went down other than by a reorganisation."""

    before: int
    now: int
    at: str
    cause: str = Field(description="restart or popped")


class BlockAnswer(Answer):
    """A block beside the main chain, or refused."""

    block: str
    height: int | None
    at: str
    reason: str | None = None
    times: int = 1


class ProblemAnswer(Answer):
    """Lines of level warning or worse of one shape."""

    severity: str
    category: str
    text: str
    count: int
    first_at: str
    last_at: str


class NodeAnswer(Answer):
    """One node."""

    system: str | None
    version: str | None
    status: str | None = Field(description="starting, up, stopping, stopped or crashed, as the node's lines state it")
    status_since: str | None
    started_at: str | None
    restarts: int | None = Field(description="Process starts after the node had shown life")
    unclean_stops: int | None = Field(description="Lives that ended without a stop statement")
    height: int | None = Field(description="Of the tip; null where the log does not show every block")
    tip: str | None = Field(description="Id of the tip")
    tip_since: str | None
    stated_height: int | None = Field(description="The last height that a line implied, current or not")
    stated_height_at: str | None
    connections: int | None = Field(description="Open ones; null where the log does not show them")
    synced: bool | None = Field(description="Whether the node believes itself synchronised")
    syncing: bool | None = Field(description="Whether it is catching up")
    target_height: int | None = Field(description="Height the node aims for; null where it aims for none")
    disconnected_since: str | None = Field(description="When the node said that it is cut off")
    last_line_at: str | None
    lines: int
    peers: list[PeerAnswer] | None
    ended_connections: list[EndedAnswer] | None = Field(description="The latest; null where the log does not show them")
    unmatched_closes: int | None
    failing_addresses: dict[str, int] | None = Field(description="Failed attempts by address since the last success")
    blocked: list[str]
    reorgs: list[ReorgAnswer]
    regressions: list[RegressionAnswer]
    alternative_blocks: list[BlockAnswer]
    rejected_blocks: list[BlockAnswer]
    problems: list[ProblemAnswer]
    problem_lines: int
    number: int | None = Field(
        description="Its id in a registry of nodes, which is also the originator of what it writes"
    )
    crash: str | None = Field(description="What the process said as it crashed")
    troubles: dict[str, TroubleAnswer] = Field(
        description="Work that failed, by what it is: database, sink, publisher, fees, rates"
    )
    shows: dict[str, bool] = Field(description="What the log shows or hides, by topic, where it is known")


class SourceAnswer(Answer):
    """One source of the journal."""

    node: str
    stream: str
    role: str = Field(description="primary, evidence (the other form of a log) or unread (format not known)")
    system: str | None
    framing: str
    lines: int
    bytes: int
    last_line_at: str | None


class StateAnswer(Answer):
    """`observer state --json`: the snapshot at one point of the journal."""

    network: str
    at: str | None = Field(description="The time asked for, else that of the last entry")
    sequence: int = Field(description="The last entry that is included")
    digest: str = Field(description="Over all facts; equal for equal logs in whatever order they came")
    nodes: dict[str, NodeAnswer]
    watchers: dict[str, NodeAnswer] = Field(description="Programs that look at the network from outside")
    agreement: AgreementAnswer
    active: ActiveAnswer | None = Field(description="The nodes that count in a quorum; null where nobody is known")
    reports: dict[str, OriginatorAnswer] = Field(description="By originator")
    clocks: dict[str, ClockAnswer] = Field(description="By node")
    streams: dict[str, dict[str, StreamAnswer]] = Field(description="By the node that reads, and by the peer")
    registry: dict[str, RegistryAnswer] = Field(description="By node")
    workers: dict[str, dict[str, WorkerAnswer]] = Field(description="By node and name")
    indexers: dict[str, dict[str, IndexerAnswer]] = Field(description="By node and address of the contract")
    ambiguous: dict[str, list[str]] = Field(description="Aliases that several nodes claim")
    sources: list[SourceAnswer]
