"""Running one command as a whole process, and what it cost.

Whole processes are what a person waits for: the interpreter, the imports and the closing of files count.
A child's peak memory is at least that of the process it was started from, since Linux carries the mark
over `exec`. So whoever calls this imports little, and lets other processes make and read what is large.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in one unit of `ru_maxrss`."""
_ANSWER = 1 << 20
"""Bytes of output that are given back: whoever held more would be the peak of every child that he starts."""
_FEW = 400
"""Bytes of a failed command's complaint that are shown."""


class CommandFailed(Exception):
    """A command that was to be measured did not do its work."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one or several runs of a command cost."""

    seconds: float
    """From starting it until it was gone."""
    cpu: float
    """Seconds of processor, its own and the system's: steadier than `seconds` where others are busy."""
    peak: int
    """Bytes of memory at most."""


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of this project."""
    return [sys.executable, "-m", module, *arguments]


def run(command: Sequence[str], good: Sequence[int] = (0,)) -> tuple[Cost, bytes]:
    """Run a command to its end; gives back its cost and the beginning of its output.

    The output goes to a file: GNU grep stops at the first hit when it is told to write to /dev/null. Peers
    get the C locale, in which they are fastest, and Python keeps what it has compiled, as it does where nobody forbids
    it. Raises CommandFailed.
    """
    environment = {**os.environ, "LC_ALL": "C", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaints:
        began = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=complaints, stdin=subprocess.DEVNULL, env=environment)
        _pid, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        complaints.seek(0)
        if child.returncode not in good:
            said = complaints.read()[-_FEW:].decode(errors="replace").strip()
            raise CommandFailed(f"{' '.join(command)}: ended with status {child.returncode}: {said}")
        return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * _RSS_UNIT), out.read(_ANSWER)


def typical(costs: Sequence[Cost]) -> Cost:
    """The median of times, the most of memory."""
    return Cost(
        seconds=median(cost.seconds for cost in costs),
        cpu=median(cost.cpu for cost in costs),
        peak=max(cost.peak for cost in costs),
    )
