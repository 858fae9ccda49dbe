"""What came before an alert: what other rules found and what the logs told, of the same node or of all, in the minutes
before the alert came up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from observer.explaining.options import Options
from observer.explaining.steps import Told
from observer.story import Happening, Story
from parsers.clock import NS
from replay.play import Player
from replay.recording import Recording
from waits.alerts import Change, Transition
from waits.entities import about
from waits.rules import Rule

BEFORE_NS = 120 * NS
"""How long before an alert what came first is looked for."""
FIRST_TOLD = 8
"""Things that came first, told of each time; the earliest ones."""
_GRAVE = (
    "restart",
    "silence",
    "disconnected",
    "connections lost",
    "ban",
    "rejected",
    "regression",
    "reorg",
    "tip unknown",
    "diverged",
    "behind",
    "problem",
    "life",
    "gap",
    "ended",
)
"""Kinds of happenings that something can come from; most are of a network that goes on."""


class Named(NamedTuple):
    """A rule, and the one thing it is bound to that was asked for."""

    rule: Rule
    about: str | None

    @property
    def name(self) -> str:
        return f"alerts/{self.rule.name}" + (f"/{self.about}" if self.about is not None else "")

    def fits(self, one: Transition) -> bool:
        """Whether a transition is its own."""
        return one.rule == self.rule.name and self.about in (None, about(one.labels))


def came_first(
    recording: Recording, named: Named, own: Sequence[Transition], told: Sequence[Transition], options: Options
) -> Iterator[Told]:
    """What other rules found, and what the logs told, before each time that the alert came up."""
    comings = [one for one in own if one.state in (Change.PENDING.value, Change.FIRING.value)]
    comings = [one for one in comings if one.state == Change.PENDING.value or _at_once(one, own)]
    if not comings:
        return
    happened = _happenings(recording, comings, options)
    seen: set[tuple[int, str]] = set()
    for coming in comings:
        ruled = [_other(one) for one in told if _precedes(one, coming, named)][:FIRST_TOLD]
        known = {(one.at, one.node) for one in ruled}
        found = [one for one in happened if _happened_before(one, coming) and (one.at, one.node) not in known]
        ruled += [_happening(one) for one in found[: FIRST_TOLD - len(ruled)]]
        for one in sorted(ruled, key=lambda one: one.seq):
            if (one.seq, one.text) not in seen:
                seen.add((one.seq, one.text))
                yield one


def _happened_before(one: Happening, coming: Transition) -> bool:
    return coming.at - BEFORE_NS <= one.at and one.seq < coming.seq and _near(one.node, coming)


def _at_once(one: Transition, own: Sequence[Transition]) -> bool:
    """Whether it fired without being pending before."""
    return not any(
        other.state == Change.PENDING.value and other.labels == one.labels and other.since == one.since for other in own
    )


def _near(node: str | None, coming: Transition) -> bool:
    """Whether what concerns a node, or all of them, can be what an alert comes from."""
    mine = coming.labels.get("node")
    return mine is None or node is None or node == mine


def _precedes(one: Transition, coming: Transition, named: Named) -> bool:
    fired = one.state == Change.FIRING.value and not named.fits(one)
    same_formula = one.at == coming.at and one.labels == coming.labels and one.leaves == coming.leaves
    within = coming.at - BEFORE_NS <= one.at and (one.at, one.seq) <= (coming.at, coming.seq)
    return fired and within and not same_formula and _near(one.labels.get("node"), coming)


def _happenings(recording: Recording, comings: Sequence[Transition], options: Options) -> list[Happening]:
    """What the logs tell in the minutes before any of the times that the alert came up."""
    start, end = comings[0].at - BEFORE_NS, comings[-1].at
    story = Story(Player(recording), options.inventory.pace.silent_after)
    found = []
    for one in story.tell():
        if one.at > end:
            break
        if one.at >= start and one.kind in _GRAVE:
            found.append(one)
    return found


def _other(one: Transition) -> Told:
    what = f"{one.rule} {about(one.labels)}".strip()
    text = one.annotations.get("summary", "")
    said = f"before it: {what} ({one.severity})" + (f": {text}" if text else "")
    facts = {"rule": one.rule, "labels": one.labels, "severity": one.severity}
    return Told(one.seq, one.at, one.labels.get("node"), "before", said, facts, next(iter(one.lines[-1:]), None))


def _happening(one: Happening) -> Told:
    return Told(one.seq, one.at, one.node, "before", f"before it: {one.text}", one.facts, None)
