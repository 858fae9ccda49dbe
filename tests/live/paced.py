"""Nodes of many networks that write their logs at a steady pace, rotate them, and fall silent now and then.

The lines are those of simulated xmtpd nodes and of captured monerod nodes, dated when they are written. What each file
was given is kept aside, byte for byte.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count, cycle
from pathlib import Path
from typing import NamedTuple

from observer.simulators.xmtpd.network import Order, simulate
from observer.simulators.xmtpd.settings import read_settings
from tests.live.writer import Writing, dated
from tests.observer.captures import CAPTURES

SILENT_EVERY, SILENT_FOR = 15.0, 5.0
"""Seconds: one node after the other is silent for the second, once in the first."""
ALL_SILENT_EVERY = 4
"""Every so many times it is the whole network."""
_TIME = len('{"level":"DEBUG","time":"2026-11-21T07:00:00.000Z"')


class Node(NamedTuple):
    """One node's log."""

    network: int
    number: int
    writing: Writing
    lines: Iterator[bytes]
    rng: random.Random


def material(folder: Path, kind: str, nodes: int, seed: int) -> list[list[bytes]]:
    """Lines for each node of a network, at least."""
    if kind == "monero":
        captured = [(CAPTURES / "level1" / f"node{one}.log").read_bytes() for one in (1, 2, 3)]
        return [captured[number % 3].splitlines(keepends=True) for number in range(nodes)]
    output = folder / f"simulated-{seed}"
    simulate(Order(nodes=nodes, length=900_000, seed=seed, level="debug"), read_settings(None, ()), output)
    found = [path.read_bytes().splitlines(keepends=True) for path in sorted(output.glob("node-*.log"))]
    return [[line for line in lines if line.startswith(b"{")] for lines in found]


def now_dated(line: bytes) -> bytes:
    """The line, as if it had been written now."""
    if not line.startswith(b"{"):
        return dated(line)
    head, found, rest = line[:_TIME].partition(b'"time":"')
    assert found, line[:100]
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23].encode()
    return head + found + now + (rest + line[_TIME:])[23:]


class Paced:
    """Writes until it is closed. `pace` is lines a second of each node, `turn_after` bytes of a file."""

    def __init__(self, pace: float, turn_after: int) -> None:
        self._pace = pace
        self._turn_after = turn_after
        self._nodes: list[Node] = []
        self._of: dict[int, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.written = 0
        self.failed: BaseException | None = None

    def add(self, logs: Path, truth: Path, lines: Sequence[Sequence[bytes]], seed: int) -> None:
        """One network, a log for each of its nodes."""
        logs.mkdir(parents=True)
        truth.mkdir(parents=True)
        network = len(self._of)
        self._of[network] = len(lines)
        for number, mine in enumerate(lines):
            rng = random.Random(seed * 100 + number)  # noqa: S311 - a test is to be the same each time
            writing = Writing(logs / f"node{number + 1}.log", truth, "rename", rng)
            self._nodes.append(Node(network, number, writing, cycle(mine), rng))

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self) -> None:
        """Write no more; what was begun is finished."""
        self._stop.set()
        self._thread.join(30)
        if self.failed is not None:
            raise self.failed

    def _run(self) -> None:
        try:
            self._write_all()
        except BaseException as error:  # noqa: BLE001 - raised again where it is seen
            self.failed = error

    def _write_all(self) -> None:
        begun = time.monotonic()
        owed = [0.0] * len(self._nodes)
        sizes = [0] * len(self._nodes)
        before = begun
        for _round in count():
            if self._stop.wait(0.02):
                return
            now = time.monotonic()
            for place, node in enumerate(self._nodes):
                if self._silent(node, now - begun):
                    continue
                owed[place] += (now - before) * self._pace
                data = b"".join([now_dated(next(node.lines)) for _ in range(int(owed[place]))])
                owed[place] %= 1
                if data:
                    self._put(node, data)
                    sizes[place] += len(data)
                if sizes[place] > self._turn_after * (1 + node.number % 3):
                    node.writing.turn()
                    sizes[place] = 0
            before = now

    def _put(self, node: Node, data: bytes) -> None:
        """Now and then a line in two parts, as a writer that does not buffer lines does it."""
        self.written += data.count(b"\n")
        if node.rng.random() < 0.01:
            half = node.rng.randrange(len(data))
            node.writing.write(data[:half])
            time.sleep(0.002)
            data = data[half:]
        node.writing.write(data)

    def _silent(self, node: Node, passed: float) -> bool:
        # Networks fall silent one after the other, not at one time.
        passed += node.network * 1.7
        turn, within = divmod(passed, SILENT_EVERY)
        everybody = int(turn) % ALL_SILENT_EVERY == ALL_SILENT_EVERY - 1
        return within < SILENT_FOR and (everybody or int(turn) % self._of[node.network] == node.number)
