"""Asking the database and the broker, again and again while they are away, and no longer than until this is to stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from observer.broker.address import Address
from observer.broker.client import fail, is_passing
from observer.database.failures import Away, DiskFull, NotOwner
from observer.database.storing import Store
from observer.working.member import RETRY_S

T = TypeVar("T")
HEARD_EVERY_S = 0.5
"""Whoever waits for the database looks so often whether to stop."""
GRACE_S = 5.0
"""A commit that is under way when this is to stop is waited for so long."""


class Stopped(Exception):
    """A worker is to stop, and what it waits for does not come."""


class Asking:
    """Whoever asks, in one thread."""

    def __init__(
        self, address: Address, store: Store, loop: asyncio.AbstractEventLoop, say: Callable[[str], None]
    ) -> None:
        """`say` hears that the database is away, and that it is back."""
        self._address = address
        self._store = store
        self._loop = loop
        self._say = say
        self.stopped: Callable[[], object] = lambda: False
        """Whether this is to stop."""
        self.each: Callable[[], None] = lambda: None
        """Called again and again while somebody is waited for."""
        self.trouble: str | None = None
        """Why nothing can be committed at present."""

    def database(self, work: Callable[[], Awaitable[T]]) -> T:
        """Have the database do something. Raises Failed where waiting does not help, and Stopped."""
        while True:
            try:
                found = self._done(work)
            except (Away, DiskFull) as error:
                if self.trouble is None:
                    self._say(f"{error}; it is asked again until it is back, and nothing is lost")
                self.trouble = str(error)
                self._pause()
            except NotOwner:
                self._back()
                raise
            else:
                self._back()
                return found

    def broker(self, ask: Callable[[], T]) -> T:
        """Ask the broker something. Raises Failed where waiting does not help, and Stopped."""
        while True:
            try:
                return ask()
            except Exception as error:  # noqa: BLE001 - whatever a client raises is a failure of the broker
                if not is_passing(error):
                    fail(self._address, error)
                self._pause()

    def _back(self) -> None:
        """The database has answered."""
        if self.trouble is not None:
            self._say(f"{self._store.address}: the database is back")
            self.trouble = None

    def _done(self, work: Callable[[], Awaitable[T]]) -> T:
        """What comes of some work, which is cut off where this is to stop and it hangs."""
        task = asyncio.ensure_future(work(), loop=self._loop)
        asked = None
        while not self._loop.run_until_complete(asyncio.wait({task}, timeout=HEARD_EVERY_S))[0]:
            if self.stopped():
                asked = asked or time.monotonic()
                if time.monotonic() - asked > GRACE_S:
                    task.cancel()
                    self._loop.run_until_complete(asyncio.wait({task}))
                    raise Stopped
        return task.result()

    def _pause(self) -> None:
        if self.stopped():
            raise Stopped
        self.each()
        time.sleep(RETRY_S)
