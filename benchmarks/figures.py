"""What is measured: the observer's own commands, and beside them the tools that people use on logs today."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.generate import LogSet
from benchmarks.process import CommandFailed, Cost, python, run

BARE = "python -c pass"
IMPORT, SEQUENCE, STATE, STATUS = "observer import", "plain sequence", "observer state", "observer status"
UNJUDGED = f"{IMPORT} --no-judge"
STATE_AGAIN, STATUS_AGAIN = f"{STATE}, again", f"{STATUS}, again"
"""Asked of the same recording once more."""
STATUS_JUDGED, ALERTS = f"{STATUS} --rules builtin", "observer alerts"
HOT, COLD, JUDGED_HOT, JUDGED_COLD = "replay, hot", "replay, cold", "judged, hot", "judged, cold"
STATES_IMPORT, STATES_JUDGED = "state lines only: import", "state lines only: judged"
FLOOR = "grep -c -F -f NEEDLES"
"""The floor of ratios: the same literals, found and counted, and nothing made of them."""
EXPERT = "rg -F -f NEEDLES | python"
JQ = "jq -c select(...)"
PROFILED = {IMPORT: "import", HOT: "replay, hot", COLD: "replay, cold", JUDGED_HOT: "judged, hot"}
PROFILED |= {JUDGED_COLD: "judged, cold", "observer replay": "replay, hot", UNJUDGED: "import --no-judge"}
PROFILED |= {"observer verify": "replay, cold", STATE: "state", STATUS: "status", STATUS_JUDGED: "judged, hot"}
"""Figures with the profile that tells what limits them."""
_TIME = len("2026-11-21 07:02:58.504")
_TAIL = 1 << 16
"""Bytes in which the last line of a log certainly begins."""
_FOUND_OR_NOT = (0, 1)
"""Exit statuses with which grep and rg did their work, and `alerts` its."""

_STANDINGS = (0, 1, 3)
"""And `status` its: all is well, an alert fires, what was needed was not observed."""
_OF_STATUS = ((STATUS, "what is wrong at the end, as import judged it"), (STATUS_AGAIN, "the same"))


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
    """The logs of one system, and where the figures find what they work on."""

    system: str
    literal: str
    """What is looked for where one literal is."""
    about: str
    logs: LogSet
    slice: LogSet
    """Smaller logs, for what looks at every line."""
    folder: Path
    states: LogSet | None = None
    """Logs of which every line carries state."""

    @property
    def recording(self) -> Path:
        """Of all logs."""
        return self.folder / "all.rec"

    @property
    def small_recording(self) -> Path:
        """Of the slice."""
        return self.folder / "slice.rec"

    @property
    def states_recording(self) -> Path:
        """Of the lines that carry state."""
        return self.folder / "states.rec"

    @property
    def needles(self) -> Path:
        """The parsers' literals, one a line."""
        return self.folder / "needles"


def importing(files: Sequence[Path], recording: Path, *options: str) -> list[str]:
    """The command that imports logs."""
    return python("observer", "import", *map(str, files), "-o", str(recording), "--quiet", *options)


def prepared(work: Work) -> None:
    """Make what several figures share. Reading the logs here also leaves them in the page cache."""
    work.folder.mkdir(parents=True, exist_ok=True)
    _cost, needles = run(python("benchmarks.needles", work.system))
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
    """The time of a line: the first thing in it, or in JSON the second."""
    _, found, behind = line.partition(b'"time":"')
    return datetime.fromisoformat((behind if found else line)[:_TIME].decode())


