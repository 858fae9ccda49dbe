"""Networks that several tests look at, each run once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from observer.simulators.xmtpd.network import Order
from observer.simulators.xmtpd.settings import HOUR
from tests.simulators.runs import Run, made

Faulty = Callable[..., Run]


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Four nodes for four hours, and nothing goes wrong."""
    return made(tmp_path_factory.mktemp("healthy"), Order(level="debug"), "batch_every=8s")


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Faulty:
    """Four nodes for three hours with faults and settings."""
    known: dict[tuple[object, ...], Run] = {}

    def run(*faults: str, said: tuple[str, ...] = ()) -> Run:
        key = (faults, said)
        if key not in known:
            order = Order(level="debug", length=3 * HOUR, faults=faults, watchers=True)
            known[key] = made(tmp_path_factory.mktemp("faulty"), order, *said)
        return known[key]

    return run
