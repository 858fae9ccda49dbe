r"""The two log formats of zap as xmtpd sets it up: JSON and console. Catalogue, xmtpd §4.1 and §4.3.

JSON: one object, its keys in the order level, time, logger, caller, message, then the fields. A field may be called
like a key of the header (`client unary RPC error` has a second `message`), so that the first of a name is the header
and every later one a field; an encoder that keeps only the last loses what the line says.
Console: time, level, logger, caller, message and the fields as an object, between tabs; without fields no object. In
both a logger without a name is left out.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import msgspec

from parsers.clock import LEAP_SECOND, NS, Zone, read_time, utc
from parsers.statements import Format, Line
from parsers.text import ESCAPE, decoded, without_colour

JSON = "json"
CONSOLE = "console"
HEADER = ("level", "time", "logger", "caller", "message")
LEVELS = {
    b"DEBUG": "DEBUG",
    b"INFO": "INFO",
    b"WARN": "WARNING",
    b"ERROR": "ERROR",
    b"DPANIC": "FATAL",
    b"PANIC": "FATAL",
    b"FATAL": "FATAL",
}
PROBLEM_NEEDLES = ("WARN", "ERROR", "FATAL", "PANIC")
"""What stands in every header of level warning or worse, in either form and whatever is around it."""

_LEVEL = rb"(DEBUG|INFO|WARN|ERROR|DPANIC|PANIC|FATAL)"
_TIME = rb"(\d{4}-\d\d-\d\dT[0-9:.]{8,18}(?:Z|[+-]\d\d:?\d\d)?)"
_JSON = re.compile(
    rb'\{"level":"' + _LEVEL + rb'","time":"' + _TIME + rb'",'
    rb'(?:"logger":"([^"\\]{1,256})",)?(?:"caller":"([^"\\]{1,512})",)?'
    rb'"message":"((?>[^"\\]*(?:\\.[^"\\]*)*))"',
    re.DOTALL,
)
_BEGINNING = re.compile(rb'\{"level":"' + _LEVEL + rb'","time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:)')
_CALLER = rb"([^\t]{1,512}?\.go:\d{1,9}|undefined)"
_CONSOLE = re.compile(
    _TIME + rb"\t" + _LEVEL + rb"\t(?:([^\t]{1,256})\t)??" + _CALLER + rb"\t(.*)",
    re.DOTALL,
)


def read(text: bytes, zone: Zone) -> Line | None:
    """The line in either form, or None where it is in neither. The fields stay as they are written."""
    if ESCAPE in text:
        text = without_colour(text)
    line = _of_known_head(text)
    if line is not None:
        return line
    found = _JSON.match(text)
    if found is not None:
        return _of_json(found, text, zone)
    if text.startswith(b"{"):
        return _of_reordered(text, zone)
    found = _CONSOLE.match(text)
    return None if found is None else _of_console(found, zone)


def form(text: bytes) -> str | None:
    """`json`, `console`, or None for a line of another format."""
    line = read(text, utc)
    if line is None:
        return None
    if not without_colour(text).startswith(b"{"):
        return CONSOLE
    # Without a caller it may be anybody's JSON.
    return None if line.place is None else JSON


_TIME_KEY, _MESSAGE_KEY = b'"time":"', b'"message":"'
_TIME_WITHIN = 32
"""Of these bytes of a line the key of its time is one."""
HEADS_KEPT, HEAD_LIMIT = 1024, 512
"""How many heads are kept, and the bytes of one: what a log says may not fill the memory."""
heads: dict[bytes, tuple[str, str | None, str | None]] = {}
"""Message, logger and caller, by what stands in a line of JSON from behind its time up to the end of its message. A
process has few statements, so that nearly every head has been read before.
"""


class Beginnings(dict[bytes, tuple[str, int] | None]):
    """Level and minute, by how a line of JSON begins, up to the seconds of its time, which is UTC; None for any other
    line. Many lines are of one minute.
    """

    def __missing__(self, written: bytes) -> tuple[str, int] | None:
        found = _BEGINNING.fullmatch(written)
        minute = None if found is None else _any_time(found[2] + b"00Z", utc)
        if len(self) >= HEADS_KEPT:
            self.clear()
        self[written] = None if found is None or minute is None else (LEVELS[found[1]], minute)
        return self[written]


beginnings = Beginnings()


def _of_known_head(text: bytes) -> Line | None:
    """A line of JSON with fields whose head is known and whose time is in milliseconds UTC. None for any other, which
    `_of_json` reads; so it does these, with the same answer.
    """
    time = text.find(_TIME_KEY, 0, _TIME_WITHIN) + len(_TIME_KEY)
    second, fraction, behind = time + _MINUTE, time + _SECOND, time + _WHOLE
    end = text.find(b'"', text.find(_MESSAGE_KEY, behind) + len(_MESSAGE_KEY))
    head = heads.get(text[behind:end])
    if head is None or text[end + 1 : end + 2] != b",":
        return None
    beginning = beginnings[text[:second]]
    seconds = _SECONDS.get(text[second:fraction])
    milliseconds = _MILLISECONDS.get(text[fraction:behind])
    if beginning is None or seconds is None or milliseconds is None:
        return None
    level, minute = beginning
    message, logger, caller = head
    return Line(minute + seconds + milliseconds, level, message, logger, None, caller, b"{" + text[end + 2 :])


def _of_json(found: re.Match[bytes], text: bytes, zone: Zone) -> Line | None:
    level, when, logger, caller, written = found.groups()
    time = _time(when, zone)
    fields = _fields(text[found.end() :])
    if time is None or fields is None:
        return None
    message = _unescaped(written) if b"\\" in written else decoded(written)
    head = message, _name(logger), _name(caller)
    if found.end() - found.end(2) <= HEAD_LIMIT:
        if len(heads) >= HEADS_KEPT:
            heads.clear()
        heads[text[found.end(2) : found.end() - 1]] = head
    return Line(time, LEVELS[level], message, head[1], None, head[2], fields)


def _fields(rest: bytes) -> bytes | None:
    """The fields as an object, from what stands behind the message. None for a line that was cut off within its
    header, or two in one.
    """
    if rest.startswith(b","):
        return b"{" + rest[1:]
    return b"" if rest == b"}" else None


def _of_console(found: re.Match[bytes], zone: Zone) -> Line | None:
    when, level, logger, caller, rest = found.groups()
    time = _time(when, zone)
    if time is None:
        return None
    message, tab, fields = rest.rpartition(b"\t")
    # Within an object zap writes no tab: the last one is before it, if there is an object.
    if not tab or not fields.startswith(b'{"'):
        message, fields = rest, b""
    return Line(time, LEVELS[level], decoded(message), _name(logger), None, _name(caller), fields)


def _of_reordered(text: bytes, zone: Zone) -> Line | None:
    """An object whose keys something has put into another order, or with blanks between."""
    if b'"level"' not in text or b'"message"' not in text:
        return None
    pairs = pairs_of(text)
    header: dict[str, str] = {}
    fields: list[tuple[str, Any]] = []
    for key, value in pairs or ():
        if key in HEADER and key not in header and isinstance(value, str):
            header[key] = value
        else:
            fields.append((key, value))
    level = LEVELS.get(header.get("level", "").encode("ascii", "replace"))
    time = _time(header.get("time", "").encode("ascii", "replace"), zone)
    if level is None or time is None or "message" not in header:
        return None
    written = ",".join([f"{json.dumps(key)}:{json.dumps(value)}" for key, value in fields])
    named = {key: _whole(value) for key, value in header.items()}
    return Line(
        time,
        level,
        named["message"],
        named.get("logger") or None,
        None,
        named.get("caller") or None,
        f"{{{written}}}".encode() if written else b"",
    )


def pairs_of(text: bytes) -> list[tuple[str, Any]] | None:
    """The pairs of an object, those of one name too, in the order in which they are written; objects within are
    dictionaries. None for bytes that are no object.
    """
    pairs: list[tuple[str, Any]] = []

    def keep(found: list[tuple[str, Any]]) -> dict[str, Any]:
        # The outer object ends last.
        pairs[:] = found
        return dict(found)

    try:
        outer = json.loads(text, object_pairs_hook=keep)
    except (ValueError, RecursionError):
        return None
    return pairs if isinstance(outer, dict) else None


_MINUTE, _SECOND, _WHOLE = 17, 19, 24
"""Lengths of `YYYY-MM-DDTHH:MM:`, of that with the seconds, and of a time in milliseconds UTC."""
_SECONDS = {b"%02d" % second: second * NS for second in range(LEAP_SECOND + 1)}
_MILLISECONDS = {b".%03dZ" % millisecond: millisecond * (NS // 1000) for millisecond in range(1000)}


def _time(text: bytes, zone: Zone) -> int | None:
    """Most times are in milliseconds UTC, and many lines are of one second."""
    milliseconds = _MILLISECONDS.get(text[_SECOND:])
    if milliseconds is None:
        return _any_time(text, zone)
    second = _any_time(text[:_SECOND] + b"Z", zone)
    return None if second is None else second + milliseconds


@lru_cache(maxsize=256)
def _any_time(text: bytes, zone: Zone) -> int | None:
    written = text.decode("ascii", "replace")
    found = read_time(written, zone)
    return None if found is None or found[1] != len(written) else found[0]


@lru_cache(maxsize=1024)
def _name(text: bytes | None) -> str | None:
    """Loggers and callers are few."""
    return None if text is None else decoded(text)


_decode_text = msgspec.json.Decoder(str).decode


def _unescaped(message: bytes) -> str:
    """What a JSON string says; as it stands where it is none."""
    quoted = b'"' + message + b'"'
    try:
        return _decode_text(quoted)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    try:
        return _whole(json.loads(quoted, strict=False))
    except ValueError:
        return decoded(message)


def _whole(text: str) -> str:
    """Without halves of surrogate pairs, which no store takes."""
    return text.encode("utf-8", "replace").decode()


FORMAT = Format(read, form, (JSON, CONSOLE))
