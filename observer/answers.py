"""What commands answer with `--json`: names that are documented and stay (`observer schema NAME`).

What is unknown is null: the log did not show it. Times are RFC 3339 in UTC; those of entries and ages are
journal times. Heights are those of a block: Monero's first is 0.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from observer.answers_reports import (
    ActiveAnswer,
    ClockAnswer,
    IndexerAnswer,
    OriginatorAnswer,
    RegistryAnswer,
    StreamAnswer,
    TroubleAnswer,
    WorkerAnswer,
)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)


class PeerAnswer(_Answer):
    """One open connection."""

    address: str
    direction: str = Field(description="in or out, seen from the node")
    node: str | None = Field(description="The node at the other end, where one is known by that address")
    opened_at: str
    handshaked: bool


class EndedAnswer(_Answer):
    """One connection that is over."""

    address: str
    direction: str
    opened_at: str | None
    ended_at: str
    reason: str | None


class ReorgAnswer(_Answer):
    """One reorganisation of a node's main chain."""

    split: int = Field(description="First height that differs")
    old_tip: int = Field(description="Height of the tip that was replaced")
    depth: int = Field(description="Blocks taken off the old chain")
    started_at: str
    finished_at: str | None
    outcome: str = Field(description="success, rolled back, interrupted, not told or under way")


class RegressionAnswer(_Answer):
    """The tip went down other than by a reorganisation."""

    before: int
    now: int
    at: str
    cause: str = Field(description="restart or popped")


class BlockAnswer(_Answer):
    """A block beside the main chain, or refused."""

    block: str
    height: int | None
    at: str
    reason: str | None = None
    times: int = 1


class ProblemAnswer(_Answer):
    """Lines of level warning or worse of one shape."""

    severity: str
    category: str
    text: str
    count: int
    first_at: str
    last_at: str


class NodeAnswer(_Answer):
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


class TipAnswer(_Answer):
    """Nodes at one tip."""

    height: int
    tip: str | None
    nodes: list[str]


class DivergedAnswer(_Answer):
    """Two nodes on different chains."""

    nodes: list[str]
    since_height: int


class AgreementAnswer(_Answer):
    """How the nodes' tips stand to each other."""

    agreed: bool | None = Field(description="Whether all tips are one; null where some are unknown and the rest agree")
    tips: list[TipAnswer]
    diverged: list[DivergedAnswer]
    unknown: list[str] = Field(description="Nodes whose height is not known")


class SourceAnswer(_Answer):
    """One source of the journal."""

    node: str
    stream: str
    role: str = Field(description="primary, evidence (the other form of a log) or unread (format not known)")
    system: str | None
    framing: str
    lines: int
    bytes: int
    last_line_at: str | None


class StateAnswer(_Answer):
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


class EventAnswer(_Answer):
    """`observer events --json`: one object a line."""

    sequence: int
    at: str
    node_time: str
    node: str
    source: str
    offset: int | None = Field(description="Of the line in its file, in decompressed bytes; null of a gap, no line")
    kind: str
    facts: dict[str, Any]
    line: str


class LineAnswer(_Answer):
    """`observer lines --json`: one object a line."""

    sequence: int
    at: str
    node: str
    source: str
    offset: int
    text: str


class StatementAnswer(_Answer):
    """One log statement in the coverage."""

    system: str
    statement: str
    template: str
    level: str
    hit: int
    malformed: int
    other_levels: dict[str, int]


class TemplateAnswer(_Answer):
    """Lines that no parser knows, of one shape."""

    template: str
    lines: int
    example: str


class SourceCoverage(_Answer):
    """What is known of one source's lines."""

    source: str
    role: str
    system: str | None
    lines: int
    recognised: int = Field(description="Lines that are a statement that is read, or part of one")
    known: int = Field(description="Lines of statements that are known to carry no state")
    unrecognised: int
    unformatted: int = Field(description="Lines without the header of the source's format")
    torn: int
    templates: list[TemplateAnswer]
    templates_left_out: int


class CoverageAnswer(_Answer):
    """`observer coverage --json` (R13)."""

    network: str
    statements: list[StatementAnswer]
    sources: list[SourceCoverage]


class VerifyAnswer(_Answer):
    """`observer verify --json`."""

    recording: str
    sound: bool
    blocks: int
    entries: int
    lines: int
    bytes: int
    first_at: str | None
    last_at: str | None
    digest: str | None = Field(description="Of the refold from the first entry")
    checkpoints: int
    stale_checkpoints: int = Field(description="Made by another version of the program; not used")
    transitions: int | None = Field(default=None, description="What was told while attached; null of an import")
    replays_equal: bool | None = Field(
        default=None, description="Whether a replay tells the same; null where another version of the program told it"
    )
    faults: list[str]


class HappeningAnswer(_Answer):
    """`observer replay --json`: one object a line."""

    at: str
    sequence: int
    node: str | None
    kind: str
    text: str
    facts: dict[str, Any]


class ExplainStep(_Answer):
    """One step of a story, with the line behind it."""

    sequence: int
    at: str
    node: str | None = Field(description="null where it concerns several nodes")
    kind: str
    text: str
    facts: dict[str, Any]
    line: str | None = Field(description="The line behind it; null where it follows from several, or from time")
    source: str | None
    file: str | None = Field(description="The file that holds the line, as named when it was read")
    offset: int | None = Field(description="Of the line in that file, in decompressed bytes, before redaction")


