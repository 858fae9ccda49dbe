"""What a node is doing at present, in a few words: why it has not attested a report, or why nothing is heard of it.

The words stand in alerts and in `observer status` alike. What is read is what the logs show; of a node that nobody
hears it says so, and never that it is well or that it is stuck.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, NamedTuple

from state.nodes import OVER, Status
from state.ordered import ordered
from state.quorums import called, name_of
from state.report_events import Worker
from state.streams import stands
from state.views import is_over
from waits.durations import NS, duration, time_of_day
from waits.functions import Reads
from waits.library.hearing import last_line
from waits.library.missed import missed
from waits.sight import Attachment

if TYPE_CHECKING:
    from state.origin import Origin
    from state.report_views import Course
    from state.reports import Part
    from state.trouble import Trouble
    from waits.functions import View
    from waits.sight import Ear

READS: tuple[Reads, ...] = (
    Reads("nodes", ("status", "status_since", "crash", "troubles"), anywhere=True),
    Reads("streams", ("peers",), anywhere=True),
    Reads("reports", anywhere=True),
    Reads("workers", anywhere=True),
    Reads("registry", ("own",), anywhere=True),
    Reads("identities", anywhere=True),
    Reads("listening", ("missed",), anywhere=True),
    Reads("source", anywhere=True),
)
"""What a function reads that says what nodes are doing. How long a node is silent changes besides by itself."""
SILENT_AFTER = 60 * NS
"""A node of a network of reports may well write nothing for half a minute."""
TEXT_SHOWN = 120
"""Characters of an error or a reason that are told."""
TROUBLES = ("sink", "database")
"""Troubles of a node that keep it from judging anything, the graver first."""


class Doing(enum.Enum):
    """What a node is doing."""

    ATTESTED = "attested"
    REFUSED = "refused"
    STOPPED = "stopped"
    CRASHED = "crashed"
    NOT_HEARD = "not heard"
    """Its log is not there, or is not being read: what it does is unknown."""
    GONE = "gone"
    """It writes no more, and every peer lost it."""
    SILENT = "silent"
    STARTING = "starting"
    STOPPING = "stopping"
    GAVE_UP = "gave up"
    FAILING = "failing"
    WAITING = "waiting"
    """It has not got all envelopes yet."""
    CUT_OFF = "cut off"
    """It cannot read from the originator."""
    NO_WORD = "no word"
    """It is heard, and has said nothing of the report."""
    HEARD = "heard"
    """Nothing is the matter with it that a line shows."""


class Told(NamedTuple):
    """What a node is doing, in words, and the line that shows it."""

    doing: Doing
    text: str
    line: Origin | None = None

    @property
    def heard(self) -> bool:
        """Whether more could be known of the node: its log is there, or its end is."""
        return self.doing is not Doing.NOT_HEARD


def doing(view: View, number: int, report: Course | None = None, silent_after: int = SILENT_AFTER) -> str:
    """What the node with an id is doing, in a few words; with `report`, as far as it concerns that."""
    return told(view, number, report, silent_after).text


def told(view: View, number: int, report: Course | None = None, silent_after: int = SILENT_AFTER) -> Told:
    """The same, with its kind. A log that ended less than `silent_after` ago counts as read: recordings end so."""
    name = name_of(view.state, number)
    if report is not None:
        verdict = _verdict(view, name, number, report)
        if verdict is not None:
            return verdict
    if name is None:
        return Told(Doing.NOT_HEARD, "not heard: no log of it" + _besides(view, number, None, silent_after))
    return (
        _down(view, name, number, silent_after) or _kept_back(view, name, number, report) or _idle(view, name, report)
    )


def heard(view: View, number: int, silent_after: int = SILENT_AFTER) -> bool:
    """Whether the log of the node with an id is read, or has stated its end: what it has not said, it has not done."""
    return told(view, number, None, silent_after).heard


# --- what it said of the report ----------------------------------------------------------------------


def _part(view: View, name: str | None, number: int, report: Course) -> Part | None:
    """The node's part in the report: of several speakers with its id, the one with its name."""
    mine = view.state.reports.get(report.originator)
    known = None if mine is None else mine.reports.get(report.id)
    if known is None:
        return None
    found = [(speaker, part) for speaker, part in ordered(known.parts) if part.worker == number]
    own = [part for speaker, part in found if speaker[0] == name]
    return next(iter([*own, *[part for _speaker, part in found]]), None)


