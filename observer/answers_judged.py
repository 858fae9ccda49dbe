"""What the commands that judge answer with `--json`: names that are documented and stay (`observer schema NAME`).

Times are RFC 3339 in UTC, durations integer nanoseconds of journal time. What is unknown is null.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from observer.answers import AgreementAnswer, EvidenceAnswer
from observer.answers_reports import ActiveAnswer, FailingAnswer, RefusedAnswer


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)


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
    number: int | None = Field(description="Its id in a registry of nodes")
    reads_from: int | None = Field(description="Peers whose streams stand; null where it has set out to read from none")
    peers: int | None = Field(description="Peers that it has set out to read from")
    unreachable: list[str] = Field(description="Those whose streams do not stand")
    clock_stated_at: str | None = Field(description="When it last stated its vector clock, or a sequence of it")
    odd: list[str]


class WatcherStanding(_Answer):
    """A program that looks at the network from outside."""

    system: str
    last_line_at: str | None
    log: str
    log_ended_at: str | None
    reaches: list[str] = Field(description="Nodes that it is connected to, by its last word")
    unreachable: list[str]


class MissingStanding(_Answer):
    """A node that counts in a quorum and has not said yes."""

    node: str
    doing: str = Field(
        description="stopped, crashed, not heard, gone, silent, starting, stopping, gave up, failing, waiting, cut off "
        "or no word"
    )
    text: str = Field(description="The same in words, with times")


class LatestStanding(_Answer):
    """A report that was made where another one has come further."""

    end: int
    report: str
    made_at: str
    attested: list[str]
    at_least: bool = Field(description="Whether more may have attested, as some node that counts is not heard")
    refused: list[RefusedAnswer]
    missing: list[MissingStanding]


class BoundaryStanding(_Answer):
    """The reports of an originator that start at one place, while the chain has not settled one of them."""

    start: int
    end: int = Field(description="Of the report that has come furthest")
    report: str = Field(description="Its id")
    reports: int = Field(description="How many start here")
    stage: str = Field(description="created, attested or submitted; rejected where every node has given it up")
    stage_since: str
    since: str = Field(description="The first line about any of them")
    lasts_ns: int
    attested: list[str]
    at_least: bool = Field(description="Whether more may have attested, as some node that counts is not heard")
    active: int | None = Field(description="How many nodes count; null where it is not known")
    quorum: int | None = Field(description="How many must attest")
    basis: str | None = Field(description="Where it is known from who counts")
    refused: list[RefusedAnswer]
    missing: list[MissingStanding]
    lost: bool = Field(description="Whether so many refused it that there can be no quorum")
    sent: int = Field(description="How often any node sent it to the chain")
    away: list[MissingStanding] = Field(
        description="Nodes that attested and are not at work now, so that they do not send it to the chain"
    )
    latest: LatestStanding | None = Field(description="The report made last, where that is another one")
    submitting: list[FailingAnswer] = Field(description="Who fails to send it to the chain")
    settling: list[FailingAnswer] = Field(description="Who fails to settle it")
    remaining: int | None
    followed_at: str | None = Field(
        description="When a report was made that begins where this one ends, which shows that the chain has this one"
    )
    overdue: bool = Field(description="Whether it is pending for longer than the parameter report_expiry")
    text: str


class OriginatorStanding(_Answer):
    """How one originator's reports stand."""

    originator: int
    node: str | None
    settled_through: int | None
    settled_at: str | None
    sequence: int | None = Field(description="The furthest that any line shows: at least so far")
    sequence_at: str | None
    sequence_by: str | None
    open: list[BoundaryStanding] = Field(description="What is not settled, from the chain's end on")
    text: str = Field(description="What is settled and what is known, in words")


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
    watchers: dict[str, WatcherStanding]
    agreement: AgreementAnswer
    active: ActiveAnswer | None = Field(description="The nodes that count in a quorum; null where nobody is known")
    originators: list[OriginatorStanding] = Field(description="Of payer reports; the longest open first")
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