class ExplainAnswer(_Answer):
    """`observer explain --json`: the life of one thing."""

    what: str = Field(description="Its full name")
    kind: str = Field(description="node, alert, report, block or field")
    at: str = Field(description="Up to when the story goes")
    sequence: int = Field(description="The last entry that the story may tell of")
    summary: str
    steps: list[ExplainStep] = Field(description="In journal order")
    left_out: int = Field(description="Steps left out for --limit")
    left_out_after: int | None = Field(description="How many of the steps stand before those left out")


class EvidenceAnswer(_Answer):
    """A line behind an answer."""

    sequence: int
    at: str
    node: str
    source: str
    file: str = Field(description="The file that holds the line, as named when it was read")
    offset: int = Field(description="Of the line in that file, in decompressed bytes, before redaction")
    line: str


class LeafFound(_Answer):
    """One leaf of a condition: the value it has and the value it needs."""

    text: str
    has: str
    needs: str
    truth: bool | None = Field(description="Whether it has what it needs; null where that is unknown")
    detail: str | None = Field(description="Who stands where or who is missing; why it is unknown")


class WitnessAnswer(_Answer):
    """When a condition was met or violated for good, and its leaves as they then were."""

    at: str
    sequence: int
    leaves: list[LeafFound]


class DeathAnswer(_Answer):
    """A node that died without having stated a stop."""

    node: str
    restarted_at: str | None = Field(description="When its next life began, which shows that it had died")
    silent_since: str | None = Field(description="Its last line, where it has not come back and its peers lost it")
    text: str


class WaitAnswer(_Answer):
    """`observer wait --json`: one object a line for each condition."""

    condition: str
    result: str = Field(description="met, late, timed out, violated, unknown or open (the recording ended before)")
    exit: int = Field(description="The exit code for this condition alone")
    message: str = Field(description="The verdict in one sentence, with the residual where it was not met")
    begun: str
    at: str = Field(description="When it was decided; the end of the recording where it is open")
    sequence: int = Field(description="The last entry that was taken into account")
    decided_by: int | None = Field(description="The entry that decided it; null where time did, or what was so before")
    after_ns: int = Field(description="From the beginning to the decision, in journal time")
    soft_at: str | None = Field(description="When the soft limit passed")
    left_ns: int | None = Field(description="From the end of the recording to the limit, where it is open")
    left_blocks: int | None = Field(description="The same for a limit in blocks")
    leaves: list[LeafFound] = Field(description="The residual; where it was met, the leaves as they were")
    witness: WitnessAnswer | None
    missing: list[str] = Field(description="What was needed and not observed")
    last_known: list[WitnessAnswer] = Field(description="The leaves just before they could no longer be told")
    deaths: list[DeathAnswer] = Field(description="Nodes that died meanwhile, where it was not met")
    evidence: list[EvidenceAnswer] = Field(description="Lines behind the leaves, with the one that decided")


class TurnLeaf(_Answer):
    """One leaf of a formula, before and after a turn."""

    text: str
    had: str | None = Field(description="Before the turn; null where the leaf was not there yet")
    has: str
    needs: str
    truth: bool | None
    detail: str | None


class TurnAnswer(_Answer):
    """A place at which a formula turned."""

    before: bool | None
    after: bool | None
    by: str = Field(description="line, mark (a fact about a source), time (no entry) or beginning")
    sequence: int = Field(description="The entry, for `observer state --seq`; of `time`, the last one before")
    at: str
    text: str
    leaves: list[TurnLeaf]
    line: EvidenceAnswer | None = Field(description="The line that turned it; of `time`, the one it counts from")


class BisectAnswer(_Answer):
    """`observer bisect --json`: where a formula turned."""

    formula: str
    to: bool | None = Field(description="What it was looked for to become; null is unknown")
    exit: int
    message: str
    turns: list[TurnAnswer] = Field(description="The first one, or all with --all, in journal order")
    was: list[bool | None] = Field(description="Everything that the formula was, in the order of first times")
    missing: list[str] = Field(description="Why it is unknown where the looking ended")


class RuleAnswer(_Answer):
    """One rule."""

    name: str
    severity: str = Field(description="critical, warning or info; of an incident, which is never sent: incident")
    group: str
    each: str | None = Field(description="node or fork, where there is one alert for each; null for the network")
    expr: str
    for_ns: int
    keep_firing_for_ns: int
    inhibited_by: list[str]
    labels: dict[str, str]
    annotations: dict[str, str] = Field(description="As written, with {{ }} where values are put in")


class RulesAnswer(_Answer):
    """`observer rules --json`: the rules of a file, read and checked."""

    file: str = Field(description="builtin, or the file that was asked for")
    parameters: dict[str, str] = Field(description="What the inventory may set, with its default")
    rules: list[RuleAnswer]


class RuleTestDifference(_Answer):
    """What was expected of a rule at a time, and what it said."""

    alertname: str
    eval_time: str = Field(description="Since the start of the test")
    expected: list[str]
    got: list[str]


class RuleTestAnswer(_Answer):
    """One rule unit test."""

    file: str
    name: str
    passed: bool
    checks: int
    differences: list[RuleTestDifference]


class RuleTestsAnswer(_Answer):
    """`observer test-rules --json`."""

    passed: bool
    tests: list[RuleTestAnswer]


SCHEMAS: dict[str, type[BaseModel]] = {
    "state": StateAnswer,
    "events": EventAnswer,
    "lines": LineAnswer,
    "coverage": CoverageAnswer,
    "verify": VerifyAnswer,
    "replay": HappeningAnswer,
    "explain": ExplainAnswer,
    "wait": WaitAnswer,
    "bisect": BisectAnswer,
    "rules": RulesAnswer,
    "test-rules": RuleTestsAnswer,
}
"""Answers by the command that gives them."""
