"""`observer alerts` for people: one line for each time that an alert was pending or fired."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from observer.console import console, safe
from observer.episodes import Episode
from observer.history.asked import Told
from observer.times import written
from observer.wording import counted
from parsers.text import one_line
from waits.alerts import Transition
from waits.durations import duration
from waits.entities import about

if TYPE_CHECKING:
    from rich.console import Console

TEXT_SHOWN = 400
_CLOCK, _DAY = slice(11, 23), slice(0, 10)


def show_history(told: Told, recording_ends: int, *, every: bool) -> None:
    """Episodes in the order in which they began; with `every`, also those that did not last, and each time that an
    inactive alert could not be judged.
    """
    out = console()
    day = ""
    shown = [one for one in told.episodes if every or one.firing is not None or one.closing is None]
    rows = [(one.opening.at, one.opening.seq, _episode(one, told.end, recording_ends)) for one in shown]
    if every:
        rows += [(one.at, one.seq, _blind(one)) for one in told.blind]
        rows.sort(key=lambda row: row[:2])
    for at, _seq, text in rows:
        day = _under_day(out, day, at)
        out.print(text)
    out.print(_counts(told, every=every))


def show_transitions(told: Sequence[Transition]) -> None:
    """Transitions of some states, one line each."""
    out = console()
    day = ""
    for one in told:
        day = _under_day(out, day, one.at)
        reason = f" ({safe(one.reason, TEXT_SHOWN)})" if one.reason else ""
        out.print(f"{written(one.at)[_CLOCK]}  {one.state:<8} {_what(one)}{reason}{_text(one.annotations)}")
    out.print(f"[dim]{counted(len(told), 'transition')}[/]")


def _under_day(out: Console, day: str, at: int) -> str:
    today = written(at)[_DAY]
    if today != day:
        out.print(f"[dim]{today}[/]")
    return today


def _what(one: Transition) -> str:
    severity = f"[cyan]{'incident':<8}[/]" if one.severity == "incident" else f"{safe(one.severity):<8}"
    return f"{severity} [bold]{safe(f'{one.rule} {about(one.labels)}'.strip()):<24}[/]"


def _episode(one: Episode, end: int, recording_ends: int) -> str:
    """When, what, for how long, and what it says."""
    first = one.firing or one.opening
    if one.firing is None:
        lasted = duration((end if one.closing is None else one.closing.at) - one.opening.at)
        how = f"[dim]pending {lasted}, did not last[/]" if one.closing else f"[yellow]pending {lasted}, not over[/]"
    else:
        lasted = duration(one.lasted(end))
        began = f"since {written(one.firing.at)[_CLOCK]}, " if one.firing.at != one.opening.at else ""
        over = "to the end" if end >= recording_ends else "not over"
        how = f"fired {began}{lasted}" + (f" to {written(one.closing.at)[_CLOCK]}" if one.closing else f", {over}")
        how = how if one.severity == "incident" else f"[red]{how}[/]"
    reason = one.closing.reason if one.closing is not None and one.firing is not None else None
    how += f", {safe(reason)}" if reason else ""
    blind = sum(sight.state == "blind" for sight in one.sight)
    how += f", blind {counted(blind, 'time')}" if blind else ""
    return f"{written(one.opening.at)[_CLOCK]}  {_what(first)} {how}{_text(one.told.annotations)}"


def _text(annotations: dict[str, str]) -> str:
    text = annotations.get("summary") or annotations.get("description") or ""
    return f": {safe(one_line(text, TEXT_SHOWN), TEXT_SHOWN)}" if text else ""


def _blind(one: Transition) -> str:
    return f"[dim]{written(one.at)[_CLOCK]}  {_what(one)} cannot be judged: {safe(one.reason or '', TEXT_SHOWN)}[/]"


def _counts(told: Told, *, every: bool) -> str:
    fired = [one for one in told.episodes if one.firing is not None]
    alerts = sum(one.severity != "incident" for one in fired)
    parts = [f"{counted(alerts, 'alert')} fired", counted(len(fired) - alerts, "incident")]
    aside = []
    if brief := sum(one.firing is None and one.closing is not None for one in told.episodes):
        aside.append(f"{counted(brief, 'time')} one was pending and did not last")
    if told.blind:
        aside.append(f"{counted(len(told.blind), 'time')} an inactive one could not be judged")
    if aside:
        parts.append(" and ".join(aside) + ("" if every else " (--all lists them)"))
    return f"[dim]{'; '.join(parts)}[/]"
