"""Logs that are written as time passes."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from datetime import UTC, datetime
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


def test_lines_are_dated_when_they_are_written(tmp_path: Path) -> None:
    """Dated now, a run at 60 times the pace writes what it else would, and each line bears the time of its writing."""
    clock = FakeClock(tmp_path)
    order = Order(length=20 * MINUTE, pace=60.0, dated_now=True)
    simulate(order, read_settings(None), tmp_path, clock)
    assert clock.now - 1000 == pytest.approx(20, rel=1e-3)
    for passed, line in clock.seen[10:]:
        minute, second = line.split('"time":"')[1][14:23].split(":")
        written = int(minute) * 60 + float(second.removesuffix("Z"))
        assert passed - 1 <= written <= passed
    other = tmp_path / "other"
    simulate(Order(length=20 * MINUTE), read_settings(None), other)
    for log in other.glob("*.log"):
        assert _undated(log) == _undated(tmp_path / log.name)


def _undated(log: Path) -> list[str]:
    return re.sub(r'(?<=")\d{4}-[^"]*Z(?=")', "", log.read_text()).splitlines()[1:]


def test_logs_are_rotated(tmp_path: Path) -> None:
    """A log of the given size is renamed, and its members together are what the log would be; none is removed."""
    simulate(Order(length=20 * MINUTE, rotate_bytes=5000), read_settings(None), tmp_path / "rotated")
    simulate(Order(length=20 * MINUTE), read_settings(None), tmp_path / "whole")
    members = sorted((tmp_path / "rotated").glob("node-100.log.*"), key=lambda path: -int(path.suffix[1:]))
    assert len(members) > 3
    assert all(path.stat().st_size <= 5000 for path in members)
    written = b"".join(path.read_bytes() for path in [*members, tmp_path / "rotated" / "node-100.log"])
    assert written == (tmp_path / "whole" / "node-100.log").read_bytes()


def test_a_paced_run_is_stopped_between_two_lines(tmp_path: Path) -> None:
    """Whoever asks it to stop gets what was written so far, whole."""
    clock = FakeClock(tmp_path)
    made = simulate(
        Order(length=20 * MINUTE, pace=60.0), read_settings(None), tmp_path, clock, lambda: clock.now > 1005
    )
    assert clock.now < 1006
    data = [path.read_bytes() for path in made.files]
    assert made.bytes == sum(map(len, data)) > 0
    assert all(one.endswith(b"\n") for one in data)


def test_sigterm_ends_a_paced_run_in_order(tmp_path: Path) -> None:
    """Unless said otherwise a paced run begins now; SIGTERM ends it with exit code 0."""
    out = tmp_path / "out"
    begun = datetime.now(tz=UTC)
    command = [sys.executable, "-m", "observer", "simulate", "xmtpd", "-o", str(out), "--pace", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        deadline = time.monotonic() + 30
        while not (log := out / "node-100.log").exists() or log.read_bytes().count(b"\n") < 3:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.terminate()
        assert process.wait(10) == 0
        assert process.stdout is not None
        assert b"lines of 4 nodes" in process.stdout.read()
    written = datetime.fromisoformat(log.read_text().splitlines()[1].split('"time":"')[1].split('"')[0])
    assert begun <= written <= datetime.now(tz=UTC)
