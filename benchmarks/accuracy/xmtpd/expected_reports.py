"""What is stuck with payer reports, place by place. See `expected`."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.accuracy.stuck import Expected
from benchmarks.accuracy.xmtpd.seen import MOMENT, Seen
from benchmarks.accuracy.xmtpd.truth import HOUR, MINUTE


def no_quorum(seen: Seen) -> Iterator[Expected]:
    """A place on the chain of which a submitter came by, and no report there had enough attestations. The alert waits
    6 minutes (one spread of the workers and one more) and has `for: 5m`, from the first report on.
    """
    for place in seen.places:
        missed = place.missed_slot
        if missed < place.quorate and place.alone is None:
            never, always = place.judges()
            yield seen.made(
                "no quorum",
                ("QuorumNotReached", "AttestationSplit", "ConflictLoop"),
                place.labels,
                (missed, place.quorate),
                11 * MINUTE + MOMENT,
                "a submitter found fewer attestations than the quorum",
                stage=place.stage(missed),
                missing=never,
                present=always,
            )


def not_sent(seen: Seen) -> Iterator[Expected]:
    """The same where no other node ever got a report of that place: what is wrong is that nobody reads from its maker,
    and that is told of the node. An alert about the report is true as well.
    """
    for place in seen.places:
        missed, maker = place.missed_slot, place.alone
        if missed < place.quorate and maker is not None:
            span = (missed, place.quorate)
            yield seen.made(
                "no quorum, not sent",
                ("NodeUnreachable", "StreamsLost", "NodeDown"),
                {"node": seen.name(maker)},
                span,
                11 * MINUTE + MOMENT,
                "nobody but its maker had a report there",
                standing=True,
            )
            rules = ("QuorumNotReached", "AttestationStalled")
            yield seen.made("no quorum, not sent", rules, place.labels, span, None, "it had no quorum")


def split(seen: Seen) -> Iterator[Expected]:
    """One report attested by some and refused by others, while the place waits: `for: 5m`."""
    for place in seen.places:
        if place.split < place.taken:
            yield seen.made(
                "split votes",
                ("AttestationSplit", "ConflictLoop"),
                place.labels,
                (place.split, place.taken),
                5 * MINUTE + MOMENT,
                "valid and invalid verdicts on one report",
                stage="attested",
            )


def conflict(seen: Seen) -> Iterator[Expected]:
    """Two reports in a row at one place that nobody but their maker attests: `for: 1m` (#1810)."""
    for place in seen.places:
        if place.conflict < place.taken:
            yield seen.made(
                "conflict loop",
                ("ConflictLoop",),
                place.labels,
                (place.conflict, place.taken),
                MINUTE + MOMENT,
                "two reports there refused by all but their maker",
                stage="attested",
            )


def submit_failing(seen: Seen) -> Iterator[Expected]:
    """Two submissions of a place failed: `for: 1m`."""
    for place in seen.places:
        if len(place.failed_submissions) > 1 and place.failed_submissions[1] < place.taken:
            yield seen.made(
                "submission fails",
                ("SubmissionFailing",),
                place.labels,
                (place.failed_submissions[1], place.taken),
                MINUTE + MOMENT,
                "a second submission failed",
                stage="attested",
            )


def submit_overdue(seen: Seen) -> Iterator[Expected]:
    """A place with a quorum that no submitter took up: the alert waits 65 minutes, so that each submitter has come."""
    for place in seen.places:
        since = place.quorate
        if since + HOUR < place.taken:
            yield seen.made(
                "submission overdue",
                # Where nodes that attested it are gone before it is sent, those that are left make others, and these
                # have no quorum: that is what stands in the way.
                ("SubmissionOverdue", "QuorumNotReached"),
                place.labels,
                (since + HOUR, place.taken),
                None if place.failed_submissions else 6 * MINUTE + MOMENT,
                "an hour with a quorum and without a submission",
                stage="attested",
                standing=True,
            )


def settle_failing(seen: Seen) -> Iterator[Expected]:
    """Two settlements of a report failed: `for: 1m`. Whether one fails whose round began just before the fault did
    depends on how much the worker had to do before: such a one may count, and need not.
    """
    for place in seen.places:
        early = place.failed_settlements_from(2 * MINUTE)
        if len(early) > 1 and early[1] < place.settled:
            span = (early[1], place.settled)
            yield seen.made("settlement fails", ("SettlementFailing",), place.labels, span, None, "perhaps a second")
        if early != place.failed_settlements:
            continue
        if len(place.failed_settlements) > 1 and place.failed_settlements[1] < place.settled:
            yield seen.made(
                "settlement fails",
                ("SettlementFailing",),
                place.labels,
                (place.failed_settlements[1], place.settled),
                MINUTE + MOMENT,
                "a second settlement failed",
                stage="submitted",
            )


def settle_overdue(seen: Seen) -> Iterator[Expected]:
    """A report on the chain that no settlement worker took up, 65 minutes long."""
    for place in seen.places:
        since = place.submitted
        if since + HOUR < place.settled:
            failing = len(place.failed_settlements) > 1
            yield seen.made(
                "settlement overdue",
                ("SettlementOverdue", "SettlementStuck", "SettlementFailing"),
                place.labels,
                (since + HOUR, place.settled),
                None if failing else 6 * MINUTE + MOMENT,
                "an hour on the chain and not settled",
                stage="submitted",
            )


def stalled(seen: Seen) -> Iterator[Expected]:
    """A node that is up judged no report of a place: the alert waits 2 minutes from the report on, and `for: 1m`."""
    for place in seen.places:
        if place.stalled is not None:
            since, until, nodes = place.stalled
            yield seen.made(
                "attestation stalled",
                ("AttestationStalled", "QuorumNotReached", "AttestationSplit", "ConflictLoop"),
                place.labels,
                (since, until),
                MINUTE + MOMENT,
                "a node that is up judged nothing there",
                missing=nodes,
            )


def unjudged(seen: Seen) -> Iterator[Expected]:
    """Any report that some node has not judged 2 minutes after it was made, be the node up or down: an alert may say
    so, and need not.
    """
    for place in seen.places:
        for since, until in place.unjudged:
            yield seen.made(
                "attestation stalled",
                ("AttestationStalled", "QuorumNotReached", "AttestationSplit", "ConflictLoop"),
                place.labels,
                (since, until),
                None,
                "a node has not judged a report",
            )


def waiting(seen: Seen) -> Iterator[Expected]:
    """A place where reports were pending, in two rounds of a generator at least."""
    for place in seen.places:
        if place.made + HOUR < place.taken:
            yield seen.made(
                "generation blocked",
                ("GenerationBlocked",),
                place.labels,
                (place.made + HOUR, place.taken),
                None,
                "a report was pending there for longer than a generator's period",
            )
