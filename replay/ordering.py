"""The time by which import orders a line of a source (R3).

A source's own order is never broken. Its dates are mended where they would otherwise drag the merge: a
line dated long after the lines behind it, a line dated before its predecessor, a clock that was set back.
Every mending is reported. Times are int64 nanoseconds; `UNDATED` stands for none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from replay.journal import MarkKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNDATED = np.iinfo(np.int64).min
TOLERANCE = 60 * 1_000_000_000
"""A date this far from its neighbours is suspicious."""
SUSTAINED = 16
"""Dated lines after which a step of the clock is believed."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A mending, before the line with this index."""

    line: int
    kind: MarkKind
    facts: dict[str, Any]


@dataclass(slots=True)
class OrderTimes:
    """Mends one source's times, part by part."""

    offset: int = 0
    """Added to the source's dates since its clock was set back."""
    raw: int | None = None
    """The last trustworthy date as written."""
    last: int | None = None
    """The last order time given."""

    def ready(self, times: NDArray[np.int64]) -> int:
        """How many of these lines can be decided now: all, unless a suspicious date is too near the end."""
        dated = np.flatnonzero(times != UNDATED)
        if not len(dated):
            return len(times)
        near = dated[max(0, len(dated) - SUSTAINED - 1) :]
        values = times[near]
        before = (
            times[dated[-len(near) - 1]] if len(dated) > len(near) else (values[0] if self.raw is None else self.raw)
        )
        jumps = np.flatnonzero(np.abs(np.diff(values, prepend=before)) > TOLERANCE)
        if len(jumps):
            return int(near[jumps[0]])
        return len(times) if self.raw is not None or len(dated) > SUSTAINED else 0

    def order(self, times: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[Adjustment]]:
        """Order times for these lines, never decreasing, and what was mended. All dates that the decision
        needs must be there (`ready`), or the source be at its end.
        """
        dated = np.flatnonzero(times != UNDATED)
        if not len(dated):
            return np.full(len(times), UNDATED if self.last is None else self.last, dtype=np.int64), []
        values = times[dated]
        mended, found = self._mended(values)
        clamped = np.maximum.accumulate(mended if self.last is None else np.maximum(mended, self.last))
        adjustments = [Adjustment(int(dated[at]), kind, facts) for at, kind, facts in found]
        late = np.flatnonzero(clamped > mended)
        if len(late):
            facts = {"lines": len(late), "largest_ns": int((clamped - mended).max())}
            adjustments.append(Adjustment(int(dated[late[0]]), MarkKind.CLAMPED, facts))
        self.last = int(clamped[-1])
        return _spread(clamped, dated, len(times)), sorted(adjustments, key=lambda found: found.line)

    def _mended(
        self, values: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], list[tuple[int, MarkKind, dict[str, Any]]]]:
        """The dates with strays and steps taken care of. Python only looks at suspicious ones."""
        mended = values + self.offset
        found: list[tuple[int, MarkKind, dict[str, Any]]] = []
        first = 0 if self.raw is None else int(values[0]) - self.raw
        suspicious = np.flatnonzero(np.abs(np.diff(values, prepend=values[0] - first)) > TOLERANCE).tolist()
        if self.raw is None and 0 not in suspicious:
            suspicious.insert(0, 0)
        good_until = 0
        for i in suspicious:
            if i < good_until:
                continue
            before = self.raw if i == 0 else int(values[i - 1])
            back = _return(values, i, before)
            if back is not None:
                mended[i:back] = values[back] + self.offset
                found.append((i, MarkKind.STRAY, {"lines": back - i, "dated": int(values[i])}))
                good_until = back
                if before is not None:
                    self._step(values, back, before, mended, found)
            elif before is not None:
                self._step(values, i, before, mended, found)
        self.raw = int(values[-1])
        return mended, found

    def _step(
        self,
        values: NDArray[np.int64],
        i: int,
        before: int,
        mended: NDArray[np.int64],
        found: list[tuple[int, MarkKind, dict[str, Any]]],
    ) -> None:
        """Believe a clock that was set back, or set forward again by what it had been set back."""
        step = before - int(values[i])
        window = values[i : i + SUSTAINED]
        if step > TOLERANCE and len(window) == SUSTAINED and bool((window < before - TOLERANCE).all()):
            self.offset += step
        elif self.offset and step < -TOLERANCE and abs(self.offset + step) <= TOLERANCE:
            self.offset = 0
        else:
            return
        mended[i:] = values[i:] + self.offset
        found.append((i, MarkKind.CLOCK_STEP, {"step_ns": -step, "offset_ns": self.offset}))


def _return(values: NDArray[np.int64], i: int, before: int | None) -> int | None:
    """Where the dates come back, if those from `i` on are strays into the future."""
    jump = int(values[i])
    if before is not None and jump - before <= TOLERANCE:
        return None
    following = values[i + 1 : i + 1 + SUSTAINED]
    back = following < jump - TOLERANCE
    if before is not None:
        back &= following >= before - TOLERANCE
    places = np.flatnonzero(back)
    return i + 1 + int(places[0]) if len(places) else None


def _spread(given: NDArray[np.int64], dated: NDArray[np.int64], lines: int) -> NDArray[np.int64]:
    """Undated lines take the time of the dated line before them; those before the first, the first one's."""
    if len(dated) == lines:
        return given
    place = np.searchsorted(dated, np.arange(lines), side="right") - 1
    return given[np.maximum(place, 0)]
