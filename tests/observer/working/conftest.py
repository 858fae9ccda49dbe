"""A prefix and a database of its own for each test, and writers to its topic."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from observer.broker.client import partition_of
from tests.components.kafka import Kafka
from tests.components.postgres import Postgres
from tests.live.through import Through
from tests.observer.captures import CAPTURES

LINES = (CAPTURES / "level1" / "node1.log").read_bytes().splitlines(keepends=True)


class Topic:
    """The topic, read and written by hand."""

    def __init__(self, through: Through) -> None:
        from kafka import KafkaProducer

        self.through = through
        self._producer = KafkaProducer(**through.kafka.client_settings())

    def send(self, value: bytes, key: str | None, headers: Any = (), partition: int | None = None) -> Any:
        """One record, once the broker has it."""
        encoded = None if key is None else key.encode()
        sent = self._producer.send(
            self.through.address.topic, value, key=encoded, headers=list(headers), partition=partition
        )
        return sent.get(10)

    def line(self, network: str, number: int, node: str = "node1") -> int:
        """A line as `kcat` sends it; its offset."""
        sent = self.send(LINES[number], network, [("node", node.encode())])
        return int(sent.offset)

    def records(self, topic: str) -> list[Any]:
        """Everything in a topic."""
        from kafka import KafkaConsumer, TopicPartition

        consumer = KafkaConsumer(**self.through.kafka.client_settings())
        try:
            places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
            consumer.assign(places)
            consumer.seek_to_beginning(*places)
            ends = consumer.end_offsets(places)
            found: list[Any] = []
            while any(consumer.position(one) < ends[one] for one in places):
                found += [record for some in consumer.poll(200).values() for record in some]
            return found
        finally:
            consumer.close()

    def forget(self, network: str, before: int) -> None:
        """Remove the records of a network's partition before an offset, as retention does."""
        from kafka import KafkaAdminClient, TopicPartition

        admin = KafkaAdminClient(**self.through.kafka.client_settings())
        try:
            admin.delete_records({TopicPartition(self.through.address.topic, partition_of(network, 3)): before})
        finally:
            admin.close()

    def close(self) -> None:
        """Leave."""
        self._producer.close(5)


@pytest.fixture
def through(kafka: Kafka, postgres: Postgres, tmp_path: Path) -> Iterator[Through]:
    """Three partitions, and tables without a row."""
    with Through(tmp_path, kafka, postgres, f"work-{uuid.uuid4().hex[:12]}") as found:
        found.migrate()
        yield found


@pytest.fixture
def topic(through: Through) -> Iterator[Topic]:
    """The topic by hand."""
    found = Topic(through)
    yield found
    found.close()
