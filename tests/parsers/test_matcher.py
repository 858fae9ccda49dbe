"""Two engines that find the same lines (R10)."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.matcher import HyperscanMatcher, Matcher, NoMatcher, TrieMatcher, matcher_for, trie_pattern
from parsers.systems import SYSTEMS
from tests.parsers.monerod import capture

ENGINES = ["re", "hyperscan"]


def lines_hit(matcher: Matcher, block: bytes) -> list[int]:
    """Numbers of the lines in which a hit ends, checking that hits ascend and lie in the block."""
    hits = list(matcher.hits(block))
    assert hits == sorted(hits)
    assert all(0 < hit <= len(block) for hit in hits)
    return sorted({block.count(b"\n", 0, hit - 1) for hit in hits})


def lines_holding(literals: Sequence[str], block: bytes) -> list[int]:
    """The same, by definition."""
    return [n for n, line in enumerate(block.split(b"\n")) if any(literal.encode() in line for literal in literals)]


BLOCKS = [
    (["abc"], b"", []),
    (["abc"], b"\n\n", []),
    (["abc"], b"abc", [0]),
    (["abc"], b"abc\n", [0]),
    (["abc"], b"x\nxabc", [1]),
    (["abc"], b"ab\nc\nab", []),
    (["abc"], b"abcabc abc\n\nabc\n", [0, 2]),
    (["Synced", "Synced up"], b"Synced\nSynced up\nSync\n", [0, 1]),
    (["Synced up", "Synced"], b"Synced u\n", [0]),
    (["abcd", "bc"], b"xbcx\nabc\n", [0, 1]),
    (["abcd", "cdef"], b"abcdef\ncdef\nabcd\n", [0, 1, 2]),
    (["aab"], b"aaab\n", [0]),
    (["a.c", "[x]"], b"abc\na.c\nx\n[x]\n", [1, 3]),
    (["\tW ", "\tWARN"], b"time\tW text\ntime\t[x]\tWARNING\t\nW \n", [0, 1]),
    (["größe"], "eine größe\ngröß\n".encode(), [0]),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("literals", "block", "lines"), BLOCKS)
def test_lines_are_found(engine: str, literals: list[str], block: bytes, lines: list[int]) -> None:
    """R10: every line that holds a literal is hit and no other: prefixes, overlaps, at both ends of a block."""
    assert lines_holding(literals, block) == lines
    assert lines_hit(matcher_for(literals, engine), block) == lines
    assert list(matcher_for(literals, engine).hits(memoryview(block))) == list(
        matcher_for(literals, engine).hits(block)
    )


LITERALS = st.lists(st.text("ab .\t", min_size=1, max_size=5), min_size=1, max_size=8)
TEXTS = st.text("ab .\t\nx", max_size=120).map(str.encode)


@given(LITERALS, TEXTS)
@settings(derandomize=True, max_examples=300, deadline=None)
def test_engines_agree(literals: list[str], block: bytes) -> None:
    """R10, law: hyperscan, the pure engine and plain search find the same lines of any block."""
    expected = lines_holding(literals, block)
    assert lines_hit(TrieMatcher(literals), block) == expected
    assert lines_hit(HyperscanMatcher(literals), block) == expected


@pytest.mark.parametrize("level", ["level0", "level1", "selective"])
def test_engines_agree_on_real_logs(level: str) -> None:
    """R10: both engines find the same lines of a captured log with the needles of its system."""
    needles = SYSTEMS["monero"].needles()
    block = b"".join(capture(level, 3))
    expected = lines_holding(needles, block)
    assert expected
    assert lines_hit(matcher_for(needles, "re"), block) == expected
    assert lines_hit(matcher_for(needles, "hyperscan"), block) == expected


@given(st.lists(st.text("abc(|?", min_size=1, max_size=6), min_size=1, max_size=10), st.text("abc(|?", max_size=20))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_trie_takes_the_longest(literals: list[str], text: str) -> None:
    """Law: the factored expression matches at a place exactly the longest literal that stands there."""
    found = re.compile(trie_pattern(literals)).match(text)
    fitting = [literal for literal in literals if text.startswith(literal)]
    assert (found.group() if found else None) == max(fitting, key=len, default=None)


def test_no_literals_match_nothing() -> None:
    """A system without statements wants no line, and the empty expression matches none."""
    matcher = matcher_for([])
    assert isinstance(matcher, NoMatcher)
    assert list(matcher.hits(b"anything\n")) == []
    assert re.compile(trie_pattern([])).search("anything") is None


def test_engines_by_name() -> None:
    """An engine is chosen by name, the fast one where it can be had; an unknown name is refused."""
    assert [matcher_for(["abc"], name).engine for name in ("auto", "hyperscan", "re")] == [
        "hyperscan",
        "hyperscan",
        "re",
    ]
    with pytest.raises(ValueError, match="unknown matcher engine 'grep'"):
        matcher_for(["abc"], "grep")


def test_pure_engine_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where hyperscan is not installed the pure engine takes its place, unless hyperscan was asked for."""
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    assert matcher_for(["abc"]).engine == "re"
    with pytest.raises(ImportError):
        matcher_for(["abc"], "hyperscan")
