"""Where time goes, stage by stage: `python -m benchmarks.profile`, `make profile`.

A profile is a sampling of processor time: a thousand times a second the stack is looked at, and the time since the last
look is given to the stage of the innermost function that has one. Calls into C (hyperscan, zstd, SQLite) are looked at
when they return, so they get the time that they took. The collector's runs are timed by its own callbacks. What is
profiled runs in a process of its own, from its start to its end.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType

from benchmarks import generate, xmtpd
from benchmarks.figures import importing
from benchmarks.generate import LogSet
from benchmarks.judging import table
from benchmarks.process import ROOT, CommandFailed, python, run
from observer.main import tune

EVERY = 0.001
"""Seconds of processor from one look to the next."""
START, COLLECTOR, FOLD, JUDGE = "start, imports", "collector", "fold", "judge"
STAGES: tuple[tuple[str, str, str], ...] = (
    ("store", r"replay/recording", r"add_.*|set_.*|commit|finish|seal.*|reseal|_become_one_file|close"),
    ("store", r"replay/(blocks|wanted)", r"pack|packed|checksum"),
    ("store", r"replay/(play|folding)", r"checkpoint|held|keep|folded"),
    ("store", r"state/encoding", r".*"),
    ("read, decompress", r"replay/(recording|blocks|opening)", r".*"),
    ("read, decompress", r"replay/wanted", r"unpacked"),
    ("read, decompress", r"replay/folding", r"restore"),
    ("cut, date", r"replay/(reading|stamps|ordering|importing)", r".*"),
    ("merge", r"replay/(merge|sealing|journal)", r".*"),
    ("match", r"parsers/matcher", r".*"),
    ("play", r"replay/(wanted|play|folding)", r"lines|steps|_step|__new__"),
    ("match", r"replay/wanted", r".*"),
    ("parse", r"parsers/.*", r".*"),
    (FOLD, r"state/.*", r".*"),
    (JUDGE, r"waits/.*|replay/(judging|judgement)|observer/(judged|rulefiles/.*)", r".*"),
    ("play", r"replay/.*", r".*"),
    ("tell", r"observer/.*", r".*"),
)
"""Stage, module and function, in the order in which they are tried."""
ORDER = tuple(dict.fromkeys([START, *(stage for stage, _module, _function in STAGES), COLLECTOR, "other"]))
_BEFORE_ARGUMENTS = len(python("observer"))
WORK = {
    "import --no-judge": "import --no-judge",
    "import": "import",
    "replay, hot": "fold",
    "replay, cold": "fold --cold",
    "judged, hot": "ruled",
    "judged, cold": "ruled --cold",
    "state": "state",
    "status": "status",
}
"""What is profiled, and what runs then."""


@cache
def stage_of(file: str, function: str) -> str | None:
    """The stage of a function, if it has one of its own."""
    if file.startswith("<frozen importlib"):
        return START
    if not file.startswith(f"{ROOT}/"):
        return None
    module = file.removeprefix(f"{ROOT}/").removesuffix(".py")
    for stage, modules, functions in STAGES:
        if re.fullmatch(modules, module) and re.fullmatch(functions, function):
            return stage
    return None


def stage_at(frame: FrameType | None) -> str:
    """The stage of a stack, told from its innermost frame."""
    stages: list[str | None] = []
    while frame is not None:
        stages.append(stage_of(frame.f_code.co_filename, frame.f_code.co_name))
        frame = frame.f_back
    return stage_among(stages)


def stage_among(stages: Iterable[str | None]) -> str:
    """The stage of a stack whose functions have these, the innermost first. What runs while a module is imported
    belongs to that, and what a rule reads off a snapshot to judging.
    """
    known = [stage for stage in stages if stage is not None]
    if START in known:
        return START
    if not known:
        return "other"
    asked_by = next((stage for stage in known if stage != FOLD), None)
    return JUDGE if known[0] == FOLD and asked_by == JUDGE else known[0]


@contextmanager
def sampled() -> Iterator[dict[str, float]]:
    """Seconds of processor by stage, complete when this is left; the process up to here is its start."""
    spent: dict[str, float] = defaultdict(float)
    spent[START] = last = time.process_time()
    collecting = 0.0

    def look(_signal: int, frame: FrameType | None) -> None:
        nonlocal last
        now = time.process_time()
        spent[stage_at(frame)] += now - last
        last = now

    def collector(phase: str, _info: dict[str, int]) -> None:
        nonlocal last, collecting
        now = time.process_time()
        if phase == "start":
            collecting = now
        else:
            spent[COLLECTOR] += now - collecting
            last += now - collecting

    gc.callbacks.append(collector)
    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        yield spent
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        gc.callbacks.remove(collector)


def done(work: str, recording: Path, files: list[Path]) -> dict[str, float]:
    """Seconds of each stage of one piece of work, done here and now."""
    acts: dict[str, Callable[[], object]] = {
        "import": lambda: _imported(files, recording),
        "import --no-judge": lambda: _imported(files, recording, "--no-judge"),
        "fold": lambda: _folded(recording, hot=True),
        "fold --cold": lambda: _folded(recording, hot=False),
        "ruled": lambda: _ruled(recording, hot=True),
        "ruled --cold": lambda: _ruled(recording, hot=False),
        "state": lambda: _commanded("state", str(recording), "--json"),
        "status": lambda: _commanded("status", str(recording), "--json"),
    }
    with sampled() as spent:
        acts[work]()
    return dict(spent)


def _imported(files: list[Path], recording: Path, *options: str) -> None:
    recording.unlink(missing_ok=True)
    _commanded(*importing(files, recording, *options)[_BEFORE_ARGUMENTS:])


def _commanded(*arguments: str) -> None:
    from observer.main import run as command

    command(list(arguments))


def _folded(recording: Path, *, hot: bool) -> None:
    from benchmarks.fold import played

    played(recording, hot=hot)


def _ruled(recording: Path, *, hot: bool) -> None:
    from benchmarks.ruled import played

    played(recording, hot=hot)


Profile = dict[str, dict[str, float]]
"""Of each piece of work the seconds of its stages."""


def profiled(logs: LogSet, recording: Path, runs: int, works: Iterable[str] = WORK) -> Profile:
    """Every piece of work, or some, each time in a process of its own; of several runs the quickest counts. Raises
    CommandFailed.
    """
    found: Profile = {}
    for name in works:
        tries = []
        for _ in range(runs):
            asked = ["--one", WORK[name], "--recording", str(recording), *map(str, logs.files)]
            command = python("benchmarks.profile", *asked)
            tries.append(json.loads(run(command)[1].splitlines()[-1]))
        found[name] = min(tries, key=lambda one: sum(one.values()))
    return found


def largest(stages: dict[str, float]) -> str:
    """The stage that takes most, with its share."""
    stage = max(stages, key=lambda one: stages[one])
    return f"{stage} {stages[stage] / sum(stages.values()):.0%}"


def rows(found: Profile) -> list[tuple[str, ...]]:
    """A table: stages down, work across."""
    totals = {name: sum(stages.values()) for name, stages in found.items()}
    body = [
        (stage, *(_cell(stages.get(stage, 0.0), totals[name]) for name, stages in found.items()))
        for stage in ORDER
        if any(stages.get(stage, 0.0) for stages in found.values())
    ]
    return [("stage", *found), *body, ("CPU s", *(f"{total:.2f}" for total in totals.values()))]


def _cell(seconds: float, total: float) -> str:
    return f"{seconds:.2f} {seconds / total:4.0%}" if seconds else ""


def main() -> int:
    """Profile and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--recording", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--size", type=generate.parse_size, default="50MB", metavar="BYTES", help="of each kind of log")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="of which the quickest counts")
    parser.add_argument("--dir", type=Path, help="keeps what is generated, and finds it again")
    asked = parser.parse_args()
    if asked.one is not None:
        tune()
        print(json.dumps(done(asked.one, asked.recording, asked.files)))
        return 0
    try:
        with tempfile.TemporaryDirectory(prefix="observer-bench-") as folder:
            _print_all(asked.size, asked.runs, asked.dir or Path(folder), Path(folder))
    except (CommandFailed, OSError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    return 0


def _print_all(size: int, runs: int, cache_: Path, folder: Path) -> None:
    for name, logs in (
        ("xmtpd", xmtpd.generated("mixed", size, cache_)),
        ("Monero", generate.generated(size, generate.NOISE, cache_)),
    ):
        found = profiled(logs, folder / "profile.rec", runs)
        print(f"{name}: {logs.size / 1e6:,.0f} MB, 5% of its lines carry state; CPU s and share of each stage.\n")
        print("\n".join(table(rows(found), words=(0,))), end="\n\n")


if __name__ == "__main__":
    sys.exit(main())
