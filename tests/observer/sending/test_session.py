"""Sending as the loop that judges uses it, over a real connection: nothing is lost and nothing doubled."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer.sending.memory import MemoryOutbox
from observer.sending.notifiers import notifier_of
from observer.sending.sender import senders_of
from observer.sending.session import Sending, forgotten
from observer.sending.stored import StoredOutbox
from tests.observer.sending.driver import journal
from tests.observer.sending.judging import NOW, S, change, rule
from tests.observer.sending.receiver import Receiver, receiving
from tests.observer.sending.test_sender import until

DOWN, UP = change(0, "NodeDown", node="n1"), change(9, "NodeDown", "resolved", node="n1")


class Loop:
    """A loop that judges, as far as sending goes."""

    def __init__(self, outbox: MemoryOutbox, to: str, said: list[str]) -> None:
        """Goes on where the outbox stands."""
        self.outbox = outbox
        self.senders = senders_of([notifier_of(to)], said.append)
        self.sending = Sending("net", self.senders, outbox.kept(), NOW)
        self.sending.rules([rule("NodeDown")], [])
        self.now = NOW

    def turn(self) -> None:
        """Commit what there is to commit, then hand over."""
        if self.sending.wakes():
            self.sending.prepare([], self.now, self.now).write(self.outbox)
        self.sending.go(self.outbox, self.now)

    def close(self) -> None:
        """As when it ends."""
        for one in self.senders.values():
            one.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook."""
    with receiving() as found:
        yield found


def test_what_is_prepared_is_written_sent_and_acknowledged(receiver: Receiver) -> None:
    """R27: a plan that is written again, as after a commit that failed, is written once."""
    outbox = MemoryOutbox()
    loop = Loop(outbox, f"webhook={receiver.address}", [])
    plan = loop.sending.prepare([DOWN, UP], NOW + 9 * S, NOW + 9 * S)
    plan.write(outbox)
    plan.write(outbox)
    to = next(iter(loop.senders))

    def sent() -> bool:
        loop.now += S
        loop.turn()
        return outbox.counts(to).sent == 2

    until(sent)
    loop.turn()
    assert [one.body["status"] for one in receiver.requests] == ["firing", "resolved"]
    assert not loop.sending.wakes()
    loop.close()


def test_what_was_acknowledged_is_not_sent_again_after_a_restart(receiver: Receiver) -> None:
    """R29: and what was not, is."""
    outbox = MemoryOutbox()
    first = Loop(outbox, f"webhook={receiver.address}", [])
    first.sending.prepare([DOWN], NOW, NOW).write(outbox)
    first.turn()
    receiver.wait(1)
    until(first.sending.wakes)
    first.turn()
    first.sending.prepare([UP], NOW + 9 * S, NOW + 9 * S).write(outbox)
    first.close()
    second = Loop(outbox, f"webhook={receiver.address}", [])
    second.turn()
    assert [one.body["status"] for one in receiver.wait(2)] == ["firing", "resolved"]
    second.close()


def test_a_destination_that_is_no_longer_given_is_told_of(receiver: Receiver) -> None:
    """R27: what waits for it is kept, and nobody has to wonder."""
    outbox = MemoryOutbox()
    loop = Loop(outbox, f"webhook={receiver.address}/secret", [])
    loop.sending.prepare([DOWN], NOW, NOW).write(outbox)
    loop.close()
    assert forgotten(outbox, loop.senders) == []
    assert forgotten(outbox, {}) == [
        f"webhook={receiver.address}: alerts wait for it, and it is no longer given; give it again with --notify"
    ]


def test_idle_turns_cost_next_to_nothing(receiver: Receiver) -> None:
    """R27: a loop that has nothing to send does not ask the outbox at each turn."""

    class Counted(MemoryOutbox):
        asked = 0

        def due(self, to: str) -> int | None:
            Counted.asked += 1
            return super().due(to)

    outbox = Counted()
    loop = Loop(outbox, f"webhook={receiver.address}", [])
    for _ in range(1000):
        loop.now += S // 50
        loop.turn()
    assert Counted.asked == 1
    loop.close()


@pytest.mark.parametrize("seed", range(2))
def test_kill_9_loses_nothing_and_doubles_nothing(receiver: Receiver, tmp_path: Path, seed: int) -> None:
    """R27, R29: a process that judges and sends is killed again and again, while the webhook fails now and then; each
    change arrives, in order for each alert, and those that arrive twice have the same key.
    """
    chosen = random.Random(seed)  # noqa: S311 - to be the same each time
    path = tmp_path / "run.db"
    command = [sys.executable, "-m", "tests.observer.sending.driver", str(path), receiver.address]
    for _ in range(60):
        receiver.answers += [(chosen.choice([200, 200, 503]), {}, b"")] * 2
    for _ in range(6):
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        for _ in range(chosen.randrange(1, 12)):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    sending = Sending("net", {}, None, NOW)
    sending.rules([rule("NodeDown")], [])
    wanted = [one for commit in journal() for one in sending.prepare(commit, commit[-1].at, commit[-1].at).notices]
    got = [one.body["idempotency_key"] for one in receiver.requests]
    assert set(got) == {one.key for one in wanted}
    for alert in {one.alert for one in wanted}:
        order = [one.key for one in wanted if one.alert == alert]
        mine = [key for key in dict.fromkeys(got) if key in order]
        assert mine == order
    with sqlite3.connect(path, isolation_level=None) as connection:
        (to,) = next(connection.execute("SELECT DISTINCT destination FROM outbox"))
        counts = StoredOutbox(connection).counts(to)
    connection.close()
    assert (counts.pending, counts.sent, counts.dropped) == (0, len(wanted), 0)
