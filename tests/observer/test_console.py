"""Printing for people, by the thousand lines."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from observer.console import console, line_printer, safe

TEXTS = st.text(st.sampled_from("ab/ \t\\[]#@:!1\u00e9\u4e16\u200b\x1b"), max_size=40)


@given(st.lists(st.tuples(TEXTS, st.sampled_from(["", "bold", "dim", "red"])), max_size=5), st.integers(0, 130))
@example([("[bold]", "dim"), ("\\", ""), ("a[/]", "bold"), ("\t1\t", "red")], 0)
@example([("  ", ""), ("[1]:skull:", ""), ("[x", "bold"), ("]", "")], 130)
def test_lines_are_those_of_rich(pieces: list[tuple[str, str]], blanks: int) -> None:
    """Where there are no colours, a line of markup is printed with the same bytes as rich prints it."""
    line = " " * blanks + "".join(f"[{style}]{safe(text)}[/]" if style else safe(text) for text, style in pieces)
    by_rich, by_us = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", by_rich)
        console().print(line)
        patch.setattr(sys, "stdout", by_us)
        line_printer()(line)
    assert by_us.getvalue() == by_rich.getvalue()


def test_with_colours_rich_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal what is bold is bold."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    line_printer()("[bold]node1[/]")
    assert out.getvalue() == "\x1b[1mnode1\x1b[0m\n"
