"""Pauses in what sources write, found in block columns: exact, whatever lines were skipped (R14)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from replay.blocks import Block

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

USUAL_FACTOR = 3
"""A source that has paused before is silent when it pauses so many times longer."""


class Silence(NamedTuple):
    """A pause in a source."""

    source: int
    start: int
    end: int
    seq: int
    """Sequence of the line that ended it."""


@dataclass(slots=True)
class Silences:
    """Finds pauses, block by block."""

    threshold: int
    """Nanoseconds; a shorter pause is none."""
    _last: dict[int, int] = field(default_factory=dict)
    _longest: dict[int, int] = field(default_factory=dict)

    def find(self, block: Block, watched: set[int]) -> list[Silence]:
        """Pauses of the watched sources that end in this block."""
        import numpy as np

        found: list[Silence] = []
        for segment, first, _start in block.segments():
            if segment.source not in watched:
                continue
            times = block.times[first : first + segment.lines]
            gaps = np.diff(times, prepend=self._last.get(segment.source, int(times[0])))
            self._last[segment.source] = int(times[-1])
            found += self._over(segment.source, times, gaps, block.seqs[first : first + segment.lines])
        return found

    def _over(
        self, source: int, times: NDArray[np.int64], gaps: NDArray[np.int64], seqs: NDArray[np.int64]
    ) -> Iterator[Silence]:
        longest = self._longest.get(source, 0)
        for place in (gaps > self.threshold).nonzero()[0].tolist():
            usual = max(longest, int(gaps[:place].max()) if place else 0)
            gap = int(gaps[place])
            if gap > USUAL_FACTOR * usual:
                yield Silence(source, int(times[place]) - gap, int(times[place]), int(seqs[place]))
        self._longest[source] = max(longest, int(gaps.max()))
