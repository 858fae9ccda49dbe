"""Clocks, streams, registry, workers and indexers in stable names, as `observer state` tells them; and which sources
are watchers of a network rather than nodes of it.
"""

from __future__ import annotations

from observer.answers_reports import (
    ClockAnswer,
    CursorAnswer,
    FollowedAnswer,
    IndexerAnswer,
    RegistryAnswer,
    StreamAnswer,
    WorkerAnswer,
)
from observer.reported import at_of, trouble_answer
from observer.times import written
from state import views
from state.clock_views import Known, clock_of, lag_of, served_lags
from state.clocks import OWN, Followed
from state.indexers import Indexer
from state.listening import DETAIL
from state.nodes import WATCHERS
from state.ordered import ordered
from state.quorums import called, number_of
from state.snapshot import NetworkState
from state.streams import Brought, Stream, stands
from state.workers import WorkerLife


def watchers(state: NetworkState) -> dict[str, str]:
    """Every watcher by name, with what it is: as its process names itself, or as only such a program speaks."""
    found = {}
    for name in views.names(state):
        node, clock, registry = state.nodes.get(name), state.clocks.get(name), state.registry.get(name)
        if node is not None and node.system is not None:
            if node.system in WATCHERS:
                found[name] = node.system
        elif clock is not None and clock.served:
            found[name] = WATCHERS[0]
        elif registry is not None and registry.own is None and _only_the_chain(state, name):
            found[name] = WATCHERS[1]
    return found


def _only_the_chain(state: NetworkState, name: str) -> bool:
    """Whether a log tells of reports on the chain and of nothing that a node does."""
    return not any(name in slice_ for slice_ in (state.streams, state.workers, state.indexers, state.clocks))


def replicates(state: NetworkState) -> bool:
    """Whether anything of reports, clocks or streams is known."""
    return any((state.reports, state.clocks, state.streams, state.workers, state.registry, state.indexers))


def clocks_answer(state: NetworkState) -> dict[str, ClockAnswer]:
    """Every clock, by node."""
    lags = {(one.watcher, one.publisher): one for one in served_lags(state)}
    found = {}
    for name, mine in ordered(state.clocks):
        own = number_of(state, name)
        served = {}
        for publisher, one in ordered(mine.served):
            lag = lags.get((name, publisher))
            if lag is not None:
                served[called(state, publisher)] = CursorAnswer(
                    at=written(lag.cursor.said.at),
                    sequences={str(number): sequence for number, sequence in ordered(lag.cursor.sequences)},
                    behind={str(number): behind for number, behind in ordered(lag.behind)},
                    still_since=at_of(lag.still_since),
                    connected=one.connected,
                    failing=trouble_answer(one.failing),
                )
        found[name] = ClockAnswer(
            followed={
                str(number): _followed(state, name, number, known, mine.followed.get(number if number != own else OWN))
                for number, known in ordered(clock_of(state, name))
            },
            dropped=trouble_answer(mine.dropped),
            served=served,
        )
    return found


def _followed(state: NetworkState, name: str, number: int, known: Known, own: Followed | None) -> FollowedAnswer:
    mine = state.clocks[name].followed.get(number) or own or Followed()
    lag = lag_of(state, name, number)
    return FollowedAnswer(
        sequence=known.sequence,
        exact=known.exact,
        at=written(known.said.at),
        behind=None if lag is None else lag.behind,
        ahead=None if lag is None or not lag.behind else lag.ahead,
        gaps=mine.gaps,
        missing=mine.missing,
        out_of_order=mine.out_of_order,
    )


def streams_answer(state: NetworkState, at: int | None) -> dict[str, dict[str, StreamAnswer]]:
    """Every stream, by the node that reads and by the peer that is read."""
    return {
        name: {
            called(state, peer): _stream(state, name, one, mine.brought.get(peer), at)
            for peer, one in ordered(mine.peers)
        }
        for name, mine in ordered(state.streams)
    }


def _stream(state: NetworkState, name: str, one: Stream, brought: Brought | None, at: int | None) -> StreamAnswer:
    shown = brought is not None or views.shows(state, name, DETAIL)
    return StreamAnswer(
        address=one.address,
        stands=stands(one, one.last.at if at is None else at),
        state=one.state.value,
        since=written(one.since.at),
        failing=trouble_answer(one.failing),
        losses=one.losses,
        error=one.error,
        received=None if not shown else 0 if brought is None else brought.envelopes,
        older=one.older,
    )


def registry_answer(state: NetworkState) -> dict[str, RegistryAnswer]:
    """What each node said of the registry."""
    return {
        name: RegistryAnswer(
            number=number_of(state, name),
            active=list(one.active) or None,
            active_at=at_of(one.active_said),
            known={str(number): address for number, address in ordered(one.known)},
            failing=trouble_answer(one.failing),
        )
        for name, one in ordered(state.registry)
    }


def workers_answer(state: NetworkState) -> dict[str, dict[str, WorkerAnswer]]:
    """Every worker, by node and name."""
    return {name: {work: _worker(life) for work, life in ordered(mine.lives)} for name, mine in ordered(state.workers)}


def _worker(one: WorkerLife) -> WorkerAnswer:
    return WorkerAnswer(
        last_at=written(one.last.at),
        started_at=at_of(one.started),
        round_at=at_of(one.cycle),
        rounds=one.cycles,
        failing=trouble_answer(one.failing),
    )


def indexers_answer(state: NetworkState) -> dict[str, dict[str, IndexerAnswer]]:
    """Every contract that a node follows, by node and address."""
    return {
        name: {address: _indexer(one) for address, one in ordered(mine.contracts)}
        for name, mine in ordered(state.indexers)
    }


def _indexer(one: Indexer) -> IndexerAnswer:
    return IndexerAnswer(
        chain=one.chain,
        contract=one.contract,
        block=one.block,
        following=one.following,
        following_since=at_of(one.following_since),
        lost=trouble_answer(one.losses),
        reorgs=one.reorgs,
        reorged_to=one.reorged_to,
        failing=trouble_answer(one.failing),
        failing_block=one.failing_block,
        last_at=written(one.last.at),
    )
