"""Engines and clusters that are directories, with the programs that show them on PATH."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from observer.following.groups import Group
from tests.observer.following.engines import FAKES, ROOM, Attached, Cluster, Engine, Source


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A docker engine without containers."""
    monkeypatch.setenv("PATH", f"{FAKES}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_ENGINE", str(tmp_path / "engine"))
    return Engine(tmp_path / "engine")


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A Kubernetes cluster without pods."""
    monkeypatch.setenv("PATH", f"{FAKES}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_CLUSTER", str(tmp_path / "cluster"))
    return Cluster(tmp_path / "cluster")


@pytest.fixture
def journal() -> dict[str, Source]:
    """What was read, by source; it outlives who read it."""
    return {}


@pytest.fixture
def attach(journal: dict[str, Source]) -> Iterator[Callable[..., Attached]]:
    """Follow a group, on from what is in the journal."""
    runs: list[Attached] = []

    def start(make: Callable[[], Group], room: int = ROOM) -> Attached:
        runs.append(Attached(make, journal, room))
        return runs[-1]

    yield start
    for run in runs:
        run.kill()
