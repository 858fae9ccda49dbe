"""What nodes say of the reports that begin at one place, in words, one step for each line that is worth it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from observer.explaining.steps import Told
from observer.wording import counted, envelopes, short_id
from replay.folding import Step
from state.events import Event
from state.origin import Origin
from state.quorums import active_nodes, called
from state.report_events import (
    AttestationWaiting,
    AttestingFailed,
    ChainReportSettled,
    ChainReportSubmitted,
    GenerationSkipped,
    OfReport,
    ReportExpired,
    ReportGenerated,
    ReportIgnored,
    ReportJudged,
    ReportSettled,
    ReportSettling,
    ReportSubmitted,
    ReportSubmitting,
    SettlementInconsistent,
    SettlementProgressed,
    SettlingFailed,
    Skipped,
    StatusNotStored,
    SubmissionRejected,
    SubmittingFailed,
)
from state.report_views import (
    chain_of,
    courses_of,
)
from state.snapshot import NetworkState

TEXT_SHOWN = 200


class Telling:
    """Tells of the reports of an originator that begin at one place, or of one of them. What is said again and again
    is told the first time.
    """

    def __init__(self, originator: int, start: int, report: str | None, expected: list[str]) -> None:
        self._originator = originator
        self._start = start
        self._report = report
        self._expected = expected
        self._told: set[tuple[str, ...]] = set()

    def of(self, step: Step) -> Iterator[Told]:
        """What an entry says."""
        for event, origin in step.said:
            found = self._words(event, origin, step.after)
            if found is None:
                continue
            kind, text, facts = found
            if self._again(kind, text, origin, event):
                continue
            seq = step.wanted.seq
            yield Told(seq, step.wanted.at, origin.node, kind, text, facts, seq)

    def _again(self, kind: str, text: str, origin: Origin, event: Event) -> bool:
        """Whether the node has said the same before; numbers that only grow are no news."""
        key = (kind, origin.node, getattr(event, "report", ""), text if kind in _BY_TEXT else "")
        if kind in _EVERY:
            return False
        known = key in self._told
        self._told.add(key)
        return known

    def _words(self, event: Event, origin: Origin, state: NetworkState) -> tuple[str, str, dict[str, Any]] | None:
        if getattr(event, "originator", None) != self._originator:
            return None
        if isinstance(event, OfReport):
            wanted = event.report == self._report if self._report is not None else event.start == self._start
            return self._of_report(event, state) if wanted else None
        if isinstance(event, (ReportExpired, ReportIgnored)):
            return self._given_up(event, state)
        return self._of_range(event, origin, state)

    def _of_report(self, event: OfReport, state: NetworkState) -> tuple[str, str, dict[str, Any]] | None:
        kind, text = "", ""
        name = f"report {short_id(event.report)}"
        if isinstance(event, ReportGenerated):
            kind, text = "made", f"made {name}, {envelopes(event.start, event.end)}"
        elif isinstance(event, ReportJudged):
            kind = "attested" if event.valid else "refused"
            text = f"{kind} {name}" + (self._count(event, state) if event.valid else f": {event.reason[:TEXT_SHOWN]}")
        elif isinstance(event, AttestingFailed):
            kind, text = "cannot judge", f"cannot judge {name}: {event.error[:TEXT_SHOWN]}"
        else:
            kind, text = _of_chain(event, name)
        facts = {"report": event.report, "start": event.start, "end": event.end}
        return (kind, text, facts) if kind else None

    def _count(self, event: ReportJudged, state: NetworkState) -> str:
        """How many have attested by then, and whether that is a quorum."""
        active = active_nodes(state, self._expected)
        mine = state.reports.get(event.originator)
        courses = () if mine is None else courses_of(event.originator, mine, active)
        count = next((len(one.attested) for one in courses if one.id == event.report), 0)
        if active is None:
            return f", {count} so far"
        return f", {count} of {active.n}" + (f": the quorum of {active.quorum}" if count == active.quorum else "")

    def _given_up(
        self, event: ReportExpired | ReportIgnored, state: NetworkState
    ) -> tuple[str, str, dict[str, Any]] | None:
        mine = state.reports.get(self._originator)
        known = None if mine is None else mine.reports.get(event.report)
        here = known is not None and known.start == self._start
        if not here or self._report not in (None, event.report):
            return None
        name = f"report {short_id(event.report)}"
        if isinstance(event, ReportExpired):
            return "given up", f"gives up {name} as too old", {"report": event.report}
        return "ignored", f"passes over {name}, which it refused itself", {"report": event.report}

    def _of_range(self, event: Event, origin: Origin, state: NetworkState) -> tuple[str, str, dict[str, Any]] | None:
        """Lines that name no report."""
        if isinstance(event, AttestationWaiting) and event.start == self._start:
            text = f"waits for envelopes: has {event.seen} of {event.end}"
            return "waiting", text, {"seen": event.seen, "end": event.end}
        if isinstance(event, GenerationSkipped) and event.why is Skipped.PENDING and event.boundary == self._start:
            text = "makes no further report, as those from here are pending"
            return "blocked", text, {"boundary": event.boundary, "pending": event.pending}
        if isinstance(event, ChainReportSubmitted) and event.start == self._start:
            nodes = ", ".join(called(state, number) for number in event.active)
            active = f"; {counted(len(event.active), 'node')} count: {nodes}" if event.active else ""
            text = f"reads from the chain that {envelopes(event.start, event.end)} are submitted{active}"
            return "chain submitted", text[:TEXT_SHOWN], {"end": event.end, "active": list(event.active)}
        if isinstance(event, ChainReportSettled) and self._place(state, event.index):
            left = f"{event.remaining} left to settle" if event.remaining else "all is settled"
            facts = {"index": event.index, "remaining": event.remaining}
            return "chain settled", f"reads from the chain that {left}", facts
        return None

    def _place(self, state: NetworkState, index: int) -> bool:
        """Whether the report at an index of the chain begins here."""
        mine = state.reports.get(self._originator)
        chain = () if mine is None else chain_of(mine).ranges
        return any(one.place == index and one.start == self._start for one in chain)


_BY_TEXT = ("cannot judge", "cannot submit", "cannot settle", "chain settled", "settles", "not stored")
"""Kinds of which another text is news."""
_EVERY = ("made", "attested", "refused")


def _of_chain(event: OfReport, name: str) -> tuple[str, str]:
    """What concerns the chain."""
    error = str(getattr(event, "error", ""))[:TEXT_SHOWN]
    if isinstance(event, SubmittingFailed):
        return "cannot submit", f"cannot submit {name}: {error}"
    if isinstance(event, SettlingFailed):
        return "cannot settle", f"cannot settle {name}: {error}"
    if isinstance(event, StatusNotStored):
        return "not stored", f"cannot store that {name} is {event.status}" + (f": {error}" if error else "")
    if isinstance(event, ReportSubmitted):
        return "submitted", f"{name} is on the chain" + (" already" if event.already else "")
    if isinstance(event, SettlementProgressed):
        return "settles", f"settled {event.settled} of {name}, {event.remaining} left"
    words: dict[type[Event], tuple[str, str]] = {
        ReportSubmitting: ("submits", "sends {} to the chain"),
        SubmissionRejected: ("rejected", "{} is rejected: the chain goes on elsewhere"),
        ReportSettling: ("settling", "begins to settle {}"),
        ReportSettled: ("settled", "{} is settled"),
        SettlementInconsistent: ("inconsistent", "finds nothing left to settle of {}, which is not settled"),
    }
    kind, text = words.get(type(event), ("", ""))
    return kind, text.format(name) if kind else ""
