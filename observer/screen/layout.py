"""A view as the rows of a screen of a given size. What does not fit is counted, never just left out.

Rows are pieces of text with a style's name each; nobody is asked what the terminal can do. A row never breaks: it is
cut at the edge, so that a screen of so many rows is exactly that many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import NamedTuple, TypeAlias

from observer.screen.nodes import node_table, well_said
from observer.screen.row import Row, fitted, row
from observer.screen.told import time_said
from observer.screen.view import AlertView, BlindView, Said, SourceView, StageView, View
from observer.times import written
from observer.wording import counted, named
from parsers.text import one_line
from waits.durations import NS, duration

Block: TypeAlias = tuple[Row, ...]
"""Rows that are shown together or not at all."""
SENTENCE = 400
"""Characters of a sentence that are shown at most."""
SENTENCE_ROWS = 2
IN_FULL = 3
"""Firing alerts that have their sentence below them; further ones have one row."""
ROOMY = 100
"""Columns from which on there is room for times beside ages."""
TONES = {"bad": "red", "warn": "yellow", "good": "green", "aside": "dim"}
STATES = {"firing": "bold red", "unknown": "bold yellow", "clear": "bold green"}
_HEADS = {"firing": ("FIRING", "red"), "pending": ("PENDING", "yellow"), "incident": ("INCIDENT", "cyan")}
MEBIBYTE = 1 << 20


class Part(NamedTuple):
    """One part of the screen."""

    blocks: Sequence[Block]
    more: Callable[[int], Row] | None
    """What stands for the last so many of them where they do not fit; None where they are not worth a row."""
    least: int
    """Rows that it gets before others get more."""
    top: Block = ()
    """What stands above all blocks."""

    @property
    def wants(self) -> int:
        """Rows for all of it."""
        return len(self.top) + sum(map(len, self.blocks)) if self.blocks else 0

    def within(self, rows: int) -> list[Row]:
        """As much as fits, the rest counted in the last row."""
        if not self.blocks or rows <= 0:
            return []
        if self.wants <= rows:
            return [*self.top, *(one for block in self.blocks for one in block)]
        shown, left, count = list(self.top), rows - len(self.top) - (self.more is not None), 0
        for block in self.blocks:
            if len(block) > left:
                break
            shown += block
            left -= len(block)
            count += 1
        rest = [] if self.more is None else [self.more(len(self.blocks) - count)]
        return [*(shown if count else ()), *rest]


def rows(view: View, width: int, height: int) -> list[Row]:
    """The screen: at most `height` rows of at most `width` columns."""
    head = [*_head(view, width)]
    parts = [_sources(view), _alerts(view, width), node_part(view, width), _network(view), _blind(view), _recent(view)]
    room = max(0, height - len(head))
    given = _shared(parts, room)
    spare = room - sum(given)
    found = head
    for part, rows_ in zip(parts, given, strict=True):
        mine = part.within(rows_)
        if mine and spare > 0:
            spare -= 1
            found.append(row(""))
        found += mine
    return [fitted(one, width) for one in found[:height]]


def _shared(parts: Sequence[Part], room: int) -> list[int]:
    """Rows for each part: first what each needs least, then all that is left, the first parts first."""
    given = [0] * len(parts)
    for wanted in ([min(part.least, part.wants) for part in parts], [part.wants for part in parts]):
        for place, rows_ in enumerate(wanted):
            more = min(rows_ - given[place], room)
            given[place] += more
            room -= more
    return given


# --- the head ----------------------------------------------------------------------------------------


def _head(view: View, width: int) -> list[Row]:
    """The answer first; then what is looked at, and how fast it comes."""
    clock = time_said(view.now)
    if view.at is None:
        time = f"{clock} waiting for the first line"
    elif view.catching_up:
        time = f"{clock}, catching up: at {written(view.at)[:10]} {time_said(view.at)}"
    else:
        time = f"{clock} live"
    pace = f"{_pace(view.lines_a_second)} lines/s, {_pace(view.events_a_second)} events/s"
    totals = f"; {view.lines:,} lines, {view.events:,} events"
    name = (one_line(view.network, 40), "bold")
    style = "yellow" if view.catching_up else "dim"
    second = row(name, (f" {time}", style), (f"; {_streams(view)}; {pace}{totals}", "dim"))
    return [*(row(one) for one in _verdict(view, width)), second]


def _verdict(view: View, width: int) -> list[tuple[str, str]]:
    firing, pending = view.counts.get("firing", 0), view.counts.get("pending", 0)
    said = [f"{counted(firing, 'alert')} firing" if firing else "No alert fires"]
    said += [f"{pending} pending"] if pending else []
    incidents = view.counts.get("incident", 0)
    said += [f"{counted(incidents, 'incident')} open"] if incidents else []
    if not view.rules:
        said = ["Nothing is known yet" if view.at is None else "No rule is watched for"]
    elif view.unjudged:
        said.append(f"{view.unjudged} of {counted(view.rules, 'rule')} blind somewhere")
    else:
        said.append(f"all {counted(view.rules, 'rule')} can be judged")
    return [(one, STATES[view.state]) for one in wrap(", ".join(said), max(20, width))]


def _pace(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 or number == 0 else f"{number:.1f}"  # noqa: PLR2004 - one digit and more


def _streams(view: View) -> str:
    """How many sources there are, and how they stand."""
    counts: dict[str, int] = {}
    for one in view.sources:
        counts[one.attachment] = counts.get(one.attachment, 0) + 1
    if not counts:
        return "no source yet"
    behind = sum(one.behind for one in view.sources)
    many = counted(len(view.sources), "source")
    said = f"{many} {view.sources[0].attachment}"
    if len(counts) > 1:
        said = f"{many}: {', '.join(f'{count} {name}' for name, count in sorted(counts.items()))}"
    return said + (f", {_size(behind)} behind" if behind else "")


def _size(amount: int) -> str:
    if amount < 10 * 1024:
        return f"{amount:,} B"
    return f"{amount >> 10:,} KiB" if amount < 10 * MEBIBYTE else f"{amount >> 20:,} MiB"


# --- sources that are not well, nodes ----------------------------------------------------------------


def _sources(view: View) -> Part:
    odd = [one for one in view.sources if one.attachment in ("lost", "lagging")]
    return Part(
        [(_source(one, view.as_of),) for one in odd],
        lambda left: row((f"… {counted(left, 'more source')} lost or lagging", "dim")),
        2,
    )


def _source(one: SourceView, as_of: int) -> Row:
    since = f" since {time_said(one.since)} ({duration_said(as_of - one.since)})" if one.since else ""
    behind = f", {_size(one.behind)} behind" if one.behind else ""
    what = one_line(f"{one.node}/{one.stream}", 80)
    return row((one.attachment.upper(), "yellow"), f" source {what}{since}{behind}")


def duration_said(span: int) -> str:
    """An age to the second: a screen that is drawn again for tenths is restless."""
    return duration(max(0, span) // NS * NS)


def node_part(view: View, width: int) -> Part:
    """The table of nodes, and the watchers below."""
    table = node_table(view, width)
    blocks = [(one,) for one in table.rows]
    if view.watchers:
        said = ", ".join(
            f"{one_line(one.name, 40)}{'' if one.log == 'attached' else f' ({one.log})'}"
            + ("" if one.last_at is None else f" {duration_said(view.as_of - one.last_at)} ago")
            for one in view.watchers[:4]
        )
        more = f" and {len(view.watchers) - 4} more" if len(view.watchers) > 4 else ""  # noqa: PLR2004 - as above
        blocks.append((row(("watchers: ", "dim"), said + more),))
    left_over = len(view.watchers) > 0

    def more_nodes(left: int) -> Row:
        """The nodes behind those that are shown; the watchers' row is counted with them."""
        hidden = table.order[len(table.order) - (left - left_over) :] if left > left_over else ()
        return row((well_said(hidden), "dim"))

    return Part(blocks, more_nodes, 7, (table.head,))


