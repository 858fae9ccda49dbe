"""Who can read from whom, and whose clock and cursor are behind, as it is told line by line."""

from __future__ import annotations

from typing import Any

from state.events import Event, ProcessCrashed, ProcessReady, ProcessStarted, ProcessStopped
from state.report_events import ReportGenerated, ReportJudged
from state.sync_events import (
    ClockStated,
    CursorServed,
    DatabaseFailed,
    EnvelopesReceived,
    IndexerAdvanced,
    IndexerFailed,
    NodeIdStated,
    SequenceStated,
    StreamAttempted,
    StreamEnded,
    StreamFailed,
)
from tests.waits.builders import Run, rule
from waits import library
from waits.functions import FUNCTIONS
from waits.library.ages import NEVER
from waits.rules import Rule
from waits.sight import Attachment

assert library
S = 10**9
NUMBERS = {"node1": 100, "node2": 200, "node3": 300}
START = ProcessStarted("xmtpd", "1.3.0")
WATCHER = "network-watcher"


DAY = 86_400
"""When all this is: seconds are those of the second day, as what has long stood has stood since time began."""


class Net:
    """Three nodes, each of which reads from each since 1 s."""

    def __init__(self, *rules: Rule) -> None:
        """`rules` judge it from then on."""
        self.run = Run(*NUMBERS, roster=list(NUMBERS)).at(DAY + 1)
        for node, number in NUMBERS.items():
            self.run.says(node, START, NodeIdStated(number), ProcessReady())
        for node in NUMBERS:
            for other, number in NUMBERS.items():
                if node != other:
                    self.run.says(node, StreamAttempted(number, f"http://{other}"))
        self.run.load(*rules)

    def says(self, at: int, node: str, *events: Event) -> Net:
        """A node says something, at a second."""
        self.run.at(DAY + at)
        if node == WATCHER and node not in self.run.ears:
            self.run.source(node, Attachment.ATTACHED)
        self.run.says(node, *events)
        return self

    def loses(self, at: int, node: str, peer: str) -> Net:
        """A stream that stood ends."""
        return self.says(at, node, StreamEnded(NUMBERS[peer], f"http://{peer}", "reset"))

    def tries(self, at: int, node: str, peer: str, failing: int | None = None) -> Net:
        """Another attempt, which fails so many seconds later, or not."""
        self.says(at, node, StreamAttempted(NUMBERS[peer], f"http://{peer}"))
        if failing is not None:
            self.says(at + failing, node, StreamFailed(f"http://{peer}", "refused", NUMBERS[peer]))
        return self

    def told(self, node: str) -> list[tuple[int, str]]:
        """What became of the alert about a node, by second."""
        return [(at - DAY, state) for at, state in self.run.told_of(node=node)]

    def ask(self, function: str, *arguments: Any) -> Any:
        """A value as it is now."""
        return self.run.engine.graph.asked(FUNCTIONS[function], arguments)


def of_four(*rules: Rule) -> Net:
    """The same with a fourth node, which reads from the second and the third."""
    net = Net(*rules)
    net.run.says("node4", START, NodeIdStated(400), StreamAttempted(200, "http://b"), StreamAttempted(300, "http://c"))
    return net


UNREACHABLE = rule("unreachable_node(node) and not stated_stop(node)", each="node")
CUT_OFF = rule("cut_off(node)", each="node")


# --- streams -----------------------------------------------------------------------------------------


def test_a_node_is_unreachable_once_its_last_reader_has_lost_it() -> None:
    """As long as one reads from it, it is not."""
    net = Net(UNREACHABLE).loses(10, "node1", "node3")
    assert net.ask("read_for", "node3") == 0
    net.loses(20, "node2", "node3")
    assert net.ask("read_for", "node3") == NEVER
    assert net.ask("lost_by", "node3") == "node1 (reset), node2 (reset)"
    assert net.told("node3") == [(20, "firing")]


