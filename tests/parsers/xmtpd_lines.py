"""What xmtpd writes, in either form, and a parser to feed it to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from parsers.framing import FRAMINGS
from parsers.source import Memory, SourceParser
from parsers.systems import SYSTEMS
from state.events import Event, ProblemLogged, ProcessCrashed
from tests.parsers.monerod import feed

XMTPD = SYSTEMS["xmtpd"]
HEADER = ("level", "time", "logger", "caller", "message")


def pairs_of(line: bytes) -> list[tuple[str, Any]]:
    """Every pair of a JSON line, in order; objects within as they come."""
    pairs: list[tuple[str, Any]] = []

    def keep(found: list[tuple[str, Any]]) -> dict[str, Any]:
        pairs[:] = found
        return dict(found)

    json.loads(line, object_pairs_hook=keep)
    return pairs


def written(pairs: Iterable[tuple[str, Any]], between: tuple[str, str] = (",", ":")) -> str:
    """An object of pairs, two of a name too."""
    inner = between[0].join([f"{json.dumps(key)}{between[1]}{_compact(value)}" for key, value in pairs])
    return f"{{{inner}}}"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def split(line: bytes) -> tuple[dict[str, str], list[tuple[str, Any]]]:
    """Header and fields: of a name in both the first is the header's."""
    header: dict[str, str] = {}
    fields = []
    for key, value in pairs_of(line):
        if key in HEADER and key not in header:
            header[key] = value
        else:
            fields.append((key, value))
    return header, fields


def on_console(line: bytes) -> bytes:
    """A JSON line as zap's console encoder writes it, without its end."""
    header, fields = split(line)
    columns = [header["time"], header["level"], header.get("logger"), header["caller"], header["message"]]
    columns.append(written(fields, (", ", ": ")) if fields else None)
    return "\t".join([column for column in columns if column is not None]).encode()


def said(  # noqa: PLR0913 - what a line is
    message: str,
    logger: str = "xmtpd",
    fields: str = "",
    *,
    level: str = "INFO",
    time: str = "2026-11-21T08:13:07.042Z",
    caller: str = "server/server.go:1",
) -> bytes:
    """A JSON line; the fields as they stand between the braces."""
    named = f'"logger":"{logger}",' if logger else ""
    behind = f",{fields}" if fields else ""
    text = f'{{"level":"{level}","time":"{time}",{named}"caller":"{caller}","message":{json.dumps(message)}{behind}}}'
    return text.encode()


def parser(framing: str = "bare", memory: Memory | None = None) -> SourceParser:
    """A parser of one xmtpd's log."""
    return SourceParser("node1", 1, XMTPD, FRAMINGS[framing], memory=memory)


def events_of(*lines: bytes, framing: str = "bare") -> list[Event]:
    """The events of lines without their ends."""
    return feed(parser(framing), [line + b"\n" for line in lines])


def without_problems(events: Iterable[Event]) -> tuple[Event, ...]:
    """What the statements themselves said."""
    return tuple(event for event in events if not isinstance(event, ProblemLogged | ProcessCrashed))
