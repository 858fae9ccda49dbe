"""What `observer state` shows of a network that replicates and reports: clocks, reports, streams, workers, indexers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from observer.console import safe
from observer.wording import UNKNOWN, counted, envelopes, short_id

if TYPE_CHECKING:
    from rich.table import Table

    from observer.answers_reports import BoundaryAnswer, FollowedAnswer, OriginatorAnswer
    from observer.answers_shared import TroubleAnswer
    from observer.answers_state import NodeAnswer, StateAnswer

CLOCKS, ORIGINATORS, OPEN, REMARKS = 12, 16, 12, 24
"""Clocks that have a column, originators that have a row, open boundaries and remarks that are listed."""
TEXT_SHOWN = 160
OVER = ("stopped", "crashed")
"""Statuses of a process that reads nothing any more."""
NODES_NAMED = 4


def only_replicates(found: StateAnswer) -> bool:
    """Whether no node has a chain, and some replicate."""
    chain = any(node.stated_height is not None or node.connections is not None for node in found.nodes.values())
    return not chain and any((found.registry, found.streams, found.reports, found.clocks, found.workers))


def cells(name: str, node: NodeAnswer, found: StateAnswer) -> list[str]:
    """The row of one node."""
    streams = found.streams.get(name)
    reads = (
        UNKNOWN
        if not streams or node.status in OVER
        else f"{sum(one.stands for one in streams.values())} of {len(streams)}"
    )
    restarts = UNKNOWN if node.restarts is None else str(node.restarts)
    number = UNKNOWN if node.number is None else str(node.number)
    last = (node.last_line_at or UNKNOWN)[11:23] or UNKNOWN
    return [safe(name), number, safe(node.status or UNKNOWN), reads, restarts, last]


COLUMNS = ("node", "id", "status", "reads from", "restarts", "last line")
RIGHT = ("id", "reads from", "restarts")


def clocks(found: StateAnswer) -> Table | None:
    """Originators by nodes: how far each node is known to have followed each; `≥` where it is at least so far."""
    from rich.table import Table

    shown = [name for name, one in found.clocks.items() if one.followed][:CLOCKS]
    numbers = sorted({int(number) for name in shown for number in found.clocks[name].followed})
    if not numbers:
        return None
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("clock", justify="right", no_wrap=True)
    for name in shown:
        table.add_column(safe(name), justify="right", no_wrap=True)
    for number in numbers[:ORIGINATORS]:
        table.add_row(str(number), *[_known(found.clocks[name].followed.get(str(number))) for name in shown])
    return table


def _known(one: FollowedAnswer | None) -> str:
    if one is None:
        return UNKNOWN
    behind = f" -{one.behind}" if one.behind else ""
    return f"{'' if one.exact else '≥'}{one.sequence}{behind}"


def remarks(found: StateAnswer) -> list[str]:
    """What stands out, in sentences, and bounded."""
    said = [*_clocks(found), *_nodes(found), *_work(found)]
    more = len(said) - REMARKS
    return [*said[:REMARKS], *([f"and {more:,} more; --json has all"] if more > 0 else [])]


def _clocks(found: StateAnswer) -> Iterator[str]:
    for name, mine in found.clocks.items():
        for number, one in mine.followed.items():
            if one.behind:
                behind = counted(one.behind, "envelope")
                yield f"{name}: at least {behind} of {number} behind {one.ahead}, at {one.at[11:19]}"
            if one.gaps:
                yield f"{name}: {counted(one.gaps, 'gap')} in the envelopes of {number}, {one.missing} in all"
            if one.out_of_order:
                yield f"{name}: {counted(one.out_of_order, 'envelope')} of {number} out of order"
        if mine.dropped is not None:
            yield f"{name}: dropped {counted(mine.dropped.count, 'envelope')}: {mine.dropped.text[:TEXT_SHOWN]}"
        for publisher, served in mine.served.items():
            if served.connected is False:
                yield f"{name}: does not reach {publisher}" + _why(served.failing)
            if served.behind:
                behind = ", ".join(f"{number} by {count}" for number, count in served.behind.items())
                yield f"{name}: the cursor of {publisher} was behind at {served.at[11:19]}: {behind}"


def _nodes(found: StateAnswer) -> Iterator[str]:
    for name, node in found.nodes.items():
        if node.crash:
            yield f"{name}: crashed: {node.crash[:TEXT_SHOWN]}"
        for what, one in node.troubles.items():
            yield f"{name}: {what} {_trouble(one)}"
    for name, streams in found.streams.items():
        reader = found.nodes.get(name)
        if reader is not None and reader.status in OVER:
            continue
        lost = [peer for peer, one in streams.items() if not one.stands]
        if lost:
            more = f" and {len(lost) - NODES_NAMED} more" if len(lost) > NODES_NAMED else ""
            yield f"{name}: cannot read from {', '.join(lost[:NODES_NAMED])}{more}"


def _work(found: StateAnswer) -> Iterator[str]:
    for name, workers in found.workers.items():
        for work, life in workers.items():
            if life.failing is not None:
                yield f"{name}: rounds of its {work} failed {_trouble(life.failing)}"
    for name, contracts in found.indexers.items():
        for address, contract in contracts.items():
            what = contract.contract or address[:10]
            if contract.following is False:
                yield f"{name}: does not follow {what}{_why(contract.lost)}"
            if contract.failing is not None:
                yield f"{name}: indexing {what} failed {_trouble(contract.failing)}"


def _trouble(one: TroubleAnswer) -> str:
    return f"{counted(one.count, 'time')}, last at {one.last_at[11:19]}: {one.text[:TEXT_SHOWN]}"


def _why(one: TroubleAnswer | None) -> str:
    return f", {_trouble(one)}" if one is not None else ""


def reports(found: StateAnswer) -> Iterator[str]:
    """Who counts, then each originator, then what is open."""
    if found.active is not None:
        nodes = ", ".join(found.active.nodes[:ORIGINATORS])
        yield f"quorum {found.active.quorum} of {found.active.n}, {found.active.basis}: {nodes}"
    known = {number: one for number, one in found.reports.items() if one.boundaries or one.chain or one.node}
    for number, one in list(known.items())[:ORIGINATORS]:
        yield _originator(number, one)
    if len(known) > ORIGINATORS:
        yield f"and {counted(len(known) - ORIGINATORS, 'more originator')}; --json has all"
    open_ = [(number, each) for number, one in known.items() for each in one.boundaries if each.open]
    for number, each in open_[:OPEN]:
        yield _boundary(number, each)
    if len(open_) > OPEN:
        yield f"and {len(open_) - OPEN} more open; --json has all"


def _originator(number: str, one: OriginatorAnswer) -> str:
    parts = ["nothing settled" if one.settled_through is None else f"settled through {one.settled_through}"]
    parts += [f"on the chain through {one.on_chain_through}"] if one.on_chain_through is not None else []
    parts += [f"last sequence known {one.sequence}"] if one.sequence is not None else []
    parts += [f"{counted(len(one.chain_gaps), 'gap')} on the chain"] if one.chain_gaps else []
    return f"originator {number}: {', '.join(parts)}"


def _boundary(number: str, each: BoundaryAnswer) -> str:
    best = max(each.reports, key=lambda one: (one.stage == each.stage, len(one.attested_by)))
    refused = f", refused by {len(best.refused_by)}" if best.refused_by else ""
    where = f"{envelopes(best.start, best.end)} (report {short_id(best.id)})"
    attested = f"attested by {len(best.attested_by)}"
    return f"open: originator {number}, {where}: {each.stage} since {best.since[11:19]}, {attested}{refused}"
