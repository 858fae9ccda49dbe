"""The fold alone: a recording's events, read beforehand, folded again and again (`python -m benchmarks.folding`).

The best of several rounds counts, with the collector off, as the fold is the same each time.
"""

from __future__ import annotations

import argparse
import gc
import time
from pathlib import Path

from replay.play import Player
from replay.recording import Recording
from state.events import Event
from state.origin import Origin
from state.snapshot import NetworkState, fold

ROUNDS = 5
MOST = 200_000
"""Events that are held at once."""


def speed(path: Path) -> float:
    """Events a second of processor."""
    with Recording.open_to_read(path) as recording:
        said: list[tuple[Event, Origin]] = []
        for step in Player(recording).steps():
            said += step.said
            if len(said) >= MOST:
                break
    best = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        gc.disable()
        began, state = time.process_time(), NetworkState()
        for event, origin in said:
            state, _touched = fold(state, event, origin)
        best = min(best, time.process_time() - began)
        gc.enable()
    return len(said) / best


def main() -> None:
    """Fold and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path)
    asked = parser.parse_args()
    print(speed(asked.recording))


if __name__ == "__main__":
    main()
