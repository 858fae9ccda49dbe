"""What clients publish, and what a node makes of it: sequence ids, and envelopes that others read."""

from __future__ import annotations

from observer.simulators.xmtpd import errors
from observer.simulators.xmtpd.engine import Steps
from observer.simulators.xmtpd.model import Entry, Filed, Usage
from observer.simulators.xmtpd.settings import MINUTE
from observer.simulators.xmtpd.statements import serving
from observer.simulators.xmtpd.sync import announce, tell_subscribers
from observer.simulators.xmtpd.world import Node, World

API = "/xmtp.xmtpv4.message_api.ReplicationApi/"
PUBLISH = API + "PublishPayerEnvelopes"
RETRIES = 3


def traffic(world: World, node: Node) -> Steps:
    """A client that gives a node one batch after the other, as long as the run lasts.

    It draws the same numbers whether the node can take the batch or not.
    """
    draws = world.draws.stream("traffic", node.id)
    while True:
        yield max(1, round(draws.expovariate(1 / world.settings.batch_every)))
        skipped = draws.random() < world.settings.gap_chance
        took = draws.randint(8, 90)
        if not node.serving:
            continue
        node.say(serving.PUBLISH_REQUEST, PUBLISH, {"payer_envelopes": world.settings.batch_size})
        if world.no_database(node):
            _refuse(node, took)
            continue
        if skipped:
            world.truth.say("gap", originator=node.id, first=node.sequence + 1, last=node.sequence + 1)
            node.sequence += 1
        publish(world, node, world.settings.batch_size)
        node.say(serving.PUBLISHER_DONE, PUBLISH, took)


def _refuse(node: Node, took: int) -> None:
    for attempt in range(1, RETRIES + 1):
        node.say(serving.BATCH_RETRIED, attempt, errors.DATABASE)
    node.say(serving.BATCH_FAILED, errors.DATABASE)
    node.say(serving.UNARY_ERROR, PUBLISH, took, "internal", "could not insert staged envelope")


def publish(world: World, node: Node, count: int, filed: Filed | None = None) -> None:
    """Give envelopes their sequence ids, store them, and let the others read them."""
    entry = Entry(node.sequence + 1, node.sequence + count, filed)
    node.sequence = entry.last
    node.entries.append(entry)
    node.clock[node.id] = entry.last
    world.usage.setdefault(node.id, Usage()).add(world.now // MINUTE, entry.last)
    node.say(serving.PROCESSING_BATCH, count)
    node.say(serving.BATCH_INSERTED, count, count)
    node.say(serving.BATCH_PUBLISHED, count)
    tell_subscribers(world, node, node.id, count)
    announce(world, node, entry)
