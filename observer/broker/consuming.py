"""Reading journals back: the records of partitions, from any place in them, to their end or on and on (R9).

A journal is the subsequence of its partition with its network's key. What retention has removed is not passed over in
silence: `RetentionPassed` says from where on there is something. Nothing is committed to the broker; where somebody
has got to is kept with what came of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeAlias

from observer.broker.address import Address
from observer.broker.client import consumer, fail, partition_of, topic_of
from observer.broker.passing_over import is_unreadable, pass_over
from observer.console import warn
from observer.exits import Exit, Failed

IDLE_S = 30.0
"""A broker that says to have more and gives nothing for so long is away."""
_POLL_MS = 200
_MOST_RECORDS = 500


class Received(NamedTuple):
    """One record of a partition."""

    partition: int
    offset: int
    timestamp_ms: int
    """LogAppendTime, in milliseconds since 1970."""
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class RetentionPassed(NamedTuple):
    """Records that were wanted are gone from the broker."""

    partition: int
    wanted: int
    """Offset that was to be read next."""
    first_available: int


Polled: TypeAlias = Received | RetentionPassed


class Reader:
    """Reads some partitions of a topic of journals."""

    def __init__(self, address: Address, starts: Mapping[int, int | None]) -> None:
        """`starts` are the offsets to read from, by partition; None is the first that is there. Raises Failed."""
        self._address = address
        self._consumer = consumer(address, max_poll_records=_MOST_RECORDS)
        self._passed: list[RetentionPassed] = []
        try:
            self.begin(starts)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """As itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def begin(self, starts: Mapping[int, int | None]) -> None:
        """Read these partitions, and no others, from these offsets on. Raises Failed."""
        places = [_place(self._address, partition) for partition in sorted(starts)]
        try:
            self._consumer.assign(places)
            first = self._consumer.beginning_offsets(places)
            for place in places:
                wanted = starts[place.partition]
                if wanted is not None and wanted < first[place]:
                    self._passed.append(RetentionPassed(place.partition, wanted, first[place]))
                self._consumer.seek(place, first[place] if wanted is None else max(wanted, first[place]))
        except Exception as error:  # noqa: BLE001 - whatever a client raises is a failure of the broker
            fail(self._address, error)

    def ends(self) -> dict[int, int]:
        """The offset behind the last record of each partition. Raises Failed."""
        try:
            found = self._consumer.end_offsets(list(self._consumer.assignment()))
        except Exception as error:  # noqa: BLE001 - as in `begin`
            fail(self._address, error)
        return {place.partition: offset for place, offset in found.items()}

    def at_time(self, partition: int, since_ms: int) -> int | None:
        """The first offset at or after a time; None where there is no later record. Raises Failed."""
        place = _place(self._address, partition)
        try:
            found = self._consumer.offsets_for_times({place: since_ms})[place]
        except Exception as error:  # noqa: BLE001 - as in `begin`
            fail(self._address, error)
        return None if found is None else int(found.offset)

    def position(self, partition: int) -> int:
        """The offset that is read next."""
        return int(self._consumer.position(_place(self._address, partition), timeout_ms=_POLL_MS) or 0)

    def poll(self, timeout_ms: int = _POLL_MS) -> list[Polled]:
        """What has come, in the order of each partition; nothing where nothing comes within the time, as while the
        broker is away. Raises Failed where waiting does not help.
        """
        import kafka.errors

        passed, self._passed = self._passed, []
        if passed:
            return list(passed)
        try:
            found = self._consumer.poll(timeout_ms=timeout_ms)
        except kafka.errors.OffsetOutOfRangeError as error:
            return list(self._out_of_range(error))
        except kafka.errors.LogTruncationError as error:
            self._refuse_truncation(error)
        except Exception as error:  # noqa: BLE001 - as in `begin`
            if is_unreadable(error):
                self._pass_over(error)
                return []
            if getattr(error, "retriable", False):
                return []
            fail(self._address, error)
        return [_received(record) for records in found.values() for record in records]

    def _pass_over(self, error: Exception) -> None:
        try:
            for one in pass_over(self._consumer, error):
                warn(one.said(self._address))
        except Exception as other:  # noqa: BLE001 - as in `begin`
            if not getattr(other, "retriable", False):
                fail(self._address, other)

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close(autocommit=False, timeout_ms=1000)

    def _out_of_range(self, error: Any) -> Iterator[RetentionPassed]:
        """Where the next record was wanted is none any more: before the first, or behind the last."""
        places = list(self._consumer.assignment())
        first, last = self._consumer.beginning_offsets(places), self._consumer.end_offsets(places)
        for place in places:
            wanted = self.position(place.partition)
            if wanted > last[place]:
                self._refuse_truncation(error)
            if wanted < first[place]:
                self._consumer.seek(place, first[place])
                yield RetentionPassed(place.partition, wanted, first[place])

    def _refuse_truncation(self, _error: Any) -> None:
        raise Failed(
            f"{self._address}: the topic {self._address.topic} has lost records that were read from it, or was made "
            "anew; what was stored of it belongs to another journal, so give it another prefix or network",
            Exit.ENVIRONMENT,
        ) from None


def journal_records(
    address: Address, *, start: int | None = None, since_ms: int | None = None, until_ms: int | None = None
) -> Iterator[Polled]:
    """Every record of the address's network, from an offset or a time to the end as it is now, or to a time. Raises
    Failed.
    """
    network = address.of(None).network
    assert network is not None  # noqa: S101 - `of` refuses an address without one
    partition = partition_of(network, topic_of(address).partitions)
    with Reader(address, {partition: start}) as reader:
        end = reader.ends()[partition]
        if since_ms is not None:
            later = reader.at_time(partition, since_ms)
            reader.begin({partition: end if later is None else later})
        heard = time.monotonic()
        while reader.position(partition) < end:
            found = reader.poll()
            if found:
                heard = time.monotonic()
            elif time.monotonic() - heard > IDLE_S:
                raise Failed(f"{address}: the broker went away while it was read; try it again", Exit.ENVIRONMENT)
            for one in found:
                if isinstance(one, Received):
                    if one.offset >= end or (until_ms is not None and one.timestamp_ms > until_ms):
                        return
                    if one.key != network.encode():
                        continue
                yield one


def _place(address: Address, partition: int) -> Any:
    from kafka import TopicPartition

    return TopicPartition(address.topic, partition)


def _received(record: Any) -> Received:
    headers = tuple((name, bytes(value or b"")) for name, value in record.headers or ())
    return Received(record.partition, record.offset, record.timestamp, record.key, bytes(record.value or b""), headers)
