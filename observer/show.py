"""Answers as text for people."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from observer import show_synced
from observer.console import console, line_printer, safe, say_json
from observer.wording import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from observer.answers_lines import EventAnswer
    from observer.answers_state import NodeAnswer, StateAnswer

TIP_SHOWN = 12
PROBLEMS_SHOWN = 3
LINE_SHOWN = 600


def show_state(found: StateAnswer) -> None:
    """The snapshot: a table of nodes, then what stands out."""
    from rich.table import Table

    out = console()
    out.print(f"[bold]{safe(found.network)}[/] at {found.at or 'no time'}, entry {found.sequence}")
    if show_synced.only_replicates(found):
        _show_replicating(out, found)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, side in (
        ("node", "left"),
        ("status", "left"),
        ("height", "right"),
        ("tip", "left"),
        ("connections", "right"),
        ("synced", "left"),
        ("restarts", "right"),
        ("last line", "left"),
    ):
        table.add_column(title, justify="right" if side == "right" else "left", no_wrap=True)
    for name, node in found.nodes.items():
        table.add_row(
            safe(name),
            _text(node.status),
            _text(node.height),
            safe((node.tip or UNKNOWN)[:TIP_SHOWN]),
            _text(node.connections),
            _text(node.synced),
            _text(node.restarts),
            (node.last_line_at or UNKNOWN)[11:23] or UNKNOWN,
        )
    out.print(table)
    for name, node in found.nodes.items():
        for remark in remarks(node):
            out.print(f"{safe(name)}: {safe(remark)}")
    out.print(_agreement(found))
    out.print(f"digest {found.digest}", style="dim")


def _show_replicating(out: Console, found: StateAnswer) -> None:
    """The same where nodes have no chain: a table of nodes, their clocks, and their reports."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in show_synced.COLUMNS:
        table.add_column(title, justify="right" if title in show_synced.RIGHT else "left", no_wrap=True)
    for name, node in found.nodes.items():
        table.add_row(*show_synced.cells(name, node, found))
    out.print(table)
    if found.watchers:
        out.print(f"watchers: {', '.join(safe(name) for name in found.watchers)}")
    for name, node in found.nodes.items():
        for remark in remarks(node):
            out.print(f"{safe(name)}: {safe(remark)}")
    clocks = show_synced.clocks(found)
    if clocks is not None:
        out.print(clocks)
    for said in [*show_synced.remarks(found), *show_synced.reports(found)]:
        out.print(safe(said, LINE_SHOWN))
    out.print(f"digest {found.digest}", style="dim")


def _text(value: object) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    return safe(str(value))


def remarks(node: NodeAnswer) -> list[str]:
    """What is worth saying of a node besides its row."""
    said = []
    if node.height is None and node.stated_height is not None and node.stated_height_at is not None:
        said.append(
            f"its log does not show every block; height {node.stated_height} was the last that a line implied, "
            f"at {node.stated_height_at[11:23]}"
        )
    if node.unclean_stops:
        said.append(f"{node.unclean_stops} earlier run(s) ended without a stop statement")
    if node.syncing:
        said.append(f"catching up, target height {node.target_height}")
    if node.disconnected_since:
        said.append(f"says it is disconnected from the network, since {node.disconnected_since[11:23]}")
    said += [f"reorganised at {one.started_at[11:23]}, depth {one.depth} ({one.outcome})" for one in node.reorgs]
    said += [f"height fell from {one.before} to {one.now} at {one.at[11:23]} ({one.cause})" for one in node.regressions]
    said += [
        f"refused block {one.block[:TIP_SHOWN]} at {one.height}, {one.times} times ({one.reason})"
        for one in node.rejected_blocks
    ]
    if node.blocked:
        said.append(f"bans {', '.join(node.blocked)}")
    for one in node.problems[:PROBLEMS_SHOWN]:
        if one.severity != "warning":
            said.append(f"{one.count} lines of level {one.severity}: {one.text}")
    return said


def _agreement(found: StateAnswer) -> str:
    tips = found.agreement.tips
    if not tips:
        return "no node's height is known"
    if found.agreement.agreed or (found.agreement.agreed is None and len(tips) == 1 and tips[0].tip):
        text = f"{len(tips[0].nodes)} node(s) agree on height {tips[0].height}"
    else:
        text = "tips: " + "; ".join(
            f"{', '.join(map(safe, one.nodes))} at {one.height} {(one.tip or UNKNOWN)[:TIP_SHOWN]}" for one in tips
        )
    for one in found.agreement.diverged:
        text += f"; {safe(' and '.join(one.nodes))} diverged from height {one.since_height} on"
    if found.agreement.unknown:
        text += f"; height not known of {safe(', '.join(found.agreement.unknown))}"
    return text


def show_selected(value: Any) -> None:
    """A part of an answer: a scalar as it is, anything else as JSON; null where it is unknown."""
    if isinstance(value, (dict, list)) or value is None or isinstance(value, bool):
        say_json(value)
    else:
        sys.stdout.write(f"{value}\n")


def event_printer() -> Callable[[EventAnswer], None]:
    """Shows one event after another, each on one line, with its raw line below it."""
    print_line = line_printer()

    def show(found: EventAnswer) -> None:
        facts = " ".join(f"{name}={safe(str(value), 80)}" for name, value in found.facts.items())
        place = "" if found.offset is None else f"@{found.offset}: {safe(found.line, 200)}"
        print_line(
            f"{found.sequence:>8} {found.at[11:23]} [bold]{safe(found.node)}[/] {found.kind} {facts}\n"
            f"         [dim]{safe(found.source)}{place}[/]"
        )

    return show
