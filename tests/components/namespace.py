"""A network namespace without a name: it is gone with its last process, so none is ever left behind.

Only root may make one here. Elsewhere, and where the kernel refuses, there is none, and that is said.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

from tests.components.absent import program
from tests.components.process import Component

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


class Namespace(Component):
    """Holds the namespace, with its loopback up; `inside` runs commands in it, `connect` reaches their ports."""

    name: ClassVar[str] = "namespace"

    def command(self) -> list[str]:
        """A process that does nothing but be in it."""
        return [
            "unshare",
            "--net",
            "sh",
            "-c",
            f"{program('ip', 'iproute2')} link set lo up && echo up && exec sleep 1000000",
        ]

    def ready(self) -> bool:
        """Its loopback is up."""
        return self.said().endswith("up\n")

    def inside(self, command: list[str]) -> list[str]:
        """The command, as it runs in the namespace."""
        return ["nsenter", f"--net={self._path}", *command]

    def connect(self, port: int, timeout: float) -> socket.socket:
        """A connection to a port of the namespace's 127.0.0.1; it may be used anywhere in this process."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(1, "namespace", self._enter)
        return self._threads.submit(socket.create_connection, ("127.0.0.1", port), timeout).result()

    def close(self) -> None:
        """Ends the holder; the namespace goes with the last process in it."""
        if self._threads is not None:
            self._threads.shutdown()
        super().close()

    @property
    def _path(self) -> Path:
        assert self.process is not None
        return Path(f"/proc/{self.process.pid}/ns/net")

    def _enter(self) -> None:
        """Moves the calling thread, and nothing but that."""
        with self._path.open() as entered:
            if _LIBC.setns(entered.fileno(), _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    _threads: ThreadPoolExecutor | None = None


def namespace() -> Namespace | None:
    """One that is up, or None, told on stderr."""
    if os.geteuid() == 0 and _permitted():
        return Namespace().start()
    sys.stderr.write("!!! no network namespace can be made here; nodes share this machine's loopback !!!\n")
    return None


def _permitted() -> bool:
    return subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode == 0
