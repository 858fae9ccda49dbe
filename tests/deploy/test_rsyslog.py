"""deploy/rsyslog: what Docker's syslog driver sends reaches Kafka whole, through the real rsyslogd."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import ClassVar

import pytest

from observer.broker.foreign import delivered
from tests.components.absent import program
from tests.components.kafka import Kafka
from tests.components.process import Component, free_port, listens
from tests.deploy.files import DEPLOY, compose, read
from tests.deploy.records import arriving, records

OUT, ERR = 30, 27
"""Priorities of Docker's driver: facility daemon, severity info for stdout and err for stderr."""


class Rsyslog(Component):
    """rsyslogd with the deployed settings; only its port and its spool are this machine's."""

    name: ClassVar[str] = "rsyslog"

    def __init__(self, broker: str, topic: str) -> None:
        super().__init__()
        self.port = free_port()
        self._env = {"OBSERVER_BROKER": broker, "OBSERVER_TOPIC": topic, "OBSERVER_NETWORK": "lonely"}
        text = read("rsyslog/rsyslog.conf")
        for said, here in {'"5514"': f'"{self.port}"', "/var/spool/rsyslog": str(self.folder)}.items():
            assert said in text
            text = text.replace(said, here)
        (self.folder / "rsyslog.conf").write_text(text)

    def command(self) -> list[str]:
        """As the image's entry point says it."""
        return [program("rsyslogd", "rsyslog"), "-n", "-iNONE", "-f", str(self.folder / "rsyslog.conf")]

    def env(self) -> dict[str, str]:
        """What docker-compose.yml sets."""
        return self._env

    def ready(self) -> bool:
        """It takes connections."""
        return listens(self.port)

    def send(self, *lines: tuple[int, str, str]) -> None:
        """Lines (priority, tag, text) as Docker writes them with `syslog-format: rfc5424micro`."""
        with socket.create_connection(("127.0.0.1", self.port)) as sent:
            for priority, tag, text in lines:
                head = f"<{priority}>1 2026-11-21T18:00:00.123456Z host {tag} 4711 {tag} - "
                sent.sendall(f"{head}{text}\n".encode())


@pytest.fixture
def topic(kafka: Kafka) -> str:
    """A topic of this test's own with twelve partitions, as it is deployed."""
    name = f"rsyslog{time.monotonic_ns()}.journal"
    kafka.create_topic(name, 12, message_timestamp_type="LogAppendTime")
    return name


@pytest.fixture
def rsyslog(kafka: Kafka, topic: str) -> Iterator[Rsyslog]:
    """The daemon, up; skipped where rsyslog's Kafka output is not installed."""
    with Rsyslog(kafka.bootstrap, topic) as daemon:
        yield daemon


def test_the_config_is_valid() -> None:
    """The daemon itself has nothing to say against it."""
    env = {"OBSERVER_BROKER": "kafka:9092", "OBSERVER_TOPIC": "observer.journal", "OBSERVER_NETWORK": "testnet"}
    command = [program("rsyslogd", "rsyslog"), "-N1", "-f", str(DEPLOY / "rsyslog/rsyslog.conf")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr.lower()


def test_the_service_gives_what_the_config_asks_for() -> None:
    """Every variable that the config reads is set by docker-compose.yml, and its port is the published one."""
    service = compose()["services"]["rsyslog"]
    assert set(service["environment"]) == {"OBSERVER_BROKER", "OBSERVER_TOPIC", "OBSERVER_NETWORK"}
    assert all(name in read("rsyslog/rsyslog.conf") for name in service["environment"])
    assert service["ports"] == ["127.0.0.1:5514:5514"]


def test_the_health_check_tells_up_from_down(rsyslog: Rsyslog) -> None:
    """The command that docker-compose.yml runs in the container succeeds while the port is open, and fails after."""
    _, *command = compose()["services"]["rsyslog"]["healthcheck"]["test"]
    here = [part.replace("/5514", f"/{rsyslog.port}") for part in command]
    assert subprocess.run(here, capture_output=True, check=False).returncode == 0
    rsyslog.stop()
    assert subprocess.run(here, capture_output=True, check=False).returncode != 0


def test_a_line_arrives_as_it_was_written(kafka: Kafka, rsyslog: Rsyslog, topic: str) -> None:
    """Tabs, colours, quotes and what is not ASCII stay; node, network and stream come from tag and severity."""
    text = '2026-11-21 18:00:00.123\tI \x1b[1;36mSynced "57/57" \\ größer\x1b[0m  '
    rsyslog.send((OUT, "testnet/node1", text), (ERR, "testnet/node2", "{}"), (OUT, "node3", "x"))
    told = {one["container_name"]: one for one in (json.loads(record.value) for record in records(kafka, topic, 3))}
    assert told["node1"]["message"] == text
    assert (told["node1"]["network"], told["node1"]["stream"]) == ("testnet", "stdout")
    assert told["node1"]["@timestamp"] == "2026-11-21T18:00:00.123456Z"
    assert (told["node2"]["message"], told["node2"]["stream"]) == ("{}", "stderr")
    assert (told["node3"]["network"], told["node3"]["message"]) == ("lonely", "x")


def test_a_worker_reads_a_line_without_being_told_who_sent_it(kafka: Kafka, rsyslog: Rsyslog, topic: str) -> None:
    """R9: node, stream, time and the line to the byte are found in the record, with no mapping given."""
    text = "2026-11-21 18:00:00.123\tI größer  "
    rsyslog.send((ERR, "testnet/node1", text))
    [record] = records(kafka, topic, 1)
    [line] = delivered(record.value, record.headers)
    assert (line.node, line.stream, line.text) == ("node1", "stderr", f"{text}\n".encode())
    assert line.time == 1_795_284_000_123_456_000
    assert line.offset is None


def test_a_network_lies_in_the_partition_that_other_clients_choose(kafka: Kafka, rsyslog: Rsyslog, topic: str) -> None:
    """R9: records are keyed by network, and rsyslog, `observer ship` and others agree on the partition of a key."""
    from kafka import KafkaProducer

    networks = [f"testnet{number}" for number in range(8)]
    rsyslog.send(*[(OUT, f"{network}/node1", "x") for network in networks])
    by_rsyslog = {record.key.decode(): record.partition for record in records(kafka, topic, 8)}
    producer = KafkaProducer(**kafka.client_settings())
    try:
        ours = {name: producer.send(topic, b"x", key=name.encode()).get(timeout=30).partition for name in networks}
    finally:
        producer.close()
    assert by_rsyslog == ours


def test_what_came_while_the_broker_was_away_is_sent_in_order(kafka: Kafka, rsyslog: Rsyslog, topic: str) -> None:
    """Nothing is lost when the broker is killed and comes back; the lines of a node keep their order."""
    rsyslog.send((OUT, "testnet/node1", "0"))
    assert len(records(kafka, topic, 1)) == 1
    kafka.kill()
    rsyslog.send(*[(OUT, "testnet/node1", str(number)) for number in range(1, 200)])
    kafka.start()
    found: dict[int, None] = {}
    for record in arriving(kafka, topic, 90):
        # At least once: a line whose acknowledgement was lost with the broker comes again.
        found.setdefault(int(json.loads(record.value)["message"]))
        if len(found) == 200:
            break
    assert list(found) == list(range(200))
