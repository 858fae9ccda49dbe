"""Log statements written as they read, with typed holes: `Synced {count:int}/{target:int}{...}`.

A template compiles to one regular expression of atomic groups, so matching is linear in the line whatever
the line says. It answers three ways: a match, a *malformed* line (its literals are there, a hole is not
what it should be), or another statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from parsers.text import UNSAFE

_WORD = rf"[^\s,;\[\]()<>{UNSAFE}]"
KINDS: dict[str, tuple[str, type[str | int]]] = {
    "int": (r"\d{1,19}(?!\d)", int),
    "hash": (r"[0-9a-f]{64}", str),
    "uuid": (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", str),
    "word": (rf"(?:\[[0-9A-Fa-f:.]{{2,45}}\])?{_WORD}{{1,256}}(?!{_WORD})", str),
    "number": (r"-?\d{1,19}(?:\.\d{1,19})?(?!\.?\d)", str),
    "rest": (r".*", str),
}
"""Kinds of holes: what they take and what they become. What is longer than its kind is malformed, never cut.
A hole without a kind is a word, which may begin with an IPv6 host in brackets; `{...}` takes whatever comes
up to the literal that follows it, or to the end."""

_HOLE = re.compile(r"\{(?:(\.\.\.)|(\w+)(?::(\w+))?)\}")
_SAFE = re.compile(r"[A-Za-z0-9 _.\-]+")
NEEDLE_MINIMUM = 6
"""A shorter literal hits too many lines to be worth looking for."""


class Malformed(NamedTuple):
    """A recognised statement with an unreadable field."""

    statement: str


class Template:
    """One line of a log statement."""

    __slots__ = ("_converters", "_lenient", "_patterns", "_strict", "literals", "text")
    _strict: re.Pattern[str]
    _lenient: re.Pattern[str]

    def __init__(self, text: str) -> None:
        """Read the text. Raises ValueError for an unknown kind of hole, or a hole right behind `{...}`."""
        self.text = text
        strict: list[str] = []
        lenient: list[str] = []
        literals: list[str] = []
        converters: dict[str, type[str | int]] = {}
        position, skipping = 0, False
        for hole in _HOLE.finditer(text):
            literal = text[position : hole.start()]
            position = hole.end()
            strict.append(_literal(literal, skipping=skipping))
            lenient.append(_literal(literal, skipping=bool(lenient)))
            literals.append(literal)
            if skipping and not literal:
                raise ValueError(f"{{...}} needs a literal behind it in {text!r}")
            any_text, name, kind = hole.groups()
            skipping = any_text is not None
            if not skipping:
                pattern, convert = KINDS[_known(kind or "word")]
                strict.append(f"(?P<{name}>(?>{pattern}))")
                if convert is not str:
                    converters[name] = convert
        literal = text[position:]
        literals.append(literal)
        strict.append(_literal(literal, skipping=skipping))
        lenient.append(_literal(literal, skipping=bool(lenient)))
        self.literals = tuple(filter(None, literals))
        self._patterns = {"_strict": "".join(strict), "_lenient": "".join(lenient)}
        self._converters = converters

    def __getattr__(self, name: str) -> re.Pattern[str]:
        """An expression, compiled when it is first asked for: whoever opens a state reads no line, and need not wait
        for the expressions of all of them.
        """
        if name not in ("_strict", "_lenient"):
            raise AttributeError(name)
        compiled = re.compile(self._patterns[name], re.DOTALL | re.ASCII)
        setattr(self, name, compiled)
        return compiled

    def match(self, message: str) -> dict[str, Any] | None:
        """The holes by name, or None."""
        found = self._strict.match(message)
        if found is None:
            return None
        holes = found.groupdict()
        for name, convert in self._converters.items():
            holes[name] = convert(holes[name])
        return holes

    def recognises(self, message: str) -> bool:
        """Whether every literal is there, in order."""
        return self._lenient.match(message) is not None

    def needle(self) -> str:
        """The longest literal run that survives JSON escaping and framing (R10).

        Raises ValueError where there is none long enough: such a statement cannot be found cheaply.
        """
        return longest_needle(self.literals, self.text)


def longest_needle(literals: Iterable[str], text: str) -> str:
    """The longest run in any of the literals of a statement by which it can be found; see `Template.needle`."""
    runs = [run.group() for literal in literals for run in _SAFE.finditer(literal)]
    best = max(runs, key=len, default="")
    if len(best) < NEEDLE_MINIMUM:
        message = f"no literal of {NEEDLE_MINIMUM} characters to look for in {text!r}"
        raise ValueError(message)
    return best


def _literal(literal: str, *, skipping: bool) -> str:
    if not literal:
        return ""
    return f"(?>.*?{re.escape(literal)})" if skipping else re.escape(literal)


def _known(kind: str) -> str:
    if kind not in KINDS:
        message = f"unknown kind of hole {kind!r}; there are {', '.join(sorted(KINDS))}"
        raise ValueError(message)
    return kind
