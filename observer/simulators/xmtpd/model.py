"""What nodes publish and keep: envelopes, reports, attestations, and what one node holds of a report."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias


class Submission(IntEnum):
    """submission_status (catalogue 2.1)."""

    PENDING = 0
    SUBMITTED = 1
    SETTLED = 2
    REJECTED = 3


class Verdict(IntEnum):
    """attestation_status: what this one node thinks of a report."""

    PENDING = 0
    APPROVED = 1
    REJECTED = 2


@dataclass(frozen=True, slots=True)
class Report:
    """A payer report over (start, end] of an originator."""

    id: str
    originator: int
    start: int
    end: int
    end_minute: int
    root: str
    active: tuple[int, ...]
    by: int

    @property
    def quorum(self) -> int:
        return len(self.active) // 2 + 1


@dataclass(frozen=True, slots=True)
class Attestation:
    """A node's signature under a report."""

    report: Report
    node: int


Filed: TypeAlias = Report | Attestation


@dataclass(frozen=True, slots=True)
class Entry:
    """Envelopes that a node published together: first to last sequence id. A report or attestation stands alone."""

    first: int
    last: int
    filed: Filed | None = None

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    @property
    def topic(self) -> str:
        """Reserved topics name the originator that the report is about, little-endian (catalogue 4.3)."""
        if self.filed is None:
            return ""
        report, kind = self.filed, "payer_reports_v1"
        if isinstance(report, Attestation):
            report, kind = report.report, "payer_report_attestations_v1"
        return f"{kind}/{report.originator.to_bytes(4, 'little').hex()}"


@dataclass(slots=True)
class Held:
    """What one node's database says of a report."""

    report: Report
    created: int
    attestation: Verdict = Verdict.PENDING
    submission: Submission = Submission.PENDING
    index: int | None = None


@dataclass(slots=True)
class Usage:
    """Minutes in which an originator published, each with its last sequence id.

    Every envelope counts here, reserved ones too: the plainest reading of "the last message in the minute".
    """

    minutes: list[int] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)

    def add(self, minute: int, last: int) -> None:
        if self.minutes and self.minutes[-1] == minute:
            self.lasts[-1] = last
        else:
            self.minutes.append(minute)
            self.lasts.append(last)
