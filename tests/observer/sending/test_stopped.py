"""A sender whose process was stopped for a while, as a program of its own: `python -m tests.observer.sending.test_stopped`."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from observer.sending import firing, sender
from observer.sending.notices import FIRING, Notice
from observer.sending.posting import Arrived, Outcome
from observer.sending.sender import Sender
from tests.components.process import until
from waits.durations import NS

STOPPED_S = 4.0


class Printing:
    """A destination that prints what it is told."""

    name = id = "printing"
    repeats = True

    def send(self, notices: Sequence[Notice], now: int) -> Iterator[tuple[Sequence[Notice], Outcome]]:
        """Told."""
        print("told", *[one.labels["alertname"] for one in notices], flush=True)  # noqa: T201 - it is read by the test
        yield notices, Arrived()

    def close(self) -> None:
        """Nothing is open."""


def judging() -> None:
    """A loop that judges, and that hears that it was replaced when it goes on after it was stopped."""
    vars(sender)["EVERY"] = firing.EVERY = NS // 2
    found = Sender(Printing())
    found.start()
    labels = {"alertname": "NodeDown", "network": "net", "severity": "critical"}
    found.publish("net", [Notice("net", "a", 1, FIRING, labels, {}, 0, None, 0)])
    before = time.monotonic()
    while True:
        time.sleep(0.1)
        now = time.monotonic()
        if now - before > STOPPED_S / 2:
            # Asking the database takes a moment.
            time.sleep(0.3)
            found.withdraw("net")
            print("replaced", flush=True)  # noqa: T201 - as above
        before = now
        found.alive()


@pytest.mark.parametrize("again", range(3))
def test_what_fired_before_it_was_stopped_is_not_said_again(again: int, tmp_path: Path) -> None:
    """R27: another one has taken over, and what fired then may have ended: that is asked before anything is repeated."""
    path = tmp_path / "said"
    with path.open("wb") as said:
        process = subprocess.Popen([sys.executable, "-m", __name__], stdout=said)
    try:
        until(lambda: path.read_text().count("told") >= 2, "it repeats what fires", told=path.read_text)
        process.send_signal(signal.SIGSTOP)
        time.sleep(STOPPED_S)
        before = path.read_text()
        process.send_signal(signal.SIGCONT)
        until(lambda: "replaced" in path.read_text(), "it hears of it", told=path.read_text)
        time.sleep(1)
        assert path.read_text().removeprefix(before) == "replaced\n"
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    judging()
