"""The life of a payer report, of all reports that begin at one place, or of an originator: who made it, who judged it
and how, what was sent to the chain and came of it, what it waits for now, and what happened to the nodes meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from observer.answers_judged import BoundaryStanding, OriginatorStanding
from observer.exits import Failed
from observer.explaining.options import Explained, Options
from observer.explaining.report_events import Telling
from observer.explaining.steps import Kept, Told
from observer.judged import Judged
from observer.report_stages import Stages
from observer.standing.reports import Asked, asked_of, boundary_of, known_of, originator_of
from observer.story import Happening, Story
from observer.synced import watchers
from observer.times import clock
from observer.wording import counted, envelopes, short_id
from parsers.clock import NS
from replay.play import Player
from replay.recording import Recording
from state.ordered import ordered
from state.report_views import (
    Boundary,
    Course,
    Stage,
    boundaries_of,
    courses_of,
)
from state.snapshot import NetworkState
from waits.library.doing import SILENT_AFTER, Doing, told

PREFIX = 6
"""Hex digits that a report's id must at least be given by."""
NAMED = 5
BEFORE_NS = 600 * NS
"""How long before a report what happened to the nodes is told."""
LIFE = ("start", "restart", "up", "stopping", "stopped", "crashed", "stream lost", "silence", "gap", "ended")
"""What happens to a node that can keep it from its part in a report."""
_ID = re.compile(r"[0-9a-f]{1,64}", re.IGNORECASE)
_BOUNDARY = re.compile(r"(\d{1,10})[:.](\d{1,19})")
_ORIGINATOR = re.compile(r"\d{1,10}")
_PREFIXES = ("reports/", "reports.", "report/", "report.")


class Subject(NamedTuple):
    """What is told: reports of an originator, from one place or by their id, or all of them."""

    originator: int
    start: int | None = None
    report: str | None = None

    @property
    def name(self) -> str:
        """Its full name."""
        if self.report is not None:
            return f"reports/{self.report}"
        return f"reports/{self.originator}" + ("" if self.start is None else f":{self.start}")


def report_story(recording: Recording, what: str, options: Options) -> Explained | None:
    """The life of a report by its id or the beginning of that, of `100:4210`, or of an originator: `100`."""
    said = next((what.removeprefix(one) for one in _PREFIXES if what.startswith(one)), what)
    if said == what and not any(form.fullmatch(said) for form in (_ID, _BOUNDARY, _ORIGINATOR)):
        return None
    subject = _subject(what, said.lower(), Player(recording).seek(options.seq), named=said != what)
    if subject is None:
        return None
    judged = Judged(recording, (), options.inventory)
    for _none in judged.run(options.seq, options.at):
        pass
    judged.engine.stand(options.seq, options.at)
    asked = asked_of(judged.player.state, judged, options.at, options.seq)
    return _story(recording, subject, asked, options)


def known_reports(recording: Recording, options: Options) -> list[str]:
    """Originators, and places where their reports begin."""
    state = Player(recording).seek(options.seq)
    found = []
    for number, mine in ordered(state.reports):
        if mine.reports:
            found += [f"{number}", *[f"{number}:{one.start}" for one in boundaries_of(courses_of(number, mine))]]
    return found


def _subject(what: str, said: str, state: NetworkState, *, named: bool) -> Subject | None:
    """What is meant; None where it may be something else. Raises Failed."""
    place = _BOUNDARY.fullmatch(said)
    if place is not None:
        return _boundary(what, int(place[1]), int(place[2]), state)
    if _ORIGINATOR.fullmatch(said) and int(said) in _with_reports(state):
        return Subject(int(said))
    if not _ID.fullmatch(said) or len(said) < PREFIX:
        if named:
            raise Failed(
                f"{what}: give an originator ({_known(state)}), ORIGINATOR:START, or at least {PREFIX} digits of a "
                "report's id"
            )
        return None
    found = [
        Subject(number, report.start, name)
        for number, mine in ordered(state.reports)
        for name, report in ordered(mine.reports)
        if name.startswith(said)
    ]
    if len(found) > 1:
        ids = ", ".join(str(one.report) for one in found[:NAMED])
        raise Failed(f"{what}: {len(found)} reports begin so: {ids}; write more digits")
    if not found and named:
        raise Failed(f"{what}: no report of that id is known; see `observer events --kind ReportGenerated`")
    return found[0] if found else None


