"""What was really so, beside what the logs say: one JSON object a line, in order of time.

Each record has `at` (true time, UTC) and `kind`:

- `run`: the settings, the nodes, their quorum and the minutes of their workers;
- `fault`: one begins or ends;
- `node`: a process is starting, up, stopping or down; `stream`: one node reads from another, or no longer;
- `stage`: a report as the network sees it, at every change: created, attested (by whom, refused by whom, quorum),
  submitted, settled; or rejected, once the chain can never take it, or every node has given it up;
- `judgement`: a node attested a report, or refused it, and why;
- `unjudged`: it could do neither, and why;
- `status`: what one node's database says of a report from now on, and what made it say so;
- `attestation`: a node has come to know another one's attestation;
- `clock`: a node's vector clock and the cursor that it serves, every `truth_every`;
- `gap`: sequence ids that an originator skipped; `reorg`: blocks were rolled back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, Any

import orjson

from observer.simulators.xmtpd.encoding import iso8601
from observer.simulators.xmtpd.engine import Engine
from observer.simulators.xmtpd.model import Held, Report, Submission, Verdict

ORDER = ("created", "attested", "submitted", "settled")


class Truth:
    """Writes records with the time it is."""

    def __init__(self, file: IO[str], engine: Engine) -> None:
        self._file = file
        self._engine = engine

    def say(self, kind: str, **facts: Any) -> None:
        record = {"at": iso8601(self._engine.date()), "kind": kind, **facts}
        self._file.write(orjson.dumps(record, option=orjson.OPT_NON_STR_KEYS).decode() + "\n")


@dataclass(slots=True)
class Course:
    """How far a report has come in the network."""

    report: Report
    stage: str = "created"
    attested: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    given_up: set[int] = field(default_factory=set)
    remaining: int | None = None
    why: str | None = None


class Courses:
    """The true stage of every report. A stage never goes back."""

    def __init__(self, truth: Truth, nodes: int) -> None:
        self._truth = truth
        self._nodes = nodes
        self._of: dict[str, Course] = {}

    def created(self, report: Report, chain_end: int) -> None:
        """A node made a report; another one may have made the same before."""
        if report.id in self._of:
            return
        course = self._of[report.id] = Course(report)
        self._told(course)
        if report.start < chain_end:
            self._rejected(course, "superseded")

    def judged(self, node: int, report: Report, verdict: Verdict, reason: str) -> None:
        valid = verdict is Verdict.APPROVED
        self._truth.say("judgement", node=node, report=report.id, valid=valid, reason=reason)
        course = self._of[report.id]
        (course.attested if valid else course.refused).append(node)
        if course.stage in ("created", "attested"):
            course.stage = "attested" if course.attested else "created"
            self._told(course)

    def submitted(self, report: Report, by: int) -> None:
        """The chain took a report: of those that start before its end, no other one can follow."""
        course = self._of[report.id]
        course.stage = "submitted"
        self._told(course, by=by)
        for other in self._of.values():
            same = other.report.originator == report.originator
            if same and other.stage in ("created", "attested") and other.report.start < report.end:
                self._rejected(other, "superseded")

    def settled(self, report: Report, remaining: int, by: int) -> None:
        course = self._of[report.id]
        course.remaining = remaining
        course.stage = course.stage if remaining else "settled"
        self._told(course, by=by)

    def status(self, node: int, held: Held, cause: str) -> None:
        """A node's database says something new of a report."""
        facts = {"submission": held.submission.name.lower(), "verdict": held.attestation.name.lower()}
        self._truth.say("status", node=node, report=held.report.id, **facts, index=held.index, by=cause)
        course = self._of[held.report.id]
        if held.submission is Submission.REJECTED:
            course.given_up.add(node)
        if len(course.given_up) == self._nodes and course.stage in ("created", "attested"):
            self._rejected(course, "given up by all")

    def _rejected(self, course: Course, why: str) -> None:
        course.stage, course.why = "rejected", why
        self._told(course)

    def _told(self, course: Course, by: int | None = None) -> None:
        report = course.report
        self._truth.say(
            "stage",
            report=report.id,
            originator=report.originator,
            start=report.start,
            end=report.end,
            stage=course.stage,
            generated_by=report.by,
            attested=sorted(course.attested),
            refused=sorted(course.refused),
            quorum=report.quorum,
            of=len(report.active),
            remaining=course.remaining,
            by=by,
            why=course.why,
        )
