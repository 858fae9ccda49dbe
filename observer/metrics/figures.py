"""What is published: one frozen value, complete in itself, and the board that it is put on."""

from __future__ import annotations

import threading
from bisect import bisect_left
from typing import NamedTuple

from waits.durations import NS

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: the upper bounds of the buckets of durations."""
PUBLISHED_EVERY = 5 * NS


class SourceFigures(NamedTuple):
    """One source of a network. Counts are from the beginning of its journal, unless said otherwise."""

    node: str
    stream: str
    state: str
    """attached, lagging, lost or ended"""
    lag_ns: int
    """For how long it has not been read to its end; 0 where it is."""
    behind_bytes: int
    """Known to be there, and not read yet."""
    lines: int
    raw_bytes: int
    read: int
    """Lines that were a statement, since this process began."""
    malformed: int
    """Lines that were recognised as a statement and could not be read, since this process began."""
    gaps: int
    duplicates: int = 0
    """Lines that came again and were dropped, since this process began."""


class NodeFigures(NamedTuple):
    """One node of the observed network. What the logs do not show is None."""

    node: str
    height: int | None
    connections: int | None
    clock: tuple[tuple[int, int], ...] = ()
    """(originator, sequence)"""


class StageFigures(NamedTuple):
    """The payer reports that stand at one stage."""

    stage: str
    reports: int
    oldest_at: int
    """Journal time of the first line about the oldest of them."""


class AlertFigures(NamedTuple):
    """How many alerts of a rule stand so."""

    alertname: str
    severity: str
    state: str
    """pending or firing"""
    alerts: int


class NetworkFigures(NamedTuple):
    """One network."""

    network: str
    sequence: int
    at: int
    """Journal time of the last entry."""
    events: int
    sources: tuple[SourceFigures, ...] = ()
    nodes: tuple[NodeFigures, ...] = ()
    reports: tuple[StageFigures, ...] = ()
    alerts: tuple[AlertFigures, ...] = ()
    blind: int = 0
    """Alerts that cannot be judged: blind, or never observed."""


class DestinationFigures(NamedTuple):
    """One destination of alerts. Counts are since this process began, unless said otherwise."""

    name: str
    pending: int
    oldest_at: int | None
    """Journal time of the first notice that is pending."""
    sent: int
    repeated: int
    failed: int
    dropped: int
    """Dead letters."""
    away: bool


class DiskFigures(NamedTuple):
    """The file system that the journal is written to."""

    free_bytes: int
    """For us."""
    total_bytes: int


class WorkFigures(NamedTuple):
    """What a worker takes from a topic. Counts are since this process began."""

    lags: tuple[tuple[int, int], ...] = ()
    """(partition, records that are there and have not been taken), of the partitions that are its own"""
    records: int = 0
    dead: int = 0
    """Records that could not be read."""
    ticks: int = 0
    refused: int = 0
    """Commits of what another worker had gone on with."""


class Durations(NamedTuple):
    """How long something took, counted by buckets."""

    counts: tuple[int, ...] = (0,) * (len(BUCKETS) + 1)
    total: float = 0.0

    def with_one(self, seconds: float) -> Durations:
        """One more."""
        place = bisect_left(BUCKETS, seconds)
        return Durations(
            (*self.counts[:place], self.counts[place] + 1, *self.counts[place + 1 :]), self.total + seconds
        )


class Figures(NamedTuple):
    """Everything, at one moment."""

    at: int
    """Time of day."""
    networks: tuple[NetworkFigures, ...] = ()
    destinations: tuple[DestinationFigures, ...] = ()
    commits: Durations = Durations()
    trouble: str | None = None
    """Why nothing can be committed at present."""
    disk: DiskFigures | None = None
    """None where the journal is not written to a file."""
    work: WorkFigures | None = None
    """None where nothing is taken from a topic."""


class Board:
    """Where the latest figures hang. One thread writes, others read."""

    def __init__(self) -> None:
        """Nothing hangs there yet."""
        self._latest: Figures | None = None
        self._lock = threading.Lock()

    def due(self, now: int) -> bool:
        """Whether it is time to publish again."""
        latest = self._latest
        return latest is None or now >= latest.at + PUBLISHED_EVERY or now < latest.at

    def publish(self, figures: Figures) -> None:
        """Let these hang there."""
        with self._lock:
            self._latest = figures

    @property
    def latest(self) -> Figures | None:
        """What hangs there."""
        with self._lock:
            return self._latest
