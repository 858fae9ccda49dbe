"""Statements that are told by what they say: templates with holes.

    @monero.parses("REORGANIZE SUCCESS! on height: {split:int}, new blockchain size: {count:int}")
    def reorg_finished(split: int, count: int) -> ReorgFinished: ...

The template says what a line looks like; the function says what it means. A statement of several lines
names those that follow its first in `then`; the function is called once with the holes of all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from parsers.matcher import trie_pattern
from parsers.statements import Format, Found, H, Line, Statement, System, events_of
from parsers.template import Template
from state.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Templated(Statement):
    """A statement with a template for each of its lines."""

    head: Template
    wants_line: bool

    def call(self, line: Line, read: dict[str, Any]) -> tuple[Event, ...]:
        """The function gets the holes by name."""
        return events_of(self.handler(line, **read) if self.wants_line else self.handler(**read))


class TemplatedSystem(System):
    """A system whose statements are templates."""

    def __init__(self, name: str, form: Format, extra_needles: tuple[str, ...] = ()) -> None:
        """See `System`."""
        super().__init__(name, form, extra_needles)
        self._statements: list[Templated] = []
        self._noise: list[Template] = []
        self._finder: re.Pattern[str] | None = None
        self._by_needle: dict[str, tuple[Templated, ...]] = {}

    @property
    def statements(self) -> tuple[Templated, ...]:
        """In the order in which they were registered."""
        return tuple(self._statements)

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
            statement = Templated(
                name=handler.__name__,
                text=template,
                handler=handler,
                levels=(level,),
                category=category,
                needle=needle or head.needle(),
                head=head,
                then=tuple(map(Template, then)),
                wants_line=line,
            )
            self._statements.append(statement)
            self._finder = None
            return handler

        return register

    def knows(self, *templates: str) -> None:
        """Register statements that carry no state: they are skipped like any line, and coverage knows them."""
        self._noise += map(Template, templates)

    def is_noise(self, line: Line) -> bool:
        """By its message."""
        return any(template.match(line.message) is not None for template in self._noise)

    def find(self, line: Line) -> Found | None:
        """The first whose template fits; else the first whose literals are all there, as one that is unreadable. Only
        those are tried whose needle stands in the message, in order of the hits, and nearly always the first is the
        right one: so the message is searched no further than need be. Each is tried once, however often its needle
        comes: the work grows with the message, not with its square.
        """
        if self._finder is None:
            self._index()
        assert self._finder is not None  # noqa: S101 - _index sets it
        message, search = line.message, self._finder.search
        unreadable: Found | None = None
        tried: set[str] = set()
        hit = search(message)
        while hit is not None:
            needle = hit.group()
            statements = () if needle in tried else self._by_needle[needle]
            tried.add(needle)
            for statement in statements:
                holes = statement.head.match(message)
                if holes is not None:
                    return Found(statement, holes)
                if unreadable is None and statement.head.recognises(message):
                    unreadable = Found(statement, None)
            # From the next character on, as one needle may end in the beginning of another.
            hit = search(message, hit.start() + 1)
        return unreadable

    def _index(self) -> None:
        needles = sorted({s.needle for s in self._statements}, key=lambda n: (-len(n), n))
        self._finder = re.compile(trie_pattern(needles))
        self._by_needle = {needle: tuple(s for s in self._statements if s.needle in needle) for needle in needles}
