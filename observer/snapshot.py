"""A snapshot at one point of a recording, as an answer."""

from __future__ import annotations

from typing import NamedTuple

from observer.answers_shared import AgreementAnswer, DivergedAnswer, TipAnswer
from observer.answers_state import (
    BlockAnswer,
    EndedAnswer,
    NodeAnswer,
    PeerAnswer,
    ProblemAnswer,
    RegressionAnswer,
    ReorgAnswer,
    SourceAnswer,
    StateAnswer,
)
from observer.inventory import Inventory
from observer.reported import active_answer, reports_answer, trouble_answer
from observer.synced import (
    clocks_answer,
    indexers_answer,
    registry_answer,
    streams_answer,
    watchers,
    workers_answer,
)
from observer.times import moment, written
from replay.journal import Role, Source
from replay.journals import span
from replay.play import Player, heard_at, sequence_at
from replay.recording import Heard, Recording
from state import views
from state.chain import NodeChain, Reorg
from state.encoding import digest
from state.identities import PEER_ADDRESS, ambiguous, node_of
from state.listening import CONNECTIONS
from state.ordered import ordered
from state.origin import Origin
from state.peers import NodePeers
from state.quorums import Active, active_nodes, number_of
from state.snapshot import NetworkState


class Point(NamedTuple):
    """A place in a recording and the snapshot there."""

    seq: int
    at: int | None
    state: NetworkState
    heard: dict[int, Heard]
    sources: list[Source]


def at_point(recording: Recording, at: str | None, seq: int | None, engine: str = "auto") -> Point:
    """The snapshot at a time, at a sequence, or at the end. Entries at that time are included."""
    last = recording.last()
    end = 0 if last is None else last.last_seq
    when: int | None = None if last is None else last.last_at
    if at is not None:
        when = moment(at, *span(recording))
        end = sequence_at(recording, when)
    elif seq is not None and seq < end:
        end = max(0, seq)
        when = time_of(recording, end)
    player = Player(recording, engine)
    player.seek(end)
    return Point(end, when, player.state, heard_at(recording, end), player.sources)


def time_of(recording: Recording, seq: int) -> int | None:
    """Journal time of an entry."""
    for info in recording.block_infos(seq, seq):
        block = recording.block(info.first_seq)
        for mark in block.columns.marks:
            if mark.seq == seq:
                return mark.at
        places = (block.seqs == seq).nonzero()[0]
        return int(block.times[places[0]]) if len(places) else None
    return None


def answer(recording: Recording, point: Point, inventory: Inventory) -> StateAnswer:
    """The snapshot in stable names. Nodes of the inventory without a source are unknown, not absent (R24)."""
    state = point.state
    logged = {source.node for source in point.sources if source.role is Role.PRIMARY}
    aliases = {alias: name for name, entry in inventory.nodes.items() for alias in entry.aliases}
    known = sorted({*views.names(state), *inventory.nodes, *logged})
    aside = watchers(state)
    active = active_of(state, inventory)
    return StateAnswer(
        network=recording.network,
        at=_when(point.at),
        sequence=point.seq,
        digest=digest(state),
        nodes={name: node_answer(point, name, aliases) for name in known if name not in aside},
        watchers={name: node_answer(point, name, aliases) for name in known if name in aside},
        agreement=agreement_answer(state, [name for name in known if name not in views.names(state)]),
        active=active_answer(state, active),
        reports=reports_answer(state, active),
        clocks=clocks_answer(state),
        streams=streams_answer(state, point.at),
        registry=registry_answer(state),
        workers=workers_answer(state),
        indexers=indexers_answer(state),
        ambiguous={f"{kind} {alias}": list(nodes) for (kind, alias), nodes in ambiguous(state.identities)},
        sources=[_source(source, point.heard.get(source.number)) for source in point.sources],
    )


def active_of(state: NetworkState, inventory: Inventory) -> Active | None:
    """The nodes that count in quorums; of the inventory's, those that it says do."""
    return active_nodes(state, [name for name, entry in inventory.nodes.items() if entry.quorum])


def _when(at: int | None) -> str | None:
    return None if at is None else written(at)


def _at(origin: Origin | None) -> str | None:
    return None if origin is None else written(origin.at)


def _source(source: Source, heard: Heard | None) -> SourceAnswer:
    return SourceAnswer(
        node=source.node,
        stream=source.stream,
        role=source.role.value,
        system=source.system,
        framing=source.framing,
        lines=0 if heard is None else heard.lines,
        bytes=0 if heard is None else heard.raw_bytes,
        last_line_at=None if heard is None else written(heard.last_at),
    )


