"""One run measured: simulated, recorded, compared minute by minute, and watched by the shipped rules."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.accuracy.agreement import Tally
from benchmarks.accuracy.alerts import fired, unknown
from benchmarks.accuracy.stuck import Watched, matched
from benchmarks.accuracy.xmtpd import laws
from benchmarks.accuracy.xmtpd.compare import compared
from benchmarks.accuracy.xmtpd.expected import expected
from benchmarks.accuracy.xmtpd.making import inventory_of, logs_of, recorded, simulated
from benchmarks.accuracy.xmtpd.truth import read
from replay.recording import Recording
from waits.entities import about

if TYPE_CHECKING:
    from benchmarks.accuracy.stuck import Detected
    from benchmarks.accuracy.xmtpd.runs import Run

LAWS = ("laws", "blind")


@dataclass(slots=True)
class Measured:
    """What was found in one run."""

    run: Run
    tally: Tally = field(default_factory=Tally)
    watched: Watched = field(default_factory=Watched)
    laws: list[laws.Law] = field(default_factory=list)
    start: int = 0
    digest: str = ""


def measured(run: Run) -> Measured:
    """Everything, in a folder of its own that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="observer-accuracy-") as name:
        folder = Path(name)
        if run.variant in LAWS:
            return Measured(run, laws=list(laws.tried(run, folder)))
        truth = read(simulated(run, folder / "logs"))
        path = folder / "run.rec"
        digest = recorded(logs_of(run, folder / "logs"), inventory_of(run), path)
        with Recording.open_to_read(path) as recording:
            tally = compared(run.name, recording, truth, watchers=run.order.watchers, missing=run.missing)
            stuck = expected(truth, watchers=run.order.watchers)
            found = matched(run.name, stuck, fired(recording), truth.end)
            found.detected = _with_blindness(found.detected, recording)
    return Measured(run, tally, found, start=truth.start, digest=digest)


def _with_blindness(detected: list[Detected], recording: Recording) -> list[Detected]:
    """Where an alert did not fire: whether it could be judged when it was due."""
    moments = {_due(one) for one in detected if one.fired is None}
    if not moments:
        return detected
    blind = unknown(recording, moments)
    return [
        one
        if one.fired is not None
        else replace(one, blind=_why(blind[_due(one)], one.expected.rules[0], about(one.expected.labels)))
        for one in detected
    ]


def _due(one: Detected) -> int:
    notice = one.expected.notice or 0
    return min(one.expected.since + notice, one.expected.until - 1)


def _why(blind: dict[tuple[str, str | None], str], rule: str, thing: str) -> str:
    return blind.get((rule, thing)) or blind.get((rule, None)) or ""
