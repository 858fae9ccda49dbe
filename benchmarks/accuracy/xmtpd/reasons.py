"""Why something was missed, where it is known: a judgement of people, kept beside the table that it explains."""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """A kind of miss, and why there is one."""

    of: str
    """A rule, or what was compared."""
    about: str
    """Part of what it is about; empty for anything."""
    shown: str
    """Part of what was shown; empty for anything."""
    why: str


REASONS: tuple[Reason, ...] = (
    Reason(
        "stages",
        "",
        "rejected (superseded)",
        "The lines that told its submission were lost with their log. The next report on the chain begins where it"
        " ends, which shows that it was taken; the snapshot does not draw that conclusion",
    ),
    Reason(
        "clocks, at least",
        "",
        "",
        "A gap is logged when the envelope behind it comes, before it is stored: without its database a node has seen"
        " it and does not have it",
    ),
    Reason(
        "SubmissionOverdue",
        "submission overdue",
        "",
        "Generators make a new report at the same place before the limit is over, and the time counts from the quorum"
        " of the latest one",
    ),
    Reason(
        "ReplicationLag",
        "false",
        "",
        "The node stated its clock when it started, before it caught up, and states it again half an hour later",
    ),
    Reason(
        "AttestationStalled",
        "false",
        "silent for",
        "The node judged it, and its log was lost: to a reader it is a node that hangs, which NodeSilent tells",
    ),
    Reason(
        "QuorumNotReached",
        "false",
        "silent for",
        "The logs of those nodes were lost while they attested: a node whose log is attached and silent is taken for"
        " one that has not attested",
    ),
    Reason(
        "StreamsLost",
        "false",
        "",
        "Several nodes were killed at once: each is taken for a reader of the others, as its log states no end",
    ),
)
NOT_KNOWN = "Reason not known"


def reason_of(of: str, about: str, shown: str) -> str:
    """The reason of one miss."""
    for one in REASONS:
        if one.of == of and one.about in about and one.shown in shown:
            return one.why
    return NOT_KNOWN
