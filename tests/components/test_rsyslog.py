"""rsyslog and kcat put lines of others into Kafka as they do it in the field."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.components.kafka import Kafka
from tests.components.rsyslog import Rsyslog, kcat


def records(kafka: Kafka, topic: str, count: int) -> list[tuple[bytes | None, bytes]]:
    """The first records of a topic: key and value."""
    from kafka import KafkaConsumer

    settings: dict[str, Any] = {"auto_offset_reset": "earliest", "consumer_timeout_ms": 20_000}
    consumer = KafkaConsumer(topic, **kafka.client_settings(), **settings)
    try:
        return [(record.key, record.value) for _, record in zip(range(count), consumer, strict=False)]
    finally:
        consumer.close()


def test_rsyslog_ships_a_growing_file(kafka: Kafka, tmp_path: Path) -> None:
    """Lines that were there and lines that come are one record each, with their file and offset."""
    kafka.create_topic("rsyslog.journal")
    log = tmp_path / "node1.log"
    log.write_text('first "line"\n')
    with Rsyslog([str(log)], kafka.bootstrap, "rsyslog.journal", key="net"):
        assert len(records(kafka, "rsyslog.journal", 1)) == 1
        with log.open("a") as more:
            more.write("second line\n")
        shipped = records(kafka, "rsyslog.journal", 2)
    assert [key for key, _ in shipped] == [b"net", b"net"]
    told = [json.loads(value) for _, value in shipped]
    assert [(one["message"], one["offset"]) for one in told] == [('first "line"', "0"), ("second line", "13")]
    assert {one["file"] for one in told} == {str(log)}


def test_kcat_produces(kafka: Kafka) -> None:
    """Each line that kcat reads is sent as a record with the key it is given."""
    kafka.create_topic("kcat.journal")
    command = [kcat(), "-b", kafka.bootstrap, "-t", "kcat.journal", "-P", "-k", "net"]
    subprocess.run(command, input=b"a\nb\n", check=True, capture_output=True)
    assert records(kafka, "kcat.journal", 2) == [(b"net", b"a"), (b"net", b"b")]
