"""deploy/vector: Vector itself cannot be had from a package registry, so this holds what can be held without it."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from observer.broker.foreign import delivered
from tests.deploy.files import compose, read

CONFIG: dict[str, Any] = yaml.safe_load(read("vector/vector.yaml"))
SENT = {
    "container_id": "9b6247364a03",
    "container_name": "node1",
    "host": "vector",
    "message": "2026-11-21 18:00:00.123\tI Synced 57/57",
    "network": "testnet",
    "source_type": "docker_logs",
    "stream": "stderr",
    "timestamp": "2026-11-21T18:00:00.123456789Z",
}
"""A record as Vector's reference says that `docker_logs` makes it, behind our transform."""


def test_a_worker_reads_a_record_of_vector() -> None:
    """R9: the fields that are left by the transform are those that the built-in mapping of Vector reads."""
    [line] = delivered(json.dumps(SENT).encode(), [])
    assert (line.node, line.stream) == ("node1", "stderr")
    assert line.text == b"2026-11-21 18:00:00.123\tI Synced 57/57\n"
    assert line.time == 1_795_284_000_123_456_789


def test_the_service_gives_what_the_config_asks_for() -> None:
    """Every variable that the config reads is set by docker-compose.yml, and the socket and the folders are mounted."""
    service = compose()["services"]["vector"]
    assert set(re.findall(r"\$\{(\w+)\}", read("vector/vector.yaml"))) == set(service["environment"])
    assert f"vector:{CONFIG['data_dir']}" in service["volumes"]
    assert "/var/run/docker.sock:/var/run/docker.sock:ro" in service["volumes"]


def test_records_are_keyed_and_placed_like_those_of_others() -> None:
    """R9: the key is the network, the partitioner the one that other clients have, the codec one that workers read."""
    sink = CONFIG["sinks"]["journal"]
    assert sink["key_field"] == "network"
    assert sink["librdkafka_options"]["partitioner"] == "murmur2_random"
    assert sink["compression"] == "zstd"
    assert '.network = "${OBSERVER_NETWORK}"' in CONFIG["transforms"]["lines"]["source"]
