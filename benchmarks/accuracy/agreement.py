"""Counting where what is shown agrees with the truth, where it contradicts it, and where nothing shows it and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

AGREES = "agrees"
WRONG = "wrong"


class Wrong(NamedTuple):
    """A value that contradicts the truth, from one minute on."""

    run: str
    subject: str
    about: str
    shown: str
    true: str


@dataclass(slots=True)
class Tally:
    """Comparisons of one run, or of several."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By subject, and outcome: `agrees`, `wrong`, or why nothing shows it."""
    wrong: dict[Wrong, tuple[int, int]] = field(default_factory=dict)
    """With the first minute of the run, and how many minutes."""

    def agrees(self, subject: str, count: int = 1) -> None:
        """What is shown is true."""
        self.counts[subject, AGREES] += count

    def hidden(self, subject: str, why: str, count: int = 1) -> None:
        """Nothing shows it."""
        self.counts[subject, why] += count

    def contradicts(self, one: Wrong, minute: int) -> None:
        """What is shown is false."""
        self.counts[one.subject, WRONG] += 1
        first, times = self.wrong.get(one, (minute, 0))
        self.wrong[one] = (first, times + 1)

    def add(self, other: Tally) -> None:
        """Those of another run too."""
        self.counts.update(other.counts)
        self.wrong.update(other.wrong)

    @property
    def subjects(self) -> list[str]:
        """What was compared."""
        return sorted({subject for subject, _outcome in self.counts})

    def shown(self, subject: str) -> tuple[int, int]:
        """How many agreed, of how many that something shows."""
        right = self.counts[subject, AGREES]
        return right, right + self.counts[subject, WRONG]

    def reasons(self, subjects: Iterable[str] | None = None) -> Iterator[tuple[str, str, int]]:
        """What nothing shows: subject, why, how often."""
        for (subject, outcome), count in sorted(self.counts.items()):
            if outcome not in (AGREES, WRONG) and count and (subjects is None or subject in subjects):
                yield subject, outcome, count
