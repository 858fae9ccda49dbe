"""Streams between nodes: which stand, and since when one does not (catalogue, xmtpd §4.3, traps 10 and 11)."""

from __future__ import annotations

import pytest

from state.events import Event, ProcessStarted
from state.streams import (
    OPENING,
    Stream,
    StreamState,
    peers_of,
    standing_since,
    unreachable,
    unreachable_since,
)
from state.sync_events import (
    EnvelopesReceived,
    StreamAttempted,
    StreamEnded,
    StreamFailed,
    StreamFellBack,
    StreamRebuilt,
    StreamSubscribed,
)
from tests.state.journal import Journal, S

HOST = "http://node2:5050"
TRY = StreamAttempted(200, HOST)
FAIL = StreamFailed(HOST, "connection refused", 200)
RETRY = StreamFailed(HOST, "connection refused")
LOSS = StreamEnded(200, HOST, "connection reset")
EOF = StreamEnded(200, HOST)
SOME = EnvelopesReceived(200, 7)
LONG = OPENING


def stream(journal: Journal, peer: int = 200) -> Stream:
    """What node1 has of a peer."""
    return journal.state.streams["node1"].peers[peer]


def test_attempt_is_all_there_is() -> None:
    """Trap 11: no line at INFO says that a stream stands; an attempt that no error follows is what there is."""
    journal = Journal().say(TRY, StreamSubscribed(200))
    one = stream(journal)
    assert (one.state, one.since, one.last, one.losses) == (StreamState.ATTEMPTED, journal.at(1), journal.at(2), 0)
    assert (unreachable(one), unreachable_since(one), standing_since(one)) == (False, None, journal.at(1))


def test_failure_behind_an_attempt() -> None:
    """Catalogue §4.4, peer connect failure: unreachable since the first failure, with what was said last."""
    journal = Journal().say(TRY, FAIL, TRY, StreamFailed(HOST, "no route", 200))
    one = stream(journal)
    assert (one.state, one.error, one.losses) == (StreamState.FAILED, "no route", 0)
    assert (unreachable(one), unreachable_since(one), standing_since(one)) == (True, journal.at(2), None)
    assert one.failing is not None
    assert (one.failing.count, one.failing.first, one.failing.last) == (2, journal.at(2), journal.at(4))


@pytest.mark.parametrize("error", [FAIL, LOSS, EOF])
def test_unreachable_does_not_flap_within_a_retry(error: Event) -> None:
    """Traps 10 and 11: a node that retries every half minute says `attempting` some milliseconds before its error, and the first error of a lazily made connection is that of a loss."""
    journal = Journal().say(TRY).say(LOSS, after=LONG)
    lost = journal.state.streams["node1"].peers[200].last
    for _ in range(5):
        journal.say(TRY, after=30 * S)
        assert unreachable_since(stream(journal)) == lost
        assert standing_since(stream(journal)) == stream(journal).last
        journal.say(error, RETRY, after=25_000_000)
        assert (unreachable_since(stream(journal)), standing_since(stream(journal))) == (lost, None)
    assert stream(journal).losses == 1


def test_standing_is_told_by_time() -> None:
    """R14: an attempt that no error has followed is the candidate; whoever asks compares it with the time now."""
    journal = Journal().say(TRY).say(LOSS, after=LONG).say(RETRY, TRY)
    one = stream(journal)
    assert (unreachable_since(one), standing_since(one), one.failing) == (
        one.since,
        journal.state.streams["node1"].peers[200].tried,
        None,
    )


@pytest.mark.parametrize("loss", [LOSS, EOF])
def test_loss(loss: StreamEnded) -> None:
    """Catalogue §4.4, peer stream lost: by an error or by EOF, it had stood and is broken from here on."""
    journal = Journal().say(TRY).say(loss, after=LONG)
    one = stream(journal)
    assert (one.state, one.losses, one.error, one.failing) == (StreamState.ENDED, 1, loss.error, None)
    assert unreachable_since(one) == one.since == one.last
    again = stream(journal.say(RETRY, loss))
    assert (again.since, again.losses, again.state) == (one.since, 1, StreamState.ENDED)


