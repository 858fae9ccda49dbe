"""How far judging has come, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable

from observer.judged import Judged


def stepping(judged: Judged, advance: Callable[[int], None]) -> Callable[[], bool]:
    """What tells how far judging has come, block by block. It never asks to stop."""
    told = [-1]

    def step() -> bool:
        info = judged.hearing.block_info
        if info is not None and info.first_seq > told[0]:
            told[0] = info.first_seq
            advance(info.raw_bytes)
        return False

    return step
