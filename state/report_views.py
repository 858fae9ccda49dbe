"""What the slice `reports` says when it is read: stages, quorums, who is missing (R14, R16). Catalogue, xmtpd §2.

Logs never say that a quorum was not reached, who has received a report, or (at INFO) that one has expired. What is
read here is therefore always "by these lines": attested *by at least* those who said so.
"""

from __future__ import annotations

import enum
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from state.chain_views import ChainOf, OnChain, Said, chain_from, chain_of, first, gaps_of, said_of, same_words
from state.ordered import ordered
from state.reports import Originator, Submission

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from state.origin import Origin
    from state.quorums import Active
    from state.reports import Part, Report
    from state.trouble import Trouble

__all__ = [
    "GIVEN_UP",
    "NOTHING",
    "PENDING",
    "SUPERSEDED",
    "Boundary",
    "ChainOf",
    "Course",
    "Failing",
    "OnChain",
    "Stage",
    "Standing",
    "boundaries_of",
    "chain_of",
    "courses_of",
    "gaps_of",
    "standing_of",
]


# --- one report --------------------------------------------------------------------------------------


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
_RANK = {Stage.REJECTED: 0, Stage.CREATED: 1, Stage.ATTESTED: 1, Stage.SUBMITTED: 2, Stage.SETTLED: 3}
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


def _course(number: int, facts: Facts) -> Course:
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


# --- a boundary --------------------------------------------------------------------------------------


class Boundary(NamedTuple):
    """All reports of an originator that start at one place: of these the chain takes one. What is stuck is stuck here,
    however many reports succeed each other (R26).
    """

    originator: int
    start: int
    courses: tuple[Course, ...]
    """In the order in which they were made."""
    best: Course
    """The one that the chain has; else the latest of those that are pending."""
    since: Origin
    """The first line about any of them."""

    @property
    def open(self) -> bool:
        """Whether something is still to come: the chain has taken none, or has not settled it. A report that all have
        given up is followed by another one.
        """
        return self.best.stage is not Stage.SETTLED and self.best.why != SUPERSEDED


def boundaries_of(courses: Iterable[Course]) -> tuple[Boundary, ...]:
    """Reports by where they start."""
    found: dict[int, list[Course]] = {}
    for one in courses:
        found.setdefault(one.start, []).append(one)
    return tuple([_boundary(start, here) for start, here in ordered(found)])


def _boundary(start: int, here: list[Course]) -> Boundary:
    best = max(here, key=lambda one: (_RANK[one.stage], one.created.at, one.created.seq))
    return Boundary(here[0].originator, start, tuple(here), best, first([one.created for one in here]))


# --- all of an originator ----------------------------------------------------------------------------


class Read(NamedTuple):
    """One report, as it was read."""

    said: Said
    facts: Facts
    course: Course


class Standing(NamedTuple):
    """All that is read off an originator's reports."""

    mine: Originator
    active: Active | None
    chain: ChainOf
    courses: tuple[Course, ...]
    """Every report that is kept, in order of their range and of when they were made."""
    boundaries: dict[int, Boundary]
    """By start, in order."""
    read: dict[str, Read]
    """By id, in order."""


NOTHING = Standing(Originator(), None, ChainOf(()), (), {}, {})


def courses_of(number: int, mine: Originator, active: Active | None = None) -> tuple[Course, ...]:
    """Every report of an originator that is kept, in order of their range and of when they were made."""
    return standing_of(number, mine, active).courses


def standing_of(number: int, mine: Originator, active: Active | None = None, before: Standing = NOTHING) -> Standing:
    """How an originator's reports stand. Of what was read `before`, only what now follows from something else is worked
    out anew: a line is about one report, and most lines change nothing about the others.
    """
    reports = [report for _name, report in ordered(mine.reports)]
    said = [_said(report, before.read.get(report.id)) for report in reports]
    same = same_words(mine.chain, before.mine.chain) and said == [one.said for _name, one in ordered(before.read)]
    chain = before.chain if same else chain_from(mine.chain, said)
    found = [
        _read(number, told, facts, before.read.get(facts.report.id))
        for told, facts in zip(said, _facts(mine, active, chain, reports, said), strict=True)
    ]
    courses = tuple(sorted([one.course for one in found], key=_place))
    same = courses == before.courses
    boundaries = before.boundaries if same else {one.start: one for one in boundaries_of(courses)}
    return Standing(mine, active, chain, courses, boundaries, {one.facts.report.id: one for one in found})


def _place(course: Course) -> tuple[int, int, int, str]:
    return course.start, course.created.at, course.end, course.id


def _said(report: Report, before: Read | None) -> Said:
    return said_of(report) if before is None or before.facts.report is not report else before.said


def _read(number: int, said: Said, facts: Facts, before: Read | None) -> Read:
    return Read(said, facts, _course(number, facts) if before is None or before.facts != facts else before.course)


def _facts(
    mine: Originator, active: Active | None, chain: ChainOf, reports: list[Report], said: list[Said]
) -> Iterator[Facts]:
    """What the course of each of the reports follows from."""
    there = {(one.end, one.start): one for one in chain.ranges}
    ends = [one.end for one in chain.ranges]
    taken = _taken(reports, said, there)
    expired: dict[str, list[int]] = {}
    for (_node, worker), generation in ordered(mine.generation):
        for name in generation.expired:
            expired.setdefault(name, []).append(worker)
    for report in reports:
        here, later = there.get((report.end, report.start)), bisect_right(ends, report.start)
        passed = chain.ranges[later] if later < len(ends) else None
        if here is not None and report.end <= report.start:
            # One of an empty range is followed by another one of that range.
            passed = here
        yield Facts(
            report,
            active,
            here,
            passed,
            tuple(expired.get(report.id, ())),
            report.id in taken,
        )


def _taken(reports: list[Report], said: list[Said], there: Mapping[tuple[int, int], OnChain]) -> set[str]:
    """Ids of the reports that the chain has. Of several of one range it has one, and its lines name none: it is taken
    to be the one that more workers speak of as being there, or else that more have attested.
    """
    best: dict[tuple[int, int], tuple[tuple[int, ...], str]] = {}
    for report, told in zip(reports, said, strict=True):
        if (told.end, told.start) not in there:
            continue
        claim = (told.named, told.attested, -told.born.at, -told.born.seq)
        known = best.get((told.end, told.start))
        if known is None or known[0] < claim:
            best[told.end, told.start] = (claim, report.id)
    return {name for _range, (_claim, name) in ordered(best)}
