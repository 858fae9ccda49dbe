"""Records that no client here can open: compressed otherwise, or with a checksum that is wrong.

kafka-python says that there is one, and neither where nor how far it goes; and whoever asks again gets the same answer,
for as long as the broker keeps it. So one writer could stop everybody who reads. The place is found by asking offset by
offset, and is passed over: what is in it cannot be had, and stays with the broker.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from kafka import KafkaConsumer

    from observer.broker.address import Address

ASKED_WITHIN_S = 5.0
"""A place that gives nothing for so long is not what is wrong."""
MOST = 1_000
"""Offsets that are tried at a time, which takes some seconds: the next time goes on behind them."""
_POLL_MS = 200


class PassedOver(NamedTuple):
    """Records that were left out."""

    partition: int
    first: int
    behind: int
    """Offset of the next one."""
    why: str

    @property
    def records(self) -> int:
        """How many offsets."""
        return self.behind - self.first

    def said(self, address: Address) -> str:
        """In one sentence, for whoever reads them from there."""
        return (
            f"{address}: {self.records} records from offset {self.first} of partition {self.partition} on cannot be "
            f"read and are left out: {self.why}; let their shipper use zstd or gzip"
        )


def is_unreadable(error: BaseException) -> bool:
    """Whether an error is about what a record is made of."""
    import kafka.errors

    return isinstance(error, kafka.errors.UnsupportedCodecError | kafka.errors.CorruptRecordError)


def pass_over(consumer: KafkaConsumer, error: BaseException) -> list[PassedOver]:
    """Find what the error is about, and read on behind it. Raises what the client raises for other reasons."""
    import kafka.errors

    codec = isinstance(error, kafka.errors.UnsupportedCodecError)
    why = "it is compressed in a way that is not read here" if codec else "its checksum is wrong"
    found = []
    reading = sorted(consumer.assignment() - consumer.paused())
    with _only(consumer, reading) as each:
        for place in each:
            behind = first = int(consumer.position(place))
            _let_go(consumer, place, first)
            while behind - first < MOST and _fails(consumer, place):
                behind += 1
                consumer.seek(place, behind)
            consumer.seek(place, behind)
            if behind > first:
                found.append(PassedOver(place.partition, first, behind, why))
    return found


@contextmanager
def _only(consumer: KafkaConsumer, places: list[Any]) -> Iterator[Iterator[Any]]:
    """Each of the partitions, while nothing is read of the others."""

    def each() -> Iterator[Any]:
        for place in places:
            if place in consumer.assignment():
                consumer.resume(place)
                yield place
            if place in consumer.assignment():
                consumer.pause(place)

    consumer.pause(*places)
    try:
        yield each()
    finally:
        # The group may have taken some away meanwhile.
        left = [place for place in places if place in consumer.assignment()]
        if left:
            consumer.resume(*left)


def _let_go(consumer: KafkaConsumer, place: Any, first: int) -> None:
    """Have the client throw away what it has fetched of a partition: where reading that has failed once, kafka-python
    3.0.12 asks it for more for ever (`Fetcher.fetched_records`), unless the place is another one.
    """
    consumer.seek(place, first + 1)
    with suppress(Exception):
        consumer.poll(timeout_ms=0, max_records=1)
    consumer.seek(place, first)


def _fails(consumer: KafkaConsumer, place: Any) -> bool:
    """Whether what is at the partition's place cannot be read. What can be read is left for the next to ask."""
    deadline = time.monotonic() + ASKED_WITHIN_S
    while time.monotonic() < deadline and place in consumer.assignment():
        if consumer.position(place) >= consumer.end_offsets([place])[place]:
            return False
        try:
            if consumer.poll(timeout_ms=_POLL_MS, max_records=1):
                return False
        except Exception as error:
            if is_unreadable(error):
                return True
            raise
    return False
