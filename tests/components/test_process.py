"""Components end with their test run, are started on ports that stay theirs, and say why they did not start."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from itertools import chain, count
from pathlib import Path
from typing import ClassVar

import pytest

from tests.components.absent import missing, program
from tests.components.process import Component, NotReadyError, descendants, free_port, listens, until

FAMILY = "sleep 1000 & echo child $!; echo ready; wait"
"""A server with a child of its own."""


class Family(Component):
    """A shell and its child."""

    name: ClassVar[str] = "family"

    def command(self) -> list[str]:
        """A few words of shell."""
        return ["sh", "-c", FAMILY]

    def ready(self) -> bool:
        """It says so."""
        return "ready" in self.said()


class Broken(Family):
    """A server that ends at once."""

    def command(self) -> list[str]:
        """A few words of shell."""
        return ["sh", "-c", "echo no such port; exit 3"]


def alive(pid: int) -> bool:
    """The process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_kill_reaches_children() -> None:
    """A component killed with -9 leaves no child behind and can be started again in the same folder."""
    with Family() as family:
        assert family.process is not None
        pids = descendants(family.process.pid)
        assert len(pids) == 2
        family.kill()
        until(lambda: not any(map(alive, pids)), "the children are gone", 5)
        folder = family.folder
        assert family.start().folder == folder
    assert not folder.exists()


def test_frozen_component_closes() -> None:
    """A component that is frozen at the end of its test is ended all the same."""
    with Family() as family:
        assert family.process is not None
        pids = descendants(family.process.pid)
        family.freeze()
    until(lambda: not any(map(alive, pids)), "the family is gone", 5)


def test_failed_start_tells_the_log() -> None:
    """What a component wrote before it ended is in the failure, and its folder is gone."""
    broken = Broken()
    with pytest.raises(NotReadyError, match=r"it ended\nno such port"), broken:
        pass
    assert not broken.folder.exists()


def test_child_dies_with_a_killed_test_run() -> None:
    """A test process that is killed with -9 takes its components along."""
    script = (
        "from tests.components.test_process import Family\n"
        "import time\n"
        "family = Family().start()\n"
        "print(family.process.pid, family.folder, flush=True)\n"
        "time.sleep(1000)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        pid, folder = run.stdout.readline().split()
        try:
            assert alive(int(pid))
            child = descendants(int(pid))[1]
            run.kill()
            until(lambda: not alive(int(pid)), "the component is gone", 5)
        finally:
            run.kill()
            os.kill(child, signal.SIGKILL)  # a shell's child is no component: nothing ends it
            for left in Path(folder).iterdir():
                left.unlink()
            Path(folder).rmdir()


def test_free_port_is_not_given_to_clients() -> None:
    """A port of a component lies below those of outgoing connections, and nobody listens there."""
    port = free_port()
    assert port < int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert not listens(port)


def test_free_port_is_given_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two components that have not been started yet do not get the same port."""
    port = free_port()
    drawn = chain([port], count(port + 1))
    monkeypatch.setattr(random, "randrange", lambda *_: next(drawn))
    assert free_port() != port


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_absent_program_skips_but_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    """What is missing is said, and under CI=true its absence is a failure, never a silent skip."""
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="kafkad is missing"):
        missing("kafkad")
    with pytest.raises(outcome, match="apt-get install kafka-server"):
        program("no-such-program-anywhere", "kafka-server")
