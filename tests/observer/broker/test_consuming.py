"""Journals read back from a real broker: from any place, to the end, and what is gone is told (R9)."""

from __future__ import annotations

import time

import pytest

from observer.broker.address import Address, address_of
from observer.broker.client import partition_of, producer, set_up
from observer.broker.consuming import Polled, Reader, Received, RetentionPassed, journal_records
from observer.exits import Exit, Failed
from tests.components.kafka import Kafka
from tests.observer.broker.conftest import NETWORK, until

pytestmark = pytest.mark.xdist_group("kafka")


def sent(address: Address, *values: bytes, network: str = NETWORK) -> list[int]:
    """Records of a network, each acknowledged; gives back the times that the broker gave them."""
    client = producer(address)
    try:
        return [
            client.send(address.topic, value, key=network.encode(), headers=[("h", b"1")]).get(10).timestamp
            for value in values
        ]
    finally:
        client.close()


def gathered(reader: Reader, count: int) -> list[Polled]:
    """So many as come next."""
    found: list[Polled] = []

    def enough() -> bool:
        found.extend(reader.poll())
        return len(found) >= count

    until(enough, f"{count} records")
    return found


def test_records_come_back_in_order_with_the_time_of_the_broker(journals: Address) -> None:
    """Only those of the network, whoever else lies in its partition (R9)."""
    before = int(time.time() * 1000)
    times = sent(journals, b"one", b"two")
    neighbour = next(name for name in map(str, range(100)) if partition_of(name, 3) == partition_of(NETWORK, 3))
    sent(journals, b"not ours", network=neighbour)
    sent(journals, b"three")
    found = [one for one in journal_records(journals) if isinstance(one, Received)]
    assert [(one.offset, one.value) for one in found] == [(0, b"one"), (1, b"two"), (3, b"three")]
    assert [one.timestamp_ms for one in found][:2] == times
    assert times[0] >= before
    assert found[0] == Received(partition_of(NETWORK, 3), 0, times[0], NETWORK.encode(), b"one", (("h", b"1"),))


def test_an_empty_journal_has_no_records(journals: Address) -> None:
    """Nothing is waited for."""
    assert list(journal_records(journals)) == []


def test_journals_are_read_from_an_offset_or_between_times(journals: Address) -> None:
    """Whoever knows how far it has got goes on there; whoever wants an hour gets it."""
    first = sent(journals, b"one", b"two")
    time.sleep(0.01)  # two records may have one time, in milliseconds
    later = sent(journals, b"three")
    time.sleep(0.01)  # as above
    sent(journals, b"four")

    def values(**wanted: int) -> list[bytes]:
        return [one.value for one in journal_records(journals, **wanted) if isinstance(one, Received)]

    assert values(start=2) == [b"three", b"four"]
    assert values(since_ms=later[0]) == [b"three", b"four"]
    assert values(since_ms=first[0], until_ms=later[0]) == [b"one", b"two", b"three"]
    assert values(since_ms=later[0] + 3_600_000) == []


def test_what_retention_has_removed_is_told(journals: Address) -> None:
    """Whoever has been away for too long learns from where on there is something (R9)."""
    from kafka import KafkaAdminClient, TopicPartition

    sent(journals, b"one", b"two", b"three")
    place = TopicPartition(journals.topic, partition_of(NETWORK, 3))
    admin = KafkaAdminClient(**journals.settings())
    try:
        admin.delete_records({place: 2})
    finally:
        admin.close()
    found = list(journal_records(journals, start=1))
    assert found[0] == RetentionPassed(place.partition, 1, 2)
    assert [one.value for one in found[1:] if isinstance(one, Received)] == [b"three"]
    assert isinstance(next(journal_records(journals)), Received), "nobody who begins has missed anything"


def test_a_reader_follows_and_learns_that_records_are_gone_meanwhile(journals: Address) -> None:
    """While it reads, retention may pass it."""
    from kafka import KafkaAdminClient, TopicPartition

    partition = partition_of(NETWORK, 3)
    sent(journals, *[b"x" * 100] * 5)
    with Reader(journals, {partition: 0}) as reader:
        assert len(gathered(reader, 5)) == 5
        assert reader.position(partition) == 5
        assert reader.ends() == {partition: 5}
        sent(journals, b"six")
        assert len(gathered(reader, 1)) == 1
        reader.begin({partition: 1})
        admin = KafkaAdminClient(**journals.settings())
        try:
            admin.delete_records({TopicPartition(journals.topic, partition): 4})
        finally:
            admin.close()
        again = gathered(reader, 3)
    assert again[0] == RetentionPassed(partition, 1, 4)
    assert [one.offset for one in again[1:] if isinstance(one, Received)] == [4, 5]


def test_a_topic_that_is_shorter_than_what_was_read_of_it_is_refused(journals: Address) -> None:
    """It was made anew: going on would join two journals."""
    sent(journals, b"one")
    with (
        Reader(journals, {partition_of(NETWORK, 3): 7}) as reader,
        pytest.raises(Failed, match="has lost records that were read from it, or was made anew") as raised,
    ):
        until(lambda: bool(reader.poll()), "what is refused")
    assert raised.value.code is Exit.ENVIRONMENT


def test_a_broker_that_is_away_gives_nothing_and_then_goes_on(journals: Address, kafka: Kafka) -> None:
    """Whoever follows waits; nothing is skipped."""
    partition = partition_of(NETWORK, 3)
    sent(journals, b"one")
    with Reader(journals, {partition: 0}) as reader:
        got = gathered(reader, 1)
        kafka.kill()
        assert reader.poll() == []
        kafka.start()
        sent(journals, b"two")
        got += gathered(reader, 1)
    assert [one.value for one in got if isinstance(one, Received)] == [b"one", b"two"]


def test_a_topic_without_times_of_the_broker_is_refused(kafka: Kafka) -> None:
    """Journal time is the broker's (R9)."""
    address = address_of(f"kafka://{kafka.bootstrap}/without-{time.time_ns()}/net")
    kafka.create_topic(address.topic, 1)
    with pytest.raises(Failed, match=r"the topic .* keeps the time of whoever writes"):
        next(journal_records(address))
    set_up(address, 1, 1)
    assert list(journal_records(address)) == []
