"""Measures how true the observer's word is: `python -m benchmarks.accuracy`, `make accuracy`.

Every run is measured by itself, by as many processes as there are cores; the order of the table is that of the runs,
so that it is the same each time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.accuracy.xmtpd import laws, runs
from benchmarks.accuracy.xmtpd.measuring import LAWS, Measured, measured
from benchmarks.accuracy.xmtpd.report import text
from benchmarks.accuracy.xmtpd.runs import Run

PAGE = Path(__file__).parent.parent.parent / "docs" / "accuracy.md"


def chosen(base: int, *, quick: bool) -> list[Run]:
    """The runs, those of the laws too."""
    if quick:
        return [*runs.quick(base), *laws.runs(base)[:1]]
    return [*runs.every(base), *laws.runs(base), *laws.blind_runs(base)]


def in_order(asked: Sequence[Run], processes: int) -> list[Measured]:
    """All of them, the longest first to begin with and in their own order in the end."""
    places = sorted(range(len(asked)), key=lambda place: -_weight(asked[place]))
    found: list[Measured | None] = [None] * len(asked)
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for count, (place, one) in enumerate(
            zip(places, pool.imap(measured, [asked[at] for at in places]), strict=True)
        ):
            found[place] = one
            _under_way(f"{count + 1} of {len(asked)}: {one.run.name}")
    _under_way("")
    return [one for one in found if one is not None]


def _weight(run: Run) -> int:
    return (
        run.order.length
        * run.order.nodes
        * (4 if run.order.level == "debug" else 1)
        * (2 if run.variant in LAWS else 1)
    )


def _under_way(said: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{said}", end="", file=sys.stderr, flush=True)


def main() -> int:
    """Measure, print, and write the page where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--held-out", action="store_true", help="networks that nothing was made with (the default)")
    which.add_argument("--develop", action="store_true", help="those that parsers and rules were made with")
    parser.add_argument("--quick", action="store_true", help="a few short runs")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
    parser.add_argument("--write", action="store_true", help="write docs/accuracy.md as well")
    asked = parser.parse_args()
    base = runs.DEVELOP if asked.develop else runs.HELD_OUT
    found = in_order(chosen(base, quick=asked.quick), asked.jobs)
    page = text(found, _command(asked), seeds(base))
    print(page, end="")
    if asked.write:
        PAGE.write_text(page, encoding="utf-8")
    return 0


def seeds(base: int) -> str:
    """Which seeds were taken, and that no others were."""
    mine, other = ("held out", "developing") if base == runs.HELD_OUT else ("developing", "held out")
    rest = runs.DEVELOP if base == runs.HELD_OUT else runs.HELD_OUT
    return (
        f"seeds: {base} to {base + runs.SPACE - 1} ({mine}), which give fault windows, nodes and levels too; "
        f"{rest} to {rest + runs.SPACE - 1} are for {other}"
    )


def _command(asked: argparse.Namespace) -> str:
    given = [name for name in ("develop", "quick") if getattr(asked, name)]
    options = " ".join(f"--{name}" for name in [*given, "write"])
    return f"make accuracy ACCURACY_ARGS='{options}'"


if __name__ == "__main__":
    sys.exit(main())
