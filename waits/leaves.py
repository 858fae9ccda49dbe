"""Leaves of a formula, in words: the value each has, the value it needs, and who is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

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


class Words(NamedTuple):
    """How a leaf reads, about the things that it is about."""

    text: str
    """What has a value."""
    needs: str
    """The operator of a comparison, or the truth that is needed."""
    kinds: tuple[Kind, ...]
    """Of the two sides of a comparison."""


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
    _words: Words | None = None

    @property
    def words(self) -> Words:
        """How it reads: worked out when it is first asked."""
        if self._words is None:
            term = substituted(self.term, self.variables)
            if isinstance(term, Compare):
                operator = _CONTRARY[term.operator] if self.negated else term.operator
                self._words = Words(str(term.left), operator, (term.left.kind, term.right.kind))
            else:
                self._words = Words(str(term), "false" if self.negated else "true", ())
        return self._words


_CONTRARY = {">=": "<", ">": "<=", "<=": ">", "<": ">=", "==": "!=", "!=": "=="}


def answer(graph: Graph, leaf: Leaf, moment: Moment) -> LeafAnswer:
    """How a leaf stands at a moment."""
    truth: Truth = leaf.ask(moment)
    wanted = None if truth is None else truth is not leaf.negated
    details = [_detail(graph, cell, moment) for cell in leaf.cells]
    said = "; ".join(dict.fromkeys([one for one in details if one])) or None
    text, needs, kinds = leaf.words
    if not kinds:
        return LeafAnswer(text, shown_value(truth, Kind.TRUTH), needs, wanted, said)
    left, right = [_shown(kind, side, moment) for kind, side in zip(kinds, leaf.sides, strict=True)]
    return LeafAnswer(text, left, f"{needs} {right}", wanted, said)


def _detail(graph: Graph, cell: Cell, moment: Moment) -> str | None:
    value = graph.value(cell)
    if value.__class__ is Later and moment.at < value:
        return f"what tells of it may be missing, until {time_of_day(value)}"
    return graph.missing(cell) if value is None else graph.detail(cell)


def _shown(kind: Kind, ask: Ask, moment: Moment) -> str:
    value = ask(moment)
    if kind is Kind.AGE and value is not None:
        return duration(elapsed(value, moment.at))
    return shown_value(value, kind)
