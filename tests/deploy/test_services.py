"""The commands of docker-compose.yml, run against real servers."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from observer.broker.intake import Intake
from observer.broker.knowing import Counted
from tests.components.kafka import Kafka
from tests.deploy.files import ROOT
from tests.deploy.records import arriving
from tests.deploy.services import Service, words

pytestmark = pytest.mark.xdist_group("components")
CAPTURES = ROOT / "tests/captures/monero/level1"
BROKER = "kafka:9092/observer"


def ran(service: str, here: dict[str, str]) -> tuple[int, str]:
    """The exit code of a service that ends, and all it said."""
    done = subprocess.run(words(service, here), capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def taken(broker: Kafka, topic: str, lines: int) -> Counted:
    """What a worker counts of the network `testnet` once it has so many lines, or when no more come."""
    intake = Intake("testnet")
    for record in arriving(broker, topic):
        assert record.key == b"testnet"
        intake.take(record.value, record.key, record.timestamp, record.headers)
        if intake.counted.lines >= lines:
            break
    return intake.counted


def test_the_topic_is_made_once(deployed: Kafka) -> None:
    """broker-setup makes the topic with twelve partitions; run again, as after each `up`, it changes nothing."""
    here = {BROKER: f"{deployed.bootstrap}/made"}
    assert ran("broker-setup", here) == ran("broker-setup", here)
    code, told = ran("broker-setup", here)
    assert (code, "12 partitions, time of the broker, records up to 4.0 MiB" in told) == (0, True), told


def test_a_folder_of_logs_is_shipped_once(deployed: Kafka, tmp_path: Path) -> None:
    """R1: `ship` sends its folder under the network's key, ends well when it is asked to, and goes on where it was."""
    here = {BROKER: f"{deployed.bootstrap}/shipped", "/logs": str(tmp_path)}
    assert ran("broker-setup", {BROKER: here[BROKER]})[0] == 0
    logs = {log.name: log.read_bytes() for log in CAPTURES.glob("node*.log")}
    for name, content in logs.items():
        (tmp_path / name).write_bytes(content)
    lines = sum(content.count(b"\n") for content in logs.values())
    with Service("ship", here) as shipper:
        assert taken(deployed, "shipped.journal", lines).lines == lines
        assert shipper.left() == 0
        shipper.start()
        with (tmp_path / "node1.log").open("ab") as more:
            more.write(b"2026-11-21 18:00:00.123\tI the last line\n")
        counted = taken(deployed, "shipped.journal", lines + 1)
        assert shipper.left() == 0
    assert (counted.lines, counted.duplicates, counted.gaps, counted.unreadable) == (lines + 1, 0, 0, 0)
