"""Finding, in a whole block, the lines that some parser may want (R10).

All literals of all statements are looked for in one pass; lines that none of them hits cost no Python at
all. A hit is only a candidate: the format decides. There are two engines with equal answers: hyperscan,
and one regular expression factored by common prefix for where hyperscan cannot be had.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Matcher(Protocol):
    """Looks for a fixed set of literals."""

    engine: str

    def hits(self, block: bytes | memoryview) -> Sequence[int]:
        """End positions of hits, ascending: at least one for every line that holds a literal."""
        ...


def trie_pattern(literals: Iterable[str]) -> str:
    """A regular expression for any of the literals, longest first, factored by common prefix.

    An alternation that is not factored is tried literal by literal at every position, a hundred times slower.
    """
    tree: dict[str, Any] = {}
    for literal in sorted(set(literals)):
        branch = tree
        for character in literal:
            branch = branch.setdefault(character, {})
        branch[""] = {}
    return _alternatives(tree) or "(?!)"


def _alternatives(tree: dict[str, Any]) -> str:
    ends = "" in tree
    branches = [re.escape(character) + _alternatives(branch) for character, branch in sorted(tree.items()) if character]
    if not branches:
        return ""
    inner = branches[0] if len(branches) == 1 and not ends else f"(?:{'|'.join(branches)})"
    return f"(?:{inner})?" if ends else inner


class TrieMatcher:
    """The pure engine. It reports one hit a line and then goes on at the next line."""

    engine = "re"

    def __init__(self, literals: Iterable[str]) -> None:
        """Compile; the literals hold no line break."""
        self._search = re.compile(trie_pattern(literals).encode()).search

    def hits(self, block: bytes | memoryview) -> list[int]:
        """See `Matcher`."""
        text = bytes(block)
        found: list[int] = []
        search, following = self._search, text.find
        hit = search(text)
        while hit is not None:
            found.append(hit.end())
            line_end = following(b"\n", hit.end())
            if line_end < 0:
                break
            hit = search(text, line_end)
        return found


class HyperscanMatcher:
    """The fast engine."""

    engine = "hyperscan"

    def __init__(self, literals: Sequence[str]) -> None:
        """Compile, which takes milliseconds. Raises ImportError where hyperscan cannot be had."""
        import hyperscan

        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        expressions = [literal.encode() for literal in literals]
        self._database.compile(
            expressions=expressions,
            ids=list(range(len(expressions))),
            elements=len(expressions),
            flags=[0] * len(expressions),
            literal=True,
        )

    def hits(self, block: bytes | memoryview) -> list[int]:
        """See `Matcher`."""
        found: list[int] = []
        append = found.append

        def hit(_literal: int, _start: int, end: int, _flags: int, _context: object) -> None:
            append(end)

        self._database.scan(bytes(block), match_event_handler=hit)
        return found


class NoMatcher:
    """The engine of a system without statements."""

    engine = "none"

    def hits(self, block: bytes | memoryview) -> tuple[int, ...]:
        """Nothing is wanted."""
        return ()


def matcher_for(literals: Sequence[str], engine: str = "auto") -> Matcher:
    """A matcher for the literals. `engine` is `auto`, `hyperscan` or `re`.

    Raises ImportError for `hyperscan` where it is not installed, ValueError for any other name.
    """
    if not literals:
        return NoMatcher()
    if engine not in ("auto", "hyperscan", "re"):
        message = f"unknown matcher engine {engine!r}; there are auto, hyperscan and re"
        raise ValueError(message)
    if engine != "re":
        try:
            return HyperscanMatcher(literals)
        except ImportError:
            if engine == "hyperscan":
                raise
    return TrieMatcher(literals)
