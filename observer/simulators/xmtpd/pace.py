"""How fast simulated time passes: not at all, or as the wall clock does, or a multiple of that."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

_NAP = 0.2
"""Seconds after which a sleeper looks whether it should go on."""


class Stopped(Exception):
    """Somebody does not want the run to go on."""


def never() -> bool:
    """Nobody stops it."""
    return False


class Clock(Protocol):
    """The wall clock, or what stands in for it in a test."""

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float, /) -> None: ...


class WallClock:
    """The clock of this machine."""

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float, /) -> None:
        time.sleep(seconds)


def at_once(_until: int) -> None:
    """Time passes as fast as it can be computed."""


def paced(
    pace: float, start: int, clock: Clock, flush: Callable[[], None], stopped: Callable[[], bool] = never
) -> Callable[[int], None]:
    """Simulated time passes `pace` times as fast as the clock's.

    What has been written is flushed before each wait, so that someone who follows the files sees it in time. Raises
    Stopped, between two events, when `stopped` says so.
    """
    began = clock.monotonic()

    def wait(until: int) -> None:
        ahead = (until - start) / 1000 / pace - (clock.monotonic() - began)
        if ahead > 0:
            flush()
        while ahead > 0 and not stopped():
            clock.sleep(min(ahead, _NAP) if stopped is not never else ahead)
            ahead = (until - start) / 1000 / pace - (clock.monotonic() - began)
        if stopped():
            raise Stopped

    return wait