# --- alerts ------------------------------------------------------------------------------------------


def _alerts(view: View, width: int) -> Part:
    blocks = [_alert(one, view.as_of, width, full=place < IN_FULL) for place, one in enumerate(view.alerts)]

    def more(left: int) -> Row:
        hidden = view.alerts[len(view.alerts) - left :]
        states = [one.state for one in hidden]
        said = [f"{states.count(state)} more {state}" for state in dict.fromkeys(states)]
        return row((f"… {', '.join(said)}", "dim"))

    return Part(blocks, more, 6)


def _alert(one: AlertView, as_of: int, width: int, *, full: bool) -> Block:
    """A firing one with its sentence below; others in one row."""
    word, style = _HEADS[one.state]
    severity = "" if one.state == "incident" else f" {one_line(one.severity, 20)}"
    blind = (" blind", "yellow") if one.blind else ""
    what = (one_line(f"{one.rule} {one.about}".strip(), 100), "bold")
    head = ((word, style), " ", what, severity, _since(one.since, as_of, short=width < ROOMY), blind)
    sentence = one_line(one.sentence, SENTENCE)
    if not full or one.state != "firing":
        return (row(*head, f": {sentence}" if sentence else ""),)
    said = wrap(sentence, max(20, width - 4))
    if len(said) > SENTENCE_ROWS:
        said = [*said[: SENTENCE_ROWS - 1], " ".join(said[SENTENCE_ROWS - 1 :])]
    below = [row(f"    {line}") for line in said]
    if one.explains:
        below.append(row((f"    explains {one_line(', '.join(one.explains), SENTENCE)}", "dim")))
    return (row(*head), *below)


