"""Random seeks in one process, each to any entry of a recording: `python -m benchmarks.seeks RUN.rec`.

Import has kept checkpoints on its way, which is the one pass that a seek needs. Of each seek the time until the
snapshot there is at hand counts; what it says is not read.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from random import Random
from statistics import quantiles

from observer.main import tune
from replay.play import Player
from replay.recording import Recording

SEEKS = 200
SEED = 7


def seeks(path: Path, count: int) -> dict[str, float]:
    """Seconds of a seek: of half of them at most, of 95 of a hundred, of the slowest; `cpu95` of processor; and how
    many entries there are.
    """
    draws = Random(SEED)  # noqa: S311 - the same seeks each time
    took, spent = [], []
    with Recording.open_to_read(path) as recording:
        last = recording.last()
        entries = 0 if last is None else last.last_seq
        player = Player(recording)
        for _ in range(count):
            seq = draws.randint(0, entries)
            began, began_cpu = time.perf_counter(), time.process_time()
            player.seek(seq)
            took.append(time.perf_counter() - began)
            spent.append(time.process_time() - began_cpu)
    cuts, of_cpu = (quantiles(found, n=100, method="inclusive") for found in (took, spent))
    return {
        "p50": cuts[49],
        "p95": cuts[94],
        "most": max(took),
        "cpu95": of_cpu[94],
        "entries": entries,
        "seeks": count,
    }


def main() -> None:
    """Seek and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--seeks", type=int, default=SEEKS, metavar="N")
    asked = parser.parse_args()
    print(json.dumps(seeks(asked.recording, asked.seeks)))


if __name__ == "__main__":
    tune()
    main()
