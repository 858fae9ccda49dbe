"""`observer status` for people: one screen, the answer first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from observer.answers_judged import AlertStanding, BlindSpot, NodeStanding, StatusAnswer
from observer.answers_shared import EvidenceAnswer
from observer.console import console, safe
from observer.standing.show_reports import (
    COLUMNS,
    RIGHT,
    cells,
    only_replicates,
    reports_full,
    reports_short,
    watchers_said,
)
from observer.wording import UNKNOWN, counted, named, said_of
from parsers.text import one_line
from waits.durations import duration
from waits.entities import about, agree
from waits.rules import INCIDENT

if TYPE_CHECKING:
    from rich.console import Console

FEW = 12
"""Nodes up to which every one has a row; above, only those with something odd."""
ODD_ROWS = 12
BEHIND = 2
"""Blocks that a node may be below the highest and still be well: each of them takes a moment to come."""
IN_FULL, IN_SHORT, INCIDENTS, BLIND, OVER = 2, 4, 4, 3, 3
"""Rows that a part may have at most, so that all of it is one screen: alerts with their leaves and lines, alerts
without, open incidents, blind spots, what is over.
"""
CHAIN_COLUMNS = ("node", "status", "height", "behind", "conns", "synced", "last line", "odd")
CHAIN_RIGHT = ("height", "behind", "conns", "last line")
LINE_SHOWN = 300
PARTS_SHOWN = 2
"""Names of a file's path."""
_CLOCK = slice(11, 23)
_STYLES = {"firing": "bold red", "unknown": "bold yellow", "clear": "bold green"}


def show_status(found: StatusAnswer, out: Console | None = None) -> None:
    """The whole screen."""
    out = out or console()
    _wrapped(out, f"[{_STYLES[found.state]}]{safe(found.verdict, 600)}[/]")
    span = duration(_ns(found.ends_at) - _ns(found.begins_at))
    end = " (its end)" if found.at == found.ends_at else f", which ends {found.ends_at[_CLOCK]}"
    _row(
        out,
        f"[dim]{safe(found.network)} at {found.at[:10]} {found.at[_CLOCK]}, entry {found.sequence} of a recording of "
        f"{span}{end}; {counted(found.rules, 'rule')}{_aside(found)}[/]",
    )
    _nodes(out, found)
    for said in watchers_said(found):
        _wrapped(out, said)
    if not only_replicates(found):
        _row(out, _agreement(found))
    _reports(out, found)
    _alerts(out, found)
    _blind(out, found)
    _over(out, found)


def _aside(found: StatusAnswer) -> str:
    names = list(found.rules_inapplicable)
    return f", without {safe(named(names))}: {safe(found.rules_inapplicable[names[0]])}" if names else ""


# --- nodes -------------------------------------------------------------------------------------------


def _nodes(out: Console, found: StatusAnswer) -> None:
    from rich.table import Table

    concerned = {one.labels.get("node") for one in (*found.alerts, *found.incidents)}
    shown = dict(found.nodes)
    if len(shown) > FEW:
        shown = {
            name: node
            for name, node in found.nodes.items()
            if node.odd or name in concerned or (node.behind or 0) > BEHIND
        }
        shown = dict(list(shown.items())[:ODD_ROWS])
    if shown:
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
        replicates = only_replicates(found)
        for title in COLUMNS if replicates else CHAIN_COLUMNS:
            right = title in (RIGHT if replicates else CHAIN_RIGHT)
            ratio = {"overflow": "fold"} if title == "odd" else {"no_wrap": True}
            table.add_column(title, justify="right" if right else "left", **ratio)
        for name, node in shown.items():
            row = cells(name, node, _quiet(node)) if replicates else _cells(name, node)
            table.add_row(*row, style=None if node.log == "attached" else "dim")
        out.print(table, soft_wrap=False)
    left = {name: node for name, node in found.nodes.items() if name not in shown}
    if left:
        _row(out, _folded(left))


def _cells(name: str, node: NodeStanding) -> list[str]:
    synced = UNKNOWN if node.synced is None else "yes" if node.synced else "no"
    numbers = [UNKNOWN if one is None else str(one) for one in (node.height, node.behind, node.connections)]
    odd = f"[yellow]{safe('; '.join(node.odd))}[/]" if node.odd else ""
    return [safe(name, 40), safe(node.status or UNKNOWN), *numbers, synced, _quiet(node), odd]


