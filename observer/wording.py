"""Turns of phrase that several answers share."""

from __future__ import annotations


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
