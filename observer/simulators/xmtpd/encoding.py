"""Lines as zap writes them (catalogue 4.1): JSON, or its console form.

Keys are written in order and never merged: a field that is called like a key of the header, or like a field that
the logger inherits, stands in the line twice. The console form separates the fields of its object with a space,
as zap's spaced encoder does; reflected values (`zap.Any`) are compact in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Literal

import orjson

from observer.simulators.xmtpd.statements.shape import Statement

Encoding = Literal["json", "console"]
Encode = Callable[[Statement, str, str, Iterable[Any]], str]
"""Statement, time, message and values to a line, without its end."""


def iso8601(at: int) -> str:
    """A time as zap's ISO8601 encoder writes it on a machine set to UTC."""
    return f"{_second(at // 1000)}.{at % 1000:03d}Z"


@lru_cache(maxsize=8)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")


def value(held: Any) -> str:
    """A value as zap writes it: Go sorts the keys of a map, as text."""
    if isinstance(held, str):
        return encode_basestring(held)
    if type(held) is int:
        return str(held)
    if isinstance(held, dict):
        held = {str(key): held[key] for key in sorted(held, key=str)}
    return orjson.dumps(held).decode()


def json_line(statement: Statement, at: str, message: str, values: Iterable[Any]) -> str:
    """One JSON object."""
    level, logger = statement.level, statement.logger
    head = f'{{"level":"{level}","time":"{at}","logger":"{logger}","caller":"{statement.caller}",'
    fields = "".join([f',"{key}":{value(one)}' for key, one in zip(statement.keys, values, strict=True)])
    return f'{head}"message":{encode_basestring(message)}{fields}}}'


def console_line(statement: Statement, at: str, message: str, values: Iterable[Any]) -> str:
    """Columns with tabs between them; the fields, if there are any, are one JSON object at the end."""
    head = f"{at}\t{statement.level}\t{statement.logger}\t{statement.caller}\t{message}"
    fields = ", ".join([f'"{key}": {value(one)}' for key, one in zip(statement.keys, values, strict=True)])
    return f"{head}\t{{{fields}}}" if fields else head


ENCODERS: dict[Encoding, Encode] = {"json": json_line, "console": console_line}
