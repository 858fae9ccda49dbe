"""The table of functions that formulas are made of, and what each declares about itself.

A function reads a snapshot and gives a value, or None where the logs do not show it. It declares which fields of
which slices it reads, so that only what changed is computed anew, and which statements it needs, so that absence
is never taken for evidence (R23): with those lines gone it must say unknown.
"""

from __future__ import annotations

from operator import is_not
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, TypeVar

import msgspec

from waits.entities import OF_KIND
from waits.terms import Call, Kind, Literal, Parameter, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from state.events import Event
    from state.origin import Origin
    from state.reducers import Key
    from state.snapshot import NetworkState
    from waits.sight import Ears, Hearing


T = TypeVar("T")


class View:
    """What a function may look at: everything known after one entry of the journal. The engine moves it on."""

    __slots__ = ("at", "ears", "expected", "hearing", "memo", "seq", "state")

    def __init__(  # noqa: PLR0913 - what there is to look at
        self,
        state: NetworkState,
        ears: Ears,
        hearing: Hearing,
        at: int,
        seq: int,
        expected: Iterable[str] = (),
    ) -> None:
        """`at` is the journal time of the moment that is judged, `seq` the last entry that it includes; `expected` are
        the nodes that the inventory counts in quorums.
        """
        self.expected = tuple(sorted(expected))
        self.memo: dict[Any, Any] = {}
        """What functions keep of what they have worked out, each beside the values that it follows from."""
        self.state = state
        self.ears = ears
        self.hearing = hearing
        self.at = at
        self.seq = seq

    def kept(self, key: Any, basis: tuple[Any, ...], work_out: Callable[[], T]) -> T:
        """What follows from `basis`, worked out anew only when one of its values is another object."""
        held = self.memo.get(key)
        if held is None or len(held[0]) != len(basis) or any(map(is_not, held[0], basis)):
            held = self.memo[key] = (basis, work_out())
        found: T = held[1]
        return found

    def same(self, key: Any, value: T) -> T:
        """A value, as the object that it was before where the two are equal: what follows from it still does."""
        before: T = self.memo.setdefault(key, value)
        if before == value:
            return before
        self.memo[key] = value
        return value


class Reads(NamedTuple):
    """Fields of a slice that a function reads: at the key of its node unless said otherwise. The slice `source` tells
    how the sources of a node stand.
    """

    slice: str
    fields: tuple[str, ...] = ()
    """None named: anything of the entry."""
    anywhere: bool = False
    """At every key."""
    by_block: bool = False
    """At the key of the block that is its last argument."""
    keyed: Callable[..., Key] | None = None
    """At the key that this makes of its arguments."""
    aspect: Callable[[Any, Any], Any] | None = None
    """What of the one field named is read, given the field and `part`: what leaves it equal changes nothing."""
    part: Callable[..., Any] | None = None
    """What this makes of its arguments, for `aspect`; else None."""


class Gathering(Protocol):
    """Values of all nodes, summed up as they change, so that one node's change costs no look at every other."""

    def change(self, node: str, old: Any, new: Any) -> None:
        """A node's value is another one now; `old` is GONE for a node that joins."""
        ...


GONE = object()
"""The value of a node before it joined."""
ANY_LINE: tuple[type[Event], ...] = ()
"""Needed by what any line of the node would show."""
Needs: TypeAlias = "tuple[tuple[type[Event], ...], ...]"
Detail: TypeAlias = "Callable[..., str | None]"


class Function(msgspec.Struct, frozen=True, eq=False):
    """One function of the library; there is one of each name."""

    name: str
    kind: Kind
    takes: tuple[Kind, ...]
    doc: str
    compute: Callable[..., Any]
    reads: tuple[Reads, ...] = ()
    needs: Needs = ()
    """Groups of kinds of events: without any line of one group the value is unknown."""
    topics: tuple[str, ...] = ()
    """What a node's log must show."""
    over: str | None = None
    """Computed from this function's value at every node."""
    gathers: Callable[[], Gathering] | None = None
    """What keeps those values in a form that is quick to change and to compute from; else a list, by node."""
    uses: str | None = None
    """Computed from the value of this function of the network."""
    follows: tuple[str, ...] = ()
    """Looks at what these functions of the same arguments give, and is computed anew when one gives another value."""
    volatile: bool = False
    """Changes with every line of the node, so it is read anew each time it is asked for."""
    listens: Callable[..., Sequence[str]] | None = None
    """The nodes whose next line can change it: of what is volatile and about no single node, or of what depends on
    whether a node has written since something.
    """
    turns: Callable[..., int | None] | None = None
    """Of what is volatile: the earliest later time at which it can change by itself, in nanoseconds."""
    unless: str = "no line of {node} has stated it yet"
    """Why the value is unknown, where the log is read and shows what is needed."""
    applies: Callable[[View, str], bool] | None = None
    """Whether a node's logs can tell it at all, by how they came; where they cannot, a rule about it is not begun."""
    lasting: bool = False
    """Stays known after the node's log has ended."""
    about_node: bool = True
    """Whether what its first argument names is known only while the log of that node, or of its node, is heard."""
    told_by: Callable[..., Sequence[str]] | None = None
    """Of what no single node tells: the nodes that do. Where the value is unknown, those that are not heard are why."""
    why: Callable[..., str | None] | None = None
    """Why the value is unknown, asked before anything else is said."""
    names: tuple[str, ...] = ()
    """Of its arguments, for messages."""
    choices: tuple[str, ...] = ()
    """What its text argument can be; none named: anything."""
    detail: Detail | None = None
    """What to say beside the value: who is missing, where each one stands."""
    evidence: Callable[..., Sequence[Origin | None]] | None = None
    """Lines behind the value."""

    def __call__(self, *arguments: Term | int | str) -> Call:
        """The function applied, as a term. Raises TypeError, ValueError."""
        return Call(self, terms_of(self, arguments))

    def __repr__(self) -> str:
        # Where its own functions lie in memory is another place in each process.
        return f"<{self.signature}>"

    @property
    def signature(self) -> str:
        """As the reference shows it."""
        return f"{self.name}({', '.join(self.names)})"


