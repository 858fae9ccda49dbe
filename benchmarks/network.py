"""Logs of many nodes, made of the capture of three (`python -m benchmarks.network`).

The three are written as one trio after the other. Each trio has a loopback address of its own, so that an address
names one node, and is dated a few milliseconds later than the one before, so that no two walk in step. Trios do
not know of each other: the network has as many parts as there are trios. The same numbers give the same bytes.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from datetime import timedelta
from pathlib import Path

from benchmarks.generate import NODES, copied, later, length

ADDRESS = re.compile(rb"\b127\.0\.0\.1(?!\d)")
STEP = timedelta(milliseconds=37)
"""From one trio to the next."""
MOST = 254 * len(NODES)
_DONE = "complete"
_FORMAT = "1"
"""Raised when the same numbers would give other bytes."""


def expected(nodes: int, noise: int, cache: Path) -> list[Path]:
    """Where the logs of so many nodes are, or would be."""
    folder = cache / f"monero-level1-{nodes}-nodes-{noise}-{_FORMAT}"
    return [folder / f"n{node:03d}.log" for node in range(nodes)]


def made(nodes: int, noise: int, cache: Path) -> list[Path]:
    """The logs of so many nodes, made unless they are there already. `noise` is that of `generate`."""
    paths = expected(nodes, noise, cache)
    done = paths[0].with_name(_DONE)
    if done.exists():
        return paths
    done.parent.mkdir(parents=True, exist_ok=True)
    kinds = copied(noise)
    period = length(kinds[0])
    for node, path in enumerate(paths):
        trio, role = divmod(node, len(NODES))
        with path.open("wb") as out:
            for copy, kind in enumerate(kinds):
                out.writelines(later(_moved(kind[role], trio), copy * period + trio * STEP))
    done.touch()
    return paths


def _moved(lines: list[bytes], trio: int) -> list[bytes]:
    """With the loopback address of a trio."""
    address = b"127.%d.0.1" % trio
    return [ADDRESS.sub(address, line) for line in lines]


def main() -> None:
    """Make the logs and print their paths."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=100, metavar="N")
    parser.add_argument("--noise", type=int, default=0, metavar="N", help="copies of unread lines behind the capture")
    parser.add_argument("--dir", type=Path, help="keeps what is generated, and finds it again")
    asked = parser.parse_args()
    if not 1 <= asked.nodes <= MOST:
        parser.error(f"--nodes: 1 to {MOST}")
    cache = asked.dir or Path(tempfile.mkdtemp(prefix="observer-bench-"))
    for path in made(asked.nodes, asked.noise, cache):
        print(path)


if __name__ == "__main__":
    main()
