"""Statements that are told by logger and message: registering them, and finding the one that a line is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from parsers.keyed import KeyedSystem, Pairs, Rest, ending, loggers
from parsers.statements import Line
from parsers.zap import FORMAT
from state.events import Event, SyncFinished, SyncStarted


class Numbered(msgspec.Struct):
    """Fields with a number."""

    number: int
    text: str = ""


def line(message: str, logger: str | None = None, fields: bytes = b"") -> Line:
    """A line."""
    return Line(1, "INFO", message, logger, None, "a/b.go:1", fields)


def system() -> KeyedSystem:
    """A system without statements."""
    return KeyedSystem("test", FORMAT)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("a.b", ["a.b"]),
        ("", [None]),
        ("a.{b|c}", ["a.b", "a.c"]),
        ("{a|b}.x.{c|d.e}", ["a.x.c", "a.x.d.e", "b.x.c", "b.x.d.e"]),
        ("*.b", ["*.b"]),
    ],
)
def test_names_that_a_logger_stands_for(written: str, names: list[str | None]) -> None:
    """Alternatives in braces are names of their own; no name is a logger without one."""
    assert loggers(written) == names


def test_logger_by_its_ending() -> None:
    """The last part of a name, also of one that has no other."""
    assert [ending(one) for one in ("a.b.c", "c", None)] == ["*.c", "*.c", "*."]


def test_logger_and_message_tell() -> None:
    """The same text under another logger is another statement, or none."""
    test = system()
    test.says("a", "something")(lambda: None)
    test.says("b", "something")(lambda: None)
    found = [test.find(line("something", logger)) for logger in ("a", "b", "c", None)]
    assert [one and one.statement.category for one in found] == ["a", "b", None, None]
    assert test.find(line("something else", "a")) is None


def test_ending_tells_where_no_name_does() -> None:
    """A whole name goes before an ending."""
    test = system()
    test.says("*.b", "something")(lambda: None)
    test.says("x.b", "something")(lambda: None)
    found = [test.find(line("something", logger)) for logger in ("a.b", "b", "x.b", "b.c")]
    assert [one and one.statement.category for one in found] == ["*.b", "*.b", "x.b", None]


def test_function_gets_what_its_parameters_are() -> None:
    """Fields as a struct, pairs in order with those of one name, the line, and what follows a beginning."""
    test = system()
    got: list[Any] = []

    @test.says("a", "version: ", begins=True)
    def versioned(rest: Rest, fields: Numbered, pairs: Pairs, whole: Line) -> list[Event]:
        got.extend((rest, fields, pairs, whole))
        return [SyncStarted(), SyncFinished()]

    said = line("version: 1.2", "a", b'{"number":1,"x":[1],"number":2}')
    found = test.find(said)
    assert found is not None
    assert found.statement.call(said, found.read) == (SyncStarted(), SyncFinished())
    assert got == ["1.2", Numbered(2), [("number", 1), ("x", [1]), ("number", 2)], said]
    assert test.find(line("version:1.2", "a")) is None
    assert test.find(line("version: 1.2", "b")) is None


@pytest.mark.parametrize(
    "fields",
    [b"", b"{}", b"{", b"[1]", b'{"number":"1"}', b'{"number":1', b'{"number":1}x', b'{"number":1,"x":' + b"[" * 9999],
)
def test_fields_that_cannot_be_read(fields: bytes) -> None:
    """The statement is found, and nothing is read of it."""
    test = system()

    @test.says("a", "numbered")
    def numbered(fields: Numbered) -> None: ...

    found = test.find(line("numbered", "a", fields))
    assert found is not None
    assert found.read is None


def test_function_without_parameters_asks_nothing_of_the_fields() -> None:
    """What it does not need cannot be malformed."""
    test = system()
    test.says("a", "something")(lambda: None)
    found = test.find(line("something", "a", b"{"))
    assert found is not None
    assert found.read == ()


def test_needles() -> None:
    """The longest run of the message that survives every framing, or the one that is given; none is too short."""
    test = system()
    test.says("a", "found (not much)")(lambda: None)
    test.says("a.worker", "done", needle="a.worker")(lambda: None)
    assert test.needles() == ("a.worker", "not much")
    with pytest.raises(ValueError, match="no literal of 6 characters"):
        test.says("a", "close")(lambda: None)


def test_no_statement_twice() -> None:
    """A second one with the same logger and message is a slip of the pen."""
    test = system()
    test.says("a.{b|c}", "something")(lambda: None)
    with pytest.raises(ValueError, match="says 'something' twice"):
        test.says("a.c", "something")(lambda: None)


def test_noise_is_known() -> None:
    """Under its logger, an ending, or any logger at all."""
    test = system()
    test.knows("a.{b|c}", "one", "two")
    test.knows("*.d", "one")
    test.knows("*", "three")
    test.knows("", "four")
    known = [("a.b", "one"), ("a.c", "two"), ("x.d", "one"), ("any", "three"), (None, "three"), (None, "four")]
    assert all(test.is_noise(line(message, logger)) for logger, message in known)
    unknown = [("a", "one"), ("x.d", "two"), ("any", "four"), (None, "one")]
    assert not any(test.known(logger, message) for logger, message in unknown)
