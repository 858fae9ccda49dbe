"""The shipped rules on a recording, as `observer backtest` tries them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.accuracy.stuck import Fired
from observer.episodes import Episode, Episodes
from observer.judged import Judged
from observer.rulefiles.reading import builtin_rules
from observer.standing.blindness import Members, unseen
from replay.play import sequence_at
from waits.entities import agree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from replay.recording import Recording
    from waits.rules import Rule


def shipped() -> tuple[Rule, ...]:
    """The rules whose alerts are sent."""
    return tuple(rule for rule in builtin_rules().rules if not rule.is_incident)


def fired(recording: Recording) -> list[Fired]:
    """Every alert that fired, from the first entry on, those that another one explains too."""
    rules = {rule.name: rule for rule in shipped()}
    judged = Judged(recording, [(0, tuple(rules.values()))])
    making, found = Episodes(), list[Episode]()
    for one in judged.run():
        closed = making.take(one)
        found += [closed] if closed is not None else []
    found = [one for one in [*found, *making.open.values()] if one.firing is not None]
    found.sort(key=lambda one: (_at(one), one.key))
    return [
        Fired(
            one.rule,
            one.labels,
            _at(one),
            None if one.closing is None else one.closing.at,
            rules[one.rule].span,
            one.firing.annotations if one.firing is not None else {},
            _explained(one, rules[one.rule], found),
        )
        for one in found
    ]


def _at(one: Episode) -> int:
    return one.first.at


def _explained(one: Episode, rule: Rule, others: Iterable[Episode]) -> str:
    """The rule that explains an alert while it fires, if any does."""
    for other in others:
        if other.rule in rule.inhibited_by and agree(other.labels, one.labels):
            begins_before = one.closing is None or _at(other) < one.closing.at
            if begins_before and (other.closing is None or other.closing.at > _at(one)):
                return other.rule
    return ""


def unknown(recording: Recording, moments: Iterable[int]) -> dict[int, dict[tuple[str, str | None], str]]:
    """At some instants: the rules that could not be judged then, of what, and why."""
    rules = shipped()
    judged = Judged(recording, [(0, rules)])
    members = Members(judged.engine, rules)
    found: dict[int, dict[tuple[str, str | None], str]] = {}
    for moment in sorted(set(moments)):
        for _one in judged.run(sequence_at(recording, moment), moment):
            pass
        blind = unseen(judged.engine, rules, members)
        found[moment] = {(one.rule, one.about): "; ".join(text for _node, text in one.why) for one in blind}
    return found