def test_attempts_that_fail_do_not_make_it_reachable() -> None:
    """Every half minute, at once or after twenty seconds: the alert does not come and go."""
    for failing in (0, 1, 20, 29):
        net = Net(UNREACHABLE).loses(10, "node1", "node3").loses(20, "node2", "node3")
        for turn in range(10):
            net.tries(40 + 30 * turn, "node1", "node3", failing)
        assert net.told("node3") == [(20, "firing")], failing


def test_it_is_reachable_half_a_minute_after_an_attempt_that_did_not_fail() -> None:
    """No line at INFO says that a stream stands."""
    net = Net(UNREACHABLE).loses(10, "node1", "node3").loses(20, "node2", "node3").tries(40, "node1", "node3")
    net.run.tick(DAY + 69)
    assert net.told("node3")[-1] == (20, "firing")
    net.run.tick(DAY + 70)
    assert net.told("node3")[-1] == (70, "resolved")


def test_it_is_reachable_at_once_where_envelopes_come() -> None:
    """At DEBUG each batch is told."""
    net = Net(UNREACHABLE).loses(10, "node1", "node3").loses(20, "node2", "node3").tries(40, "node1", "node3")
    net.says(41, "node1", EnvelopesReceived(300, 5))
    assert net.told("node3")[-1] == (41, "resolved")


def test_a_node_without_a_reader_that_is_heard_is_unknown() -> None:
    """R23: neither reachable nor not, and it says so."""
    net = Net().says(5, "node1", ProcessStopped())
    net.run.source("node2", Attachment.LOST)
    assert (net.ask("readers", "node3"), net.ask("read_for", "node3"), net.ask("lost_by", "node3")) == (None,) * 3
    why = FUNCTIONS["readers"].why
    assert why is not None
    assert why(net.run.engine.view, "node3") == "no other node that is heard reads from node3"
    assert why(net.run.engine.view, "node9") == "no line tells the id of node9"


def test_what_failed_before_a_process_began_tells_nothing_of_it() -> None:
    """A node that is started again is not unreachable until somebody has tried."""
    net = Net(UNREACHABLE).says(5, "node3", ProcessStopped())
    for node in ("node1", "node2"):
        net.loses(6, node, "node3")
    net.says(50, "node3", START, NodeIdStated(300), ProcessReady())
    assert net.told("node3") == []
    assert net.ask("reads_for", "node1") == net.ask("reads_for", "node2") == 0
    for node in ("node1", "node2"):
        net.tries(60, node, "node3", 0)
    assert net.told("node3") == [(60, "firing")]


def test_what_a_dead_node_last_said_of_its_streams_saves_nobody() -> None:
    """Two nodes are killed at once: neither says that it has lost the other."""
    net = of_four(UNREACHABLE)
    for node in ("node1", "node4"):
        for dead in ("node2", "node3"):
            net.loses(10, node, dead)
    assert net.told("node2") == net.told("node3") == [(10, "firing")]
    assert net.told("node1") == []


def test_a_line_of_a_node_that_was_taken_for_dead_makes_its_word_count() -> None:
    """R29: at that very line, whatever it says, and not when somebody happens to ask next."""
    net = of_four(UNREACHABLE)
    for node in ("node1", "node4"):
        for dead in ("node2", "node3"):
            net.loses(10, node, dead)
    assert net.ask("readers", "node3") == 1
    net.run.at(DAY + 100).writes("node2")
    assert net.told("node2") == net.told("node3") == [(10, "firing"), (100, "resolved")]
    assert net.ask("readers", "node3") == 2


def test_the_silence_of_a_node_that_is_read_again_is_not_told() -> None:
    """R21, R29: from when an attempt to read from it stands, half a minute later, though no line says so then."""
    net = Net(rule("spoken(report)", each="report")).loses(10, "node1", "node3").loses(10, "node2", "node3")
    net.says(20, "node1", ReportGenerated(100, "ab" * 32, 100, 80, 90))
    for node in ("node1", "node2"):
        net.says(20, node, ReportJudged(NUMBERS[node], "ab" * 32, 100, 80, 90, True, "valid report"))
    net.tries(40, "node1", "node3")
    net.run.tick(DAY + 60)
    assert [state for _at, state in net.run.told_of(start="80")] == ["firing"]
    net.run.tick(DAY + 71)
    assert [(at - DAY, state) for at, state in net.run.told_of(start="80")] == [(20, "firing"), (70, "blind")]


