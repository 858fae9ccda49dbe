"""What a gap in a node's log leaves unknown, fact by fact, and what makes it known again (R15)."""

from __future__ import annotations

import pytest

from state import views
from state.chain import Regression
from state.clock_views import clock_of
from state.encoding import OF_GAPS, digest, facts
from state.events import (
    BlockAdded,
    BlockReceived,
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Event,
    HostBlocked,
    ListeningStated,
    LogMissed,
    ProcessCrashed,
    ProcessReady,
    ProcessStopped,
    ReorgFinished,
    ReorgStarted,
    StatementUnreadable,
    SyncFinished,
)
from state.listening import BLOCKS, CONNECTIONS
from state.nodes import Life, Node, Status
from state.peers import NodePeers
from state.report_events import (
    GenerationSkipped,
    ReportGenerated,
    ReportJudged,
    ReportSubmitted,
    Sign,
    Skipped,
    Worker,
    WorkerSeen,
)
from state.reports import Submission
from state.snapshot import NetworkState
from state.streams import StreamState
from state.sync_events import (
    EnvelopesReceived,
    IndexerCaughtUp,
    IndexerFailed,
    SequenceStated,
    StreamAttempted,
    StreamEnded,
    StreamFailed,
    WatchChanged,
)
from tests.state.journal import START, Journal, S, block_id

GAP = LogMissed(1000, "it was truncated")
OPENED = ConnectionOpened("c", "p:1", Direction.OUT)
CLOSED = ConnectionClosed("c", "p:1", Direction.OUT)
REPORT = ("aa" * 32, 100, 0, 9)


def added(*heights: int, chain: int = 0) -> list[Event]:
    """Blocks of one chain."""
    return [BlockAdded(height, block_id(chain * 1000 + height)) for height in heights]


# --- listening ---------------------------------------------------------------------------------------


def test_every_topic_is_to_be_seen_anew() -> None:
    """R15, R23: another process may have begun, or other levels; a line of the topic shows it again, from there on."""
    journal = Journal().say(START, *added(1), OPENED, GAP)
    assert not journal.listening.seen
    assert not journal.listening.topics
    assert (journal.listening.missed, journal.listening.missed_total) == (journal.at(4), 1)
    journal.say(*added(2))
    assert list(journal.listening.seen) == [BLOCKS]
    assert views.shows_since(journal.state, "node1", BLOCKS, journal.at(5))
    assert not views.shows_since(journal.state, "node1", BLOCKS, journal.at(2))


def test_a_start_behind_a_gap_begins_anew() -> None:
    """R15: what is counted from a process start is exact again."""
    journal = Journal().say(START, OPENED, GAP, START, OPENED)
    assert views.connections(journal.state, "node1") == 1
    assert journal.listening.missed == journal.at(3)


def test_levels_stated_before_a_gap_are_none_of_the_process_that_starts_behind_it() -> None:
    """R15: a process names its levels just before itself; with a gap between, they may be the former one's."""
    levels = ListeningStated((BLOCKS,), (CONNECTIONS,))
    between = Journal().say(START, levels, GAP, START)
    behind = Journal().say(START, GAP, levels, START)
    assert CONNECTIONS not in between.listening.topics
    assert behind.listening.topics[CONNECTIONS] is False


def test_statements_that_could_not_be_read_stay_counted() -> None:
    """R13: they are a weakness of the reader."""
    journal = Journal().say(StatementUnreadable("tip"), GAP)
    assert journal.listening.unreadable_total == 1


# --- life --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", [ProcessReady(), ProcessStopped(), ProcessCrashed("out of disk")])
def test_a_status_is_unknown_behind_a_gap(last: Event) -> None:
    """R15: it may have ended there, or another one has begun: whoever had ended, and writes, was started again."""
    node = Journal().say(START, last, SyncFinished(), GAP).node
    assert (node.status, node.status_since, node.started, node.synced, node.target, node.crash) == (None,) * 6
    assert (node.system, node.version) == ("monero", "0.18.4.0")


def test_a_node_that_is_at_work_is_up() -> None:
    """R15: what only a process does that is up shows that it is, whatever it was before."""
    journal = Journal().say(START, ProcessCrashed("out of disk"), GAP, BlockReceived(block_id(1), "p:1"))
    assert (journal.node.status, journal.node.status_since) == (Status.UP, journal.at(4))
    assert journal.node.synced is None


def test_without_a_gap_work_says_nothing_of_a_life() -> None:
    """R15: a log that begins in the middle of a life has no status until a line states one."""
    journal = Journal().say(SyncFinished(), BlockReceived(block_id(1), "p:1"))
    assert journal.node.status is None


