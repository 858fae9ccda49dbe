"""Playing a recording from its first entry to its last and telling nothing: what every replay costs at least.

python -m benchmarks.fold RUN.rec          from the lines that import kept apart
python -m benchmarks.fold RUN.rec --cold   from everything, as with a recording of other parsers
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import msgspec
from immutables import Map

from observer.main import tune
from replay.play import Player
from replay.recording import Recording
from state.encoding import digest


def played(path: Path, engine: str = "auto", *, hot: bool) -> dict[str, object]:
    """What came out: a fast wrong answer is none. `live` is how many entries all maps of the state have."""
    with Recording.open_to_read(path) as recording:
        player = Player(recording, engine, hot=hot)
        state = player.play()
    return {"events": player.folding.events, "digest": digest(state), "live": entities(state)}


def entities(held: object) -> int:
    """Entries of all maps within a value."""
    if isinstance(held, Map):
        return len(held) + sum(entities(one) for one in held.values())
    if isinstance(held, msgspec.Struct):
        return sum(entities(getattr(held, name)) for name in held.__struct_fields__)
    return sum(entities(one) for one in held) if isinstance(held, tuple) else 0


def main() -> None:
    """Play, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--cold", action="store_true", help="leave aside the lines that import kept apart")
    parser.add_argument("--engine", default="auto", help="the matcher's: auto, hyperscan, re, off")
    asked = parser.parse_args()
    print(json.dumps(played(asked.recording, asked.engine, hot=not asked.cold)))


if __name__ == "__main__":
    tune()
    main()
