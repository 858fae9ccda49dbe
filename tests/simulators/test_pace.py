"""Logs that are written as time passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from observer.simulators.xmtpd.network import Order, simulate
from observer.simulators.xmtpd.settings import MINUTE, read_settings


class FakeClock:
    """A clock that moves when someone sleeps, and a little for each look at it."""

    def __init__(self, folder: Path) -> None:
        """Looks at a log of the folder at each sleep."""
        self.now = 1000.0
        self.log = folder / "node-100.log"
        self.seen: list[tuple[float, str]] = []

    def monotonic(self) -> float:
        """Looking takes a microsecond."""
        self.now += 1e-6
        return self.now

    def sleep(self, seconds: float, /) -> None:
        """What a follower of the file has seen by then is its last line."""
        assert seconds > 0
        self.now += seconds
        lines = self.log.read_text().splitlines()
        self.seen.append((self.now - 1000, lines[-1]))


@pytest.mark.parametrize("pace", [1.0, 60.0])
def test_lines_come_at_their_time(tmp_path: Path, pace: float) -> None:
    """At a pace, a run lasts as long as it should, and no line can be read before its time or much later."""
    order = Order(length=20 * MINUTE, pace=pace)
    clock = FakeClock(tmp_path)
    simulate(order, read_settings(None), tmp_path, clock)
    assert clock.now - 1000 == pytest.approx(20 * 60 / pace, rel=1e-3)
    for passed, line in clock.seen[10:]:
        minute, second = line.split('"time":"')[1][14:23].split(":")
        written = int(minute) * 60 + float(second.removesuffix("Z"))
        assert written <= passed * pace + 1
        assert written >= passed * pace - 60


def test_pace_does_not_change_what_is_written(tmp_path: Path) -> None:
    """A paced run writes the bytes of one that is written at once."""
    folders = [tmp_path / "paced", tmp_path / "at once"]
    for folder, pace in zip(folders, (3600.0, None), strict=True):
        simulate(Order(length=20 * MINUTE, pace=pace), read_settings(None), folder, FakeClock(folder))
    paced, at_once = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert paced == at_once
