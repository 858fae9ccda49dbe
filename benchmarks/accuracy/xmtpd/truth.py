"""The truth beside simulated logs (`truth.jsonl`), read back. Nothing of the observer's parsers or state has a hand in
it: what is compared with them must not come from them.

Times are integer nanoseconds, as the journal has them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson

MS = 10**6
SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
FOREVER = 2**62
HOURLY = ("generator", "submitter", "settlement")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that went wrong."""

    kind: str
    since: int
    until: int
    """FOREVER where it lasted to the end of the run."""
    nodes: tuple[int, ...]
    onto: tuple[int, ...] | None = None

    def on(self, at: int) -> bool:
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Stage:
    """A report as the network saw it from an instant on."""

    at: int
    name: str
    attested: tuple[int, ...]
    refused: tuple[int, ...]
    remaining: int | None
    by: int | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a node thought of a report."""

    at: int
    valid: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Status:
    """What a node's database said of a report from an instant on, and what made it say so."""

    at: int
    submission: str
    by: str


T = TypeVar("T", Stage, Status)


def latest(found: Sequence[T], at: int) -> T | None:
    """The last of some changes, in order of time, that had come by an instant."""
    known: T | None = None
    for one in found:
        if one.at > at:
            break
        known = one
    return known


@dataclass(slots=True)
class Report:
    """One report, from its making on."""

    id: str
    originator: int
    start: int
    end: int
    maker: int
    quorum: int
    active: int
    stages: list[Stage] = field(default_factory=list)
    judgements: dict[int, Judgement] = field(default_factory=dict)
    statuses: dict[int, list[Status]] = field(default_factory=lambda: defaultdict(list))
    unjudged: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By node, when it could neither attest it nor refuse it."""
    known_to: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    """By node, whose attestations it came to know when: (time, attester)."""

    @property
    def created(self) -> int:
        return self.stages[0].at

    def stage(self, at: int) -> Stage | None:
        """As it was at an instant, that instant included; None before it was made."""
        return latest(self.stages, at)

    def status(self, node: int, at: int) -> Status | None:
        """What a node's database said."""
        return latest(self.statuses.get(node, []), at)

    def reached(self, *names: str) -> int:
        """When it first came to one of these stages."""
        return next((one.at for one in self.stages if one.name in names), FOREVER)

    @property
    def quorate(self) -> int:
        """When enough nodes had attested it."""
        times = sorted(one.at for one in self.judgements.values() if one.valid)
        return times[self.quorum - 1] if len(times) >= self.quorum else FOREVER


@dataclass(frozen=True, slots=True)
class Clock:
    """A node's vector clock at an instant, and the cursor that it served."""

    at: int
    up: bool
    clock: dict[int, int]
    cursor: dict[int, int]


