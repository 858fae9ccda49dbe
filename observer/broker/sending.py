"""Sending records one behind the other, each until the broker has it.

One record is under way at a time: were two, the second could arrive without the first, and lines that come behind
others are not put before them again. At a mebibyte a record that is no limit. A broker that is away is waited for as
long as it takes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from observer.broker.address import Address
from observer.broker.client import fail, is_passing, producer
from observer.broker.wire import HEADERS
from observer.exits import Failed

if TYPE_CHECKING:
    from kafka import KafkaProducer

PATIENCE_S = 5.0
"""A record that was not acknowledged for so long is worth a word."""
RETRY_S = 1.0
_GIVEN_BACK_S = 0.5


class TooLarge(Exception):
    """A record is larger than the topic takes."""


class Sender:
    """Sends the records of one network."""

    def __init__(self, address: Address, network: str, told: Callable[[str], None]) -> None:
        """Reaches the broker. Raises Failed. `told` is given a sentence when it goes away and when it is back."""
        self._address = address
        self._key = network.encode()
        self._told = told
        self._producer: KafkaProducer | None = producer(address)
        self._value = b""
        self._future: Any = None
        self._since = 0.0
        self._retry_at = 0.0
        self._away = False
        self.settled = threading.Event()
        """Set when there may be news of the record under way."""
        self.sent_at = 0.0
        """When the last record was given to the broker, by the monotonic clock."""

    @property
    def is_busy(self) -> bool:
        """Whether a record is under way."""
        return bool(self._value)

    def send(self, value: bytes) -> None:
        """Send a record; none may be under way."""
        self._value = value
        self._since = self.sent_at = time.monotonic()
        self._try()

    def is_taken(self) -> bool:
        """Whether the record under way has been acknowledged since. Raises TooLarge, or Failed where waiting does not
        help. Never waits for long.
        """
        self.settled.clear()
        if not self._value:
            return False
        now = time.monotonic()
        if self._future is None and now >= self._retry_at:
            self._try()
        if self._future is None or not self._future.is_done:
            if now - self._since > PATIENCE_S and not self._away:
                self._away = True
                self._told(f"{self._address}: the broker takes nothing; what is read is kept, and sent when it does")
            return False
        future, self._future = self._future, None
        if future.failed():
            self._failed(future.exception)
            return False
        self._value = b""
        if self._away:
            self._away = False
            self._told(f"{self._address}: the broker takes records again")
        return True

    def close(self, within: float) -> bool:
        """Wait for the record under way for some seconds, and end. Whether nothing was left."""
        deadline = time.monotonic() + within
        while self._value and time.monotonic() < deadline:
            self.settled.wait(0.05)
            self.is_taken()
        self._give_back()
        return not self._value

    def _try(self) -> None:
        try:
            self._producer = self._producer or producer(self._address)
            sent = self._producer.send(self._address.topic, self._value, key=self._key, headers=HEADERS)
        except Exception as error:  # noqa: BLE001 - whatever a client raises is a failure of the broker
            self._failed(error)
            return
        self._future = sent
        sent.add_both(lambda _result: self.settled.set())

    def _failed(self, error: BaseException) -> None:
        """A producer that has failed once may refuse what it is given next: the next try is made with another one."""
        import kafka.errors

        self._give_back()
        if isinstance(error, kafka.errors.MessageSizeTooLargeError | kafka.errors.RecordListTooLargeError):
            self._value = b""
            raise TooLarge from None
        if not is_passing(error):
            fail(self._address, error)
        self._retry_at = time.monotonic() + RETRY_S

    def _give_back(self) -> None:
        given, self._producer, self._future = self._producer, None, None
        if given is not None:
            with suppress(Failed, Exception):
                given.close(timeout=_GIVEN_BACK_S)
