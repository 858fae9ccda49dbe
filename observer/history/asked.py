"""Which part of a history is asked for, and what is told of it: the same whether it is judged now or was kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

from observer.episodes import Episode, Episodes, Key, key_of
from observer.exits import Exit, Failed
from observer.times import moment
from replay.journals import span
from waits.alerts import Change, Transition
from waits.rules import INCIDENT

if TYPE_CHECKING:
    from replay.recording import Recording

STATES = tuple(change.value for change in Change)


Row: TypeAlias = tuple[Transition, bytes]
"""A transition, and what is said of it in JSON; nothing where that is not asked for."""


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

    def through(self, told: Iterable[Row]) -> Iterator[Row]:
        """Transitions, in order and also of before, looked at as they pass."""
        for row in told:
            one, _json = row
            if one.severity != INCIDENT and self._asked.concerns(one):
                self._take(one)
            yield row

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


class Names(msgspec.Struct, frozen=True, array_like=True):
    """What can be asked for by name, sorted."""

    rules: tuple[str, ...]
    nodes: tuple[str, ...]


class Options(NamedTuple):
    """What the command is given, as it was written."""

    since: str | None
    until: str | None
    rules: Sequence[str]
    nodes: Sequence[str]
    states: Sequence[str]


def asked_for(recording: Recording, names: Names, options: Options) -> Asked:
    """What the options ask for. Raises Failed."""
    first, last = span(recording)
    if not last:
        raise Failed(f"{recording.path}: the recording is empty; import logs into it", Exit.UNKNOWN)
    return Asked(
        first if options.since is None else moment(options.since, first, last),
        last if options.until is None else moment(options.until, first, last),
        _checked("--rule", options.rules, names.rules, "rule"),
        _checked("--node", options.nodes, names.nodes, "node"),
        _checked("--state", options.states, STATES, "state"),
    )


def _checked(option: str, given: Iterable[str], known: Iterable[str], what: str) -> frozenset[str]:
    names = list(known)
    for one in given:
        if one not in names:
            from observer.yamlfiles import nearest

            hint = nearest(one, names, f"there are {', '.join(names[:40])}" if names else "there is none")
            raise Failed(f"{option} {one}: there is no {what} of that name; {hint}")
    return frozenset(given)


class Told(NamedTuple):
    """The history for people."""

    episodes: list[Episode]
    """By when they begin; those that were under way at any time of what is asked for."""
    blind: list[Transition]
    """Of alerts that were neither pending nor firing."""
    end: int


def episodes_of(told: Iterable[Row], asked: Asked) -> Told:
    """Transitions as episodes."""
    making, found, blind = Episodes(), list[Episode](), list[Transition]()
    for one, _json in told:
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
