"""What `observer status --json` answers: names that are documented and stay (`observer schema status`).

Times are RFC 3339 in UTC, durations integer nanoseconds of journal time. What is unknown is null.
"""

from __future__ import annotations

from pydantic import Field

from observer.answers_alerts import LeafStanding
from observer.answers_shared import ActiveAnswer, AgreementAnswer, Answer, EvidenceAnswer, FailingAnswer, RefusedAnswer


class NodeStanding(Answer):
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


class WatcherStanding(Answer):
    """A program that looks at the network from outside."""

    system: str
    last_line_at: str | None
    log: str
    log_ended_at: str | None
    reaches: list[str] = Field(description="Nodes that it is connected to, by its last word")
    unreachable: list[str]


class MissingStanding(Answer):
    """A node that counts in a quorum and has not said yes."""

    node: str
    doing: str = Field(
        description="stopped, crashed, not heard, gone, silent, starting, stopping, gave up, failing, waiting, cut off "
        "or no word"
    )
    text: str = Field(description="The same in words, with times")


class LatestStanding(Answer):
    """A report that was made where another one has come further."""

    end: int
    report: str
    made_at: str
    attested: list[str]
    at_least: bool = Field(description="Whether more may have attested, as some node that counts is not heard")
    refused: list[RefusedAnswer]
    missing: list[MissingStanding]


class BoundaryStanding(Answer):
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


class OriginatorStanding(Answer):
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


class AlertStanding(Answer):
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


class OverAnswer(Answer):
    """An alert or incident that is over."""

    rule: str
    severity: str
    labels: dict[str, str]
    fired_at: str
    resolved_at: str
    lasted_ns: int
    annotations: dict[str, str]


class BlindSpot(Answer):
    """What cannot be judged, for one reason."""

    reason: str
    nodes: list[str] = Field(description="Whose logs it concerns")
    rules: list[str]
    never: list[str] = Field(description="Those of the rules that have not once observed what they need there")
    since: str | None = Field(description="The earliest; null where there never was anything to observe")
    at_the_end: bool = Field(
        description="Only because the recording ends, and every log with it: no reason not to be clear"
    )


class StatusAnswer(Answer):
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
