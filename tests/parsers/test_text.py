"""Texts of logs made safe to keep and to show."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.text import TEXT_LIMIT, UNSAFE, clean, decoded, one_line, without_colour

ESCAPED = [
    ("\x1b[0;36mblue\x1b[0m", "blue"),
    ("\x1b[38;2;1;2;3mred", "red"),
    ("\x1b[2Jcleared\x1b[1;1H", "cleared"),
    ("\x1b[?25lhidden cursor", "hidden cursor"),
    ("\x1b]0;a title\x07text", "text"),
    ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
    ("\x1b]52;c;never ended", ""),
    ("\x1bcreset", "creset"),
    ("\x1bMup", "up"),
    ("a\x1b", "a"),
    ("a\x1b[", "a["),
    ("bell\x07 back\x08 null\x00 return\r delete\x7f", "bell back null return delete"),
    ("\x9b31mC1", "31mC1"),
    ("left\u202eright\u202c \u2066isolated\u2069 \u200emark\u200f \u061cletter", "leftright isolated mark letter"),
    ("zero\u200bwidth\u2028line\u2029paragraph", "zerowidthlineparagraph"),
    ("tab\tand\nline", "tab\tand\nline"),
    ("größer — ≤ 10 µs ✓", "größer — ≤ 10 µs ✓"),
]


@pytest.mark.parametrize(("text", "safe"), ESCAPED)
def test_escapes_and_controls_go(text: str, safe: str) -> None:
    """Terminal escapes, OSC included, control and direction-changing characters go; everything else stays."""
    assert clean(text) == safe


def test_text_is_bounded() -> None:
    """A text is cut, also where what was cut off before it would have been escapes."""
    assert clean("a" * 5000) == "a" * TEXT_LIMIT
    assert clean("abcdef", 3) == "abc"
    assert clean("\x1b[0m" * 5000 + "late") == ""


def test_one_line_has_no_breaks() -> None:
    """What an event holds stands in one line and one column."""
    assert one_line("a\tb\nc\r\nd\x1b[1m") == "a b c d"
    assert one_line("a\nb", 2) == "a "


@given(st.text(st.characters(codec="utf-8"), max_size=200), st.integers(0, 50))
@settings(derandomize=True, max_examples=200, deadline=None)
def test_one_line_is_safe(text: str, limit: int) -> None:
    """Law: whatever is written, what is kept is short and has neither control nor bidirectional characters."""
    kept = one_line(text, limit)
    assert len(kept) <= limit
    assert not [one for one in kept if unicodedata.category(one) in ("Cc", "Zl", "Zp")]
    assert not re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", kept)


def test_what_is_printable_is_kept_as_it_is() -> None:
    """Of every character that Python calls printable, the long way takes none out either."""
    text = "".join(filter(str.isprintable, map(chr, range(0x110000))))
    assert clean(text, len(text)) == one_line(text, len(text)) == text


def test_colour_goes_from_bytes() -> None:
    """Escapes go from bytes as from text, and a line without any is handed back as it is."""
    assert without_colour(b"\x1b[0m\x1b[0;36m2026\tI \x1b[0;36mtext\n") == b"2026\tI text\n"
    plain = b"no escape"
    assert without_colour(plain) is plain


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"plain", "plain"),
        ("µ".encode(), "µ"),
        (b"\xff\xfe", "\\xff\\xfe"),
        (b"a\xc3", "a\\xc3"),
        (b"\xed\xa0\x80", "\\xed\\xa0\\x80"),
    ],
)
def test_every_byte_has_a_text(line: bytes, text: str) -> None:
    """Bytes that are no UTF-8 are shown, never dropped and never refused."""
    assert decoded(line) == text


def test_what_is_taken_out_is_never_printable() -> None:
    """A text of printable characters alone is handed on as it is."""
    assert not any(chr(code).isprintable() for code in range(0x110000) if re.match(f"[{UNSAFE}\t\n]", chr(code)))
