"""The indexer of a node: it follows both chains, and what the settlement chain says overrules its database."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from observer.simulators.xmtpd import errors
from observer.simulators.xmtpd.chain import Broadcast, Event, ReportEvent
from observer.simulators.xmtpd.draws import digest
from observer.simulators.xmtpd.encoding import iso8601
from observer.simulators.xmtpd.engine import Steps
from observer.simulators.xmtpd.model import Held, Report, Submission
from observer.simulators.xmtpd.payers import payer, share
from observer.simulators.xmtpd.settings import MINUTE, SECOND
from observer.simulators.xmtpd.statements import chain as lines
from observer.simulators.xmtpd.statements.shape import Contract, Statement
from observer.simulators.xmtpd.sync import tell_subscribers
from observer.simulators.xmtpd.world import Node, World

Chain = Literal["app-chain", "settlement-chain"]
CHAINS: tuple[Chain, ...] = ("app-chain", "settlement-chain")
REACHED_EVERY = 5 * MINUTE
RETRY = 10 * SECOND


def events(world: World, chain: Chain) -> list[Event]:
    """What a chain has had to say so far."""
    return world.app_events if chain == "app-chain" else world.settlement.events


def contract(world: World, name: str) -> Contract:
    """The contract of a name."""
    return next(one for one in world.contracts if one.name == name)


def of(place: Contract) -> tuple[int, str]:
    """What lines of a contract's indexer inherit."""
    return (place.chain_id, place.address)


def tell(node: Node, statement: Statement, place: Contract, *values: Any) -> None:
    """Log a line of a contract's indexer."""
    node.say(statement.within(place), *of(place), *values)


def mined(world: World, chain: Chain) -> None:
    """A block with an event has been made: each node hears of it a moment later."""
    for node in world.nodes.values():
        delay = world.draws.stream("indexer", node.id, chain, len(events(world, chain))).randint(150, 1400)
        if node.up:
            world.engine.after(delay, partial(_caught_up, world, node, chain, node.process))


def _caught_up(world: World, node: Node, chain: Chain, process: int) -> None:
    if node.up and node.process == process and chain not in node.stuck:
        catch_up(world, node, chain)


def _again(world: World, node: Node, chain: Chain, process: int) -> None:
    node.stuck.discard(chain)
    _caught_up(world, node, chain, process)


def catch_up(world: World, node: Node, chain: Chain) -> None:
    """Index what has been mined since the last time, in order. What cannot be stored is tried again."""
    known = events(world, chain)
    while node.indexed.get(chain, 0) < len(known):
        event = known[node.indexed.get(chain, 0)]
        if world.no_database(node):
            place = contract(world, _contract_of(event))
            tell(node, lines.STORING_LOG_FAILED, place, event.block, errors.DATABASE)
            tell(node, lines.PROGRESS_FAILED, place, errors.DATABASE)
            node.stuck.add(chain)
            world.engine.after(RETRY, partial(_again, world, node, chain, node.process))
            return
        node.indexed[chain] = node.indexed.get(chain, 0) + 1
        _index(world, node, event)


def backfill(world: World, node: Node) -> Steps:
    """What an indexer does when it starts, or has lost its subscription."""
    for chain in CHAINS:
        for place in (one for one in world.contracts if one.chain == chain):
            block = world.settlement.blocks.number(world.now)
            tell(node, lines.NEXT_PAGE, place, block, "0x" + digest("block", block))
            tell(node, lines.GOT_LOGS, place, 0, block, iso8601(world.engine.date()))
            tell(node, lines.PROGRESS, place, block)
            tell(node, lines.BACKFILL_COMPLETE, place)
        catch_up(world, node, chain)
        yield 40


def _contract_of(event: Event) -> str:
    if isinstance(event, ReportEvent):
        return "payer-report-manager"
    return ("group-message-broadcaster", "identity-update-broadcaster")[event.originator]


def _index(world: World, node: Node, event: Event) -> None:
    place = contract(world, _contract_of(event))
    _reached(world, node, place, event.block)
    if isinstance(event, Broadcast):
        _broadcast(world, node, place, event)
    elif event.kind == "submitted":
        _submitted(world, node, place, event)
    else:
        _settled(world, node, place, event)
    tell(node, lines.STORED_LOG, place, event.block)


def _reached(world: World, node: Node, place: Contract, block: int) -> None:
    """The height is logged when an event comes, and not again for five minutes."""
    tell(node, lines.FROM_SUBSCRIPTION, place, block)
    last = node.reached.get(place.name)
    if last is None or world.now - last >= REACHED_EVERY:
        node.reached[place.name] = world.now
        tell(node, lines.REACHED_BLOCK, place, block)


