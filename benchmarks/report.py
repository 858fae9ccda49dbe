"""Figures as a table for people, as JSON, and as the page docs/speed.md."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks.judging import HEADINGS, Judgements, table
from benchmarks.process import Cost

LIBRARIES = ("hyperscan", "immutables", "msgspec", "numpy", "orjson", "zstandard")
TOOLS = ("grep", "rg")
_HEADINGS = ("figure", "s", "CPU s", "MB/s", "x grep -f", "x grep", "MB peak", "what it does")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, measured."""

    name: str
    what: str
    size: int | None
    cost: Cost
    by_floor: float | None
    """Speed as a multiple of the floor's; None where there is no such tool, or the bytes say nothing."""
    by_one: float | None
    """The same to grep with one literal."""

    @property
    def speed(self) -> float | None:
        """MB of log a second."""
        return None if self.size is None else self.size / 1e6 / self.cost.seconds

    def cells(self) -> tuple[str, ...]:
        """As shown."""
        return (
            self.name,
            f"{self.cost.seconds:.2f}",
            f"{self.cost.cpu:.2f}",
            "" if self.speed is None else f"{self.speed:,.0f}",
            "" if self.by_floor is None else f"{self.by_floor:.3f}",
            "" if self.by_one is None else f"{self.by_one:.3f}",
            f"{self.cost.peak / 1e6:,.0f}",
            self.what,
        )


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one benchmark found."""

    machine: dict[str, str]
    about: list[str]
    rows: list[Row]
    notes: list[str]
    judgement: Judgements

    def as_json(self) -> dict[str, object]:
        """With speeds, which are derived."""
        return {
            "machine": self.machine,
            "about": self.about,
            "figures": [{**asdict(row), "mb_per_second": row.speed} for row in self.rows],
            "notes": self.notes,
            "judgement": self.judgement.as_json(),
        }


def machine() -> dict[str, str]:
    """What the figures depend on besides the code. It names no host."""
    return {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cores": _cores(),
        "load before": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "libraries": ", ".join(f"{name} {_library(name)}" for name in LIBRARIES),
        "tools": ", ".join(_tool(name) for name in TOOLS),
    }


def _cores() -> str:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{usable} of {os.cpu_count()}"


def _library(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:
        return "missing"


def _tool(name: str) -> str:
    if shutil.which(name) is None:
        return f"{name} missing"
    said = subprocess.run([name, "--version"], capture_output=True, text=True, check=False).stdout
    return f"{name} {next((word for word in said.split() if word[:1].isdigit()), 'of unknown version')}"


def text(report: Report) -> str:
    """For a terminal."""
    rows = table([_HEADINGS, *(row.cells() for row in report.rows)], words=(0, len(_HEADINGS) - 1))
    judged = table([HEADINGS, *(row.cells() for row in report.judgement.rows)])
    head = [f"{name}: {value}" for name, value in report.machine.items()]
    return "\n".join([*head, *report.about, "", *rows, "", *report.notes, "", *report.judgement.about, "", *judged])


def page(report: Report, command: str) -> str:
    """docs/speed.md."""
    lines = [
        "# Speed",
        "",
        f"Written by `{command}`; do not edit.",
        "Read the figures as ratios: all of them were taken in one run, on the same files, and a machine with other",
        "work to do slows all of them.",
        "",
        *(f"- {name}: {value}" for name, value in report.machine.items()),
        "",
        *report.about,
        "",
        *_markdown(_HEADINGS, (row.cells() for row in report.rows), words=(0, len(_HEADINGS) - 1)),
        "",
        "`x grep -f` is the speed as a multiple of `grep -c -F -f NEEDLES`, `x grep` of `grep -c -F` with one literal;",
        "`s` and `CPU s` are medians, `MB peak` is the most of any run (a tool below what Python itself takes shows as",
        "that, since a child inherits the mark of the process that started it).",
        "",
        *report.notes,
        "",
        "## Judgement",
        "",
        *report.judgement.about,
        "",
        *_markdown(HEADINGS, (row.cells() for row in report.judgement.rows)),
        "",
        "`slower` is by how much more processor time playing takes than `plain play` in the same mode and round, the",
        "median of the rounds; `load s` comes once, however long the journal is.",
    ]
    return "\n".join(lines).rstrip() + "\n"


def _markdown(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]], words: tuple[int, ...] = (0, 1)) -> list[str]:
    """A table. Columns of words are aligned to the left."""
    ruler = ["---" if at in words else "---:" for at in range(len(headings))]
    return [f"| {' | '.join(cells)} |" for cells in (headings, ruler, *rows)]
