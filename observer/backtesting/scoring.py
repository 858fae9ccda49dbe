"""Firings against incidents that are known to have been: what was found, how fast, what was missed, what was false.

A firing matches an incident if its rule is one of those named, its labels hold those named, and it starts between
the incident's beginning and its end, with some tolerance behind it. One firing may match several incidents, and one
incident be found by several firings.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low
from typing import NamedTuple

from observer.answers_backtest import DelayAnswer, FalseAnswer, MissAnswer, ScoreAnswer, Scored
from observer.backtesting.known_incidents import Incident
from observer.episodes import Episode
from observer.times import written
from waits.entities import about


class Tried(NamedTuple):
    """What happened on one recording, and what should have."""

    recording: str
    fired: list[Episode]
    incidents: list[Incident]
    unjudged: set[str]
    """Rules that could never be judged there."""
    unseen: set[tuple[str, str | None]]
    """(rule, what it is about) that could never be judged."""


class _Found(NamedTuple):
    """One incident, and the firings that match it."""

    incident: Incident
    recording: str
    firings: list[Episode]
    judged: bool

    def delay(self, rule: str | None) -> int | None:
        """From the beginning of the incident to the first firing, of one rule or of any."""
        times = [_at(one) for one in self.firings if rule in (None, one.rule)]
        return min(times) - self.incident.start if times else None


def scored(rules: Sequence[str], tried: Sequence[Tried], tolerance: int) -> Scored:
    """How the rules did, each and in all."""
    found = [_found(one, incident, tolerance) for one in tried for incident in one.incidents]
    matched = {id(firing) for one in found for firing in one.firings}
    fired = [(one.recording, firing) for one in tried for firing in one.fired]
    return Scored(
        in_all=_score(None, found, [firing for _recording, firing in fired], matched),
        by_rule={
            rule: _score(
                rule,
                [one for one in found if _counts_for(rule, one)],
                [firing for _recording, firing in fired if firing.rule == rule],
                matched,
            )
            for rule in sorted(rules)
        },
        misses=[_miss(one) for one in found if not one.firings],
        false=[_false(recording, firing) for recording, firing in fired if id(firing) not in matched],
    )


def _at(one: Episode) -> int:
    return one.first.at


def _found(tried: Tried, incident: Incident, tolerance: int) -> _Found:
    firings = [
        one
        for one in tried.fired
        if one.rule in incident.rules
        and incident.labels.items() <= one.labels.items()
        and incident.start <= _at(one) <= incident.end + tolerance
    ]
    thing = about(incident.labels) or None
    judged = any(rule not in tried.unjudged and (rule, thing) not in tried.unseen for rule in incident.rules)
    return _Found(incident, tried.recording, firings, judged or bool(firings))


def _counts_for(rule: str, one: _Found) -> bool:
    """Of several rules that may find an incident, those that did share it; where none did, all missed it."""
    return rule in one.incident.rules and (not one.firings or one.delay(rule) is not None)


def _score(rule: str | None, found: Sequence[_Found], firings: Sequence[Episode], matched: set[int]) -> ScoreAnswer:
    judged = [one for one in found if one.judged]
    delays = sorted(delay for one in judged if (delay := one.delay(rule)) is not None)
    right = sum(id(one) in matched for one in firings)
    return ScoreAnswer(
        incidents=len(judged),
        detected=len(delays),
        firings=len(firings),
        right=right,
        precision=right / len(firings) if firings else None,
        recall=len(delays) / len(judged) if judged else None,
        time_to_detect=DelayAnswer(min_ns=delays[0], median_ns=median_low(delays), max_ns=delays[-1])
        if delays
        else None,
    )


def _miss(one: _Found) -> MissAnswer:
    return MissAnswer(
        place=one.incident.place,
        recording=one.recording,
        rules=list(one.incident.rules),
        labels=one.incident.labels,
        begins_at=written(one.incident.start),
        ends_at=written(one.incident.end),
        unjudged=not one.judged,
    )


def _false(recording: str, one: Episode) -> FalseAnswer:
    return FalseAnswer(
        recording=recording,
        rule=one.rule,
        labels=one.labels,
        fired_at=written(_at(one)),
        ended_at=None if one.closing is None else written(one.closing.at),
        annotations=one.last.annotations,
    )
