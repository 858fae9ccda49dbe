"""A run as its expectations see it, and how one is written down."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.accuracy.stuck import Expected
from benchmarks.accuracy.xmtpd.places import Place
from benchmarks.accuracy.xmtpd.truth import SECOND, Truth

MOMENT = 30 * SECOND
"""What a notice allows for beside what its rule waits for."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A run, as far as what is expected of it depends on it."""

    truth: Truth
    watchers: bool
    places: list[Place]

    def name(self, node: int) -> str:
        return f"node-{node}"

    def made(  # noqa: PLR0913 - what a state is
        self,
        what: str,
        rules: tuple[str, ...],
        labels: dict[str, str],
        span: tuple[int, int],
        notice: int | None,
        why: str,
        *,
        stage: str = "",
        missing: tuple[int, ...] = (),
        present: tuple[int, ...] = (),
        hidden: str = "",
        standing: bool = False,
    ) -> Expected:
        """A state within the run; `span` may last FOREVER."""
        since, until = span
        over = until < self.truth.end
        absent, here = ([self.name(one) for one in some] for some in (missing, present))
        until = min(until, self.truth.end)
        return Expected(
            what,
            rules,
            labels,
            since,
            until,
            over,
            notice,
            why,
            stage,
            tuple(absent),
            tuple(here),
            hidden,
            standing,
        )
