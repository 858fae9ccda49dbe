"""What a gap in a node's log makes unknown, slice by slice, each with its reason (R15).

Lines were there and nobody read them. Whatever they may have changed is unknown from the gap on, until a line states it
anew or a process starts. What is counted stays what it says: a count of what was read. What a line has stated for good
(a verdict, a block that was met, a node's id) stays. Where a fact is about what a node has *not* said, whoever reads it
asks `missed` (`waits.library`): nothing is kept here about that.
"""

from __future__ import annotations

from immutables import Map
from msgspec.structs import replace

from state.chain import Chain, loosened
from state.clocks import Clocks, Served
from state.events import (
    BlockReceived,
    CandidateSeen,
    ConnectionOpened,
    Event,
    LogMissed,
    PeerHandshaked,
    SyncFinished,
    SyncProgressed,
)
from state.indexers import Indexers, NodeIndexers
from state.listening import TOPIC_OF, Listening, NodeListening
from state.nodes import Nodes, Status, lived
from state.ordered import ordered
from state.origin import Origin
from state.peers import Peers
from state.reducers import Key, folds
from state.report_events import GenerationSkipped, ReportGenerated, ReportJudged
from state.reports import Originator, Reports, Submission
from state.streams import Streams
from state.sync_events import BatchPublished, EnvelopesReceived
from state.workers import NodeWorkers, Workers

AT_WORK: tuple[type[Event], ...] = (
    ConnectionOpened,
    PeerHandshaked,
    BlockReceived,
    CandidateSeen,
    SyncProgressed,
    SyncFinished,
    BatchPublished,
    EnvelopesReceived,
    GenerationSkipped,
    ReportGenerated,
    ReportJudged,
)
"""What only a process says that is up: neither one that is starting nor one that is stopping."""
_TOPICS = tuple(ordered(set(TOPIC_OF.values())))


@folds("listening", LogMissed)
def listening_missed(listening: Listening, _event: LogMissed, origin: Origin) -> tuple[Listening, tuple[str, ...]]:
    """Another process may have begun, or other levels, so a topic is shown again from its next line on. Statements that
    could not be read stay counted.
    """
    mine = listening.get(origin.node) or NodeListening()
    mine = replace(
        mine,
        topics=Map(),
        seen=Map(),
        resumed=Map(dict.fromkeys(_TOPICS, origin)),
        missed=origin,
        missed_total=mine.missed_total + 1,
    )
    return listening.set(origin.node, mine), (origin.node,)


@folds("nodes", LogMissed)
def life_missed(nodes: Nodes, _event: LogMissed, origin: Origin) -> tuple[Nodes, tuple[str, ...]]:
    """The process may have ended in the gap, and another one may have begun and not be up yet; one that had ended must
    have been followed by another. So its status is unknown, and with it whatever a process start sets. What it runs,
    and where it is reached, is as it was last stated.
    """
    known = nodes.get(origin.node)
    if known is None:
        return nodes, ()
    now = replace(
        known,
        status=None,
        status_since=None,
        started=None,
        stopping=None,
        stopped=None,
        synced=None,
        syncing=None,
        sync_count=None,
        target=None,
        behind_candidate=None,
        disconnected=None,
        crash=None,
        missed=origin,
        lived=known.lived or lived(known),
    )
    return nodes.set(origin.node, now), (origin.node,)


@folds("nodes", *AT_WORK)
def at_work(nodes: Nodes, _event: Event, origin: Origin) -> tuple[Nodes, tuple[str, ...]]:
    """Behind a gap, a node that does what only a process does that is up, is up: its next start may be days away."""
    known = nodes.get(origin.node)
    if known is None or known.missed is None or known.status is not None:
        return nodes, ()
    now = replace(known, last=origin, status=Status.UP, status_since=origin)
    return nodes.set(origin.node, now), (origin.node,)


@folds("peers", LogMissed)
def connections_missed(peers: Peers, _event: LogMissed, origin: Origin) -> tuple[Peers, tuple[str, ...]]:
    """Connections may have been opened and ended, so they are counted again from the next process start. Bans may have
    ended.
    """
    mine = peers.get(origin.node)
    if mine is None:
        return peers, ()
    now = replace(
        mine,
        counting_since=None,
        open=Map(),
        complaints=Map(),
        failures=Map(),
        blocked=Map(),
        stopping=False,
        missed=origin,
    )
    return peers.set(origin.node, now), (origin.node,)


