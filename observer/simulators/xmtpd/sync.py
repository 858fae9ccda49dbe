"""Replication: each node reads a stream of each other one, from where its own clock stands."""

from __future__ import annotations

from functools import partial

from observer.simulators.xmtpd import errors
from observer.simulators.xmtpd.engine import Steps
from observer.simulators.xmtpd.model import Entry, Filed, Report
from observer.simulators.xmtpd.settings import MINUTE
from observer.simulators.xmtpd.statements import serving, sync
from observer.simulators.xmtpd.world import Link, Node, World

ORIGINATORS = "/xmtp.xmtpv4.message_api.ReplicationApi/SubscribeOriginators"
PAGE = 50
"""Entries that a catch-up sends at once."""
PAGE_GAP = 20
REPEATED = 0.3
"""Chance that a stream that was opened again repeats an envelope."""


def reachable(world: World, link: Link) -> bool:
    """Whether a node gets through to the one it reads from."""
    cut = world.faults.between("partition", link.reader.id, link.peer.id, world.now)
    return link.peer.serving and not cut


def pull(world: World, link: Link) -> Steps:
    """Connect to a peer, again and again with doubling waits, until a stream stands.

    The client is built lazily, so that only subscribing can fail (catalogue 4.3).
    """
    reader, to = link.reader, (link.peer.id, link.peer.address)
    wait = world.settings.retry_first
    while not link.up:
        reader.say(sync.CONNECTING, *to)
        yield 5
        reader.say(sync.CONNECTION_OPENED, *to)
        reader.say(sync.VECTOR_CLOCK, link.peer.id, dict(reader.clock))
        yield 20
        if reachable(world, link):
            _open(world, link)
            return
        reader.say(sync.SUBSCRIBE_FAILED, *to, errors.UNAVAILABLE)
        reader.say(sync.RETRYING, link.peer.address, errors.UNAVAILABLE)
        yield wait
        wait = min(wait * 2, world.settings.retry_most)


def _open(world: World, link: Link) -> None:
    reader, peer = link.reader, link.peer
    seen = reader.seen(peer.id)
    again = link.stream > 0
    link.up, link.stream, link.seen = True, link.stream + 1, seen
    world.truth.say("stream", node=reader.id, peer=peer.id, up=True)
    cursor = {str(peer.id): seen} if seen else {}
    peer.say(serving.INCOMING, reader.id)
    peer.say(serving.ORIGINATORS_REQUEST, ORIGINATORS, {"originator_ids": [peer.id], "last_seen": cursor})
    peer.say(serving.CATCHING_UP, cursor)
    missed = _after(peer, seen)
    peer.say(serving.FETCHED_ENVELOPES, sum(entry.count for entry in missed))
    repeat = link.draws.random() < REPEATED
    if again and repeat and seen > 1:
        _repeat(link)
    for place in range(0, len(missed), PAGE):
        _send(world, link, missed[place : place + PAGE], PAGE_GAP)


def _repeat(link: Link) -> None:
    seen, peer = link.seen, link.peer
    link.reader.say(sync.OUT_OF_ORDER, peer.id, peer.address, peer.id, seen - 1, seen + 1)
    link.reader.say(sync.ALREADY_INSERTED, peer.id, seen - 1)


def _after(peer: Node, seen: int) -> list[Entry]:
    """What a peer has published after a sequence id."""
    place = len(peer.entries)
    while place and peer.entries[place - 1].last > seen:
        place -= 1
    return peer.entries[place:]


def drop(world: World, link: Link, error: str | None) -> None:
    """A stream ends, with an error or with EOF, after which the reader tries again."""
    if not link.up:
        return
    link.up = False
    link.waiting.clear()
    reader, to = link.reader, (link.peer.id, link.peer.address)
    world.truth.say("stream", node=reader.id, peer=link.peer.id, up=False)
    if not reader.up:
        return
    if error is None:
        reader.say(sync.STREAM_EOF, *to)
    else:
        reader.say(sync.STREAM_ERROR, *to, error)
        reader.say(sync.RETRYING, link.peer.address, error)
    if link.peer.up:
        link.peer.say(serving.ORIGINATORS_CLOSED, ORIGINATORS)
    world.run(reader, _later(world, link))


