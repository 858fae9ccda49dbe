"""When the workers of a node run, and how many nodes are enough (catalogue 2.3, 2.4)."""

from __future__ import annotations

from collections.abc import Iterator

from observer.simulators.xmtpd.settings import HOUR, MINUTE, Settings

GENERATOR, SUBMITTER, SETTLEMENT = 1, 2, 3
"""Ids of the workers that run once an hour. Each adds a spread to the minute of the one before."""
_KNUTH = 2654435761
_WORD = 0xFFFFFFFF


def minute(node: int, worker: int, settings: Settings) -> int:
    """The minute of the hour at which a worker runs. workers/timers.go, with its wrap-around at 32 bits."""
    base = settings.minutes.get(node, ((node * _KNUTH) & _WORD) >> 16)
    return (base + settings.spread_minutes * (worker - 1)) % 60


def slots(node: int, worker: int, settings: Settings, after: int) -> Iterator[int]:
    """The instants at which a worker runs, the first one later than `after`.

    The catalogue gives the minute, not the second: a slot is taken at its start. Another repetition than an hour
    counts from the first slot of the day.
    """
    every = settings.repeat_every
    day = after - after % (24 * HOUR)
    offset = minute(node, worker, settings) * MINUTE % every
    at = day + offset + ((after - day - offset) // every + 1) * every
    while True:
        yield at
        at += every


def quorum(nodes: int) -> int:
    """How many of so many nodes have to attest: a simple majority. submitter.go and PayerReportManager.sol."""
    return nodes // 2 + 1