F = TypeVar("F", bound="Callable[..., Any]")
FUNCTIONS: dict[str, Function] = {}
"""By name, as formulas call them."""
MACROS: dict[str, Macro] = {}
"""Shorthands: functions that give a term."""


class Macro(msgspec.Struct, frozen=True, eq=False):
    """A name for a formula."""

    name: str
    takes: tuple[Kind, ...]
    names: tuple[str, ...]
    doc: str
    expand: Callable[..., Term]

    @property
    def signature(self) -> str:
        """As the reference shows it."""
        return f"{self.name}({', '.join(self.names)})"

    def __repr__(self) -> str:
        return f"<{self.signature}>"

    def __call__(self, *arguments: Term | int | str) -> Term:
        """The formula it stands for. Raises TypeError."""
        return self.expand(*terms_of(self, arguments))


def terms_of(called: Function | Macro, arguments: Sequence[Term | int | str]) -> tuple[Term, ...]:
    """Arguments as terms of the kinds that are taken. Raises TypeError, ValueError."""
    if len(arguments) != len(called.takes):
        raise TypeError(f"{called.signature} takes {len(called.takes)} argument(s), not {len(arguments)}")
    given = tuple(
        one if isinstance(one, Term) else Literal(one, kind) for one, kind in zip(arguments, called.takes, strict=True)
    )
    choices = called.choices if isinstance(called, Function) else ()
    for one in given:
        if choices and isinstance(one, Parameter):
            raise ValueError(f"{called.name}() needs one of {', '.join(choices)} written out, not {one.name}")
        if choices and isinstance(one, Literal) and one.kind is Kind.TEXT and one.value not in choices:
            raise ValueError(f"{called.name}() knows {', '.join(choices)}, not {one.value!r}")
    return given


def measures(kind: Kind, *reads: Reads, takes: tuple[Kind, ...] = (), **declared: Any) -> Callable[[F], Function]:
    """Register a function. Its arguments behind the view are named as it names them."""

    def register(compute: F) -> Function:
        code = compute.__code__
        gathers = declared.get("gathers") is not None
        skipped = 1 + (declared.get("over") is not None) * (2 - gathers) + (declared.get("uses") is not None)
        function = Function(
            compute.__name__,
            kind,
            takes,
            " ".join((compute.__doc__ or "").split()),
            compute,
            reads,
            names=code.co_varnames[skipped : code.co_argcount],
            **declared,
        )
        _check(function)
        FUNCTIONS[function.name] = function
        return function

    return register


def _check(function: Function) -> None:
    """Whether it can be told at which keys a function reads, and whose lines change it. Raises ValueError."""
    entities = OF_KIND.get(function.takes[0]) if function.takes else None
    of_node = entities is not None and entities.has_node
    for one in function.reads:
        if one.aspect is not None and len(one.fields) != 1:
            raise ValueError(f"{function.name}: an aspect is one of a single field of {one.slice}")
        if not (of_node or one.anywhere or one.by_block or one.keyed is not None):
            raise ValueError(f"{function.name}: reads {one.slice} at no key; say keyed= or anywhere=")
    if function.volatile and not of_node and function.listens is None:
        raise ValueError(f"{function.name}: changes with every line, and of no node")
    if function.listens is not None and not function.volatile and function.takes:
        raise ValueError(f"{function.name}: listens, and is no function of the network")
    if function.turns is not None and not function.volatile:
        raise ValueError(f"{function.name}: turns by itself, and is not asked again when it does")


def shorthand(*takes: Kind) -> Callable[[Callable[..., Term]], Macro]:
    """Register a shorthand."""

    def register(expand: Callable[..., Term]) -> Macro:
        names = expand.__code__.co_varnames[: len(takes)]
        macro = Macro(expand.__name__, takes, names, " ".join((expand.__doc__ or "").split()), expand)
        MACROS[macro.name] = macro
        return macro

    return register
