"""Logs of a chain that is as long as a state keeps it (`python -m benchmarks.chain`): ten thousand live entities.

Five nodes add the same blocks, each with an id of its own; between them stand lines of the real capture that no parser
asks for, so that about one line in twenty carries state.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.generate import CAPTURES, LogSet, copied, together
from benchmarks.process import python, run

NODES = 5
HEIGHTS = 2100
"""A state keeps 2,048 below the tip of each node."""
QUIET = 95
"""Unread lines for each block, which has five of its own."""
BLOCK_TIME = timedelta(seconds=2)
BEGINNING = datetime(2026, 11, 21, 7, tzinfo=UTC)
_LINES_OF_A_BLOCK = 5
_DATE = len("2026-11-21 07:02:58.568")
_ID = re.compile(rb"[0-9a-f]{64}")
_HEIGHT = re.compile(rb"HEIGHT \d+")
_DONE = "complete"
_FORMAT = "1"
"""Raised when the same numbers would give other bytes."""


def expected(cache: Path) -> LogSet:
    """Where the logs are, or would be."""
    folder = cache / f"monero-chain-{HEIGHTS}-{_FORMAT}"
    return LogSet(tuple(folder / f"node{node}.log" for node in range(1, NODES + 1)), folder / "together" / "all.log")


def generated(cache: Path) -> LogSet:
    """The same as `made`, by a process of its own (see `process` for why). Raises CommandFailed."""
    run(python("benchmarks.chain", "--dir", str(cache)))
    return expected(cache)


def made(cache: Path) -> LogSet:
    """The logs, made unless they are there already."""
    logs = expected(cache)
    done = logs.together.with_name(_DONE)
    if done.exists():
        return logs
    logs.together.parent.mkdir(parents=True, exist_ok=True)
    block, quiet = one_block(), copied(1)[1][0]
    for node, path in enumerate(logs.files):
        with path.open("wb") as out:
            for height in range(HEIGHTS):
                at = BEGINNING + height * BLOCK_TIME + timedelta(milliseconds=node)
                date = at.isoformat(" ", "milliseconds")[:_DATE].encode()
                out.writelines(date + line[_DATE:] for line in _added(block, height))
                first = height * QUIET
                out.writelines(date + quiet[(first + one) % len(quiet)][_DATE:] for one in range(QUIET))
    together(logs)
    done.touch()
    return logs


def one_block() -> list[bytes]:
    """The lines with which the capture's first node adds a block that it was given."""
    lines = (CAPTURES / "node1.log").read_bytes().splitlines(keepends=True)
    heads = [place for place, line in enumerate(lines) if b"BLOCK SUCCESSFULLY ADDED" in line]
    return lines[heads[1] : heads[1] + _LINES_OF_A_BLOCK]


def _added(block: list[bytes], height: int) -> list[bytes]:
    id_ = hashlib.sha256(b"%d" % height).hexdigest().encode()
    return [_HEIGHT.sub(b"HEIGHT %d" % height, _ID.sub(id_, line)) for line in block]


def main() -> None:
    """Make the logs and print their paths."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=Path, help="keeps what is generated, and finds it again")
    asked = parser.parse_args()
    logs = made(asked.dir or Path(tempfile.mkdtemp(prefix="observer-bench-")))
    for path in (*logs.files, logs.together):
        print(path)


if __name__ == "__main__":
    main()
