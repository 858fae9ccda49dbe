"""What nodes and chain-watcher read from the chain: whether its reports follow each other, and whether a node's indexer
keeps up.
"""

from __future__ import annotations

from bisect import bisect
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from state.listening import REPORTS
from state.nodes import OVER
from state.ordered import ordered
from state.report_events import ChainReportSubmitted
from waits.durations import NS
from waits.functions import ANY_LINE, Reads, View, measures
from waits.library.ages import NEVER
from waits.library.life import watches
from waits.library.missed import missed_behind
from waits.library.reports import NEEDS, known, number
from waits.terms import Kind

if TYPE_CHECKING:
    from immutables import Map

    from state.indexers import Indexer
    from state.origin import Origin
    from state.reports import Chain, Originator, Settlement
    from state.trouble import Trouble


Ranges: TypeAlias = "list[tuple[tuple[int, int], Origin]]"


def _as_watched(view: View, originator: int, mine: Originator) -> list[tuple[str, Ranges]]:
    """An originator's ranges in order of the chain, as each program that watches the chain read them."""

    def work_out() -> list[tuple[str, Ranges]]:
        told = [
            (
                node,
                [
                    ((start, end), one.first)
                    for (end, start), one in ordered(chain.submitted)
                    if one.signers is not None
                ],
            )
            for node, chain in ordered(mine.chain)
        ]
        return [one for one in told if one[1]]

    return view.kept(("watched", originator), (mine.chain,), work_out)


@measures(Kind.LIST, Reads("reports", ("chain",), anywhere=True), needs=((ChainReportSubmitted,),))
def chain_watchers(view: View) -> tuple[str, ...] | None:
    """Who watches the chain."""

    def work_out() -> tuple[str, ...]:
        reports = ordered(view.state.reports)
        return tuple(ordered({node for number_, mine in reports for node, _ in _as_watched(view, number_, mine)}))

    return view.kept("watchers", (view.state.reports,), work_out) or None


def _watched(view: View, originator: str) -> Ranges | None:
    """An originator's ranges as one chain-watcher read them, in order of the chain; it reads all that the chain takes,
    as no node does at INFO. None where there is none.
    """
    mine = view.state.reports.get(number(originator))
    for node, ranges in _as_watched(view, number(originator), mine) if mine is not None else []:
        if node in view.ears.attached:
            return ranges
    # Of an originator of which the chain has nothing, it has nothing to say.
    return [] if any(node in view.ears.attached for node in chain_watchers.compute(view) or ()) else None


def _gaps(view: View, originator: str) -> list[tuple[tuple[int, int], tuple[int, int], Origin]]:
    """Neighbours that do not meet, where no other log shows one between them that the watcher has missed."""
    apart = [
        (one, other, line)
        for (one, _line), (other, line) in pairwise(_watched(view, originator) or [])
        if one[1] != other[0]
    ]
    if not apart:
        return []
    starts = {one.start for one in known(view, number(originator)).chain.ranges}
    return [(one, other, line) for one, other, line in apart if one[1] > other[0] or one[1] not in starts]


def _gap_line(view: View, originator: str) -> list[Origin | None]:
    return [line for _one, _other, line in _gaps(view, originator)[:4]]


_CHAIN_READS = (
    Reads("reports", ("chain", "reports"), keyed=number),
    Reads("source", anywhere=True),
    Reads("listening", ("missed",), anywhere=True),
)
_CHAIN: dict[str, Any] = {
    "follows": ("chain_watchers",),
    "takes": (Kind.ORIGINATOR,),
    "needs": ((ChainReportSubmitted,),),
    "why": lambda _view, _originator: "no log of chain-watcher tells which reports the chain took",
    "evidence": _gap_line,
}


@measures(Kind.NUMBER, *_CHAIN_READS, **_CHAIN)
def chain_gaps(view: View, originator: str) -> int | None:
    """How many reports on the chain do not start where the one before them ended, as chain-watcher read it, where no
    other log shows what is between, nor a part of its own log is missing that may have.
    """
    if _watched(view, originator) is None:
        return None
    return len(_read_gaps(view, originator)) or (None if _gaps(view, originator) else 0)


