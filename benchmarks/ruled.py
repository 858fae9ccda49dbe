"""Playing a recording judged by the rules that ship, and telling nothing: whole, in a process of its own.

python -m benchmarks.ruled RUN.rec          from the lines that import kept apart
python -m benchmarks.ruled RUN.rec --cold   from everything, as with a recording of other parsers
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from observer.judged import Judged
from observer.main import tune
from observer.rulefiles.reading import rules_in_force
from replay.recording import Recording
from state.encoding import digest


def played(path: Path, *, hot: bool) -> dict[str, object]:
    """What came out: a fast wrong answer is none."""
    with Recording.open_to_read(path) as recording:
        judged = Judged(recording, rules_in_force(recording), hot=hot)
        transitions = sum(1 for _transition in judged.run())
    player = judged.player
    return {"events": player.folding.events, "digest": digest(player.state), "transitions": transitions}


def main() -> None:
    """Play, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--cold", action="store_true", help="leave aside the lines that import kept apart")
    asked = parser.parse_args()
    print(json.dumps(played(asked.recording, hot=not asked.cold)))


if __name__ == "__main__":
    tune()
    main()
