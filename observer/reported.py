"""Payer reports in stable names, as `observer state` tells them."""

from __future__ import annotations

from typing import NamedTuple

from observer.answers_reports import (
    AnomalyAnswer,
    BoundaryAnswer,
    ChainGapAnswer,
    GenerationAnswer,
    OnChainAnswer,
    OriginatorAnswer,
    PartAnswer,
    ReceivedAnswer,
    ReportAnswer,
)
from observer.answers_shared import ActiveAnswer, FailingAnswer, RefusedAnswer, TroubleAnswer
from observer.times import written
from state.clock_views import Known, clock_of
from state.clocks import originators
from state.ordered import ordered
from state.origin import Origin
from state.quorums import Active, called, name_of
from state.report_views import (
    Boundary,
    ChainOf,
    Course,
    Failing,
    OnChain,
    boundaries_of,
    chain_of,
    courses_of,
    gaps_of,
)
from state.reports import Originator, Part
from state.snapshot import NetworkState
from state.trouble import Trouble

LAST_NODE_OF_CHAINS = 100
"""Originators below are chains and migrators: of most of these nobody makes reports."""


class Reached(NamedTuple):
    """How far an originator has got, by who has followed it furthest."""

    known: Known
    by: str


def furthest(state: NetworkState, originator: int) -> Reached | None:
    """The most that any node's lines show of an originator; what a watcher was served counts too."""
    found = [
        Reached(clock[originator], node)
        for node, _mine in ordered(state.clocks)
        if originator in (clock := clock_of(state, node))
    ]
    for watcher, mine in ordered(state.clocks):
        for _publisher, served in ordered(mine.served):
            found += [
                Reached(Known(cursor.sequences[originator], True, cursor.said), watcher)
                for cursor in served.cursors[-1:]
                if originator in cursor.sequences
            ]
    return max(found, key=lambda one: one.known.sequence, default=None)


def last_settled(chain: ChainOf, courses: tuple[Course, ...]) -> tuple[int, Origin | None] | None:
    """Through where an originator is settled, and by which line; None where no line says that anything is."""
    found = [(one.end, one.settled) for one in chain.ranges if one.settled is not None]
    found += [(one.end, one.since) for one in courses if one.stage.value == "settled"]
    return max(found, key=lambda one: (one[0], -(one[1].seq if one[1] is not None else 0)), default=None)


def known_originators(state: NetworkState) -> list[int]:
    """Every originator that has reports, and every node that numbers envelopes."""
    numbering = [number for number in originators(state.clocks) if number >= LAST_NODE_OF_CHAINS]
    return sorted({*numbering, *[number for number, _mine in ordered(state.reports)]})


def reports_answer(state: NetworkState, active: Active | None) -> dict[str, OriginatorAnswer]:
    """Every originator, by its id."""
    return {
        str(number): originator_answer(state, number, state.reports.get(number) or Originator(), active)
        for number in known_originators(state)
    }


def originator_answer(state: NetworkState, number: int, mine: Originator, active: Active | None) -> OriginatorAnswer:
    """One originator."""
    chain, courses = chain_of(mine), courses_of(number, mine, active)
    reached, settled = furthest(state, number), last_settled(chain, courses)
    return OriginatorAnswer(
        node=name_of(state, number),
        sequence=None if reached is None else reached.known.sequence,
        sequence_at=None if reached is None else at_of(reached.known.said),
        sequence_by=None if reached is None else reached.by,
        settled_through=None if settled is None else settled[0],
        settled_at=None if settled is None else at_of(settled[1]),
        on_chain_through=chain.end,
        boundaries=[_boundary(state, mine, one, active) for one in boundaries_of(courses)],
        chain=[_on_chain(one) for one in chain.ranges],
        chain_gaps=[ChainGapAnswer(ended=one.end, starts=other.start) for one, other in gaps_of(chain)],
        generation={
            node: GenerationAnswer(
                last_at=written(one.last.at),
                skipped=None if one.why is None else one.why.value,
                boundary=one.boundary,
                blocked_rounds=one.blocked,
                blocked_since=at_of(one.blocked_since),
                failing=trouble_answer(one.failing),
            )
            for (node, _worker), one in ordered(mine.generation)
        },
        received={
            node: ReceivedAnswer(reports=one.reports, attestations=one.attestations, last_at=written(one.last.at))
            for node, one in ordered(mine.received)
        },
        forgotten_through=mine.forgotten_through,
    )


