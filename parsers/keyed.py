"""Statements that are told by who says them and what: (logger, message), looked up in a dictionary.

    @xmtpd.says("xmtpd.payer-report.generator-worker", "generated report")
    def report_generated(fields: Ranged) -> ReportGenerated: ...

A function names what it needs by the types of its parameters: a msgspec struct is decoded from the fields of the line
in one call, `Line` is the line, `Pairs` are the fields in order with those of one name, `Rest` is what follows the text
of a statement that only begins so. One text may mean different things under different loggers.

A logger is written as the catalogue writes it: `{a|b}` stands for either, a `*` for whatever stands before.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NewType, TypeAlias, get_type_hints

import msgspec

from parsers.statements import Format, Found, H, Line, Statement, System, events_of
from parsers.template import longest_needle
from parsers.zap import pairs_of
from state.events import Event

Pairs = NewType("Pairs", list[tuple[str, Any]])
"""Fields in the order in which they are written."""
Rest = NewType("Rest", str)
"""What stands behind the beginning of a message."""

_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError)
"""What decoding raises for fields that are not what they should be; the third for brackets nested without end."""
_CHOICE = re.compile(r"\{([^{}]+)\}")
Source: TypeAlias = Callable[[Line, str], Any]
"""Where a parameter comes from, given the line and the text of the statement."""


def _line(line: Line, _text: str) -> Line:
    return line


def _rest(line: Line, text: str) -> str:
    return line.message[len(text) :]


def _pairs(line: Line, _text: str) -> list[tuple[str, Any]]:
    pairs = pairs_of(line.fields)
    if pairs is None:
        raise ValueError("no object")
    return pairs


def _decoding(kind: type[msgspec.Struct]) -> Source:
    decode = msgspec.json.Decoder(kind).decode
    return lambda line, _text: decode(line.fields or b"{}")


_SOURCES: dict[Any, Source] = {Line: _line, Rest: _rest, Pairs: _pairs}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed(Statement):
    """A statement of some loggers."""

    sources: tuple[Source, ...]
    """Where each parameter of its function comes from."""

    def read(self, line: Line) -> tuple[Any, ...] | None:
        """What its function needs, or None where that cannot be read."""
        sources = self.sources
        try:
            if len(sources) == 1:
                return (sources[0](line, self.text),)
            return tuple([source(line, self.text) for source in sources])
        except _UNREADABLE:
            return None

    def call(self, line: Line, read: tuple[Any, ...]) -> tuple[Event, ...]:
        """The function gets its parameters in order."""
        return events_of(self.handler(*read))


class KeyedSystem(System):
    """A system whose statements are told by logger and message."""

    def __init__(self, name: str, form: Format, extra_needles: tuple[str, ...] = ()) -> None:
        """See `System`."""
        super().__init__(name, form, extra_needles)
        self._statements: list[Keyed] = []
        self._by_key: dict[tuple[str | None, str], Keyed] = {}
        self._beginnings: list[tuple[str | None, Keyed]] = []
        self.noise: set[tuple[str | None, str]] = set()
        """Logger and message of the statements that carry no state."""

    @property
    def statements(self) -> tuple[Keyed, ...]:
        """In the order in which they were registered."""
        return tuple(self._statements)

    def says(  # noqa: PLR0913 - what a statement is
        self,
        logger: str,
        message: str,
        *,
        level: str = "INFO",
        also: tuple[str, ...] = (),
        needle: str | None = None,
        begins: bool = False,
    ) -> Callable[[H], H]:
        """Register a function for a statement. `also` are other levels that it comes at; with `begins` it is any
        message that begins so. An empty logger is one without a name.
        """

        def register(handler: H) -> H:
            statement = Keyed(
                name=handler.__name__,
                text=message,
                handler=handler,
                levels=(level, *also),
                category=logger,
                needle=needle or longest_needle((message,), message),
                sources=tuple(_sources(handler)),
            )
            self._statements.append(statement)
            for one in loggers(logger):
                if begins:
                    self._beginnings.append((one, statement))
                elif self._by_key.setdefault((one, message), statement) is not statement:
                    raise ValueError(f"{one} says {message!r} twice")
            return handler

        return register

    def knows(self, logger: str, *messages: str) -> None:
        """Register statements that carry no state: they are skipped like any line, and coverage knows them."""
        self.noise.update(itertools.product(loggers(logger), messages))

    def find(self, line: Line) -> Found | None:
        """By logger and message, by the end of the logger's name, or by how the message begins."""
        logger, message = line.category, line.message
        statement = self._by_key.get((logger, message))
        if statement is None:
            statement = self._by_key.get((ending(logger), message)) or self._beginning(logger, message)
            if statement is None:
                return None
        return Found(statement, statement.read(line))

    def _beginning(self, logger: str | None, message: str) -> Keyed | None:
        for one, statement in self._beginnings:
            if one == logger and message.startswith(statement.text):
                return statement
        return None

    def is_noise(self, line: Line) -> bool:
        """By logger and message, or by message alone where any logger may say it."""
        keys = ((one, line.message) for one in (line.category, ending(line.category), "*"))
        return any(key in self.noise for key in keys)

    def known(self, logger: str | None, message: str) -> bool:
        """Whether a statement is read or known to carry no state."""
        line = Line(None, "INFO", message, logger)
        return self.find(line) is not None or self.is_noise(line)


def _sources(handler: Callable[..., Any]) -> Iterable[Source]:
    hints = get_type_hints(handler)
    hints.pop("return", None)
    for kind in hints.values():
        yield _SOURCES[kind] if kind in _SOURCES else _decoding(kind)


def loggers(written: str) -> list[str | None]:
    """Every name that a logger's stands for: `xmtpd.{a|b}` is two; none is a logger without a name."""
    found = _CHOICE.search(written)
    if found is None:
        return [written or None]
    before, after = written[: found.start()], written[found.end() :]
    return [one for choice in found[1].split("|") for one in loggers(f"{before}{choice}{after}")]


def ending(logger: str | None) -> str:
    """A logger by the last part of its name: `*.misbehavior`."""
    return f"*.{(logger or '').rpartition('.')[2]}"