def test_how_a_life_ended_is_unknown_where_a_gap_lies_at_its_end() -> None:
    """R15: it is a restart all the same, and not counted as one without a stop."""
    journal = Journal().say(START, ProcessReady(), GAP, START)
    assert (journal.node.restarts, journal.node.unclean) == (1, 0)
    assert journal.node.lives == (Life(None, None, None),)
    assert (journal.node.missed, journal.node.lived) == (None, False)


def test_a_life_that_was_at_work_behind_a_gap_ended_without_a_stop() -> None:
    """R15: what was read behind the gap tells how it ended."""
    journal = Journal().say(START, ProcessReady(), GAP, BlockReceived(block_id(1), "p:1"), START)
    assert (journal.node.unclean, journal.node.lives[-1].clean) == (1, False)


def test_a_first_start_behind_a_gap_is_no_restart() -> None:
    """R15: that a process had shown itself before is not known."""
    journal = Journal().say(GAP, START)
    assert journal.node.restarts == 0


# --- connections -------------------------------------------------------------------------------------


def test_connections_count_from_the_next_start() -> None:
    """R15: some may have been opened, ended, banned and let in again."""
    journal = Journal().say(START, OPENED, HostBlocked("h"), GAP, ConnectionOpened("d", "p:2", Direction.OUT))
    assert views.connections(journal.state, "node1") is None
    assert not journal.peers.blocked
    assert journal.peers.opened_total == 2


def test_an_end_is_known_though_its_beginning_is_not() -> None:
    """R15: counted apart, never taken off; behind a gap it is kept with its address."""
    journal = Journal().say(START, OPENED, GAP, CLOSED)
    assert (journal.peers.unmatched_closes, journal.peers.closed_total) == (1, 0)
    (ended,) = journal.peers.ended
    assert (ended.address, ended.opened, ended.ended) == ("p:1", None, journal.at(4))
    assert not Journal().say(START, CLOSED).peers.ended


# --- chains ------------------------------------------------------------------------------------------


def test_a_height_is_known_from_the_next_block() -> None:
    """R15: as after a hidden spell."""
    journal = Journal().say(START, *added(1, 2), GAP)
    assert views.height(journal.state, "node1") is None
    journal.say(*added(9))
    assert (views.height(journal.state, "node1"), views.tip(journal.state, "node1")) == (9, block_id(9))
    assert list(journal.chain.main) == [9]
    assert block_id(1) in journal.chain.sightings


def test_a_lower_height_behind_a_gap_is_no_regression() -> None:
    """R15: a reorganisation may lie between, and still be under way; a minute later it is over."""
    journal = Journal().say(START, *added(1, 2, 3, 4), GAP, *added(3), *added(2, chain=1), *added(3, chain=1))
    assert journal.chain.regression_total == 0
    journal.say(*added(4, chain=1), after=61 * S).say(*added(2, chain=2))
    assert journal.chain.regressions == (Regression(4, 1, journal.chain.last, "popped"),)


def test_a_reorganisation_that_began_before_a_gap_can_end_behind_it() -> None:
    """R15: its beginning was read."""
    journal = Journal().say(START, *added(1, 2, 3), ReorgStarted(2, 3), GAP, ReorgFinished(2, 5))
    assert [(one.depth, one.outcome) for one in journal.chain.reorgs] == [(2, "success")]


def test_since_when_two_chains_differ_is_known_down_to_a_gap() -> None:
    """R16: what is missing below may differ too."""
    journal = Journal().say(START, *added(1, 2), GAP, *added(4, 5, chain=1))
    journal.say(START, *added(1, 2, 3, 4, 5), by="node2")
    found = views.compare(journal.state.chain["node1"], journal.state.chain["node2"])
    assert (found.relation, found.split, found.exact) == (views.Relation.DIVERGED, 4, False)
    assert views.agreement(journal.state).diverged == ()
    journal = Journal().say(START, *added(1, 2), GAP, *added(3), *added(4, 5, chain=1))
    journal.say(START, *added(1, 2, 3, 4, 5), by="node2")
    assert views.agreement(journal.state).diverged == (("node2", "node1", 4),)


# --- streams, workers, indexers, clocks --------------------------------------------------------------


def stream(journal: Journal, peer: int = 200) -> tuple[StreamState, bool, bool]:
    """How a stream of the first node stands."""
    one = journal.state.streams["node1"].peers[peer]
    return one.state, one.broken, one.unsure


TRIED = StreamAttempted(200, "http://b")


def test_a_stream_is_unknown_until_an_error_or_an_envelope() -> None:
    """R15: an attempt tells only that it did not stand before, which a new process' does not either."""
    journal = Journal().say(TRIED, GAP)
    assert stream(journal) == (StreamState.ATTEMPTED, False, True)
    assert stream(Journal().say(TRIED, GAP, TRIED)) == (StreamState.ATTEMPTED, False, True)
    assert stream(Journal().say(TRIED, GAP, StreamFailed("http://b", "refused", 200))) == (
        StreamState.FAILED,
        True,
        False,
    )
    assert stream(Journal().say(TRIED, GAP, EnvelopesReceived(200, 1))) == (StreamState.ATTEMPTED, False, False)
    assert stream(Journal().say(TRIED, GAP, StreamAttempted(300, "http://c")), 300)[2]


