"""Making what a log says safe to keep and to show. Logs are written by whoever can reach a node."""

from __future__ import annotations

import re

LINE_LIMIT = 1 << 20
"""Bytes of one line that are parsed; what comes beyond is kept in the journal and not read (R5)."""
TEXT_LIMIT = 1024
"""Characters of one captured text."""

ESCAPE = 0x1B
"""As a number: to look for one in bytes takes a tenth of the time that a text of one takes."""
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_ANSI_BYTES = re.compile(_ANSI.pattern.encode())
UNSAFE = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069"
"""Control and direction-changing characters but tab and line feed, as the inside of a regular expression's class."""
_CONTROL = re.compile(f"[{UNSAFE}]")
_BREAK = re.compile(r"[\t\n]")


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """Text without terminal escapes, control or direction-changing characters, of bounded length."""
    if text.isprintable():
        # Nearly every text is, and then there is nothing to take out.
        return text[:limit]
    return _CONTROL.sub("", _ANSI.sub("", text[: 4 * limit]))[:limit]


def one_line(text: str, limit: int = TEXT_LIMIT) -> str:
    """As `clean`, tabs and line breaks as blanks too: what an event or a table may hold."""
    if text.isprintable():
        return text[:limit]
    return _BREAK.sub(" ", clean(text, limit))


def without_colour(line: bytes) -> bytes:
    """A line without terminal escape sequences."""
    return _ANSI_BYTES.sub(b"", line) if ESCAPE in line else line


def decoded(line: bytes) -> str:
    r"""UTF-8, with bytes that are not shown as `\xNN`; never fails, and the same bytes give the same text."""
    return line.decode("utf-8", "backslashreplace")