def ours(work: Work) -> list[Figure]:
    """The observer's figures. Import comes first: the others read what it made, judged."""
    size, logs, recording = work.logs.size, work.logs, str(work.recording)
    plain = work.folder / "plain.db"
    figures = [
        Figure(BARE, [sys.executable, "-c", "pass"], None, "what any Python program takes"),
        _import(UNJUDGED, logs, work.recording, "merge by time, compress, fold, checkpoints, hot lines", "--no-judge"),
        _import(IMPORT, logs, work.recording, "the same, and judge by the rules that ship"),
        Figure(
            SEQUENCE,
            python("benchmarks.plain_import", *map(str, logs.files), "-o", str(plain)),
            size,
            "read, split, date, compress, insert",
            lambda: plain.unlink(missing_ok=True),
        ),
        Figure(HOT, python("benchmarks.fold", recording), size, "play from the lines that import kept apart"),
        Figure(COLD, python("benchmarks.fold", recording, "--cold"), size, "play from everything"),
        Figure(JUDGED_HOT, python("benchmarks.ruled", recording), size, "the same, judged by the rules that ship"),
        Figure(JUDGED_COLD, python("benchmarks.ruled", recording, "--cold"), size, "from everything, judged"),
        Figure("observer replay", _command("replay", recording), size, "play and tell what happened"),
        Figure(
            ALERTS, _command("alerts", recording), None, "what import judged, each with its lines", good=_FOUND_OR_NOT
        ),
        Figure("observer verify", python("observer", "verify", recording), size, "every checksum, and replay, cold"),
        Figure(STATE, _command("state", recording), None, "open the last state"),
        Figure(STATE_AGAIN, _command("state", recording), None, "the same"),
        Figure(
            "observer state --at", _command("state", recording, "--at", middle(logs)), None, "open one in the middle"
        ),
        *(Figure(name, _command("status", recording), None, what, good=_STANDINGS) for name, what in _OF_STATUS),
        Figure(
            STATUS_JUDGED,
            _command("status", recording, "--rules", "builtin"),
            size,
            "the same, judged when it is asked",
            good=_STANDINGS,
        ),
        Figure(
            "observer coverage",
            _command("coverage", str(work.small_recording)),
            work.slice.size,
            f"every line read, on {work.slice.size / 1e6:.0f} MB",
        ),
    ]
    if work.states is not None:
        states = str(work.states_recording)
        figures += [
            _import(STATES_IMPORT, work.states, work.states_recording, "of the lines that hold a literal"),
            Figure(STATES_JUDGED, python("benchmarks.ruled", states, "--cold"), work.states.size, "from everything"),
        ]
    return figures


def _import(name: str, logs: LogSet, recording: Path, what: str, *options: str) -> Figure:
    command = importing(logs.files, recording, *options)
    return Figure(name, command, logs.size, what, lambda: recording.unlink(missing_ok=True))


def _command(name: str, *arguments: str) -> list[str]:
    return python("observer", name, *arguments, "--json")


def peers(work: Work) -> tuple[list[Figure], list[str]]:
    """Other tools on the same bytes, and what there is to say of those that are left out."""
    log, size, literal = str(work.logs.together), work.logs.size, work.literal
    needles = str(work.needles)
    asked: list[tuple[str, list[str], str]] = [
        ("grep -c -F", ["grep", "-c", "-F", literal, log], f"lines with {literal!r}"),
        (FLOOR, ["grep", "-c", "-F", "-f", needles, log], "lines with any literal of the parsers"),
        ("rg -c -F", ["rg", "-c", "-F", literal, log], f"lines with {literal!r}"),
        ("rg -c -F -f NEEDLES", ["rg", "-c", "-F", "-f", needles, log], "lines with any literal"),
    ]
    figures, missing = [], []
    if work.states is not None:
        select = f"select(.message == {literal!r})".replace("'", '"')
        found = shlex.join(["rg", "-HNF", "--no-heading", "-f", needles, *map(str, work.logs.files)])
        pipeline = f"{found} | {shlex.join(python('benchmarks.expert'))}"
        asked += [
            (JQ, ["jq", "-c", select, log], f"lines whose message is {literal!r}"),
            (EXPERT, ["sh", "-c", pipeline], "any literal; by message, and each node's last (ten lines, orjson)"),
        ]
    else:
        missing.append(f"jq and the pipeline with orjson are left out for {work.about}: that format is no JSON.")
    for name, command, what in asked:
        lacking = [tool for tool in (command[0], name.split()[0]) if shutil.which(tool) is None]
        if lacking:
            missing.append(f"{name} is left out: {lacking[0]} is not installed.")
        else:
            figures.append(Figure(name, command, size, what, good=_FOUND_OR_NOT))
    return figures, missing


def same_answers(outputs: dict[str, bytes]) -> None:
    """Hot and cold must agree: a fast wrong answer is none. Raises CommandFailed."""
    for hot, cold in ((HOT, COLD), (JUDGED_HOT, JUDGED_COLD)):
        if outputs[hot] != outputs[cold]:
            raise CommandFailed(f"{hot} and {cold} differ: {outputs[hot]!r}, {outputs[cold]!r}")
