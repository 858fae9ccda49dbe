"""Registering log statements, and finding the one that a line is.

    @monero.parses("REORGANIZE SUCCESS! on height: {split:int}, new blockchain size: {count:int}")
    def reorg_finished(split: int, count: int) -> ReorgFinished: ...

The template says what a line looks like; the function says what it means. A statement of several lines
names those that follow its first in `then`; the function is called once with the holes of all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import msgspec

from parsers.matcher import trie_pattern
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


@dataclass(frozen=True, slots=True)
class Statement:
    """One log statement of an observed system."""

    name: str
    head: Template
    then: tuple[Template, ...]
    handler: Handler
    level: str
    category: str
    needle: str
    wants_line: bool

    @property
    def span(self) -> int:
        """Logical lines after the head within which the statement must be complete."""
        return self.last_line - 1 + GROUP_SLACK if self.then else 0

    @property
    def last_line(self) -> int:
        """How many lines the statement has at least."""
        return 1 + len(self.then)

    def call(self, line: Line, holes: dict[str, Any]) -> tuple[Event, ...]:
        """The events of a matched statement."""
        answer = self.handler(line, **holes) if self.wants_line else self.handler(**holes)
        if answer is None:
            return ()
        return (answer,) if isinstance(answer, Event) else tuple(answer)


@dataclass(slots=True)
class System:
    """The statements of one observed system."""

    name: str
    statements: list[Statement] = field(default_factory=list)
    extra_needles: tuple[str, ...] = ()
    """Literals of lines that are wanted for their level rather than for what they say. They may hold tabs."""
    every_line: Callable[[Line], Event | None] | None = None
    """Called for every line of level warning or worse."""
    noise: list[Template] = field(default_factory=list)
    """Statements that are known and carry no state: they are skipped like any line, and coverage knows them."""
    _finder: re.Pattern[str] | None = None
    _by_needle: dict[str, tuple[Statement, ...]] = field(default_factory=dict)

    def parses(  # noqa: PLR0913 - what a statement is
        self,
        template: str,
        *,
        then: tuple[str, ...] = (),
        level: str = "INFO",
        category: str = "",
        needle: str | None = None,
        line: bool = False,
    ) -> Callable[[H], H]:
        """Register a function for a statement. With `line` it also gets the `Line`, as its first argument."""
        head = Template(template)

        def register(handler: H) -> H:
            statement = Statement(
                name=handler.__name__,
                head=head,
                then=tuple(map(Template, then)),
                handler=handler,
                level=level,
                category=category,
                needle=needle or head.needle(),
                wants_line=line,
            )
            self.statements.append(statement)
            self._finder = None
            return handler

        return register

    def knows(self, *templates: str) -> None:
        """Register statements that carry no state."""
        self.noise += map(Template, templates)

    def is_noise(self, message: str) -> bool:
        """Whether a message is a statement that carries no state."""
        return any(template.match(message) is not None for template in self.noise)

    def needles(self) -> tuple[str, ...]:
        """Everything the matcher must look for, sorted."""
        return tuple(sorted({s.needle for s in self.statements} | set(self.extra_needles)))

    def heads(self) -> tuple[tuple[str, int], ...]:
        """Needles of statements of several lines, with how many lines after them are wanted too."""
        return tuple((s.needle, s.span) for s in self.statements if s.then)

    def candidates(self, message: str) -> Iterable[Statement]:
        """Statements whose needle stands in the message, each once, in order of the hits."""
        if self._finder is None:
            self._index()
        assert self._finder is not None  # noqa: S101 - _index sets it
        search, hits = self._finder.search, []
        hit = search(message)
        while hit is not None:
            hits.append(hit.group())
            # From the next character on, as one needle may end in the beginning of another.
            hit = search(message, hit.start() + 1)
        if len(hits) == 1:
            return self._by_needle[hits[0]]
        return dict.fromkeys(s for hit in hits for s in self._by_needle[hit])

    def _index(self) -> None:
        needles = sorted({s.needle for s in self.statements}, key=lambda n: (-len(n), n))
        self._finder = re.compile(trie_pattern(needles))
        self._by_needle = {needle: tuple(s for s in self.statements if s.needle in needle) for needle in needles}