def _quiet(node: NodeStanding) -> str:
    if node.quiet_ns is not None:
        return f"{duration(node.quiet_ns)} ago"
    return UNKNOWN if node.last_line_at is None else node.last_line_at[11:19]


def _folded(nodes: dict[str, NodeStanding]) -> str:
    """Many nodes in one line."""
    odd = [name for name, node in nodes.items() if node.odd]
    well = [node for node in nodes.values() if not node.odd]
    states = sorted({node.status or UNKNOWN for node in well})
    counts = ", ".join(f"{sum((node.status or UNKNOWN) == one for node in well)} {one}" for one in states)
    parts = [f"{counted(len(well), 'node')} with nothing odd: {safe(counts)}"] if well else []
    parts += _range("height", [node.height for node in well]) + _range("connections", [one.connections for one in well])
    parts += [f"{counted(len(odd), 'more node')} with something odd: {safe(named(odd))}"] if odd else []
    return "; ".join(parts)


def _range(name: str, values: Sequence[int | None]) -> list[str]:
    known = [one for one in values if one is not None]
    if not known:
        return []
    return [f"{name} {min(known)}" + (f" to {max(known)}" if max(known) != min(known) else "")]


def _agreement(found: StatusAnswer) -> str:
    tips = found.agreement.tips
    if not tips:
        return "[dim]tips: no node's height is known[/]"
    if len(tips) == 1:
        text = f"tips: {counted(len(tips[0].nodes), 'node')} at {tips[0].height} {safe((tips[0].tip or UNKNOWN)[:12])}"
    else:
        text = "tips: " + "; ".join(f"{safe(named(one.nodes))} at {one.height}" for one in tips[:4])
        text += f"; and {len(tips) - 4} more" if len(tips) > 4 else ""  # noqa: PLR2004 - as above
    splits = sorted({pair.since_height for pair in found.agreement.diverged})
    text += f"; [red]diverged from {splits[0]} on[/]" if splits else ""
    unknown = found.agreement.unknown
    return text + (f"; not known of {safe(named(unknown))}" if unknown else "")


# --- reports -----------------------------------------------------------------------------------------


def _reports(out: Console, found: StatusAnswer) -> None:
    """What is open, and what is settled."""
    for said in reports_full(found):
        _wrapped(out, said)
    for said in reports_short(found):
        _row(out, said)


# --- alerts ------------------------------------------------------------------------------------------


def _alerts(out: Console, found: StatusAnswer) -> None:
    """Firing, pending, open incidents; what is explained stands below what explains it (R26)."""
    every = [*found.alerts, *found.incidents]
    plain = [one for one in every if one.explained_by is None]
    # Rules that explain each other in a circle explain nothing.
    plain = plain or every
    alerts = [one for one in plain if one.severity != INCIDENT]
    for one in alerts[:IN_FULL]:
        _in_full(out, one)
        _explained(out, one, every)
    for one in alerts[IN_FULL : IN_FULL + IN_SHORT]:
        _row(out, _head(one, said_of(one)))
        _explained(out, one, every)
    _more(out, len(alerts) - IN_FULL - IN_SHORT, "alert")
    incidents = [one for one in plain if one.severity == INCIDENT]
    for one in incidents[:INCIDENTS]:
        _row(out, _head(one, said_of(one)))
        _explained(out, one, every)
    _more(out, len(incidents) - INCIDENTS, "open incident")


def _explained(out: Console, cause: AlertStanding, every: Sequence[AlertStanding]) -> None:
    """What it explains, and what that explains in turn."""
    below, causes = list[AlertStanding](), [cause]
    while causes:
        known = causes.pop()
        mine = [
            one
            for one in every
            if one.explained_by == known.rule
            and agree(known.labels, one.labels)
            and one not in below
            and one is not cause
        ]
        below += mine
        causes += mine
    if below:
        what = ", ".join(safe(f"{one.rule} {about(one.labels)}".strip()) for one in below[:4])
        more = f" and {len(below) - 4} more" if len(below) > 4 else ""  # noqa: PLR2004 - as above
        _row(out, f"    explains {what}{more}")


def _more(out: Console, count: int, what: str) -> None:
    if count > 0:
        _row(out, f"[dim]… {counted(count, f'more {what}')}; `observer alerts` and --json list all[/]")


