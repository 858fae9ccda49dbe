"""The outcome of waits for people, and as a JUnit report."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from observer.console import console, safe
from observer.exits import Exit
from observer.junit import Case, junit_xml
from parsers.clock import NS
from parsers.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from observer.answers import LeafFound, TurnLeaf, WaitAnswer
    from observer.answers_shared import EvidenceAnswer

LINE_SHOWN = 240
"""Characters of a line of a log."""
_CLOCK = slice(11, 23)
_COLOURS = {
    "met": "green",
    "late": "yellow",
    "timed out": "red",
    "violated": "red",
    "unknown": "yellow",
    "open": "yellow",
}


def show_waits(found: Sequence[WaitAnswer]) -> None:
    """Each verdict, its leaves, and the lines behind them."""
    out = console()
    for place, one in enumerate(found):
        if place:
            say(out, "")
        _show(out, one)


def _show(out: Console, one: WaitAnswer) -> None:
    headline = one.message.partition(f": {one.condition}")[0]
    say(out, f"[bold {_COLOURS[one.result]}]{safe(headline)}[/]: {safe(one.condition, 4000)}")
    for leaf in one.leaves:
        say(out, f"  {leaf_line(leaf)}")
    for known in one.last_known:
        values = ", ".join(f"{leaf.text} was {leaf.has}" for leaf in known.leaves)
        say(out, f"  just before {known.at[11:23]} {safe(values, 1000)}")
    details = " ".join(leaf.detail or "" for leaf in one.leaves)
    for sentence in one.missing:
        if sentence.partition(": ")[2] in details:
            continue
        say(out, f"  [yellow]missing[/]: {safe(sentence, 1000)}")
    for death in one.deaths:
        say(out, f"  [red]{safe(death.node)} died[/]: {safe(death.text)}")
    for line in one.evidence:
        show_line(out, line, decisive=line.sequence == one.decided_by)


def leaf_line(leaf: LeafFound | TurnLeaf) -> str:
    """One leaf: what it has, what it needs, and who stands where."""
    sign = {True: "[green]+[/]", False: "[red]-[/]", None: "[yellow]?[/]"}[leaf.truth]
    detail = f"  [dim]{safe(leaf.detail, 1000)}[/]" if leaf.detail else ""
    return f"{sign} {safe(leaf.text)} is {safe(leaf.has)}, needs {safe(leaf.needs)}{detail}"


def show_line(out: Console, line: EvidenceAnswer, *, decisive: bool = False) -> None:
    """A line of a log with its place; the one that decided stands out."""
    sign = "[bold]>[/]" if decisive else " "
    head = f"{sign} {line.at[_CLOCK]} [bold]{safe(line.node)}[/] entry {line.sequence}"
    say(out, f"{head} [dim]{safe(line.file)}:{line.offset}[/]")
    say(out, f"      [dim]{safe(one_line(line.line, LINE_SHOWN))}[/]")


def say(out: Console, text: str) -> None:
    """A log may write `:skull:`; it is shown as it stands."""
    out.print(text, emoji=False)


def waits_report(network: str, found: Sequence[WaitAnswer]) -> bytes:
    """A case for each condition: unknown is an error, for it is not known to have failed, and never a pass."""
    return junit_xml("observer wait", [_case(network, one) for one in found])


def _case(network: str, one: WaitAnswer) -> Case:
    lines = [f"{line.at} {line.node} {line.file}:{line.offset}: {line.line}" for line in one.evidence]
    unseen = one.result in ("unknown", "open")
    failed = one.exit != Exit.OK
    text = "\n".join([one.message, *lines])
    return Case(
        name=one.condition,
        classname=network,
        seconds=str(Decimal(one.after_ns) / NS),
        failure=text if failed and not unseen else None,
        error=text if failed and unseen else None,
        out=None if failed else text,
    )
