"""A judge that knows no shortcut: every rule is asked anew after every entry and at every instant, of the snapshot and
of all that came before it. Slow, and plain enough to be believed.

Time is a small number of nanoseconds here, so that every instant can be visited. At each instant the entries come
first, in order, and then the instant's end, when all durations that are over by then are over (R21).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.waits.builders import Written, about_node, current, ears_as, fresh
from waits.formulas import _COMPARISONS as COMPARE
from waits.functions import FUNCTIONS, View
from waits.rules import Rule
from waits.sight import Ear, Ears
from waits.terms import (
    Age,
    All,
    Any_,
    Arithmetic,
    Call,
    Compare,
    ForEach,
    Grown,
    Increase,
    Kind,
    Literal,
    Not,
    Parameter,
    Repeats,
    Term,
    Variable,
    calls_of,
)
from waits.truth import Truth

LATE = 1 << 60


class Point(NamedTuple):
    """A point at which everything is asked: behind an entry, or at the end of an instant."""

    at: int
    over: bool
    """Whether it is the instant's end."""
    seq: int
    state: Any
    ears: Ears
    roster: tuple[str, ...]
    gap: str | None = None
    """The node in whose log something is missing here."""


class Told(NamedTuple):
    """A transition."""

    at: int
    rule: str
    entity: str
    change: str
    since: int | None


