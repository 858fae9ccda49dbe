"""The same order is the same bytes, and a fault shifts only what it touches."""

from __future__ import annotations

from pathlib import Path

import pytest

from observer.simulators.xmtpd.network import Order
from observer.simulators.xmtpd.settings import HOUR
from tests.simulators.runs import Run, made


def contents(run: Run) -> dict[str, bytes]:
    """Every file by name."""
    return {path.name: path.read_bytes() for path in sorted(run.folder.iterdir())}


def test_equal_seeds_are_equal_bytes(tmp_path: Path) -> None:
    """Two runs of one order write the same logs and the same truth, faults included."""
    order = Order(length=HOUR, faults=("node-down@10m..20m", "latency@5m..30m:100"), level="debug")
    assert contents(made(tmp_path / "one", order)) == contents(made(tmp_path / "other", order))


def test_other_seeds_are_other_runs(tmp_path: Path) -> None:
    """Another seed writes another log for every node."""
    one, other = (contents(made(tmp_path / str(seed), Order(length=HOUR, seed=seed))) for seed in (1, 2))
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one)


def test_a_fault_changes_nothing_before_it(tmp_path: Path) -> None:
    """Until a fault begins, the logs are those of a run without it."""
    calm = made(tmp_path / "calm", Order(length=HOUR))
    late = made(tmp_path / "late", Order(length=HOUR, faults=("node-down@40m..50m",)))
    for node in calm.nodes:
        before = [line.raw for line in calm.written(node) if line.at[11:] < "07:40"]
        assert before == [line.raw for line in late.written(node) if line.at[11:] < "07:40"]


def test_a_fault_shifts_no_traffic_elsewhere(tmp_path: Path) -> None:
    """What clients give the other nodes comes at the same instants, whatever happens to one."""
    calm = made(tmp_path / "calm", Order(length=HOUR, level="debug"))
    down = made(tmp_path / "down", Order(length=HOUR, level="debug", faults=("node-down@10m..50m:400",)))
    for node in (100, 200, 300):
        wanted = [line.at for line in calm.said("finished waiting for publisher", node=node)]
        assert [line.at for line in down.said("finished waiting for publisher", node=node)] == wanted


@pytest.mark.parametrize("faults", [(), ("partition@10m..30m", "quorum-loss@35m..")])
def test_info_is_debug_without_debug(tmp_path: Path, faults: tuple[str, ...]) -> None:
    """The level takes lines away and changes none."""
    info = made(tmp_path / "info", Order(length=HOUR, faults=faults, level="info"))
    debug = made(tmp_path / "debug", Order(length=HOUR, faults=faults, level="debug"))
    for node in info.nodes:
        lines = debug.text(node).splitlines()
        assert info.text(node).splitlines() == [line for line in lines if not line.startswith('{"level":"DEBUG"')]
        assert any(line.startswith('{"level":"DEBUG"') for line in lines)
