"""Measures the observer beside grep and rg on the same generated logs: `python -m benchmarks.run`, `make bench`.

Whole processes, the median of several rounds; each round runs every figure once, so that a busy minute of
the machine falls on all of them alike. What is quoted from it are ratios of one run. What waiting and rules cost
stands in a table of its own (`judging`).
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import FLOOR, ONE, Figure, Work, ours, peers, prepared, same_answers
from benchmarks.generate import LogSet, arguments, expected
from benchmarks.judging import NODES, judgements
from benchmarks.process import ROOT, CommandFailed, Cost, python, run, typical
from benchmarks.report import Report, Row, machine, page, text

PAGE = ROOT / "docs" / "speed.md"
SLICE_BYTES = 20_000_000
"""Of the logs for `coverage`, which looks at every line."""


def generated(size: int, noise: int, folder: Path) -> LogSet:
    """The logs, made by a process of their own (see `process` for why)."""
    run(python("benchmarks.generate", "--size", str(size), "--noise", str(noise), "--dir", str(folder)))
    return expected(size, noise, folder)


def measured(figures: list[Figure], runs: int) -> tuple[list[Cost], dict[str, bytes]]:
    """The typical cost of each figure, and what each last printed. Raises CommandFailed."""
    costs: list[list[Cost]] = [[] for _ in figures]
    outputs: dict[str, bytes] = {}
    for round_ in range(runs):
        for figure, found in zip(figures, costs, strict=True):
            _under_way(f"round {round_ + 1} of {runs}: {figure.name}")
            cost, outputs[figure.name] = figure.measured()
            found.append(cost)
    _under_way("")
    return [typical(found) for found in costs], outputs


def _under_way(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def rows(figures: list[Figure], costs: list[Cost]) -> list[Row]:
    """The figures with their ratios."""
    speeds = {
        figure.name: figure.size / cost.seconds
        for figure, cost in zip(figures, costs, strict=True)
        if figure.size is not None
    }

    def by(other: str, name: str) -> float | None:
        return speeds[name] / speeds[other] if name in speeds and other in speeds else None

    return [
        Row(figure.name, figure.what, figure.size, cost, by(FLOOR, figure.name), by(ONE, figure.name))
        for figure, cost in zip(figures, costs, strict=True)
    ]


def about(work: Work, outputs: dict[str, bytes], runs: int, noise: int) -> list[str]:
    """What the figures were measured on."""
    events = json.loads(outputs["fold, hot"])["events"]
    capture = "Monero's level 1 capture written again and again"
    thinned = f", each copy followed by {noise} of its unread lines alone" if noise else ""
    recorded = work.recording.stat().st_size / 1e6
    return [
        f"Logs: {work.logs.size / 1e6:,.0f} MB of 3 nodes, {capture}{thinned}.",
        f"{_share(work, outputs)}{events:,} events; the recording has {recorded:,.1f} MB.",
        f"Whole processes, median of {runs}, page cache warm.",
    ]


def _share(work: Work, outputs: dict[str, bytes]) -> str:
    if FLOOR not in outputs:
        return ""
    _cost, counted = run(["wc", "-l", str(work.logs.together)])
    lines = int(counted.split()[0])
    return f"{int(outputs[FLOOR]) / lines:.1%} of {lines:,} lines hold a literal of the parsers; "


def benchmark(size: int, noise: int, runs: int, folder: Path) -> Report:
    """Generate, measure and put together. Raises CommandFailed."""
    header = machine()
    logs = generated(size, noise, folder)
    work = Work(logs, generated(min(size, SLICE_BYTES), noise, folder), folder / "work")
    prepared(work)
    others, notes = peers(work)
    figures = [*ours(work), *others]
    costs, outputs = measured(figures, runs)
    same_answers(outputs)
    judged = judgements(NODES, noise, runs, folder)
    return Report(header, about(work, outputs, runs, noise), rows(figures, costs), notes, judged)


def main() -> int:
    """Measure and print."""
    parser = arguments()
    parser.description = __doc__
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="rounds, of which the median counts")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--write", action="store_true", help="write docs/speed.md as well")
    asked = parser.parse_args()
    if asked.runs < 1:
        parser.error("--runs: at least 1")
    try:
        found = _in_folder(asked)
    except (CommandFailed, OSError, subprocess.SubprocessError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    print(json.dumps(found.as_json(), indent=2) if asked.json else text(found))
    if asked.write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(found, _command(asked)), encoding="utf-8")
    return 0


def _in_folder(asked: argparse.Namespace) -> Report:
    if asked.dir is not None:
        return benchmark(asked.size, asked.noise, asked.runs, asked.dir)
    with tempfile.TemporaryDirectory(prefix="observer-bench-") as folder:
        return benchmark(asked.size, asked.noise, asked.runs, Path(folder))


def _command(asked: argparse.Namespace) -> str:
    """What makes the same page again; the directory is nobody's business."""
    given = f"--size {asked.size // 10**6}MB --runs {asked.runs}" + (f" --noise {asked.noise}" if asked.noise else "")
    return f"make bench BENCH_ARGS={shlex.quote(f'{given} --write')}"


if __name__ == "__main__":
    sys.exit(main())
