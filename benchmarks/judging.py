"""What waiting and rules cost a replay: `python -m benchmarks.judging`, and a table of `make bench`.

Two promises are measured: 1,000 conditions that wait, each over one entity, slow a replay by less than 10 %, and
50 rules over 100 nodes by less than 30 %. A variant is played in a process of its own; each round plays every one
of them once. What counts is the processor's time of playing alone, beside that of playing plainly in the same round
and in the same mode: hot, from the lines that import kept apart, or cold, from everything. Loading what is judged
happens once however long the journal is, and stands in a column of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TypeAlias

from benchmarks.figures import importing
from benchmarks.network import expected
from benchmarks.process import CommandFailed, python, run

NODES = 100
PLAIN = "plain play"
TARGETS = {"judged, nothing": None, "1,000 of nodes": 0.10, "1,000 of blocks": 0.10, "50 rules": 0.30}
"""Variants of `judged`, each with the slowdown that it must stay below."""
MODES = {"hot": [], "cold": ["--cold"]}
HEADINGS = ("judged", "mode", "CPU s", "s", "slower", "target", "load s", "transitions", "MB peak")
Said: TypeAlias = dict[str, float]
"""What one play printed, and its peak of memory."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One variant in one mode: medians of several rounds."""

    name: str
    mode: str
    cpu: float
    seconds: float
    loading: float
    slower: float | None
    """By what part of the plain play; None for that itself."""
    target: float | None
    transitions: int
    waiting: int
    """Conditions that wait still at the end."""
    alerts: int
    """Rules times what they are bound to, at the end."""
    peak: int

    def cells(self) -> tuple[str, ...]:
        """As shown."""
        return (
            self.name,
            self.mode,
            f"{self.cpu:.2f}",
            f"{self.seconds:.2f}",
            "" if self.slower is None else f"{self.slower:+.1%}",
            "" if self.target is None else f"< {self.target:.0%}",
            f"{self.loading:.2f}",
            f"{self.transitions:,}" if self.transitions else "",
            f"{self.peak / 1e6:,.0f}",
        )


@dataclass(frozen=True, slots=True)
class Judgements:
    """All variants, and what they were played on."""

    about: list[str]
    rows: list[Judgement]

    def as_json(self) -> dict[str, object]:
        """All of it."""
        return {"about": self.about, "figures": [asdict(row) for row in self.rows]}


def recorded(nodes: int, noise: int, folder: Path) -> Path:
    """The recording of so many nodes, made anew. Raises CommandFailed."""
    run(python("benchmarks.network", "--nodes", str(nodes), "--noise", str(noise), "--dir", str(folder)))
    recording = folder / f"judging-{nodes}-{noise}.rec"
    recording.unlink(missing_ok=True)
    run(importing(expected(nodes, noise, folder), recording))
    return recording


def rounds(recording: Path, runs: int) -> dict[tuple[str, str], list[Said]]:
    """What each variant printed in each mode, round by round. Raises CommandFailed."""
    found: dict[tuple[str, str], list[Said]] = {(name, mode): [] for mode in MODES for name in (PLAIN, *TARGETS)}
    digests: set[object] = set()
    for round_ in range(runs):
        for (name, mode), said in found.items():
            _under_way(f"round {round_ + 1} of {runs}: {name}, {mode}")
            cost, printed = run(python("benchmarks.judged", str(recording), name, *MODES[mode]))
            one = json.loads(printed)
            digests.add(one.pop("digest"))
            said.append({**one, "peak": cost.peak})
    _under_way("")
    if len(digests) > 1:
        raise CommandFailed(f"{recording}: judging has changed what is judged: {len(digests)} digests at the end")
    for (name, mode), said in found.items():
        if any(_outcome(one) != _outcome(found[name, "hot"][0]) for one in said):
            raise CommandFailed(f"{name}, {mode}: not every round came to the same: {[_outcome(one) for one in said]}")
    return found


def _outcome(said: Said) -> tuple[float, ...]:
    """What must be the same each time."""
    return tuple([said[key] for key in ("events", "transitions", "waiting", "alerts")])


def _under_way(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def rows(found: dict[tuple[str, str], list[Said]]) -> Iterator[Judgement]:
    """The variants with their slowdowns: the median of what each round says of itself."""
    for (name, mode), said in found.items():
        plain = found[PLAIN, mode]
        slower = median(one["cpu"] / beside["cpu"] - 1 for one, beside in zip(said, plain, strict=True))
        yield Judgement(
            name,
            mode,
            median(one["cpu"] for one in said),
            median(one["seconds"] for one in said),
            median(one["loading"] for one in said),
            None if name == PLAIN else slower,
            TARGETS.get(name),
            int(said[0]["transitions"]),
            int(said[0]["waiting"]),
            int(said[0]["alerts"]),
            int(max(one["peak"] for one in said)),
        )


def judgements(nodes: int, noise: int, runs: int, folder: Path) -> Judgements:
    """Generate, record and measure. Raises CommandFailed."""
    recording = recorded(nodes, noise, folder)
    found = rounds(recording, runs)
    size = sum(path.stat().st_size for path in expected(nodes, noise, folder))
    thinned = f", followed by {noise} copies of its unread lines alone" if noise else ""
    events = int(found[PLAIN, "hot"][0]["events"])
    about = [
        f"Judgement: {size / 1e6:,.0f} MB of {nodes} nodes, Monero's level 1 capture once for every three{thinned};",
        f"{events:,} events. Playing alone, in a process of its own, median of {runs}.",
    ]
    return Judgements(about, list(rows(found)))


def table(rows: Sequence[tuple[str, ...]], words: tuple[int, ...] = (0, 1)) -> list[str]:
    """For a terminal. Columns of words are aligned to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(widths[at]) if at in words else cell.rjust(widths[at]) for at, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=NODES, metavar="N")
    parser.add_argument("--noise", type=int, default=0, metavar="N", help="copies of unread lines behind the capture")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="rounds, of which the median counts")
    parser.add_argument("--dir", type=Path, help="keeps what is generated, and finds it again")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    asked = parser.parse_args()
    if asked.runs < 1:
        parser.error("--runs: at least 1")
    try:
        with tempfile.TemporaryDirectory(prefix="observer-bench-") as folder:
            found = judgements(asked.nodes, asked.noise, asked.runs, asked.dir or Path(folder))
    except (CommandFailed, OSError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    if asked.json:
        print(json.dumps(found.as_json(), indent=2))
    else:
        print("\n".join([*found.about, "", *table([HEADINGS, *(row.cells() for row in found.rows)])]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
