"""Clocks as they are kept: what each node said of how far it had followed whom (catalogue, xmtpd §3)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state import clocks
from state.clocks import CURSORS_KEPT, OWN, STATEMENTS_KEPT, Followed, NodeClock, Served, originators
from state.events import Event, ProcessStarted
from state.sync_events import (
    ClockStated,
    CursorServed,
    EnvelopeDropped,
    EnvelopeGap,
    EnvelopeOutOfOrder,
    PublisherTimedOut,
    SequenceStated,
    WatchChanged,
)
from tests.state.journal import Journal, S
from tests.state.reporting import attests, made


def mine(journal: Journal, node: str = "node1") -> NodeClock:
    """A node's clock."""
    return journal.state.clocks[node]


def followed(journal: Journal, originator: int = 100) -> Followed:
    """How far node1 has followed an originator."""
    return mine(journal).followed[originator]


def known(journal: Journal, originator: int = 100) -> int | None:
    """The furthest that is known."""
    point = followed(journal, originator).known
    return None if point is None else point.sequence


def test_statements() -> None:
    """§3: a vector clock states each originator, a fill ratio one; each is exact at its time."""
    journal = Journal().say(ClockStated(((0, 3), (100, 7))), SequenceStated(100, 9))
    assert [(point.sequence, point.said) for point in followed(journal).stated] == [
        (7, journal.at(1)),
        (9, journal.at(2)),
    ]
    assert (known(journal), known(journal, 0)) == (9, 3)


PROOFS: list[tuple[Event, int]] = [
    (made(), 9),
    (attests(), 9),
]


@pytest.mark.parametrize(("line", "least"), PROOFS)
def test_proofs(line: Event, least: int) -> None:
    """§3: who makes or judges a report has its last envelope: at least."""
    journal = Journal().say(line)
    assert (known(journal), followed(journal).stated) == (least, ())
    assert known(journal.say(SequenceStated(100, 40))) == 40
    assert known(journal.say(line)) == 40
    assert known(Journal().say(SequenceStated(100, 1), line)) == least


def test_refusal_proves_as_well() -> None:
    """§2.3: a report is judged once all of its envelopes are there, whatever the verdict; a lower one later proves nothing new."""
    journal = Journal().say(attests(covers=(9, 20)), attests(report="b"))
    assert known(journal) == 20
    assert followed(journal).proved == followed(journal).known


@pytest.mark.parametrize("line", [EnvelopeGap(200, 100, 12, 8), EnvelopeOutOfOrder(200, 100, 3, 12)])
def test_what_is_received_need_not_be_stored(line: Event) -> None:
    """§3: these lines come as an envelope arrives; a node whose database is away says them all the same."""
    assert known(Journal().say(line)) is None


def test_gaps_are_counted() -> None:
    """§4.4, replication gap: how many, and how many sequences did not come."""
    journal = Journal().say(EnvelopeGap(200, 100, 8, 5), EnvelopeGap(200, 100, 12, 9), EnvelopeGap(200, 100, 3, 9))
    one = followed(journal)
    assert (one.gaps, one.missing, known(journal)) == (3, 6, None)
    assert one.last_gap is not None
    assert (one.last_gap.expected, one.last_gap.sequence, one.last_gap.origin) == (9, 3, journal.at(3))


def test_gap_told_twice_is_one() -> None:
    """§3: a stream that was lost is read anew from what is stored, so that the same gap comes again."""
    journal = Journal().say(*[EnvelopeGap(200, 100, 8, 5)] * 2)
    assert (followed(journal).gaps, followed(journal).missing) == (1, 3)


def test_out_of_order_is_counted() -> None:
    """§4.4, out of order: counted apart from gaps."""
    journal = Journal().say(*[EnvelopeOutOfOrder(200, 100, 3, 12)] * 2)
    one = followed(journal)
    assert (one.out_of_order, one.gaps, one.missing) == (2, 0, 0)
    assert one.last_out_of_order is not None
    assert one.last_out_of_order.origin == journal.at(2)


def test_dropped_envelopes() -> None:
    """§3: an envelope that is not valid is gone; which one it was the line does not say."""
    journal = Journal().say(EnvelopeDropped(200, "bad signature"), EnvelopeDropped(200, "bad topic"))
    dropped = mine(journal).dropped
    assert dropped is not None
    assert (dropped.count, dropped.text, len(mine(journal).followed)) == (2, "bad topic", 0)


