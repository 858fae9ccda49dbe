"""The two forms of zap: what is the header of a line, and what its fields are, whatever a line says."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parsers import zap
from parsers.clock import utc
from parsers.statements import LEVELS, PROBLEM_LEVELS, Line
from tests.parsers.xmtpd_lines import on_console, pairs_of, said, split, written

AT = 1_795_248_787_042_000_000


def read(text: bytes) -> Line:
    """A line that is one."""
    found = zap.read(text, utc)
    assert found is not None
    return found


def test_json_form() -> None:
    """Header and fields of a JSON line; the fields are not decoded."""
    text = said("batch published", "xmtpd.publish-worker", '"batch_size":10,"body":{"a":[1]}')
    assert read(text) == Line(
        AT,
        "INFO",
        "batch published",
        "xmtpd.publish-worker",
        None,
        "server/server.go:1",
        b'{"batch_size":10,"body":{"a":[1]}}',
    )


def test_console_form() -> None:
    """The same line on the console, with blanks between its fields as zap puts them."""
    text = on_console(said("batch published", "xmtpd.publish-worker", '"batch_size":10,"body":{"a":[1]}'))
    assert read(text) == Line(
        AT,
        "INFO",
        "batch published",
        "xmtpd.publish-worker",
        None,
        "server/server.go:1",
        b'{"batch_size": 10, "body": {"a":[1]}}',
    )


@pytest.mark.parametrize("fields", ["", '"signal":"terminated"'])
@pytest.mark.parametrize("logger", ["", "xmtpd"])
def test_no_logger_and_no_fields(logger: str, fields: str) -> None:
    """A logger without a name and a line without fields lack their column or key, in both forms."""
    text = said("received signal, shutting down", logger, fields)
    for line in (read(text), read(on_console(text))):
        assert (line.category, line.place) == (logger or None, "server/server.go:1")
        assert line.message == "received signal, shutting down"
        assert json.loads(line.fields or b"{}") == ({"signal": "terminated"} if fields else {})


@pytest.mark.parametrize(
    ("written", "level"),
    [("WARN", "WARNING"), ("DPANIC", "FATAL"), ("PANIC", "FATAL"), ("FATAL", "FATAL"), ("DEBUG", "DEBUG")],
)
def test_levels_are_those_of_all_systems(written: str, level: str) -> None:
    """Zap's levels as this project names them; what is a problem holds a literal that the matcher looks for."""
    text = said("something", level=written)
    assert {read(text).level, read(on_console(text)).level} == {level} <= set(LEVELS)
    assert (level in PROBLEM_LEVELS) == any(needle in written for needle in zap.PROBLEM_NEEDLES)


@pytest.mark.parametrize(
    ("time", "nanoseconds"),
    [
        ("2026-11-21T08:13:07.042Z", AT),
        ("2026-11-21T10:13:07.042+0200", AT),
        ("2026-11-21T02:43:07.042-05:30", AT),
        ("2026-11-21T08:13:07Z", AT - 42_000_000),
    ],
)
def test_times(time: str, nanoseconds: int) -> None:
    """UTC, or an offset with or without a colon."""
    text = said("something", time=time)
    assert read(text).time == read(on_console(text)).time == nanoseconds


@pytest.mark.parametrize("time", ["2026-13-21T08:13:07.042Z", "9999-12-31T08:13:07.042Z", "2026-11-21T25:13:07.042Z"])
def test_a_date_that_is_none_makes_it_no_line(time: str) -> None:
    """There is no other time to take that does not depend on the lines before."""
    text = said("something", time=time)
    assert zap.read(text, utc) is None
    assert zap.read(on_console(text), utc) is None


def test_a_field_may_be_called_like_the_header() -> None:
    """§4.3: the first of a name is the header; `message`, `time` and `level` behind it are fields."""
    fields = '"method":"/x","code":"internal","message":"no","time":"2020-01-01T00:00:00.000Z","level":"DEBUG"'
    text = said("client unary RPC error", "xmtpd.api", fields, level="ERROR")
    for line in (read(text), read(on_console(text))):
        assert (line.time, line.level, line.message) == (AT, "ERROR", "client unary RPC error")
        assert json.loads(line.fields)["message"] == "no"