@folds("chain", LogMissed)
def chain_missed(chain: Chain, _event: LogMissed, origin: Origin) -> tuple[Chain, tuple[Key, ...]]:
    """Blocks may have come, gone and been replaced: the tip is known from the next line that states it, the main chain
    from there on upwards. A lower tip is no regression, as a reorganisation may have come between. One that was under
    way still has its beginning, so its end can be told.
    """
    mine = chain.get(origin.node)
    if mine is None:
        return chain, ()
    gone = [block for _height, block in ordered(mine.main)]
    now = loosened(replace(mine, main=Map(), displaced=mine.displaced + bool(gone)), gone)
    now = replace(now, tip=None, tip_since=None, lost=None, missed=origin)
    return chain.set(origin.node, now), (origin.node,)


@folds("streams", LogMissed)
def streams_missed(streams: Streams, _event: LogMissed, origin: Origin) -> tuple[Streams, tuple[str, ...]]:
    """Each may have broken, or been made anew, until an error or an envelope tells."""
    mine = streams.get(origin.node)
    if mine is None:
        return streams, ()
    peers = mine.peers
    for peer, one in ordered(peers):
        peers = peers.set(peer, replace(one, unsure=True))
    return streams.set(origin.node, replace(mine, peers=peers, missed=origin)), (origin.node,)


@folds("workers", LogMissed)
def workers_missed(workers: Workers, _event: LogMissed, origin: Origin) -> tuple[Workers, tuple[str, ...]]:
    """A process may have begun that logs at another level, so rounds that are told at DEBUG must be seen anew."""
    mine = workers.get(origin.node)
    if mine is None:
        return workers, ()
    lives = mine.lives
    for name, life in ordered(lives):
        lives = lives.set(name, replace(life, cycles=0, started=None))
    return workers.set(origin.node, NodeWorkers(lives)), (origin.node,)


@folds("indexers", LogMissed)
def indexers_missed(indexers: Indexers, _event: LogMissed, origin: Origin) -> tuple[Indexers, tuple[str, ...]]:
    """Each may have lost its subscription or regained it, and got past what failed; the block is as last stated."""
    mine = indexers.get(origin.node)
    if mine is None:
        return indexers, ()
    contracts = mine.contracts
    for address, one in ordered(contracts):
        contracts = contracts.set(address, replace(one, following=None, following_since=None, unsure=True))
    return indexers.set(origin.node, NodeIndexers(contracts)), (origin.node,)


@folds("clocks", LogMissed)
def clocks_missed(clocks: Clocks, _event: LogMissed, origin: Origin) -> tuple[Clocks, tuple[str, ...]]:
    """A clock does not go back, so what was stated is still "at least". Whether a watcher reaches a node is unknown."""
    mine = clocks.get(origin.node)
    if mine is None or not any(one.connected is not None for _publisher, one in ordered(mine.served)):
        return clocks, ()
    served: Map[int, Served] = mine.served
    for publisher, one in ordered(served):
        served = served.set(publisher, replace(one, connected=None, since=None))
    return clocks.set(origin.node, replace(mine, served=served)), (origin.node,)


@folds("reports", LogMissed)
def reports_missed(reports: Reports, _event: LogMissed, origin: Origin) -> tuple[Reports, tuple[int, ...]]:
    """What a node has said of a report it has said; its database may say more since. Rounds of its generator may have
    come between two that found one pending; and a status and the line that takes it back, or a transaction and its
    report, may have been parted.
    """
    keys: list[int] = []
    for originator, mine in ordered(reports):
        now = _parted(mine, origin.node)
        if now is not mine:
            reports = reports.set(originator, now)
            keys.append(originator)
    return reports, tuple(keys)


def _parted(mine: Originator, node: str) -> Originator:
    generation = mine.generation
    for speaker, one in ordered(generation):
        if speaker[0] == node and not one.unsure:
            anew = replace(one, boundary=None, blocked=0, blocked_since=None, unsure=True)
            generation = generation.set(speaker, anew)
    chain, own = mine.chain, mine.chain.get(node)
    if own is not None and own.transacted is not None:
        chain = chain.set(node, replace(own, transacted=None))
    known = mine.reports
    for name, report in ordered(known):
        parts = report.parts
        for speaker, part in ordered(parts):
            if speaker[0] == node:
                unsure = part.unsure or part.submission in (Submission.PENDING, Submission.SUBMITTED)
                now = replace(part, unwritten=False, before=None, before_since=None, unsure=unsure)
                parts = parts if now == part else parts.set(speaker, now)
        if parts is not report.parts:
            known = known.set(name, replace(report, parts=parts))
    if generation is mine.generation and chain is mine.chain and known is mine.reports:
        return mine
    return replace(mine, generation=generation, chain=chain, reports=known)