def _verdict(view: View, name: str | None, number: int, report: Course) -> Told | None:
    part = _part(view, name, number, report)
    if part is None or part.verdict is None or part.judged is None:
        return None
    if part.verdict:
        return Told(Doing.ATTESTED, f"attested {_clock(part.judged)}", part.judged)
    return Told(Doing.REFUSED, f"refused {_clock(part.judged)}: {_cut(part.reason or 'no reason given')}", part.judged)


# --- whether it lives --------------------------------------------------------------------------------


def _down(view: View, name: str, number: int, grace: int) -> Told | None:
    """Its process is over, nobody reads its log, or it writes nothing; None where it is at work."""
    node = view.state.nodes.get(name)
    since = None if node is None else node.status_since
    if node is not None and node.status in OVER and since is not None:
        if node.status is Status.STOPPED:
            return Told(Doing.STOPPED, f"stopped in order {_clock(since)}", since)
        why = f": {_cut(node.crash)}" if node.crash else ""
        return Told(Doing.CRASHED, f"crashed {_clock(since)}{why}", since)
    unread = _unread(view, name, grace)
    if unread is not None:
        return Told(Doing.NOT_HEARD, unread + _besides(view, number, name, grace))
    quiet = _quiet(view, name)
    if quiet is not None and quiet >= grace:
        lost = _besides(view, number, name, grace)
        return Told(Doing.GONE if lost.startswith("; every") else Doing.SILENT, f"silent for {duration(quiet)}{lost}")
    if node is not None and node.status in (Status.STARTING, Status.STOPPING) and since is not None:
        kind = Doing.STARTING if node.status is Status.STARTING else Doing.STOPPING
        return Told(kind, f"{node.status.value} since {_clock(since)}", since)
    return None


def _unread(view: View, name: str, grace: int) -> str | None:
    """Why the node's log tells nothing of it at present; None where it is read."""
    ears = view.ears.of(name)
    primary = [ear for ear in ears if ear.primary]
    if not primary:
        return "not heard: its log is in no format that is known" if ears else "not heard: no log of it"
    if any(_read(view, ear, grace) for ear in primary):
        return None
    ear = max(primary, key=lambda one: (one.since, one.number))
    if not ear.since:
        return "not heard: its log has not begun"
    when = time_of_day(ear.since)[:8]
    how = {
        Attachment.ENDED: f"ends {when} without a stop statement",
        Attachment.LOST: f"was lost {when}",
        Attachment.LAGGING: f"has not been read to its end since {when}",
    }
    return f"not heard: its log {how.get(ear.attachment, 'is not being read')}"


def _read(view: View, ear: Ear, grace: int) -> bool:
    if ear.attachment is Attachment.ENDED:
        return view.at - ear.since < grace
    return ear.attachment is Attachment.ATTACHED


def _quiet(view: View, name: str) -> int | None:
    """For how long it has written nothing."""
    line = last_line(view, name)
    return None if line is None else max(0, view.at - line)


def _besides(view: View, number: int, name: str | None, grace: int) -> str:
    """What its peers say of a node that does not speak for itself."""
    lost, standing = [], 0
    for other, mine in ordered(view.state.streams):
        stream = None if other == name else mine.peers.get(number)
        if stream is None or not _testifies(view, other, grace):
            continue
        if not stands(stream, view.at):
            lost.append(stream.since)
        else:
            standing += 1
    if not lost:
        return ""
    since = min(lost, key=lambda line: (line.at, line.seq))
    if standing:
        return f"; {len(lost)} of {len(lost) + standing} peers cannot reach it"
    return f"; every peer lost it, since {_clock(since)}"


