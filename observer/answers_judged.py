"""What the commands that judge answer with `--json`: names that are documented and stay (`observer schema NAME`).

Times are RFC 3339 in UTC, durations integer nanoseconds of journal time. What is unknown is null.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from observer.answers import AgreementAnswer, EvidenceAnswer


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LeafStanding(_Answer):
    """One leaf of a formula."""

    text: str
    has: str = Field(description="The value it has")
    needs: str = Field(description="The value it needs for the formula")
    truth: bool | None = Field(description="Whether it is as it needs to be; null where that is unknown")
    detail: str | None = Field(description="Who is missing, or why it is unknown")


class AlertAnswer(_Answer):
    """One of the transitions that `observer alerts --json` lists, in order."""

    at: str
    sequence: int = Field(description="Of the last entry that had come by then")
    rule: str
    state: str = Field(description="pending, firing, resolved, blind, unblind or relabelled")
    severity: str = Field(description="incident where it is listed and never sent")
    labels: dict[str, str] = Field(description="With `node` where it is about a node")
    annotations: dict[str, str]
    reason: str | None
    since: str | None = Field(description="Since when the formula has been true")
    leaves: list[LeafStanding]
    evidence: list[EvidenceAnswer]


class NodeStanding(_Answer):
    """One node, as far as it can be known at the time."""

    status: str | None
    height: int | None
    behind: int | None = Field(description="Blocks below the highest height; null where its log is not being read")
    connections: int | None
    synced: bool | None
    last_line_at: str | None
    quiet_ns: int | None = Field(description="Since its last line; null where its log has ended, or there is none")
    log: str = Field(description="attached, ended, lagging, lost, unread or none")
    log_ended_at: str | None
    odd: list[str]


class AlertStanding(_Answer):
    """One alert or incident that is not over."""

    rule: str
    severity: str
    state: str = Field(description="pending or firing")
    labels: dict[str, str]
    since: str | None = Field(description="Since when the formula has been true")
    fired_at: str | None
    annotations: dict[str, str]
    leaves: list[LeafStanding] = Field(description="As they stand; as they last were where that is unknown now")
    evidence: list[EvidenceAnswer]
    explained_by: str | None = Field(description="The firing rule that explains it, so that it is not sent (R26)")
    blind_since: str | None = Field(description="Since when it cannot be judged: it stays as it was")


class OverAnswer(_Answer):
    """An alert or incident that is over."""

    rule: str
    severity: str
    labels: dict[str, str]
    fired_at: str
    resolved_at: str
    lasted_ns: int
    annotations: dict[str, str]


class BlindSpot(_Answer):
    """What cannot be judged, for one reason."""

    reason: str
    nodes: list[str] = Field(description="Whose logs it concerns")
    rules: list[str]
    never: list[str] = Field(description="Those of the rules that have not once observed what they need there")
    since: str | None = Field(description="The earliest; null where there never was anything to observe")
    at_the_end: bool = Field(
        description="Only because the recording ends, and every log with it: no reason not to be clear"
    )


class StatusAnswer(_Answer):
    """`observer status --json`."""

    network: str
    at: str
    sequence: int
    begins_at: str
    ends_at: str
    state: str = Field(description="firing (exit code 1), unknown (3) or clear (0)")
    verdict: str
    rules: int = Field(description="How many are in force")
    rules_inapplicable: dict[str, str] = Field(description="Rules that the logs, by how they came, can never tell: why")
    rules_unjudged: list[str] = Field(description="Rules that could not be judged everywhere, its end aside")
    nodes: dict[str, NodeStanding]
    agreement: AgreementAnswer
    alerts: list[AlertStanding] = Field(description="Firing, then pending; the worst first")
    incidents: list[AlertStanding] = Field(description="Open ones")
    over: list[OverAnswer] = Field(description="The latest alerts and incidents that are over, the last one first")
    blind: list[BlindSpot]


class EntityTested(_Answer):
    """One rule at one thing that it is bound to."""

    labels: dict[str, str]
    fired: int
    first_at: str | None
    firing_ns: int


class RuleTested(_Answer):
    """How one rule would have done on one recording."""

    rule: str
    severity: str
    judged: bool = Field(description="false: it never observed what it needs, so that it is silent says nothing")
    unjudged: list[str] = Field(description="Why it could not be judged, or for whom")
    fired: int
    pending: int = Field(description="How often it was pending and did not last")
    first_at: str | None
    firing_ns: int
    entities: list[EntityTested]


class RecordingTested(_Answer):
    """One recording."""

    recording: str
    network: str
    begins_at: str
    ends_at: str
    rules: list[RuleTested]


class DelayAnswer(_Answer):
    """Times from the beginning of an incident to the first firing that matches it."""

    min_ns: int
    median_ns: int
    max_ns: int


class ScoreAnswer(_Answer):
    """How firings stand to incidents."""

    incidents: int = Field(description="Those that could be judged")
    detected: int
    firings: int
    right: int = Field(description="Firings that match an incident")
    precision: float | None = Field(description="Of the firings, how many match; null without one")
    recall: float | None = Field(description="Of the incidents, how many were detected; null without one")
    time_to_detect: DelayAnswer | None


class MissAnswer(_Answer):
    """An incident that no firing matches."""

    place: str = Field(description="file:line of the incident")
    recording: str
    rules: list[str]
    labels: dict[str, str]
    begins_at: str
    ends_at: str
    unjudged: bool = Field(description="None of its rules could be judged there: neither detected nor missed")


class FalseAnswer(_Answer):
    """A firing that matches no incident."""

    recording: str
    rule: str
    labels: dict[str, str]
    fired_at: str
    ended_at: str | None = Field(description="null where it was firing to the end")
    annotations: dict[str, str]


class Scored(_Answer):
    """Rules against incidents that are known to have been."""

    in_all: ScoreAnswer
    by_rule: dict[str, ScoreAnswer]
    misses: list[MissAnswer]
    false: list[FalseAnswer]


class BacktestAnswer(_Answer):
    """`observer backtest --json`."""

    rules: str = Field(description="The file")
    recordings: list[RecordingTested]
    scored: Scored | None = Field(description="null without --incidents")


JUDGED_SCHEMAS: dict[str, type[BaseModel]] = {
    "status": StatusAnswer,
    "alerts": AlertAnswer,
    "backtest": BacktestAnswer,
}
"""Answers by the command that gives them."""
