"""What the slice `reports` says when it is read: stages, quorums, who is missing (R14, R16). Catalogue, xmtpd §2.

Logs never say that a quorum was not reached, who has received a report, or (at INFO) that one has expired. What is
read here is therefore always "by these lines": attested *by at least* those who said so.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from state.ordered import ordered
from state.reports import Part, Report, Submission

if TYPE_CHECKING:
    from collections.abc import Iterable

    from state.origin import Origin
    from state.quorums import Active
    from state.reports import Originator
    from state.trouble import Trouble


# --- the chain ---------------------------------------------------------------------------------------


class OnChain(NamedTuple):
    """One report as the chain has it."""

    start: int
    end: int
    submitted: Origin | None
    """The first line that says so; None where only its successor shows it."""
    place: int | None
    """Its index among the originator's reports on the chain, from 0."""
    remaining: int | None
    settled: Origin | None


class ChainOf(NamedTuple):
    """An originator's reports on the chain, in its order."""

    ranges: tuple[OnChain, ...]

    @property
    def end(self) -> int | None:
        """Where the next report has to start, as far as is known; None before the first."""
        return self.ranges[-1].end if self.ranges else None

    def at(self, start: int, end: int) -> OnChain | None:
        """The one of a range."""
        for one in self.ranges:
            if (one.start, one.end) == (start, end):
                return one
        return None


def chain_of(mine: Originator) -> ChainOf:
    """What all lines together say that the chain has."""
    lines: dict[tuple[int, int], Origin] = {}
    indices: dict[tuple[int, int], int] = {}
    for _node, chain in ordered(mine.chain):
        for (end, start), one in ordered(chain.submitted):
            lines[end, start] = _earlier(lines.get((end, start)), one.first)
    for _name, report in ordered(mine.reports):
        for _speaker, part in ordered(report.parts):
            if part.on_chain is not None:
                lines[report.end, report.start] = _earlier(lines.get((report.end, report.start)), part.on_chain)
            if part.index is not None:
                indices[report.end, report.start] = part.index
    lines.update(_followed(mine, lines))
    places = _placed([key for key, _line in ordered(lines)], indices)
    left = _settlements(mine)
    found = []
    for (end, start), line in ordered(lines):
        index = places.get((end, start))
        remaining, settled = left.get(index, (None, None)) if index is not None else (None, None)
        found.append(OnChain(start, end, line, index, remaining, settled))
    return ChainOf(tuple(found))


def _followed(mine: Originator, lines: dict[tuple[int, int], Origin]) -> dict[tuple[int, int], Origin]:
    """Ranges that no line calls submitted, and that another one begins behind, which is on the chain too, or was made
    or attested by somebody: who does that has the one before it as submitted. Of several of one end it is the most
    attested, else the first made.
    """
    ends = {end for end, _start in lines}
    behind = {start: line for (_end, start), line in ordered(lines) if start > 0 and start not in ends}
    for _name, report in ordered(mine.reports):
        for _speaker, part in ordered(report.parts):
            line = part.generated or (part.judged if part.verdict else None)
            if line is not None and report.start > 0 and report.start not in ends:
                behind[report.start] = _earlier(behind.get(report.start), line)
    found: dict[int, tuple[tuple[int, int, int], int]] = {}
    for _name, report in ordered(mine.reports):
        if report.end in behind and report.start < report.end:
            parts = [part for _speaker, part in ordered(report.parts)]
            first = _first([part.generated or part.born for part in parts])
            rank = (sum([part.verdict is True for part in parts]), -first.at, -first.seq)
            if report.end not in found or rank > found[report.end][0]:
                found[report.end] = (rank, report.start)
    return {(end, start): behind[end] for end, (_rank, start) in ordered(found)}