def test_own_sequence_without_an_id() -> None:
    """§4.4, publish stall: the line names no originator, as it is the node itself."""
    journal = Journal().say(PublisherTimedOut(55))
    assert known(journal, OWN) == 55
    assert originators(journal.state.clocks) == []


def test_dead_nodes_clock_stays() -> None:
    """§3: neither its own start nor that of another takes away what a node was known to have."""
    journal = Journal().say(SequenceStated(100, 7)).say(ProcessStarted("xmtpd"), SequenceStated(100, 9), by="node2")
    assert known(journal.say(ProcessStarted("xmtpd"))) == 7


# --- what is kept ------------------------------------------------------------------------------------


def test_statements_are_thinned() -> None:
    """§3: a node that states its clock every half minute still knows what it had an hour ago."""
    journal = Journal()
    for number in range(500):
        journal.say(SequenceStated(100, number), after=30 * S)
    points = followed(journal).stated
    assert (len(points), points[-1].sequence) == (STATEMENTS_KEPT, 499)
    assert points[-1].said.time - points[0].said.time >= 30 * 60 * S


@given(steps=st.lists(st.tuples(st.integers(0, 3), st.sampled_from([1, 60, 700])), min_size=1, max_size=60))
@settings(derandomize=True, max_examples=100, deadline=None)
def test_thinning_keeps_order_and_the_latest(steps: list[tuple[int, int]]) -> None:
    """Law: what is kept was said, in its order, and ends with the latest; few statements are all kept."""
    journal = Journal()
    for sequence, after in steps:
        journal.say(SequenceStated(100, sequence), after=after * S)
    points = followed(journal).stated
    said = [point.said.seq for point in points]
    assert (len(points), said[-1]) == (min(len(steps), STATEMENTS_KEPT), len(steps))
    assert said == sorted(set(said))
    assert [steps[seq - 1][0] for seq in said] == [point.sequence for point in points]


def test_originators_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Further originators are not entered and touch nothing; those that are known go on."""
    monkeypatch.setattr(clocks, "ORIGINATORS_KEPT", 2)
    journal = Journal().say(ClockStated(((0, 1), (1, 1), (100, 1))))
    assert sorted(mine(journal).followed) == [0, 1]
    assert journal.say(SequenceStated(100, 1)).touched == ()
    assert known(journal.say(SequenceStated(1, 5)), 1) == 5


# --- what a watcher is served ------------------------------------------------------------------------


def served(journal: Journal) -> Served:
    """What the watcher knows of node 100."""
    return journal.state.clocks["watcher"].served[100]


def test_watcher() -> None:
    """§4.4, independent clock view: connected or not since when, with the errors between."""
    journal = Journal().say(
        WatchChanged(100, True), WatchChanged(100, False, "eof"), WatchChanged(100, False, "refused"), by="watcher"
    )
    one = served(journal)
    assert (one.connected, one.since) == (False, journal.at(2, "watcher"))
    assert one.failing is not None
    assert (one.failing.count, one.failing.text) == (2, "refused")
    one = served(journal.say(WatchChanged(100, True), by="watcher"))
    assert (one.connected, one.since) == (True, journal.at(4, "watcher"))


def test_cursors_that_are_kept() -> None:
    """§3: the latest are kept; of a row of equal ones the first and the last, so that since when it stands still is not forgotten."""
    journal = Journal()
    for sequence in (1, 2, 3, 4, *[5] * 9):
        journal.say(CursorServed(100, ((100, sequence),)), by="watcher")
    assert [one.sequences[100] for one in served(journal).cursors] == [3, 4, 5, 5]
    assert [one.said.seq for one in served(journal).cursors] == [3, 4, 5, 13]
    assert len(served(journal).cursors) == CURSORS_KEPT
    assert originators(journal.state.clocks) == [100]


def test_watched_nodes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Further nodes are not entered and touch nothing."""
    monkeypatch.setattr(clocks, "PUBLISHERS_KEPT", 1)
    journal = Journal().say(WatchChanged(100, True), WatchChanged(200, True), by="watcher")
    assert journal.touched == ()
