"""Rows of the present: what changed between two snapshots gives the tables that all of the later one would give."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.database.rows import Changes, Expected, changes, whole
from observer.database.tables import PRESENT
from observer.database.values import KEY_BYTES, bigint, key_text, text, time_of
from replay.play import Player
from replay.recording import Recording
from state.events import (
    BlockAdded,
    BlockReceived,
    ConnectionOpened,
    Direction,
    Event,
    ProcessStarted,
    ReorgStarted,
    ServiceBound,
)
from state.origin import Origin
from state.snapshot import NetworkState, Touched, fold
from state.sync_events import ClockStated, NodeIdStated, PublisherTimedOut
from tests.observer.database.stored import Filled, asked
from tests.state.any_event import EVENTS, REPORT_EVENTS

NOBODY = Expected()


class Tables:
    """The tables of the present, as the database keeps them."""

    def __init__(self) -> None:
        """Empty."""
        self.rows: dict[str, dict[tuple[Any, ...], tuple[Any, ...]]] = {name: {} for name in PRESENT}

    def apply(self, changed: Changes) -> None:
        """As `observer.database.writing.write_changes` does."""
        for name, table in PRESENT.items():
            change = changed.tables.get(name)
            if changed.whole:
                self.rows[name] = {}
            for key in () if change is None else change.deleted:
                assert key in self.rows[name]
                del self.rows[name][key]
            for row in () if change is None else change.put:
                assert len(row) == len(table.columns)
                self.rows[name][row[: len(table.key)]] = row


def told(*said: tuple[str, Any]) -> tuple[NetworkState, list[Touched]]:
    """A snapshot after some nodes said something, and what was touched."""
    state, touched = NetworkState(), []
    for seq, (node, event) in enumerate(said, 1):
        state, more = fold(state, event, Origin(node, seq * 10**9, seq * 10**9, seq, 1))
        touched += list(more)
    return state, touched


@pytest.mark.parametrize("network", ["three-nodes", "stuck"])
@pytest.mark.parametrize("every", [7, 60])
def test_what_changed_adds_up_to_all_there_is(the_stored: Filled, network: str, every: int) -> None:
    """R14, R16: through reorganisations, restarts and stuck reports, after every so many entries, the rows that were
    put and deleted leave exactly those of the whole snapshot.
    """
    expected = Expected(("node1", "absent"), ("node1", "absent"))
    tables, compared = Tables(), 0
    with Recording.open_to_read(the_stored.recordings[network]) as recording:
        player = Player(recording)
        before = player.state
        tables.apply(whole(before, expected))
        touched: list[Touched] = []
        for number, step in enumerate(player.steps(), 1):
            touched += step.touched
            if number % every:
                continue
            tables.apply(changes(before, step.after, touched, expected))
            before, touched = step.after, []
            assert tables.rows == entire(step.after, expected).rows
            compared += 1
    assert compared > 10


def entire(state: NetworkState, expected: Expected) -> Tables:
    """Every row of a snapshot."""
    tables = Tables()
    tables.apply(whole(state, expected))
    return tables


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(EVENTS | REPORT_EVENTS, st.sampled_from(["node1", "node2"]), st.booleans()), min_size=1, max_size=40
    )
)
def test_after_any_events_the_tables_are_those_of_the_snapshot(said: list[tuple[Event, str, bool]]) -> None:
    """R14, R16: whatever nodes say, and wherever a commit falls, nothing stale is left in a table."""
    expected = Expected(("node1", "node3"), ("node1", "node3"))
    tables, state, touched = Tables(), NetworkState(), []
    tables.apply(whole(state, expected))
    before = state
    for seq, (event, node, committed) in enumerate(said, 1):
        state, more = fold(state, event, Origin(node, seq * 10**9, seq * 10**9, seq, 1))
        touched += list(more)
        if committed or seq == len(said):
            tables.apply(changes(before, state, touched, expected))
            before, touched = state, []
            assert tables.rows == entire(state, expected).rows


def test_the_tables_of_a_database_are_those_of_the_last_snapshot(stored: Filled) -> None:
    """What a worker wrote in many commits is what the last snapshot says."""
    for network, path in stored.recordings.items():
        with Recording.open_to_read(path) as recording:
            player = Player(recording)
            state = player.play()
            expected = Expected(tuple(sorted({source.node for source in player.sources})))
        for name, rows in entire(state, expected).rows.items():
            columns = ", ".join(PRESENT[name].columns)
            sql = f"SELECT {columns} FROM observer.{name} WHERE network = (SELECT id FROM observer.network WHERE name = $1)"  # noqa: S608 - our own names
            found = {row[: len(PRESENT[name].key)]: row for row in asked(stored.address, sql, network)}
            assert found == rows


def test_what_no_log_shows_is_null() -> None:
    """R15, R24: a node that is expected and has said nothing has a row of which only the name is known."""
    rows = entire(NetworkState(), Expected(("n1",))).rows["node_now"]
    assert rows == {("n1",): ("n1", *[None] * (len(PRESENT["node_now"].columns) - 1))}


def test_blocks_that_leave_the_main_chain_are_told_so() -> None:
    """A reorganisation touches the new tip only; the blocks that it displaces are rows that change too."""
    before, _ = told(*[("n1", BlockAdded(height, f"a{height}")) for height in range(5)])
    state, touched = before, []
    for seq, event in enumerate((ReorgStarted(3, 4), BlockAdded(3, "b3")), 10):
        state, more = fold(state, event, Origin("n1", seq, seq, seq, 1))
        touched += list(more)
    put = {row[0]: row[4] for row in changes(before, state, touched, NOBODY).tables["block_now"].put}
    assert put == {"a3": [], "a4": [], "b3": ["n1"]}


def test_a_connection_of_a_node_that_names_itself_later() -> None:
    """R12: who a peer is, is told by a line of the peer's own log, and changes the other's row."""
    before, _ = told(
        ("n1", ProcessStarted("monero")),
        ("n1", ConnectionOpened("c1", "10.0.0.2:18080", Direction.OUT)),
    )
    after, touched = fold(before, ServiceBound("p2p", "10.0.0.2:18080"), Origin("n2", 5, 5, 5, 2))
    (row,) = changes(before, after, touched, NOBODY).tables["peer_now"].put
    assert row[:4] == ("n1", "c1", "n2", "10.0.0.2:18080")


def test_a_number_that_is_told_later_changes_clocks() -> None:
    """What a node said of itself without its id is a row once a line tells the id."""
    before, _ = told(("n1", PublisherTimedOut(5)))
    after, touched = fold(before, NodeIdStated(100), Origin("n1", 5, 5, 5, 1))
    (row,) = changes(before, after, touched, NOBODY).tables["clock_now"].put
    assert row[:4] == ("n1", 100, 5, True)


def test_nothing_changes_nothing() -> None:
    """No row is written where nothing that it shows has changed."""
    state, touched = told(("n1", BlockReceived("b1", "10.0.0.2:1")))
    assert changes(state, state, touched, NOBODY) == Changes({})


def test_numbers_that_no_column_takes_are_left_out() -> None:
    """A line may name any number; no real one has more than 63 bits."""
    state, _ = told(("n1", ClockStated(((100, 1 << 63), (1 << 70, 5), (200, 7)))))
    assert [row[:3] for row in entire(state, NOBODY).rows["clock_now"].values()] == [("n1", 200, 7)]
    assert (bigint((1 << 63) - 1), bigint(1 << 63), bigint(None)) == ((1 << 63) - 1, None, None)


def test_long_names_stay_apart_and_fit_an_index() -> None:
    """Names that begin alike are cut to what an index takes and still tell from each other."""
    names = ["n" * 5000 + end for end in "ab"] + ["ö" * 3000]
    cut = [key_text(name) for name in names]
    assert len(set(cut)) == 3
    assert all(len(one.encode()) <= KEY_BYTES for one in cut)
    assert key_text("ö" * 150) == "ö" * 150


def test_texts_that_postgresql_refuses_are_mended() -> None:
    """NUL and halves of characters."""
    assert text("a\0b\ud800") == "a\ufffdb?"
    assert text(None) is None


def test_times_keep_the_microsecond() -> None:
    """Journal time is cut, not rounded, so that no row is later than its entry."""
    assert time_of(1_795_262_400_123_456_999).isoformat() == "2026-11-21T12:00:00.123456+00:00"


def names_of(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """The first column."""
    return [row[0] for row in rows]


def test_a_snapshot_of_a_folder_needs_no_database(tmp_path: Path) -> None:
    """Rows are plain values: nothing is connected to."""
    state, _ = told(("n1", ProcessStarted("monero", "v1")), ("n2", ProcessStarted("monero", "v2")))
    assert names_of(entire(state, NOBODY).rows["node_now"].values()) == ["n1", "n2"]
