"""What fires, as Alertmanager wants to hear it: again each minute, each time said to end in four (R27).

So an observer that dies lets its alerts end by themselves, and `Watchdog` with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from observer.sending.notices import FIRING, WATCHDOG, Notice
from waits.durations import NS

EVERY = 60 * NS
AHEAD = 4 * 60 * NS
STALE = 120 * NS
"""For so long the judging loop may say nothing before `Watchdog` is no longer sent in its name."""


def due(last: int | None, now: int) -> bool:
    """Whether everything that fires is to be sent again."""
    return last is None or now >= last + EVERY


def repeated(standing: Iterable[Notice], now: int, heard_at: int) -> list[Notice]:
    """What is sent again. Where the loop that judges has not been heard of since `heard_at` long ago, alerts stay as
    they were last known, and `Watchdog` is silent.
    """
    fresh = now < heard_at + STALE
    return [lasting(one, now) for one in standing if fresh or one.labels["alertname"] != WATCHDOG]


def lasting(one: Notice, now: int) -> Notice:
    """A notice that fires, as of now; one that is resolved as it is."""
    return replace(one, ends_at=now + AHEAD) if one.kind == FIRING else one


def overtaken(one: Notice, standing: Mapping[str, Notice]) -> bool:
    """Whether whoever only wants to know what fires now need not hear of a change any more: it fires again, or it
    fired and no longer does. `standing` is by fingerprint.
    """
    known = standing.get(one.alert)
    if one.kind == FIRING:
        return known is None or known.number > one.number
    return known is not None and known.number > one.number
