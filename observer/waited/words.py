"""The outcome of a wait in one sentence: its message wherever it is told, on a screen, in JSON and in JUnit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from observer.times import clock
from waits.durations import duration
from waits.waiting import Limit, Outcome, Result

if TYPE_CHECKING:
    from observer.answers import DeathAnswer

_MS = 10**6
_SHORT = 10**9
"""A shorter span is told in milliseconds."""
DECIDED = (Result.MET, Result.LATE, Result.VIOLATED)
"""What an entry can decide."""


class Decided(NamedTuple):
    """A decided wait and its terms."""

    text: str
    outcome: Outcome
    soft: Limit | None
    hard: Limit | None
    left_blocks: int | None
    outlived: bool
    """Whether the recording ended before it was decided."""
    throughout: bool
    """Whether it is about all the time from its beginning."""
    missing: list[str]


def headline(of: Decided) -> str:
    """The verdict."""
    return f"{_VERDICTS[of.outcome.result](of)}: {of.text}"


def message(of: Decided, deaths: list[DeathAnswer]) -> str:
    """The verdict with everything that speaks for it: the residual, what is missing, who died."""
    said = [headline(of)]
    if of.outcome.result is Result.VIOLATED or of.outcome.result not in DECIDED:
        said += list(dict.fromkeys(str(leaf) for leaf in of.outcome.leaves if leaf.truth is not True))
        said += [
            f"just before {clock(known.at)} {', '.join(f'{leaf.text} was {leaf.has}' for leaf in known.leaves)}"
            for known in of.outcome.last_known
        ]
        shown = " ".join(said)
        said += [one for one in of.missing if one.partition(": ")[2] not in shown]
    return "; ".join([*said, *(f"{one.node} died: {one.text}" for one in deaths)])


def _after(of: Decided) -> str:
    span = of.outcome.at - of.outcome.begun
    return f"after {span // _MS}ms" if 0 < span < _SHORT else f"after {duration(span)}"


def _met(of: Decided) -> str:
    outcome = of.outcome
    if of.outlived:
        return f"met at the declared end, {clock(outcome.at)}, {_after(of)}"
    if outcome.at == outcome.begun:
        return f"met at once, at {clock(outcome.at)}"
    held = ", having held throughout" if of.throughout else ""
    return f"met at {clock(outcome.at)} {_after(of)}{held}"


def _late(of: Decided) -> str:
    soft_at = of.outcome.soft_at or of.outcome.begun
    by = duration(of.outcome.at - soft_at)
    return f"met late at {clock(of.outcome.at)} {_after(of)}, {by} beyond the soft limit of {of.soft}"


def _timed_out(of: Decided) -> str:
    if of.outlived:
        return f"timed out at the declared end, {clock(of.outcome.at)}, {_after(of)}"
    blocks = f" ({of.hard})" if of.hard is not None and of.hard.blocks is not None else ""
    return f"timed out at {clock(of.outcome.at)} {_after(of)}{blocks}"


def _violated(of: Decided) -> str:
    return f"violated at {clock(of.outcome.at)} {_after(of)}"


def _unknown(of: Decided) -> str:
    return f"unknown at {clock(of.outcome.at)} {_after(of)}, for want of what was needed"


def _open(of: Decided) -> str:
    left = of.outcome.left
    if left is not None:
        return f"open: the recording ended {duration(left)} before the limit, at {clock(of.outcome.at)}"
    if of.left_blocks is not None:
        return f"open: the recording ended {of.left_blocks} blocks before the limit, at {clock(of.outcome.at)}"
    return f"open: the recording ended at {clock(of.outcome.at)}, undecided (--to-end declares that the end)"


_VERDICTS = {
    Result.MET: _met,
    Result.LATE: _late,
    Result.TIMED_OUT: _timed_out,
    Result.VIOLATED: _violated,
    Result.UNKNOWN: _unknown,
    Result.OPEN: _open,
}
