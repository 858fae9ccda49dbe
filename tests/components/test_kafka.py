"""The broker that tests are given is Apache Kafka, and keeps what it acknowledged when killed."""

from __future__ import annotations

import subprocess

import pytest

from tests.components.absent import program
from tests.components.kafka import Kafka


def test_what_was_acknowledged_survives_a_kill(kafka: Kafka) -> None:
    """Records of a topic with LogAppendTime carry the broker's time, and are there after kill -9 and restart."""
    from kafka import KafkaConsumer, KafkaProducer

    kafka.create_topic("smoke", 1, message_timestamp_type="LogAppendTime")
    producer = KafkaProducer(**kafka.client_settings())
    producer.send("smoke", b"one", key=b"net", timestamp_ms=1).get(30)
    producer.close()
    kafka.kill()
    kafka.start()
    consumer = KafkaConsumer(
        "smoke", **kafka.client_settings(), auto_offset_reset="earliest", consumer_timeout_ms=20_000
    )
    record = next(consumer)
    consumer.close()
    assert (record.key, record.value, record.offset) == (b"net", b"one", 0)
    assert record.timestamp_type == 1
    assert record.timestamp > 1_600_000_000_000


@pytest.mark.parametrize(("password", "refused"), [("a secret", False), ("wrong", True)])
def test_wrong_password_is_refused(kafka_with_password: Kafka, password: str, *, refused: bool) -> None:
    """The broker with a password lets in who knows it, and nobody else.

    kcat asks: kafka-python 3.0.12 throws away an answer that comes together with the end of its connection, so it
    seldom learns that the password was wrong.
    """
    settings = (
        "security.protocol=SASL_PLAINTEXT",
        "sasl.mechanism=PLAIN",
        f"sasl.username={kafka_with_password.username}",
        f"sasl.password={password}",
    )
    said = [part for setting in settings for part in ("-X", setting)]
    kcat = [program("kcat"), "-b", kafka_with_password.bootstrap, *said, "-L", "-m", "3"]
    asked = subprocess.run(kcat, capture_output=True, text=True, check=False)
    assert ("Authentication failed" in asked.stderr) is refused
    assert ("1 brokers:" in asked.stdout) is not refused