def test_a_stream_that_stood_behind_failures_saves_and_accuses_nobody() -> None:
    """Of a stream that was refused at first, and has stood since, no line at INFO says so."""
    net = Net(CUT_OFF)
    for node in ("node1", "node2"):
        net.loses(2, node, "node3")
    for node in ("node1", "node2"):
        net.tries(10, node, "node3")
    net.run.tick(DAY + 100)
    net.loses(200, "node1", "node3")
    net.run.tick(DAY + 201)
    assert net.told("node1")[-1] == (200, "firing")
    assert net.ask("lost_peers", "node1") == "node3 since 00:03:20 (reset)"
    assert net.ask("lost_peers", "node2") == "none"


def test_two_halves_of_a_network_read_on_within_themselves() -> None:
    """A node that tells of its own losses lives, and its word counts."""
    net = of_four(UNREACHABLE)
    for near, far in (("node2", "node1"), ("node3", "node1"), ("node1", "node2"), ("node4", "node2")):
        net.loses(10, near, far)
    for near, far in (("node1", "node3"), ("node4", "node3")):
        net.loses(10, near, far)
    assert net.told("node2") == net.told("node3") == []


def test_a_node_is_cut_off_from_what_is_up_and_others_read() -> None:
    """What is down, or lost by all, is no matter of its own."""
    net = Net(CUT_OFF).loses(10, "node3", "node1")
    assert net.told("node3") == [(10, "firing")]
    assert net.ask("lost_peers", "node3") == "node1 since 00:00:10 (reset)"
    net.loses(20, "node2", "node1")
    assert net.told("node3")[-1] == (20, "resolved")
    down = Net(CUT_OFF).says(5, "node1", ProcessCrashed("out of disk")).loses(10, "node3", "node1")
    assert down.told("node3") == []


def test_who_tries_again_is_cut_off_until_an_attempt_stands() -> None:
    """As for who is lost."""
    net = Net(CUT_OFF).loses(10, "node3", "node1").tries(40, "node3", "node1", 20).tries(70, "node3", "node1")
    net.run.tick(DAY + 100)
    assert net.told("node3") == [(10, "firing"), (100, "resolved")]


def test_from_peers_that_are_not_heard_nobody_is_known_to_be_cut_off() -> None:
    """R23: they may be down."""
    net = Net().loses(10, "node3", "node1")
    net.run.source("node1", Attachment.ENDED)
    assert net.ask("reads_for", "node3") == 0
    net.run.source("node2", Attachment.ENDED)
    assert net.ask("reads_for", "node3") is None


# --- clocks ------------------------------------------------------------------------------------------


def test_a_node_is_behind_what_others_had_before_it_spoke() -> None:
    """A clock that was stated earlier is lower without being behind."""
    net = Net().says(610, "node1", SequenceStated(100, 50)).says(620, "node2", SequenceStated(100, 80))
    assert net.ask("cursor_lag", "node1/100") == 0
    assert net.ask("cursor_lag", "node2/100") == 0
    net.says(630, "node3", ClockStated(((100, 60),)))
    assert net.ask("cursor_lag", "node3/100") == 20
    assert net.ask("lag_told", "node3/100") == "it stated 60 at 00:10:30, when node2 had 80"
    net.run.source("node2", Attachment.ENDED)
    assert net.ask("cursor_lag", "node3/100") == 20
    assert net.ask("cursor_lag", "node2/100") is None


def test_a_proof_that_a_node_has_come_further_counts() -> None:
    """Whoever judges a report has all envelopes of its range."""
    net = Net().says(610, "node1", SequenceStated(100, 90)).says(620, "node2", SequenceStated(100, 50))
    net.says(630, "node2", ReportJudged(200, "aa", 100, 80, 88, True, "valid"))
    assert net.ask("cursor_lag", "node2/100") == 2