def _with_reports(state: NetworkState) -> list[int]:
    return [number for number, mine in ordered(state.reports) if mine.reports]


def _known(state: NetworkState) -> str:
    return ", ".join(map(str, _with_reports(state)[: 4 * NAMED])) or "none is known"


def _boundary(what: str, number: int, start: int, state: NetworkState) -> Subject:
    mine = state.reports.get(number)
    if mine is None or not mine.reports:
        raise Failed(f"{what}: no line tells of reports of originator {number}; there are {_known(state)}")
    starts = [one.start for one in boundaries_of(courses_of(number, mine))]
    if start not in starts:
        hint = ", ".join(f"{number}:{one}" for one in starts[-NAMED:]) or "nowhere"
        raise Failed(f"{what}: no report of originator {number} that is known begins there; the latest begin at {hint}")
    return Subject(number, start)


def _story(recording: Recording, subject: Subject, asked: Asked, options: Options) -> Explained:
    """What was said, what happened meanwhile, and where it stands."""
    here = _here(asked, subject)
    steps = list(_stages(recording, subject, options) if subject.start is None else _said(recording, subject, options))
    meanwhile = list(_meanwhile(recording, here, asked, options)) if subject.start is not None else []
    kept = Kept(options.limit)
    for step in sorted([*steps, *meanwhile], key=lambda one: (one.seq, one.at)):
        kept.add(step)
    originator = originator_of(asked, subject.originator, asked.view.state.reports[subject.originator])
    ends, summary = _ends(subject, here, originator, asked, options)
    for step in ends:
        kept.add(step)
    cause = _cause(meanwhile, here, asked)
    if cause is not None and any(_is_open(one, subject) for one in here):
        summary += f"; first came, at {clock(cause.at)}, {cause.node} {cause.text}"
    return Explained(subject.name, summary, kept)


def _here(asked: Asked, subject: Subject) -> list[Boundary]:
    """The boundaries that are told of."""
    mine = asked.view.state.reports[subject.originator]
    every = boundaries_of(courses_of(subject.originator, mine, asked.active))
    return [one for one in every if subject.start is None or one.start == subject.start]


def _is_open(one: Boundary, subject: Subject) -> bool:
    return one.open and (subject.report is None or one.best.pending or one.best.id == subject.report)


# --- what was said -----------------------------------------------------------------------------------


def _said(recording: Recording, subject: Subject, options: Options) -> Iterator[Told]:
    """Every node's words of the reports, each with its line."""
    assert subject.start is not None  # noqa: S101 - of an originator stages are told
    names = [name for name, entry in options.inventory.nodes.items() if entry.quorum]
    telling = Telling(subject.originator, subject.start, subject.report, names)
    for step in Player(recording).steps(options.seq):
        if step.before.reports is not step.after.reports:
            yield from telling.of(step)


def _stages(recording: Recording, subject: Subject, options: Options) -> Iterator[Told]:
    """The stages of an originator's reports."""
    stages = Stages([name for name, entry in options.inventory.nodes.items() if entry.quorum])
    for step in Player(recording).steps(options.seq):
        for kind, text, facts in stages.after(step):
            if facts["originator"] == subject.originator:
                seq, at = step.wanted.seq, step.wanted.at
                yield Told(seq, at, step.said[0][1].node, kind, text, facts, seq)


# --- what happened meanwhile -------------------------------------------------------------------------


def _meanwhile(recording: Recording, here: list[Boundary], asked: Asked, options: Options) -> Iterator[Told]:
    """What happened to nodes from shortly before the first report until the chain had settled one."""
    start = min(one.since.at for one in here) - BEFORE_NS
    closed = [one.best.since.at for one in here if not one.open]
    end = max(closed) if len(closed) == len(here) else options.at
    aside = watchers(asked.view.state)
    story = Story(Player(recording), options.inventory.pace.silent_after)
    for one in story.tell():
        if one.at > end or one.seq > options.seq:
            return
        if one.at >= start and one.kind in LIFE and one.node not in aside and _counts(one, options):
            yield Told(one.seq, one.at, one.node, "meanwhile", one.text, one.facts, _line(one))


