"""The rows of `observer status` about a network that replicates and reports: its nodes, its watchers, its reports."""

from __future__ import annotations

from collections.abc import Iterator

from observer.answers_judged import BoundaryStanding, NodeStanding, OriginatorStanding, StatusAnswer, WatcherStanding
from observer.console import safe
from observer.wording import NOT_KNOWN, UNKNOWN, UNTOLD, counted, envelopes, named
from parsers.text import one_line
from waits.durations import duration

IN_FULL, IN_SHORT, CLOSED = 3, 6, 12
"""Open boundaries told in sentences, further ones told in a row, and originators with nothing open that have one."""
WATCHERS = 4
TEXT_SHOWN = 1000
COLUMNS = ("node", "id", "status", "reads from", "clock of", "last line", "odd")
RIGHT = ("id", "reads from", "last line")


def only_replicates(found: StatusAnswer) -> bool:
    """Whether heights and tips make no sense here: some node replicates, and none has a chain."""
    nodes = found.nodes.values()
    chain = any(node.height is not None or node.connections is not None for node in nodes)
    return not chain and (bool(found.originators) or any(node.number is not None for node in nodes))


def cells(name: str, node: NodeStanding, quiet: str) -> list[str]:
    """The row of one node."""
    reads = UNKNOWN if node.peers is None else f"{node.reads_from} of {node.peers}"
    # What is no statement is a proof, which says "at least".
    stated = "at least" if node.clock_stated_at is None else node.clock_stated_at[11:19]
    number = UNKNOWN if node.number is None else str(node.number)
    odd = f"[yellow]{safe('; '.join(node.odd))}[/]" if node.odd else ""
    return [safe(name, 40), number, safe(node.status or UNKNOWN), reads, stated, quiet, odd]


def watchers_said(found: StatusAnswer) -> Iterator[str]:
    """The watchers, in one row."""
    if found.watchers:
        shown = list(found.watchers.items())[:WATCHERS]
        said = "; ".join(_watcher(name, one) for name, one in shown)
        more = f" and {len(found.watchers) - WATCHERS} more" if len(found.watchers) > WATCHERS else ""
        yield f"[dim]watchers:[/] {said}{more}"


def _watcher(name: str, one: WatcherStanding) -> str:
    last = UNKNOWN if one.last_line_at is None else one.last_line_at[11:19]
    parts = [f"last line {last}"]
    if one.reaches or one.unreachable:
        parts.append(f"reaches {counted(len(one.reaches), 'node')}")
    if one.unreachable:
        parts.append(f"not {named(one.unreachable)}")
    if one.log in ("lost", "lagging"):
        parts.append(f"its log is {one.log}")
    return safe(f"{name} ({', '.join(parts)})")


def reports_full(found: StatusAnswer) -> list[str]:
    """What is open, in sentences: the longest open first."""
    return [
        f"[bold]{_word(each)}[/] {safe(one_line(each.text, TEXT_SHOWN), TEXT_SHOWN)}"
        for _number, each in _open(found)[:IN_FULL]
    ]


def _open(found: StatusAnswer) -> list[tuple[int, BoundaryStanding]]:
    open_ = [(one.originator, each) for one in found.originators for each in one.open]
    return sorted(open_, key=lambda one: (one[1].followed_at is not None, one[1].since, one[0], one[1].start))


def _word(one: BoundaryStanding) -> str:
    """Open by what is heard; unknown where the logs of those who could tell are not there."""
    pending = one.quorum is None or len(one.attested) < one.quorum
    unknown = one.followed_at is not None or (one.at_least and pending and one.stage in ("created", "attested"))
    return "[yellow]UNKNOWN[/]" if unknown else "[yellow]OPEN[/]"


def reports_short(found: StatusAnswer) -> Iterator[str]:
    """Further ones that are open, and where every originator with nothing open stands."""
    open_ = _open(found)
    for number, each in open_[IN_FULL : IN_FULL + IN_SHORT]:
        yield f"{_word(each)} {safe(_in_short(number, each))}"
    left = len(open_) - IN_FULL - IN_SHORT
    if left > 0:
        yield f"[dim]… {counted(left, 'more open boundary', 'more open boundaries')}; --json lists all[/]"
    closed = [one for one in found.originators if not one.open]
    if len(closed) > CLOSED:
        yield _summed(closed)
    else:
        yield from (safe(one.text) for one in closed)


def _summed(closed: list[OriginatorStanding]) -> str:
    """Many originators in one row."""
    settled = [one for one in closed if one.settled_through is not None]
    parts = [f"{counted(len(closed), 'originator')} with nothing open: {len(settled)} settled"]
    parts += [f"{len(closed) - len(settled)} without a settled report"] if len(settled) < len(closed) else []
    times = sorted(one.settled_at for one in settled if one.settled_at is not None)
    parts += [f"last settled between {times[0][11:19]} and {times[-1][11:19]}"] if times else []
    return "; ".join(parts)


def _in_short(originator: int, found: BoundaryStanding) -> str:
    """One boundary in a few words, where others are told in full."""
    if found.followed_at is not None:
        return f"originator {originator}, {envelopes(found.start, found.end)}: the chain has it; {UNTOLD}"
    at_least = "at least " if found.at_least else ""
    of = NOT_KNOWN if found.active is None else f"{len(found.attested)} of {found.active}, quorum {found.quorum}"
    how = f"attested by {at_least}{of}" if found.stage in ("created", "attested") else found.stage
    missing = named([one.node for one in found.missing])
    tail = f"; missing: {missing}" if missing and found.stage in ("created", "attested") else ""
    since = f"since {found.since[11:19]} ({duration(found.lasts_ns)})"
    return f"originator {originator}, {envelopes(found.start, found.end)}: {how}, {since}{tail}"
