"""What the other commands answer with `--json`, and every answer by its command: names that are documented and stay
(`observer schema NAME`).

What is unknown is null: the log did not show it. Times are RFC 3339 in UTC; those of entries and ages are
journal times.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from observer.answers_alerts import AlertAnswer
from observer.answers_backtest import BacktestAnswer
from observer.answers_judged import StatusAnswer
from observer.answers_lines import EventAnswer, HappeningAnswer, LineAnswer
from observer.answers_shared import Answer, EvidenceAnswer
from observer.answers_state import StateAnswer


class StatementAnswer(Answer):
    """One log statement in the coverage."""

    system: str
    statement: str
    template: str
    level: str
    hit: int
    malformed: int
    other_levels: dict[str, int]


class TemplateAnswer(Answer):
    """Lines that no parser knows, of one shape."""

    template: str
    lines: int
    example: str


class SourceCoverage(Answer):
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


class CoverageAnswer(Answer):
    """`observer coverage --json` (R13)."""

    network: str
    statements: list[StatementAnswer]
    sources: list[SourceCoverage]


class VerifyAnswer(Answer):
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


class ExplainStep(Answer):
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


class ExplainAnswer(Answer):
    """`observer explain --json`: the life of one thing."""

    what: str = Field(description="Its full name")
    kind: str = Field(description="node, alert, report, block or field")
    at: str = Field(description="Up to when the story goes")
    sequence: int = Field(description="The last entry that the story may tell of")
    summary: str
    steps: list[ExplainStep] = Field(description="In journal order")
    left_out: int = Field(description="Steps left out for --limit")
    left_out_after: int | None = Field(description="How many of the steps stand before those left out")


class LeafFound(Answer):
    """One leaf of a condition: the value it has and the value it needs."""

    text: str
    has: str
    needs: str
    truth: bool | None = Field(description="Whether it has what it needs; null where that is unknown")
    detail: str | None = Field(description="Who stands where or who is missing; why it is unknown")


class WitnessAnswer(Answer):
    """When a condition was met or violated for good, and its leaves as they then were."""

    at: str
    sequence: int
    leaves: list[LeafFound]


class DeathAnswer(Answer):
    """A node that died without having stated a stop."""

    node: str
    restarted_at: str | None = Field(description="When its next life began, which shows that it had died")
    silent_since: str | None = Field(description="Its last line, where it has not come back and its peers lost it")
    text: str


class WaitAnswer(Answer):
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


class TurnLeaf(Answer):
    """One leaf of a formula, before and after a turn."""

    text: str
    had: str | None = Field(description="Before the turn; null where the leaf was not there yet")
    has: str
    needs: str
    truth: bool | None
    detail: str | None


class TurnAnswer(Answer):
    """A place at which a formula turned."""

    before: bool | None
    after: bool | None
    by: str = Field(description="line, mark (a fact about a source), time (no entry) or beginning")
    sequence: int = Field(description="The entry, for `observer state --seq`; of `time`, the last one before")
    at: str
    text: str
    leaves: list[TurnLeaf]
    line: EvidenceAnswer | None = Field(description="The line that turned it; of `time`, the one it counts from")


class BisectAnswer(Answer):
    """`observer bisect --json`: where a formula turned."""

    formula: str
    to: bool | None = Field(description="What it was looked for to become; null is unknown")
    exit: int
    message: str
    turns: list[TurnAnswer] = Field(description="The first one, or all with --all, in journal order")
    was: list[bool | None] = Field(description="Everything that the formula was, in the order of first times")
    missing: list[str] = Field(description="Why it is unknown where the looking ended")


class RuleAnswer(Answer):
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


class RulesAnswer(Answer):
    """`observer rules --json`: the rules of a file, read and checked."""

    file: str = Field(description="builtin, or the file that was asked for")
    parameters: dict[str, str] = Field(description="What the inventory may set, with its default")
    rules: list[RuleAnswer]


class RuleTestDifference(Answer):
    """What was expected of a rule at a time, and what it said."""

    alertname: str
    eval_time: str = Field(description="Since the start of the test")
    expected: list[str]
    got: list[str]


class RuleTestAnswer(Answer):
    """One rule unit test."""

    file: str
    name: str
    passed: bool
    checks: int
    differences: list[RuleTestDifference]


class RuleTestsAnswer(Answer):
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
    "status": StatusAnswer,
    "alerts": AlertAnswer,
    "backtest": BacktestAnswer,
}
"""Answers by the command that gives them."""
