"""What a log statement is, and what an observed system is made of.

monerod's statements are told by what they say (`parsers.templated`), xmtpd's by who says it and what
(`parsers.keyed`). Both answer alike: the statement that a line is, with what was read of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias, TypeVar, get_args, get_type_hints

import msgspec

from parsers.clock import Zone
from parsers.template import Template
from state.events import Event

Answer: TypeAlias = Event | Iterable[Event] | None
Handler: TypeAlias = Callable[..., Answer]
H = TypeVar("H", bound=Handler)

LEVELS = ("TRACE", "VERBOSE", "DEBUG", "INFO", "WARNING", "ERROR", "FATAL")
PROBLEM_LEVELS = frozenset(("WARNING", "ERROR", "FATAL"))
GROUP_SLACK = 4
"""Foreign lines tolerated inside a statement of several lines."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """One log line with framing and format taken off. `None` is what the form does not show."""

    time: int | None
    """Nanoseconds UTC as the line itself says."""
    level: str
    message: str
    category: str | None = None
    thread: str | None = None
    place: str | None = None
    fields: bytes = b""
    """What stands beside the message: a JSON object that nobody has decoded yet, or nothing."""


class Format(NamedTuple):
    """How a system writes its lines."""

    read: Callable[[bytes, Zone], Line | None]
    """A line in any of its forms, or None where it is in none. Never raises."""
    form: Callable[[bytes], str | None]
    """The form that a line is in."""
    forms: tuple[str, ...]
    """All of them, that which shows most first: of two forms of one log it is primary."""


def _kinds(declared: Any) -> Iterator[type[Event]]:
    """The kinds of events in what a function declares to answer: one, several, or perhaps none."""
    if isinstance(declared, type) and issubclass(declared, Event):
        yield declared
    for part in get_args(declared):
        yield from _kinds(part)


def events_of(answer: Answer) -> tuple[Event, ...]:
    """What a function said, as events in order."""
    if answer is None:
        return ()
    return (answer,) if isinstance(answer, Event) else tuple(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(ABC):
    """One log statement of an observed system."""

    name: str
    text: str
    """What it says, as people write it."""
    handler: Handler
    levels: tuple[str, ...]
    """Those that it is known at."""
    category: str
    needle: str
    """The literal by which its lines are found."""
    then: tuple[Template, ...] = ()
    """The lines behind its first, where it has several."""

    @property
    def level(self) -> str:
        """The level that it mostly comes at."""
        return self.levels[0]

    @property
    def span(self) -> int:
        """Logical lines after the first within which it must be complete."""
        return len(self.then) + GROUP_SLACK if self.then else 0

    @abstractmethod
    def call(self, line: Line, read: Any) -> tuple[Event, ...]:
        """The events of a line of it, of which `read` was read. Raises ValueError, KeyError, OverflowError."""


class Found(msgspec.Struct, frozen=True, gc=False):
    """The statement that a line is."""

    statement: Statement
    read: Any
    """What was read of the line; None where something in it could not be."""


class System(ABC):
    """An observed system: a format, and statements in it."""

    def __init__(self, name: str, form: Format, extra_needles: tuple[str, ...] = ()) -> None:
        """`extra_needles` are literals of lines that are wanted for their level rather than for what they say. They
        may hold tabs.
        """
        self.name = name
        self.format = form
        self.extra_needles = extra_needles
        self.every_problem: Callable[[Line], Answer] | None = None
        """Called for every line of level warning or worse."""

    @property
    @abstractmethod
    def statements(self) -> tuple[Statement, ...]:
        """Those that are read."""

    @abstractmethod
    def find(self, line: Line) -> Found | None:
        """The statement that a line is, or None for one that is not read."""

    @abstractmethod
    def is_noise(self, line: Line) -> bool:
        """Whether a line is a statement that is known to carry no state."""

    def needles(self) -> tuple[str, ...]:
        """Everything the matcher must look for, sorted."""
        return tuple(sorted({s.needle for s in self.statements} | set(self.extra_needles)))

    @cached_property
    def kinds(self) -> frozenset[type[Event]]:
        """The kinds of events that its logs can give, as its functions declare them."""
        handlers = [statement.handler for statement in self.statements]
        if self.every_problem is not None:
            handlers.append(self.every_problem)
        return frozenset(kind for handler in handlers for kind in _kinds(get_type_hints(handler).get("return")))

    def heads(self) -> tuple[tuple[str, int], ...]:
        """Needles of statements of several lines, with how many lines after them are wanted too."""
        return tuple((s.needle, s.span) for s in self.statements if s.then)