@dataclass
class Oracle:
    """Everything that was, from its first point on."""

    written: Written
    points: list[Point] = field(default_factory=list)

    def saw(  # noqa: PLR0913 - what a point is
        self, at: int, seq: int, state: Any, ears: Mapping[str, Ear], roster: Sequence[str], gap: str | None = None
    ) -> None:
        """An entry has come; the instants before it are over."""
        if self.points:
            self.passes(at)
        self.points.append(Point(at, False, seq, state, ears_as(ears), tuple(roster), gap))

    def passes(self, at: int) -> None:
        """Time has come up to an instant, and entries of it are still to come."""
        last = self.points[-1]
        start = last.at + last.over
        self.points += [last._replace(at=instant, over=True, seq=LATE, gap=None) for instant in range(start, at)]

    # --- values --------------------------------------------------------------------------------------

    def view(self, point: Point) -> View:
        """What a function may look at there."""
        return View(point.state, point.ears, self.written, point.at, point.seq)

    def series(  # noqa: PLR0911 - one for each kind of term
        self, term: Term, env: Mapping[str, Any], begin: int = 0
    ) -> list[Any]:
        """The value of a term at every point; what it remembers begins with one of them."""
        if isinstance(term, (Literal, Parameter, Variable)):
            value = (
                term.value
                if isinstance(term, Literal)
                else env[term.name]
                if isinstance(term, Variable)
                else term.default
            )
            return [value] * len(self.points)
        if isinstance(term, Call):
            given = tuple(self.series(one, env)[0] for one in term.arguments)
            return [fresh(term.function, given, self.view(point), point.roster) for point in self.points]
        if isinstance(term, (Grown, Increase, Repeats, Age)):
            return self._remembering(term, env, begin)
        if isinstance(term, Compare) and term.left.kind is Kind.AGE:
            starts, spans = self.series(term.left, env, begin), self.series(term.right, env, begin)
            return [
                None if start is None else self._aged(term.operator, point, start, span)
                for point, start, span in zip(self.points, starts, spans, strict=True)
            ]
        if isinstance(term, (Compare, Arithmetic)):
            return self._joined(term, env, begin)
        if isinstance(term, Not):
            return [None if one is None else not one for one in self.series(term.term, env, begin)]
        if isinstance(term, (All, Any_)):
            columns = [self.series(one, env, begin) for one in term.terms]
            decides = isinstance(term, Any_)
            return [_decided(row, decides) for row in zip(*columns, strict=True)]
        assert isinstance(term, ForEach)
        assert term.quantifier in ("all", "any")
        by_name = {
            name: self.series(term.body, {**env, term.variable: name}, max(begin, first))
            for name, first in self._joining()
        }
        return [
            _decided([by_name[name][place] for name in point.roster], term.quantifier == "any")
            for place, point in enumerate(self.points)
        ]

    def _joined(self, term: Compare | Arithmetic, env: Mapping[str, Any], begin: int) -> list[Any]:
        reckon: dict[str, Callable[[Any, Any], Any]] = {
            "+": lambda a, b: a + b,
            "-": lambda a, b: a - b,
            "*": lambda a, b: a * b,
        }
        join: Callable[[Any, Any], Any] = {**COMPARE, **reckon}[term.operator]
        pairs = zip(self.series(term.left, env, begin), self.series(term.right, env, begin), strict=True)
        return [None if one is None or other is None else join(one, other) for one, other in pairs]

    def _over(self, point: Point, since: int, span: int) -> bool:
        """Whether so long has passed: at the end of its last instant, not before."""
        return span <= 0 or point.at > since + span or (point.at == since + span and point.over)

    def _aged(self, operator: str, point: Point, since: int, span: int) -> bool:
        strict = operator in (">", "<=")
        older = self._over(point, since, span + strict)
        return older if operator in (">", ">=") else not older

    def _remembering(self, term: Term, env: Mapping[str, Any], begin: int) -> list[Any]:
        columns = [self.series(one, env, begin)[begin:] for one in _inside(term)]
        points = self.points[begin:]
        return [None] * begin + [
            self._remembered(term, points[: place + 1], [column[: place + 1] for column in columns])
            for place in range(len(points))
        ]

    def _remembered(self, term: Term, points: Sequence[Point], columns: Sequence[list[Any]]) -> Any:
        """What a term says at the last of these points, from all its values up to there."""
        values, point = columns[0], points[-1]
        if values[-1] is None:
            return None
        if isinstance(term, Grown):
            return values[-1] - next(value for value in values if value is not None)
        if isinstance(term, Age):
            return _since(points, values)
        if isinstance(term, Increase):
            base = last = values[0] or 0
            for value, then in zip(values, points, strict=True):
                if value is not None and value != last:
                    last = value
                    base = value if self._over(point, then.at, columns[1][-1]) else base
            return values[-1] - base
        assert isinstance(term, Repeats)
        top, base = None, None
        for count, reached in zip(*columns, strict=True):
            if count is not None:
                higher = reached is not None and (top is None or reached > top)
                base = count if base is None or higher else base
                top = reached if higher else top
        return values[-1] - base

    # --- alerts --------------------------------------------------------------------------------------

    def history(self, rules: Sequence[Rule]) -> list[Told]:
        """What rules that were there from the first point on say."""
        told: list[tuple[int, str, str, Told]] = []
        for rule in rules:
            for entity, begin in self._entities(rule):
                env = {} if rule.each is None else {rule.each: entity}
                truths = self.series(rule.formula, env, begin)
                for place, one in self._life(rule, entity, truths, env, begin):
                    told.append((place, rule.name, str(entity), one))
        told.sort(key=lambda one: one[:3])
        return [one[3] for one in told]

    def _entities(self, rule: Rule) -> list[tuple[Any, int]]:
        """Entities with the point from which on they are there."""
        if rule.each is None:
            return [(None, 0)]
        assert rule.each == "node"
        return list(self._joining())

    def _joining(self) -> list[tuple[str, int]]:
        """Every node with the point from which on it is known of."""
        first: dict[str, int] = {}
        for place, point in enumerate(self.points):
            for name in point.roster:
                first.setdefault(name, place)
        return sorted(first.items())

    def _life(  # noqa: C901, PLR0912 - a life, told in one go so that it can be checked against the rule
        self, rule: Rule, entity: Any, truths: Sequence[Truth], env: Mapping[str, Any], begin: int
    ) -> list[tuple[int, Told]]:
        """One alert from its first point to the last, told by its points."""
        told: list[tuple[int, Told]] = []
        state, since, away, was, seen = "inactive", None, None, False, False
        blind, gone, flaps = False, False, False
        rises: list[int] = []

        def say(place: int, change: str) -> None:
            at = self.points[place].at
            told.append((place, Told(at, rule.name, str(entity), change, since)))

        for place, (point, truth) in list(enumerate(zip(self.points, truths, strict=True)))[begin:]:
            at = point.at
            if point.gap is not None and point.gap in self._nodes(rule.formula, env, point):
                rises, gone = [], gone or blind
                since = at if state == "pending" and not blind else since
            if truth is None:
                if seen and not blind:
                    blind, gone = True, self._gone(rule.formula, env, point)
                    say(place, "blind")
                continue
            seen = True
            if blind:
                if gone:
                    since, rises = (at if state == "pending" else None), []
                blind, gone = False, False
                say(place, "unblind")
            if truth:
                away = None
                if not was:
                    was = True
                    if rule.flapping is not None:
                        rises = [*[one for one in rises if one > at - rule.flapping.within], at]
                        flaps = flaps or len(rises) >= rule.flapping.times
                if state == "firing":
                    continue
                since = at if since is None else since
                if flaps or self._over(point, since, rule.span):
                    state = "firing"
                    say(place, "firing")
                elif state == "inactive":
                    state = "pending"
                    say(place, "pending")
                continue
            was = False
            if state == "pending":
                state, since = "inactive", None
                say(place, "resolved")
            elif state == "firing":
                away = at if away is None else away
                keep = rule.keep if not flaps or rule.flapping is None else max(rule.keep, rule.flapping.within)
                if self._over(point, away, keep):
                    state, since, away, flaps = "inactive", None, None, False
                    say(place, "resolved")
        return told

    def _leaves(
        self, formula: Term, env: Mapping[str, Any], point: Point, *, unknown: bool = False
    ) -> list[tuple[Any, tuple[Any, ...]]]:
        """Functions of single nodes that a formula, or what is unknown in it, comes down to, with their arguments."""
        view = self.view(point)
        found: list[tuple[Any, tuple[Any, ...]]] = []
        todo = []
        for name in point.roster:
            for call in calls_of(formula):
                given = tuple(
                    one.value if isinstance(one, Literal) else env.get(one.name, name)
                    for one in call.arguments
                    if isinstance(one, (Literal, Variable))
                )
                if not unknown or fresh(call.function, given, view, point.roster) is None:
                    todo.append((call.function, given))
        while todo:
            function, given = todo.pop()
            if function.over is not None:
                todo += [(FUNCTIONS[function.over], (name,)) for name in point.roster]
            elif function.uses is not None and not about_node(function):
                used = FUNCTIONS[function.uses]
                todo.append((used, given[: len(used.takes)]))
            else:
                found.append((function, given))
        return found

    def _nodes(self, formula: Term, env: Mapping[str, Any], point: Point) -> set[str]:
        return {given[0] for function, given in self._leaves(formula, env, point) if about_node(function)}

    def _gone(self, formula: Term, env: Mapping[str, Any], point: Point) -> bool:
        """Whether what cannot be seen will not be read later either: no log was lost that could be read again."""
        view = self.view(point)
        leaves = [one for one in self._leaves(formula, env, point, unknown=True) if about_node(one[0])]
        unknown = [given[0] for function, given in leaves if fresh(function, given, view, point.roster) is None]
        return not unknown or any(current(view, node) for node in unknown)


def _since(points: Sequence[Point], values: Sequence[Any]) -> int:
    """Since when a value has been what it is; while it was not known, it was not another."""
    known = [(point.at, value) for point, value in zip(points, values, strict=True) if value is not None]
    since = known[-1][0]
    for at, value in reversed(known):
        if value != known[-1][1]:
            break
        since = at
    return since


def _inside(term: Term) -> list[Term]:
    if isinstance(term, (Grown, Age)):
        return [term.term]
    if isinstance(term, Increase):
        return [term.term, term.window]
    assert isinstance(term, Repeats)
    return [term.counter, term.progress]


def _decided(truths: Sequence[Truth], decisive: bool) -> Truth:  # noqa: FBT001 - true for any, false for all
    """What one value decides, unless nothing is there."""
    if not truths:
        return None
    if decisive in [truth for truth in truths if truth is not None]:
        return decisive
    return None if None in truths else not decisive
