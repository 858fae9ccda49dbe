"""The steps of an explanation, bounded in number."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple


class Told(NamedTuple):
    """One step. `line` is the sequence of the line behind it; None where it follows from several, or from time."""

    seq: int
    at: int
    node: str | None
    kind: str
    text: str
    facts: dict[str, Any]
    line: int | None


class Kept:
    """The first and the last steps of a story; those in between are counted."""

    def __init__(self, limit: int) -> None:
        """Keeps `limit` steps."""
        self._room = (limit + 1) // 2
        self._head: list[Told] = []
        self._tail: deque[Told] = deque(maxlen=limit // 2)
        self.total = 0

    def add(self, step: Told) -> None:
        """Steps are added as they are found; a step may be found later than one that stands behind it."""
        self.total += 1
        (self._head if len(self._head) < self._room else self._tail).append(step)

    def merge(self, others: Iterable[Kept]) -> None:
        """Take in what others have kept, in journal order, and count what they have not."""
        known = list(others)
        for step in sorted((step for one in known for step in one.steps), key=_place):
            self.add(step)
        self.total += sum(one.left_out for one in known)

    @property
    def steps(self) -> list[Told]:
        """What is kept, in journal order."""
        return [*sorted(self._head, key=_place), *sorted(self._tail, key=_place)]

    @property
    def left_out(self) -> int:
        """How many steps are not kept."""
        return self.total - len(self._head) - len(self._tail)

    @property
    def gap(self) -> int | None:
        """How many of the kept steps stand before those left out."""
        return len(self._head) if self.left_out else None


def _place(step: Told) -> int:
    return step.seq
