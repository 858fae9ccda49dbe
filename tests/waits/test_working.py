"""Workers that come once in a period: when one is late, and when that cannot be told."""

from __future__ import annotations

from typing import Any

from state.events import Event, ProcessReady, ProcessStarted, ProcessStopped
from state.report_events import ReportGenerated, ReportSubmitting, Sign, Worker, WorkerSeen
from tests.waits.builders import Run, rule
from waits import library
from waits.functions import FUNCTIONS
from waits.library.ages import NEVER
from waits.sight import Attachment

assert library
S = 10**9
MINUTE = 60
HOUR = 3600
START = ProcessStarted("xmtpd", "1.3.0")
LATE = rule("late_for(worker, 1h) >= 2m", each="worker")


class Node:
    """One node, up since 1 s."""

    def __init__(self) -> None:
        """It is judged by whether a worker is late."""
        self.run = Run("n1", roster=["n1"]).at(1).says("n1", START, ProcessReady()).load(LATE)

    def says(self, minute: int, *events: Event) -> Node:
        """It says something, at a minute."""
        self.run.at(minute * MINUTE).says("n1", *events)
        return self

    def round(self, minute: int, worker: Worker = Worker.GENERATOR) -> Node:
        """A worker begins a round."""
        return self.says(minute, WorkerSeen(100, worker, Sign.CYCLE))

    def down(self, since: int, until: int) -> Node:
        """It is stopped, and started again."""
        return self.says(since, ProcessStopped()).says(until, START, ProcessReady())

    def due(self, worker: str = "generator") -> int | None:
        """The minute at which a worker should have come."""
        found: Any = self.run.engine.graph.asked(FUNCTIONS["late_for"], (f"n1/{worker}", HOUR * S))
        return None if found is None else found if found == NEVER else found // (MINUTE * S)


def test_a_worker_is_due_one_period_behind_its_last_round() -> None:
    """It is late two minutes behind that, until it comes."""
    node = Node().round(31)
    assert node.due() == 91
    node.run.tick(93 * MINUTE)
    assert node.run.told == [(93 * MINUTE, "firing")]
    node.round(95)
    assert node.run.told[-1] == (95 * MINUTE, "resolved")
    assert node.due() == 155


def test_a_worker_that_comes_in_time_is_never_late() -> None:
    """Hour by hour."""
    node = Node()
    for hour in range(12):
        node.round(31 + 60 * hour)
    assert node.run.told == []


def test_a_round_that_failed_was_one() -> None:
    """The worker lives; that it failed is counted."""
    node = Node().round(31).says(91, WorkerSeen(100, Worker.GENERATOR, Sign.FAILED, "no nodes"))
    graph = node.run.engine.graph
    assert node.due() == 151
    assert graph.asked(FUNCTIONS["round_failures"], ("n1/generator",)) == 1
    assert graph.asked(FUNCTIONS["round_error"], ("n1/generator",)) == "no nodes"


def test_slots_in_which_the_node_was_down_are_none() -> None:
    """However many: the next one counts that comes while it is up."""
    assert Node().round(31).down(40, 50).due() == 91
    assert Node().round(31).down(80, 100).due() == 151
    assert Node().round(31).down(80, 300).due() == 331
    assert Node().round(31).down(80, 91).due() == 151
    assert Node().round(31).says(80, ProcessStopped()).due() == NEVER


def test_a_start_in_between_moves_no_slot() -> None:
    """The minute is that of the node, whenever its process began."""
    node = Node().round(31)
    assert node.says(60, START, ProcessReady(), WorkerSeen(100, Worker.GENERATOR, Sign.STARTED)).due() == 91


def test_a_worker_that_has_only_started_is_due_within_a_period() -> None:
    """Its minute is not known yet."""
    assert Node().says(10, WorkerSeen(100, Worker.GENERATOR, Sign.STARTED)).due() == 70


def test_workers_told_of_at_debug_are_unknown_until_a_round_is_seen() -> None:
    """R23: at INFO a submitter with nothing to do says nothing; nor does one after a start, for all that is known."""
    node = Node().says(36, ReportSubmitting(100, "aa", 100, 0, 9))
    assert node.due("submitter") is None
    node.round(96, Worker.SUBMITTER)
    assert node.due("submitter") == 156
    node.says(100, START, ProcessReady())
    assert node.due("submitter") is None


def test_what_a_worker_did_shows_no_round() -> None:
    """A report at INFO tells of a generator, and not when it began."""
    node = Node().says(31, ReportGenerated(100, "aa", 100, 0, 9))
    assert node.due() is None
    assert node.run.engine.graph.cell(FUNCTIONS["scheduled_workers"]).value == ()


def test_attestation_workers_have_no_slot() -> None:
    """They come once a minute. That their rounds are told, at DEBUG, shows that those of the others would be."""
    node = Node().round(31, Worker.ATTESTATION)
    found = node.run.engine.graph.cell(FUNCTIONS["scheduled_workers"]).value
    assert found == tuple(f"n1/{name}" for name in ("generator", "settlement", "submitter"))


def test_a_worker_of_a_node_that_is_not_heard_is_unknown() -> None:
    """R23: it may have come."""
    node = Node().round(31)
    node.run.source("n1", Attachment.ENDED)
    assert node.due() is None