@dataclass(slots=True)
class Truth:
    """All of one run."""

    start: int
    end: int
    nodes: tuple[int, ...]
    level: str
    minutes: dict[int, dict[str, int]]
    """The minute of the hour of each node's hourly workers."""
    settings: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    reports: dict[str, Report] = field(default_factory=dict)
    clocks: dict[int, list[Clock]] = field(default_factory=lambda: defaultdict(list))
    phases: dict[int, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    streams: dict[tuple[int, int], list[tuple[int, bool]]] = field(default_factory=lambda: defaultdict(list))
    """By reader and peer."""
    gaps: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By originator, the last sequence of each gap."""

    def of(self, kind: str, node: int | None = None) -> list[Fault]:
        """The faults of a kind, or those that a node was under."""
        return [one for one in self.faults if one.kind == kind and (node is None or node in one.nodes)]

    def under(self, kind: str, node: int, at: int) -> bool:
        """Whether a node was under a fault."""
        return any(one.on(at) for one in self.of(kind, node))

    def up(self, node: int, at: int) -> bool:
        """Whether a node's process ran and served."""
        found = "down"
        for when, phase in self.phases[node]:
            if when > at:
                break
            found = phase
        return found == "up"

    def slots(self, node: int, worker: str, since: int, until: int) -> Iterator[int]:
        """The instants in [since, until) at which an hourly worker was due."""
        if self.settings["repeat_every"] * MS != HOUR:
            raise ValueError("only hourly workers have slots here")
        at = since - since % HOUR + self.minutes[node][worker] * MINUTE
        at += HOUR * (at < since)
        while at < until:
            yield at
            at += HOUR


def nanoseconds(text: str) -> int:
    """A time as the truth writes it."""
    when = datetime.fromisoformat(text)
    return int(when.timestamp()) * SECOND + when.microsecond * 1000


def read(path: Path) -> Truth:
    """The truth of a run."""
    lines = path.read_bytes().splitlines()
    run = orjson.loads(lines[0])
    start = nanoseconds(run["at"])
    truth = Truth(
        start,
        start + run["length_ms"] * MS,
        tuple(run["nodes"]),
        run["level"],
        {int(node): workers for node, workers in run["minutes"].items()},
        run["settings"],
    )
    for line in lines[1:]:
        record = orjson.loads(line)
        enter = _ENTERS.get(record["kind"])
        if enter is not None:
            enter(truth, nanoseconds(record["at"]), record)
    truth.faults.sort(key=lambda one: (one.since, one.kind, one.nodes))
    return truth


def _fault(truth: Truth, at: int, record: dict[str, Any]) -> None:
    nodes = tuple(record["nodes"])
    onto = None if record["onto"] is None else tuple(record["onto"])
    if record["phase"] == "begins":
        truth.faults.append(Fault(record["fault"], at, FOREVER, nodes, onto))
        return
    for place, one in enumerate(truth.faults):
        if (one.kind, one.nodes, one.onto, one.until) == (record["fault"], nodes, onto, FOREVER):
            truth.faults[place] = Fault(one.kind, one.since, at, nodes, onto)
            return


def _stage(truth: Truth, at: int, record: dict[str, Any]) -> None:
    report = truth.reports.get(record["report"])
    if report is None:
        report = truth.reports[record["report"]] = Report(
            record["report"],
            record["originator"],
            record["start"],
            record["end"],
            record["generated_by"],
            record["quorum"],
            record["of"],
        )
    report.stages.append(
        Stage(
            at,
            record["stage"],
            tuple(record["attested"]),
            tuple(record["refused"]),
            record["remaining"],
            record["by"],
            record["why"],
        )
    )


def _judgement(truth: Truth, at: int, record: dict[str, Any]) -> None:
    judged = Judgement(at, record["valid"], record["reason"])
    truth.reports[record["report"]].judgements[record["node"]] = judged


def _unjudged(truth: Truth, at: int, record: dict[str, Any]) -> None:
    truth.reports[record["report"]].unjudged[record["node"]].append(at)


def _status(truth: Truth, at: int, record: dict[str, Any]) -> None:
    status = Status(at, record["submission"], record["by"])
    truth.reports[record["report"]].statuses[record["node"]].append(status)


def _attestation(truth: Truth, at: int, record: dict[str, Any]) -> None:
    truth.reports[record["report"]].known_to[record["node"]].append((at, record["of"]))


def _clock(truth: Truth, at: int, record: dict[str, Any]) -> None:
    clock, cursor = ({int(key): value for key, value in record[name].items()} for name in ("clock", "cursor"))
    truth.clocks[record["node"]].append(Clock(at, record["up"], clock, cursor))


def _node(truth: Truth, at: int, record: dict[str, Any]) -> None:
    truth.phases[record["node"]].append((at, record["phase"]))


def _stream(truth: Truth, at: int, record: dict[str, Any]) -> None:
    truth.streams[record["node"], record["peer"]].append((at, record["up"]))


def _gap(truth: Truth, _at: int, record: dict[str, Any]) -> None:
    truth.gaps[record["originator"]].append(record["last"])


_ENTERS = {
    "fault": _fault,
    "stage": _stage,
    "judgement": _judgement,
    "unjudged": _unjudged,
    "status": _status,
    "attestation": _attestation,
    "clock": _clock,
    "node": _node,
    "stream": _stream,
    "gap": _gap,
}
