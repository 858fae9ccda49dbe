"""An explanation as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from observer.answers import ExplainAnswer, ExplainStep
from observer.console import console, safe
from parsers.text import one_line

if TYPE_CHECKING:
    from rich.console import Console

TEXT_SHOWN, LINE_SHOWN = 1000, 240
"""Characters of a step's words, and of the line below them."""
_CLOCK = slice(11, 23)
_DAY = slice(0, 10)


def show_explained(found: ExplainAnswer) -> None:
    """The summary, then each step with the line behind it."""
    out = console()
    _print(out, f"[bold]{safe(found.what)}[/]: {safe(found.summary, 4000)}")
    day = ""
    shown: tuple[str | None, int | None] = None, None
    for place, step in enumerate(found.steps):
        if place == found.left_out_after:
            _print(out, f"[dim]… {_left_out(found)}[/]")
        if step.at[_DAY] != day:
            day = step.at[_DAY]
            _print(out, f"[dim]{day}[/]")
        _show_step(out, step, again=shown == (step.file, step.offset))
        shown = step.file, step.offset
    if found.left_out_after == len(found.steps):
        _print(out, f"[dim]… {_left_out(found)}[/]")


def _left_out(found: ExplainAnswer) -> str:
    return f"{found.left_out:,} step(s) left out; give a larger --limit, or --at to stop earlier"


def _show_step(out: Console, step: ExplainStep, *, again: bool) -> None:
    """The same line is not printed twice in a row."""
    who = safe(step.node) if step.node else "network"
    _print(out, f"{step.at[_CLOCK]}  [bold]{who:<10}[/] {safe(one_line(step.text, TEXT_SHOWN), TEXT_SHOWN)}")
    if step.line is not None and not again:
        where = f"{safe(step.file or '')}:{step.offset}"
        _print(out, f"              [dim]{where}: {safe(one_line(step.line, LINE_SHOWN))}[/]")


def _print(out: Console, text: str) -> None:
    """A log may write `:skull:`; it is shown as it stands."""
    out.print(text, emoji=False)
