"""Episodes: from the moment an alert becomes pending, or fires, to when it is resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from waits.alerts import Change, Transition
from waits.rules import INCIDENT

Key: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]


def key_of(rule: str, labels: Mapping[str, str]) -> Key:
    """What tells one alert from all others."""
    return rule, tuple(sorted(labels.items()))


class Episode(NamedTuple):
    """One time that an alert was pending or fired."""

    opening: Transition
    firing: Transition | None
    """None where it did not last."""
    closing: Transition | None
    """None while it is not over."""
    sight: tuple[Transition, ...]
    """Blind and unblind."""

    @property
    def rule(self) -> str:
        return self.opening.rule

    @property
    def labels(self) -> dict[str, str]:
        return self.opening.labels

    @property
    def severity(self) -> str:
        return self.opening.severity

    @property
    def key(self) -> Key:
        return key_of(self.rule, self.labels)

    @property
    def first(self) -> Transition:
        """The firing, or what came before it where there is none."""
        return self.firing or self.opening

    @property
    def told(self) -> Transition:
        """What is told of it: of an alert what it said as it fired, which is what was sent; of an incident, which is
        read afterwards, what was said last.
        """
        return self.last if self.firing is None or self.firing.severity == INCIDENT else self.firing

    @property
    def last(self) -> Transition:
        """Where what was said last of it while it was true stands."""
        closing = self.closing if self.closing is not None and self.closing.annotations else None
        return closing or self.firing or self.opening

    def lasted(self, until: int) -> int:
        """For how long it fired, nanoseconds; up to a journal time where it is not over."""
        if self.firing is None:
            return 0
        return (until if self.closing is None else self.closing.at) - self.firing.at


class Episodes:
    """Makes episodes of transitions, as they come."""

    def __init__(self) -> None:
        """None is open."""
        self._open: dict[Key, Episode] = {}
        self.blind_aside = 0
        """How often an alert that was neither pending nor firing could not be judged."""

    def take(self, one: Transition) -> Episode | None:
        """A transition; gives back the episode that it closes."""
        key = key_of(one.rule, one.labels)
        known = self._open.get(key)
        if one.state in (Change.BLIND.value, Change.UNBLIND.value):
            if known is not None:
                self._open[key] = known._replace(sight=(*known.sight, one))
            else:
                self.blind_aside += one.state == Change.BLIND.value
        elif one.state in (Change.PENDING.value, Change.FIRING.value):
            known = known or Episode(one, None, None, ())
            self._open[key] = known._replace(firing=one) if one.state == Change.FIRING.value else known
        elif one.state == Change.RESOLVED.value and known is not None:
            del self._open[key]
            return known._replace(closing=one)
        return None

    @property
    def open(self) -> dict[Key, Episode]:
        """Those that are not over, by what they are about."""
        return self._open