def test_escapes_in_a_message() -> None:
    """A JSON message is unescaped; half a surrogate pair becomes the sign for what is lost."""
    assert read(said("").replace(b'"message":""', b'"message":"a \\"b\\" \\t\\u00e9\\\\"')).message == 'a "b" \té\\'
    assert read(said("").replace(b'"message":""', b'"message":"\\ud800"')).message == "?"
    assert read(said("").replace(b'"message":""', b'"message":"\\q"')).message == "\\q"


def test_a_message_on_the_console_may_hold_tabs() -> None:
    """The last tab is before the object, if there is one; an object holds none."""
    head = b"2026-11-21T08:13:07.042Z\tINFO\txmtpd\ta/b.go:7\t"
    assert read(head + b"a\tb").message == "a\tb"
    line = read(head + b'a\tb\t{"n": 1}')
    assert (line.message, line.fields) == ("a\tb", b'{"n": 1}')


def test_colours_are_taken_off() -> None:
    """Something may have coloured the level, or the whole line."""
    text = on_console(said("something")).replace(b"INFO", b"\x1b[34mINFO\x1b[0m")
    assert read(text).level == "INFO"
    assert read(b"\x1b[1m" + said("something") + b"\x1b[0m").message == "something"


@pytest.mark.parametrize(
    "order", [("time", "level", "message", "caller", "logger"), ("message", "caller", "level", "logger", "time")]
)
def test_reordered_keys_are_read_too(order: tuple[str, ...]) -> None:
    """What re-encodes lines may sort their keys or put blanks between: the slower way reads them alike."""
    text = said("client unary RPC error", "xmtpd.api", '"code":"x","message":"no","message":"never"', level="ERROR")
    header, fields = split(text)
    shuffled = written([(key, header[key]) for key in order] + fields, (", ", ": ")).encode()
    line, other = read(text), read(shuffled)
    assert (line.time, line.level, line.message, line.category, line.place) == (
        other.time,
        other.level,
        other.message,
        other.category,
        other.place,
    )
    assert pairs_of(other.fields) == pairs_of(line.fields) == fields


@pytest.mark.parametrize("cut", range(10, 120, 7))
def test_a_truncated_header_is_no_line(cut: int) -> None:
    """Where the message is not whole nothing is told apart."""
    text = said("something", "xmtpd.api", '"a":1')
    if cut < text.index(b'","a"'):
        assert zap.read(text[:cut], utc) is None


def test_truncated_fields_are_kept_as_they_are() -> None:
    """The statement is known, and that its fields cannot be read is for its parser to say."""
    text = said("something", "xmtpd.api", '"a":1,"b":2')
    assert read(text[:-3]).fields == b'{"a":1,"b"'
    assert read(on_console(text)[:-3]).fields == b'{"a": 1, "b":'


NOT_ZAP = [
    b"",
    b"2026/11/21 06:59:59 could not validate options: missing required arguments: --contracts.environment",
    b"panic: runtime error: index out of range",
    b"goroutine 1 [running]:",
    b'{"level":"info","time":"2026-11-21T08:13:07.042Z","message":"lower case"}',
    b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","msg":"another key"}',
    b'{"level":"INFO","time":1795248787,"caller":"a/b.go:1","message":"a number"}',
    b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","caller":"a/b.go:1","message":"two"}{"level":"INFO"}',
    b"2026-11-21T08:13:07.042Z INFO xmtpd a/b.go:1 no tabs",
    b"2026-11-21T08:13:07.042Z\tINFO\txmtpd\tno caller\tsomething",
    b"2026-11-21 07:03:36.499\t[P2P0]\tINFO\tglobal\tsrc/x.cpp:1\tmonerod's",
]