def _counts(one: Happening, options: Options) -> bool:
    """A short silence is nothing, and at the end every log ends."""
    if one.kind == "silence":
        return int(one.facts["lasted_ns"]) >= SILENT_AFTER
    return one.kind != "ended" or one.at < options.at - SILENT_AFTER


def _line(one: Happening) -> int | None:
    return None if one.kind in ("silence", "gap", "ended") else one.seq


def _cause(meanwhile: list[Told], here: list[Boundary], asked: Asked) -> Told | None:
    """The first thing that happened to a node which is waited for."""
    waited = {
        one.node
        for boundary in here
        if boundary.open
        for found in (boundary_of(asked, boundary, known_of(asked, boundary.originator)),)
        for one in [*found.missing, *found.away, *(found.latest.missing if found.latest is not None else [])]
    }
    return next((one for one in meanwhile if one.node in waited and one.text.startswith(_DOWN_WORDS)), None)


_DOWN_WORDS = ("stopping", "stopped", "crashed", "wrote nothing", "its log ends", "restarted", "cannot read from")


# --- where it stands ---------------------------------------------------------------------------------


def _ends(
    subject: Subject, here: list[Boundary], originator: OriginatorStanding, asked: Asked, options: Options
) -> tuple[list[Told], str]:
    """What is awaited now, and from whom; and all in one sentence."""
    if subject.start is None:
        standing = originator.open
        steps = [step for found in standing for step in _awaited(found, asked, options, subject.originator)]
        many = counted(len(here), "place")
        return steps, f"{originator.text}; reports begin at {many}, {len(standing)} of them open"
    boundary = here[0]
    found = boundary_of(asked, boundary, known_of(asked, subject.originator))
    course = next((one for one in boundary.courses if one.id == subject.report), boundary.best)
    if boundary.open and course.id == boundary.best.id:
        return _awaited(found, asked, options, subject.originator), found.text
    text = f"{_course_said(course)}; {originator.text}" if course is boundary.best else _beside(course, boundary, found)
    steps = [Told(options.seq, options.at, None, "standing", text, {"stage": course.stage.value}, None)]
    if boundary.open and course.pending:
        steps += _nodes_now(course, asked, options)
    return steps, text


def _course_said(one: Course) -> str:
    head = f"originator {one.originator}, {envelopes(one.start, one.end)} (report {short_id(one.id)})"
    if one.pending:
        return f"{head}: made {clock(one.created.at)[:8]}"
    why = f", {one.why}," if one.why else ""
    return f"{head}: {one.stage.value}{why} since {clock(one.since.at)[:8]}"


def _beside(one: Course, boundary: Boundary, found: BoundaryStanding) -> str:
    """A report that is not the one that has come furthest from its place."""
    at_least = "at least " if found.at_least else ""
    attested = "" if one.stage is Stage.SETTLED else f", attested by {at_least}{len(one.attested)}"
    of = "" if found.active is None else f" of {found.active}, quorum {found.quorum}"
    best = boundary.best
    further = f"{short_id(best.id)} through {best.end}, {best.stage.value}, attested by {len(best.attested)}"
    return f"{_course_said(one)}{attested}{of}; another report from there has come further: {further}"


def _awaited(found: BoundaryStanding, asked: Asked, options: Options, number: int) -> list[Told]:
    """The sentence, then each node that is waited for with the line that shows why."""
    facts = found.model_dump(mode="json", exclude={"text"})
    steps = [Told(options.seq, options.at, None, "standing", found.text, facts, None)]
    mine = asked.view.state.reports[number]
    course = next(one for one in courses_of(number, mine, asked.active) if one.id == found.report)
    return [*steps, *_nodes_now(course, asked, options)] if course.pending else steps


def _nodes_now(course: Course, asked: Asked, options: Options) -> Iterator[Told]:
    """What each node that counts does about a report; where it has its quorum also who of those is not at work."""
    enough = asked.active is not None and len(course.attested) >= asked.active.quorum
    waited = [(number, course) for number in course.unjudged(() if asked.active is None else asked.active.nodes)]
    for number, about in [*waited, *[(number, None) for number in course.attested if enough]]:
        one = told(asked.view, number, about, asked.silent_after)
        if about is None and one.doing is Doing.HEARD:
            continue
        name = asked.name(number)
        line = None if one.line is None else one.line.seq
        yield Told(options.seq, options.at, name, "awaited", one.text, {"doing": one.doing.value}, line)
