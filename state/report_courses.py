"""How far one payer report has come, by the lines of all nodes (R14, R16). Catalogue, xmtpd §2."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from state.chain_views import first
from state.ordered import ordered
from state.reports import Submission

if TYPE_CHECKING:
    from collections.abc import Iterable

    from state.chain_views import OnChain
    from state.origin import Origin
    from state.quorums import Active
    from state.reports import Part, Report
    from state.trouble import Trouble


class Stage(enum.Enum):
    """How far a report has come in the network."""

    CREATED = "created"
    ATTESTED = "attested"
    SUBMITTED = "submitted"
    SETTLED = "settled"
    REJECTED = "rejected"


PENDING = (Stage.CREATED, Stage.ATTESTED)
SUPERSEDED = "superseded"
GIVEN_UP = "given up by all"
RANK = {Stage.REJECTED: 0, Stage.CREATED: 1, Stage.ATTESTED: 1, Stage.SUBMITTED: 2, Stage.SETTLED: 3}
"""Of the pending reports of one place none is further than the others: who makes another one has given up, or refused,
all before it, and says so at DEBUG only.
"""


class Failing(NamedTuple):
    """A node that tries and fails."""

    node: int
    trouble: Trouble


class Course(NamedTuple):
    """How far one report has come, by the lines of all nodes."""

    id: str
    originator: int
    start: int
    end: int
    stage: Stage
    since: Origin
    """The line that brought it there."""
    created: Origin
    """The first line about it."""
    why: str = ""
    """Why it is rejected: `superseded`, `given up by all`."""
    makers: tuple[int, ...] = ()
    held: tuple[int, ...] = ()
    """Nodes whose lines show that they have it: at least these."""
    attested: tuple[int, ...] = ()
    refused: tuple[tuple[int, str], ...] = ()
    """With the reason."""
    attesting: tuple[Failing, ...] = ()
    """Nodes that cannot judge it, and have not since."""
    given_up: tuple[int, ...] = ()
    """Nodes that have given it up (DEBUG)."""
    submitting: tuple[Failing, ...] = ()
    settling: tuple[Failing, ...] = ()
    inconsistent: int = 0
    remaining: int | None = None
    anomalies: int = 0
    attested_at: tuple[int, ...] = ()
    """Journal times at which nodes attested it, in order."""
    place: int | None = None
    """Its index among the originator's reports on the chain."""

    @property
    def pending(self) -> bool:
        """Whether it still waits for the chain."""
        return self.stage in PENDING

    def unjudged(self, active: Iterable[int]) -> tuple[int, ...]:
        """Of these nodes those that no line shows to have judged it."""
        judged = {*self.attested, *[node for node, _reason in self.refused]}
        return tuple([node for node in active if node not in judged])


class Facts(NamedTuple):
    """What a report's course follows from."""

    report: Report
    active: Active | None
    there: OnChain | None
    """What the chain has of its range."""
    passed: OnChain | None
    """The first that the chain has which ends behind its start."""
    expired: tuple[int, ...]
    """Nodes whose generators gave it up."""
    taken: bool
    """Whether it is the one of its range that the chain has."""


def course_of(number: int, facts: Facts) -> Course:
    """How far a report of the originator with a number has come."""
    report, there, active = facts.report, facts.there, facts.active
    parts = [part for _speaker, part in ordered(report.parts)]
    attested = [part for part in parts if part.verdict is True]
    said = [part.on_chain for part in parts if part.on_chain is not None] if facts.taken else []
    if facts.taken and there is not None and there.submitted is not None:
        said = said or [there.submitted]
    created = first([part.generated or part.born for part in parts])
    given_up = {*facts.expired, *[part.worker for part in parts if part.submission is Submission.REJECTED]}
    stage, since, why = Stage.CREATED, created, ""
    if attested:
        stage, since = Stage.ATTESTED, first([part.judged or part.born for part in attested])
    settled = [part.settled for part in parts if part.settled is not None]
    if there is not None and there.settled is not None and said:
        settled.append(there.settled)
    if settled:
        stage, since = Stage.SETTLED, first(settled)
    elif said:
        stage, since = Stage.SUBMITTED, first(said)
    elif facts.passed is not None:
        stage, why = Stage.REJECTED, SUPERSEDED
        since = facts.passed.submitted or created
    elif active is not None and given_up and given_up.issuperset(active.nodes) and not active.unnumbered:
        stage, why = Stage.REJECTED, GIVEN_UP
        since = _last([part.submission_since or part.last for part in parts])
    left = [part.remaining for part in parts if part.remaining is not None]
    if there is not None and there.remaining is not None:
        left.append(there.remaining)
    unjudged = [part for part in parts if part.verdict is None and part.attesting is not None]
    return Course(
        report.id,
        number,
        report.start,
        report.end,
        stage,
        since,
        created,
        why,
        makers=_workers([part for part in parts if part.generated is not None]),
        held=_workers(parts),
        attested=_workers(attested),
        refused=tuple(ordered({part.worker: part.reason or "" for part in parts if part.verdict is False})),
        attesting=_failing([(part.worker, part.attesting) for part in unjudged]),
        given_up=tuple(ordered(given_up)),
        submitting=_failing([(part.worker, part.submitting) for part in parts]),
        settling=_failing([(part.worker, part.settling) for part in parts]),
        inconsistent=sum([part.inconsistent for part in parts]),
        remaining=0 if stage is Stage.SETTLED else min(left, default=None),
        anomalies=sum([part.anomaly_total for part in parts]),
        attested_at=_times(attested),
        place=None if there is None else there.place,
    )


def _workers(parts: list[Part]) -> tuple[int, ...]:
    return tuple(ordered({part.worker for part in parts}))


def _times(parts: list[Part]) -> tuple[int, ...]:
    """When each node said it first, in order."""
    said: dict[int, int] = {}
    for part in parts:
        if part.judged is not None:
            said[part.worker] = min(part.judged.at, said.get(part.worker, part.judged.at))
    return tuple(sorted([at for _node, at in ordered(said)]))


def _failing(found: list[tuple[int, Trouble | None]]) -> tuple[Failing, ...]:
    return tuple([Failing(worker, trouble) for worker, trouble in found if trouble is not None])


def _last(lines: list[Origin]) -> Origin:
    return max(lines, key=lambda line: (line.at, line.seq))
