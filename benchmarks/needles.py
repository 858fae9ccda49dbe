"""The literals that the parsers of a system look for, one a line: what `grep -f` needs to look for the same.

python -m benchmarks.needles monero

A program of its own, so that the benchmark itself need not import the parsers (see `process`).
"""

from __future__ import annotations

import sys

from parsers.systems import SYSTEMS


def needles(system: str) -> list[str]:
    """As they stand in a log of this system that has no framing around it."""
    return list(SYSTEMS[system].needles())


if __name__ == "__main__":
    sys.stdout.write("".join(f"{needle}\n" for needle in needles(sys.argv[1])))
