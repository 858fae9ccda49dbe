"""From the entries of a rule file to rules: formulas, labels and annotations, each checked where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from observer.exits import Failed
from observer.rulefiles.entries import FileEntry, RuleEntry
from observer.yamlfiles import Place, Written, nearest
from waits.durations import nanoseconds
from waits.entities import EACH, LABELS
from waits.expression import DEFAULT_PARAMETERS, Scope, Unreadable, formula_of, text_of
from waits.rules import INCIDENT, Flapping, Rule, Text
from waits.terms import Age, Call, Grown, Increase, Kind, Literal, Parameter, Repeats, Term, Variable

T = TypeVar("T")


def parameters_of(entry: FileEntry) -> dict[str, Parameter]:
    """The parameters of a file, with their defaults."""
    return {name: _parameter(name, value) for name, value in entry.parameters.items()}


def _parameter(name: str, value: int | str) -> Parameter:
    if isinstance(value, int):
        return Parameter(name, Kind.NUMBER, value)
    try:
        return Parameter(name, Kind.DURATION, nanoseconds(value))
    except ValueError:
        return Parameter(name, Kind.TEXT, value)


def rules_of(written: Written, entry: FileEntry, parameters: Mapping[str, Parameter]) -> tuple[Rule, ...]:
    """Every rule of a file, in order. Raises Failed."""
    made: dict[str, Rule] = {}
    places: dict[str, Place] = {}
    groups: set[str] = set()
    for number, group in enumerate(entry.groups):
        if group.name in groups:
            raise written.failed(("groups", number, "name"), f"{group.name}: two groups have this name; rename one")
        groups.add(group.name)
        for at, rule in enumerate(group.rules):
            maker = _Maker(written, ("groups", number, "rules", at), rule, parameters)
            for one in maker.rules(group.name):
                if one.name in made:
                    key = "alert" if one.name == rule.alert else "incident"
                    raise maker.failed((key,), "two rules have this name; rename one")
                made[one.name], places[one.name] = one, maker.place
    for name, rule_ in made.items():
        _check_inhibition(written, places[name], rule_, made)
    return tuple(made.values())


def _check_inhibition(written: Written, place: Place, rule: Rule, made: Mapping[str, Rule]) -> None:
    """Whatever explains a rule must be there, and not be explained by it in turn."""
    for name in rule.inhibited_by:
        where = (*place, "inhibited_by")
        other = made.get(name)
        if other is None:
            hint = nearest(name, list(made), "name a rule of this file")
            raise written.failed(where, f"{rule.name}: inhibited_by: there is no rule {name[:80]!r}; {hint}")
        if rule.name in _explained_by(other, made):
            raise written.failed(
                where, f"{rule.name}: inhibited_by: {name} is inhibited by this rule in turn, and neither would be sent"
            )


def _explained_by(rule: Rule, made: Mapping[str, Rule]) -> set[str]:
    """The rule and all that explain it, directly or not."""
    found, left = set(), [rule.name]
    while left:
        name = left.pop()
        if name not in found and name in made:
            found.add(name)
            left += made[name].inhibited_by
    return found


class _Maker:
    """Makes the rules of one entry."""

    def __init__(self, written: Written, place: Place, entry: RuleEntry, parameters: Mapping[str, Parameter]) -> None:
        """`place` is that of the entry."""
        self.place = place
        self._written = written
        self._entry = entry
        self._scope = Scope({**DEFAULT_PARAMETERS, **parameters}, entry.each)

    def failed(self, inner: Place, sentence: str) -> Failed:
        """What to raise of a part of the entry."""
        where = ".".join(str(part) for part in inner)
        return self._written.failed((*self.place, *inner), f"{self._entry.name}: {where}: {sentence}")

    def rules(self, group: str) -> list[Rule]:
        """The incident and the alert. Raises Failed."""
        entry = self._entry
        formula = self._read(("expr",), entry.expr, formula_of)
        self._check_words(("expr",), entry.expr, formula)
        labels = tuple([(name, self._label(name, text)) for name, text in entry.labels.items() if name != "severity"])
        annotations = tuple([(name, self._annotation(name, text)) for name, text in entry.annotations.items()])
        text = " ".join(entry.expr.split())

        def rule(name: str, severity: str, *, at_once: bool) -> Rule:
            flapping = entry.flapping
            return Rule(
                name,
                formula,
                entry.each,
                0 if at_once else entry.span,
                0 if at_once else entry.keep_firing_for,
                severity,
                labels,
                annotations,
                None if at_once or flapping is None else Flapping(flapping.times, flapping.within),
                () if at_once else entry.inhibited_by,
                group,
                text,
            )

        found = []
        if entry.incident is not None:
            found.append(rule(entry.incident, INCIDENT, at_once=entry.alert is not None))
        if entry.alert is not None:
            found.append(rule(entry.alert, entry.labels.get("severity", "warning"), at_once=False))
        return found

    def _read(self, inner: Place, text: str, reader: Callable[[str, Scope], T]) -> T:
        try:
            return reader(text, self._scope)
        except Unreadable as error:
            hint = ""
            if self._entry.each is None and any(f"no {name!r} here" in error.problem for name in EACH):
                hint = "; a rule about one of them needs each:"
            raise self.failed(inner, f"{' '.join(error.problem.split())}{hint} (column {error.column})") from None
        except RecursionError:
            raise self.failed(inner, "is too deeply nested; split it into several rules") from None

    def _label(self, name: str, text: str) -> Text:
        inner = ("labels", name)
        if name in ("alertname", "severity", *EACH, *LABELS):
            raise self.failed(inner, "this label is set already; take another name")
        found = self._read(inner, text, text_of)
        for part in found.parts:
            if not isinstance(part, (str, Variable)):
                allowed = f" or {{{{ {self._entry.each} }}}}" if self._entry.each else ""
                raise self.failed(
                    inner,
                    f"{{{{ {part} }}}} is a value, which changes; a label is text{allowed}: put it into annotations",
                )
        return found

    def _annotation(self, name: str, text: str) -> Text:
        inner = ("annotations", name)
        found = self._read(inner, text, text_of)
        for part in found.parts:
            if not isinstance(part, str):
                self._check_words(inner, text, part)
                self._check_memory(inner, part)
        return found

    def _check_memory(self, inner: Place, term: Term) -> None:
        """An annotation is written when the alert begins, and what it remembered would begin there too."""
        for one in _within(term):
            if isinstance(one, (Age, Grown, Increase, Repeats)):
                raise self.failed(
                    inner, f"{{{{ {one} }}}} would count from the alert's own beginning on; put a plain value there"
                )

    def _check_words(self, inner: Place, text: str, term: Term) -> None:
        """A misspelt variable would be the name of a node that nobody knows, of which all is unknown for ever."""
        each = self._entry.each
        for one in _within(term):
            if isinstance(one, Literal) and one.kind is Kind.NODE and not re.search(rf"(['\"]){one.value}\1", text):
                word = str(one.value)
                if each is not None:
                    raise self.failed(
                        inner, f"there is no {word!r} here; write {each}, or the name of a node in quotes"
                    )
                if word in EACH:
                    raise self.failed(inner, f"there is no {word!r} here; a rule about one needs each: {word}")
            if isinstance(one, Call):
                self._check_arguments(inner, one)

    def _check_arguments(self, inner: Place, call: Call) -> None:
        for one, kind in zip(call.arguments, call.function.takes, strict=True):
            if isinstance(one, Variable) and one.kind is not kind:
                raise self.failed(inner, f"{one} is {one.kind.value}; {kind.value} belongs into {call.function.name}()")
            if not call.function.choices:
                continue
            if isinstance(one, Parameter) and one.kind is Kind.TEXT and one.default not in call.function.choices:
                known = ", ".join(call.function.choices)
                raise self.failed(inner, f"{one.name} is {one.default!r}; {call.function.name}() knows {known}")


def _within(term: Term) -> list[Term]:
    """A term and all that it is made of."""
    return [term, *(inner for part in term.parts for inner in _within(part))]
