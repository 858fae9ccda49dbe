"""`observer retain`: what is older than it is to be kept leaves the database, once or again and again."""

from __future__ import annotations

import asyncio
import time

from observer.console import console, warn
from observer.database.retention import Removed, Retention, retain
from observer.database.storing import Store
from observer.exits import Failed
from observer.stopping import stopping
from waits.durations import NS, nanoseconds

STEP_S = 0.5
"""How often it is seen whether to stop."""


def retaining(postgres: str, kept: Retention, every: str | None) -> None:
    """Remove, and again after each span until stopped. Raises Failed."""
    try:
        span = None if every is None else nanoseconds(every) / NS
    except ValueError as error:
        raise Failed(f"--every: {error}") from None
    with stopping() as stopped:
        while True:
            removed = asyncio.run(_once(postgres, kept))
            console().print(_told(removed))
            if span is None:
                return
            until = time.monotonic() + span
            while time.monotonic() < until:
                if stopped():
                    warn("stopped")
                    return
                time.sleep(STEP_S)


async def _once(postgres: str, kept: Retention) -> Removed:
    store = await Store.open(postgres)
    try:
        return await retain(store, kept, time.time_ns())
    finally:
        await store.close()


def _told(removed: Removed) -> str:
    return (
        f"removed {removed.blocks} blocks, {removed.event_days} days of events and {removed.events} events one by one, "
        f"{removed.transitions} transitions, {removed.notices} notices"
    )
