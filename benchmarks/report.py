"""Figures as a table for people, as JSON, and as the page docs/speed.md."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks import judging, memory, profile, targets
from benchmarks.judging import Judgements, table
from benchmarks.memory import Peak
from benchmarks.process import Cost
from benchmarks.profile import Profile
from benchmarks.targets import Target

LIBRARIES = ("hyperscan", "immutables", "msgspec", "numpy", "orjson", "zstandard")
TOOLS = ("grep", "rg", "jq")
HEADINGS = ("figure", "s", "CPU s", "MB/CPU s", "x grep -f", "x expert", "x jq", "MB peak", "limit", "what it does")
_WORDS = (0, 8, 9)
"""Columns of words in it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, measured."""

    name: str
    what: str
    size: int | None
    cost: Cost
    beside: tuple[float | None, float | None, float | None]
    """Speed as a multiple of the floor's, of the expert's pipeline and of jq's; None where there is no such tool, or
    the bytes say nothing."""
    limit: str
    """The stage that takes most."""

    @property
    def speed(self) -> float | None:
        """MB of log in a second of processor."""
        return None if self.size is None else self.size / 1e6 / self.cost.cpu

    def cells(self) -> tuple[str, ...]:
        """As shown."""
        return (
            self.name,
            f"{self.cost.seconds:.2f}",
            f"{self.cost.cpu:.2f}",
            "" if self.speed is None else f"{self.speed:,.0f}",
            *("" if ratio is None else f"{ratio:.3g}" for ratio in self.beside),
            f"{self.cost.peak / 1e6:,.0f}",
            self.limit,
            self.what,
        )


@dataclass(frozen=True, slots=True)
class Section:
    """The figures of one system's logs."""

    name: str
    about: list[str]
    rows: list[Row]
    profile: Profile


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one benchmark found."""

    machine: dict[str, str]
    sections: list[Section]
    targets: list[Target]
    peaks: list[Peak]
    notes: list[str]
    judgement: Judgements

    def as_json(self) -> dict[str, object]:
        """With speeds, which are derived."""
        return {
            "machine": self.machine,
            "targets": [asdict(one) for one in self.targets],
            "logs": [
                {
                    "name": one.name,
                    "about": one.about,
                    "figures": [{**asdict(row), "mb_per_second": row.speed} for row in one.rows],
                    "profile": one.profile,
                }
                for one in self.sections
            ],
            "peaks": [asdict(one) for one in self.peaks],
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
    words = said.replace("jq-", "jq ").split()
    return f"{name} {next((word for word in words if word[:1].isdigit()), 'of unknown version')}"


def text(report: Report) -> str:
    """For a terminal."""
    lines = [f"{name}: {value}" for name, value in report.machine.items()]
    lines += ["", *table([targets.HEADINGS, *(one.cells() for one in report.targets)], words=(0, 1, 4, 5))]
    for one in report.sections:
        lines += ["", *one.about, "", *table([HEADINGS, *(row.cells() for row in one.rows)], words=_WORDS)]
        lines += ["", *table(profile.rows(one.profile), words=(0,))]
    lines += ["", *table([memory.HEADINGS, *(one.cells() for one in report.peaks)], words=(0,))]
    judged = [judging.HEADINGS, *(row.cells() for row in report.judgement.rows)]
    return "\n".join([*lines, "", *report.notes, "", *report.judgement.about, "", *table(judged)])


def page(report: Report, command: str) -> str:
    """docs/speed.md."""
    lines = [
        "# Speed",
        "",
        f"Written by `{command}`; do not edit.",
        "All figures were taken in one run and on the same files. A busy machine slows all of them, the clock's more",
        "than the processor's, so what is compared are seconds of processor (`CPU s`): a figure that is to hold on one",
        "core must not gain by a second one. `limit` is the stage that takes most, from the profile below.",
        "",
        *(f"- {name}: {value}" for name, value in report.machine.items()),
        "",
        "## Targets",
        "",
        *_markdown(targets.HEADINGS, (one.cells() for one in report.targets), words=(0, 1, 4, 5)),
        "",
        "How soon a live run has caught up after a restart is measured by `python -m benchmarks.latency`.",
    ]
    for one in report.sections:
        lines += ["", f"## {one.name}", "", *one.about]
        lines += ["", *_markdown(HEADINGS, (row.cells() for row in one.rows), _WORDS)]
        lines += ["", "Where time goes, CPU s and share of each stage:", "", *_markdown_of(profile.rows(one.profile))]
    lines += [
        "",
        "`x` is the speed as a multiple of `grep -c -F -f NEEDLES`, of the expert's pipeline, of `jq`. `s` and `CPU s`",
        "are medians, `MB peak` is the most of any run (a tool below what Python itself takes shows as that, since a",
        "child inherits the mark of the process that started it).",
        "",
        *report.notes,
        "",
        "## Memory",
        "",
        "Live entities are the entries of all maps of the last state; a block stands in two of them.",
        "",
        *_markdown(memory.HEADINGS, (one.cells() for one in report.peaks), words=(0,)),
        "",
        "## Judgement",
        "",
        *report.judgement.about,
        "",
        *_markdown(judging.HEADINGS, (row.cells() for row in report.judgement.rows)),
        "",
        "`slower` is by how much more processor time playing takes than `plain play` in the same mode and round, the",
        "median of the rounds; `load s` comes once, however long the journal is.",
    ]
    return "\n".join(lines).rstrip() + "\n"


def _markdown_of(rows: Sequence[tuple[str, ...]]) -> list[str]:
    return _markdown(rows[0], rows[1:], words=(0,))


def _markdown(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]], words: tuple[int, ...] = (0, 1)) -> list[str]:
    """A table. Columns of words are aligned to the left; a bar within one is no end of it."""
    ruler = ["---" if at in words else "---:" for at in range(len(headings))]
    shown = ([cell.replace("|", "\\|") for cell in cells] for cells in rows)
    return [f"| {' | '.join(cells)} |" for cells in (headings, ruler, *shown)]