def node_answer(point: Point, name: str, aliases: dict[str, str]) -> NodeAnswer:
    """One node in stable names; `aliases` are the inventory's."""
    state = point.state
    node, chain, peers = state.nodes.get(name), state.chain.get(name), state.peers.get(name)
    heard = [
        point.heard[source.number] for source in point.sources if source.node == name and source.number in point.heard
    ]
    stated = views.stated_height(state, name)
    current = views.height(state, name)
    listening = state.listening.get(name)
    shown = peers if views.shows(state, name, CONNECTIONS) else None
    return NodeAnswer(
        system=None if node is None else node.system,
        version=None if node is None else node.version,
        status=None if node is None or node.status is None else node.status.value,
        status_since=None if node is None else _at(node.status_since),
        started_at=None if node is None else _at(node.started),
        restarts=None if node is None else node.restarts,
        unclean_stops=None if node is None else node.unclean,
        height=current,
        tip=views.tip(state, name),
        tip_since=None if chain is None or current is None else _at(chain.tip_since),
        stated_height=None if stated is None else stated[0],
        stated_height_at=None if stated is None else _at(stated[1]),
        connections=views.connections(state, name),
        synced=None if node is None else node.synced,
        syncing=None if node is None else node.syncing,
        target_height=None if node is None or not node.target else node.target - 1,
        disconnected_since=None if node is None else _at(node.disconnected),
        last_line_at=_when(max((one.last_at for one in heard), default=None)),
        lines=sum(one.lines for one in heard),
        peers=None if views.connections(state, name) is None or peers is None else _peers(state, peers, aliases),
        ended_connections=None if shown is None else _ended(shown),
        unmatched_closes=None if shown is None else shown.unmatched_closes,
        failing_addresses=None if shown is None else {to: failed.count for to, failed in ordered(shown.failures)},
        blocked=[] if peers is None else [host for host, _ in ordered(peers.blocked)],
        reorgs=[] if chain is None else _reorgs(chain),
        regressions=[]
        if chain is None
        else [
            RegressionAnswer(before=one.before, now=one.now, at=written(one.origin.at), cause=one.cause)
            for one in chain.regressions
        ],
        alternative_blocks=[] if chain is None else _alternatives(chain),
        rejected_blocks=[] if chain is None else _rejected(chain),
        problems=[]
        if node is None
        else [
            ProblemAnswer(
                severity=one.severity,
                category=one.category,
                text=one.text,
                count=one.count,
                first_at=written(one.first.at),
                last_at=written(one.last.at),
            )
            for _, one in sorted(ordered(node.problems), key=lambda pair: (-pair[1].count, pair[0]))
        ],
        problem_lines=0 if node is None else node.problem_lines,
        number=number_of(state, name),
        crash=None if node is None else node.crash,
        troubles={}
        if node is None
        else {what: found for what, one in ordered(node.troubles) if (found := trouble_answer(one)) is not None},
        shows={} if listening is None else dict(ordered(listening.topics)),
    )


def _peers(state: NetworkState, peers: NodePeers, aliases: dict[str, str]) -> list[PeerAnswer]:
    return [
        PeerAnswer(
            address=one.address,
            direction=one.direction.value,
            node=node_of(state.identities, PEER_ADDRESS, one.address) or aliases.get(one.address),
            opened_at=written(one.opened.at),
            handshaked=one.handshaked,
        )
        for _, one in sorted(ordered(peers.open), key=lambda pair: (pair[1].opened.seq, pair[0]))
    ]


def _ended(peers: NodePeers) -> list[EndedAnswer]:
    return [
        EndedAnswer(
            address=one.address,
            direction=one.direction.value,
            opened_at=None if one.opened is None else written(one.opened.at),
            ended_at=written(one.ended.at),
            reason=one.reason,
        )
        for one in peers.ended
    ]


def _reorgs(chain: NodeChain) -> list[ReorgAnswer]:
    under_way: tuple[Reorg, ...] = () if chain.reorg is None else (chain.reorg,)
    return [
        ReorgAnswer(
            split=one.split,
            old_tip=one.old_tip,
            depth=one.depth,
            started_at=written(one.started.at),
            finished_at=_at(one.finished),
            outcome=one.outcome,
        )
        for one in (*chain.reorgs, *under_way)
    ]


def _alternatives(chain: NodeChain) -> list[BlockAnswer]:
    found = [
        (seen.alternative, block, seen) for block, seen in ordered(chain.sightings) if seen.alternative is not None
    ]
    found.sort(key=lambda one: (one[0].seq, one[1]))
    return [BlockAnswer(block=block, height=seen.height, at=written(when.at)) for when, block, seen in found]


def _rejected(chain: NodeChain) -> list[BlockAnswer]:
    found = [(seen.rejected, block, seen) for block, seen in ordered(chain.sightings) if seen.rejected is not None]
    found.sort(key=lambda one: (one[0].seq, one[1]))
    return [
        BlockAnswer(block=block, height=seen.height, at=written(when.at), reason=seen.reason, times=seen.rejections)
        for when, block, seen in found
    ]


def agreement_answer(state: NetworkState, missing: list[str]) -> AgreementAnswer:
    """`missing` are nodes that are expected and have said nothing: their tips are unknown too."""
    found, aside = views.agreement(state), watchers(state)
    return AgreementAnswer(
        agreed=None if found.agreed and missing else found.agreed,
        tips=[TipAnswer(height=one.height, tip=one.tip, nodes=list(one.nodes)) for one in found.groups],
        diverged=[DivergedAnswer(nodes=[one, other], since_height=split) for one, other, split in found.diverged],
        unknown=[*[name for name in found.unknown if name not in aside], *missing],
    )
