"""Putting a network together and letting it run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO

from observer.simulators.xmtpd.chain import Blocks, Settlement
from observer.simulators.xmtpd.draws import Draws, digest
from observer.simulators.xmtpd.encoding import ENCODERS, Encoding
from observer.simulators.xmtpd.engine import Engine, Steps
from observer.simulators.xmtpd.failures import CannotSimulate
from observer.simulators.xmtpd.faults import Fault, Faults, read_fault
from observer.simulators.xmtpd.indexing import app_chain
from observer.simulators.xmtpd.lifecycle import start
from observer.simulators.xmtpd.logs import Level, LogFile
from observer.simulators.xmtpd.noise import NOISE, noise
from observer.simulators.xmtpd.outages import arrange
from observer.simulators.xmtpd.pace import Clock, Stopped, WallClock, at_once, never, paced
from observer.simulators.xmtpd.publishing import traffic
from observer.simulators.xmtpd.schedule import GENERATOR, SETTLEMENT, SUBMITTER, minute, quorum
from observer.simulators.xmtpd.settings import HOUR, SECOND, Settings
from observer.simulators.xmtpd.statements.shape import Contract
from observer.simulators.xmtpd.truth import Courses, Truth
from observer.simulators.xmtpd.watching import watch
from observer.simulators.xmtpd.world import Link, Node, World

START = datetime(2026, 11, 21, 7, tzinfo=UTC)
"""When a run begins unless said otherwise: no run depends on the day it is made."""
APP_CHAIN, SETTLEMENT_CHAIN = 31338, 31337
_CONTRACTS = (
    ("app-chain", "group-message-broadcaster", "chain_id", APP_CHAIN),
    ("app-chain", "identity-update-broadcaster", "chain_id", APP_CHAIN),
    ("settlement-chain", "payer-registry", "settlement_chain_id", SETTLEMENT_CHAIN),
    ("settlement-chain", "payer-report-manager", "settlement_chain_id", SETTLEMENT_CHAIN),
)
STAGGER = 700
"""Nodes start one after the other."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be simulated."""

    nodes: int = 4
    length: int = 4 * HOUR
    seed: int = 7
    faults: tuple[str, ...] = ()
    encoding: Encoding = "json"
    level: Level = "info"
    start: int = int(START.timestamp()) * SECOND
    pace: float | None = None
    """How many times as fast as the wall clock; None is at once."""
    dated_now: bool = False
    """Whether lines are dated when they are written, however fast the run is; else as they were at pace 1."""
    rotate_bytes: int | None = None
    """How large a log gets before it is renamed and begun anew; None is never."""
    watchers: bool = False
    """Whether network-watcher and chain-watcher run beside the nodes."""

    @property
    def ids(self) -> tuple[int, ...]:
        """Node ids as the NodeRegistry contract gives them."""
        return tuple(100 * place for place in range(1, self.nodes + 1))

    @property
    def end(self) -> int:
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Made:
    """What a run has written."""

    files: tuple[Path, ...]
    truth: Path
    lines: int
    bytes: int


def simulate(
    order: Order,
    settings: Settings,
    folder: Path,
    clock: Clock | None = None,
    stopped: Callable[[], bool] = never,
) -> Made:
    """Run a network and write its logs and the truth into a folder, to its end or until `stopped`, which is asked where
    there is a pace. Raises CannotSimulate.
    """
    faults = tuple(read_fault(text, order.ids, order.start, order.end) for text in order.faults)
    _make(folder)
    engine = Engine(order.start, order.pace if order.dated_now and order.pace is not None else 1.0)
    with ExitStack() as open_files:
        truth = open_files.enter_context((folder / "truth.jsonl").open("w", encoding="utf-8", newline="\n"))
        logs = {}
        for node in order.ids:
            logs[node] = _log(order, folder, f"node-{node}", engine)
            open_files.callback(logs[node].close)
        world = _world(order, settings, faults, engine, truth, logs)
        _begin(world, order, logs)
        outside = _watchers(world, order, folder) if order.watchers else {}
        for log in outside.values():
            open_files.callback(log.close)

        def flush() -> None:
            truth.flush()
            for log in (*logs.values(), *outside.values()):
                log.flush()

        wait = at_once if order.pace is None else paced(order.pace, order.start, clock or WallClock(), flush, stopped)
        with suppress(Stopped):
            engine.run(order.end, wait)
    counts = (*logs.values(), *outside.values())
    paths = tuple(log.path for log in counts)
    return Made(paths, folder / "truth.jsonl", sum(one.lines for one in counts), sum(one.bytes for one in counts))


