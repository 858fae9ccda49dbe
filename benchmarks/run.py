"""Measures the observer beside grep, rg, jq and an expert's pipeline on the same logs: `python -m benchmarks.run`.

Whole processes, the median of several rounds; each round runs every figure once, so that a busy minute of the machine
falls on all of them alike. What is quoted from it are ratios of one run. What waiting and rules cost stands in a table
of its own (`judging`).
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import figures, generate, xmtpd
from benchmarks.figures import EXPERT, FLOOR, HOT, JQ, STATES_JUDGED, Figure, Work, ours, peers, prepared, same_answers
from benchmarks.generate import NOISE, parse_size
from benchmarks.judging import NODES, judgements
from benchmarks.memory import peaks
from benchmarks.process import ROOT, CommandFailed, Cost, python, run, typical
from benchmarks.profile import profiled
from benchmarks.report import Report, Row, Section, machine, page, text
from benchmarks.targets import Measured, limit, targets

PAGE = ROOT / "docs" / "speed.md"
SLICE_BYTES = 20_000_000
"""Of the logs for `coverage`, which looks at every line."""
STATES_SHARE = 4
"""Of the size of the logs the part that logs of state lines only have."""
LARGE = 10_000_000
FEW_RUNS = 3
"""At most, of the profile and of judging."""


def works(size: int, folder: Path) -> list[Work]:
    """The logs of each system. Raises CommandFailed."""
    small = min(size, SLICE_BYTES)
    return [
        Work(
            "xmtpd",
            "report settled",
            "xmtpd's JSON at debug level, five simulated nodes",
            xmtpd.generated("mixed", size, folder),
            xmtpd.generated("mixed", small, folder),
            folder / "work-xmtpd",
            xmtpd.generated("states", size // STATES_SHARE, folder),
        ),
        Work(
            "monero",
            "BLOCK SUCCESSFULLY ADDED",
            "Monero's level 1 capture of three nodes, written again and again",
            generate.generated(size, NOISE, folder),
            generate.generated(small, NOISE, folder),
            folder / "work-monero",
        ),
    ]


def rounds(asked: list[Figure], runs: int) -> tuple[dict[str, Cost], dict[str, bytes]]:
    """The typical cost of each figure, and what each last printed. Raises CommandFailed."""
    costs: dict[str, list[Cost]] = {figure.name: [] for figure in asked}
    outputs: dict[str, bytes] = {}
    for round_ in range(runs):
        for figure in asked:
            _under_way(f"round {round_ + 1} of {runs}: {figure.name}")
            cost, outputs[figure.name] = figure.measured()
            costs[figure.name].append(cost)
    _under_way("")
    return {name: typical(found) for name, found in costs.items()}, outputs


def _under_way(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def measured(work: Work, runs: int) -> tuple[Measured, Section, list[str]]:
    """All figures of one system's logs. Raises CommandFailed."""
    prepared(work)
    others, notes = peers(work)
    asked = [*ours(work), *others]
    costs, outputs = rounds(asked, runs)
    same_answers(outputs)
    few = min(runs, FEW_RUNS)
    profile = profiled(work.logs, work.recording, few)
    if work.states is not None:
        judged = figures.JUDGED_COLD
        profile |= {STATES_JUDGED: profiled(work.states, work.states_recording, few, [judged])[judged]}
    events = {name: json.loads(outputs[name])["events"] for name in (HOT, STATES_JUDGED) if name in outputs}
    found = Measured(costs, events, _folded(work), seeks_in(work.recording), profile)
    section = Section(work.system, _about(work, outputs, events[HOT], runs), rows(asked, found), profile)
    return found, section, notes


def rows(asked: list[Figure], found: Measured) -> list[Row]:
    """The figures with their ratios."""
    sizes = {figure.name: figure.size for figure in asked}

    def by(other: str, figure: Figure) -> float | None:
        size, beside = figure.size, sizes.get(other)
        if size is None or beside is None:
            return None
        return size / found.costs[figure.name].cpu / (beside / found.costs[other].cpu)

    return [
        Row(
            figure.name,
            figure.what,
            figure.size,
            found.costs[figure.name],
            (by(FLOOR, figure), by(EXPERT, figure), by(JQ, figure)),
            limit(figure.name, found.profile),
        )
        for figure in asked
    ]


