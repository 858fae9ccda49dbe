"""Logs of xmtpd of any size, in JSON and at debug level (`python -m benchmarks.xmtpd`).

`mixed`: five nodes that the simulator ran, hour after hour, and between their lines so much of what no parser asks for
that about one line in twenty carries state. `states`: of the same run only the lines that hold a parser's literal. A
longer run is more of the same network: what its state keeps is bounded by retention. The same size gives the same
bytes.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from benchmarks.generate import LogSet, parse_size, together
from benchmarks.process import python, run

if TYPE_CHECKING:
    from parsers.matcher import Matcher

NODES = (100, 200, 300, 400, 500)
SEED = 7
STATE_LINES = 0.05
KINDS = {"mixed": 118_000_000, "states": 5_600_000}
"""Each with the bytes that an hour of the network makes of it."""
EVENTS_AN_HOUR = 22_000
_SHORTEST = 0.05
"""Hours: so that a run holds more than its beginning."""
_DONE = "complete"
_FORMAT = "2"
"""Raised when the same size would give other bytes, so that no older cache is taken for it."""
_TIME = re.compile(rb'"time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"')


def generated(kind: str, size: int, cache: Path) -> LogSet:
    """The same as `made`, by a process of its own (see `process` for why). Raises CommandFailed."""
    run(python("benchmarks.xmtpd", "--kind", kind, "--size", str(size), "--dir", str(cache)))
    return expected(kind, size, cache)


def expected(kind: str, size: int, cache: Path) -> LogSet:
    """Where the logs are, or would be."""
    folder = cache / f"xmtpd-{kind}-{size}-{_FORMAT}"
    return LogSet(tuple(folder / f"node-{node}.log" for node in NODES), folder / "together" / "all.log")


def made(kind: str, size: int, cache: Path) -> LogSet:
    """The logs of about this size, made unless they are there already."""
    from benchmarks.needles import needles
    from observer.simulators.xmtpd.network import Order, simulate
    from observer.simulators.xmtpd.settings import HOUR, read_settings
    from parsers.matcher import matcher_for

    logs = expected(kind, size, cache)
    done = logs.together.with_name(_DONE)
    if done.exists():
        return logs
    folder = logs.together.parent
    folder.mkdir(parents=True, exist_ok=True)
    hours = max(_SHORTEST, size / KINDS[kind])
    order = Order(nodes=len(NODES), length=round(hours * HOUR), seed=SEED, level="debug")
    with tempfile.TemporaryDirectory(dir=folder) as raw:
        simulate(order, read_settings(None, ["startup_text=false"]), Path(raw) / "run")
        literals = needles("xmtpd")
        matcher = matcher_for(literals)
        for node, path in zip(NODES, logs.files, strict=True):
            said = Path(raw) / "run" / path.name
            with path.open("wb") as out:
                out.writelines(only_wanted(said, matcher) if kind == "states" else mixed(said, node, literals, matcher))
            said.unlink()
    together(logs)
    done.touch()
    return logs


def only_wanted(said: Path, matcher: Matcher) -> Iterator[bytes]:
    """The lines that hold a literal."""
    with said.open("rb") as lines:
        for line in lines:
            if len(matcher.hits(line)):
                yield line


def mixed(said: Path, node: int, literals: list[str], matcher: Matcher) -> Iterator[bytes]:
    """A node's lines, and between them, evenly, what no parser asks for; times ascend from line to line."""
    from benchmarks.xmtpd_noise import HEAD, pool
    from observer.simulators.xmtpd.encoding import iso8601

    with said.open("rb") as lines:
        hits, count = _hits(lines.read(), matcher)
    others = max(0.0, hits / STATE_LINES / max(1, count) - 1)
    draws = Random(SEED * 1000 + node)  # noqa: S311 - the same logs each time
    unread = pool(draws, literals)
    place, due, before = 0, 0.0, None
    with said.open("rb") as lines:
        for line in lines:
            found = _TIME.search(line)
            at = before if found is None else _milliseconds(found[1])
            if before is not None and at is not None:
                due += others
                number = int(due)
                due -= number
                step = (at - before) / (number + 1)
                for one in range(number):
                    yield HEAD + iso8601(int(before + step * (one + 1))).encode() + unread[place % len(unread)]
                    # Odd and by no divisor: the same lines come in another order each time.
                    place += 1 + (place % 7 == 0)
            before = at
            yield line


def _hits(data: bytes, matcher: Matcher) -> tuple[int, int]:
    """Lines with a hit, and all."""
    lines = 0
    found = set()
    ends = iter(matcher.hits(data))
    end = next(ends, None)
    at = 0
    for line in data.splitlines(keepends=True):
        at += len(line)
        while end is not None and end <= at:
            found.add(lines)
            end = next(ends, None)
        lines += 1
    return len(found), lines


def _milliseconds(time: bytes) -> int:
    return round(datetime.fromisoformat(time.decode()).timestamp() * 1000)


def main() -> None:
    """Make the logs and print their paths."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=list(KINDS), default="mixed")
    parser.add_argument("--size", type=parse_size, default="100MB", metavar="BYTES", help="of all files together")
    parser.add_argument("--dir", type=Path, help="keeps what is generated, and finds it again")
    asked = parser.parse_args()
    logs = made(asked.kind, asked.size, asked.dir or Path(tempfile.mkdtemp(prefix="observer-bench-")))
    for path in (*logs.files, logs.together):
        print(path)


if __name__ == "__main__":
    main()
