"""Turns of phrase that several answers share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from observer.answers_judged import AlertStanding

UNKNOWN = "?"
"""In a column."""
NODES_NAMED = 4


def counted(number: int, one: str, many: str = "") -> str:
    """A count with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


ID_SHOWN = 8
"""Digits of a report's id that are told."""


def short_id(report: str) -> str:
    """The beginning of a report's id."""
    return f"{report[:ID_SHOWN]}…" if len(report) > ID_SHOWN else report


def envelopes(start: int, end: int) -> str:
    """The envelopes that a report covers, by their sequences."""
    return f"envelopes {start + 1}..{end}" if end > start else f"no envelope behind {start}"


def named(nodes: Sequence[str]) -> str:
    """Names in a sentence: the first few, and how many more."""
    more = f" and {len(nodes) - NODES_NAMED} more" if len(nodes) > NODES_NAMED else ""
    return ", ".join(nodes[:NODES_NAMED]) + more


def said_of(one: AlertStanding) -> str:
    """The summary of an alert, as its rule words it; nothing where it has none."""
    return next((one.annotations[name] for name in ("summary", "description") if one.annotations.get(name)), "")


UNTOLD = "no log that is heard tells who submitted it and whether it is settled"
NOT_KNOWN = "of how many is not known"
"""Of a report."""
