"""Apache Kafka, one node that is broker and controller (KRaft), on the Java of this machine.

Its jars come through Maven into the cache of this user, once (`python -m tests.components.kafka --fetch`); a data
folder is formatted there once too, because that costs another start of Java. Refuses no version of Java: Kafka says
itself which it needs (17 or later).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.components.absent import missing, program
from tests.components.process import Component, free_port

VERSION = "3.9.1"
CLUSTER = "b2JzZXJ2ZXItdGVzdHMtMQ"
"""The cluster's id, 16 bytes in base64; every data folder of a test is a copy of one formatted folder."""

_POM = f"""\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>tests</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
"""
_LOG4J = """\
log4j.rootLogger=WARN, out
log4j.logger.kafka.server.BrokerServer=INFO
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d %p %c: %m%n
"""
_STARTED = "Transition from STARTING to STARTED"
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=CLIENT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=CLIENT://127.0.0.1:{port}
inter.broker.listener.name=CLIENT
listener.security.protocol.map=CLIENT:{protocol},CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.initial.task.delay.ms=500
log.retention.check.interval.ms=500
num.network.threads=2
num.io.threads=2
num.recovery.threads.per.data.dir=1
background.threads=2
log.cleaner.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=250
"""
_SASL = """\
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.client.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
username="{username}" password="{password}" user_{username}="{password}";
"""


class Kafka(Component):
    """One broker at `bootstrap`; with a user name and a password, clients must say both (SASL_PLAINTEXT, PLAIN).

    No topic comes into being by being written to: `create_topic` makes it.
    """

    name: ClassVar[str] = "kafka"
    patience: ClassVar[float] = 90.0

    def __init__(self, username: str = "", password: str = "") -> None:
        super().__init__()
        self.username, self.password = username, password
        self.port = free_port()
        self._controller = free_port()
        self._cache = fetched()
        self._data = self.folder / "data"
        shutil.copytree(self._cache / "formatted", self._data)
        self._configure()

    @property
    def bootstrap(self) -> str:
        """Host and port, as clients want it."""
        return f"127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """Java with the jars of the cache."""
        return [*_java(self._cache, self.folder), "kafka.Kafka", str(self.folder / "server.properties")]

    def ready(self) -> bool:
        """The broker says so, after it registered with itself."""
        return _STARTED in self.said()

    def create_topic(self, topic: str, partitions: int = 1, **configs: str) -> None:
        """Makes a topic; `message_timestamp_type="LogAppendTime"` is Kafka's `message.timestamp.type`."""
        described = {
            "num_partitions": partitions,
            "replication_factor": 1,
            "configs": {name.replace("_", "."): value for name, value in configs.items()},
        }
        with self._admin() as admin:
            admin.create_topics({topic: described}, wait_for_metadata=True)

    def set_topic(self, topic: str, **configs: str) -> None:
        """Changes settings of a topic that is there, named as for `create_topic`."""
        from kafka.admin import ConfigResource, ConfigResourceType

        named = {name.replace("_", "."): value for name, value in configs.items()}
        with self._admin() as admin:
            admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=named)])

    def delete_topic(self, topic: str) -> None:
        """Removes a topic and all it holds."""
        with self._admin() as admin:
            admin.delete_topics([topic])

    def client_settings(self) -> dict[str, Any]:
        """What kafka-python's clients must be given to be let in."""
        settings: dict[str, Any] = {"bootstrap_servers": self.bootstrap}
        if self.username:
            settings |= {
                "security_protocol": "SASL_PLAINTEXT",
                "sasl_mechanism": "PLAIN",
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return settings

    @contextmanager
    def _admin(self) -> Iterator[Any]:
        from kafka import KafkaAdminClient

        admin = KafkaAdminClient(**self.client_settings())
        try:
            yield admin
        finally:
            admin.close()

    def _configure(self) -> None:
        text = _PROPERTIES.format(
            port=self.port,
            controller=self._controller,
            data=self._data,
            protocol="SASL_PLAINTEXT" if self.username else "PLAINTEXT",
        )
        if self.username:
            text += _SASL.format(username=self.username, password=self.password)
        (self.folder / "server.properties").write_text(text)


def cache() -> Path:
    """Where the jars of this version are kept, for all checkouts of this user."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "network-state-observer" / f"kafka-{VERSION}"


def fetched() -> Path:
    """The cache, filled where it was empty; one process fills it, others wait for that."""
    java = program("java", "default-jre-headless")
    place = cache()
    place.parent.mkdir(parents=True, exist_ok=True)
    with (place.parent / f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            fresh = place.with_suffix(".partial")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            _download(fresh)
            _format(java, fresh)
            fresh.rename(place)
    return place


def _download(place: Path) -> None:
    maven = program("mvn", "maven")
    (place / "pom.xml").write_text(_POM)
    (place / "log4j.properties").write_text(_LOG4J)
    command = [maven, "--batch-mode", "--quiet", "dependency:copy-dependencies", "-DincludeScope=runtime"]
    done = subprocess.run(
        [*command, f"-DoutputDirectory={place / 'jars'}"], cwd=place, capture_output=True, text=True, check=False
    )
    if done.returncode:
        missing(f"Apache Kafka {VERSION}", f"Maven could not fetch it:\n{(done.stdout + done.stderr)[-2_000:]}")


def _format(java: str, place: Path) -> None:
    properties = place / "server.properties"
    properties.write_text(
        _PROPERTIES.format(port=9092, controller=9093, data=place / "formatted", protocol="PLAINTEXT")
    )
    tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(properties)]
    subprocess.run([*_java(place, place, java), *tool], check=True, capture_output=True)


def _java(place: Path, folder: Path, java: str = "java") -> list[str]:
    """Small and quick to start: a test sends megabytes, not gigabytes."""
    return [
        java,
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xshare:auto",
        f"-XX:ErrorFile={folder}/crash-%p.log",
        f"-Dlog4j.configuration=file:{place}/log4j.properties",
        "-cp",
        f"{place}/jars/*",
    ]


def main(arguments: list[str]) -> int:
    """`--fetch` fills the cache and says where it is; 5 where it cannot."""
    if arguments != ["--fetch"]:
        sys.stderr.write("usage: python -m tests.components.kafka --fetch\n")
        return 2
    try:
        sys.stdout.write(f"{fetched()}\n")
    except (pytest.fail.Exception, pytest.skip.Exception) as absent:
        sys.stderr.write(f"{absent}\n")
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
