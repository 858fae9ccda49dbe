"""Waiting on the captured runs: the recordings, and inventories as people write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.observer.conftest import Observer, Ran, Recorded

Wait: TypeAlias = Callable[..., Ran]
EXPECTED = "network: expected\nnodes:\n" + "".join(f"  node{number}:\n" for number in (1, 2, 3))


@pytest.fixture(name="wait")
def wait_fixture(observer: Observer, recorded: Recorded) -> Wait:
    """`observer wait` on the run of level 1."""
    return lambda *arguments: observer("wait", recorded("level1", "log"), *arguments)


@pytest.fixture(name="four")
def four_fixture(tmp_path: Path) -> Path:
    """An inventory with a fourth node, of which there is no log."""
    path = tmp_path / "four.yaml"
    path.write_text(EXPECTED + "  node4:\n")
    return path


@pytest.fixture(name="hasty")
def hasty_fixture(tmp_path: Path) -> Path:
    """An inventory by which two seconds without a line are a silence."""
    path = tmp_path / "hasty.yaml"
    path.write_text(EXPECTED + "pace:\n  silent_after: 2s\n")
    return path


def clock(time: Any) -> str:
    """The time of day of a journal time, to the millisecond."""
    return str(time)[11:23]
