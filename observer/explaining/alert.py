"""The life of an alert: what it waits for, each of its transitions with the leaves and the lines then, and what came
first.

Judged anew from the first entry on, as everything here is. What came first is what other rules found, and what the
node's own log told, in the minutes before the alert's first entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from observer.episodes import Episodes, Key, key_of
from observer.evidence import evidence_of
from observer.exits import Exit, Failed
from observer.explaining.before import Named, came_first
from observer.explaining.options import Explained, Options
from observer.explaining.steps import Kept, Told
from observer.judged import Judged
from observer.rulefiles.reading import rules_in_force
from observer.standing.blindness import Members
from observer.standing.last_lines import LastLines
from observer.standing.status import in_force
from observer.times import clock, moment, written
from observer.wording import counted
from observer.yamlfiles import nearest
from replay.journals import span
from replay.recording import Recording
from waits.alerts import Alert, Change, State, Transition
from waits.durations import duration
from waits.entities import EACH, LABELS, about
from waits.leaves import LeafAnswer
from waits.moment import Moment
from waits.terms import calls_of


def alert_story(recording: Recording, what: str, options: Options) -> Explained | None:
    """The life of `NodeDied/node3`, or of all alerts of the rule `NodeDied`; None where no rule has that name."""
    schedule = rules_in_force(recording, options.rules)
    rules = {rule.name: rule for rule in in_force(schedule, options.seq)}
    said = what.removeprefix("alerts/").strip("/")
    name, _slash, thing = said.partition("/")
    if name not in rules:
        if what.startswith("alerts/"):
            hint = nearest(name, sorted(rules), f"there are {', '.join(sorted(rules))}")
            raise Failed(f"{what}: no rule that is in force is called {name}; {hint}")
        return None
    judged = Judged(recording, schedule, options.inventory)
    members = Members(judged.engine, [rules[name]])
    told = list(judged.run(options.seq, min(options.at, span(recording)[1])))
    judged.engine.stand(options.seq, min(options.at, span(recording)[1]))
    named = Named(rules[name], thing or None)
    _refuse_stranger(what, named, judged, told)
    return _story(recording, named, Judgement(judged, members, told), options)


def known_alerts(recording: Recording, options: Options) -> list[str]:
    """Names of rules."""
    return [rule.name for rule in in_force(rules_in_force(recording, options.rules), options.seq)]


def _refuse_stranger(what: str, named: Named, judged: Judged, told: Sequence[Transition]) -> None:
    """Of what a rule is bound to only those that are known have a life. Raises Failed."""
    if named.about is None:
        return
    if named.rule.each is None:
        raise Failed(f"{what}: {named.rule.name} is about the network as a whole; write {named.rule.name}")
    known = {alert.order[1]: str(alert.entity) for alert in judged.engine.alerts.values() if alert.rule == named.rule}
    names = sorted({*known.values(), *(about(one.labels) for one in told if one.rule == named.rule.name)})
    if named.about not in names:
        there = f"there is {', '.join(names[:20])}" if names else f"no {named.rule.each} was known to it so far"
        raise Failed(f"{what}: {named.rule.name} knows no {named.rule.each} {named.about}; {there}")


class Judgement(NamedTuple):
    """A recording, judged up to where the story ends."""

    judged: Judged
    members: Members
    told: list[Transition]


def _story(recording: Recording, named: Named, judgement: Judgement, options: Options) -> Explained:
    judged, told = judgement.judged, judgement.told
    own = [one for one in told if named.fits(one)]
    kept = Kept(options.limit)
    kept.add(_waits_for(recording, named, judged))
    lines = LastLines(recording, [named.rule])
    steps = [*came_first(recording, named, own, told, options), *_lines(recording, lines, own)]
    steps += [_transition(one) for one in own]
    for step in sorted(steps, key=lambda one: (one.seq, one.at, _ORDER[one.kind])):
        kept.add(step)
    ends = list(_standing(named, judgement, own, options))
    for step in ends:
        kept.add(step)
    if not own and all(step.facts["state"] == "never observed" for step in ends):
        why = "; ".join(dict.fromkeys(step.text for step in ends))
        raise Failed(f"{named.name}: could not be judged up to {written(options.at)}: {why}", Exit.UNKNOWN)
    first = next((step for step in sorted(steps, key=lambda one: one.seq) if step.kind == "before"), None)
    return Explained(named.name, _summary(own, ends, first, options), kept)


_ORDER = {"before": 0, "line": 1, "pending": 2, "firing": 3, "resolved": 4, "blind": 5, "unblind": 6, "relabelled": 7}


# --- what it waits for -------------------------------------------------------------------------------


def _waits_for(recording: Recording, named: Named, judged: Judged) -> Told:
    """The rule, as it is written and in words."""
    rule = named.rule
    lasting = f" for {duration(rule.span)}" if rule.span else ""
    over = f", until it has been otherwise for {duration(rule.keep)}" if rule.keep else ""
    words = {call.function.signature: call.function.doc for call in calls_of(rule.formula)}
    each = f" for each {rule.each}" if rule.each else ""
    text = f"waits{each} for `{rule.formula}` to be true{lasting}{over}"
    if rule.inhibited_by:
        text += f"; {' or '.join(rule.inhibited_by)} explains it"
    text += "".join(f"; {signature}: {doc.rstrip('.')}" for signature, doc in words.items())
    facts: dict[str, Any] = {
        "expr": str(rule.formula),
        "each": rule.each,
        "for_ns": rule.span,
        "keep_firing_for_ns": rule.keep,
        "severity": rule.severity,
        "inhibited_by": list(rule.inhibited_by),
        "functions": words,
        "parameters": judged.parameters,
    }
    return Told(0, span(recording)[0], _node_of(named), "rule", text, facts, None)


def _node_of(named: Named) -> str | None:
    """The node that the one thing which was asked for is, or is something of."""
    each = named.rule.each
    return None if each is None or named.about is None else EACH[each].node_of(named.about)


# --- its own life ------------------------------------------------------------------------------------


def _lines(recording: Recording, last: LastLines, own: Iterable[Transition]) -> Iterator[Told]:
    """The lines behind its transitions, each once."""
    wanted = {seq for one in own if one.state in _TRUE for seq in last.of(one)}
    for line in evidence_of(recording, sorted(wanted)):
        at = moment(line.at, *span(recording))
        yield Told(line.sequence, at, line.node, "line", "a line behind it", {"source": line.source}, line.sequence)


_TRUE = (Change.PENDING.value, Change.FIRING.value)


def _transition(one: Transition) -> Told:
    """A transition, with the leaves as they then were."""
    summary = one.annotations.get("summary", "")
    text = one.state if about(one.labels) in ("", one.labels.get("node")) else f"{about(one.labels)} {one.state}"
    text += f": {summary}" if summary and one.state in _TRUE else ""
    text += f" ({one.reason})" if one.reason else ""
    leaves = _said(one.leaves, wanted=one.state in _TRUE)
    text += f"; {leaves}" if leaves else ""
    facts = {
        "state": one.state,
        "labels": one.labels,
        "annotations": one.annotations,
        "reason": one.reason,
        "since": None if one.since is None else written(one.since),
        "leaves": [
            {"text": leaf.text, "has": leaf.has, "needs": leaf.needs, "truth": leaf.truth} for leaf in one.leaves
        ],
    }
    return Told(one.seq, one.at, one.labels.get("node"), one.state, text, facts, None)


def _said(leaves: Iterable[LeafAnswer], *, wanted: bool) -> str:
    """The leaves that make the formula true, or those that keep it from being so."""
    return "; ".join(
        f"{leaf.text} is {leaf.has}, needs {leaf.needs}" for leaf in leaves if (leaf.truth is True) == wanted
    )


# --- where it stands ---------------------------------------------------------------------------------


def _standing(named: Named, judgement: Judgement, own: Sequence[Transition], options: Options) -> Iterator[Told]:
    """Each alert of the rule at the end of the story."""
    engine = judgement.judged.engine
    alerts = [
        alert
        for _key, alert in sorted(engine.alerts.items())
        if alert.rule == named.rule and named.about in (None, str(alert.entity))
    ]
    for alert in alerts:
        state, text = _stands(alert, Moment(engine.at, engine.seq))
        node = alert.labels.get("node")
        what = "" if alert.entity is None or str(alert.entity) == node else f"{alert.entity}: "
        facts = {
            "state": state,
            "labels": {name: value for name, value in alert.labels.items() if name in LABELS},
        }
        yield Told(options.seq, options.at, node, "standing", f"{what}{text}", facts, None)
    if not alerts:
        state, text = "inactive", f"there was no {named.rule.each} for it"
        hidden = judgement.members.unseen(named.rule)
        if own:
            text = f"over: there is no such {named.rule.each} any more"
        elif hidden is not None and hidden.since is None:
            state, text = "never observed", "; ".join(words for _node, words in hidden.why)
        yield Told(options.seq, options.at, None, "standing", text, {"state": state, "labels": {}}, None)


def _stands(alert: Alert, now: Moment) -> tuple[str, str]:
    kept, leaves = alert.kept, alert.bound.explain(now)
    if not kept.observed:
        why = dict.fromkeys(leaf.detail for leaf in leaves if leaf.truth is None and leaf.detail)
        return "never observed", f"never observed: {'; '.join(why) or 'nothing in the logs tells'}"
    blind = ""
    if kept.blind_since is not None:
        why = dict.fromkeys(leaf.detail for leaf in leaves if leaf.truth is None and leaf.detail)
        blind = f"; it cannot be judged since {clock(kept.blind_since)}: {'; '.join(why)}"
    if alert.state is State.INACTIVE:
        needs = _said(leaves, wanted=False) if not blind else ""
        return "inactive", "inactive" + (f": {needs}" if needs else "") + blind
    since = kept.fired_at if alert.state is State.FIRING else kept.since
    left = ""
    if alert.state is State.PENDING and kept.since is not None and not blind:
        left = f"; it fires in {duration(kept.since + alert.rule.span - now.at)} if that lasts"
    needs = _said(leaves if not blind else kept.leaves, wanted=True)
    said = f"{kept.state} since {clock(since) if since is not None else '?'}"
    return kept.state, said + (f": {needs}" if needs else "") + left + blind


def _summary(own: Sequence[Transition], ends: Sequence[Told], before: Told | None, options: Options) -> str:
    """How often, for how long, and what came of it."""
    episodes, closed = Episodes(), []
    for one in own:
        over = episodes.take(one)
        closed += [over] if over is not None else []
    every = [*closed, *episodes.open.values()]
    fired = [one for one in every if one.firing is not None]
    firing: dict[Key, str] = {key_of(one.rule, one.labels): about(one.labels) for one in episodes.open.values()}
    parts = [f"fired {counted(len(fired), 'time')}"]
    if fired:
        total = sum(one.lasted(options.at) for one in fired)
        first = min(one.firing.at for one in fired if one.firing is not None)
        parts[0] += f", first at {clock(first)}, {duration(total)} in all"
    if len(every) > len(fired):
        parts.append(f"pending {counted(len(every) - len(fired), 'time')} without firing")
    if before is not None:
        parts.append(f"first came, at {clock(before.at)}, {before.text.removeprefix('before it: ')}")
    if len(ends) == 1:
        parts.append(f"at {clock(options.at)} it is {ends[0].facts['state']}")
    elif firing:
        parts.append(f"at {clock(options.at)} not over for {', '.join(sorted(firing.values()))}")
    return "; ".join(parts)