def _head(one: AlertStanding, summary: str = "") -> str:
    incident = one.severity == INCIDENT
    style = "cyan" if incident else "red" if one.state == "firing" else "yellow"
    word = "INCIDENT" if incident else one.state.upper()
    since = f" since {one.since[_CLOCK]}" if one.since else ""
    what = safe(f"{one.rule} {about(one.labels)}".strip())
    blind = f", blind since {one.blind_since[_CLOCK]}" if one.blind_since else ""
    text = safe(one_line(summary, LINE_SHOWN))
    severity = "" if incident else f" ({safe(one.severity)})"
    return f"[{style}]{word}[/] [bold]{what}[/]{severity}{since}{blind}" + (f": {text}" if text else "")


def _in_full(out: Console, one: AlertStanding) -> None:
    _row(out, _head(one))
    for said in wrap(one_line(said_of(one), LINE_SHOWN), out.width - 4)[:2]:
        _row(out, f"    {safe(said)}")
    for said in _leaves(one):
        _row(out, f"    {said}")
    for line in one.evidence[-1:]:
        _row(out, f"    [dim]{_place(line)}[/]")


def _leaves(one: AlertStanding) -> Iterator[str]:
    """The leaves that still are as the formula needs them, and who is missing."""
    true = [leaf for leaf in one.leaves if leaf.truth]
    if not true and one.leaves:
        yield "no longer so; it is kept, as its rule says"
    values = [leaf for leaf in true if leaf.needs not in ("true", "false")]
    said = [f"{leaf.text} is {leaf.has}, needs {leaf.needs}" for leaf in values]
    said += [leaf.text if leaf.needs == "true" else f"not {leaf.text}" for leaf in true if leaf not in values]
    if said:
        yield safe("; ".join(said))
    details = [leaf.detail for leaf in values or true if leaf.detail]
    if details:
        yield safe("; ".join(dict.fromkeys(details)))


def _place(line: EvidenceAnswer) -> str:
    return f"{safe(_near(line.file))}:{line.offset}: {safe(one_line(line.line, LINE_SHOWN))}"


def _near(file: str) -> str:
    """A file as it is called from here, or its last two names: a row is short, and --json has all of it."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except ValueError:
        parts = Path(file).parts
        return file if len(parts) <= PARTS_SHOWN else "/".join(("…", *parts[-PARTS_SHOWN:]))


# --- what is not known, and what is over -------------------------------------------------------------


def _blind(out: Console, found: StatusAnswer) -> None:
    spots = [spot for spot in found.blind if not spot.at_the_end]
    for spot in spots[:BLIND]:
        _row(out, f"[yellow]BLIND[/] {_spot(spot)}")
    hidden = {rule for spot in spots[BLIND:] for rule in spot.rules}
    if hidden:
        _row(
            out,
            f"[dim]… {counted(len(spots) - BLIND, 'more reason')} ({counted(len(hidden), 'rule')}); see --json[/]",
        )
    if len(spots) < len(found.blind):
        _row(out, "[dim]the recording ends, and its logs with it: judged as of just before[/]")


def _spot(spot: BlindSpot) -> str:
    never = len(spot.never)
    rules = counted(len(spot.rules), "rule")
    seen = ", never observed" if never == len(spot.rules) else f", {never} never observed" if never else ""
    return f"{safe(spot.reason)}: {rules}{seen} ({safe(named(spot.rules))})"


def _over(out: Console, found: StatusAnswer) -> None:
    if not found.over or len(found.alerts) + len(found.incidents) > IN_SHORT:
        return
    for one in found.over[:OVER]:
        text = next(iter(one.annotations.values()), "")
        what = safe(f"{one.rule} {about(one.labels)}".strip())
        said = f": {safe(one_line(text, LINE_SHOWN))}" if text else ""
        _row(out, f"[dim]over {one.fired_at[_CLOCK]} to {one.resolved_at[_CLOCK]} {what}{said}[/]")


# --- printing ----------------------------------------------------------------------------------------


def _wrapped(out: Console, text: str) -> None:
    out.print(text, soft_wrap=False)


def _row(out: Console, text: str) -> None:
    """One row, cut at the edge: a screen has so many."""
    out.print(text, soft_wrap=False, no_wrap=True, overflow="ellipsis", crop=True)


def _ns(text: str) -> int:
    from parsers.clock import read_time

    found = read_time(text)
    assert found is not None  # noqa: S101 - written by this program
    return found[0]
