"""A server program as a child that ends with its test run, even where that is killed.

A child asks the kernel for SIGKILL at the death of the thread that started it (Linux only), so components are
started from the main thread. `kill` reaches the children of a child as well.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from tests.components.absent import program

_RESERVED: list[socket.socket] = []
_LOOKED_AT_EVERY = 0.02
"""Seconds."""
_TOLD = 4_000
"""Characters of a component's log that a failed start shows."""


class NotReadyError(AssertionError):
    """A component did not do in time what was waited for; its message ends with the end of the component's log."""


def spawned(
    command: list[str], log: Path, *, user: int | None = None, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """The command as a child in a session of its own, both outputs appended to `log`; `env` is added to ours.

    setpriv asks the kernel, not `preexec_fn`: Python does not let that run where there are threads, and clients of
    Kafka have some.
    """
    with log.open("ab") as told:
        return subprocess.Popen(
            [program("setpriv", "util-linux"), "--pdeathsig", "KILL", "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            env={**os.environ, **(env or {})},
            user=user,
            group=user and _group(user),
            extra_groups=[] if user else None,
            start_new_session=True,
        )


def _group(user: int) -> int:
    import pwd

    return pwd.getpwuid(user).pw_gid


def descendants(pid: int) -> list[int]:
    """The process and all that it started and that still has a living parent among them."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parent = int(stat.rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for known in found:
        found += children.get(known, [])
    return found


def ended(process: subprocess.Popen[bytes], first: signal.Signals, patience: float = 10.0) -> None:
    """Ends a child with the signal, then with SIGKILL whoever of its family is left, after `patience` seconds at most."""
    family = descendants(process.pid) if process.poll() is None else []
    if family and first is not signal.SIGKILL:
        process.send_signal(first)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    for pid in family:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait(patience)


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens, not given out again by any test process while this one lives.

    It lies below those that the kernel gives to outgoing connections, so that a component finds its port free when it
    starts again.
    """
    first_given_out = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for _ in range(200):
        port = random.randrange(10_000, max(first_given_out, 12_000))  # noqa: S311 - no secret
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        if _reserved(port):
            return port
    raise NotReadyError("no free port on 127.0.0.1 was found in 200 attempts")


def _reserved(port: int) -> bool:
    """Nobody else has reserved it. A name without a file, which the kernel frees at the end of this process."""
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0observer-test-port-{port}")
    except OSError:
        name.close()
        return False
    _RESERVED.append(name)
    return True


def listens(port: int) -> bool:
    """Somebody accepts connections on this port of 127.0.0.1."""
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex(("127.0.0.1", port)) == 0


def until(
    happened: Callable[[], object],
    what: str,
    within: float = 30.0,
    *,
    alive: Callable[[], bool] = lambda: True,
    told: Callable[[], str] = str,
) -> None:
    """Looks until `happened()` is true, for `within` seconds at most and while `alive()`."""
    deadline = time.monotonic() + within
    while not happened():
        dead = not alive()
        if dead or time.monotonic() > deadline:
            why = "it ended" if dead else f"waited {within:g} s"
            raise NotReadyError(f"{what}: not so, {why}\n{told()}")
        time.sleep(_LOOKED_AT_EVERY)


class Component(ABC):
    """One server program. It keeps its folder and ports from start to start, until `close`."""

    name: ClassVar[str]
    patience: ClassVar[float] = 30.0
    """Seconds until it must be ready, on a busy machine."""
    asked_to_end_by: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"observer-{self.name}-"))
        self.log = self.folder / f"{self.name}.out"
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """What is run."""

    @abstractmethod
    def ready(self) -> bool:
        """It serves."""

    def env(self) -> dict[str, str]:
        """Added to the environment of the tests."""
        return {}

    def user(self) -> int | None:
        """The user it runs as; None is ours."""
        return None

    @property
    def running(self) -> bool:
        """It was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> Self:
        """Starts it and returns when it serves; where it runs already, nothing is done."""
        if not self.running:
            self.launch()
            try:
                self.until(self.ready, "ready to serve", self.patience)
            except BaseException:
                self.kill()
                raise
        return self

    def launch(self) -> None:
        """Starts it and does not wait."""
        self._said = self.log.stat().st_size if self.log.exists() else 0
        self.process = spawned(self.command(), self.log, user=self.user(), env=self.env())

    def until(self, happened: Callable[[], object], what: str, within: float = 30.0) -> None:
        """Waits for something of this component, while it runs."""
        until(happened, f"{self.name} {what}", within, alive=lambda: self.running, told=self.tail)

    def stop(self) -> None:
        """Ends it as an operator would, and with SIGKILL where that takes too long."""
        self._end(self.asked_to_end_by)

    def kill(self) -> None:
        """Ends it with SIGKILL."""
        self._end(signal.SIGKILL)

    def restart(self) -> Self:
        """Starts it again, with the same folder and ports; it is stopped first where it runs."""
        self.stop()
        return self.start()

    def freeze(self) -> None:
        """SIGSTOP to all its processes: its connections stay and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """Ends it and removes its folder."""
        try:
            self.thaw()
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def said(self) -> str:
        """What it wrote since its last start."""
        with self.log.open("rb") as log:
            log.seek(self._said)
            return log.read().decode(errors="replace")

    def tail(self) -> str:
        """The end of what it wrote."""
        return self.log.read_bytes()[-_TOLD:].decode(errors="replace") if self.log.exists() else ""

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _end(self, first: signal.Signals) -> None:
        if self.process is not None:
            ended(self.process, first)
            self.process = None

    def _signal(self, number: signal.Signals) -> None:
        if self.running and self.process is not None:
            for pid in descendants(self.process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