def _folded(work: Work) -> float:
    _cost, said = run(python("benchmarks.folding", str(work.recording)))
    return float(said)


def seeks_in(recording: Path) -> dict[str, float]:
    """Raises CommandFailed."""
    _cost, said = run(python("benchmarks.seeks", str(recording)))
    found: dict[str, float] = json.loads(said)
    return found


def _about(work: Work, outputs: dict[str, bytes], events: int, runs: int) -> list[str]:
    """What the figures were measured on."""
    recorded = work.recording.stat().st_size / 1e6
    return [
        f"Logs: {work.logs.size / 1e6:,.0f} MB of {work.about}.",
        f"{_share(work, outputs)}{events:,} events; the recording has {recorded:,.1f} MB.",
        f"Whole processes, median of {runs}, page cache warm.",
    ]


def _share(work: Work, outputs: dict[str, bytes]) -> str:
    if FLOOR not in outputs:
        return ""
    _cost, counted = run(["wc", "-l", str(work.logs.together)])
    lines = int(counted.split()[0])
    return f"{int(outputs[FLOOR]) / lines:.1%} of {lines:,} lines hold a literal of the parsers; "


def large(events: int, folder: Path) -> str:
    """Seeks in a recording of so many events, which is kept. Raises CommandFailed."""
    recording = folder / f"large-{events}.rec"
    if not recording.exists():
        size = events * xmtpd.KINDS["states"] // xmtpd.EVENTS_AN_HOUR
        run(figures.importing(xmtpd.generated("states", size, folder).files, recording, "--no-judge"))
    found = seeks_in(recording)
    return (
        f"Any seek in a recording of about {events:,} events ({found['entries']:,.0f} entries): half of "
        f"{found['seeks']:,.0f} within {found['p50'] * 1e3:.0f} ms, 95 of 100 within {found['p95'] * 1e3:.0f} ms, "
        f"the slowest {found['most'] * 1e3:.0f} ms."
    )


def benchmark(sizes: list[int], runs: int, folder: Path, many: int | None) -> Report:
    """Generate, measure and put together. Raises CommandFailed."""
    header = machine()
    found: dict[str, Measured] = {}
    sections, notes = [], []
    for work in works(sizes[0], folder):
        found[work.system], section, missing = measured(work, runs)
        sections.append(section)
        notes += missing
    if many is not None:
        notes.append(large(many, folder))
    measured_peaks = peaks(sizes, folder, folder)
    judged = judgements(NODES, 0, min(runs, FEW_RUNS), folder)
    return Report(header, sections, targets(found, measured_peaks), measured_peaks, notes, judged)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sizes",
        type=lambda text: [parse_size(one) for one in text.split(",")],
        default="100MB",
        metavar="SIZE[,SIZE...]",
        help="of the logs; memory is measured at each, all else at the first",
    )
    parser.add_argument("--large", nargs="?", type=int, const=LARGE, metavar="EVENTS", help="seek in so many as well")
    parser.add_argument("--dir", type=Path, help="keeps what is generated, and finds it again")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="rounds, of which the median counts")
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
        return benchmark(asked.sizes, asked.runs, asked.dir, asked.large)
    with tempfile.TemporaryDirectory(prefix="observer-bench-") as folder:
        return benchmark(asked.sizes, asked.runs, Path(folder), asked.large)


def _command(asked: argparse.Namespace) -> str:
    """What makes the same page again; the directory is nobody's business."""
    sizes = ",".join(f"{size // 10**6}MB" for size in asked.sizes)
    given = f"--sizes {sizes} --runs {asked.runs}" + (f" --large {asked.large}" if asked.large else "")
    return f"make bench BENCH_ARGS={shlex.quote(f'{given} --write')}"


if __name__ == "__main__":
    sys.exit(main())
