"""A node's process: it starts, serves, and stops."""

from __future__ import annotations

from functools import partial

from observer.simulators.xmtpd import errors
from observer.simulators.xmtpd.engine import Steps
from observer.simulators.xmtpd.indexing import CHAINS, backfill, tell
from observer.simulators.xmtpd.routine import check_database, database_worker, rates, refresh_rates
from observer.simulators.xmtpd.settings import SECOND
from observer.simulators.xmtpd.statements import chain, process, reports, serving, sync
from observer.simulators.xmtpd.sync import drop, pull
from observer.simulators.xmtpd.workers.attesting import attest
from observer.simulators.xmtpd.workers.hourly import HOURLY, run
from observer.simulators.xmtpd.world import Node, World

RELEASE = "v1.3.0"
API_ADDRESS = "[::]:5050"
RESTART = 10 * SECOND


def start(world: World, node: Node) -> None:
    """Start the process, unless it runs."""
    if node.up:
        return
    node.up, node.process, node.frozen = True, node.process + 1, False
    node.stuck.clear()
    world.truth.say("node", node=node.id, phase="starting")
    world.run(node, _boot(world, node))


def _boot(world: World, node: Node) -> Steps:
    node.say(process.VERSION, message=f"version: {RELEASE}")
    node.say(process.CONTRACTS, "anvil", "", False)
    node.say(process.METRICS, "127.0.0.1:8008")
    yield 180
    if world.no_database(node):
        _give_up(world, node)
        return
    node.say(process.DATABASE, f"e2e_node_{node.id}")
    check_database(world, node)
    yield 90
    known = [{"NodeID": one.id, "HTTPAddress": one.address} for one in world.nodes.values()]
    node.say(process.NEW_NODES, len(known), known)
    refresh_rates(world, node)
    yield 60
    node.say(process.REGISTRANT, node.id, node.key)
    node.say(process.MLS, "http://validation:60051")
    node.say(process.SEMVER, ">= 1.0.0")
    yield from backfill(world, node)
    node.say(process.INDEXER_STARTED)
    yield 50
    _serve(world, node)
    _work(world, node)


def _give_up(world: World, node: Node) -> None:
    """Without a database a process ends itself, and what runs it tries once more a little later."""
    node.say(process.NO_WRITER_DATABASE, errors.DATABASE)
    node.up = False
    world.truth.say("node", node=node.id, phase="down")
    world.engine.after(RESTART, partial(_once_more, world, node))


def _once_more(world: World, node: Node) -> None:
    if not world.under("node-down", node.id) and not world.under("quorum-loss", node.id):
        start(world, node)


def _serve(world: World, node: Node) -> None:
    node.say(serving.PUBLISHER_STARTING)
    node.say(serving.PUBLISHER_STARTED)
    node.say(serving.SUBSCRIBER_STARTED)
    node.say(process.MESSAGE_API)
    node.say(process.METADATA_API)
    node.say(serving.API_CREATING)
    node.say(serving.HEALTH)
    node.say(serving.REFLECTION)
    node.say(serving.REFLECTION_ALPHA)
    node.say(serving.API_STARTED, API_ADDRESS)
    node.serving = node.started_before = True
    world.truth.say("node", node=node.id, phase="up")


def _work(world: World, node: Node) -> None:
    node.say(process.SYNC_STARTED)
    node.say(sync.NODES_RECEIVED, [one for one in world.nodes if one != node.id])
    for link in world.links.values():
        if link.reader is node:
            world.run(node, pull(world, link))
    node.say(reports.ATTESTATION_STARTING, node.id)
    node.say(reports.GENERATOR_STARTING, node.id)
    world.run(node, attest(world, node))
    for worker in HOURLY:
        world.run(node, run(world, node, worker))
    world.run(node, rates(world, node))
    world.run(node, database_worker(world, node))


def stop(world: World, node: Node) -> None:
    """Stop the process, in order or by force; those who read from it notice."""
    if not node.up:
        return
    in_order = world.settings.stop_by == "signal"
    if in_order:
        world.truth.say("node", node=node.id, phase="stopping")
        _close(world, node)
    node.up = node.serving = False
    world.truth.say("node", node=node.id, phase="down")
    for link in world.links.values():
        if link.reader is node or link.peer is node:
            drop(world, link, None if in_order else errors.RESET)


def _close(world: World, node: Node) -> None:
    node.say(process.SIGNAL, "terminated")
    node.say(serving.API_CLOSING)
    node.say(serving.API_CLOSED)
    node.say(serving.PUBLISHER_STOPPED)
    node.say(sync.SYNC_CLOSING)
    node.say(sync.WORKER_CLOSING)
    for link in world.links.values():
        if link.reader is node and link.up:
            node.say(sync.LISTENER_STOPPED, link.peer.id, link.peer.address)
    node.say(sync.WORKER_CLOSED)
    node.say(sync.SYNC_CLOSED)
    node.say(chain.INDEXER_CLOSING)
    for name in CHAINS:
        for place in (one for one in world.contracts if one.chain == name):
            tell(node, chain.WATCHER_STOPPED, place)
            tell(node, chain.HANDLER_CANCELLED, place)
    node.say(chain.INDEXER_CLOSED)
    node.say(serving.SERVICE_CLOSED)
    node.say(process.SUBSCRIPTION_STOPPED)
    node.say(process.DATABASE_WORKER_STOPPED)
    node.say(process.METRICS_CLOSING)
    node.say(process.METRICS_ENDED, "http: Server closed")
    node.say(process.METRICS_CLOSED)