def _watchers(world: World, order: Order, folder: Path) -> dict[str, LogFile]:
    names = ("network-watcher", "chain-watcher")
    logs = {name: _log(order, folder, name, world.engine) for name in names}
    watch(world, *(logs[name].write for name in names))
    return logs


def _log(order: Order, folder: Path, name: str, engine: Engine) -> LogFile:
    return LogFile(folder / f"{name}.log", engine, ENCODERS[order.encoding], order.level, order.rotate_bytes)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise CannotSimulate(f"{folder}: is not empty; name a directory that is, or is not there yet")
    except (FileExistsError, NotADirectoryError):
        raise CannotSimulate(f"{folder}: is no directory; name one that is empty, or is not there yet") from None


def _world(  # noqa: PLR0913 - what a world is made of
    order: Order,
    settings: Settings,
    faults: tuple[Fault, ...],
    engine: Engine,
    truth: IO[str],
    logs: dict[int, LogFile],
) -> World:
    said = Truth(truth, engine)
    contracts = tuple(
        Contract(chain, name, "0x" + digest("contract", name)[:40], key, number)
        for chain, name, key, number in _CONTRACTS
    )
    settlement = Settlement(Blocks(order.start - HOUR, settings.block_time), settings.payers)
    draws, courses = Draws(order.seed), Courses(said, order.nodes)
    world = World(settings, engine, draws, Faults(faults), said, courses, settlement, contracts)
    for node in order.ids:
        key = "0x02" + draws.hex(64, "key", node)
        world.nodes[node] = Node(node, f"http://toxiproxy:{5000 + node}", key, logs[node].write)
    for reader in world.nodes.values():
        for peer in world.nodes.values():
            if reader is not peer:
                link = Link(reader, peer, draws.stream("link", reader.id, peer.id))
                world.links[reader.id, peer.id] = link
    return world


def _begin(world: World, order: Order, logs: dict[int, LogFile]) -> None:
    _tell_run(world, order)
    for place, node in enumerate(world.nodes.values()):
        log, faults = logs[node.id], world.faults
        lost = tuple(one for one in faults.of("log-loss") if node.id in one.nodes)
        skewed = tuple(one for one in faults.of("clock-skew") if node.id in one.nodes)
        log.under(lost, skewed, world.settings.skew)
        if world.settings.startup_text:
            log.text(_refused_start(order.start))
        world.engine.after(place * STAGGER, partial(start, world, node))
        world.engine.spawn(traffic(world, node))
        for every, happens in NOISE:
            if world.settings.noise:
                world.engine.spawn(noise(world, node, every, happens))
    for originator in (0, 1):
        world.engine.spawn(app_chain(world, originator))
    arrange(world, order.end)
    world.engine.spawn(_clocks(world))


def _refused_start(at: int) -> str:
    """A first try without its options: Go's own logger says so, in a form that is neither JSON nor zap's."""
    when = datetime.fromtimestamp(at // 1000 - 1, tz=UTC).strftime("%Y/%m/%d %H:%M:%S")
    return f"{when} could not validate options: missing required arguments: --contracts.environment"


def _tell_run(world: World, order: Order) -> None:
    workers = {"generator": GENERATOR, "submitter": SUBMITTER, "settlement": SETTLEMENT}
    world.truth.say(
        "run",
        seed=order.seed,
        nodes=list(world.nodes),
        quorum=quorum(order.nodes),
        length_ms=order.length,
        encoding=order.encoding,
        level=order.level,
        faults=list(order.faults),
        minutes={
            str(node): {name: minute(node, number, world.settings) for name, number in workers.items()}
            for node in world.nodes
        },
        settings=world.settings.model_dump(mode="json"),
    )


def _clocks(world: World) -> Steps:
    every = world.settings.truth_every
    while True:
        for node in world.nodes.values():
            clock = {str(originator): node.clock[originator] for originator in sorted(node.clock)}
            served = {str(originator): node.served[originator] for originator in sorted(node.served)}
            cursor = served if node.frozen else clock
            world.truth.say("clock", node=node.id, up=node.up, clock=clock, cursor=cursor)
        yield every - world.now % every
