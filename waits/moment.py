"""A point of journal time at which something is asked, and what a term remembers from one to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec


class Moment:
    """A point of journal time at which something is asked."""

    __slots__ = ("at", "listen", "seq", "timer", "wake")

    def __init__(self, at: int, seq: int, *, timer: bool = False) -> None:
        """`seq` is that of the last entry applied; with `timer`, every entry of this very time has been."""
        self.at = at
        self.seq = seq
        self.timer = timer
        self.wake: int | None = None
        """The earliest later time at which an answer can change by itself."""
        self.listen: list[str] = []
        """Nodes whose next line can change an answer."""

    def reached(self, since: int, span: int) -> bool:
        """Whether something has been so for so long."""
        return span <= 0 or self.passed(since + span)

    def passed(self, due: int) -> bool:
        """Whether a time is over; else it is asked again when it is.

        At the very time, entries may still come and are in time (R21): only the timer there, which fires behind them,
        says yes. Or the answer would hang on whether one of them happened to concern whoever asks.
        """
        if self.at > due or (self.at == due and self.timer):
            return True
        self.wake_at(due)
        return False

    def wake_at(self, due: int) -> None:
        """An answer can change at this time."""
        if self.wake is None or due < self.wake:
            self.wake = due


Ask: TypeAlias = Callable[[Moment], Any]
"""A bound term: its value at a moment."""


class Later(int):
    """The beginning of an age that is known from then on, and unknown before: what tells of it may be missing."""

    __slots__ = ()


class Memory(msgspec.Struct):
    """What one temporal term remembers. Which fields it uses is its own affair."""

    place: str = ""
    """Which term of a formula it is, and for which node: nodes join in any order."""
    base: int | None = None
    since: int | None = None
    value: Any = None
    begun: bool = False
    changes: list[tuple[int, int]] = msgspec.field(default_factory=list)
    """(journal time, value from then on) within a window."""
