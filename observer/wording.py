"""Turns of phrase that several answers share."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """A count with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