def _since(at: int | None, as_of: int, *, short: bool) -> str:
    if at is None:
        return ""
    age = duration_said(as_of - at)
    return f", {age}" if short else f" since {time_said(at)} ({age})"


# --- what the network agrees on ----------------------------------------------------------------------


def _network(view: View) -> Part:
    blocks: list[Block] = [(_stage(one, view.as_of),) for one in view.stages]
    if not view.replicates and view.nodes:
        blocks.insert(0, (_tips(view),))
    return Part(blocks, lambda left: row((f"… {counted(left, 'more stage')} of reports", "dim")), 3)


def _tips(view: View) -> Row:
    if not view.tips:
        return row(("tips: no node's height is known", "dim"))
    said = "; ".join(
        f"{one_line(named(one.nodes), 60)} at {one.height} {one_line(one.tip or '?', 12)}" for one in view.tips[:4]
    )
    if len(view.tips) == 1:
        only = view.tips[0]
        said = f"{counted(len(only.nodes), 'node')} at {only.height} {one_line(only.tip or '?', 12)}"
    said += f"; and {len(view.tips) - 4} more" if len(view.tips) > 4 else ""  # noqa: PLR2004 - as above
    forks = sorted({split for _one, _other, split in view.diverged})
    fork = (f"; {counted(len(forks), 'fork')}, from height {forks[0]} on", "red") if forks else ""
    unknown = (f"; not known of {one_line(named(view.unknown), 100)}", "dim") if view.unknown else ""
    return row(("tips: ", "dim"), said, fork, unknown)


def _stage(one: StageView, as_of: int) -> Row:
    if one.stage == "settled":
        ago = duration_said(as_of - one.since)
        return row(("reports settled: ", "dim"), f"of {counted(one.count, 'originator')}; last {one.report}, {ago} ago")
    said = f"{one.count}, {'the oldest ' if one.count > 1 else ''}{one.report} for {duration_said(as_of - one.since)}"
    if one.stage in ("created", "attested"):
        of = "" if one.active is None else f" of {one.active}, quorum {one.quorum}"
        said += f", attested by {one.attested}{of}"
    lasts = ("; missing: " + one_line(named(one.missing), 200), "yellow") if one.missing else ""
    return row((f"reports {one.stage}: ", "dim"), said, lasts)


# --- what is not seen, and what happened -------------------------------------------------------------


def _blind(view: View) -> Part:
    blocks = [(_spot(one),) for one in view.blind]
    return Part(blocks, lambda left: row((f"… {counted(left, 'more reason')} to be blind", "dim")), 2)


def _spot(one: BlindView) -> Row:
    many = f" {counted(len(one.rules), 'rule')}: " if one.rules else " "
    names = f" ({one_line(named(one.rules), 200)})" if one.rules else ""
    return row(("BLIND", "yellow"), many, one_line(one.reason, 200), (names, "dim"))


def _recent(view: View) -> Part:
    """The latest first: what does not fit is older, and for `observer replay` to tell."""
    told = [one for one in reversed(view.recent) if one.kind != "sight"]
    return Part([(_said(one),) for one in told], None, 4)


def _said(one: Said) -> Row:
    return row((f"{time_said(one.at)} ", "dim"), (one_line(one.text, SENTENCE), TONES.get(one.tone, "")))
