"""What was promised of speed, beside what was reached: each target a line, met or not, and what limits it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks import figures
from benchmarks.memory import IMPORT_PEAK, REPLAY_PEAK, Peak
from benchmarks.process import Cost
from benchmarks.profile import Profile, largest

HEADINGS = ("target", "asked", "reached", "by the clock", "", "limit")
JUDGED_IN_ALL, FOLDED = 100_000, 400_000
"""Events a second: of state lines only with rules, and folded alone."""
OPENED = 0.3
"""Seconds more than bare Python."""
SOUGHT = 0.1
"""Seconds in which 95 of 100 seeks are done."""
OVER_PLAIN = 1.10
RATIOS = (
    (figures.JUDGED_COLD, figures.EXPERT, 1.0),
    (figures.JUDGED_HOT, figures.EXPERT, 2.0),
    (figures.JUDGED_COLD, figures.JQ, 8.0),
    (figures.JUDGED_HOT, figures.JQ, 16.0),
    (figures.JUDGED_COLD, figures.FLOOR, 0.25),
    (figures.JUDGED_HOT, figures.FLOOR, 0.5),
    (figures.IMPORT, figures.FLOOR, 0.12),
    (figures.UNJUDGED, figures.FLOOR, 0.12),
)
"""Of a figure, beside what, and at least how many times as fast."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found of the logs of one system."""

    costs: Mapping[str, Cost]
    """Of each figure."""
    events: Mapping[str, int]
    """Of the figures that say how many there were."""
    folded: float
    """Events a second of the fold alone."""
    seeks: Mapping[str, float]
    profile: Profile


@dataclass(frozen=True, slots=True)
class Target:
    """One promise."""

    name: str
    asked: str
    reached: str
    clock: str
    """The same by elapsed time, where the processor's counts."""
    met: bool
    limit: str = ""

    def cells(self) -> tuple[str, ...]:
        """As shown."""
        return (self.name, self.asked, self.reached, self.clock, "met" if self.met else "**not met**", self.limit)


def targets(measured: Mapping[str, Measured], peaks: Sequence[Peak]) -> list[Target]:
    """All of them."""
    found: list[Target] = []
    for system, one in measured.items():
        found += [*_ratios(system, one), *_speeds(system, one), *_opened(system, one)]
    return [*found, *_peaks(peaks)]


def limit(name: str, profile: Profile) -> str:
    """The largest stage of a figure, with its share."""
    profiled = figures.PROFILED.get(name)
    return "" if profiled is None else largest(profile[profiled])


def _ratios(system: str, one: Measured) -> Iterator[Target]:
    costs = one.costs
    for name, beside, least in RATIOS:
        if name in costs and beside in costs:
            cpu, clock = costs[beside].cpu / costs[name].cpu, costs[beside].seconds / costs[name].seconds
            asked = f"at least {least:g} x `{beside}`"
            told = f"{system}: {name}", asked, f"{cpu:.2f} x", f"{clock:.2f} x"
            yield Target(*told, met=cpu >= least, limit=limit(name, one.profile))
    for name in (figures.IMPORT, figures.UNJUDGED):
        if name not in costs or figures.SEQUENCE not in costs:
            continue
        mine, plain = costs[name], costs[figures.SEQUENCE]
        cpu, clock = mine.cpu / plain.cpu, mine.seconds / plain.seconds
        asked = f"at most {OVER_PLAIN:g} x {figures.SEQUENCE}"
        told = f"{system}: {name}", asked, f"{cpu:.2f} x", f"{clock:.2f} x"
        yield Target(*told, met=cpu <= OVER_PLAIN, limit=limit(name, one.profile))


def _speeds(system: str, one: Measured) -> Iterator[Target]:
    events, costs = one.events.get(figures.STATES_JUDGED), one.costs
    if events is not None:
        cpu, clock = events / costs[figures.STATES_JUDGED].cpu, events / costs[figures.STATES_JUDGED].seconds
        asked, shown = f"at least {JUDGED_IN_ALL:,} events/s", one.profile.get(figures.STATES_JUDGED)
        told = f"{system}: {figures.STATES_JUDGED}", asked, f"{cpu:,.0f} events/s", f"{clock:,.0f} events/s"
        yield Target(*told, met=cpu >= JUDGED_IN_ALL, limit=largest(shown) if shown else "")
    reached = f"{one.folded:,.0f} events/s"
    yield Target(f"{system}: fold alone", f"at least {FOLDED:,} events/s", reached, "", met=one.folded >= FOLDED)


def _opened(system: str, one: Measured) -> Iterator[Target]:
    bare = one.costs[figures.BARE]
    for name in (figures.STATE, figures.STATE_AGAIN, figures.STATUS, figures.STATUS_AGAIN):
        cpu, clock = one.costs[name].cpu - bare.cpu, one.costs[name].seconds - bare.seconds
        told = f"{system}: {name}", f"less than {OPENED:g} s more than bare Python", f"{cpu:.2f} s", f"{clock:.2f} s"
        yield Target(*told, met=cpu < OPENED, limit=limit(name, one.profile))
    asked = f"95 of 100 within {SOUGHT * 1e3:.0f} ms"
    p50, p95, cpu = (one.seeks[which] * 1e3 for which in ("p50", "p95", "cpu95"))
    clocked = f"{p95:.0f} ms (half within {p50:.0f})"
    name = f"{system}: any seek in {one.seeks['entries']:,.0f} entries"
    yield Target(name, asked, f"{cpu:.0f} ms", clocked, met=cpu < SOUGHT * 1e3)


def _peaks(peaks: Sequence[Peak]) -> Iterator[Target]:
    for one in peaks:
        name = f"{one.name}, {one.size / 1e6:,.0f} MB"
        most = max(one.hot.peak, one.cold.peak)
        for what, peak, bound in (("import", one.imported.peak, IMPORT_PEAK), ("replay", most, REPLAY_PEAK)):
            reached = f"{peak / 1e6:,.0f} MB"
            yield Target(f"{name}: memory of {what}", f"less than {bound / 1e6:,.0f} MB", reached, "", met=peak < bound)
