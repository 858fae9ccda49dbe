"""The time by which import orders a line of a source (R3).

A source's own order is never broken. Its dates are mended where they would otherwise drag the merge: lines
dated long after the lines behind them, a line dated before its predecessor, a clock that was set back.
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
_LATEST = int(np.iinfo(np.int64).max)
TOLERANCE = 60 * 1_000_000_000
"""A date this far from its neighbours is suspicious."""
SUSTAINED = 16
"""Dated lines after which a step of the clock is believed, and within which a stray date must have ended."""
BANNER = 64
"""Lines without a time at the beginning of a source that wait for its first date and take it."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A mending, before the line with this index."""

    line: int
    kind: MarkKind
    facts: dict[str, Any]


@dataclass(slots=True)
class OrderTimes:
    """Mends one source's times, part by part. How its lines are cut into parts changes none of them."""

    offset: int = 0
    """Added to the source's dates since its clock was set back."""
    good: int | None = None
    """The last trustworthy date as written."""
    last: int | None = None
    """The last order time given."""
    undated: int = 0
    """Lines given out before the first date."""

    def order(self, times: NDArray[np.int64], *, final: bool) -> tuple[NDArray[np.int64], list[Adjustment]]:
        """Order times, never decreasing, of as many of these lines as can be decided, and what was mended. The
        lines left over are to be given again with those behind them; with `final` there are none behind them.
        """
        dated = np.flatnonzero(times != UNDATED)
        mended, found = self._mended(times[dated], final=final)
        count = len(times) if len(mended) == len(dated) else int(dated[len(mended)])
        dated = dated[: len(mended)]
        if self.last is None:
            count = self._banner(count, dated, final=final)
            if not len(dated):
                return np.full(count, UNDATED, dtype=np.int64), []
        clamped = np.maximum.accumulate(mended if self.last is None else np.maximum(mended, self.last))
        adjustments = [Adjustment(int(dated[at]), kind, facts) for at, kind, facts in found]
        late = np.flatnonzero(clamped > mended)
        if len(late):
            facts = {"lines": len(late), "largest_ns": int((clamped - mended).max())}
            adjustments.append(Adjustment(int(dated[late[0]]), MarkKind.CLAMPED, facts))
        given = self._spread(clamped, dated, count)
        if count:
            self.last = int(given[-1])
        return given, sorted(adjustments, key=lambda found: found.line)

    def _banner(self, count: int, dated: NDArray[np.int64], *, final: bool) -> int:
        """How many lines may be given out before the source has its first order time."""
        leading = self.undated + (int(dated[0]) if len(dated) else count)
        if len(dated):
            return count
        if leading <= BANNER and not final:
            return 0
        self.undated = leading
        return count

    def _spread(self, given: NDArray[np.int64], dated: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """Undated lines take the time of the line before them; a short banner takes the first date."""
        if len(dated) == count:
            return given
        before = UNDATED if self.last is None else self.last
        if self.last is None and len(dated) and self.undated + int(dated[0]) <= BANNER:
            before = int(given[0])
        return np.concatenate(([before], given))[np.searchsorted(dated, np.arange(count), side="right")]

    def _mended(
        self, values: NDArray[np.int64], *, final: bool
    ) -> tuple[NDArray[np.int64], list[tuple[int, MarkKind, dict[str, Any]]]]:
        """The dates that can be decided, with strays and steps taken care of. Python only looks at suspicious ones."""
        mended = self._set_forward(values)
        found: list[tuple[int, MarkKind, dict[str, Any]]] = []
        jumps = np.flatnonzero(np.abs(np.diff(values)) > TOLERANCE) + 1
        strays: list[int] = []
        place = 0
        while place < len(values):
            if self._is_suspicious(int(values[place])):
                if not final and len(values) - place <= SUSTAINED:
                    break
                back = self._return(values, place)
                if back is not None:
                    strays.append(place)
                    place = back
                    continue
                late = self._step(values, place, mended, found)
            else:
                late = False
            if strays:
                mended[strays[0] : place] = mended[place]
                ends = [*strays[1:], place]
                found += [
                    (first, MarkKind.STRAY, {"lines": end - first, "dated": int(values[first])})
                    for first, end in zip(strays, ends, strict=True)
                ]
                strays = []
            if late:
                place += 1
                continue
            following = np.searchsorted(jumps, place, side="right")
            place = int(jumps[following]) if following < len(jumps) else len(values)
            self.good = int(values[place - 1])
        decided = strays[0] if strays else place
        return mended[:decided], found

    def _set_forward(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """The dates by the clock as it was before it was set back; whatever a log says, within 64 bits."""
        return np.minimum(values, _LATEST - self.offset) + self.offset

    def _is_suspicious(self, date: int) -> bool:
        return self.good is None or abs(date - self.good) > TOLERANCE

    def _return(self, values: NDArray[np.int64], place: int) -> int | None:
        """Where the dates come back, if those from `place` on are strays into the future."""
        date = int(values[place])
        if self.good is not None and date < self.good:
            return None
        following = values[place + 1 : place + 1 + SUSTAINED]
        back = following < date - TOLERANCE
        if self.good is not None:
            back &= following >= self.good - TOLERANCE
        places = np.flatnonzero(back)
        return place + 1 + int(places[0]) if len(places) else None

    def _step(
        self,
        values: NDArray[np.int64],
        place: int,
        mended: NDArray[np.int64],
        found: list[tuple[int, MarkKind, dict[str, Any]]],
    ) -> bool:
        """Believe a clock that was set back, or set forward again by what it had been set back. True for a date
        that is merely late: it says nothing of the clock.
        """
        if self.good is None:
            return False
        step = self.good - int(values[place])
        if step > 0:
            window = values[place : place + SUSTAINED]
            if len(window) < SUSTAINED or not bool((window < self.good - TOLERANCE).all()):
                return True
            self.offset = min(self.offset + step, _LATEST)
        elif self.offset and abs(self.offset + step) <= TOLERANCE:
            self.offset = 0
        else:
            return False
        mended[place:] = self._set_forward(values[place:])
        found.append((place, MarkKind.CLOCK_STEP, {"step_ns": -step, "offset_ns": self.offset}))
        return False
