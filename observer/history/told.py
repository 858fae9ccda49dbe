"""`observer alerts`: the history of alerts, transition by transition, with the lines behind each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from observer.answers_alerts import AlertAnswer
from observer.episodes import Episode, Episodes, Key, key_of
from observer.evidence import evidence_of
from observer.exits import Exit, Failed
from observer.inventory import Inventory
from observer.judged import Judged, Schedule
from observer.standing.last_lines import LastLines
from observer.standing.leaves import leaf_standing
from observer.stepping import stepping
from observer.times import moment, span, written
from observer.yamlfiles import nearest
from replay.play import sequence_at
from replay.recording import Recording
from waits.alerts import Change, Transition
from waits.rules import INCIDENT, Rule

AT_ONCE = 256
"""Transitions whose lines are read together: a block is then loaded once for many of them."""
STATES = tuple(change.value for change in Change)


class Asked(NamedTuple):
    """Which part of the history is asked for."""

    start: int
    end: int
    rules: frozenset[str] = frozenset()
    """None named: every one."""
    nodes: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()

    def concerns(self, one: Transition) -> bool:
        """Whether it is about a rule and a node that are asked for, whenever it is."""
        return (not self.rules or one.rule in self.rules) and (not self.nodes or one.labels.get("node") in self.nodes)

    def fits(self, one: Transition) -> bool:
        """Whether it is to be told."""
        within = self.start <= one.at <= self.end
        return within and self.concerns(one) and (not self.states or one.state in self.states)


class Fired:
    """Whether an alert, not an incident, was firing at some time within what is asked for."""

    def __init__(self, asked: Asked) -> None:
        """Not yet."""
        self._asked = asked
        self._before: set[Key] = set()
        self.at_all = False

    def through(self, told: Iterable[Transition]) -> Iterator[Transition]:
        """Transitions, in order and also of before, looked at as they pass."""
        for one in told:
            if one.severity != INCIDENT and self._asked.concerns(one):
                self._take(one)
            yield one

    def _take(self, one: Transition) -> None:
        key = key_of(one.rule, one.labels)
        if one.at >= self._asked.start:
            self._begin()
            self.at_all = self.at_all or (one.state == Change.FIRING.value and one.at <= self._asked.end)
        elif one.state == Change.FIRING.value:
            self._before.add(key)
        elif one.state == Change.RESOLVED.value:
            self._before.discard(key)

    def _begin(self) -> None:
        self.at_all = self.at_all or bool(self._before)

    def end(self) -> bool:
        """Whether one was."""
        self._begin()
        return self.at_all


def asked_for(  # noqa: PLR0913 - what can be asked
    recording: Recording,
    schedule: Schedule,
    since: str | None,
    until: str | None,
    rules: Iterable[str],
    nodes: Iterable[str],
    states: Iterable[str],
    inventory: Inventory,
) -> Asked:
    """What the options ask for. Raises Failed."""
    first, last = span(recording)
    if not last:
        raise Failed(f"{recording.path}: the recording is empty; import logs into it", Exit.UNKNOWN)
    known_rules = sorted({rule.name for _seq, loaded in schedule for rule in loaded})
    known_nodes = sorted({source.node for source in recording.sources()} | set(inventory.nodes))
    return Asked(
        first if since is None else moment(since, first, last),
        last if until is None else moment(until, first, last),
        _checked("--rule", rules, known_rules, "rule"),
        _checked("--node", nodes, known_nodes, "node"),
        _checked("--state", states, STATES, "state"),
    )


def _checked(option: str, given: Iterable[str], known: Iterable[str], what: str) -> frozenset[str]:
    names = list(known)
    for one in given:
        if one not in names:
            hint = nearest(one, names, f"there are {', '.join(names[:40])}" if names else "there is none")
            raise Failed(f"{option} {one}: there is no {what} of that name; {hint}")
    return frozenset(given)


def transitions(
    judged: Judged, asked: Asked, advance: Callable[[int], None] = lambda _bytes: None
) -> Iterator[Transition]:
    """Everything that happens up to the end of what is asked for, also before it."""
    last = judged.recording.last()
    step = stepping(judged, advance)
    if last is None or asked.end >= last.last_at:
        yield from judged.run(stop=step)
    elif (seq := sequence_at(judged.recording, asked.end)) > 0:
        yield from judged.run(seq, asked.end, stop=step)


def answers(recording: Recording, rules: Iterable[Rule], told: Iterable[Transition]) -> Iterator[AlertAnswer]:
    """Transitions in stable names, each with its lines."""
    last = LastLines(recording, rules)
    batch: list[Transition] = []
    for one in told:
        batch.append(one)
        if len(batch) >= AT_ONCE:
            yield from _answered(recording, last, batch)
            batch = []
    yield from _answered(recording, last, batch)


def _answered(recording: Recording, last: LastLines, batch: list[Transition]) -> Iterator[AlertAnswer]:
    wanted = [last.of(one) for one in batch]
    found = {one.sequence: one for one in evidence_of(recording, [seq for seqs in wanted for seq in seqs])}
    for one, seqs in zip(batch, wanted, strict=True):
        yield AlertAnswer(
            at=written(one.at),
            sequence=one.seq,
            rule=one.rule,
            state=one.state,
            severity=one.severity,
            labels=one.labels,
            annotations=one.annotations,
            reason=one.reason,
            since=None if one.since is None else written(one.since),
            leaves=[leaf_standing(leaf) for leaf in one.leaves],
            evidence=[found[seq] for seq in seqs if seq in found],
        )


class Told(NamedTuple):
    """The history for people."""

    episodes: list[Episode]
    """By when they begin; those that were under way at any time of what is asked for."""
    blind: list[Transition]
    """Of alerts that were neither pending nor firing."""
    end: int


def episodes_of(told: Iterable[Transition], asked: Asked) -> Told:
    """Transitions as episodes."""
    making, found, blind = Episodes(), list[Episode](), list[Transition]()
    for one in told:
        if not asked.concerns(one):
            continue
        aside = making.blind_aside
        closed = making.take(one)
        if closed is not None and one.at >= asked.start:
            found.append(closed)
        if making.blind_aside != aside and one.at >= asked.start:
            blind.append(one)
    found += making.open.values()
    found.sort(key=lambda one: (one.opening.at, one.opening.seq, one.key))
    return Told(found, blind, asked.end)
