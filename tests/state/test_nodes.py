"""Slice `nodes`: what a node says of its own life."""

from __future__ import annotations

import pytest

from state.events import (
    CandidateSeen,
    Event,
    GenesisCreated,
    NetworkLost,
    ProblemLogged,
    ProcessCrashed,
    ProcessReady,
    ProcessStopped,
    ProcessStopping,
    ServiceBound,
    SyncFinished,
    SyncProgressed,
    SyncStarted,
    TargetLowered,
)
from state.nodes import LIVES_KEPT, PROBLEMS_KEPT, Life, Node, Status
from state.sync_events import DatabaseFailed, FeesDiffered, PublishingFailed, RatesStale, SinkFailed
from tests.state.journal import START, Journal

AHEAD, LEVEL, BEHIND = CandidateSeen(3, 9, "p:1"), CandidateSeen(9, 9, "p:1"), CandidateSeen(9, 3, "p:1")
FACTS = ("status", "started", "stopping", "stopped", "synced", "syncing", "sync_count", "target", "disconnected")


def facts(node: Node) -> dict[str, object]:
    """What is known of a node, unknown facts left out."""
    return {name: value for name in FACTS if (value := getattr(node, name)) is not None}


def problem(number: int, severity: str = "warning") -> ProblemLogged:
    """A problem of a shape told by a number."""
    return ProblemLogged(severity, "net", f"{number:012x}", f"problem {number}")


def test_start_states_everything_a_life_begins_with() -> None:
    """R15: a process start is absolute: not synchronised, catching up with nobody, no target, not cut off."""
    journal = Journal().say(NetworkLost(), START)
    assert facts(journal.node) == {
        "status": Status.STARTING,
        "started": journal.at(2),
        "synced": False,
        "syncing": False,
        "target": 0,
    }
    assert (journal.node.system, journal.node.version) == ("monero", "0.18.4.0")


STATED = [
    (ProcessReady(), {"status": Status.UP}),
    (ProcessStopped(), {"status": Status.STOPPED, "stopped": True}),
    (ProcessStopping(), {"status": Status.STOPPING, "stopping": True}),
    (ServiceBound("p2p", "127.0.0.1:1"), {}),
    (SyncFinished(), {"synced": True, "syncing": False}),
    (SyncProgressed(3, 5), {"syncing": True, "sync_count": 3, "target": 5}),
    (SyncProgressed(5, 5), {"syncing": False, "synced": True, "sync_count": 5, "target": 5}),
    (SyncStarted(), {}),
    (AHEAD, {"target": 9}),
    (LEVEL, {}),
    (BEHIND, {}),
    (TargetLowered(9, 7), {"target": 7}),
    (TargetLowered(9, 0), {"target": 0, "syncing": False}),
    (NetworkLost(), {"disconnected": True, "syncing": False, "target": 0}),
    (problem(1), {}),
]


@pytest.mark.parametrize(("event", "known"), STATED)
def test_nothing_is_known_but_what_was_stated(event: Event, known: dict[str, object]) -> None:
    """R15: of a node whose log begins in the middle, only what an absolute statement said is known."""
    journal = Journal().say(event)
    expected = {
        name: journal.at(1) if value is True and name not in ("synced", "syncing") else value
        for name, value in known.items()
    }
    assert facts(journal.node) == expected
    assert journal.node.born == journal.node.last == journal.at(1)
    assert journal.node.restarts == 0


def test_orderly_life() -> None:
    """Starting, up, stopping, stopped; the first of several stop lines counts, and each status keeps its line."""
    journal = Journal()
    seen = []
    for event in (START, ProcessReady(), ProcessStopping(), ProcessStopping(), ProcessStopped(), ProcessStopping()):
        journal.say(event)
        assert journal.node.status_since is not None
        seen.append((journal.node.status, journal.node.status_since.seq))
    stopping, stopped = (Status.STOPPING, 3), (Status.STOPPED, 5)
    assert seen == [(Status.STARTING, 1), (Status.UP, 2), stopping, stopping, stopped, stopped]
    assert (journal.node.stopping, journal.node.stopped) == (journal.at(3), journal.at(5))


