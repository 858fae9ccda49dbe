"""What every outbox keeps, whatever holds it. An adapter's test derives from `OutboxContract` and makes one.

Values go through `of`, so that an adapter whose methods are coroutines can run them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from observer.sending.notices import FIRING, RESOLVED, Notice
from observer.sending.outbox import Counts

TO, OTHER = "webhook=http://a~1", "webhook=http://b~2"
KEPT = bytes(range(256))


def notice(number: int, alert: str = "down", kind: str = FIRING, network: str = "net", at: int | None = None) -> Notice:
    """A notice of one transition."""
    return Notice(
        network,
        alert,
        number,
        kind,
        {"alertname": "NodeDown", "network": network, "node": "n\u00f61", "severity": "critical"},
        {"summary": 'n\u00f61 is gone; it\'s "quoted"\nand broken'},
        1_700_000_000_123_456_789,
        None if kind == FIRING else 1_700_000_060_000_000_001,
        number * 10 if at is None else at,
        "http://observer/x?y=1&z=2",
    )


class OutboxContract:
    """The contract."""

    @pytest.fixture
    def outbox(self) -> Iterator[Any]:
        """An empty one."""
        raise NotImplementedError

    def of(self, value: Any) -> Any:
        """What a call gave."""
        return value

    def numbers(self, outbox: Any, now: int = 0, limit: int = 100, to: str = TO) -> list[int]:
        """Numbers of what may be sent."""
        return [one.notice.number for one in self.of(outbox.pending(to, now, limit))]

    def test_a_notice_comes_back_as_it_was(self, outbox: Any) -> None:
        """R27: all of it, to the nanosecond and the last quotation mark."""
        every = [notice(1), notice(2, "other", RESOLVED)]
        self.of(outbox.put(TO, every))
        assert [one.notice for one in self.of(outbox.pending(TO, 0, 10))] == every

    def test_the_same_key_is_kept_once(self, outbox: Any) -> None:
        """R27, R29: what is put again after a restart is no second notice, not even once it has arrived."""
        self.of(outbox.put(TO, [notice(1)]))
        self.of(outbox.put(TO, [notice(1), notice(1)]))
        assert self.numbers(outbox) == [1]
        self.of(outbox.done(TO, [notice(1).key], 5))
        self.of(outbox.put(TO, [notice(1)]))
        assert self.numbers(outbox) == []

    def test_of_one_alert_the_next_waits_for_the_one_before(self, outbox: Any) -> None:
        """R27: in order for each alert, and no alert waits for another."""
        self.of(outbox.put(TO, [notice(1), notice(2, kind=RESOLVED), notice(3, "other"), notice(4)]))
        assert self.numbers(outbox) == [1, 3]
        self.of(outbox.failed(TO, [notice(1).key], "away", 50))
        assert self.numbers(outbox, now=49) == [3]
        assert self.numbers(outbox, now=50) == [1, 3]
        self.of(outbox.done(TO, [notice(1).key], 50))
        assert self.numbers(outbox, now=50) == [2, 3]

    def test_networks_do_not_wait_for_each_other(self, outbox: Any) -> None:
        """R27: the same alert of another network is another alert."""
        self.of(outbox.put(TO, [notice(1, network="a"), notice(2, network="b")]))
        assert self.numbers(outbox) == [1, 2]

    def test_destinations_do_not_know_each_other(self, outbox: Any) -> None:
        """R27: what one has taken, the other still waits for."""
        for to in (TO, OTHER):
            self.of(outbox.put(to, [notice(1)]))
        self.of(outbox.done(TO, [notice(1).key], 5))
        assert self.numbers(outbox) == []
        assert self.numbers(outbox, to=OTHER) == [1]
        assert self.of(outbox.destinations()) == [OTHER]

    def test_no_more_than_is_asked_for(self, outbox: Any) -> None:
        """A thousand that wait do not come at once, and come in the order in which they were put."""
        self.of(outbox.put(TO, [notice(number, f"alert{number}") for number in (9, 4, 7, 1)]))
        assert self.numbers(outbox, limit=3) == [9, 4, 7]

    def test_attempts_are_counted(self, outbox: Any) -> None:
        """Whoever waits longer with each attempt must know how many there were, and people why."""
        self.of(outbox.put(TO, [notice(1)]))
        for turn in range(3):
            self.of(outbox.failed(TO, [notice(1).key], f"away {turn}", 7))
        assert [one.attempts for one in self.of(outbox.pending(TO, 7, 10))] == [3]
        assert self.of(outbox.counts(TO)) == Counts(1, 10, 0, 0, "away 2")

    def test_when_the_next_one_is_due(self, outbox: Any) -> None:
        """Nobody has to ask again and again: of each alert the first one counts."""
        assert self.of(outbox.due(TO)) is None
        self.of(outbox.put(TO, [notice(1), notice(2, kind=RESOLVED), notice(3, "other")]))
        assert self.of(outbox.due(TO)) == 0
        self.of(outbox.failed(TO, [notice(1).key, notice(3, "other").key], "away", 70))
        self.of(outbox.failed(TO, [notice(3, "other").key], "away", 60))
        assert self.of(outbox.due(TO)) == 60

    def test_what_is_refused_for_good_is_a_dead_letter(self, outbox: Any) -> None:
        """It is counted and never tried again, and what follows it goes on."""
        self.of(outbox.put(TO, [notice(1), notice(2, kind=RESOLVED)]))
        self.of(outbox.dropped(TO, [notice(1).key], "answers 400", 5))
        assert self.numbers(outbox) == [2]
        self.of(outbox.done(TO, [notice(2, kind=RESOLVED).key], 6))
        assert self.of(outbox.counts(TO)) == Counts(0, None, 1, 1, None)

    def test_what_is_settled_stays_so(self, outbox: Any) -> None:
        """An answer that comes twice, or for what nobody knows, changes nothing."""
        self.of(outbox.put(TO, [notice(1)]))
        self.of(outbox.done(TO, [notice(1).key], 5))
        self.of(outbox.failed(TO, [notice(1).key, "unknown"], "away", 9))
        self.of(outbox.dropped(TO, [notice(1).key, "unknown"], "no", 9))
        assert self.of(outbox.counts(TO)) == Counts(0, None, 1, 0, None)

    def test_the_past_is_forgotten(self, outbox: Any) -> None:
        """What is settled, and nothing else."""
        self.of(outbox.put(TO, [notice(1), notice(2, "b"), notice(3, "c")]))
        self.of(outbox.done(TO, [notice(1).key], 5))
        self.of(outbox.dropped(TO, [notice(2, "b").key], "no", 6))
        assert self.of(outbox.prune(6)) == 1
        assert self.of(outbox.counts(TO)) == Counts(1, 30, 0, 1, None)

    def test_the_reason_of_a_failure_is_of_bounded_length(self, outbox: Any) -> None:
        """Whoever is sent to writes it."""
        self.of(outbox.put(TO, [notice(1)]))
        self.of(outbox.failed(TO, [notice(1).key], "x" * 10_000, 1))
        assert len(self.of(outbox.counts(TO)).last_failure) < 500

    def test_the_ledger_is_kept(self, outbox: Any) -> None:
        """R27: what was told is known after a restart."""
        assert self.of(outbox.kept()) is None
        self.of(outbox.keep(b"first"))
        self.of(outbox.keep(KEPT))
        assert self.of(outbox.kept()) == KEPT