def _read_gaps(view: View, originator: str) -> list[tuple[tuple[int, int], tuple[int, int], Origin]]:
    """Those of which the watcher has read what is behind the first: a part of its log is missing before it only."""
    unread = {one for one, line in _watched(view, originator) or [] if missed_behind(view, line.node, line)}
    return [one for one in _gaps(view, originator) if one[0] not in unread]


@measures(Kind.TEXT, *_CHAIN_READS, **_CHAIN)
def chain_gap(view: View, originator: str) -> str | None:
    """The first place at which they do not."""
    if _watched(view, originator) is None:
        return None
    read = _read_gaps(view, originator)
    found = [f"{one[0]}..{one[1]} is followed by {other[0]}..{other[1]}" for one, other, _ in read]
    return next(iter(found), None if _gaps(view, originator) else "there is no gap")


# --- indexers of nodes -------------------------------------------------------------------------------

SOON = 10 * 60 * NS
"""Indexers follow a chain live: what one reads, the others have read by then."""


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


def _failing(contracts: Map[str, Indexer], _part: None) -> list[Indexer]:
    """The contracts of which something has failed: how far the others have come tells nothing of that."""
    return [one for _address, one in ordered(contracts) if one.failing is not None]


@measures(
    Kind.NUMBER,
    Reads("indexers", ("contracts",), aspect=_failing),
    takes=(Kind.NODE,),
    needs=(ANY_LINE,),
    evidence=_stuck_lines,
)
def indexer_failures(view: View, node: str) -> int | None:
    """How often in a row the node's indexer failed at one and the same block, while it has come to no later one."""
    found = _stuck_indexer(view, node)
    if found is not None and found[1].unsure:
        return None
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


def _settlements_of(chain: Map[str, Chain], _part: None) -> list[tuple[str, Map[int, Settlement]]]:
    """What each node read of settlements on the chain."""
    return [(node, one.settled) for node, one in ordered(chain)]


@measures(
    Kind.AGE,
    Reads("reports", ("chain",), anywhere=True, aspect=_settlements_of),
    Reads("nodes", ("status", "started", "system")),
    Reads("clocks", ("served",)),
    Reads("listening", ("seen", "missed")),
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
    if heard.missed is not None:
        # What others read soon behind a gap it may have read before them, in the gap.
        since = max(since, heard.missed.at + SOON)
    # It reads the chain in order: what came before the last settlement that it told of it has read too, whether or not
    # that line was kept.
    settlements = _settlements(view)
    since = max(since, max([one.told.get(node, 0) for one in settlements], default=0))
    missed = [one.missed.get(node, one.every) for one in settlements]
    return min([times[place] for times in missed if (place := bisect(times, since)) < len(times)], default=NEVER)


class Settlements(NamedTuple):
    """What the chain settled of one originator's reports, as nodes and watchers read it."""

    told: dict[str, int]
    """By node, when it last told of a settlement."""
    missed: dict[str, list[int]]
    """By node, when others read what it has not told, in order."""
    every: list[int]
    """The same for a node that has told nothing."""


def _settlements(view: View) -> list[Settlements]:
    """By originator, in order."""

    def of(originator: int, mine: Originator) -> Settlements:
        chains = ordered(mine.chain)
        basis = tuple([chain.settled for _node, chain in chains])
        return view.kept(
            ("settled", originator), basis, lambda: _settled([(node, one.settled) for node, one in chains])
        )

    def work_out() -> list[Settlements]:
        return [of(originator, mine) for originator, mine in ordered(view.state.reports)]

    return view.kept("settlements", (view.state.reports,), work_out)


def _settled(chains: list[tuple[str, Map[int, Settlement]]]) -> Settlements:
    by_node = [(node, ordered(settled)) for node, settled in chains]
    done = sorted(
        [(one.settled.at, index) for _node, told in by_node for index, one in told if one.settled is not None]
    )
    return Settlements(
        {node: max([one.last.at for _index, one in told], default=0) for node, told in by_node},
        {node: _missed(told, done) for node, told in by_node},
        [at for at, _index in done],
    )


def _missed(told: list[tuple[int, Settlement]], done: list[tuple[int, int]]) -> list[int]:
    """Of what is done, (when, index), the times of what one has not told. What is below the first index that it told
    was over before its log begins, or has been forgotten.
    """
    own = {index for index, one in told if one.settled is not None}
    lowest = told[0][0] if told else 0
    return [at for at, index in done if index >= lowest and index not in own]