def test_clean_restart() -> None:
    """A life that stated its stop ended cleanly, and the next one begins afresh."""
    journal = Journal().say(
        START, ProcessReady(), ServiceBound("p2p", "a:1"), SyncFinished(), ProcessStopping(), ProcessStopped(), START
    )
    node = journal.node
    assert (node.restarts, node.unclean) == (1, 0)
    assert node.lives == (Life(journal.at(1), journal.at(6), clean=True),)
    assert (node.status, node.stopped, node.stopping, node.synced, len(node.services)) == (
        Status.STARTING,
        None,
        None,
        False,
        0,
    )


@pytest.mark.parametrize("last", [START, ProcessReady(), ProcessStopping()])
def test_unclean_end(last: Event) -> None:
    """A life without its last statement ended uncleanly, however far its stop had come."""
    journal = Journal().say(START, last) if last is not START else Journal().say(START)
    journal.say(START)
    assert (journal.node.restarts, journal.node.unclean) == (1, 1)
    assert journal.node.lives == (Life(journal.at(1), None, clean=False),)


@pytest.mark.parametrize(
    "event", [event for event, _ in STATED if not isinstance(event, ProblemLogged | SyncStarted | ProcessStopped)]
)
def test_start_after_any_sign_of_life_is_a_restart(event: Event) -> None:
    """A start behind the middle of a life is a restart, whichever line had shown that life."""
    journal = Journal().say(event, START)
    assert (journal.node.restarts, journal.node.unclean) == (1, 1)
    assert journal.node.lives == (Life(None, None, clean=False),)


@pytest.mark.parametrize("event", [problem(1), GenesisCreated()])
def test_problem_before_the_banner_is_no_life(event: Event) -> None:
    """A warning may stand before the banner of the same process, so it does not make the start a restart."""
    assert Journal().say(event, START).node.restarts == 0


def test_former_lives_are_bounded() -> None:
    """Only the latest lives are kept; all are counted."""
    journal = Journal().say(*[START] * (LIVES_KEPT + 9))
    assert (journal.node.restarts, journal.node.unclean, len(journal.node.lives)) == (
        LIVES_KEPT + 8,
        LIVES_KEPT + 8,
        LIVES_KEPT,
    )
    assert journal.node.lives[-1].started == journal.at(LIVES_KEPT + 8)


SYNC = [
    ([AHEAD, SyncStarted()], {"syncing": True, "target": 9, "synced": False}),
    ([BEHIND, SyncStarted()], {"syncing": False, "target": 0, "synced": False}),
    ([AHEAD, SyncStarted(), SyncProgressed(5, 9)], {"syncing": True, "target": 9, "sync_count": 5, "synced": False}),
    ([AHEAD, SyncStarted(), SyncProgressed(9, 9)], {"syncing": False, "target": 9, "sync_count": 9, "synced": True}),
    ([AHEAD, SyncStarted(), SyncFinished()], {"syncing": False, "synced": True}),
    ([AHEAD, CandidateSeen(3, 5, "p:2")], {"target": 9}),
    ([AHEAD, CandidateSeen(3, 12, "p:2")], {"target": 12}),
    ([SyncFinished(), AHEAD, SyncStarted()], {"syncing": True, "synced": True}),
    ([AHEAD, SyncStarted(), TargetLowered(9, 0)], {"syncing": False, "target": 0}),
    ([AHEAD, SyncStarted(), TargetLowered(9, 5)], {"syncing": True, "target": 5}),
    ([SyncFinished(), NetworkLost()], {"syncing": False, "target": 0, "synced": True}),
    ([AHEAD, START, SyncStarted()], {"syncing": False, "target": 0}),
]


@pytest.mark.parametrize(("events", "expected"), SYNC)
def test_sync_flags(events: list[Event], expected: dict[str, object]) -> None:
    """Catching up begins behind a candidate that is ahead and ends at the target; synchronised once is for the process's life."""
    node = Journal().say(START, *events).node
    assert {name: getattr(node, name) for name in expected} == expected


@pytest.mark.parametrize("event", [AHEAD, BEHIND, SyncStarted()])
def test_peer_ends_the_isolation(event: Event) -> None:
    """A node is cut off from when it says so until it meets a peer's tip again."""
    journal = Journal().say(START, NetworkLost())
    assert journal.node.disconnected == journal.at(2)
    assert journal.say(SyncProgressed(3, 5)).node.disconnected == journal.at(2)
    assert journal.say(event).node.disconnected is None


