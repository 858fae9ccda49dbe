"""The components as fixtures, one of each per test process, started when first asked for.

A test that stops, kills or freezes one gets it running again: every test starts with what it names up and thawed.
Topics, databases and alerts stay from test to test, so tests name their own. Under xdist (`-n 2 --dist loadgroup`) all
that name a component share one worker, so that no two brokers run at once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.components.kafka import Kafka
from tests.components.postgres import Postgres

COMPONENTS = {"kafka", "kafka_with_password", "postgres"}


def pytest_configure(config: pytest.Config) -> None:
    """kafka-python reads its own schemas in a way that Python 3.11 and 3.12 find old."""
    config.addinivalue_line("filterwarnings", "ignore:(read|open)_text is deprecated:DeprecationWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that name a component stay together."""
    for item in items:
        if COMPONENTS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("components"))


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
