"""The stages of the fast path one by one, each beside a plain way of doing the same: `python -m benchmarks.micro`.

A stage and its peer are timed in turn in one process, so their ratio holds on a busy machine where neither
figure does. The collector is off while a stage runs, and the best of several rounds counts.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import NamedTuple

import msgspec
import numpy as np
import zstandard
from immutables import Map

from benchmarks.generate import CAPTURES, NODES
from benchmarks.needles import needles
from parsers.clock import read_time, utc
from parsers.easylogging import read
from parsers.framing import FRAMINGS
from parsers.matcher import matcher_for
from parsers.source import SourceParser
from parsers.systems import SYSTEMS
from replay.blocks import BLOCK_BYTES, LEVEL
from replay.reading import cut
from replay.stamps import Stamper
from state.events import Event
from state.origin import Origin
from state.snapshot import NetworkState, fold

ROUNDS = 5
LITERAL = b"BLOCK SUCCESSFULLY ADDED"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage and its peer, as best of several rounds."""

    name: str
    unit: str
    amount: float
    """Units in one round."""
    peer: str
    seconds: float
    peer_seconds: float

    @property
    def speed(self) -> float:
        """Units a second."""
        return self.amount / self.seconds

    @property
    def ratio(self) -> float:
        """How many times as fast as the peer."""
        return self.peer_seconds / self.seconds


class Timed(NamedTuple):
    """A piece of work and the plain way of doing it."""

    name: str
    unit: str
    amount: float
    work: Callable[[], object]
    peer: str
    plain: Callable[[], object]


def measured(one: Timed) -> Stage:
    """Work and peer in turn, the best of each."""
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for place, work in enumerate((one.work, one.plain)):
            gc.collect()
            gc.disable()
            began = time.perf_counter()
            work()
            best[place] = min(best[place], time.perf_counter() - began)
            gc.enable()
    return Stage(one.name, one.unit, one.amount, one.peer, *best)


class Capture(NamedTuple):
    """One node's log: its bytes, its lines, and those of them that import would keep apart."""

    node: str
    data: bytes
    lines: list[bytes]
    hot: list[bytes]


def captures() -> list[Capture]:
    """The real capture, from the files that the generated logs are made of."""
    return [_capture(node, (CAPTURES / f"{node}.log").read_bytes()) for node in NODES]


def _capture(node: str, data: bytes) -> Capture:
    lines = data.splitlines(keepends=True)
    literals = [literal.encode() for literal in needles("monero")]
    heads = [(needle.encode(), span) for needle, span in SYSTEMS["monero"].heads()]
    hot, carry = [], 0
    for line in lines:
        wanted = any(literal in line for literal in literals)
        if wanted or carry:
            hot.append(line)
            carry = max([0, carry - 1, *(span for head, span in heads if head in line)])
    return Capture(node, data, lines, hot)


Pairs = list[tuple[Event, Origin]]


def parsed(logs: list[Capture]) -> Pairs:
    """Every event of the capture with its origin, node by node."""
    return [pair for number, log in enumerate(logs) for pair in fed(log, number)]


def fed(log: Capture, number: int) -> Pairs:
    """The events of one node's hot lines."""
    parser = SourceParser(log.node, number, SYSTEMS["monero"], FRAMINGS["bare"])
    said: Pairs = []
    for seq, line in enumerate(log.hot):
        said += parser.feed(line, seq, seq)
    return said


def folding(logs: list[Capture], times: int = 10) -> Timed:
    """Events through the fold, each time into an empty state: folded twice into one, half of them would say
    what is known. The peer is the least that any fold of frozen values does: one replaced field in one map.
    """
    pairs = parsed(logs)

    def work() -> None:
        for _ in range(times):
            state = NetworkState()
            for event, origin in pairs:
                state, _touched = fold(state, event, origin)

    def plain() -> Map[str, _Seen]:
        seen: Map[str, _Seen] = Map()
        for _event, origin in pairs * times:
            mine = seen.get(origin.node) or _Seen()
            seen = seen.set(origin.node, msgspec.structs.replace(mine, last=origin.time))
        return seen

    return Timed("fold", "events", len(pairs) * times, work, "one replace and one Map.set an event", plain)


class _Seen(msgspec.Struct, frozen=True, gc=False):
    last: int = 0


def feeding(logs: list[Capture]) -> Timed:
    """Hot lines through the parser of their source. The peer only takes the header apart."""
    return Timed(
        "SourceParser.feed",
        "lines",
        sum(len(log.hot) for log in logs),
        lambda: parsed(logs),
        "easylogging.read alone",
        lambda: [read(line, utc) for log in logs for line in log.hot],
    )


def matching(block: bytes, engine: str) -> Iterator[Timed]:
    """A block through a matcher. The peer counts one literal, as fast as memory is read."""
    try:
        matcher = matcher_for(needles("monero"), engine)
    except ImportError:
        print(f"matcher {engine} is left out: it is not installed.", file=sys.stderr)
        return
    yield Timed(
        f"matcher {engine}",
        "MB",
        len(block) / 1e6,
        lambda: matcher.hits(block),
        "bytes.count of one literal",
        lambda: block.count(LITERAL),
    )


def stamping(block: bytes) -> Timed:
    """Line ends and times of a block. The peer reads the time of each line in a loop."""

    def work() -> object:
        stamper = Stamper(FRAMINGS["bare"], utc)
        return [
            stamper.times(np.frombuffer(data, dtype=np.uint8), np.concatenate(([0], ends[:-1])), ends)
            for _offset, data, ends in cut(_Bytes(block))
        ]

    def plain() -> object:
        return [read_time(line[:32].decode()) for line in block.splitlines(keepends=True)]

    return Timed("cut and stamp", "MB", len(block) / 1e6, work, "read_time, line by line", plain)


def splitting(block: bytes) -> Timed:
    """Compression as blocks are stored, beside finding the time of each line by a regular expression."""
    written = re.compile(rb"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", re.MULTILINE)
    return Timed(
        f"zstd level {LEVEL}",
        "MB",
        len(block) / 1e6,
        lambda: zstandard.ZstdCompressor(level=LEVEL).compress(block),
        "re.findall of the times",
        lambda: written.findall(block),
    )


class _Bytes:
    """A stream of bytes that are there already."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def read(self, size: int, /) -> bytes:
        """The next bytes."""
        given = self._data[self._place : self._place + size]
        self._place += len(given)
        return given


def stages() -> Iterator[Timed]:
    """Everything that is timed."""
    logs = captures()
    block = b"".join(log.data for log in logs)
    block = block[: block.rfind(b"\n", 0, BLOCK_BYTES) + 1]
    yield folding(logs)
    yield feeding(logs)
    yield from matching(block, "hyperscan")
    yield from matching(block, "re")
    yield stamping(block)
    yield splitting(block)


def main() -> None:
    """Time every stage and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    asked = parser.parse_args()
    found = [measured(one) for one in stages()]
    if asked.json:
        print(json.dumps([{**asdict(one), "speed": one.speed, "ratio": one.ratio} for one in found], indent=2))
        return
    print(f"{'stage':<18}  {'a second':>16}  {'x peer':>7}  peer")
    for one in found:
        print(f"{one.name:<18}  {one.speed:>9,.0f} {one.unit:<6}  {one.ratio:>7.3f}  {one.peer}")


if __name__ == "__main__":
    main()
