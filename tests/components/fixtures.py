"""The components as fixtures, started when first asked for.

Those that start in seconds (Kafka, PostgreSQL) are one for all tests of a process: a test that stops, kills or freezes
one leaves that to the next, which gets it up and thawed; topics and databases stay, so tests name their own. The
others start in a tenth of a second and are new for each test; monerod is new too, because its chain is what is tested.

Under xdist each worker starts its own, on ports and in folders of its own; `--dist loadfile` keeps the number low
(xdist 3.8 does not group by mark with pytest 9.2: it writes a node id that is no longer read).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.components.alertmanager import Alertmanager
from tests.components.kafka import Kafka
from tests.components.monerod import Monero
from tests.components.postgres import Postgres
from tests.components.prometheus import Prometheus
from tests.components.webhook import Webhook


def pytest_configure(config: pytest.Config) -> None:
    """kafka-python reads its own schemas in a way that Python 3.11 and 3.12 find old."""
    config.addinivalue_line("filterwarnings", "ignore:(read|open)_text is deprecated:DeprecationWarning")


@pytest.fixture(scope="session")
def the_kafka() -> Iterator[Kafka]:
    """One broker for all tests of this process."""
    with Kafka() as broker:
        yield broker


@pytest.fixture
def kafka(the_kafka: Kafka) -> Kafka:
    """Apache Kafka, up."""
    the_kafka.thaw()
    return the_kafka.start()


@pytest.fixture(scope="session")
def the_kafka_with_password() -> Iterator[Kafka]:
    """One broker that asks who is there, for all tests of this process."""
    with Kafka("shipper", "a secret") as broker:
        yield broker


@pytest.fixture
def kafka_with_password(the_kafka_with_password: Kafka) -> Kafka:
    """Apache Kafka that lets in who says `username` and `password`, up."""
    the_kafka_with_password.thaw()
    return the_kafka_with_password.start()


@pytest.fixture(scope="session")
def the_postgres() -> Iterator[Postgres]:
    """One server for all tests of this process."""
    with Postgres() as server:
        yield server


@pytest.fixture
def postgres(the_postgres: Postgres) -> Postgres:
    """PostgreSQL, up. A test makes a database of its own with `create_database`."""
    the_postgres.thaw()
    return the_postgres.start()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A web server that keeps what it is sent."""
    with Webhook() as server:
        yield server


@pytest.fixture
def alertmanager(webhook: Webhook) -> Iterator[Alertmanager]:
    """Alertmanager without alerts; it tells the webhook, at the path /alertmanager."""
    with Alertmanager(f"{webhook.url}/alertmanager") as server:
        yield server


@pytest.fixture
def prometheus() -> Iterator[Prometheus]:
    """Prometheus that scrapes nothing yet."""
    with Prometheus() as server:
        yield server


@pytest.fixture
def monero() -> Iterator[Monero]:
    """Three nodes of monerod, connected, with the genesis block only."""
    with Monero() as network:
        yield network
