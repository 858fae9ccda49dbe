"""A broker and a database as they are deployed, one of each for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.components.kafka import Kafka
from tests.deploy.broker import Deployed
from tests.deploy.roles import Roles


@pytest.fixture(scope="session")
def roles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roles]:
    """A server as the image leaves it: the superuser's own database, then the scripts of the init folder."""
    secrets = tmp_path_factory.mktemp("secrets")
    with Roles() as server:
        server.initialise(secrets)
        yield server


@pytest.fixture(scope="session")
def the_deployed() -> Iterator[Kafka]:
    """One broker for all tests of this folder."""
    with Deployed() as broker:
        yield broker


@pytest.fixture
def deployed(the_deployed: Kafka) -> Kafka:
    """The broker as it is deployed, up."""
    return the_deployed.start()
