"""Closures of values and formulas that remember nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waits.bound import Bound, binds
from waits.leaves import calls_of, parts_of
from waits.terms import All, Any_, Arithmetic, Call, Compare, ForEach, Kind, Literal, Not, Parameter, Term, Variable
from waits.truth import Truth, every, some

if TYPE_CHECKING:
    from collections.abc import Callable

    from waits.graph import Cell
    from waits.moment import Ask, Moment


@binds(Literal)
def _literal(_bound: Bound, term: Literal) -> Ask:
    value = term.value
    return lambda _moment: value


@binds(Parameter)
def _parameter(bound: Bound, term: Parameter) -> Ask:
    value = bound.parameters.get(term.name, term.default)
    return lambda _moment: value


@binds(Variable)
def _variable(bound: Bound, term: Variable) -> Ask:
    value = bound.variables[term.name]
    return lambda _moment: value


@binds(Call)
def _call(bound: Bound, term: Call) -> Ask:
    cell = bound.cell(term)
    graph = bound.graph

    def volatile(_moment: Moment) -> Any:
        return graph.value(cell)

    def kept(_moment: Moment) -> Any:
        return cell.value

    ask = volatile if term.function.volatile else kept
    if term.kind is Kind.TRUTH:
        bound.leaf(term, ask, (), (cell,))
    return ask


@binds(Arithmetic)
def _arithmetic(bound: Bound, term: Arithmetic) -> Ask:
    left, right = bound.bind(term.left), bound.bind(term.right)
    apply = _ARITHMETIC[term.operator]

    def ask(moment: Moment) -> Any:
        one, other = left(moment), right(moment)
        return None if one is None or other is None else apply(one, other)

    return ask


@binds(Compare)
def _compare(bound: Bound, term: Compare) -> Ask:
    left, right = bound.bind(term.left), bound.bind(term.right)
    if term.left.kind is Kind.AGE:
        ask = _aged(bound, term, left, right)
    else:
        compare = _COMPARISONS[term.operator]

        def ask(moment: Moment) -> Truth:
            one, other = left(moment), right(moment)
            return None if one is None or other is None else compare(one, other)

    bound.leaf(term, ask, ((term.left, left), (term.right, right)), tuple(_cells_of(bound, term)))
    return ask


def _aged(bound: Bound, term: Compare, since: Ask, limit: Ask) -> Ask:
    """An age against a duration: it turns once, at a time that is known."""
    turned = term.operator in (">", ">=")
    strict = term.operator in (">", "<=")
    listens = [str(bound.argument(call.arguments[0])) for call in calls_of(term.left) if call.function.volatile]

    def ask(moment: Moment) -> Truth:
        start, span = since(moment), limit(moment)
        if start is None or span is None:
            moment.listen += listens
            return None
        due = start + span + strict
        if moment.at >= due:
            moment.listen += listens
            return turned
        moment.wake_at(due)
        return not turned

    return ask


def _cells_of(bound: Bound, term: Term) -> list[Cell]:
    """Cells that a comparison reads; those over every node are not named one by one."""
    if any(isinstance(part, ForEach) for part in parts_of(term)):
        return []
    return [bound.cell(call) for call in calls_of(term)]


@binds(Not)
def _not(bound: Bound, term: Not) -> Ask:
    bound.negated = not bound.negated
    inner = bound.bind(term.term)
    bound.negated = not bound.negated

    def ask(moment: Moment) -> Truth:
        truth = inner(moment)
        return None if truth is None else not truth

    return ask


@binds(All)
def _all(bound: Bound, term: All) -> Ask:
    asks = [bound.bind(one) for one in term.terms]
    # Every one is asked, whatever the others say: each may have a time of its own at which it changes.
    return lambda moment: every([ask(moment) for ask in asks])


@binds(Any_)
def _any(bound: Bound, term: Any_) -> Ask:
    asks = [bound.bind(one) for one in term.terms]
    return lambda moment: some([ask(moment) for ask in asks])


@binds(ForEach)
def _for_each(bound: Bound, term: ForEach) -> Ask:
    asks: list[tuple[str, Ask]] = []
    negated = bound.negated

    def grow(node: str) -> None:
        outside, before = bound.variables.get(term.variable), bound.negated
        bound.variables[term.variable], bound.negated = node, negated
        asks.append((node, bound.bind(term.body)))
        asks.sort(key=lambda one: one[0])
        bound.variables[term.variable], bound.negated = outside, before

    for node in bound.graph.roster:
        grow(node)
    bound.growing.append(grow)
    combine = _QUANTIFIERS[term.quantifier]
    return lambda moment: combine([ask(moment) for _node, ask in asks])


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": lambda one, other: one >= other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    "<": lambda one, other: one < other,
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
}


def _counted(truths: list[Truth]) -> int | None:
    return None if None in truths else sum([truth is True for truth in truths])


def _least(values: list[Any]) -> Any:
    return None if None in values or not values else min(values)


def _most(values: list[Any]) -> Any:
    return None if None in values or not values else max(values)


def _summed(values: list[Any]) -> Any:
    return None if None in values else sum(values)


_QUANTIFIERS: dict[str, Callable[[list[Any]], Any]] = {
    # Of no node at all nothing is known: a condition on nodes that are not there is not met.
    "all": lambda truths: every(truths) if truths else None,
    "any": lambda truths: some(truths) if truths else None,
    "count": _counted,
    "min": _least,
    "max": _most,
    "sum": _summed,
}
