"""`observer attach` as a process that tests start, look at, interrupt and kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from replay.recording import Heard, Recording
from tests.components.process import until

COMMAND = (sys.executable, "-m", "observer")
PLAIN = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE")}


def observer(*arguments: object, within: float = 60.0) -> subprocess.CompletedProcess[bytes]:
    """A command in a process of its own, to its end."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, env=PLAIN, timeout=within)


class Attach:
    """One run of the command. `limited` stands before it, as `prlimit` does."""

    def __init__(self, *arguments: object, limited: tuple[str, ...] = (), stdin: int = subprocess.DEVNULL) -> None:
        """Starts it; what it says goes to files without a name."""
        self.process = subprocess.Popen(
            [*limited, *COMMAND, "attach", *map(str, arguments)],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=PLAIN,
        )
        assert self.process.stderr is not None
        assert self.process.stdout is not None
        os.set_blocking(self.process.stderr.fileno(), False)
        os.set_blocking(self.process.stdout.fileno(), False)
        self._said = self._printed = b""

    @property
    def said(self) -> str:
        """What it has said on stderr so far."""
        assert self.process.stderr is not None
        self._said += self.process.stderr.read() or b""
        return self._said.decode()

    @property
    def printed(self) -> bytes:
        """What it has printed so far."""
        assert self.process.stdout is not None
        self._printed += self.process.stdout.read() or b""
        return self._printed

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    @property
    def looks(self) -> bool:
        """Whether it has asked for its signals, as it does just before its first look."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        return bool(caught >> (signal.SIGTERM - 1) & 1)

    def until_said(self, text: str, within: float = 30.0) -> None:
        """Waits for words on stderr."""
        until(lambda: text in self.said, f"attach says {text!r}", within, told=lambda: self.said)

    def kill(self) -> None:
        """Ends it with SIGKILL."""
        self.process.kill()
        self.process.wait()

    def end(self, by: signal.Signals = signal.SIGINT, within: float = 30.0) -> int:
        """Asks it to end, if it has not; its exit code."""
        if self.running:
            self.process.send_signal(by)
        return self.ended(within)

    def ended(self, within: float = 30.0) -> int:
        """Waits for its end; its exit code."""
        code = self.process.wait(within)
        _ = self.said, self.printed
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        for pipe in (self.process.stdout, self.process.stderr, self.process.stdin):
            if pipe is not None:
                pipe.close()


def heard(recording: Path) -> dict[int, Heard]:
    """What a recording holds of every source, which somebody may be writing."""
    if not recording.exists():
        return {}
    with Recording.open_to_read(recording) as opened:
        last = opened.last()
        return {} if last is None else opened.heard_at_end(last.first_seq)


def read_bytes(recording: Path) -> int:
    """Bytes of all sources."""
    return sum(one.raw_bytes for one in heard(recording).values())


def sources_read(recording: Path) -> int:
    """Sources of which something has come."""
    return len(heard(recording))