@pytest.mark.parametrize("text", NOT_ZAP, ids=range(len(NOT_ZAP)))
def test_what_is_no_line(text: bytes) -> None:
    """What is in neither form is no line, and of no form."""
    assert zap.read(text, utc) is None
    assert zap.form(text) is None


def test_forms() -> None:
    """A form is told also where keys are in another order; without a caller it may be anybody's JSON."""
    text = said("something")
    assert zap.form(text) == "json"
    assert zap.form(b'{"time": "2026-11-21T08:13:07.042Z", "level": "INFO", "caller": "a", "message": ""}') == "json"
    assert zap.form(b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","message":"who?"}') is None
    assert zap.form(on_console(text)) == "console"


DEEP = b"[" * 100_000
HOSTILE = [
    b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","caller":"a.go:1","message":"x","a":' + DEEP,
    b'{"time":"2026-11-21T08:13:07.042Z","level":"INFO","message":"x","a":' + DEEP,
    b'{"time":"2026-11-21T08:13:07.042Z","level":"INFO","message":"x","a":' + b"9" * 10_000 + b"}",
    b'{"time":"2026-11-21T08:13:07.042Z","level":"INFO","message":"\\ud800","a":"\\udfff"}',
    b'{"time":"\xd9\xa3026-11-21T08:13:07.042Z","level":"INFO","message":"x"}',
    b'{"level":"\xff","message":"\xff"}',
]


@given(st.binary(max_size=300) | st.sampled_from(HOSTILE))
@example(b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","message":"' + b"\\" * 1001)
@settings(derandomize=True, max_examples=300, deadline=None)
def test_any_bytes_are_taken(text: bytes) -> None:
    """Law: nothing raises, and what is read can be stored."""
    found = zap.read(text, utc)
    zap.form(text)
    if found is not None:
        found.message.encode()


KNOWN = [
    said("batch published", "xmtpd.publish-worker", '"batch_size":10,"body":{"a":[1]}'),
    said("batch published", "", '"message":"other","time":"2020-01-01T00:00:00.000Z"', level="DEBUG"),
    said("").replace(b'"message":""', b'"message":"a \\"b\\" \\\\","x":1'),
]
PIECES = [
    b"",
    b'"',
    b"\\",
    b"}",
    b",",
    b"0",
    b"9",
    b"61",
    b" ",
    b"T",
    b"+01:00",
    b"\x1b[1m",
    b'"message":"',
    b'"time":"',
]


def _with_heads_of(lines: list[bytes], text: bytes) -> Line | None:
    zap.heads.clear()
    zap.beginnings.clear()
    for line in lines:
        assert zap.read(line, utc) is not None
    return zap.read(text, utc)


@given(st.sampled_from(KNOWN), st.integers(0, 260), st.integers(0, 12), st.sampled_from(PIECES) | st.binary(max_size=3))
@example(KNOWN[0], len(KNOWN[0]), 0, b"")
@settings(max_examples=1500, deadline=None)
def test_a_known_head_is_read_as_if_it_were_not(line: bytes, start: int, length: int, piece: bytes) -> None:
    """R10: a line like one before is read by looking up how it begins, and so are lines that only look like one."""
    text = line[:start] + piece + line[start + length :]
    assert _with_heads_of(KNOWN, text) == _with_heads_of([], text)


def test_heads_that_are_kept_are_bounded() -> None:
    """What a log says may not fill the memory: neither many messages nor a long one."""
    for number in range(3 * zap.HEADS_KEPT):
        minute = f"2026-11-21T08:{number % 60:02}:07.042Z".replace("-21T08", f"-{number // 60 % 28 + 1:02}T08")
        zap.read(said(f"message {number}", fields='"a":1', time=minute), utc)
        zap.read(said("message", fields='"a":1', time=minute), utc)
    zap.read(said("x" * zap.HEAD_LIMIT), utc)
    assert len(zap.heads) <= zap.HEADS_KEPT
    assert len(zap.beginnings) <= zap.HEADS_KEPT
    assert max(map(len, zap.heads)) <= zap.HEAD_LIMIT
