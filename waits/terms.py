"""What a formula is made of: a tree of values, whether it was written in Python or in one line of text.

`height("node1") >= 57` in Python and the same text on a command line give equal trees. A tree knows nothing of any
network: `waits.binding` ties it to one.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waits.durations import duration, written

if TYPE_CHECKING:
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


class Term(ABC):
    """A value of a formula. Comparison operators build formulas; `==` compares trees, `equals` builds one."""

    __slots__ = ()

    @property
    @abstractmethod
    def kind(self) -> Kind:
        """What its value is."""

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


@dataclass(frozen=True, slots=True)
class Literal(Term):
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


@dataclass(frozen=True, slots=True)
class Parameter(Term):
    """A value that the inventory may set."""

    name: str
    of: Kind
    default: int | str

    @property
    def kind(self) -> Kind:
        return self.of

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Variable(Term):
    """What `each:` or `for` ranges over."""

    name: str
    of: Kind

    @property
    def kind(self) -> Kind:
        return self.of

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Call(Term):
    """A function of the library, applied."""

    function: Function
    arguments: tuple[Term, ...] = ()

    @property
    def kind(self) -> Kind:
        return self.function.kind

    def __str__(self) -> str:
        return f"{self.function.name}({', '.join(map(str, self.arguments))})"


@dataclass(frozen=True, slots=True)
class Arithmetic(Term):
    """`+`, `-`, `*`, `//` of numbers, or of a duration and a number."""

    operator: str
    left: Term
    right: Term

    @property
    def kind(self) -> Kind:
        return Kind.DURATION if Kind.DURATION in (self.left.kind, self.right.kind) else Kind.NUMBER

    def __str__(self) -> str:
        return f"{_within(self.left)} {self.operator} {_within(self.right)}"


@dataclass(frozen=True, slots=True)
class Compare(Term):
    """A comparison of two values."""

    operator: str
    left: Term
    right: Term

    kind = Kind.TRUTH

    def __str__(self) -> str:
        return f"{_beside(self.left)} {self.operator} {_beside(self.right)}"


@dataclass(frozen=True, slots=True)
class Not(Term):
    """The contrary."""

    term: Term

    kind = Kind.TRUTH

    def __str__(self) -> str:
        return f"not {_within(self.term)}"


@dataclass(frozen=True, slots=True)
class All(Term):
    """Every one of them, in one snapshot."""

    terms: tuple[Term, ...]

    kind = Kind.TRUTH

    def __str__(self) -> str:
        return " and ".join(map(_within, self.terms))


@dataclass(frozen=True, slots=True)
class Any_(Term):  # noqa: N801 - `Any` is typing's
    """At least one of them, in one snapshot."""

    terms: tuple[Term, ...]

    kind = Kind.TRUTH

    def __str__(self) -> str:
        return " or ".join(map(_within, self.terms))


@dataclass(frozen=True, slots=True)
class ForEach(Term):
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

    def __str__(self) -> str:
        return f"{self.quantifier}({self.body} for {self.variable} in nodes)"


@dataclass(frozen=True, slots=True)
class Grown(Term):
    """How much a number has grown since the condition began."""

    term: Term

    kind = Kind.NUMBER

    def __str__(self) -> str:
        return f"grown({self.term})"


@dataclass(frozen=True, slots=True)
class Increase(Term):
    """How much a counter has grown within a window of journal time."""

    term: Term
    window: Term

    kind = Kind.NUMBER

    def __str__(self) -> str:
        return f"increase({self.term}, {self.window})"


@dataclass(frozen=True, slots=True)
class Repeats(Term):
    """How often a counter has grown since a number last reached a new maximum: a cycle without progress."""

    counter: Term
    progress: Term

    kind = Kind.NUMBER

    def __str__(self) -> str:
        return f"repeats({self.counter}, {self.progress})"


@dataclass(frozen=True, slots=True)
class Age(Term):
    """How long a value has been what it is."""

    term: Term

    kind = Kind.AGE

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
