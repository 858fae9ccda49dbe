"""Values are computed anew exactly when what they read has changed: against computing all of them every time."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from state.events import (
    BlockAdded,
    Event,
    GenesisCreated,
    ProcessCrashed,
    ProcessReady,
    ProcessStarted,
    ProcessStopped,
)
from state.sync_events import (
    ClockStated,
    CursorServed,
    EnvelopesReceived,
    IndexerAdvanced,
    IndexerFailed,
    NodeIdStated,
    PublisherTimedOut,
    RegistryStated,
    SequenceStated,
    StreamAttempted,
    StreamEnded,
    StreamFailed,
)
from tests.state.any_event import EVENTS, REPORT_EVENTS
from tests.state.journal import START, block_id
from tests.waits.builders import Run, fresh
from waits import library
from waits.functions import FUNCTIONS, Function
from waits.library import cursors, indexing, replication, report_troubles, report_words, reports, working
from waits.library.life import SEVERITIES
from waits.sight import Attachment
from waits.terms import Kind

assert library
ROSTER = ("node1", "node2")
CRASHED = ProcessCrashed("out of disk")
ARGUMENTS: dict[Kind, tuple[Any, ...]] = {
    Kind.NODE: (*ROSTER, "node3"),
    Kind.TEXT: (block_id(1), block_id(2)),
    Kind.NUMBER: (0, 1),
    Kind.FORK: (1, 2),
    Kind.DURATION: (0, 10**9),
    Kind.REPORT: ("100:0", "100:9"),
    Kind.WORKER: ("node1/generator", "node3/submitter"),
    Kind.CURSOR: ("node1/100", "node3/200"),
    Kind.ORIGINATOR: ("100", "200"),
}


def arguments_of(function: Function) -> list[tuple[Any, ...]]:
    """Everything to apply a function to."""
    pools = [SEVERITIES if function.choices and kind is Kind.TEXT else ARGUMENTS[kind] for kind in function.takes]
    return list(itertools.product(*pools))


EVERY = [(function, given_) for _name, function in sorted(FUNCTIONS.items()) for given_ in arguments_of(function)]
WITH_TIME = {
    "missing": "for how long a node is silent grows without an entry; texts are computed when they are told",
    "lost_by": "as missing: an attempt has succeeded once so long has passed",
    "lost_peers": "as lost_by",
}
"""Functions whose value changes by itself, with the reason why no cell follows."""
REPORTING = {one.__name__ for one in (reports, report_troubles, report_words, working, replication, cursors, indexing)}
OF_REPORTS = [one for one in EVERY if one[0].compute.__module__ in REPORTING]


class Watched:
    """A run of which every value is known."""

    def __init__(self, nodes: tuple[str, ...] = ROSTER, every: list[tuple[Function, tuple[Any, ...]]] = EVERY) -> None:
        """Every function of the library is asked for from the beginning, unless less is said."""
        self.run = Run(*nodes)
        graph = self.run.engine.graph
        self.cells = [(one, given_, graph.cell(one, given_)) for one, given_ in every if one.name not in WITH_TIME]
        self.check()

    def says(self, node: str, *events: Event) -> Watched:
        """An entry, behind which every value is right."""
        self.run.says(node, *events)
        self.check()
        return self

    def source(self, node: str, how: Attachment) -> Watched:
        """A source stands otherwise, and every value is right."""
        self.run.source(node, how)
        self.check()
        return self

    def check(self) -> None:
        """Every value is what computing it anew gives."""
        engine = self.run.engine
        graph = engine.graph
        wrong = [
            (str(cell), graph.value(cell), now)
            for function, given_, cell in self.cells
            if graph.value(cell) != (now := fresh(function, given_, engine.view, graph.roster))
        ]
        assert wrong == []


def test_the_table_is_asked_in_full() -> None:
    """Dependencies: every function of the library is among those that are compared."""
    assert {function.name for function, _given in EVERY} == set(FUNCTIONS)
    assert set(WITH_TIME) <= {function.name for function, _given in OF_REPORTS} <= set(FUNCTIONS)


ENTRIES = st.tuples(
    st.sampled_from([*ROSTER, "node3"]),
    st.one_of(st.lists(EVENTS, min_size=1, max_size=2), st.sampled_from(list(Attachment))),
    st.sampled_from([0, 1, 10**9, 10**12]),
)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(history=st.lists(ENTRIES, max_size=30))
def test_every_value_is_as_if_computed_afresh(history: list[tuple[str, Any, int]]) -> None:
    """Dependencies: after every entry, of nodes expected and not, whatever it says and however sources stand."""
    watched = Watched()
    for node, what, later in history:
        watched.run.now += later
        if isinstance(what, Attachment):
            watched.source(node, what)
        else:
            watched.says(node, *what)


PEERS, SEQUENCES = st.sampled_from([100, 200]), st.sampled_from([5, 9, 20, 40])
CLOCK = st.lists(st.tuples(PEERS, SEQUENCES), max_size=2).map(tuple)
ADDRESSES = st.sampled_from(["http://a", "http://b"])
SYNC_EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(NodeIdStated, PEERS),
    st.builds(RegistryStated, st.just(((100, "http://a"), (200, "http://b"), (300, "http://c")))),
    st.builds(StreamAttempted, PEERS, ADDRESSES),
    st.builds(StreamFailed, ADDRESSES, st.just("refused"), PEERS),
    st.builds(StreamEnded, PEERS, ADDRESSES),
    st.builds(EnvelopesReceived, PEERS, st.just(1)),
    st.builds(SequenceStated, PEERS, SEQUENCES),
    st.builds(ClockStated, CLOCK),
    st.builds(CursorServed, PEERS, CLOCK),
    st.builds(PublisherTimedOut, SEQUENCES),
    st.builds(IndexerFailed, st.just("s"), st.just("c"), st.just("0xa"), st.just("e"), st.sampled_from([7, 8])),
    st.builds(IndexerAdvanced, st.just("s"), st.just("c"), st.just("0xa"), st.sampled_from([7, 8])),
    st.sampled_from(
        [ProcessStarted("xmtpd"), ProcessStarted("network-watcher"), ProcessReady(), ProcessStopped(), CRASHED]
    ),
)
NETWORKS = st.lists(
    st.tuples(
        st.sampled_from([*ROSTER, "node3"]),
        st.one_of(REPORT_EVENTS, REPORT_EVENTS, SYNC_EVENTS, SYNC_EVENTS, st.sampled_from(list(Attachment))),
        st.sampled_from([0, 10**9, 10**12]),
    ),
    min_size=5,
    max_size=40,
)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(history=NETWORKS)
def test_reports_are_as_if_computed_afresh(history: list[tuple[str, Any, int]]) -> None:
    """Dependencies: of very few reports and nodes, so that what nodes say of each other meets."""
    watched = Watched(every=OF_REPORTS)
    for node, what, later in history:
        watched.run.now += later
        if isinstance(what, Attachment):
            watched.source(node, what)
        else:
            watched.says(node, what)


CHAINS = st.lists(
    st.tuples(
        st.sampled_from([*ROSTER, "node3"]),
        st.one_of(
            st.builds(BlockAdded, st.integers(0, 3), st.sampled_from([block_id(1), block_id(2)])),
            st.sampled_from([START, GenesisCreated(), ProcessReady(), ProcessStopped()]),
        ),
        st.sampled_from([0, 1, 10**9]),
    ),
    max_size=25,
)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(history=CHAINS)
def test_forks_are_as_if_computed_afresh(history: list[tuple[str, Event, int]]) -> None:
    """Dependencies: on chains that fork and join in few heights, where most values hang together."""
    watched = Watched()
    for node, event, later in history:
        watched.run.now += later
        watched.says(node, event)


def test_a_block_wakes_who_waits_for_it() -> None:
    """Dependencies: `has_block` reads the block's key, and sees it come."""
    run = Run().says("node1", START, BlockAdded(0, block_id(1)))
    waiting = run.wait(f"has_block(node1, '{block_id(2)}')")
    run.at(1).says("node1", BlockAdded(1, block_id(2)))
    assert waiting.outcome is not None


