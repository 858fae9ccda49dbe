"""The commands of docker-compose.yml, run against real servers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer.broker.intake import Intake
from observer.broker.knowing import Counted
from observer.metrics.dashboard import NETWORKS
from tests.components.alertmanager import Alertmanager
from tests.components.kafka import Kafka
from tests.components.process import free_port
from tests.deploy.files import ROOT, compose
from tests.deploy.records import arriving
from tests.deploy.roles import PASSWORDS, Roles
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
        assert taken(deployed, "shipped.journal", lines).lines == lines, shipper.tail()
        assert shipper.left() == 0
        shipper.start()
        with (tmp_path / "node1.log").open("ab") as more:
            more.write(b"2026-11-21 18:00:00.123\tI the last line\n")
        counted = taken(deployed, "shipped.journal", lines + 1)
        assert shipper.left() == 0
    assert (counted.lines, counted.duplicates, counted.gaps, counted.unreadable) == (lines + 1, 0, 0, 0)


@pytest.fixture
def worker(
    deployed: Kafka, roles: Roles, alertmanager: Alertmanager, tmp_path: Path
) -> Iterator[tuple[Service, int, dict[str, str]]]:
    """The worker as it is deployed, behind broker-setup and migrate; the port of its metrics; what was exchanged."""
    secret = tmp_path / "observer_password"
    secret.write_text(PASSWORDS["observer"])
    port = free_port()
    database = {
        "postgres:5432/observer": f"127.0.0.1:{roles.port}/observer",
        "/run/secrets/observer_password": str(secret),
    }
    here = {BROKER: f"{deployed.bootstrap}/worked"}
    assert ran("broker-setup", here)[0] == 0
    code, told = ran("migrate", database)
    assert code == 0, told
    others = {"alertmanager:9093": f"127.0.0.1:{alertmanager.port}", "0.0.0.0:9464": f"127.0.0.1:{port}"}
    with Service("worker", here | database | others) as running:
        yield running, port, here


def test_what_is_shipped_is_judged_stored_shown_and_told(
    worker: tuple[Service, int, dict[str, str]], roles: Roles, alertmanager: Alertmanager, tmp_path: Path
) -> None:
    """From a file to the dashboard and to Alertmanager, by the deployed commands; the worker ends well when asked to."""
    running, port, here = worker
    logs = tmp_path / "logs"
    logs.mkdir()
    for log in CAPTURES.glob("node*.log"):
        (logs / log.name).write_bytes(log.read_bytes())
    with Service("ship", {**here, "/logs": str(logs)}) as shipper:
        asked = "SELECT count(*) FROM observer.nodes WHERE network = 'testnet' AND height > 100"
        running.until(lambda: roles.told("reader", asked).stdout == "3\n", "stored three nodes with their heights", 60)
        assert roles.told("reader", NETWORKS).stdout == "testnet\n"
        _, *check = compose()["services"]["worker"]["healthcheck"]["test"]
        here_checked = [sys.executable, *[part.replace(":9464", f":{port}") for part in check[1:]]]
        running.until(
            lambda: subprocess.run(here_checked, capture_output=True, check=False).returncode == 0, "is healthy", 30
        )
        running.until(
            lambda: "Watchdog" in {alert["labels"]["alertname"] for alert in alertmanager.alerts()}, "told Watchdog", 30
        )
        assert shipper.left() == 0
    assert running.left() == 0
    assert "Traceback" not in running.tail()