def test_second_loss_after_an_attempt_that_held() -> None:
    """A loss long after an attempt shows that this one had succeeded: the stream is broken since the latter loss."""
    journal = Journal().say(TRY, FAIL, TRY).say(LOSS, after=LONG)
    one = stream(journal)
    assert (one.losses, one.failing) == (1, None)
    assert unreachable_since(one) == one.last


def test_short_stream_that_brought_something_had_stood() -> None:
    """What brings envelopes stood, however soon it ends."""
    one = stream(Journal().say(TRY, FAIL, TRY, SOME, LOSS))
    assert (one.losses, one.state, unreachable_since(one)) == (1, StreamState.ENDED, one.last)


def test_envelopes_prove_that_it_stands() -> None:
    """Catalogue §4.4, `received envelopes` (DEBUG): a stream that failed before stands since its attempt."""
    journal = Journal().say(TRY, FAIL, TRY, SOME)
    one = stream(journal)
    brought = journal.state.streams["node1"].brought[200]
    assert (brought.envelopes, brought.last, one.failing, one.error) == (7, journal.at(4), None, "")
    assert (one.since, unreachable_since(one), standing_since(one)) == (journal.at(3), None, journal.at(3))
    journal.say(FAIL)
    assert unreachable_since(stream(journal)) == journal.at(5)


def test_attempt_after_an_attempt() -> None:
    """Every failure is told before the next attempt, so the former of two in a row had none: it stood, and another failure begins anew."""
    journal = Journal().say(TRY, FAIL, TRY, StreamRebuilt(), TRY)
    assert unreachable_since(stream(journal)) is None
    assert standing_since(stream(journal)) == journal.at(5)
    assert unreachable_since(stream(journal.say(FAIL))) == journal.at(6)


def test_retry_line_has_no_id() -> None:
    """Trap 10: the retry line has the address alone. Behind another line it repeats; alone it is about the attempt there."""
    journal = Journal().say(TRY, FAIL)
    before = stream(journal)
    assert stream(journal.say(RETRY)) == before
    journal.say(TRY, RETRY)
    assert (stream(journal).state, stream(journal).failing.count) == (StreamState.FAILED, 2)  # type: ignore[union-attr]
    assert unreachable_since(stream(journal)) == journal.at(2)


def test_retry_line_of_nobody() -> None:
    """Trap 10: an address that no attempt or several have named tells of no peer."""
    assert len(Journal().say(RETRY).state.streams) == 0
    journal = Journal().say(TRY, StreamAttempted(300, HOST))
    before = journal.state
    assert journal.say(RETRY).state is before


def test_log_that_begins_in_the_middle() -> None:
    """R15: a first line that is a loss, a failure or an envelope says what it says, and of an unknown stream nothing else is entered."""
    one = stream(Journal().say(LOSS))
    assert (one.state, one.losses, one.address) == (StreamState.ENDED, 1, HOST)
    assert unreachable_since(one) == one.since
    assert stream(Journal().say(FAIL)).state is StreamState.FAILED
    journal = Journal().say(SOME)
    assert (unreachable_since(stream(journal)), standing_since(stream(journal))) == (None, journal.at(1))
    assert len(Journal().say(StreamSubscribed(200), StreamFellBack(200, HOST)).state.streams) == 0


def test_new_process_has_no_streams() -> None:
    """R15: a process start sets what is known of streams to nothing; another node's stay."""
    journal = Journal().say(TRY, LOSS).say(TRY, by="node2").say(ProcessStarted("xmtpd"))
    assert sorted(journal.state.streams) == ["node2"]
    assert stream(journal.say(TRY)).losses == 0
    before = journal.state.streams
    assert journal.say(ProcessStarted("xmtpd"), by="node3").state.streams is before


def test_older_peer() -> None:
    """Catalogue §4.4, peer protocol: kept whatever becomes of the stream."""
    journal = Journal().say(TRY, StreamFellBack(200, HOST), LOSS, TRY)
    assert stream(journal).older
    assert peers_of(journal.say(StreamAttempted(100, "x"), by="node2").state.streams) == [100, 200]
