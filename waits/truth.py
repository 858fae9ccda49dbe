"""Three-valued truth: true, false, and unknown (None), which is what nobody was listening for (R22, R23)."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Truth: TypeAlias = bool | None


def every(truths: Iterable[Truth]) -> Truth:
    """False if one is false, else unknown if one is unknown, else true."""
    answer: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            answer = None
    return answer


def some(truths: Iterable[Truth]) -> Truth:
    """True if one is true, else unknown if one is unknown, else false."""
    answer: Truth = False
    for truth in truths:
        if truth:
            return True
        if truth is None:
            answer = None
    return answer


class Verdict(enum.Enum):
    """What a temporal condition says at one moment."""

    MET = "met"
    NOT_YET = "not yet"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


_FIRST_OF_ALL = (Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.NOT_YET, Verdict.MET)
_FIRST_OF_ANY = (Verdict.MET, Verdict.NOT_YET, Verdict.UNKNOWN, Verdict.VIOLATED)


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """By rank: violated > unknown > not yet > met (R22)."""
    return min(verdicts, key=_FIRST_OF_ALL.index, default=Verdict.MET)


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """By rank: met > not yet > unknown > violated (R22)."""
    return min(verdicts, key=_FIRST_OF_ANY.index, default=Verdict.VIOLATED)


_FIRST_OF_ANY_AT_END = (Verdict.MET, Verdict.UNKNOWN, Verdict.NOT_YET, Verdict.VIOLATED)


def any_of_at_end(verdicts: Iterable[Verdict]) -> Verdict:
    """By rank: met > unknown > not yet > violated. When nothing more can come, a part that nobody could observe may
    have been the one that was met.
    """
    return min(verdicts, key=_FIRST_OF_ANY_AT_END.index, default=Verdict.VIOLATED)
