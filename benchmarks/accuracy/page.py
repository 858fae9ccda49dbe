"""Tables of Markdown, and numbers as they are written in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MINUTE = 60 * 10**9


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> list[str]:
    """A table of which the first columns are words, and the others numbers."""
    ruler = ["---" if place < words else "---:" for place in range(len(headings))]
    return [f"| {' | '.join(cells)} |" for cells in (headings, ruler, *rows)]


def share(right: int, of: int) -> str:
    """Of how many; nothing where there is none."""
    return f"{right:,}/{of:,}" if of else ""


def ratio(right: int, of: int) -> str:
    """As a number of two digits that is 1.00 only where nothing is missing."""
    if not of:
        return "-"
    found = right / of
    return f"{found:.2f}" if right == of or round(found, 2) < 1 else f"{found:.5f}"


def minutes(span: int) -> str:
    """A length of time in minutes."""
    return f"{span / MINUTE:.1f}"


def spread(spans: Sequence[int]) -> str:
    """Least, median and most, in minutes."""
    if not spans:
        return ""
    ordered = sorted(spans)
    return " / ".join(minutes(one) for one in (ordered[0], ordered[(len(ordered) - 1) // 2], ordered[-1]))


def listed(found: Iterable[str], none: str) -> list[str]:
    """One item a line."""
    return [f"- {one}" for one in found] or [none]
