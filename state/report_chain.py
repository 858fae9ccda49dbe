"""What indexers and watchers read from the chain of payer reports, folded. Their lines name no report: a range where
one was submitted, an index where one was settled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from state.ordered import ordered
from state.origin import Origin
from state.reducers import folds
from state.report_events import (
    ChainReportSettled,
    ChainReportSubmitted,
    ReservedEnvelopeFound,
    SettlementTransacted,
    UsageCleared,
)
from state.report_parts import forced, put
from state.reports import (
    RANGES_KEPT,
    Chain,
    Change,
    Originator,
    Range,
    Received,
    Reports,
    Settlement,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def _with_chain(reports: Reports, originator: int, node: str, step: Callable[[Chain], Chain]) -> Change:
    mine = reports.get(originator) or Originator()
    chain = step(mine.chain.get(node) or Chain())
    return put(reports, originator, replace(mine, chain=mine.chain.set(node, chain)))


@folds("reports", SettlementTransacted)
def settlement_transacted(reports: Reports, event: SettlementTransacted, origin: Origin) -> Change:
    """Kept until the worker's own line, which names the report."""
    return _with_chain(
        reports,
        event.originator,
        origin.node,
        lambda chain: replace(chain, transacted=(event.index, event.remaining)),
    )


@folds("reports", ChainReportSubmitted)
def chain_submitted(reports: Reports, event: ChainReportSubmitted, origin: Origin) -> Change:
    """The chain has a report of this range. Of a node, its database says so too from here on, whatever it said."""
    key = (event.end, event.start)

    def step(chain: Chain) -> Chain:
        known = chain.submitted.get(key)
        now = Range(event.root, event.active, origin, origin, signers=event.signers)
        if known is not None:
            now = replace(now, first=known.first, times=known.times + 1)
        ranges = chain.submitted.set(key, now)
        return replace(chain, submitted=ranges.delete(ordered(ranges)[0][0]) if len(ranges) > RANGES_KEPT else ranges)

    reports, keys = _with_chain(reports, event.originator, origin.node, step)
    if not keys or event.known is None:
        return reports, keys
    return _forced_by_range(reports, event, origin), keys


def _forced_by_range(reports: Reports, event: ChainReportSubmitted, origin: Origin) -> Reports:
    """Set the status of the one report of this range in which the node has a part; of several, which one it is cannot
    be told from the line.
    """
    mine = reports[event.originator]
    found = [
        (name, speaker, part)
        for name, report in ordered(mine.reports)
        for speaker, part in ordered(report.parts)
        if speaker[0] == origin.node and (part.start, part.end) == (event.start, event.end)
    ]
    if len(found) != 1:
        return reports
    name, speaker, part = found[0]
    part = replace(forced(part, origin), last=origin, on_chain=part.on_chain or origin, unsure=False)
    report = mine.reports[name]
    report = replace(report, parts=report.parts.set(speaker, part))
    return reports.set(event.originator, replace(mine, reports=mine.reports.set(name, report)))


@folds("reports", ChainReportSettled)
def chain_settled(reports: Reports, event: ChainReportSettled, origin: Origin) -> Change:
    """By index; which range that is, the chain's order tells to whoever knows all of it."""

    def step(chain: Chain) -> Chain:
        known = chain.settled.get(event.index)
        done = known.settled if known is not None else None
        now = Settlement(
            event.remaining,
            event.count,
            event.fees,
            origin if known is None else known.first,
            origin,
            done or (origin if event.remaining == 0 else None),
        )
        indices = chain.settled.set(event.index, now)
        return replace(chain, settled=indices.delete(ordered(indices)[0][0]) if len(indices) > RANGES_KEPT else indices)

    return _with_chain(reports, event.originator, origin.node, step)


@folds("reports", UsageCleared)
def usage_cleared(reports: Reports, event: UsageCleared, origin: Origin) -> Change:
    """Counted: a settled report took effect in the node's database."""
    return _with_chain(
        reports,
        event.originator,
        origin.node,
        lambda chain: replace(chain, cleared=chain.cleared + 1, cleared_last=origin),
    )


@folds("reports", ReservedEnvelopeFound)
def received(reports: Reports, event: ReservedEnvelopeFound, origin: Origin) -> Change:
    """Counted, by what came."""
    mine = reports.get(event.originator) or Originator()
    known = mine.received.get(origin.node) or Received(origin)
    is_report = event.what == "report"
    now = Received(origin, known.reports + is_report, known.attestations + (not is_report))
    return put(reports, event.originator, replace(mine, received=mine.received.set(origin.node, now)))
