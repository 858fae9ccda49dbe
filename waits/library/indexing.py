"""What nodes and chain-watcher read from the chain: whether its reports follow each other, and whether a node's indexer
keeps up.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from state.listening import REPORTS
from state.nodes import OVER
from state.ordered import ordered
from state.report_events import ChainReportSubmitted
from state.report_views import chain_of
from waits.functions import ANY_LINE, Reads, View, measures
from waits.library.ages import NEVER
from waits.library.life import watches
from waits.library.reports import NEEDS, number
from waits.terms import Kind

if TYPE_CHECKING:
    from state.indexers import Indexer
    from state.origin import Origin
    from state.reports import Originator
    from state.trouble import Trouble


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
    # Of an originator of which the chain has nothing, it has nothing to say.
    watchers = [
        node
        for _number, other in ordered(view.state.reports)
        for node, chain in ordered(other.chain)
        if node in view.ears.attached and any(one.signers is not None for _range, one in ordered(chain.submitted))
    ]
    return [] if watchers else None


def _gaps(view: View, originator: str) -> list[tuple[tuple[int, int], tuple[int, int], Origin]]:
    """Neighbours that do not meet, where no other log shows one between them that the watcher has missed."""
    mine = view.state.reports.get(number(originator))
    starts = {one.start for one in chain_of(mine).ranges} if mine is not None else set()
    found = pairwise(_watched(view, originator) or [])
    return [
        (one, other, line)
        for (one, _line), (other, line) in found
        if one[1] != other[0] and (one[1] > other[0] or one[1] not in starts)
    ]


def _gap_line(view: View, originator: str) -> list[Origin | None]:
    return [line for _one, _other, line in _gaps(view, originator)[:4]]


_CHAIN: dict[str, Any] = {
    "takes": (Kind.ORIGINATOR,),
    "needs": ((ChainReportSubmitted,),),
    "why": lambda _view, _originator: "no log of chain-watcher tells which reports the chain took",
    "evidence": _gap_line,
}


@measures(Kind.NUMBER, Reads("reports", anywhere=True), Reads("source", anywhere=True), **_CHAIN)
def chain_gaps(view: View, originator: str) -> int | None:
    """How many reports on the chain do not start where the one before them ended, as chain-watcher read it, where no
    other log shows what is between.
    """
    return None if _watched(view, originator) is None else len(_gaps(view, originator))


@measures(Kind.TEXT, Reads("reports", anywhere=True), Reads("source", anywhere=True), **_CHAIN)
def chain_gap(view: View, originator: str) -> str | None:
    """The first place at which they do not."""
    if _watched(view, originator) is None:
        return None
    found = [f"{one[0]}..{one[1]} is followed by {other[0]}..{other[1]}" for one, other, _ in _gaps(view, originator)]
    return next(iter(found), "there is no gap")


# --- indexers of nodes -------------------------------------------------------------------------------


def _stuck_indexer(view: View, node: str) -> tuple[Trouble, Indexer] | None:
    """The contract of which one block fails most often. What has come to a later block since has got past it."""
    mine = view.state.indexers.get(node)
    found = [
        (one.failing, one)
        for _address, one in (ordered(mine.contracts) if mine is not None else [])
        if one.failing is not None and not (one.block is not None and one.block > (one.failing_block or one.block))
    ]
    return max(found, key=lambda one: one[0].count, default=None)


def _stuck_lines(view: View, node: str) -> list[Origin | None]:
    found = _stuck_indexer(view, node)
    return [] if found is None else [found[0].last]


@measures(Kind.NUMBER, Reads("indexers", ("contracts",)), takes=(Kind.NODE,), needs=(ANY_LINE,), evidence=_stuck_lines)
def indexer_failures(view: View, node: str) -> int:
    """How often in a row the node's indexer failed at one and the same block, while it has come to no later one."""
    found = _stuck_indexer(view, node)
    return 0 if found is None else found[0].count


@measures(Kind.TEXT, Reads("indexers", ("contracts",)), takes=(Kind.NODE,), needs=(ANY_LINE,))
def indexer_error(view: View, node: str) -> str | None:
    """The block at which it fails, of which contract, and why."""
    found = _stuck_indexer(view, node)
    if found is None:
        return None
    trouble, one = found
    place = "a block that is not named" if one.failing_block is None else f"block {one.failing_block}"
    return f"{place} of {one.contract or 'a contract'} on {one.chain}: {trouble.text}"


@measures(
    Kind.AGE,
    Reads("reports", anywhere=True),
    Reads("nodes", ("status", "started", "system")),
    Reads("clocks", ("served",)),
    Reads("listening", ("seen",)),
    takes=(Kind.NODE,),
    needs=NEEDS,
)
def missed_settlement_for(view: View, node: str) -> int | None:
    """How long ago others read from the chain that a report is settled, of which this node's indexer has said nothing;
    it has not begun where it has missed none. Unknown where the node's log does not show what it does.
    """
    life, heard = view.state.nodes.get(node), view.state.listening.get(node)
    if (life is not None and life.status in OVER) or watches.compute(view, node):
        return NEVER
    if heard is None or REPORTS not in heard.seen:
        return None
    # What was settled before its log begins, or while it was down, it may have told where nobody read it.
    since = max(heard.seen[REPORTS].at, 0 if life is None or life.started is None else life.started.at)
    # It reads the chain in order: what came before the last settlement that it told of it has read too, whether or not
    # that line was kept.
    since = max(since, _last_read(view, node))
    missed = [done for _number, mine in ordered(view.state.reports) for done in _missed(mine, node, since)]
    return min(missed, default=NEVER)


def _last_read(view: View, node: str) -> int:
    """When the node's indexer last told of a settlement."""
    own = [mine.chain[node] for _number, mine in ordered(view.state.reports) if node in mine.chain]
    return max([one.last.at for chain in own for _index, one in ordered(chain.settled)], default=0)


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