def test_a_newcomer_changes_what_is_said_of_all() -> None:
    """R24: what depends on all nodes is unknown from the entry on with which one more shows itself."""
    run = Run("node1", "node2")
    for node in ("node1", "node2"):
        run.says(node, START, BlockAdded(0, block_id(1)))
    graph = run.engine.graph
    cells = [graph.cell(FUNCTIONS[name]) for name in ("tips_agree", "diverged", "deepest_fork", "all_up")]
    assert [cell.value for cell in cells] == [True, False, 0, False]
    run.at(1).says("node3", ProcessStarted("monero"))
    assert [cell.value for cell in cells] == [None, None, None, False]


def test_a_stop_that_comes_over_a_lagging_source_is_known() -> None:
    """R23: a stop statement makes a node known whatever becomes of its log, from that entry on."""
    watched = Watched()
    watched.says("node1", START, ProcessReady(), BlockAdded(0, block_id(1)))
    watched.source("node1", Attachment.LAGGING).says("node1", ProcessStopped())
    assert watched.run.engine.graph.cell(FUNCTIONS["stopped"], ("node1",)).value is True
    watched.says("node1", START)


def test_values_of_forks_that_are_gone_disturb_nobody() -> None:
    """Dependencies: dropping the values of an entity leaves all others in order, also those that are made later."""
    watched = Watched()
    graph = watched.run.engine.graph
    fork_depth, has_block = FUNCTIONS["fork_depth"], FUNCTIONS["has_block"]
    first = graph.cell(fork_depth, (7,))
    made = [graph.cell(fork_depth, (8,)), graph.cell(has_block, ("node1", "x"))]
    graph.drop([first])
    made += [graph.cell(fork_depth, (9,)), graph.cell(has_block, ("node1", "y"))]
    assert len({cell.number for cell in made}) == len(made)
