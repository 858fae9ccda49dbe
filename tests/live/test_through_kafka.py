"""Networks go through Kafka while everything on the way is killed, stopped and cut, and at the end all agrees."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.components.alertmanager import Alertmanager
from tests.components.kafka import Kafka
from tests.components.postgres import Postgres
from tests.components.webhook import Webhook
from tests.live.agreement import Told
from tests.live.chaos import Asked, run
from tests.live.through import Through

pytestmark = pytest.mark.xdist_group("kafka")

ASKED = Asked(networks=4, nodes=3, workers=2, seconds=15, seed=5, turn_after=10_000)
"""A node writes two kilobytes a second: within these seconds some log is rotated, however quickly all begins."""


def test_whatever_is_killed_nothing_is_lost_and_nothing_is_there_twice(
    kafka: Kafka, postgres: Postgres, alertmanager: Alertmanager, webhook: Webhook, tmp_path: Path
) -> None:
    """R1, R6, R9, R27, R29: logs, the topic, the database and what was sent agree, entry by entry and alert by alert."""
    with Through(tmp_path, kafka, postgres, f"chaos-{os.getpid()}") as through:
        made = run(ASKED, through, Told(alertmanager, webhook))
    assert len(made.done) == 9
    assert min(made.sent.values()) > 0
    assert max(found.files for found in made.networks.values()) > 3
