"""Registering statements, and finding the one that a message is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.easylogging import FORMAT
from parsers.keyed import loggers
from parsers.statements import GROUP_SLACK, Line, System
from parsers.systems import SYSTEMS
from parsers.templated import TemplatedSystem
from state.events import Event, SyncFinished, SyncStarted


def system_of(*needles: str) -> TemplatedSystem:
    """A system with a statement for each needle."""
    system = TemplatedSystem("test", FORMAT)
    for needle in needles:
        system.parses(needle.ljust(6, "_"), needle=needle)(lambda: None)
    return system


def test_statement_is_found_by_its_needle() -> None:
    """A statement is a candidate where its needle stands, wherever in the message that is."""
    system = system_of("Synced ", " blocked.")
    assert [one.needle for one in system.candidates("Host h blocked.")] == [" blocked."]
    assert [one.needle for one in system.candidates("Synced host blocked.")] == ["Synced ", " blocked."]
    assert list(system.candidates("nothing")) == []


@pytest.mark.parametrize(
    ("needles", "message", "found"),
    [
        (("block", "blocked", "locked"), "host blocked", {"block", "blocked", "locked"}),
        (("abcdef", "defghi"), "abcdefghi", {"abcdef", "defghi"}),
        (("abcabc",), "abcabcabc", {"abcabc"}),
    ],
)
def test_overlapping_needles_hide_none(needles: tuple[str, ...], message: str, found: set[str]) -> None:
    """A needle within another, or that begins where another ends, is found as well."""
    assert {one.needle for one in system_of(*needles).candidates(message)} == found


@given(
    st.lists(st.text("ab ", min_size=2, max_size=5), min_size=1, max_size=8, unique=True), st.text("ab ", max_size=30)
)
@settings(derandomize=True, max_examples=300, deadline=None)
def test_candidates_are_all_whose_needle_stands_there(needles: list[str], message: str) -> None:
    """Law: the candidates are the statements whose needle is in the message, each once."""
    found = [one.needle for one in system_of(*needles).candidates(message)]
    assert len(found) == len(set(found))
    assert set(found) == {needle for needle in needles if needle in message}


def test_registering_later_counts() -> None:
    """A statement registered after the first look-up is found too."""
    system = system_of("first one")
    assert list(system.candidates("second one")) == []
    system.parses("second one")(lambda: None)
    assert [one.needle for one in system.candidates("second one")] == ["second one"]


@pytest.mark.parametrize(
    ("answer", "events"),
    [
        (None, ()),
        (SyncStarted(), (SyncStarted(),)),
        ([SyncStarted(), SyncFinished()], (SyncStarted(), SyncFinished())),
        ([], ()),
    ],
)
def test_function_answers_none_one_or_several(answer: Event | list[Event] | None, events: tuple[Event, ...]) -> None:
    """A statement's function gives no event, one, or several in order."""
    system = TemplatedSystem("test", FORMAT)
    system.parses("something happened")(lambda: answer)
    line = Line(time=1, level="INFO", message="something happened")
    assert system.statements[0].call(line, {}) == events


def test_function_may_want_the_line() -> None:
    """A function registered with `line` gets the line before the holes."""
    system = TemplatedSystem("test", FORMAT)
    got: list[object] = []
    system.parses("something {n:int} happened", line=True)(lambda line, n: got.extend((line, n)))
    line = Line(time=1, level="INFO", message="something 7 happened")
    system.statements[0].call(line, {"n": 7})
    assert got == [line, 7]


def test_span_of_a_statement() -> None:
    """A statement of several lines wants as many lines behind its head as it has, and a few that are foreign."""
    system = TemplatedSystem("test", FORMAT)
    system.parses("first line of three", then=("second", "third"))(lambda: None)
    system.parses("only line")(lambda: None)
    assert [one.span for one in system.statements] == [2 + GROUP_SLACK, 0]
    assert system.heads() == (("first line of three", 2 + GROUP_SLACK),)


def test_noise_is_known() -> None:
    """A statement that carries no state is known by its template and is no candidate."""
    system = system_of("Synced ")
    system.knows("PERF {n:int}", "HTTP [{address}] {...}")
    lines = [Line(1, "INFO", message) for message in ("PERF 7 ms", "HTTP [127.0.0.1] POST /json_rpc", "PERF x")]
    assert [system.is_noise(line) for line in lines] == [True, True, False]
    assert system.needles() == ("Synced ",)


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=lambda one: one.name)
def test_every_needle_stands_in_its_statement(system: System) -> None:
    """R10: a line of a statement always holds the statement's needle, which JSON leaves as it is."""
    for statement in system.statements:
        said_by = [one or "" for one in loggers(statement.category)]
        assert statement.needle in statement.text or all(statement.needle in one for one in said_by), statement.name
        assert not set(statement.needle) & set("\t\n\"\\<>&'"), statement.name
    assert len({one.name for one in system.statements}) == len(system.statements)
    assert system.needles() == tuple(sorted(set(system.needles())))
