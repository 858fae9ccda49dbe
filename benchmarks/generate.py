"""Logs of any size, made of the real capture of a three-node Monero network (`python -m benchmarks.generate`).

The capture is written again and again, every copy later than the last one by the length of the capture.
Every copy begins with a process start and a chain from nothing, as the capture does, so ids and heights
come again: the state does not grow with the size, and what depends on many live entities is not measured
by this. The same size gives the same bytes.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.process import ROOT, python, run

CAPTURES = ROOT / "tests" / "captures" / "monero" / "level1"
NODES = ("node1", "node2", "node3")
NOISE = 5
"""Copies of unread lines behind each copy with which about one line in twenty holds a literal of the parsers."""
PAUSE = timedelta(seconds=5)
"""Between two copies: less than what would make an import doubt the dates (R3)."""
_SECOND = len("2026-11-21 07:02:58")
_MILLISECOND = len("2026-11-21 07:02:58.504")
_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMG]?B?)", re.IGNORECASE)
_DONE = "complete"
_FORMAT = "2"
"""Raised when the same size would give other bytes, so that no older cache is taken for it."""


@dataclass(frozen=True, slots=True)
class LogSet:
    """Generated logs."""

    files: tuple[Path, ...]
    together: Path
    """All of them in one file, for what reads one file."""

    @property
    def size(self) -> int:
        """Bytes."""
        return self.together.stat().st_size


def parse_size(text: str) -> int:
    """`200MB`, `1.5 GB` or a number of bytes. Raises argparse.ArgumentTypeError."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write 200MB, 1GB or a number of bytes")
    unit = found[2].upper()
    return int(float(found[1]) * _UNITS[unit if unit.endswith("B") or not unit else f"{unit}B"])


def generated(size: int, noise: int, cache: Path) -> LogSet:
    """The same as `made`, by a process of its own (see `process` for why). Raises CommandFailed."""
    run(python("benchmarks.generate", "--size", str(size), "--noise", str(noise), "--dir", str(cache)))
    return expected(size, noise, cache)


def expected(size: int, noise: int, cache: Path) -> LogSet:
    """Where the logs of a size are, or would be."""
    folder = cache / f"monero-level1-{size}-{noise}-{_FORMAT}"
    return LogSet(tuple(folder / f"{node}.log" for node in NODES), folder / "together" / "all.log")


def made(size: int, noise: int, cache: Path) -> LogSet:
    """The logs of about this size, made unless they are there already.

    With `noise`, every copy is followed by so many copies of only those lines that hold no literal of the
    parsers: of the capture's own lines 19 % hold one, and the speed targets are set for 5 %.
    """
    logs = expected(size, noise, cache)
    done = logs.together.with_name(_DONE)
    if done.exists():
        return logs
    logs.together.parent.mkdir(parents=True, exist_ok=True)
    kinds = copied(noise)
    copies = max(1, round(size / sum(_bytes(kind) for kind in kinds)))
    period = length(kinds[0])
    for node, path in enumerate(logs.files):
        with path.open("wb") as out:
            for copy in range(copies * len(kinds)):
                out.writelines(later(kinds[copy % len(kinds)][node], copy * period))
    together(logs)
    done.touch()
    return logs


def together(logs: LogSet) -> None:
    """Write all of them into one file."""
    with logs.together.open("wb") as out:
        for path in logs.files:
            with path.open("rb") as part:
                while chunk := part.read(1 << 20):
                    out.write(chunk)


def copied(noise: int) -> list[list[list[bytes]]]:
    """What is written in turn, each the lines of every node: the capture, then `noise` copies of its unread lines."""
    captures = [(CAPTURES / f"{node}.log").read_bytes().splitlines(keepends=True) for node in NODES]
    quiet = [_unwanted(lines) for lines in captures] if noise else []
    return [captures, *([quiet] * noise)]


def _bytes(capture: list[list[bytes]]) -> int:
    return sum(len(line) for lines in capture for line in lines)


def _unwanted(lines: list[bytes]) -> list[bytes]:
    from benchmarks.needles import needles

    literals = [needle.encode() for needle in needles("monero")]
    return [line for line in lines if not any(literal in line for literal in literals)]


def length(captures: list[list[bytes]]) -> timedelta:
    """From the start of one copy to the start of the next, in whole seconds so that fractions stay."""
    first = min(_second(lines[0]) for lines in captures)
    last = max(_second(lines[-1]) for lines in captures)
    return last + timedelta(seconds=1) - first + PAUSE


def _second(line: bytes) -> datetime:
    return datetime.fromisoformat(line[:_SECOND].decode())


def later(lines: list[bytes], shift: timedelta) -> Iterator[bytes]:
    """The lines of one node, dated later by whole milliseconds. Each physical line of monerod begins with its time."""
    width, unit = (_MILLISECOND, "milliseconds") if shift.microseconds else (_SECOND, "seconds")
    before, written = b"", b""
    for line in lines:
        if line[:width] != before:
            before = line[:width]
            written = (datetime.fromisoformat(before.decode()) + shift).isoformat(" ", unit).encode()
        yield written + line[width:]


def arguments() -> argparse.ArgumentParser:
    """What the generator and the benchmark have in common."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=parse_size, default="200MB", metavar="BYTES", help="of all files together")
    parser.add_argument("--noise", type=int, default=0, metavar="N", help="copies of unread lines behind each copy")
    parser.add_argument("--dir", type=Path, help="keeps what is generated, and finds it again")
    return parser


def main() -> None:
    """Make the logs and print their paths."""
    asked = arguments().parse_args()
    cache = asked.dir or Path(tempfile.mkdtemp(prefix="observer-bench-"))
    logs = made(asked.size, asked.noise, cache)
    for path in (*logs.files, logs.together):
        print(path)


if __name__ == "__main__":
    main()
