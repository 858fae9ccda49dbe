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
        "AttestationStalled",
        "false",
        "",
        "The node judged it while its log was lost, and has written since: no line says that lines are missing",
    ),
    Reason(
        "QuorumNotReached",
        "no quorum",
        "wrote nothing since",
        "A node that writes nothing since the report was made, and that others still reach, may have lost its log",
    ),
    Reason(
        "QuorumNotReached",
        "no quorum",
        "is not missing and is named",
        "It attested the report a moment after the alert had fired",
    ),
    Reason(
        "QuorumNotReached",
        "no quorum",
        "told after",
        "A node that counts had lost its log: whether it attested was unknown until it wrote again",
    ),
    Reason(
        "ConflictLoop",
        "conflict loop",
        "stage created",
        "The line of the only attestation was lost with its node's log",
    ),
)
NOT_KNOWN = "Reason not known"


def reason_of(of: str, about: str, shown: str) -> str:
    """The reason of one miss."""
    for one in REASONS:
        if one.of == of and one.about in about and one.shown in shown:
            return one.why
    return NOT_KNOWN