def _broadcast(world: World, node: Node, place: Contract, event: Broadcast) -> None:
    tell(node, (lines.INSERTING_MESSAGE, lines.INSERTING_IDENTITY)[event.originator], place, event.topic)
    if event.originator:
        tell(node, lines.NEW_MEMBER, place, {"kind": "installation", "address": event.topic[-40:]})
    node.clock[event.originator] = event.sequence
    tell_subscribers(world, node, event.originator, 1)


def _log(event: ReportEvent) -> dict[str, Any]:
    """A log of the chain, as go-ethereum writes it."""
    return {"blockNumber": hex(event.block), "transactionHash": "0x" + digest("tx", event.report.id, event.remaining)}


def _submitted(world: World, node: Node, place: Contract, event: ReportEvent) -> None:
    """The chain is right whatever the database says: even a settled or rejected report becomes submitted."""
    report = event.report
    tell(node, lines.SUBMITTED_EVENT, place, _log(event))
    held = node.held.get(report.id)
    said = (report.originator, report.start, report.end, report.root, list(report.active))
    if held is None:
        held = world.hold(node, report, "indexer")
        tell(node, lines.SUBMITTED_STORED, place, *said)
    else:
        tell(node, lines.SUBMITTED_SKIPPED, place, *said)
    held.index = event.index
    world.set_submission(node, held, Submission.SUBMITTED, "indexer")


def _settled(world: World, node: Node, place: Contract, event: ReportEvent) -> None:
    report = event.report
    registry = contract(world, "payer-registry")
    for leaf in range(event.count):
        owed = str(share(event.fees, event.count))
        tell(node, lines.REGISTRY_USAGE_EVENT, registry, _log(event))
        tell(node, lines.REGISTRY_USAGE_SETTLED, registry, payer(leaf), owed, digest("event", report.id, leaf))
    tell(node, lines.SETTLED_EVENT, place, _log(event))
    said = (report.originator, str(event.index), event.count)
    if event.remaining:
        tell(node, lines.PARTIALLY_SETTLED, place, *said, event.remaining, str(event.fees))
        return
    tell(node, lines.FULLY_SETTLED, place, *said, str(event.fees))
    held = node.held.get(report.id)
    if held is not None and held.submission in (Submission.PENDING, Submission.SUBMITTED):
        world.set_submission(node, held, Submission.SETTLED, "indexer")
        node.say(lines.USAGE_CLEARED_BY_INDEXER, *cleared(node, held))


def cleared(node: Node, held: Held) -> tuple[int, int, int]:
    """Which minutes of usage a settled report makes an end of."""
    report = held.report
    return (report.originator, _previous_minute(node, report), report.end_minute)


def _previous_minute(node: Node, report: Report) -> int:
    ends = (held.report.end_minute for held in node.reports(report.originator) if held.report.end == report.start)
    return max(ends, default=0)


def app_chain(world: World, originator: int) -> Steps:
    """Clients broadcast on the app chain, and every node indexes it."""
    draws = world.draws.stream("app-chain", originator)
    kind = ("group_messages_v1", "identity_updates_v1")[originator]
    sequence = 0
    while True:
        yield max(1, round(draws.expovariate(1 / world.settings.app_chain_every)))
        sequence += 1
        block = world.settlement.blocks.number(world.now)
        topic = f"{kind}/{draws.getrandbits(128):032x}"
        world.app_events.append(Broadcast(originator, sequence, block, world.now, topic))
        mined(world, "app-chain")


def reorganise(world: World, node: Node, first: int | None) -> Steps:
    """The settlement chain took blocks back: the indexer loses its subscription and reads them again.

    xmtpd's reorg handlers only say so (catalogue 7); what undoes the database is that events come once more.
    """
    block = world.settlement.blocks.number(world.now)
    places = [one for one in world.contracts if one.chain == "settlement-chain"]
    for place in places:
        tell(node, lines.SUBSCRIPTION_ERROR, place, errors.SUBSCRIPTION)
    yield 1 * SECOND
    for place in places:
        node.say(lines.SUBSCRIPTION_REBUILT.within(place), place.chain_id)
        tell(node, lines.ROLLED_BACK, place, block)
    if first is not None and first < node.indexed.get("settlement-chain", 0):
        manager, registry = contract(world, "payer-report-manager"), contract(world, "payer-registry")
        for event in world.settlement.events[first : node.indexed["settlement-chain"]]:
            tell(node, lines.REPORT_REORGED, manager, event.block)
            if isinstance(event, ReportEvent) and event.kind == "settled":
                tell(node, lines.REGISTRY_REORGED, registry, event.block)
        node.indexed["settlement-chain"] = first
    yield from backfill(world, node)