def test_the_later_of_what_a_node_states_and_serves_counts() -> None:
    """Each is the word of one moment."""
    net = Net().says(610, "node1", SequenceStated(100, 90)).says(620, "node2", SequenceStated(100, 50))
    net.says(625, WATCHER, CursorServed(100, ((100, 95),))).says(630, WATCHER, CursorServed(200, ((100, 94),)))
    assert net.ask("cursor_lag", "node2/100") == 1
    net.says(640, "node2", SequenceStated(100, 88))
    assert net.ask("cursor_lag", "node2/100") == 2
    assert net.ask("clocks_apart", "100") == 2


def test_a_cursor_stands_still_that_is_the_same_a_minute_later_while_others_go_on() -> None:
    """Twice at once says nothing, nor does a network in which nothing is published."""
    net = Net().says(10, WATCHER, CursorServed(200, ((100, 5),)))
    assert net.ask("cursor_stands_still", "node2") is False
    net.says(20, WATCHER, CursorServed(100, ((100, 9),))).says(30, WATCHER, CursorServed(200, ((100, 5),)))
    assert net.ask("cursor_stands_still", "node2") is False
    net.says(69, WATCHER, CursorServed(200, ((100, 5),)))
    assert net.ask("cursor_stands_still", "node2") is False
    net.says(70, WATCHER, CursorServed(200, ((100, 5),)))
    assert net.ask("cursor_stands_still", "node2") is True
    net.says(80, WATCHER, CursorServed(200, ((100, 6),)))
    assert net.ask("cursor_stands_still", "node2") is False
    quiet = Net().says(10, WATCHER, CursorServed(200, ((100, 5),))).says(900, WATCHER, CursorServed(200, ((100, 5),)))
    assert quiet.ask("cursor_stands_still", "node2") is False


def test_a_node_behind_itself_serves_less_of_its_own_than_others_have() -> None:
    """What others have, it had before."""
    net = Net().says(10, WATCHER, CursorServed(100, ((200, 30),))).says(20, WATCHER, CursorServed(200, ((200, 10),)))
    assert (net.ask("behind_itself", "node2"), net.ask("behind_itself", "node1")) == (20, 0)
    assert net.ask("behind_itself", "node3") is None
    net.run.source(WATCHER, Attachment.LOST)
    assert net.ask("behind_itself", "node2") is None


# --- storing, indexing -------------------------------------------------------------------------------


def test_failures_to_store_are_counted_of_a_node_that_is_heard() -> None:
    """None is a fact, and unknown of a node that is not heard."""
    net = Net()
    assert net.ask("storage_failures", "node1") == 0
    net.says(5, "node1", DatabaseFailed("partitions", "timeout"))
    assert (net.ask("storage_failures", "node1"), net.ask("storage_error", "node1")) == (1, "timeout")
    net.run.source("node1", Attachment.ENDED)
    assert net.ask("storage_failures", "node1") is None


def test_an_indexer_that_came_to_a_later_block_has_got_past_it() -> None:
    """Failures at another block begin anew."""

    def fails(block: int) -> IndexerFailed:
        return IndexerFailed("settlement", "reports", "0xa", "reverted", block)

    net = Net().says(5, "node1", fails(7), fails(7), fails(7))
    assert net.ask("indexer_failures", "node1") == 3
    assert net.ask("indexer_error", "node1") == "block 7 of reports on settlement: reverted"
    net.says(6, "node1", IndexerAdvanced("settlement", "reports", "0xa", 7))
    assert net.ask("indexer_failures", "node1") == 3
    net.says(7, "node1", IndexerAdvanced("settlement", "reports", "0xa", 8))
    assert (net.ask("indexer_failures", "node1"), net.ask("indexer_error", "node1")) == (0, None)
    assert net.says(8, "node1", fails(9)).ask("indexer_failures", "node1") == 1
