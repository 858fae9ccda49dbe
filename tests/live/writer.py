"""A program that writes a log as time passes and keeps aside what it wrote: `python -m tests.live.writer`.

It writes lines of a real monerod, dated now, in bursts, some of them in two parts, and now and then it does to its log
what such programs and logrotate do. Each file that had the log's name has a copy of its bytes in the truth folder,
written before the log is; a copy is a byte or more ahead only where the writer itself was killed.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import time
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from tests.observer.captures import CAPTURES

DATE = len("2026-11-21 07:02:58.504")
KEPT = 60
"""Rotated members that stay: more than are made while nobody reads."""


class Writing:
    """One log, under its name."""

    def __init__(self, path: Path, truth: Path, mode: str, rng: random.Random) -> None:
        """Makes the first file."""
        self._path = path
        self._truth = truth
        self._mode = mode
        self._rng = rng
        self._count = 0
        self._open()

    def _open(self) -> None:
        self._count += 1
        self._log = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._copy = os.open(self._truth / f"{self._path.name}.{self._count:04}", os.O_WRONLY | os.O_CREAT, 0o644)

    def write(self, data: bytes) -> None:
        """Append."""
        os.write(self._copy, data)
        os.write(self._log, data)

    def turn(self) -> None:
        """Do what is done to logs of this kind."""
        if self._mode == "copytruncate":
            self._copy_aside()
            os.close(self._copy)
            os.ftruncate(self._log, 0)
            self._count += 1
            self._copy = os.open(self._truth / f"{self._path.name}.{self._count:04}", os.O_WRONLY | os.O_CREAT, 0o644)
            return
        if self._mode == "rename":
            self._shift()
            self._path.rename(self._member(1))
            if self._rng.random() < 0.3:
                # A writer that reopens late still writes to what was rotated away.
                self.write(dated(b"2026-11-21 07:02:58.504\tlate\tINFO\tglobal\tnone:1\tthe last line\n"))
        else:
            self._path.unlink()
        os.close(self._log)
        os.close(self._copy)
        if self._rng.random() < 0.5:
            time.sleep(self._rng.random() * 0.05)
        self._open()

    def _member(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _shift(self) -> None:
        self._member(KEPT).unlink(missing_ok=True)
        for number in range(KEPT - 1, 0, -1):
            if self._member(number).exists():
                self._member(number).rename(self._member(number + 1))

    def _copy_aside(self) -> None:
        self._shift()
        self._member(1).write_bytes(self._path.read_bytes())


def dated(line: bytes) -> bytes:
    """The line, as if it had been written now."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:DATE]
    return now.encode() + line[DATE:]


def main() -> None:
    """Write until SIGTERM, then finish the line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--mode", choices=("rename", "copytruncate", "recreate"), default="rename")
    parser.add_argument("--node", default="node1", help="whose lines of the captured run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--turn-after", type=int, default=200_000, metavar="BYTES")
    asked = parser.parse_args()
    rng = random.Random(asked.seed)  # noqa: S311 - a test is to be the same each time
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    capture = CAPTURES / "level1" / f"{asked.node}.log"
    writing = Writing(asked.log, asked.truth, asked.mode, rng)
    written = 0
    for line in cycle(capture.read_bytes().splitlines(keepends=True)):
        data = dated(line)
        if rng.random() < 0.02:
            half = rng.randrange(len(data))
            writing.write(data[:half])
            time.sleep(rng.random() * 0.1)
            data = data[half:]
        writing.write(data)
        written += len(line)
        if stopped:
            return
        if written > asked.turn_after * rng.uniform(0.5, 1.5):
            writing.turn()
            written = 0
        if rng.random() < 0.02:
            time.sleep(rng.random() * 0.2)


if __name__ == "__main__":
    main()
