"""Who is behind whom, and whose cursor stands still (catalogue, xmtpd §3)."""

from __future__ import annotations

from state.clock_views import clock_of, divergence, lag_of, served_lags
from state.report_events import ReportJudged
from state.snapshot import NetworkState
from state.sync_events import ClockStated, CursorServed, NodeIdStated, PublisherTimedOut, SequenceStated
from tests.state.journal import Journal, S
from tests.state.reporting import attests


def states(sequence: int, originator: int = 300) -> SequenceStated:
    """How far the node has followed node 300."""
    return SequenceStated(originator, sequence)


def behind(journal: Journal, node: str = "node1", originator: int = 300) -> int | None:
    """How far a node is behind."""
    lag = lag_of(journal.state, node, originator)
    return None if lag is None else lag.behind


def test_clock_of_a_node() -> None:
    """§3: exact where the node stated it, at least where it is proved; the node's own sequence under its id."""
    journal = Journal().say(NodeIdStated(100), states(5), attests(), PublisherTimedOut(30))
    found = clock_of(journal.state, "node1")
    assert {originator: (one.sequence, one.exact) for originator, one in found.items()} == {
        100: (30, True),
        300: (5, True),
    }
    assert found[100].said == journal.at(4)
    proved = clock_of(Journal().say(attests(covers=(0, 40)), NodeIdStated(100), PublisherTimedOut(30)).state, "node1")
    assert [(one.sequence, one.exact) for one in proved.values()] == [(40, False)]
    assert clock_of(NetworkState(), "node1") == {}


def test_own_sequence_of_nobody() -> None:
    """Key finding 3: without an id the node's own sequence is that of no originator."""
    assert clock_of(Journal().say(PublisherTimedOut(30)).state, "node1") == {}


def test_clock_of_a_dead_node() -> None:
    """§3: the last one, whatever was said since."""
    journal = Journal().say(states(5)).say(states(50), by="node2", after=3600 * S)
    assert clock_of(journal.state, "node1")[300].sequence == 5


def test_lag() -> None:
    """§3: behind what another one had stated before; the furthest of several counts."""
    journal = Journal().say(states(9), by="node2").say(states(7), by="node3").say(states(4))
    lag = lag_of(journal.state, "node1", 300)
    assert lag is not None
    assert (lag.behind, lag.ahead, lag.mine.sequence) == (5, "node2", 4)
    assert lag.furthest is not None
    assert lag.furthest.said == journal.at(1, "node2")
    assert behind(journal, "node3") == 2


def test_later_statement_is_no_lag() -> None:
    """§3: what another one states later it may have got later; nobody was ahead when this one spoke."""
    journal = Journal().say(states(4)).say(states(9), by="node2")
    lag = lag_of(journal.state, "node1", 300)
    assert lag is not None
    assert (lag.behind, lag.ahead) == (0, None)
    assert behind(journal.say(states(4))) == 5
    assert behind(journal.say(states(9))) == 0


def test_proofs_count_in_a_lag() -> None:
    """§3: another one's proof shows that it was ahead, one's own that one is less behind; without a statement there is no lag."""

    def proves(end: int) -> ReportJudged:
        return ReportJudged(200, "ab" * 32, 300, 0, end, valid=True, reason="")

    journal = Journal().say(proves(9), by="node2").say(states(4))
    assert behind(journal) == 5
    assert behind(journal.say(proves(7))) == 2
    assert behind(journal, "node2") is None
    assert behind(journal, "node3") is None


def test_own_sequence_counts_in_a_lag() -> None:
    """§3 and §4.4, publish stall: a node's own sequence is what others are behind, though its line does not name it."""
    journal = Journal().say(NodeIdStated(300), PublisherTimedOut(9), by="node3").say(states(4))
    assert behind(journal) == 5
    lag = lag_of(journal.say(states(8, 300), by="node3").state, "node3", 300)
    assert lag is not None
    assert lag.mine.sequence == 8


def test_frequent_statements_are_not_forgotten() -> None:
    """§3: a node that speaks every half minute does not hide that another one, which speaks every half hour, was behind it."""
    journal = Journal()
    for number in range(100):
        journal.say(states(number), by="node2", after=30 * S)
    journal.say(states(40))
    for number in range(100, 160):
        journal.say(states(number), by="node2", after=30 * S)
    assert (behind(journal) or 0) > 0


def test_divergence() -> None:
    """§3: the most that any node is behind another, with both; without two statements that compare there is none."""
    assert divergence(NetworkState(), 300) is None
    journal = Journal().say(states(9), by="node2")
    assert divergence(journal.state, 300) is None
    journal.say(states(7), by="node3").say(states(4))
    assert divergence(journal.state, 300) == (5, "node1", "node2")
    assert divergence(journal.say(states(9)).say(states(9), by="node3").state, 300) == (0, "node1", "node2")


def test_statement_of_a_whole_clock() -> None:
    """Key finding 8: originators that only the other one knows compare too, once this one has stated them."""
    journal = Journal().say(ClockStated(((0, 5), (300, 9))), by="node2").say(ClockStated(((0, 5), (300, 0))))
    assert (behind(journal), behind(journal, originator=0), behind(journal, originator=1)) == (9, 0, None)


# --- what a watcher was served -----------------------------------------------------------------------


def cursor(publisher: int, *sequences: tuple[int, int]) -> CursorServed:
    """What a node serves."""
    return CursorServed(publisher, sequences)


def watched(*lines: CursorServed) -> Journal:
    """A watcher's log."""
    return Journal().say(*lines, by="watcher")


def test_still_cursor() -> None:
    """§3: a cursor updater that has ended serves the same for ever; since the first stream that got it, however many followed."""
    same = cursor(100, (100, 5), (200, 7))
    journal = watched(cursor(100, (100, 4), (200, 7)), *[same] * 9)
    (one,) = served_lags(journal.state)
    assert (one.publisher, one.watcher, one.still_since) == (100, "watcher", journal.at(2, "watcher"))
    (one,) = served_lags(watched(*[same] * 9, cursor(100, (100, 5), (200, 8))).state)
    assert one.still_since is None
    (one,) = served_lags(watched(same).state)
    assert one.still_since is None


def test_served_lag() -> None:
    """§3: behind what others had served before; an originator that is not served at all is behind from the beginning."""
    journal = watched(cursor(200, (0, 3), (300, 9)), cursor(100, (300, 4)), cursor(200, (300, 50)))
    one, other = served_lags(journal.state)
    assert (one.publisher, one.behind) == (100, {0: 3, 300: 5})
    assert (other.publisher, other.behind) == (200, {})


def test_watchers_do_not_mix() -> None:
    """R16: what one watcher got and what nodes state of themselves are other kinds of evidence."""
    journal = watched(cursor(100, (300, 4))).say(cursor(200, (300, 9)), by="other").say(states(9), by="node2")
    assert [(one.watcher, one.behind) for one in served_lags(journal.state)] == [("other", {}), ("watcher", {})]
    assert served_lags(NetworkState()) == []
