"""The outboxes of this program that need no server keep the contract."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer.sending.memory import MemoryOutbox
from observer.sending.stored import StoredOutbox
from replay.recording import Recording
from tests.observer.sending.contract import TO, OutboxContract, notice


class TestMemory(OutboxContract):
    """In memory."""

    @pytest.fixture
    def outbox(self) -> MemoryOutbox:
        """An empty one."""
        return MemoryOutbox()


class TestStored(OutboxContract):
    """In a recording's file."""

    @pytest.fixture
    def outbox(self, tmp_path: Path) -> Iterator[StoredOutbox]:
        """In a recording that was made before anybody sent."""
        path = tmp_path / "run.rec"
        with Recording.create(path, "net"):
            pass
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN")
        yield StoredOutbox(connection)
        connection.execute("COMMIT")
        connection.close()


def opened(path: Path) -> tuple[sqlite3.Connection, StoredOutbox]:
    """An outbox on a file, inside a transaction."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    return connection, StoredOutbox(connection)


def test_what_was_not_committed_was_never_put(tmp_path: Path) -> None:
    """R6, R27: notices and the ledger commit with the transitions that they follow from, or not at all."""
    connection, outbox = opened(tmp_path / "x")
    outbox.put(TO, [notice(1)])
    outbox.keep(b"one")
    connection.execute("COMMIT")
    connection.execute("BEGIN")
    outbox.put(TO, [notice(2, "other")])
    outbox.keep(b"two")
    connection.close()
    connection, outbox = opened(tmp_path / "x")
    assert [one.notice.number for one in outbox.pending(TO, 0, 10)] == [1]
    assert outbox.kept() == b"one"
    connection.close()


def test_many_that_wait_slow_nothing_down(tmp_path: Path) -> None:
    """The first ones are found without reading all of them, told by the steps that SQLite takes."""
    connection, outbox = opened(tmp_path / "x")
    outbox.put(TO, [notice(number, f"alert{number % 1000}") for number in range(20_000)])
    steps = [0]

    def counted() -> int:
        steps[0] += 1
        return 0

    connection.set_progress_handler(counted, 1000)
    assert len(outbox.pending(TO, 0, 100)) == 100
    connection.set_progress_handler(None, 0)
    assert steps[0] < 20
    connection.close()
