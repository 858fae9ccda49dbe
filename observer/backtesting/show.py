"""`observer backtest` for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from observer.answers_backtest import BacktestAnswer, FalseAnswer, MissAnswer, RecordingTested, RuleTested, ScoreAnswer
from observer.console import console, safe
from observer.wording import counted
from parsers.text import one_line
from waits.durations import duration
from waits.entities import about

if TYPE_CHECKING:
    from rich.console import Console

NAMED = 40
"""Misses and false firings that are named; --json has all."""
ENTITIES = 4
_CLOCK = slice(11, 23)


def show_backtest(found: BacktestAnswer) -> None:
    """The answer first, then each recording, then what was missed and what was false."""
    out = console()
    out.print(f"[bold]{_verdict(found)}[/]")
    for one in found.recordings:
        _recording(out, one)
    if found.scored is not None:
        _scores(out, found)


def _verdict(found: BacktestAnswer) -> str:
    fired = sum(rule.fired for one in found.recordings for rule in one.rules)
    rules = {rule.rule for one in found.recordings for rule in one.rules}
    blind = {rule.rule for one in found.recordings for rule in one.rules if not rule.judged}
    where = f"on {counted(len(found.recordings), 'recording')}"
    said = [f"{counted(len(rules), 'rule')} of {safe(found.rules)} would have fired {counted(fired, 'time')} {where}"]
    if found.scored is not None:
        score = found.scored.in_all
        misses = sum(not miss.unjudged for miss in found.scored.misses)
        said.append(f"{score.detected} of {counted(score.incidents, 'incident')} detected, {misses} missed")
        said.append(f"{len(found.scored.false)} of {counted(score.firings, 'firing')} false")
        unjudged = len(found.scored.misses) - misses
        said += [f"{counted(unjudged, 'incident')} could not be judged"] if unjudged else []
    if blind:
        said.append(f"{counted(len(blind), 'rule')} could never be judged somewhere, so their silence says nothing")
    return "; ".join(said)


def _recording(out: Console, one: RecordingTested) -> None:
    out.print(f"{safe(one.recording)} [dim]({safe(one.network)}, {one.begins_at[:19]}Z to {one.ends_at[_CLOCK]})[/]")
    for rule in one.rules:
        if rule.fired:
            out.print(f"  {_fired(rule)}")
    silent = [rule.rule for rule in one.rules if rule.judged and not rule.fired]
    if silent:
        out.print(f"  [dim]never fired: {safe(', '.join(silent), 2000)}[/]")
    reasons: dict[str, list[str]] = {}
    for rule in one.rules:
        if not rule.judged:
            reasons.setdefault("; ".join(rule.unjudged), []).append(rule.rule)
    for why, rules in reasons.items():
        named = safe(", ".join(rules), 2000)
        out.print(f"  [yellow]could not be judged: {named}[/]: {safe(one_line(why, 300))}")


def _fired(rule: RuleTested) -> str:
    first = f"first {rule.first_at[_CLOCK]}" if rule.first_at else ""
    things = [f"{safe(about(one.labels))} {one.fired}" for one in rule.entities if about(one.labels)]
    where = f": {', '.join(things[:ENTITIES])}" if things else ""
    more = f" and {len(things) - ENTITIES} more" if len(things) > ENTITIES else ""
    times = f"{counted(rule.fired, 'time')}, {first}, {duration(rule.firing_ns)} in all"
    return f"[bold]{safe(rule.rule):<24}[/] {times}{where}{more}"


def _scores(out: Console, found: BacktestAnswer) -> None:
    from rich.table import Table

    assert found.scored is not None  # noqa: S101 - asked before
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, title in enumerate(
        ("rule", "incidents", "detected", "recall", "firings", "right", "precision", "time to detect")
    ):
        table.add_column(title, justify="right" if 0 < place < 7 else "left", no_wrap=True)  # noqa: PLR2004 - the last
    rows = [(rule, score) for rule, score in found.scored.by_rule.items() if score.incidents or score.firings]
    for rule, score in [*rows, ("in all", found.scored.in_all)]:
        table.add_row(safe(rule), *_cells(score))
    out.print(table)
    for miss in found.scored.misses[:NAMED]:
        out.print(_miss(miss))
    for one in found.scored.false[:NAMED]:
        out.print(_false(one))
    left = max(0, len(found.scored.misses) - NAMED) + max(0, len(found.scored.false) - NAMED)
    if left:
        out.print(f"[dim]… and {left} more; --json lists all[/]")


def _cells(score: ScoreAnswer) -> list[str]:
    delay = score.time_to_detect
    times = "-" if delay is None else " / ".join(duration(ns) for ns in (delay.min_ns, delay.median_ns, delay.max_ns))
    return [
        str(score.incidents),
        str(score.detected),
        _share(score.recall),
        str(score.firings),
        str(score.right),
        _share(score.precision),
        times,
    ]


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _what(rule: str, labels: dict[str, str]) -> str:
    return safe(" ".join([rule, *(f"{name}={value}" for name, value in labels.items())]))


def _miss(miss: MissAnswer) -> str:
    word = "[yellow]not judged[/]" if miss.unjudged else "[red]missed[/]"
    what = _what(" or ".join(miss.rules), miss.labels)
    span = f"{miss.begins_at[_CLOCK]} to {miss.ends_at[_CLOCK]}"
    return f"{word} {what}, {span}, in {safe(miss.recording)} [dim]({safe(miss.place)})[/]"


def _false(one: FalseAnswer) -> str:
    over = f" to {one.ended_at[_CLOCK]}" if one.ended_at else " to the end"
    text = one.annotations.get("summary", "")
    said = f": {safe(one_line(text, 300))}" if text else ""
    return f"[red]false[/] {_what(one.rule, one.labels)}, {one.fired_at[_CLOCK]}{over}, in {safe(one.recording)}{said}"
