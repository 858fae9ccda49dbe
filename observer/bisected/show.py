"""The turns of a formula for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from observer.console import console, safe
from observer.waited.show import say, show_line
from waits.terms import Kind, shown_value

if TYPE_CHECKING:
    from rich.console import Console

    from observer.answers import BisectAnswer, TurnAnswer, TurnLeaf


def show_bisected(found: BisectAnswer) -> None:
    """The verdict, then each turn."""
    out = console()
    say(out, f"[bold]{safe(found.message, 4000)}[/]")
    for turn in found.turns:
        if len(found.turns) > 1:
            say(out, f"{turn.at[11:23]} [bold]{_word(turn.before)} -> {_word(turn.after)}[/], {safe(turn.text)}")
        _show(out, turn)


def _show(out: Console, turn: TurnAnswer) -> None:
    for leaf in turn.leaves:
        say(out, f"  {_leaf(leaf)}")
    if turn.line is not None:
        show_line(out, turn.line, decisive=turn.by == "line")


def _leaf(leaf: TurnLeaf) -> str:
    detail = f"  [dim]{safe(leaf.detail, 1000)}[/]" if leaf.detail else ""
    was = "" if leaf.had in (None, leaf.has) else f"was {safe(leaf.had or '')}, "
    return f"{safe(leaf.text)} {was}is {safe(leaf.has)}, needs {safe(leaf.needs)}{detail}"


def _word(truth: bool | None) -> str:  # noqa: FBT001 - one of three values
    return shown_value(truth, Kind.TRUTH)
