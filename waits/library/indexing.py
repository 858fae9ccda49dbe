"""What nodes and chain-watcher read from the chain: whether its reports follow each other, and whether a node's indexer
keeps up.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from state.nodes import OVER
from state.ordered import ordered
from state.report_events import ChainReportSubmitted
from waits.functions import ANY_LINE, Reads, View, measures
from waits.library.reports import NEVER, number
from waits.terms import Kind

if TYPE_CHECKING:
    from state.origin import Origin
    from state.reports import Originator


def _watched(view: View, originator: str) -> list[tuple[tuple[int, int], Origin]] | None:
    """An originator's ranges as one chain-watcher read them, in order of the chain; it reads all that the chain takes,
    as no node does at INFO. None where there is none.
    """
    mine = view.state.reports.get(int(originator))
    for node, chain in ordered(mine.chain) if mine is not None else []:
        ranges = [
            ((start, end), one.first) for (end, start), one in ordered(chain.submitted) if one.signers is not None
        ]
        if ranges and node in view.ears.attached:
            return ranges
    return None


def _gap(view: View, originator: str) -> tuple[tuple[int, int], tuple[int, int], Origin] | None:
    ranges = _watched(view, originator) or []
    for (one, _line), (other, line) in pairwise(ranges):
        if one[1] != other[0]:
            return one, other, line
    return None


def _gap_line(view: View, originator: str) -> list[Origin | None]:
    found = _gap(view, originator)
    return [] if found is None else [found[2]]


_CHAIN: dict[str, Any] = {
    "takes": (Kind.ORIGINATOR,),
    "needs": ((ChainReportSubmitted,),),
    "why": lambda _view, _originator: "no log of chain-watcher tells which reports the chain took",
    "evidence": _gap_line,
}


@measures(Kind.NUMBER, Reads("reports", keyed=number), Reads("source", anywhere=True), **_CHAIN)
def chain_gaps(view: View, originator: str) -> int | None:
    """How many reports on the chain do not start where the one before them ended, as chain-watcher read it."""
    ranges = _watched(view, originator)
    if ranges is None:
        return None
    return sum([one[1] != other[0] for (one, _), (other, _line) in pairwise(ranges)])


@measures(Kind.TEXT, Reads("reports", keyed=number), Reads("source", anywhere=True), **_CHAIN)
def chain_gap(view: View, originator: str) -> str | None:
    """The first place at which they do not."""
    found = _gap(view, originator)
    return None if found is None else f"{found[0][0]}..{found[0][1]} is followed by {found[1][0]}..{found[1][1]}"


# --- indexers of nodes -------------------------------------------------------------------------------


def _stuck_indexer(view: View, node: str) -> tuple[int, int, str] | None:
    mine = view.state.indexers.get(node)
    found = [
        (one.failing.count, one.failing_block or 0, one.failing.text)
        for _address, one in (ordered(mine.contracts) if mine is not None else [])
        if one.failing is not None
    ]
    return max(found, default=None)


@measures(Kind.NUMBER, Reads("indexers", ("contracts",)), takes=(Kind.NODE,), needs=(ANY_LINE,))
def indexer_failures(view: View, node: str) -> int:
    """How often in a row the node's indexer failed at one and the same block."""
    found = _stuck_indexer(view, node)
    return 0 if found is None else found[0]


@measures(Kind.TEXT, Reads("indexers", ("contracts",)), takes=(Kind.NODE,), needs=(ANY_LINE,))
def indexer_error(view: View, node: str) -> str | None:
    """The block at which it fails, and why."""
    found = _stuck_indexer(view, node)
    return None if found is None else f"block {found[1]}: {found[2]}"


@measures(
    Kind.AGE,
    Reads("reports", anywhere=True),
    Reads("nodes", ("status",)),
    takes=(Kind.NODE,),
    needs=(ANY_LINE,),
)
def missed_settlement_for(view: View, node: str) -> int | None:
    """How long ago other nodes read from the chain that a report is settled, of which this node's indexer has said
    nothing; it has not begun where it has missed none.
    """
    life = view.state.nodes.get(node)
    if life is None or life.started is None or life.status in OVER:
        return NEVER
    missed = [
        done
        for _number, mine in ordered(view.state.reports)
        for done in _missed(mine, node, max(life.started.at, life.born.at))
    ]
    return min(missed, default=NEVER)


def _missed(mine: Originator, node: str, since: int) -> list[int]:
    own = mine.chain.get(node)
    indices = {} if own is None else dict(ordered(own.settled))
    lowest = min(indices, default=0)
    found: dict[int, int] = {}
    for other, chain in ordered(mine.chain):
        for index, one in ordered(chain.settled) if other != node else []:
            known = indices.get(index)
            if one.settled is None or index < lowest or (known is not None and known.settled is not None):
                continue
            if one.settled.at > since:
                found[index] = min(found.get(index, one.settled.at), one.settled.at)
    return [at for _index, at in ordered(found)]
