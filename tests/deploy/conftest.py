"""A database with the roles that are deployed, one for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy.roles import Roles


@pytest.fixture(scope="session")
def roles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roles]:
    """A server as the image leaves it: the superuser's own database, then the scripts of the init folder."""
    secrets = tmp_path_factory.mktemp("secrets")
    with Roles() as server:
        server.initialise(secrets)
        yield server