def test_a_loss_behind_a_gap_begins_there() -> None:
    """R15: whether the stream had been regained in the gap is not known, so no loss is counted."""
    lost = StreamEnded(200, "http://b", "reset")
    journal = Journal().say(TRIED).say(lost, after=60 * S).say(GAP, lost)
    one = journal.state.streams["node1"].peers[200]
    assert (one.since.seq, one.losses, one.unsure) == (4, 1, False)


def test_rounds_told_at_debug_are_to_be_seen_anew() -> None:
    """R15: a process that logs less may have begun; when a worker last came is known all the same."""
    cycle = WorkerSeen(100, Worker.SUBMITTER, Sign.CYCLE)
    life = Journal().say(cycle, GAP).state.workers["node1"].lives["submitter"]
    assert (life.cycles, life.cycle and life.cycle.seq) == (0, 1)


def test_an_indexer_may_have_got_past_a_block() -> None:
    """R15: until it says anything."""
    failed = IndexerFailed("app", "c", "0xa", "reverted", 7)
    journal = Journal().say(IndexerCaughtUp("app", "0xa"), failed, GAP)
    one = journal.state.indexers["node1"].contracts["0xa"]
    assert (one.following, one.unsure, one.failing_block) == (None, True, 7)
    again = journal.say(failed).state.indexers["node1"].contracts["0xa"]
    assert (again.unsure, again.failing and again.failing.count) == (False, 2)


def test_a_clock_that_was_stated_is_at_least_so_far() -> None:
    """R15: a clock does not go back; whether a watcher reaches a node is unknown."""
    journal = Journal().say(SequenceStated(100, 5), WatchChanged(200, connected=True), GAP)
    assert not clock_of(journal.state, "node1")[100].exact
    assert clock_of(journal.state, "node1")[100].sequence == 5
    assert journal.state.clocks["node1"].served[200].connected is None
    assert clock_of(journal.say(SequenceStated(100, 6)).state, "node1")[100].exact


# --- reports -----------------------------------------------------------------------------------------


def test_what_was_said_of_a_report_stays_and_its_status_is_unsure() -> None:
    """R15: a verdict is final; what the database says may have moved on, until a line of the node tells."""
    journal = Journal().say(ReportGenerated(100, *REPORT), ReportJudged(100, *REPORT, valid=True, reason=""), GAP)
    part = journal.state.reports[100].reports[REPORT[0]].parts["node1", 100]
    assert (part.verdict, part.submission, part.unsure) == (True, Submission.PENDING, True)
    journal.say(ReportSubmitted(100, *REPORT))
    part = journal.state.reports[100].reports[REPORT[0]].parts["node1", 100]
    assert (part.submission, part.unsure, part.anomaly_total) == (Submission.SUBMITTED, False, 0)


def test_rounds_on_both_sides_of_a_gap_are_not_in_a_row() -> None:
    """R15: one between them may have found something else."""
    skipped = GenerationSkipped(100, Skipped.PENDING, 100, 0, 1)
    journal = Journal().say(skipped, skipped, GAP)
    one = journal.state.reports[100].generation["node1", 100]
    assert (one.blocked, one.unsure) == (0, True)
    one = journal.say(skipped).state.reports[100].generation["node1", 100]
    assert (one.blocked, one.unsure) == (1, False)


def test_a_gap_is_the_nodes_own() -> None:
    """R15: nothing of another node changes."""
    journal = Journal().say(START, OPENED, *added(1), TRIED, by="node2")
    before = journal.state
    after = journal.say(GAP, by="node1").state
    for name in NetworkState.__struct_fields__:
        if name != "listening":
            assert getattr(after, name) is getattr(before, name)
    assert after.listening["node2"] is before.listening["node2"]


# --- digests -----------------------------------------------------------------------------------------


def test_digests_without_gaps_know_nothing_of_gaps() -> None:
    """R17: fields that only a gap sets are in a digest where there was one."""
    fields = [name for name in Node.__struct_fields__ if name not in OF_GAPS]
    origin = Journal().at(1)
    assert len(facts(Node(origin, origin))) == len(fields) < len(Node.__struct_fields__)
    assert len(facts(NodePeers(origin, origin))) == len(NodePeers.__struct_fields__) - 1
    plain = Journal().say(START, OPENED)
    assert digest(plain.state) != digest(Journal().say(START, OPENED, GAP).state)