def test_latest_address_of_a_service_stands() -> None:
    """Each service has the address it stated last."""
    journal = Journal().say(START, ServiceBound("p2p", "a:1"), ServiceBound("rpc", "a:2"), ServiceBound("p2p", "a:3"))
    assert dict(journal.node.services.items()) == {"p2p": "a:3", "rpc": "a:2"}


def test_problems_are_counted_by_shape() -> None:
    """A storm of one kind is one entry with its first and last line; a restart does not forget it."""
    journal = Journal().say(problem(1), problem(2), problem(1), START, problem(1))
    found = journal.node.problems[problem(1).fingerprint]
    assert (found.count, found.first, found.last, found.text) == (3, journal.at(1), journal.at(5), "problem 1")
    assert (journal.node.problem_lines, len(journal.node.problems)) == (4, 2)


def test_problems_are_bounded() -> None:
    """Shapes beyond the limit are counted and not kept; the ones that are kept go on being counted."""
    journal = Journal().say(*(problem(number) for number in range(PROBLEMS_KEPT + 5)), problem(0))
    node = journal.node
    assert (len(node.problems), node.problems_dropped, node.problem_lines) == (PROBLEMS_KEPT, 5, PROBLEMS_KEPT + 6)
    assert node.problems[problem(0).fingerprint].count == 2


def test_severities_are_exact() -> None:
    """Every line counts by its severity, also of shapes that are not kept; a restart does not forget it."""
    storm = [problem(number) for number in range(PROBLEMS_KEPT + 5)]
    journal = Journal().say(*storm, problem(999, "error"), START, problem(999, "error"), problem(0, "fatal"))
    assert dict(journal.node.severities.items()) == {"warning": PROBLEMS_KEPT + 5, "error": 2, "fatal": 1}
    assert sum(journal.node.severities.values()) == journal.node.problem_lines


def test_crash_ends_a_life() -> None:
    """Catalogue xmtpd §4.3, trap 7: a FATAL line ends the process; what was not a stop is an unclean end, and is over at the next start."""
    journal = Journal().say(START, ProcessReady(), ProcessCrashed("no such contract"))
    node = journal.node
    assert (node.status, node.status_since, node.crash) == (Status.CRASHED, journal.at(3), "no such contract")
    node = journal.say(START).node
    assert (node.status, node.crash, node.restarts, node.unclean) == (Status.STARTING, None, 1, 1)
    assert node.lives == (Life(journal.at(1), None, clean=False),)


@pytest.mark.parametrize("event", [ProcessStopping(), ProcessStopped()])
def test_crash_is_not_undone(event: Event) -> None:
    """R15: what a process still says of stopping behind its crash makes no orderly end of it."""
    node = Journal().say(START, ProcessCrashed("x"), event, START).node
    assert (node.unclean, node.lives[-1].clean) == (1, False)


def test_crash_before_any_start() -> None:
    """R15: a log that begins with a crash has shown a life."""
    node = Journal().say(ProcessCrashed("x"), START).node
    assert (node.restarts, node.unclean, node.lives[-1].started) == (1, 1, None)


TROUBLES = [
    (DatabaseFailed("clock", "timeout"), "database", "timeout"),
    (SinkFailed("deadlock"), "sink", "deadlock"),
    (PublishingFailed("deadlock", 3), "publisher", "deadlock"),
    (FeesDiffered("3", "4"), "fees", "ours 3, theirs 4"),
    (RatesStale(9000), "rates", "read 9000 ms ago"),
]


@pytest.mark.parametrize(("event", "name", "text"), TROUBLES)
def test_troubles_are_counted(event: Event, name: str, text: str) -> None:
    """Catalogue xmtpd §4.4: work that fails again and again is one trouble; a restart does not forget it, and it is no life."""
    journal = Journal().say(event, START, event)
    one = journal.node.troubles[name]
    assert (one.count, one.text, one.first, one.last) == (2, text, journal.at(1), journal.at(3))
    assert (len(journal.node.troubles), journal.node.restarts) == (1, 0)
