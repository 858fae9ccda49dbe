"""The words of `observer status`: the sentence that answers, and blind spots by what causes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from observer.answers_judged import AlertStanding, BlindSpot, StatusAnswer
from observer.severity import UNRANKED, rank
from observer.standing.blindness import Unseen
from observer.times import written
from observer.wording import counted, named, said_of
from state.nodes import OVER
from waits.entities import about
from waits.rules import Rule

HEADLINE = 160
"""Characters of a summary in the sentence."""
_TIME = re.compile(r"\d\d:\d\d:\d\d\.\d{3}")
STATED = tuple([status.value for status in OVER])
"""Statuses behind which a log that ends was not cut."""
GRAVEST = "critical"
FEW_RULES = 2
"""Rules that are named in the sentence."""


class _Cause(NamedTuple):
    """Blind for one reason: with names and times taken out, it is one reason for all nodes that share it."""

    words: str
    at_the_end: bool


class _Found(NamedTuple):
    nodes: set[str]
    times: set[str]
    rules: set[str]
    seen: set[str]
    """Rules that have been observed there before."""
    since: list[int]


def blind_spots(doubted: Iterable[Unseen], at_the_end: Iterable[Unseen], rules: Iterable[Rule] = ()) -> list[BlindSpot]:
    """What cannot be judged, by reason; what hides the gravest and the most first, and what only the recording's end
    hides last.
    """
    grave = {rule.name for rule in rules if rule.severity == GRAVEST}
    causes: dict[_Cause, _Found] = {}
    for ends, found in ((False, doubted), (True, at_the_end)):
        for one in found:
            for node, words in one.why:
                unnamed = words if node is None else words.replace(node, "{node}")
                cause = _Cause(_TIME.sub("{time}", unnamed), ends)
                spot = causes.setdefault(cause, _Found(set(), set(), set(), set(), []))
                spot.times.update(_TIME.findall(words))
                spot.rules.add(one.rule)
                if node is not None:
                    spot.nodes.add(node)
                if one.since is not None:
                    spot.seen.add(one.rule)
                    spot.since.append(one.since)
    spots = [_spot(cause, found) for cause, found in causes.items()]
    spots.sort(
        key=lambda one: (one.at_the_end, grave.isdisjoint(one.rules), -len(one.rules), -len(one.nodes), one.reason)
    )
    return spots


def _spot(cause: _Cause, found: _Found) -> BlindSpot:
    nodes, times = sorted(found.nodes), sorted(found.times) or [""]
    when = f"at {times[0]}" if len(times) == 1 else f"between {times[0]} and {times[-1]}"
    return BlindSpot(
        reason=cause.words.replace("{node}", named(nodes)).replace("at {time}", when).replace("{time}", times[-1]),
        nodes=nodes,
        rules=sorted(found.rules),
        never=sorted(found.rules - found.seen),
        since=written(min(found.since)) if found.since else None,
        at_the_end=cause.at_the_end,
    )


def verdict_of(found: StatusAnswer) -> tuple[str, str]:
    """What to call the state, and the sentence that answers."""
    firing = [one for one in found.alerts if one.state == "firing"]
    pending = len(found.alerts) - len(firing)
    state = "firing" if firing else "unknown" if found.rules_unjudged or not found.rules else "clear"
    if not found.rules:
        return state, "Unknown: no rule is in force, so nothing was watched for"
    counts = [f"{counted(len(firing), 'alert')} firing" if firing else "No alert fires"]
    counts += [f"{pending} pending"] if pending else []
    counts += [f"{counted(len(found.incidents), 'incident')} open"] if found.incidents else []
    said = [", ".join(counts)]
    worst = _worst(found)
    if worst is not None:
        said.append(headline(worst))
    cut = [name for name, node in found.nodes.items() if node.log == "ended" and node.status not in STATED]
    said += _cut(found, [name for name in cut if worst is None or worst.labels.get("node") != name])
    if found.rules_unjudged:
        said.append(_doubt(found, cut))
    elif state == "clear" and worst is None:
        said.append("everything that the rules need was observed")
    return state, ". ".join(
        one[0].upper() + one[1:] if one.startswith(("the ", "everything ")) else one for one in said
    )


def _worst(found: StatusAnswer) -> AlertStanding | None:
    """What is told first: what fires, else what may soon, else what happened last. What is only for information
    comes behind incidents.
    """
    grave = [one for one in found.alerts if one.state == "firing" or rank(one.severity) <= UNRANKED]
    return next(iter([*grave, *reversed(found.incidents), *found.alerts]), None)


def headline(one: AlertStanding) -> str:
    """An alert in a few words, with the time from which on it is so."""
    text = said_of(one) or f"{one.rule} {about(one.labels)}".strip()
    since = one.since or one.fired_at
    return f"{text[:HEADLINE]}, since {since[11:23]}" if since else text[:HEADLINE]


def _cut(found: StatusAnswer, cut: list[str]) -> list[str]:
    """Nodes whose logs are over long before the others' without a stop statement: they died, or the logs were cut."""
    if not cut:
        return []
    when = found.nodes[cut[0]].log_ended_at or ""
    return [
        f"the log of {named(cut)} ends {f'at {when[11:23]} ' if len(cut) == 1 else 'early '}without a stop statement"
    ]


def _doubt(found: StatusAnswer, cut: list[str]) -> str:
    """How many rules could not be judged, and why for the most of them, unless that has been said."""
    rules = found.rules_unjudged
    what = " and ".join(rules) if len(rules) <= FEW_RULES else f"{len(rules)} of {counted(found.rules, 'rule')}"
    spots = [spot for spot in found.blind if not spot.at_the_end]
    never = {rule for spot in spots for rule in spot.never}
    how = "never observed what they need" if never.issuperset(rules) else "could not be judged everywhere"
    how = how.replace("they need", "it needs") if len(rules) == 1 else how
    why = next((spot.reason for spot in spots if not set(cut).issuperset(spot.nodes) or not spot.nodes), None)
    if why is None or (cut and spots and set(spots[0].nodes) <= set(cut)):
        return f"{what} {how}"
    return f"{what} {how}: {why}"