def _testifies(view: View, name: str, grace: int) -> bool:
    """Whether a node is at work, so that its last word of a stream is how that stands."""
    quiet = _quiet(view, name)
    return not is_over(view.state, name) and quiet is not None and quiet < grace and _unread(view, name, grace) is None


# --- what keeps it from it ---------------------------------------------------------------------------


def _kept_back(view: View, name: str, number: int, report: Course | None) -> Told | None:
    """What goes wrong with it, as it says."""
    if report is None:
        return None
    part = _part(view, name, number, report)
    if number in report.given_up:
        return Told(Doing.GAVE_UP, "gave it up as too old", None if part is None else part.submission_since)
    if part is not None and part.attesting is not None:
        return Told(Doing.FAILING, f"cannot judge it: {_said(part.attesting)}", part.attesting.last)
    mine = view.state.reports.get(report.originator)
    waits = None if mine is None else mine.waiting.get((name, number))
    if waits is not None and (waits.start, waits.end) == (report.start, report.end):
        text = f"waits for envelopes, has {waits.seen} of {waits.end} at {_clock(waits.last)}"
        return Told(Doing.WAITING, text, waits.last)
    stream = view.state.streams.get(name)
    source = None if stream is None else stream.peers.get(report.originator)
    if source is not None and not stands(source, view.at):
        text = f"cannot read from {called(view.state, report.originator)} since {_clock(source.since)}"
        return Told(Doing.CUT_OFF, f"{text}: {_cut(source.error)}" if source.error else text, source.since)
    return _troubled(view, name, since=report.created)


def _troubled(view: View, name: str, since: Origin) -> Told | None:
    """Work without which nothing gets on, where it has failed since; trouble of long ago is none."""
    node = view.state.nodes.get(name)
    for what in TROUBLES if node is not None else ():
        trouble = None if node is None else node.troubles.get(what)
        if trouble is not None and trouble.last.at >= since.at:
            text = "cannot store envelopes" if what == "sink" else "its database fails"
            return Told(Doing.FAILING, f"{text}: {_said(trouble)}", trouble.last)
    return None


def _idle(view: View, name: str, report: Course | None) -> Told:
    if report is None:
        node = view.state.nodes.get(name)
        if node is None or node.status is None or node.status_since is None:
            return Told(Doing.HEARD, "heard")
        return Told(Doing.HEARD, f"{node.status.value} since {_clock(node.status_since)}", node.status_since)
    gap = missed(view, name)
    if gap is not None and gap.at >= report.created.at:
        return Told(Doing.NO_WORD, f"a part of its log is missing up to {_clock(gap)}, no word of it yet")
    mine = view.state.reports.get(report.originator)
    known = None if mine is None else mine.reports.get(report.id)
    born = [part.born for (speaker, _worker), part in ordered(known.parts) if speaker == name] if known else []
    if born:
        return Told(Doing.NO_WORD, f"has it since {_clock(born[0])}, no verdict yet", born[0])
    life = view.state.workers.get(name)
    worker = None if life is None else life.lives.get(Worker.ATTESTATION.value)
    if worker is not None and worker.last.at < report.created.at:
        text = f"heard, no word of it yet, its attestation worker last wrote {_clock(worker.last)}"
        return Told(Doing.NO_WORD, text, worker.last)
    return Told(Doing.NO_WORD, "heard, no word of it yet")


def _said(trouble: Trouble) -> str:
    times = f"{trouble.count} x " if trouble.count > 1 else ""
    return f"{times}{_cut(trouble.text)}, last {_clock(trouble.last)}"


def _clock(line: Origin) -> str:
    return time_of_day(line.at)[:8]


def _cut(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= TEXT_SHOWN else f"{said[: TEXT_SHOWN - 1]}…"
