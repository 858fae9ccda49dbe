"""Slice `peers`: a node's own view of its connections."""

from __future__ import annotations

import pytest

from state.events import (
    ConnectFailed,
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Event,
    HostBlocked,
    HostUnblocked,
    PeerFailed,
    PeerHandshaked,
    ProcessStarted,
    ProcessStopping,
)
from state.peers import ADDRESSES_KEPT, ENDED_KEPT, OPEN_KEPT
from tests.state.journal import START, Journal

PEER = "127.0.0.1:28102"


def opened(key: str, address: str = PEER, direction: Direction = Direction.OUT) -> ConnectionOpened:
    """A NEW CONNECTION line."""
    return ConnectionOpened(key, address, direction)


def closed(key: str, address: str = PEER, direction: Direction = Direction.OUT, by: str = "P2P3") -> ConnectionClosed:
    """A CLOSE CONNECTION line."""
    return ConnectionClosed(key, address, direction, by)


def test_new_and_close_are_joined_by_id() -> None:
    """A connection is open from its NEW to its CLOSE; two of one pair are two."""
    journal = Journal().say(START, opened("a"), opened("b", direction=Direction.IN), closed("a"))
    assert list(journal.peers.open) == ["b"]
    assert (journal.peers.opened_total, journal.peers.closed_total, journal.peers.unmatched_closes) == (2, 1, 0)
    (over,) = journal.peers.ended
    assert (over.connection, over.address, over.direction, over.opened, over.ended) == (
        "a",
        PEER,
        Direction.OUT,
        journal.at(2),
        journal.at(4),
    )


def test_repeated_new_counts_once() -> None:
    """A line that comes twice is one connection, and the first keeps its time."""
    journal = Journal().say(opened("a"))
    before = journal.state
    journal.say(opened("a"))
    assert journal.state.peers is before.peers
    assert journal.peers.open["a"].opened == journal.at(1)


def test_close_without_new_is_counted_apart() -> None:
    """R15: a CLOSE whose NEW was never seen is counted, and takes nothing away: never -1."""
    journal = Journal().say(closed("x"), closed("y"), opened("a"), closed("x"))
    assert (len(journal.peers.open), journal.peers.unmatched_closes, journal.peers.closed_total) == (1, 3, 0)
    assert journal.peers.ended == ()


def test_counting_begins_with_the_process() -> None:
    """R15: the set of open connections is complete only from a process start on."""
    journal = Journal().say(opened("a"))
    assert journal.peers.counting_since is None
    assert journal.say(START).peers.counting_since == journal.at(2)
    assert journal.say(opened("b")).peers.counting_since == journal.at(2)


def test_restart_ends_every_connection() -> None:
    """A process that is gone has no connections, complaints, failures or bans; what was open ended with it."""
    journal = Journal().say(
        START, opened("b"), opened("a"), PeerFailed(PEER, "x"), ConnectFailed("p:1", "x"), HostBlocked("h"), START
    )
    peers = journal.peers
    assert [len(held) for held in (peers.open, peers.complaints, peers.failures, peers.blocked)] == [0, 0, 0, 0]
    assert [(over.connection, over.reason, over.ended) for over in peers.ended] == [
        ("a", "the process ended without closing it", journal.at(7)),
        ("b", "the process ended without closing it", journal.at(7)),
    ]
    assert (peers.closed_total, peers.counting_since) == (2, journal.at(7))


REASONS: list[tuple[list[Event], ConnectionClosed, str | None]] = [
    ([], closed("a"), None),
    ([], closed("a", by=""), None),
    ([], closed("a", by="RPC0"), "an RPC command"),
    ([PeerFailed(PEER, "kicked as idle")], closed("a"), "kicked as idle"),
    ([PeerFailed(PEER, "kicked as idle")], closed("a", by="RPC0"), "kicked as idle"),
    ([PeerFailed(PEER, "one"), PeerFailed(PEER, "two")], closed("a"), "two"),
    ([PeerFailed("other:1", "kicked as idle")], closed("a"), None),
    ([PeerFailed(PEER, "one"), ProcessStopping()], closed("a"), "the node was stopping"),
]


@pytest.mark.parametrize(("before", "close", "reason"), REASONS)
def test_reason_of_an_end(before: list[Event], close: ConnectionClosed, reason: str | None) -> None:
    """An end has the reason that the node complained of, that it was stopping, or that an operator told it to."""
    assert Journal().say(START, opened("a"), *before, close).peers.ended[-1].reason == reason


