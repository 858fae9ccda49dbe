"""What should be told of a run, and what was: stuck states as the truth has them, and the alerts that fired."""

from __future__ import annotations

from dataclasses import dataclass, field

SLOT = 60 * 60 * 10**9
"""The schedule on which whatever is stuck is tried again."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Something that was so in a run, by its truth, and that alerts may tell, or must."""

    what: str
    """As the table calls it."""
    rules: tuple[str, ...]
    """Rules that are true of it: the right one first."""
    labels: dict[str, str]
    since: int
    until: int
    """Its end, or that of the run."""
    over: bool
    """Whether it ended before the run did."""
    notice: int | None
    """How long it must last until its alert is due to have fired at the earliest, that is what the rule asks for and
    its `for`; None where it need not be told.
    """
    why: str
    """How the truth shows it."""
    stage: str = ""
    missing: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    """Nodes that may not be called missing."""
    hidden: str = ""
    """Why no log of this level can show it."""
    standing: bool = False
    """Whether an alert that fires already when it begins tells of it, as it is a consequence."""

    @property
    def required(self) -> bool:
        """Whether an alert has to tell it."""
        return not self.hidden and self.notice is not None and self.until - self.since >= self.notice


@dataclass(frozen=True, slots=True)
class Fired:
    """One alert that fired."""

    rule: str
    labels: dict[str, str]
    at: int
    resolved: int | None
    span: int
    """Its `for`."""
    annotations: dict[str, str]
    explained_by: str = ""
    """The rule that kept it from being sent."""


@dataclass(frozen=True, slots=True)
class Detected:
    """A stuck state and what became of its alert."""

    run: str
    expected: Expected
    fired: Fired | None
    blind: str = ""
    """Why it was unknown, where it was."""
    faults: tuple[str, ...] = ()
    """What is not right in what the alert says."""

    @property
    def delay(self) -> int:
        """From the onset to the alert."""
        return 0 if self.fired is None else max(0, self.fired.at - self.expected.since)

    @property
    def in_time(self) -> bool:
        """Within `for` and one slot."""
        return self.fired is not None and self.delay <= self.fired.span + SLOT

    @property
    def lingered(self) -> int | None:
        """How long the alert stayed behind the end of what it tells; None where either lasted to the end of the run."""
        if self.fired is None or not self.expected.over:
            return None
        return None if self.fired.resolved is None else self.fired.resolved - self.expected.until


@dataclass(slots=True)
class Watched:
    """What alerts did in one run."""

    detected: list[Detected] = field(default_factory=list)
    true: list[tuple[Fired, Expected]] = field(default_factory=list)
    false: list[Fired] = field(default_factory=list)
    hidden: list[Expected] = field(default_factory=list)
    """Stuck states that no log of that level shows."""
    lingering: list[tuple[Fired, Expected]] = field(default_factory=list)
    """Alerts that went on for more than two slots after what they told of was over."""


GRACE = 60 * 10**9
"""A recording may tell the end of something a moment late."""


def matched(run: str, expected: list[Expected], fired: list[Fired], end: int) -> Watched:
    """Every firing with what justifies it, and every stuck state with the alert that tells it. `end` is the run's."""
    watched = Watched()
    for one in fired:
        reasons = [other for other in expected if tells(one, other)]
        if not reasons:
            watched.false.append(one)
            continue
        watched.true.append((one, reasons[0]))
        latest = max(reasons, key=lambda other: other.until)
        if latest.over and (one.resolved or end) - latest.until > 2 * SLOT:
            watched.lingering.append((one, latest))
    for other in expected:
        if other.hidden:
            watched.hidden.append(other)
        elif other.required:
            telling = [one for one in fired if tells(one, other)]
            best = min(telling, key=lambda one: (other.rules.index(one.rule), one.at), default=None)
            watched.detected.append(Detected(run, other, best, faults=() if best is None else _faults(best, other)))
    return watched


def tells(fired: Fired, expected: Expected) -> bool:
    """Whether an alert tells of something that was so while it fired."""
    end = fired.resolved if fired.resolved is not None else expected.until
    return (
        fired.rule in expected.rules
        and expected.labels.items() <= fired.labels.items()
        and fired.at <= expected.until + GRACE
        and end >= expected.since
        and (fired.at >= expected.since or expected.standing)
    )


def _faults(fired: Fired, expected: Expected) -> tuple[str, ...]:
    found = []
    stage, missing = fired.annotations.get("stage"), fired.annotations.get("missing", "")
    if expected.stage and stage is not None and stage != expected.stage:
        found.append(f"stage {stage}, is {expected.stage}")
    if "missing" in fired.annotations:
        found += [f"{name} is missing and is not named" for name in expected.missing if name not in missing]
        found += [f"{name} is not missing and is named" for name in expected.present if f"{name} (" in missing]
    return tuple(found)
