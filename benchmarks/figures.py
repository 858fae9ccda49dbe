"""What is measured: the observer's own commands, and beside them the tools that people use on logs today."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.generate import LogSet
from benchmarks.process import CommandFailed, Cost, python, run

FLOOR = "grep -c -F -f NEEDLES"
"""The floor of ratios: the same literals, found and counted, and nothing made of them."""
ONE = "grep -c -F"
LITERAL = "BLOCK SUCCESSFULLY ADDED"
_TIME = len("2026-11-21 07:02:58.504")
_TAIL = 1 << 16
"""Bytes in which the last line of a log certainly begins."""
_FOUND_OR_NOT = (0, 1)
"""Exit statuses with which grep and rg did their work."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One command that is measured."""

    name: str
    command: Sequence[str]
    size: int | None
    """Bytes of log that it stands for; None where that says nothing."""
    what: str
    before: Callable[[], object] = lambda: None
    """Done before each run, and not measured."""
    good: Sequence[int] = (0,)

    def measured(self) -> tuple[Cost, bytes]:
        """Run it once. Raises CommandFailed."""
        self.before()
        return run(self.command, self.good)


@dataclass(frozen=True, slots=True)
class Work:
    """Where the figures find what they work on."""

    logs: LogSet
    slice: LogSet
    """Smaller logs, for what looks at every line."""
    folder: Path

    @property
    def recording(self) -> Path:
        """Of all logs."""
        return self.folder / "all.rec"

    @property
    def small_recording(self) -> Path:
        """Of the slice."""
        return self.folder / "slice.rec"

    @property
    def needles(self) -> Path:
        """The parsers' literals, one a line."""
        return self.folder / "needles"


def importing(files: Sequence[Path], recording: Path) -> list[str]:
    """The command that imports logs."""
    return python("observer", "import", *map(str, files), "-o", str(recording), "--quiet")


def prepared(work: Work) -> None:
    """Make what several figures share. Reading the logs here also leaves them in the page cache."""
    work.folder.mkdir(parents=True, exist_ok=True)
    _cost, needles = run(python("benchmarks.needles"))
    work.needles.write_bytes(needles)
    work.small_recording.unlink(missing_ok=True)
    run(importing(work.slice.files, work.small_recording))
    run(["wc", "-l", *map(str, work.logs.files), str(work.logs.together)])


def middle(logs: LogSet) -> str:
    """A time in the middle of the logs."""
    with logs.files[0].open("rb") as file:
        first = _written(file.readline())
        file.seek(-min(_TAIL, logs.files[0].stat().st_size), 2)
        last = _written(file.readlines()[-1])
    return f"{(first + (last - first) / 2).isoformat()}Z"


def _written(line: bytes) -> datetime:
    return datetime.fromisoformat(line[:_TIME].decode())


def ours(work: Work) -> list[Figure]:
    """The observer's figures. Import comes first: the others read what it made."""
    size, recording = work.logs.size, str(work.recording)
    logs = work.logs
    return [
        Figure("python -c pass", [sys.executable, "-c", "pass"], None, "what any Python program takes"),
        Figure(
            "observer import",
            importing(logs.files, work.recording),
            size,
            "merge by time, compress, fold, checkpoints, hot lines",
            lambda: work.recording.unlink(missing_ok=True),
        ),
        Figure("fold, hot", python("benchmarks.fold", recording), size, "play from the lines that import kept apart"),
        Figure(
            "fold, cold",
            python("benchmarks.fold", recording, "--cold"),
            size,
            "play from everything: read, match, fold",
        ),
        Figure(
            "observer replay", python("observer", "replay", recording, "--json"), size, "play and tell what happened"
        ),
        Figure("observer verify", python("observer", "verify", recording), size, "every checksum, and fold, cold"),
        Figure("last state", python("observer", "state", recording, "--json"), None, "open the state at the end"),
        Figure(
            "seek",
            python("observer", "state", recording, "--at", middle(logs), "--json"),
            None,
            "open the state in the middle",
        ),
        Figure(
            "observer coverage",
            python("observer", "coverage", str(work.small_recording), "--json"),
            work.slice.size,
            f"every line read, on {work.slice.size / 1e6:.0f} MB",
        ),
    ]


def peers(work: Work) -> tuple[list[Figure], list[str]]:
    """Other tools on the same bytes, and what there is to say of those that are left out."""
    log, size = str(work.logs.together), work.logs.size
    asked: list[tuple[str, list[str], str]] = [
        (ONE, ["grep", "-c", "-F", LITERAL, log], f"lines with {LITERAL!r}"),
        (FLOOR, ["grep", "-c", "-F", "-f", str(work.needles), log], "lines with any literal of the parsers"),
        ("rg -c -F", ["rg", "-c", "-F", LITERAL, log], f"lines with {LITERAL!r}"),
        ("rg -c -F -f NEEDLES", ["rg", "-c", "-F", "-f", str(work.needles), log], "lines with any literal"),
    ]
    figures, missing = [], ["jq is left out: this format is no JSON."]
    for name, command, what in asked:
        if shutil.which(command[0]) is None:
            missing.append(f"{name} is left out: {command[0]} is not installed.")
        else:
            figures.append(Figure(name, command, size, what, good=_FOUND_OR_NOT))
    return figures, missing


def same_answers(outputs: dict[str, bytes]) -> None:
    """Hot and cold must agree: a fast wrong answer is none. Raises CommandFailed."""
    if outputs["fold, hot"] != outputs["fold, cold"]:
        raise CommandFailed(f"hot and cold lines fold differently: {outputs['fold, hot']!r}, {outputs['fold, cold']!r}")