def _placed(keys: list[tuple[int, int]], known: dict[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """The index of each range: told by a transaction, 0 for what starts at 0, one more than that of its predecessor."""
    places: dict[tuple[int, int], int] = {}
    for place, key in enumerate(keys):
        if key in known:
            places[key] = known[key]
        elif key[1] == 0:
            places[key] = 0
        elif place and keys[place - 1][0] == key[1] and keys[place - 1] in places:
            places[key] = places[keys[place - 1]] + 1
    for place in range(len(keys) - 2, -1, -1):
        key, following = keys[place], keys[place + 1]
        if key not in places and following in places and following[1] == key[0]:
            places[key] = places[following] - 1
    return places


def _settlements(mine: Originator) -> dict[int, tuple[int, Origin | None]]:
    """By index: the least that anybody saw remain, and the first line that says that nothing does."""
    found: dict[int, tuple[int, Origin | None]] = {}
    for _node, chain in ordered(mine.chain):
        for index, one in ordered(chain.settled):
            remaining, settled = found.get(index, (one.remaining, None))
            done = settled if one.settled is None else _earlier(settled, one.settled)
            found[index] = (min(remaining, one.remaining) if done is None else 0, done)
    return found


def _earlier(one: Origin | None, other: Origin) -> Origin:
    return other if one is None or (other.at, other.seq) < (one.at, one.seq) else one


def gaps_of(chain: ChainOf) -> tuple[tuple[OnChain, OnChain], ...]:
    """Neighbours on the chain of which the later does not start where the earlier ended."""
    pairs = zip(chain.ranges, chain.ranges[1:], strict=False)
    return tuple([(one, other) for one, other in pairs if one.end != other.start])


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

    @property
    def pending(self) -> bool:
        """Whether it still waits for the chain."""
        return self.stage in PENDING

    def unjudged(self, active: Iterable[int]) -> tuple[int, ...]:
        """Of these nodes those that no line shows to have judged it."""
        judged = {*self.attested, *[node for node, _reason in self.refused]}
        return tuple([node for node in active if node not in judged])


def courses_of(number: int, mine: Originator, active: Active | None = None) -> tuple[Course, ...]:
    """Every report of an originator that is kept, in order of their range and of when they were made."""
    chain = chain_of(mine)
    expired = {(speaker[1], name) for speaker, one in ordered(mine.generation) for name in one.expired}
    taken = _taken(mine, chain)
    found = [
        _course(number, report, chain, active, expired, taken=report.id in taken)
        for _name, report in ordered(mine.reports)
    ]
    return tuple(sorted(found, key=lambda one: (one.start, one.created.at, one.end, one.id)))


def _taken(mine: Originator, chain: ChainOf) -> set[str]:
    """Ids of the reports that the chain has. Of several of one range it has one, and its lines name none: it is taken
    to be the one that more workers speak of as being there, or else that more have attested.
    """
    best: dict[tuple[int, int], tuple[tuple[int, ...], str]] = {}
    for name, report in ordered(mine.reports):
        there = chain.at(report.start, report.end)
        if there is None or there.submitted is None:
            continue
        parts = [part for _speaker, part in ordered(report.parts)]
        born = _first([part.born for part in parts])
        claim = (
            sum([_named(part) for part in parts]),
            sum([part.verdict is True for part in parts]),
            -born.at,
            -born.seq,
        )
        known = best.get((report.start, report.end))
        if known is None or known[0] < claim:
            best[report.start, report.end] = (claim, name)
    return {name for _range, (_claim, name) in ordered(best)}


def _named(part: Part) -> bool:
    """Whether a worker has called this very report submitted or settled, and not only an indexer its range."""
    return part.on_chain is not None and (not part.forced or part.settled is not None or part.remaining is not None)


def _course(  # noqa: PLR0913 - what a report's stage depends on
    number: int,
    report: Report,
    chain: ChainOf,
    active: Active | None,
    expired: set[tuple[int, str]],
    *,
    taken: bool,
) -> Course:
    parts = [part for _speaker, part in ordered(report.parts)]
    attested = [part for part in parts if part.verdict is True]
    there = chain.at(report.start, report.end)
    said = [part.on_chain for part in parts if part.on_chain is not None] if taken else []
    if taken and there is not None and there.submitted is not None:
        said = said or [there.submitted]
    created = _first([part.generated or part.born for part in parts])
    given_up = {part.worker for part in parts if part.submission is Submission.REJECTED}
    given_up |= {worker for worker, name in expired if name == report.id}
    stage, since, why = Stage.CREATED, created, ""
    if attested:
        stage, since = Stage.ATTESTED, _first([part.judged or part.born for part in attested])
    settled = [part.settled for part in parts if part.settled is not None]
    if there is not None and there.settled is not None and said:
        settled.append(there.settled)
    if settled:
        stage, since = Stage.SETTLED, _first(settled)
    elif said:
        stage, since = Stage.SUBMITTED, _first(said)
    else:
        own = (report.start, report.end)
        # One of an empty range is followed by another one of that range.
        after = [one for one in chain.ranges if one.end > report.start or (one.start, one.end) == own]
        if after:
            stage, why = Stage.REJECTED, SUPERSEDED
            since = after[0].submitted or created
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
    )


def _workers(parts: list[Part]) -> tuple[int, ...]:
    return tuple(ordered({part.worker for part in parts}))


def _failing(found: list[tuple[int, Trouble | None]]) -> tuple[Failing, ...]:
    return tuple([Failing(worker, trouble) for worker, trouble in found if trouble is not None])


def _first(lines: list[Origin]) -> Origin:
    return min(lines, key=lambda line: (line.at, line.seq))


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
    return Boundary(here[0].originator, start, tuple(here), best, _first([one.created for one in here]))
