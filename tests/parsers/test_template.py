"""Templates: what a statement's text takes, and what it calls malformed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.template import NEEDLE_MINIMUM, Template

HASH = "5f" * 32
UUID = "e4dd0cd8-bafb-4dbb-b584-eb9e9eb63201"

TAKEN = [
    ("{n:int} left", "17 left", {"n": 17}),
    ("{n:int} left", "9999999999999999999 left", {"n": 9_999_999_999_999_999_999}),
    ("id: <{block:hash}>", f"id: <{HASH}>", {"block": HASH}),
    ("[{uuid:uuid}] gone", f"[{UUID}] gone", {"uuid": UUID}),
    ("to {address}", "to 127.0.0.1:28101", {"address": "127.0.0.1:28101"}),
    ("to {address}", "to 127.0.0.1:28101, again", {"address": "127.0.0.1:28101"}),
    ("[{address} OUT]", "[[2001:db8::7]:18080 OUT]", {"address": "[2001:db8::7]:18080"}),
    ("to {address:word} and", "to zwiebel.onion:18083 and", {"address": "zwiebel.onion:18083"}),
    ("({code:number}, {error}", "(-3, LEVIN_ERROR)", {"code": "-3", "error": "LEVIN_ERROR"}),
    ("took {seconds:number} s", "took 0.670401 s", {"seconds": "0.670401"}),
    ("says {text:rest}", "says a, b [c] <d>", {"text": "a, b [c] <d>"}),
    ("says {text:rest}", "says ", {"text": ""}),
    ("Synced {a:int}/{b:int}", "Synced 3/5 (60%, 2 left)", {"a": 3, "b": 5}),
    ("{...}Connect failed to {to}", "0[priority]Connect failed to h:1", {"to": "h:1"}),
    ("{...}Connect failed to {to}", "Connect failed to h:1", {"to": "h:1"}),
    ("kicked, {...} ago, {n:int}", "kicked, 1, 2 or 3 ago, 4", {"n": 4}),
    ("kicked{...}", "kicked, whatever comes", {}),
    ("a+b (c) [d] {n:int}.", "a+b (c) [d] 1.", {"n": 1}),
    ("plain", "plain and more", {}),
]


@pytest.mark.parametrize(("text", "message", "holes"), TAKEN)
def test_holes_take_what_their_kind_takes(text: str, message: str, holes: dict[str, object]) -> None:
    """A hole becomes what its kind says, and `{...}` whatever comes up to the literal behind it."""
    template = Template(text)
    assert template.match(message) == holes
    assert template.recognises(message)


MALFORMED = [
    ("Synced {a:int}/{b:int}", "Synced three/5"),
    ("Synced {a:int}/{b:int}", "Synced -3/5"),
    ("Synced {a:int}/{b:int}", "Synced 3/x"),
    ("at {n:int}", "at 12345678901234567890"),
    ("id: <{block:hash}>", f"id: <{HASH[1:]}>"),
    ("id: <{block:hash}>", f"id: <{HASH}0>"),
    ("id: <{block:hash}>", f"id: <{HASH.upper()}>"),
    ("[{uuid:uuid}] gone", "[e4dd0cd8] gone"),
    ("to {address} now", "to  now"),
    ("to {address} now", "to a b now"),
    ("to {address}", "to " + "a" * 257),
    ("to {address} now", "to a\x07b now"),
    ("to {address} now", "to a\u202eb now"),
    ("to {address} now", "to [2001:db8::7 now"),
    ("took {seconds:number} s", "took 1.2.3 s"),
    ("{...}Connect failed to {to}", "0Connect failed to "),
]


@pytest.mark.parametrize(("text", "message"), MALFORMED)
def test_unreadable_hole_is_malformed(text: str, message: str) -> None:
    """R13: where the literals stand and a hole is not what it should be, the statement is recognised and not matched.

    What is too long for its kind is unreadable as well: a number cut short would be another number.
    """
    template = Template(text)
    assert template.match(message) is None
    assert template.recognises(message)


OTHER = [
    ("Synced {a:int}/{b:int}", "Synced 56 blocks in 1 seconds"),
    ("Synced {a:int}/{b:int}", " Synced 3/5"),
    ("Synced {a:int}/{b:int}", "synced 3/5"),
    ("Synced {a:int}/{b:int}", ""),
    ("{...}Connect failed to {to}", "0[priority]Connected to h:1"),
]


@pytest.mark.parametrize(("text", "message"), OTHER)
def test_other_statement_is_neither(text: str, message: str) -> None:
    """A message without the literals, or with them elsewhere than at its beginning, is another statement."""
    template = Template(text)
    assert template.match(message) is None
    assert not template.recognises(message)


def test_unknown_kind_is_refused() -> None:
    """A kind of hole that does not exist is an error of the parser's author, named with those that do."""
    with pytest.raises(ValueError, match=r"unknown kind of hole 'height'; there are hash, int, number"):
        Template("at {n:height}")


@pytest.mark.parametrize(
    ("text", "needle"),
    [
        ("[{a} {b:uuid} {c}] NEW CONNECTION", " NEW CONNECTION"),
        ("###### REORGANIZE on height: {a:int} of {b:int}", " REORGANIZE on height"),
        ("Tx <{t:hash}> removed from tx pool due to outdated, age: {...}", " removed from tx pool due to outdated"),
        ("same length {n:int} same lengtH", "same length "),
    ],
)
def test_needle_is_the_longest_safe_run(text: str, needle: str) -> None:
    """R10: a needle is the longest run of letters, digits, blanks, `_`, `.` and `-`, the first of equals."""
    assert Template(text).needle() == needle


@pytest.mark.parametrize("text", ["{a}", "{...}", "a: <{b}>: c", "\t\t\t\t\t\t\t{a}"])
def test_statement_without_a_needle_is_refused(text: str) -> None:
    """R10: what cannot be found cheaply is no statement."""
    with pytest.raises(ValueError, match=f"no literal of {NEEDLE_MINIMUM} characters"):
        Template(text).needle()


HOSTILE = ["a", "1", "Synced ", "Synced 1/", "[", " ", "[a ", "] Received ", "{...}", "\u202e", "Connect failed to "]


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize(
    "text",
    [
        "Synced {a:int}/{b:int} at {c:int}",
        "[{a} {b}] {...}kicking {...} peer {...} now {c}",
        "{...}Connect failed to {...} of {c:int}",
        "{a}{b}{c}{d}",
    ],
)
def test_hostile_message_is_answered_at_once(text: str, unit: str) -> None:
    """Matching takes time linear in the message, whatever a mebibyte of it repeats."""
    message = unit * ((1 << 20) // len(unit))
    assert Template(text).match(message) is None


ALPHABET = st.text("ab1 <>:/[].\x00\u202e", max_size=12)


@given(st.lists(ALPHABET.filter(bool), min_size=1, max_size=4), st.lists(ALPHABET, min_size=4, max_size=4))
@settings(derandomize=True, max_examples=200, deadline=None)
def test_what_matches_is_recognised(literals: list[str], fillings: list[str]) -> None:
    """Law: the strict reading is a part of the lenient one, and a hole never takes an unsafe character."""
    text = "".join(f"{literal}{{h{place}}}" for place, literal in enumerate(literals))
    message = "".join(literal + filling for literal, filling in zip(literals, fillings, strict=False))
    template = Template(text)
    assert template.recognises(message)
    holes = template.match(message) or {}
    assert not any(character in hole for hole in holes.values() for character in "\x00\u202e <>[]")