def active_answer(state: NetworkState, active: Active | None) -> ActiveAnswer | None:
    """Who counts."""
    if active is None:
        return None
    return ActiveAnswer(
        nodes=[*names_of(state, active.nodes), *active.unnumbered],
        n=active.n,
        quorum=active.quorum,
        basis=active.basis.value,
        at=at_of(active.line),
    )


def _boundary(state: NetworkState, mine: Originator, one: Boundary, active: Active | None) -> BoundaryAnswer:
    return BoundaryAnswer(
        start=one.start,
        open=one.open,
        since=written(one.since.at),
        stage=one.best.stage.value,
        reports=[report_answer(state, mine, course, active) for course in one.courses],
    )


def report_answer(state: NetworkState, mine: Originator, one: Course, active: Active | None) -> ReportAnswer:
    """One report."""
    parts = mine.reports[one.id].parts
    return ReportAnswer(
        id=one.id,
        start=one.start,
        end=one.end,
        stage=one.stage.value,
        since=written(one.since.at),
        created_at=written(one.created.at),
        why=one.why or None,
        made_by=names_of(state, one.makers),
        held_by=names_of(state, one.held),
        attested_by=names_of(state, one.attested),
        refused_by=[RefusedAnswer(node=called(state, node), reason=reason) for node, reason in one.refused],
        given_up_by=names_of(state, one.given_up),
        unjudged_by=None if active is None else names_of(state, one.unjudged(active.nodes)),
        attesting=[failing_answer(state, failing) for failing in one.attesting],
        submitting=[failing_answer(state, failing) for failing in one.submitting],
        settling=[failing_answer(state, failing) for failing in one.settling],
        remaining=one.remaining,
        parts={node: _part(part) for (node, _worker), part in ordered(parts)},
    )


def _part(one: Part) -> PartAnswer:
    return PartAnswer(
        since=written(one.born.at),
        generated_at=at_of(one.generated),
        verdict=None if one.verdict is None else "attested" if one.verdict else "refused",
        reason=one.reason,
        judged_at=at_of(one.judged),
        submission=None if one.unsure else one.submission.value,
        rejected_by=one.rejected_by,
        sent=one.sent,
        remaining=one.remaining,
        forced=one.forced,
        anomalies=[AnomalyAnswer(what=odd.what, at=written(odd.origin.at)) for odd in one.anomalies],
        anomalies_in_all=one.anomaly_total,
    )


def _on_chain(one: OnChain) -> OnChainAnswer:
    return OnChainAnswer(
        start=one.start,
        end=one.end,
        submitted_at=at_of(one.submitted),
        place=one.place,
        remaining=one.remaining,
        settled_at=at_of(one.settled),
    )


def names_of(state: NetworkState, numbers: tuple[int, ...]) -> list[str]:
    """Nodes by their names."""
    return [called(state, number) for number in numbers]


def trouble_answer(one: Trouble | None) -> TroubleAnswer | None:
    """Something that goes wrong again and again."""
    if one is None:
        return None
    return TroubleAnswer(count=one.count, text=one.text, first_at=written(one.first.at), last_at=written(one.last.at))


def failing_answer(state: NetworkState, one: Failing) -> FailingAnswer:
    """The same, of one node."""
    found = one.trouble
    return FailingAnswer(
        node=called(state, one.node),
        count=found.count,
        text=found.text,
        first_at=written(found.first.at),
        last_at=written(found.last.at),
    )


def at_of(line: Origin | None) -> str | None:
    """When a line came."""
    return None if line is None else written(line.at)
