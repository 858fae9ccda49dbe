"""What a formula is made of: a tree of values, whether it was written in Python or in one line of text.

`height("node1") >= 57` in Python and the same text on a command line give equal trees. A tree knows nothing of any
network: `waits.binding` ties it to one.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

import msgspec

from waits.durations import duration, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waits.functions import Function


class Kind(enum.Enum):
    """What a value is. Values of different kinds do not compare."""

    TRUTH = "true or false"
    NUMBER = "a number"
    TEXT = "a text"
    DURATION = "a duration"
    AGE = "an age, which grows as time passes"
    NODE = "a node"
    FORK = "a fork"
    REPORT = "a report"
    WORKER = "a worker"
    CURSOR = "a cursor"
    ORIGINATOR = "an originator"
    LIST = "a list"


_QUOTED = (Kind.TEXT, Kind.TRUTH, Kind.REPORT, Kind.WORKER, Kind.CURSOR, Kind.ORIGINATOR)
"""What formulas write in quotes, or with a capital."""


class Term(msgspec.Struct, frozen=True):
    """A value of a formula. Comparison operators build formulas; `==` compares trees, `equals` builds one."""

    @property
    def kind(self) -> Kind:
        """What its value is: true or false, unless a term says otherwise."""
        return Kind.TRUTH

    @property
    def parts(self) -> tuple[Term, ...]:
        """The terms that it is made of."""
        return ()

    def made_of(self, parts: tuple[Term, ...]) -> Term:
        """The same of other terms, as many as its own."""
        assert not parts  # noqa: S101 - one that is made of any says how
        return self

    def __ge__(self, other: Term | int | str) -> Compare:
        return Compare(">=", self, term(other, self))

    def __gt__(self, other: Term | int | str) -> Compare:
        return Compare(">", self, term(other, self))

    def __le__(self, other: Term | int | str) -> Compare:
        return Compare("<=", self, term(other, self))

    def __lt__(self, other: Term | int | str) -> Compare:
        return Compare("<", self, term(other, self))

    def equals(self, other: Term | int | str) -> Compare:
        """Whether this is that value."""
        return Compare("==", self, term(other, self))

    def __sub__(self, other: Term | int | str) -> Arithmetic:
        return Arithmetic("-", self, term(other, self))

    def __add__(self, other: Term | int | str) -> Arithmetic:
        return Arithmetic("+", self, term(other, self))

    def __mul__(self, other: Term | int) -> Arithmetic:
        return Arithmetic("*", self, term(other, self))

    def __and__(self, other: Term) -> All:
        return All((self, other))

    def __or__(self, other: Term) -> Any_:
        return Any_((self, other))

    def __invert__(self) -> Not:
        return Not(self)


class Literal(Term, frozen=True):
    """A value as written."""

    value: bool | int | str
    of: Kind

    @property
    def kind(self) -> Kind:
        return self.of

    def __str__(self) -> str:
        if self.of is Kind.DURATION:
            return written(int(self.value))
        return repr(self.value) if self.of in _QUOTED else shown_value(self.value, self.of)


class Parameter(Term, frozen=True):
    """A value that the inventory may set."""

    name: str
    of: Kind
    default: int | str

    @property
    def kind(self) -> Kind:
        return self.of

    def __str__(self) -> str:
        return self.name


class Variable(Term, frozen=True):
    """What `each:` or `for` ranges over."""

    name: str
    of: Kind

    @property
    def kind(self) -> Kind:
        return self.of

    def __str__(self) -> str:
        return self.name


class Call(Term, frozen=True):
    """A function of the library, applied."""

    function: Function
    arguments: tuple[Term, ...] = ()

    @property
    def kind(self) -> Kind:
        return self.function.kind

    @property
    def parts(self) -> tuple[Term, ...]:
        return self.arguments

    def made_of(self, parts: tuple[Term, ...]) -> Term:
        return Call(self.function, parts)

    def __str__(self) -> str:
        return f"{self.function.name}({', '.join(map(str, self.arguments))})"


class Arithmetic(Term, frozen=True):
    """`+`, `-`, `*`, `//` of numbers, or of a duration and a number."""

    operator: str
    left: Term
    right: Term

    @property
    def kind(self) -> Kind:
        return Kind.DURATION if Kind.DURATION in (self.left.kind, self.right.kind) else Kind.NUMBER

    @property
    def parts(self) -> tuple[Term, ...]:
        return (self.left, self.right)

    def made_of(self, parts: tuple[Term, ...]) -> Term:
        return Arithmetic(self.operator, *parts)

    def __str__(self) -> str:
        return f"{_within(self.left)} {self.operator} {_within(self.right)}"


class Compare(Term, frozen=True):
    """A comparison of two values."""

    operator: str
    left: Term
    right: Term

    @property
    def parts(self) -> tuple[Term, ...]:
        return (self.left, self.right)

    def made_of(self, parts: tuple[Term, ...]) -> Term:
        return Compare(self.operator, *parts)

    def __str__(self) -> str:
        return f"{_beside(self.left)} {self.operator} {_beside(self.right)}"


class Not(Term, frozen=True):
    """The contrary."""

    term: Term

    @property
    def parts(self) -> tuple[Term, ...]:
        return (self.term,)

    def made_of(self, parts: tuple[Term, ...]) -> Term:
        return Not(*parts)

    def __str__(self) -> str:
        return f"not {_within(self.term)}"


class All(Term, frozen=True):
    """Every one of them, in one snapshot."""

    terms: tuple[Term, ...]

    @property
    def parts(self) -> tuple[Term, ...]:
        return self.terms

    def made_of(self, parts: tuple[Term, ...]) -> Term:
        return All(parts)

    def __str__(self) -> str:
        return " and ".join(map(_within, self.terms))


class Any_(Term, frozen=True):  # noqa: N801 - `Any` is typing's
    """At least one of them, in one snapshot."""

    terms: tuple[Term, ...]

    @property
    def parts(self) -> tuple[Term, ...]:
        return self.terms

    def made_of(self, parts: tuple[Term, ...]) -> Term:
        return Any_(parts)

    def __str__(self) -> str:
        return " or ".join(map(_within, self.terms))


class ForEach(Term, frozen=True):
    """`all(... for node in nodes)` and its like, over every node that is expected or has been seen."""

    quantifier: str
    """`all`, `any`, `count`, `min`, `max` or `sum`."""
    variable: str
    body: Term

    @property
    def kind(self) -> Kind:
        if self.quantifier in ("all", "any"):
            return Kind.TRUTH
        return Kind.NUMBER if self.quantifier == "count" else self.body.kind

    @property
    def parts(self) -> tuple[Term, ...]:
        return (self.body,)

    def made_of(self, parts: tuple[Term, ...]) -> Term:
        return ForEach(self.quantifier, self.variable, *parts)

    def __str__(self) -> str:
        return f"{self.quantifier}({self.body} for {self.variable} in nodes)"


class Grown(Term, frozen=True):
    """How much a number has grown since the condition began."""

    term: Term

    kind = Kind.NUMBER

    @property
    def parts(self) -> tuple[Term, ...]:
        return (self.term,)

    def made_of(self, parts: tuple[Term, ...]) -> Term:
        return Grown(*parts)

    def __str__(self) -> str:
        return f"grown({self.term})"


class Increase(Term, frozen=True):
    """How much a counter has grown within a window of journal time."""

    term: Term
    window: Term

    kind = Kind.NUMBER

    @property
    def parts(self) -> tuple[Term, ...]:
        return (self.term, self.window)

    def made_of(self, parts: tuple[Term, ...]) -> Term:
        return Increase(*parts)

    def __str__(self) -> str:
        return f"increase({self.term}, {self.window})"


class Repeats(Term, frozen=True):
    """How often a counter has grown since a number last reached a new maximum: a cycle without progress."""

    counter: Term
    progress: Term

    kind = Kind.NUMBER

    @property
    def parts(self) -> tuple[Term, ...]:
        return (self.counter, self.progress)

    def made_of(self, parts: tuple[Term, ...]) -> Term:
        return Repeats(*parts)

    def __str__(self) -> str:
        return f"repeats({self.counter}, {self.progress})"


class Age(Term, frozen=True):
    """How long a value has been what it is."""

    term: Term

    kind = Kind.AGE

    @property
    def parts(self) -> tuple[Term, ...]:
        return (self.term,)

    def made_of(self, parts: tuple[Term, ...]) -> Term:
        return Age(*parts)

    def __str__(self) -> str:
        return f"age({self.term})"


def term(value: Term | int | str, beside: Term | None = None) -> Term:
    """A value of Python as a term. A text beside an age or a duration is a duration: `quiet_for(n) > "20s"`."""
    if isinstance(value, Term):
        return value
    if isinstance(value, bool):
        return Literal(value, Kind.TRUTH)
    if isinstance(value, int):
        return Literal(value, Kind.NUMBER)
    if beside is not None and beside.kind in (Kind.AGE, Kind.DURATION):
        from waits.durations import nanoseconds

        return Literal(nanoseconds(value), Kind.DURATION)
    return Literal(value, Kind.TEXT)


def calls_of(given: Term) -> list[Call]:
    """Every call within a term."""
    own = [given] if isinstance(given, Call) else []
    return [*own, *(call for part in given.parts for call in calls_of(part))]


def substituted(given: Term, variables: Mapping[str, Any]) -> Term:
    """A term with what its variables stand for."""
    if isinstance(given, Variable) and variables.get(given.name) is not None:
        return Literal(variables[given.name], given.of)
    if isinstance(given, ForEach):
        # Its own variable may have the name of one of these.
        return given
    return given.made_of(tuple([substituted(part, variables) for part in given.parts]))


def shown_value(value: Any, kind: Kind) -> str:
    """A value as messages show it."""
    if value is None:
        return "unknown"
    if kind is Kind.TRUTH:
        return "true" if value else "false"
    if kind in (Kind.DURATION, Kind.AGE):
        return duration(value)
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _beside(side: Term) -> str:
    return f"({side})" if isinstance(side, (All, Any_, Not, Compare)) else str(side)


def _within(inner: Term) -> str:
    return f"({inner})" if isinstance(inner, (All, Any_, Not, Compare, Arithmetic)) else str(inner)
