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


def system_of(*needles: str, fits: str = "") -> TemplatedSystem:
    """A system with a statement for each needle, of which the template of one fits wherever its needle stands."""
    system = TemplatedSystem("test", FORMAT)
    for needle in needles:
        system.parses("{...}" + needle + ("" if needle == fits else "\0"), needle=needle)(lambda: None)
    return system


def needle_found(system: TemplatedSystem, message: str) -> str | None:
    """The needle of the statement that a message is."""
    found = system.find(Line(0, "INFO", message))
    return None if found is None else found.statement.needle


def test_statement_is_found_by_its_needle() -> None:
    """A statement is tried where its needle stands, wherever in the message that is."""
    system = system_of("Synced ", " blocked.", fits=" blocked.")
    assert needle_found(system, "Host h blocked.") == " blocked."
    assert needle_found(system, "Synced host blocked.") == " blocked."
    assert needle_found(system, "Synced host") is None
    assert needle_found(system, "nothing") is None


@pytest.mark.parametrize(
    ("needles", "message"),
    [
        (("block", "blocked", "locked"), "host blocked"),
        (("abcdef", "defghi"), "abcdefghi"),
        (("abcabc",), "abcabcabc"),
    ],
)
def test_overlapping_needles_hide_none(needles: tuple[str, ...], message: str) -> None:
    """A needle within another, or that begins where another ends, is found as well."""
    for needle in needles:
        assert needle_found(system_of(*needles, fits=needle), message) == needle


@given(
    st.lists(st.text("ab ", min_size=2, max_size=5), min_size=1, max_size=8, unique=True), st.text("ab ", max_size=30)
)
@settings(derandomize=True, max_examples=300, deadline=None)
def test_every_statement_is_tried_whose_needle_stands_there(needles: list[str], message: str) -> None:
    """Law: whichever fits is found, where its needle is in the message and nowhere else."""
    for needle in needles:
        assert needle_found(system_of(*needles, fits=needle), message) == (needle if needle in message else None)


def test_registering_later_counts() -> None:
    """A statement registered after the first look-up is found too."""
    system = system_of("first one")
    assert needle_found(system, "second one") is None
    system.parses("second one")(lambda: None)
    assert needle_found(system, "second one") == "second one"


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
    """A statement that carries no state is known by its template and is not found."""
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
