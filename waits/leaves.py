"""Leaves of a formula, in words: the value each has, the value it needs, and who is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from waits.durations import duration, elapsed, time_of_day
from waits.moment import Later
from waits.terms import Compare, Kind, Term, shown_value, substituted
from waits.truth import Truth

if TYPE_CHECKING:
    from waits.cells import Cell
    from waits.graph import Graph
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


@dataclass(slots=True, eq=False)
class Leaf:
    """A comparison, or a function that is true or false, within a formula."""

    term: Term
    variables: dict[str, Any]
    """What stands for its variables."""
    ask: Ask
    sides: tuple[Ask, ...]
    """Of a comparison, what gives its two values; none for a function."""
    cells: tuple[Cell, ...]
    negated: bool
    _said: tuple[Term, str] | None = None

    @property
    def said(self) -> tuple[Term, str]:
        """The term about these variables, and in words what of it has a value: worked out when it is first asked."""
        if self._said is None:
            term = substituted(self.term, self.variables)
            self._said = term, str(term.left if isinstance(term, Compare) else term)
        return self._said


_CONTRARY = {">=": "<", ">": "<=", "<=": ">", "<": ">=", "==": "!=", "!=": "=="}


def answer(graph: Graph, leaf: Leaf, moment: Moment) -> LeafAnswer:
    """How a leaf stands at a moment."""
    truth: Truth = leaf.ask(moment)
    wanted = None if truth is None else truth is not leaf.negated
    details = [_detail(graph, cell, moment) for cell in leaf.cells]
    said = "; ".join(dict.fromkeys([one for one in details if one])) or None
    term, text = leaf.said
    if not isinstance(term, Compare):
        needs = "false" if leaf.negated else "true"
        return LeafAnswer(text, shown_value(truth, Kind.TRUTH), needs, wanted, said)
    left, right = leaf.sides
    operator = _CONTRARY[term.operator] if leaf.negated else term.operator
    needs = f"{operator} {_shown(term.right, right, moment)}"
    return LeafAnswer(text, _shown(term.left, left, moment), needs, wanted, said)


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
