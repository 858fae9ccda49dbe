"""xmtpd's log statements, and those of the programs that watch it: network-watcher and chain-watcher. Facts from the
catalogue, xmtpd §2, §4 and §8; files and lines are named below `pkg/`.

A statement is told by logger and message. Its name is unique among all of them.
"""

from __future__ import annotations

from parsers.xmtpd import (
    attesting,
    generating,
    indexing,
    noise,
    noise_beside,
    noise_chain,
    noise_serving,
    process,
    serving,
    settling,
    streams,
    submitting,
    watchers,
)
from parsers.xmtpd.system import xmtpd

PARTS = (
    process,
    streams,
    serving,
    generating,
    attesting,
    submitting,
    settling,
    indexing,
    watchers,
    noise,
    noise_beside,
    noise_chain,
    noise_serving,
)
"""Importing them registers their statements."""

__all__ = ["PARTS", "xmtpd"]
