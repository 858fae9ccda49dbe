"""deploy/kafka/server.properties, in a real broker."""

from __future__ import annotations

import subprocess

import pytest

from tests.components.kafka import Kafka
from tests.deploy.files import compose


@pytest.mark.xdist_group("components")
def test_a_topic_takes_the_brokers_time_and_a_whole_block(deployed: Kafka) -> None:
    """R9: a topic made without a word is LogAppendTime, and takes a record of three mebibytes that do not compress."""
    from random import Random

    from kafka import KafkaProducer

    deployed.create_topic("unsaid.journal", 2)
    producer = KafkaProducer(**deployed.client_settings(), max_request_size=4 << 20)
    try:
        block = Random(1).randbytes(3 << 20)  # noqa: S311 - no secret
        told = producer.send("unsaid.journal", block, key=b"testnet", timestamp_ms=1).get(timeout=30)
    finally:
        producer.close()
    assert told.timestamp > 1_700_000_000_000


@pytest.mark.xdist_group("components")
def test_the_health_check_tells_up_from_down(deployed: Kafka) -> None:
    """The command that docker-compose.yml runs in the container succeeds while the broker is up, and fails after."""
    _, *command = compose()["services"]["kafka"]["healthcheck"]["test"]
    here = [part.replace("/9092", f"/{deployed.port}") for part in command]
    assert subprocess.run(here, capture_output=True, check=False).returncode == 0
    deployed.stop()
    assert subprocess.run(here, capture_output=True, check=False).returncode != 0
    deployed.start()


@pytest.mark.xdist_group("components")
def test_no_topic_comes_from_a_misspelt_name(deployed: Kafka) -> None:
    """Writing to a topic that nobody made fails, and makes none."""
    from kafka import KafkaAdminClient, KafkaProducer
    from kafka.errors import KafkaError

    producer = KafkaProducer(**deployed.client_settings(), max_block_ms=1_000)
    try:
        with pytest.raises(KafkaError):
            producer.send("obsever.journal", b"x").get(timeout=5)
    finally:
        producer.close()
    admin = KafkaAdminClient(**deployed.client_settings())
    try:
        assert "obsever.journal" not in admin.list_topics()
    finally:
        admin.close()
