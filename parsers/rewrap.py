"""Putting another text into a record's framing: what redaction needs to write a line back."""

from __future__ import annotations

import json

from parsers.framing import FRAMINGS, Prefixed
from parsers.text import without_colour

_KEYS = {"docker-json": "log", "journald": "MESSAGE"}
"""Framings that are JSON, with the key of the text."""


def rewrapped(framing: str, record: bytes, text: bytes) -> bytes:
    """The record with `text` in place of its own; its line break and whether it is partial stay."""
    end = b"\n" if record.endswith(b"\n") else b""
    chosen = FRAMINGS[framing]
    framed = chosen.unwrap(record)
    if isinstance(chosen, Prefixed) and record[:1] == b"\x1b" and chosen.recognises(record):
        record = without_colour(record)
    body = record.removesuffix(b"\n") if framed.partial and framing not in _KEYS else record.rstrip(b"\r\n")
    if framing in _KEYS and framed.text != body:
        return _in_json(_KEYS[framing], body, text) + end
    # What the framing takes off stands before the text; of a record that is none, nothing does.
    return body[: len(body) - len(framed.text)] + text + end


def _in_json(key: str, record: bytes, text: bytes) -> bytes:
    found = json.loads(record)
    if key == "MESSAGE":
        found[key] = _message(text)
    else:
        found[key] = text.decode("utf-8", "backslashreplace") + ("\n" if found[key].endswith("\n") else "")
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def _message(text: bytes) -> str | list[int]:
    """As journald writes it: what is no UTF-8 is an array of bytes."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return list(text)
