"""Peaks of memory: at several sizes of log, and where a state holds ten thousand live entities.

Each is run once, as a peak hardly varies. The figures of time beside it are of that one run.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import chain, xmtpd
from benchmarks.figures import importing
from benchmarks.generate import LogSet
from benchmarks.process import Cost, python, run

HEADINGS = ("log", "MB", "live entities", "import MB peak", "judged, hot", "judged, cold", "import CPU s", "of it MB")
IMPORT_PEAK, REPLAY_PEAK = 250_000_000, 150_000_000


@dataclass(frozen=True, slots=True)
class Peak:
    """One log, imported and judged."""

    name: str
    size: int
    live: int
    """Entries of all maps of the last state."""
    imported: Cost
    hot: Cost
    cold: Cost
    recording: int
    """Bytes."""

    def cells(self) -> tuple[str, ...]:
        """As shown."""
        return (
            self.name,
            f"{self.size / 1e6:,.0f}",
            f"{self.live:,}",
            *(f"{cost.peak / 1e6:,.0f}" for cost in (self.imported, self.hot, self.cold)),
            f"{self.imported.cpu:.1f}",
            f"{self.recording / 1e6:,.1f}",
        )


def peak(name: str, logs: LogSet, folder: Path) -> Peak:
    """Import and judge once. Raises CommandFailed."""
    recording = folder / "peak.rec"
    recording.unlink(missing_ok=True)
    imported, _ = run(importing(logs.files, recording))
    hot, _ = run(python("benchmarks.ruled", str(recording)))
    cold, _ = run(python("benchmarks.ruled", str(recording), "--cold"))
    _cost, folded = run(python("benchmarks.fold", str(recording)))
    size = recording.stat().st_size
    recording.unlink()
    return Peak(name, logs.size, json.loads(folded)["live"], imported, hot, cold, size)


def peaks(sizes: Sequence[int], folder: Path, work: Path) -> list[Peak]:
    """At each size, and with many entities. Raises CommandFailed."""
    found = [peak("xmtpd", xmtpd.generated("mixed", size, folder), work) for size in sizes]
    return [*found, peak("Monero, a long chain", chain.generated(folder), work)]
