"""What a node does by the clock beside its reports: the database worker, and the rates."""

from __future__ import annotations

from observer.simulators.xmtpd import errors
from observer.simulators.xmtpd.engine import Steps
from observer.simulators.xmtpd.settings import SECOND
from observer.simulators.xmtpd.statements import process
from observer.simulators.xmtpd.world import Node, World

PARTITION = 1_000_000
"""Sequence ids in one partition of the database (catalogue 5.3)."""
RATES = 4
POLL_SAID_EVERY = 10 * SECOND


def database_worker(world: World, node: Node) -> Steps:
    """Look at the partitions every half hour."""
    while True:
        yield world.settings.database_check
        check_database(world, node)


def check_database(world: World, node: Node) -> None:
    """How full the partitions are: one line for each originator in the clock."""
    node.say(process.DATABASE_CHECK)
    if world.no_database(node):
        node.say(process.DATABASE_CHECK_FAILED, errors.DATABASE)
        return
    for originator in sorted(node.clock):
        sequence = node.clock[originator]
        filled = f"{sequence % PARTITION * 100 / PARTITION:.2f}"
        node.say(process.FILL_RATIO, originator, sequence, filled)
    for originator in world.registered:
        said = process.PARTITION_THERE if node.started_before else process.PARTITION_CREATED
        node.say(said, originator, node.seen(originator) // PARTITION * PARTITION)


def rates(world: World, node: Node) -> Steps:
    """Ask the contract for its rates again and again."""
    while True:
        yield world.settings.rates_refresh
        refresh_rates(world, node)


def refresh_rates(world: World, node: Node) -> None:
    """Ask once."""
    chain = next(one for one in world.contracts if one.chain == "settlement-chain")
    node.say(process.RATES_PAGE, chain.chain_id, 0, RATES)
    node.say(process.RATES, chain.chain_id, RATES)


def failing_polls(world: World, node: Node) -> Steps:
    """Subscriptions that poll a database that is away. They fail more often than they are made to say here."""
    while world.no_database(node):
        node.say(process.SUBSCRIPTION_QUERY_FAILED, errors.DATABASE, 1000)
        yield POLL_SAID_EVERY
