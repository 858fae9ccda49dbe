"""Leaves of a formula, in words: the value each has, the value it needs, and who is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from waits.durations import duration, elapsed, time_of_day
from waits.moment import Later
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
    Repeats,
    Term,
    Variable,
    shown_value,
)
from waits.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waits.graph import Cell, Graph
    from waits.moment import Ask, Moment


class LeafAnswer(msgspec.Struct, frozen=True):
    """One leaf: the value it has and the value it needs."""

    text: str
    has: str
    needs: str
    truth: Truth
    detail: str | None = None

    def __str__(self) -> str:
        said = f"{self.text}: is {self.has}, needs {self.needs}"
        return f"{said} ({self.detail})" if self.detail else said


@dataclass(frozen=True, slots=True)
class Leaf:
    """A comparison, or a function that is true or false, within a formula."""

    term: Term
    ask: Ask
    values: tuple[tuple[Term, Ask], ...]
    """The sides of a comparison; none for a function."""
    cells: tuple[Cell, ...]
    negated: bool


_CONTRARY = {">=": "<", ">": "<=", "<=": ">", "<": ">=", "==": "!=", "!=": "=="}


def answer(graph: Graph, leaf: Leaf, moment: Moment) -> LeafAnswer:
    """How a leaf stands at a moment."""
    truth: Truth = leaf.ask(moment)
    wanted = None if truth is None else truth is not leaf.negated
    details = [_detail(graph, cell, moment) for cell in leaf.cells]
    said = "; ".join(dict.fromkeys([one for one in details if one])) or None
    if not isinstance(leaf.term, Compare):
        needs = "false" if leaf.negated else "true"
        return LeafAnswer(str(leaf.term), shown_value(truth, Kind.TRUTH), needs, wanted, said)
    (left, left_ask), (right, right_ask) = leaf.values
    operator = _CONTRARY[leaf.term.operator] if leaf.negated else leaf.term.operator
    needs = f"{operator} {_shown(right, right_ask, moment)}"
    return LeafAnswer(str(left), _shown(left, left_ask, moment), needs, wanted, said)


def _detail(graph: Graph, cell: Cell, moment: Moment) -> str | None:
    value = graph.value(cell)
    if value.__class__ is Later and moment.at < value:
        return f"what tells of it may be missing, until {time_of_day(value)}"
    return graph.missing(cell) if value is None else graph.detail(cell)


def _shown(term: Term, ask: Ask, moment: Moment) -> str:
    value = ask(moment)
    if term.kind is Kind.AGE and value is not None:
        return duration(elapsed(value, moment.at))
    return shown_value(value, term.kind)


def substituted(term: Term, variables: Mapping[str, Any]) -> Term:
    """A term with what its variables stand for."""
    if isinstance(term, Variable) and variables.get(term.name) is not None:
        return Literal(variables[term.name], term.of)
    inner = tuple([substituted(one, variables) for one in parts_of(term)])
    return _rebuilt(term, inner)


def _rebuilt(term: Term, parts: tuple[Term, ...]) -> Term:
    if isinstance(term, Call):
        return Call(term.function, parts)
    if isinstance(term, (Arithmetic, Compare)):
        return type(term)(term.operator, parts[0], parts[1])
    if isinstance(term, (Grown, Age, Not)):
        return type(term)(parts[0])
    if isinstance(term, (Increase, Repeats)):
        return type(term)(parts[0], parts[1])
    return type(term)(parts) if isinstance(term, (All, Any_)) else term


def parts_of(term: Term) -> tuple[Term, ...]:
    """The terms that a term is made of."""
    if isinstance(term, Call):
        return term.arguments
    if isinstance(term, (Arithmetic, Compare)):
        return (term.left, term.right)
    if isinstance(term, (Grown, Age, Not)):
        return (term.term,)
    if isinstance(term, Increase):
        return (term.term, term.window)
    if isinstance(term, Repeats):
        return (term.counter, term.progress)
    return term.terms if isinstance(term, (All, Any_)) else (term.body,) if isinstance(term, ForEach) else ()


def calls_of(term: Term) -> list[Call]:
    """Every call within a term."""
    own = [term] if isinstance(term, Call) else []
    return [*own, *(call for part in parts_of(term) for call in calls_of(part))]
