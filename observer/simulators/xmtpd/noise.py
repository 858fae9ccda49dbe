"""Clients that ask, subscribe and fail: what a log holds beside what anyone looks for.

Every kind draws from a stream of its own, as long as the run lasts, whether the node is there to answer or not.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from observer.simulators.xmtpd.engine import Steps
from observer.simulators.xmtpd.publishing import API, PUBLISH
from observer.simulators.xmtpd.settings import MINUTE, SECOND
from observer.simulators.xmtpd.statements import serving
from observer.simulators.xmtpd.world import Node, World

QUERY_API = "/xmtp.xmtpv4.message_api.QueryApi/"
METADATA = "/xmtp.xmtpv4.metadata_api.MetadataApi/"
TOPICS = QUERY_API + "SubscribeTopics"


def _topic(draws: Random) -> str:
    return f"group_messages_v1/{draws.getrandbits(128):032x}"


def _query(world: World, node: Node, draws: Random) -> None:
    topics = [_topic(draws) for _ in range(draws.randint(1, 3))]
    node.say(serving.QUERY_REQUEST, QUERY_API + "QueryEnvelopes", {"query": {"topics": topics}, "limit": 100})


def _newest(world: World, node: Node, draws: Random) -> None:
    method = QUERY_API + "GetNewestEnvelope"
    count = draws.randint(1, 8)
    node.say(serving.NEWEST_REQUEST, method, {"topics": count})
    node.say(serving.NEWEST_ANSWERED, method, draws.randint(0, count), count)


def _subscribe(world: World, node: Node, draws: Random) -> None:
    topic = _topic(draws)
    node.say(serving.TOPICS_REQUEST, TOPICS, {"filters": [{"topic": topic}]})
    node.say(serving.TOPIC_LISTENER, topic)


def _leave(world: World, node: Node, draws: Random) -> None:
    node.say(serving.TOPICS_CLOSED, TOPICS)
    node.say(serving.LISTENER_REMOVED)


def _cursor(world: World, node: Node, draws: Random) -> None:
    node.say(serving.CURSOR_REQUEST, METADATA + "GetSyncCursor")


def _polled(world: World, node: Node, draws: Random) -> None:
    back = draws.randint(1, 40)
    node.say(serving.POLLED, max(0, node.sequence - back), back)


def _client_error(world: World, node: Node, draws: Random) -> None:
    """The field `message` of this line collides with the header's (catalogue 4.3)."""
    code, said = draws.choice(
        (("invalid_argument", "missing payer signature"), ("not_found", "payer not found"), ("canceled", "canceled"))
    )
    node.say(serving.UNARY_ERROR, PUBLISH, draws.randint(1, 400), code, said)


def _stream_error(world: World, node: Node, draws: Random) -> None:
    took = draws.randint(1000, 600_000)
    node.say(serving.STREAM_CLIENT_ERROR, TOPICS, took, "canceled", "context canceled")


def _poor(world: World, node: Node, draws: Random) -> None:
    address = f"0x{draws.getrandbits(160):040x}"
    node.say(serving.LOW_BALANCE, address, draws.randint(0, 900), draws.randint(1000, 9000))


def _slow(world: World, node: Node, draws: Random) -> None:
    node.say(serving.PUBLISHER_TIMEOUT, API + "PublishPayerEnvelopes", node.sequence)


NOISE: tuple[tuple[int, Callable[[World, Node, Random], None]], ...] = (
    (15 * SECOND, _query),
    (45 * SECOND, _newest),
    (60 * SECOND, _subscribe),
    (60 * SECOND, _leave),
    (30 * SECOND, _cursor),
    (60 * SECOND, _polled),
    (4 * MINUTE, _client_error),
    (6 * MINUTE, _stream_error),
    (20 * MINUTE, _poor),
    (30 * MINUTE, _slow),
)
"""The mean time between two, at a noise of 1, and what happens."""


def noise(world: World, node: Node, every: int, happens: Callable[[World, Node, Random], None]) -> Steps:
    """One kind of noise at one node."""
    draws = world.draws.stream("noise", node.id, happens.__name__)
    drawn = world.draws.stream("noise", node.id, happens.__name__, "what")
    while True:
        yield max(1, round(draws.expovariate(world.settings.noise / every)))
        if node.serving and not world.no_database(node):
            happens(world, node, drawn)
