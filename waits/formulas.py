"""Closures of values and formulas that remember nothing."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from state.ordered import ordered
from waits.bound import Bound, binds
from waits.entities import node_of
from waits.moment import Later, Moment
from waits.terms import (
    All,
    Any_,
    Arithmetic,
    Call,
    Compare,
    ForEach,
    Kind,
    Literal,
    Not,
    Parameter,
    Term,
    Variable,
    calls_of,
)
from waits.truth import Truth, every, some

if TYPE_CHECKING:
    from collections.abc import Callable

    from waits.cells import Cell
    from waits.moment import Ask


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
    graph = bound.graph
    if bound.seldom:
        arguments = tuple([bound.argument(one) for one in term.arguments])
        return lambda _moment: graph.asked(term.function, arguments)
    cell = bound.cell(term)

    listens, turns = term.function.listens, term.function.turns

    def volatile(moment: Moment) -> Any:
        value = graph.value(cell)
        if value is None and listens is not None:
            moment.listen += listens(graph.view, *cell.arguments)
        due = None if turns is None else turns(graph.view, *cell.arguments)
        if due is not None:
            moment.wake_at(due)
        return value

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
    plain = term.left.kind is not Kind.AGE and _plain(term)
    outside, bound.subscribes = bound.subscribes, bound.subscribes and not plain
    known = len(bound.asked)
    left, right = bound.bind(term.left), bound.bind(term.right)
    if bound.seldom:
        aged = term.left.kind is Kind.AGE
        return _aged(bound, term, left, right) if aged else _compared(_COMPARISONS[term.operator], left, right)
    # Those over every node are not named one by one.
    cells = () if _ranges(term) else tuple(bound.asked[known:])
    bound.subscribes = outside
    if term.left.kind is Kind.AGE:
        ask = _aged(bound, term, left, right)
    else:
        ask = _compared(_COMPARISONS[term.operator], left, right)
    if plain and cells and outside:
        whole = ask  # `ask` becomes the value of the cell, which must not be computed from itself
        quick = _quick(bound, term, cells) or (lambda: whole(Moment(0, 0)))
        compared = bound.graph.comparison((term, *ordered(bound.variables)), quick, cells)
        bound.wake(compared)
        ask = _value_of(compared)
    bound.leaf(term, ask, (left, right), cells)
    return ask


def _compared(compare: Callable[[Any, Any], bool], left: Ask, right: Ask) -> Ask:
    def ask(moment: Moment) -> Truth:
        one, other = left(moment), right(moment)
        return None if one is None or other is None else compare(one, other)

    return ask


def _quick(bound: Bound, term: Compare, cells: tuple[Cell, ...]) -> Callable[[], Truth] | None:
    """The commonest comparison, of one cell with a value as written."""
    if not isinstance(term.left, Call) or not isinstance(term.right, (Literal, Parameter)):
        return None
    cell, limit, compare = cells[0], bound.argument(term.right), _COMPARISONS[term.operator]
    return lambda: None if cell.value is None else compare(cell.value, limit)


def _value_of(cell: Cell) -> Ask:
    return lambda _moment: cell.value


def _plain(term: Term) -> bool:
    """Whether a value depends on cells alone: not on time, nor on what was before."""
    if isinstance(term, Call):
        return not term.function.volatile
    if isinstance(term, (Arithmetic, Compare)):
        return all(_plain(part) for part in term.parts)
    return isinstance(term, (Literal, Parameter, Variable))


def _aged(bound: Bound, term: Compare, since: Ask, limit: Ask) -> Ask:
    """An age against a duration: it turns once, at a time that is known."""
    turned = term.operator in (">", ">=")
    strict = term.operator in (">", "<=")
    calls = [call for call in calls_of(term.left) if call.function.volatile]
    nodes = [node_of(call.function.takes, [bound.argument(call.arguments[0])]) for call in calls]
    listens = [node for node in nodes if node is not None]

    def ask(moment: Moment) -> Truth:
        start, span = since(moment), limit(moment)
        if start is None or span is None:
            moment.listen += listens
            return None
        if start.__class__ is Later and not moment.passed(start):
            return None
        due = span + strict
        if moment.reached(start, due) if start <= moment.at else moment.passed(start + due):
            moment.listen += listens
            return turned
        return not turned

    return ask


def _ranges(term: Term) -> bool:
    """Whether a part of it is over every node."""
    return isinstance(term, ForEach) or any(_ranges(part) for part in term.parts)


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
    return _joined(bound, term.terms, decisive=False)


@binds(Any_)
def _any(bound: Bound, term: Any_) -> Ask:
    return _joined(bound, term.terms, decisive=True)


def _joined(bound: Bound, terms: tuple[Term, ...], *, decisive: bool) -> Ask:
    """A conjunction, which one false part decides, or a disjunction, which one true part does.

    Once decided, the other parts need not be asked: when the deciding part changes, all are asked again. Only what
    remembers is always asked, for it must see every change.
    """
    remembering: list[Ask] = []
    others: list[Ask] = []
    for term in terms:
        known = len(bound.memories)
        ask = bound.bind(term)
        (remembering if len(bound.memories) > known else others).append(ask)
    undecided = not decisive

    def ask_all(moment: Moment) -> Truth:
        truths = [ask(moment) for ask in remembering]
        if decisive in truths:
            return decisive
        answer: Truth = None if None in truths else undecided
        for ask in others:
            truth: Truth = ask(moment)
            if truth is decisive:
                return decisive
            if truth is None:
                answer = None
        return answer

    return ask_all


@binds(ForEach)
def _for_each(bound: Bound, term: ForEach) -> Ask:
    asks: list[tuple[str, Ask]] = []
    negated, around = bound.negated, bound.place
    place = (*around, bound.numbered())

    def grow(node: str) -> None:
        outside, before = bound.variables.get(term.variable), bound.negated
        bound.variables[term.variable], bound.negated = node, negated
        bound.place = (*place, node)
        asks.append((node, bound.bind(term.body)))
        asks.sort(key=lambda one: one[0])
        bound.variables[term.variable], bound.negated = outside, before
        bound.place = around

    for node in bound.graph.roster:
        grow(node)
    bound.growing.append(grow)
    combine = _QUANTIFIERS[term.quantifier]
    return lambda moment: combine([ask(moment) for _node, ask in asks])


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
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
