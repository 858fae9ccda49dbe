"""The snapshot at every minute of a run against the truth of that minute, in one pass over the recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.accuracy.agreement import Tally
from benchmarks.accuracy.xmtpd.clocks import Clocks
from benchmarks.accuracy.xmtpd.reports import Reports
from benchmarks.accuracy.xmtpd.told import Lines
from benchmarks.accuracy.xmtpd.truth import MINUTE, Truth
from replay.play import Player

if TYPE_CHECKING:
    from replay.recording import Recording


def node_names(truth: Truth) -> dict[int, str]:
    """How the journal calls each node, by its log."""
    return {node: f"node-{node}" for node in truth.nodes}


def compared(
    run: str, recording: Recording, truth: Truth, *, watchers: bool, missing: frozenset[int] = frozenset()
) -> Tally:
    """Every minute, the entries at it included, up to the last one before the run ends."""
    tally = Tally()
    lines = Lines(truth, watchers=watchers, missing=missing)
    names = node_names(truth)
    reports, clocks = Reports(run, lines, names, tally), Clocks(run, lines, names, tally)
    minute = truth.start + MINUTE
    player = Player(recording)
    for step in player.steps():
        while minute < step.wanted.at and minute < truth.end:
            reports.compare(step.before, minute)
            clocks.compare(step.before, minute)
            minute += MINUTE
    while minute < truth.end:
        reports.compare(player.state, minute)
        clocks.compare(player.state, minute)
        minute += MINUTE
    return tally
