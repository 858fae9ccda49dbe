"""What the slice `reports` says when it is read: stages, quorums, who is missing (R14, R16). Catalogue, xmtpd §2.

Logs never say that a quorum was not reached, who has received a report, or (at INFO) that one has expired. What is
read here is therefore always "by these lines": attested *by at least* those who said so.
"""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter, is_
from typing import TYPE_CHECKING, NamedTuple

from state.chain_views import (
    ChainOf,
    OnChain,
    Said,
    Words,
    chain_from,
    chain_of,
    first,
    gaps_of,
    said_of,
    words_after,
)
from state.ordered import ordered
from state.report_courses import (
    GIVEN_UP,
    PENDING,
    RANK,
    SUPERSEDED,
    Course,
    Facts,
    Failing,
    Stage,
    course_of,
)
from state.reports import Originator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from state.origin import Origin
    from state.quorums import Active
    from state.reports import Report

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
    best = max(here, key=lambda one: (RANK[one.stage], one.created.at, one.created.seq))
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
    words: Words
    chain: ChainOf
    courses: tuple[Course, ...]
    """Every report that is kept, in order of their range and of when they were made."""
    boundaries: dict[int, Boundary]
    """By start, in order."""
    read: list[Read]
    """Each report, in order of their ids."""


NOTHING = Standing(Originator(), None, Words({}, {}), ChainOf(()), (), {}, [])


def courses_of(number: int, mine: Originator, active: Active | None = None) -> tuple[Course, ...]:
    """Every report of an originator that is kept, in order of their range and of when they were made."""
    return standing_of(number, mine, active).courses


def standing_of(number: int, mine: Originator, active: Active | None = None, before: Standing = NOTHING) -> Standing:
    """How an originator's reports stand. Of what was read `before`, only what now follows from something else is worked
    out anew: a line is about one report, and most lines change nothing about the others.
    """
    if active is before.active and all(map(is_, _basis(mine), _basis(before.mine))):
        return before._replace(mine=mine)
    reports = _in_order(mine, before.read)
    words = words_after(before.words, before.mine.chain, mine.chain)
    if words == before.words:
        # Whoever reads a range of the chain after the first says nothing new of it.
        words = before.words
    if active is before.active and words is before.words and _expired(mine) == _expired(before.mine):
        found = _read_on(number, reports, before)
        if found is not None:
            return _standing(mine, before, found)
    known = {one.facts.report.id: one for one in before.read}
    said = [_said(report, known.get(report.id)) for report in reports]
    same = words is before.words and said == [one.said for one in before.read]
    chain = before.chain if same else chain_from(words, said)
    facts = list(_facts(mine, active, chain, reports, said))
    read = [_read(number, told, one, known.get(one.report.id)) for told, one in zip(said, facts, strict=True)]
    return _standing(mine, before._replace(active=active, words=words, chain=chain), read)


def _in_order(mine: Originator, known: list[Read]) -> list[Report]:
    """Its reports by their ids: nearly always those that were `known`."""
    if len(mine.reports) == len(known):
        found = [mine.reports.get(one.said.id) for one in known]
        if None not in found:
            return found  # type: ignore[return-value]
    return [report for _name, report in ordered(mine.reports)]


def _standing(mine: Originator, before: Standing, read: list[Read]) -> Standing:
    """How they stand, with what was there `before` where nothing of it is another."""
    if [one.course for one in read] == [one.course for one in before.read]:
        return before._replace(mine=mine, read=read)
    moved = _moved(before.read, read)
    if moved is None:
        courses = tuple(sorted([one.course for one in read], key=_place))
        boundaries = {one.start: one for one in boundaries_of(courses)}
    else:
        courses = tuple([moved.get(one.id, one) for one in before.courses])
        boundaries = dict(before.boundaries)
        for start in ordered({one.start for _name, one in ordered(moved)}):
            boundaries[start] = _boundary(start, [one for one in courses if one.start == start])
    return before._replace(mine=mine, courses=courses, boundaries=boundaries, read=read)


def _moved(before: list[Read], now: list[Read]) -> dict[str, Course] | None:
    """By id the courses that are others than before; None where one has another place among them, came, or went."""
    if len(before) != len(now):
        return None
    moved: dict[str, Course] = {}
    for was, one in zip(before, now, strict=True):
        if was.course is one.course:
            continue
        if was.course.id != one.course.id or _place(was.course) != _place(one.course):
            return None
        moved[one.course.id] = one.course
    return moved


def _read_on(number: int, reports: list[Report], before: Standing) -> list[Read] | None:
    """Every report, where only what is said of some of them is new and changes nothing about the others: then their
    courses are all that is worked out. None where it may change something, or there is another report.
    """
    if len(reports) != len(before.read):
        return None
    read = before.read[:]
    for place, (one, report) in enumerate(zip(before.read, reports, strict=True)):
        known = one.facts.report
        if known is report:
            continue
        said = said_of(report)
        if known.id != report.id or (said != one.said and not _concerns_itself(said, one.said, before.read)):
            return None
        read[place] = _read(number, said, one.facts._replace(report=report), one)
    return read


def _concerns_itself(said: Said, before: Said, read: list[Read]) -> bool:
    """Whether what is now said of a report changes nothing of what the chain has, nor which of those of its range the
    chain is taken to have.
    """
    same = said._replace(named=before.named, attested=before.attested) == before
    return same and sum([_range(one.said) == _range(said) for one in read]) == 1


_range = attrgetter("end", "start")
_basis = attrgetter("reports", "chain", "generation")
"""What of an originator tells how its reports stand."""


def _place(course: Course) -> tuple[int, int, int, str]:
    return course.start, course.created.at, course.end, course.id


def _said(report: Report, before: Read | None) -> Said:
    return said_of(report) if before is None or before.facts.report is not report else before.said


def _read(number: int, said: Said, facts: Facts, before: Read | None) -> Read:
    """A report, as it is read now: what was read before, and its course, are the same objects where they are equal."""
    if before is None:
        return Read(said, facts, course_of(number, facts))
    if before.facts is facts and before.said is said:
        return before
    course = before.course if before.facts == facts else course_of(number, facts)
    return Read(said, facts, before.course if course == before.course else course)


def _facts(
    mine: Originator, active: Active | None, chain: ChainOf, reports: list[Report], said: list[Said]
) -> Iterator[Facts]:
    """What the course of each of the reports follows from."""
    there = {(one.end, one.start): one for one in chain.ranges}
    ends = [one.end for one in chain.ranges]
    taken = _taken(reports, said, there)
    expired: dict[str, list[int]] = {}
    for worker, names in _expired(mine):
        for name in names:
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


def _expired(mine: Originator) -> list[tuple[int, tuple[str, ...]]]:
    """Reports that each node's generator gave up."""
    return [(worker, one.expired) for (_node, worker), one in ordered(mine.generation) if one.expired]


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
