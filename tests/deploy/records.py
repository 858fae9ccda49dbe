"""What a topic holds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from tests.components.kafka import Kafka


def arriving(kafka: Kafka, topic: str, within: float = 60.0) -> Iterator[Any]:
    """The records of a topic from its beginning, as they come, until so many seconds are over."""
    from kafka import KafkaConsumer

    consumer = KafkaConsumer(
        topic,
        **kafka.client_settings(),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        # Of a topic that was made a moment ago a broker may show a part of the partitions first.
        metadata_max_age_ms=1_000,
    )
    deadline = time.monotonic() + within
    try:
        while time.monotonic() < deadline:
            for some in consumer.poll(timeout_ms=200).values():
                yield from some
    finally:
        consumer.close()


def records(kafka: Kafka, topic: str, count: int, within: float = 60.0) -> list[Any]:
    """The first `count` records of a topic, in the order of their partitions, or what came in time."""
    return list(islice(arriving(kafka, topic, within), count))
