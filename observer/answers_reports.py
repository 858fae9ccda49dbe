"""What `observer state --json` says of payer reports, and of replication and all that serves them.

Nodes go by their names, or by their ids where no log claims those. A sequence is an originator's number of an
envelope; a report covers the envelopes behind `start` up to and including `end`.
"""

from __future__ import annotations

from pydantic import Field

from observer.answers_shared import Answer, FailingAnswer, RefusedAnswer, TroubleAnswer


class AnomalyAnswer(Answer):
    """A line that xmtpd's own rules do not allow where it stands."""

    what: str
    at: str


class PartAnswer(Answer):
    """One node's part in one report."""

    since: str = Field(description="Its first line about the report")
    generated_at: str | None
    verdict: str | None = Field(description="attested or refused; null where no line tells")
    reason: str | None
    judged_at: str | None
    submission: str | None = Field(
        description="pending, submitted, settled or rejected, in its database; null where a gap may tell more"
    )
    rejected_by: str | None = Field(description="expired or invalid range")
    sent: int = Field(description="Times it sent the report to the chain")
    remaining: int | None = Field(description="Leaves left to settle, by its own last transaction")
    forced: int = Field(description="Times its indexer set the status by what the chain said")
    anomalies: list[AnomalyAnswer]
    anomalies_in_all: int


class ReportAnswer(Answer):
    """One report, by the lines of all nodes."""

    id: str
    start: int
    end: int
    stage: str = Field(description="created, attested, submitted, settled or rejected")
    since: str = Field(description="Since when it stands at that stage")
    created_at: str
    why: str | None = Field(description="Why it is rejected: superseded, or given up by all")
    made_by: list[str]
    held_by: list[str] = Field(description="At least these: what a node receives is told without its id")
    attested_by: list[str] = Field(description="At least these")
    refused_by: list[RefusedAnswer]
    given_up_by: list[str] = Field(description="As too old; told at DEBUG only")
    unjudged_by: list[str] | None = Field(description="Active nodes without a verdict; null where it is unknown who is")
    attesting: list[FailingAnswer] = Field(description="Nodes that cannot judge it, and have not since")
    submitting: list[FailingAnswer]
    settling: list[FailingAnswer]
    remaining: int | None = Field(description="Leaves left to settle")
    parts: dict[str, PartAnswer] = Field(description="By node")


class BoundaryAnswer(Answer):
    """All reports that start at one place: of these the chain takes one."""

    start: int
    open: bool = Field(description="Whether something is still to come")
    since: str
    stage: str = Field(description="Of the report that has come furthest")
    reports: list[ReportAnswer]


class OnChainAnswer(Answer):
    """A report as the chain has it."""

    start: int
    end: int
    submitted_at: str | None
    place: int | None = Field(description="Its index among the originator's reports, from 0")
    remaining: int | None
    settled_at: str | None


class ChainGapAnswer(Answer):
    """Neighbours on the chain of which the later does not start where the earlier ended."""

    ended: int
    starts: int


class GenerationAnswer(Answer):
    """How one node's generator stands to an originator."""

    last_at: str
    skipped: str | None = Field(description="Why its last round made no report; null where it made one")
    boundary: int | None = Field(description="Where the pending reports start that it found")
    blocked_rounds: int = Field(description="Rounds without a break that found reports pending there")
    blocked_since: str | None
    failing: TroubleAnswer | None


class ReceivedAnswer(Answer):
    """Envelopes about an originator's reports that reached a node."""

    reports: int
    attestations: int
    last_at: str


class OriginatorAnswer(Answer):
    """One originator's reports."""

    node: str | None = Field(description="The node that it is, where one is known by that id")
    sequence: int | None = Field(description="The furthest that any line shows: at least so far")
    sequence_at: str | None
    sequence_by: str | None = Field(description="Who has followed it so far")
    settled_through: int | None
    settled_at: str | None
    on_chain_through: int | None
    boundaries: list[BoundaryAnswer]
    chain: list[OnChainAnswer]
    chain_gaps: list[ChainGapAnswer]
    generation: dict[str, GenerationAnswer] = Field(description="By node")
    received: dict[str, ReceivedAnswer] = Field(description="By node")
    forgotten_through: int | None = Field(description="Reports that end there, or before, may have been dropped")


class FollowedAnswer(Answer):
    """How far a node has followed one originator."""

    sequence: int
    exact: bool = Field(description="Whether the node stated it; else it is at least so far")
    at: str
    behind: int | None = Field(
        description="Envelopes, at least, by its latest statement, behind what others had by then; null without one"
    )
    ahead: str | None = Field(description="Who was ahead")
    gaps: int
    missing: int = Field(description="Sequences in those gaps")
    out_of_order: int


class CursorAnswer(Answer):
    """What a node served as its clock, as a watcher last got it."""

    at: str
    sequences: dict[str, int] = Field(description="By originator")
    behind: dict[str, int] = Field(description="By originator, where others had served more before")
    still_since: str | None = Field(description="Since when it has been the same in every originator")
    connected: bool | None = Field(description="Whether the watcher reaches the node")
    failing: TroubleAnswer | None


class ClockAnswer(Answer):
    """One node's clock, or what one watcher was served."""

    followed: dict[str, FollowedAnswer] = Field(description="By originator")
    dropped: TroubleAnswer | None = Field(description="Envelopes that were not valid, and are gone")
    served: dict[str, CursorAnswer] = Field(description="By node, as this watcher got it")


class StreamAnswer(Answer):
    """One peer, as a node reads from it."""

    address: str
    stands: bool = Field(description="Whether an attempt was not followed by an error")
    state: str = Field(description="attempted, failed or ended, by the last line")
    since: str
    failing: TroubleAnswer | None
    losses: int
    error: str
    received: int | None = Field(description="Envelopes since the process started; null where the log does not show")
    older: bool = Field(description="Whether the peer has to be read in the older way")


class RegistryAnswer(Answer):
    """What a node has said of itself and of the others."""

    number: int | None = Field(description="Its own id")
    active: list[int] | None = Field(description="Who counted in the latest report that it read from the chain")
    active_at: str | None
    known: dict[str, str] = Field(description="Addresses by id, as its registry showed them (DEBUG)")
    failing: TroubleAnswer | None


class WorkerAnswer(Answer):
    """One worker of a node."""

    last_at: str
    started_at: str | None
    round_at: str | None = Field(description="The beginning of its latest round; of some told at DEBUG only")
    rounds: int
    failing: TroubleAnswer | None


class IndexerAnswer(Answer):
    """One contract, as a node follows it."""

    chain: str
    contract: str
    block: int | None
    following: bool | None
    following_since: str | None
    lost: TroubleAnswer | None
    reorgs: int
    reorged_to: int | None
    failing: TroubleAnswer | None
    failing_block: int | None
    last_at: str