def test_complaint_is_used_up() -> None:
    """A complaint explains the next end of a connection with that address, and no later one."""
    journal = Journal().say(START, opened("a"), PeerFailed(PEER, "x"), closed("a"), opened("b"), closed("b"))
    assert [over.reason for over in journal.peers.ended] == ["x", None]


def test_stopping_is_of_one_life() -> None:
    """A connection of the next process does not end because the former one was stopping."""
    journal = Journal().say(START, ProcessStopping(), START, opened("a"), closed("a"))
    assert journal.peers.ended[-1].reason is None


def test_handshake() -> None:
    """A handshake marks outgoing connections with its address and ends the series of failures with it."""
    journal = Journal().say(ConnectFailed(PEER, "x"), ConnectFailed("other:1", "x"))
    journal.say(opened("a"), opened("b", direction=Direction.IN), opened("c", "other:1"), PeerHandshaked(PEER))
    assert {key: held.handshaked for key, held in journal.peers.open.items()} == {"a": True, "b": False, "c": False}
    assert list(journal.peers.failures) == ["other:1"]


def test_handshake_with_nobody_changes_nothing() -> None:
    """A handshake with an address that is not known leaves the snapshot as it is."""
    journal = Journal().say(START)
    before = journal.state
    assert journal.say(PeerHandshaked("nobody:1")).state is before
    assert journal.touched == ()


def test_failures_are_a_series() -> None:
    """Failed attempts with one address are one series with its first and last line and the latest reason."""
    journal = Journal().say(ConnectFailed(PEER, "connect failed"), ConnectFailed(PEER, "handshake failed"))
    series = journal.peers.failures[PEER]
    assert (series.count, series.reason, series.first, series.last) == (
        2,
        "handshake failed",
        journal.at(1),
        journal.at(2),
    )


def test_bans() -> None:
    """A ban holds until its end is stated, for one host or for all."""
    journal = Journal().say(
        HostBlocked("a"), HostBlocked("b"), HostBlocked("c"), HostUnblocked("a"), HostUnblocked("x")
    )
    assert {host: line.seq for host, line in journal.peers.blocked.items()} == {"b": 2, "c": 3}
    assert len(journal.say(HostUnblocked("")).peers.blocked) == 0


def test_ended_connections_are_bounded() -> None:
    """Only the latest ends are kept; all are counted, whether they came one by one or with a restart."""
    count = ENDED_KEPT + 5
    pairs = [event for n in range(count) for event in (opened(f"{n:03}"), closed(f"{n:03}"))]
    journal = Journal().say(START, *pairs)
    assert [over.connection for over in journal.peers.ended] == [f"{n:03}" for n in range(5, count)]
    journal.say(*(opened(f"{n:03}") for n in range(count)), START)
    assert [over.connection for over in journal.peers.ended] == [f"{n:03}" for n in range(5, count)]
    assert journal.peers.closed_total == 2 * count


@pytest.mark.parametrize("kind", [PeerFailed, ConnectFailed, lambda host, _reason: HostBlocked(host)])
def test_addresses_are_bounded(kind: type[PeerFailed]) -> None:
    """Addresses beyond the limit are counted and not kept; those that are kept are still updated."""
    journal = Journal().say(*(kind(f"{n}:1", "x") for n in range(ADDRESSES_KEPT + 5)), kind("0:1", "again"))
    peers = journal.peers
    assert max(len(peers.complaints), len(peers.failures), len(peers.blocked)) == ADDRESSES_KEPT
    assert peers.addresses_dropped == 5
    assert peers.last == journal.at(ADDRESSES_KEPT + 6)


def test_open_connections_are_bounded() -> None:
    """R15: with more connections than are kept their number is unknown, until the next start makes it exact again."""
    journal = Journal().say(START, *(opened(str(n)) for n in range(OPEN_KEPT)))
    assert (len(journal.peers.open), journal.peers.counting_since) == (OPEN_KEPT, journal.at(1))
    journal.say(opened("one more"), closed("one more"), closed("0"))
    assert (len(journal.peers.open), journal.peers.counting_since) == (OPEN_KEPT - 1, None)
    assert (journal.peers.opened_total, journal.peers.unmatched_closes) == (OPEN_KEPT + 1, 1)
    restarted = journal.say(ProcessStarted("monero")).peers
    assert (len(restarted.open), restarted.counting_since is None) == (0, False)
