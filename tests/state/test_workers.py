"""Workers of payer reports: when each last showed that it lives (catalogue, xmtpd §2.3)."""

from __future__ import annotations

import pytest
from hypothesis import find

from state.events import Event, ProcessStarted
from state.kinds import ALL
from state.report_events import OfReport, ReportTransacted, Sign, StatusNotStored, Worker, WorkerSeen
from state.workers import WORK, WorkerLife
from tests.state.any_event import of_report
from tests.state.journal import Journal
from tests.state.reporting import attests, made

CYCLE = WorkerSeen(100, Worker.GENERATOR, Sign.CYCLE)
FAILED = WorkerSeen(100, Worker.GENERATOR, Sign.FAILED, "deadlock")


def life(journal: Journal, work: Worker = Worker.GENERATOR) -> WorkerLife:
    """A worker of node1."""
    return journal.state.workers["node1"].lives[work.value]


def test_rounds() -> None:
    """§2.3: a worker starts and begins rounds; the latest is kept and those of this process are counted."""
    journal = Journal().say(WorkerSeen(100, Worker.GENERATOR, Sign.STARTED), CYCLE, CYCLE, made())
    one = life(journal)
    assert (one.started, one.cycle, one.cycles, one.last) == (journal.at(1), journal.at(3), 2, journal.at(4))
    assert one.failing is None


def test_failed_rounds() -> None:
    """§8 D: a round that fails is a round, and a sign of life; the next one does not make it undone."""
    journal = Journal().say(CYCLE, FAILED, FAILED)
    one = life(journal)
    assert one.failing is not None
    assert (one.failing.count, one.failing.text, one.failing.first) == (2, "deadlock", journal.at(2))
    assert (one.cycle, one.last, one.cycles) == (journal.at(3), journal.at(3), 1)
    later = life(journal.say(CYCLE))
    assert (later.failing, later.cycle) == (one.failing, journal.at(4))


def test_process_start() -> None:
    """R15: rounds are counted anew, as the new process may log at another level; when a worker last worked is known all the same."""
    journal = Journal().say(WorkerSeen(100, Worker.GENERATOR, Sign.STARTED), CYCLE, attests(), ProcessStarted("xmtpd"))
    one = life(journal)
    assert (one.started, one.cycles, one.cycle, one.last) == (None, 0, journal.at(2), journal.at(2))
    assert life(journal, Worker.ATTESTATION).last == journal.at(3)
    before = journal.state.workers
    assert journal.say(ProcessStarted("xmtpd"), by="node2").state.workers is before


@pytest.mark.parametrize(("kind", "work"), WORK.items())
def test_any_line_of_a_worker_shows_it(kind: type[Event], work: Worker) -> None:
    """§2.3: submitter and settlement say nothing at INFO but where they have something to do, so each of their lines counts."""
    event = find(of_report(kind), lambda _: True)
    journal = Journal().say(event)
    one = life(journal, work)
    assert (one.last, one.started, one.cycle, one.cycles) == (journal.at(1), None, None, 0)
    assert len(journal.state.workers["node1"].lives) == 1


def test_no_line_of_a_worker_is_forgotten() -> None:
    """Every line about a report comes from one worker, but the one that several write behind another."""
    assert {kind for kind in ALL if issubclass(kind, OfReport)} - set(WORK) == {StatusNotStored}
    assert ReportTransacted not in WORK
