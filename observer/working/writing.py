"""What a worker writes to the broker itself: Ticks, and copies of records that nobody can read.

Neither is waited for longer than `BURIED_WITHIN_S`. A Tick that is lost is followed by another one, and a record that
could not be copied is still where it was read, and counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from observer.broker.address import Address
from observer.broker.client import fail, is_passing, producer
from observer.broker.wire import HEADERS, JournalMark, Shipped, packed
from replay.journal import MarkKind

if TYPE_CHECKING:
    from kafka import KafkaProducer

BURIED_WITHIN_S = 5.0
AGAIN_S = 30.0
"""Where a record could not be copied, the next one is tried after so long: each try may wait for the broker."""
RETRY_S = 1.0
AWAY_S = 5.0
"""A Tick that has not arrived for so long is worth a word."""
_TICK = packed(Shipped(b"", [], [JournalMark(MarkKind.TICK)]))


class Writing:
    """A producer, made when it is first needed."""

    def __init__(self, address: Address, topic: str, say: Callable[[str], None]) -> None:
        """`say` hears of records that could not be copied."""
        self._address = address
        self._topic = topic
        self._say = say
        self._producer: KafkaProducer | None = None
        self._ticks: dict[str, Any] = {}
        """The last Tick of each network."""
        self._sent: dict[str, float] = {}
        """When that was."""
        self.trouble: str | None = None
        """Why nothing can be written at present: nobody else says that the broker is away, as whoever reads from it
        only hears nothing."""
        self._buried: list[Any] = []
        self._unburied: str | None = None
        """What is to be said of records that were not copied."""
        self._not_before = 0.0

    def tick(self, network: str, partition: int) -> bool:
        """Say that time has passed; whether it was said. One that is under way is not followed by another. Raises
        Failed where waiting does not help.
        """
        under = self._ticks.get(network)
        if (under is not None and not under.is_done) or time.monotonic() < self._not_before:
            return False
        if under is not None and under.failed():
            # A producer that has failed once may refuse what it is given next.
            self._begin_anew(0)
        try:
            sent = self._made().send(self._topic, _TICK, key=network.encode(), headers=HEADERS, partition=partition)
        except Exception as error:  # noqa: BLE001 - whatever a client raises is a failure of the broker
            if not is_passing(error):
                fail(self._address, error)
            self._away()
            self._begin_anew(RETRY_S)
            return False
        self._ticks[network], self._sent[network] = sent, time.monotonic()
        return True

    def look(self) -> None:
        """See whether what was sent arrives, and say so where it does not."""
        late = time.monotonic() - AWAY_S
        waits = any(not one.is_done and self._sent[name] < late for name, one in self._ticks.items())
        if waits and self.trouble is None:
            self._away()
        elif self.trouble is not None and not waits and self._ticks and all(map(_arrived, self._ticks.values())):
            self._say(f"{self._address}: the broker takes records again")
            self.trouble = None

    def _away(self) -> None:
        if self.trouble is None:
            self.trouble = f"{self._address}: the broker takes nothing"
            self._say(f"{self.trouble}; it is waited for, and nothing is lost")

    def bury(self, record: Any, why: str) -> None:
        """Copy a record, with the reason and the place where it was read. `settle` waits for it."""
        reason = [
            ("reason", why.encode()),
            ("partition", str(record.partition).encode()),
            ("offset", str(record.offset).encode()),
        ]
        headers = [*(record.headers or ()), *reason]
        place = f"offset {record.offset} of partition {record.partition}"
        if time.monotonic() < self._not_before:
            self._unburied = place
            return
        try:
            sent = self._made().send(self._address.dead_letters, record.value, key=record.key, headers=headers)
        except Exception as error:  # noqa: BLE001 - as in `tick`
            self._not_buried(place, error)
            return
        self._buried.append((place, sent))

    def settle(self) -> None:
        """Wait until what was buried is there, for some seconds."""
        deadline = time.monotonic() + BURIED_WITHIN_S
        buried, self._buried = self._buried, []
        for place, sent in buried:
            try:
                sent.get(timeout=max(0.01, deadline - time.monotonic()))
            except Exception as error:  # noqa: BLE001 - as in `tick`
                self._not_buried(place, error)

    def close(self) -> None:
        """Send nothing more."""
        made, self._producer = self._producer, None
        if made is not None:
            with suppress(Exception):
                made.close(timeout=1)

    def _made(self) -> KafkaProducer:
        self._producer = self._producer or producer(self._address)
        return self._producer

    def _not_buried(self, place: str, error: Exception) -> None:
        others = f"; nor were those before it, such as the one at {self._unburied}" if self._unburied else ""
        self._unburied = None
        self._say(
            f"{self._address.dead_letters}: a record that could not be read was not kept there "
            f"({type(error).__name__}); it is at {place}{others}; make the topic with `{self._address.setup}`"
        )
        self._begin_anew(AGAIN_S)

    def _begin_anew(self, seconds: float) -> None:
        """The next one is sent by another producer, and later: making one waits for the broker."""
        self.close()
        self._ticks.clear()
        self._not_before = time.monotonic() + seconds


def _arrived(sent: Any) -> bool:
    return bool(sent.is_done and sent.succeeded())