def _later(world: World, link: Link) -> Steps:
    yield world.settings.retry_first
    yield from pull(world, link)


def announce(world: World, peer: Node, entry: Entry) -> None:
    """Send what a node has just published to all who read from it."""
    for link in world.links.values():
        if link.peer is peer:
            delay = link.draws.randint(40, 260)
            if link.up:
                _send(world, link, [entry], delay)


def _send(world: World, link: Link, entries: list[Entry], delay: int) -> None:
    """A stream keeps its order: nothing overtakes what was sent before."""
    late = world.faults.between("latency", link.reader.id, link.peer.id, world.now)
    arrival = world.now + delay + (world.settings.latency if late else 0)
    link.last_arrival = max(link.last_arrival, arrival)
    world.engine.at(link.last_arrival, partial(_arrive, world, link, link.stream, entries))


def _arrive(world: World, link: Link, stream: int, entries: list[Entry]) -> None:
    if not link.up or link.stream != stream:
        return
    reader, of = link.reader, (link.peer.id, link.peer.address)
    reader.say(sync.RECEIVED, *of, sum(entry.count for entry in entries))
    for entry in entries:
        if entry.first > link.seen + 1:
            reader.say(sync.GAP, *of, link.peer.id, entry.first, link.seen + 1)
        link.seen = entry.last
    if link.waiting or world.no_database(reader):
        link.waiting.append(entries)
        if len(link.waiting) == 1:
            world.run(reader, _retry(world, link, stream))
        return
    _store(world, link, entries)


def _retry(world: World, link: Link, stream: int) -> Steps:
    """The sink tries the same envelope until the database is back, and everything behind it waits."""
    wait = world.settings.retry_first
    while link.stream == stream and world.no_database(link.reader):
        link.reader.say(sync.INSERT_FAILED, errors.DATABASE)
        link.reader.say(sync.STORING_FAILED, errors.DATABASE)
        link.reader.say(sync.RETRY_MAY_BE_INDEFINITE)
        yield wait
        wait = min(wait * 2, world.settings.retry_most)
    if link.stream == stream:
        waiting, link.waiting = link.waiting, []
        for entries in waiting:
            _store(world, link, entries)


def _store(world: World, link: Link, entries: list[Entry]) -> None:
    reader, peer = link.reader, link.peer
    for entry in entries:
        if entry.filed is not None:
            reader.say(sync.RESERVED_TOPIC, entry.topic)
            _file(world, reader, entry.filed)
        reader.clock[peer.id] = entry.last
    _compare_fees(world, link)
    tell_subscribers(world, reader, peer.id, sum(entry.count for entry in entries))


def _file(world: World, node: Node, filed: Filed) -> None:
    if isinstance(filed, Report):
        if filed.id not in node.held:
            world.hold(node, filed, "sync")
        return
    node.attesters.setdefault(filed.report.id, set()).add(filed.node)
    world.truth.say("attestation", node=node.id, report=filed.report.id, of=filed.node)


def _compare_fees(world: World, link: Link) -> None:
    """Those who count usage otherwise see other fees than the originator wrote; a line a minute shows it."""
    if world.under("merkle-split", link.reader.id) != world.under("merkle-split", link.peer.id):
        minute = world.now // MINUTE
        if link.mismatch != minute:
            link.mismatch = minute
            link.reader.say(sync.FEE_MISMATCH, "2441", "2440")


def tell_subscribers(world: World, node: Node, originator: int, count: int) -> None:
    """The subscribe worker finds new envelopes in the database and hands them to whoever listens."""
    node.say(serving.NEW_BATCH, count)
    if originator == node.id:
        for link in world.links.values():
            if link.peer is node and link.up:
                node.say(serving.SENT, count)
