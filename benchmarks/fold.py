"""Playing a recording from its first entry to its last and telling nothing: what every replay costs at least.

python -m benchmarks.fold RUN.rec          from the lines that import kept apart
python -m benchmarks.fold RUN.rec --cold   from everything, as with a recording of other parsers
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from replay.play import Player
from replay.recording import Recording
from state.encoding import digest


def main() -> None:
    """Play, and print what came out: a fast wrong answer is none."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--cold", action="store_true", help="leave aside the lines that import kept apart")
    parser.add_argument("--engine", default="auto", help="the matcher's: auto, hyperscan, re, off")
    asked = parser.parse_args()
    with Recording.open_to_read(asked.recording) as recording:
        player = Player(recording, asked.engine, hot=not asked.cold)
        state = player.play()
    print(json.dumps({"events": player.folding.events, "digest": digest(state)}))


if __name__ == "__main__":
    main()
