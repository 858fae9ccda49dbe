"""A topic of its own for each test, and shippers that run as programs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from observer.broker.address import Address, address_of
from observer.broker.client import set_up
from observer.broker.consuming import Received, journal_records
from observer.broker.intake import Arrived, Intake
from tests.components.kafka import Kafka

NETWORK = "net"


@pytest.fixture
def journals(kafka: Kafka) -> Address:
    """Journals that nobody has written to yet, of one network."""
    address = address_of(f"kafka://{kafka.bootstrap}/test-{uuid.uuid4().hex}")
    set_up(address, 3, 1)
    return address.of(NETWORK)


class Ship:
    """`observer ship` as a program of its own."""

    def __init__(self, folder: Path, address: Address) -> None:
        self.folder = folder
        self.address = address
        self.process: subprocess.Popen[bytes] | None = None
        self.said = folder / "ship.err"

    def start(self, *arguments: object) -> None:
        """Begin to ship; the cursor stays from start to start."""
        with self.said.open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "observer", "ship", *map(str, arguments), "--to", str(self.address)],
                stdin=subprocess.DEVNULL,
                stderr=err,
                env={**os.environ, "XDG_STATE_HOME": str(self.folder / "state")},
            )

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it by a signal; gives back the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.process = None
        return code

    def wait(self) -> int:
        """Wait until it ends of itself."""
        assert self.process is not None
        code = self.process.wait(60)
        self.process = None
        return code

    @property
    def err(self) -> str:
        """What it said."""
        return self.said.read_text()


@pytest.fixture
def ship(tmp_path: Path, journals: Address) -> Iterator[Ship]:
    """A shipper to these journals, not started; killed when the test is over."""
    found = Ship(tmp_path, journals)
    yield found
    if found.process is not None:
        found.process.kill()
        found.process.wait()


def taken_back(address: Address, intake: Intake | None = None) -> list[Arrived]:
    """All that is in the journals, taken."""
    intake = intake or Intake(NETWORK)
    arrived = []
    for one in journal_records(address):
        assert isinstance(one, Received)
        found = intake.take(one.value, one.key, one.timestamp_ms, one.headers)
        assert found is not None
        assert found.unreadable is None
        arrived += found.arrived
    return arrived


def until(happened: Callable[[], bool], what: str, within: float = 30.0) -> None:
    """Look until it is so."""
    deadline = time.monotonic() + within
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


Until: TypeAlias = Callable[[Callable[[], bool], str], None]
