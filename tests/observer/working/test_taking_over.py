"""Workers that come, go, die and hang: each network is gone on with by one of them, and nothing is lost (R9)."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable

import pytest

from observer.database.address import address_of
from observer.database.connecting import connected
from observer.database.storing import HANGS_SECONDS, Store
from observer.rulefiles.reading import builtin_rules
from observer.working.taking_over import Settings
from observer.working.worker import Worker
from tests.live.agreement import entries, saved_transitions
from tests.live.histories import differing, recorded, replayed
from tests.live.through import Through
from tests.observer.working.conftest import Topic

NETWORKS = ("alpha", "beta", "gamma", "delta")
SOON_S = 12.0
"""The group waits six seconds for a worker that says nothing, and this machine may be busy."""


def lines_stored(through: Through) -> int:
    """Lines of all networks that are committed."""
    return through.number("SELECT coalesce(sum(lines), 0) FROM observer.source")


def owners(through: Through) -> dict[str, str]:
    """The process that has each partition."""
    return {number: owner.rpartition(":")[2] for number, owner in through.sql("SELECT partition, owner FROM position")}


def began(through: Through, topic: Topic, workers: int) -> None:
    """So many workers, each with a partition at least, and one line of each network stored."""
    for network in NETWORKS:
        topic.line(network, 0)
    for _number in range(workers):
        through.work()
    through.until(lambda: lines_stored(through) == len(NETWORKS), "the first lines are stored")
    through.until(lambda: len(set(owners(through).values())) == workers, "all workers have work")


def test_a_worker_that_is_killed_is_replaced_within_seconds(through: Through, topic: Topic) -> None:
    """R9: kill -9, and another one goes on with its networks, from where it had committed them."""
    began(through, topic, 2)
    through.workers[0].kill()
    killed = time.monotonic()
    for network in NETWORKS:
        topic.line(network, 1)
    through.until(lambda: lines_stored(through) == 2 * len(NETWORKS), "all go on", 30)
    assert time.monotonic() - killed < SOON_S
    assert set(owners(through).values()) == {str(through.workers[1].process.pid)}  # type: ignore[union-attr]


def test_a_worker_that_leaves_says_so_and_is_replaced_at_once(through: Through, topic: Topic) -> None:
    """SIGTERM: one line, exit code 0, and nobody waits for it."""
    began(through, topic, 2)
    assert through.workers[0].end() == 0
    left = time.monotonic()
    for network in NETWORKS:
        topic.line(network, 1)
    through.until(lambda: lines_stored(through) == 2 * len(NETWORKS), "all go on", 30)
    assert time.monotonic() - left < SOON_S / 2
    said = through.workers[0].said.splitlines()
    assert len(said) == 1
    assert "this worker leaves" in said[0]


def test_partitions_stay_with_their_workers_when_others_come_and_go(through: Through, topic: Topic) -> None:
    """A network is not loaded anew because of somebody else, and is read on."""
    began(through, topic, 2)
    before = owners(through)
    third = through.work()
    through.until(lambda: len(set(owners(through).values())) == 3, "the third has work")
    now = owners(through)
    assert sum(now[number] != before[number] for number in before) == 1
    for network in NETWORKS:
        topic.line(network, 1)
    through.until(lambda: lines_stored(through) == 2 * len(NETWORKS), "all go on")
    assert third.end() == 0
    for network in NETWORKS:
        topic.line(network, 2)
    through.until(lambda: lines_stored(through) == 3 * len(NETWORKS), "all go on")


def test_a_worker_that_hung_writes_nothing_when_it_goes_on(through: Through, topic: Topic) -> None:
    """R9: others have taken over; it lets go of what it had, and takes part again."""
    began(through, topic, 2)
    hangs, other = through.workers
    hangs.signal(signal.SIGSTOP)
    for network in NETWORKS:
        topic.line(network, 1)
    through.until(lambda: lines_stored(through) == 2 * len(NETWORKS), "the other goes on", 30)
    assert other.process is not None
    assert set(owners(through).values()) == {str(other.process.pid)}
    hangs.signal(signal.SIGCONT)
    for network in NETWORKS:
        topic.line(network, 2)
    through.until(lambda: len(set(owners(through).values())) == 2, "it has work again", 30)
    through.until(lambda: lines_stored(through) == 3 * len(NETWORKS), "all go on")
    assert hangs.running
    rows = through.sql("SELECT count(*), count(DISTINCT (network, seq, n)) FROM observer.event")
    assert rows[0][0] == rows[0][1]


def test_a_commit_that_hangs_holds_nobody_up(through: Through, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was stopped in the middle of a commit holds its partition in the database, and is cut off there."""
    monkeypatch.setenv("PGPASSWORD", through.postgres.password)

    async def claimed() -> tuple[int, float]:
        address = address_of(through.dsn)
        hangs = await connected(address)
        store = await Store.open(address)
        try:
            await store.claim("journal", 0, "first")
            await hangs.execute("BEGIN; UPDATE observer.position SET next_offset = 7")
            begun = time.monotonic()
            claim = await store.claim("journal", 0, "second")
            assert claim.next_offset is None
            return claim.epoch, time.monotonic() - begun
        finally:
            await store.close()
            hangs.terminate()

    epoch, seconds = asyncio.run(claimed())
    assert epoch == 2
    assert HANGS_SECONDS - 1 < seconds < 4 * HANGS_SECONDS


def test_without_a_checkpoint_of_this_version_everything_is_folded_anew(through: Through, topic: Topic) -> None:
    """R19, R29: as after an upgrade. Nothing is told twice, and the history goes on as if nothing had been."""
    through.rules.write_text(
        "groups:\n  - name: one\n    rules:\n      - {incident: Quiet, each: node, expr: quiet_for(node) >= 1s}\n"
    )
    for number in range(300):
        topic.line("alpha", number)
    worker = through.work()
    through.until(lambda: through.number("SELECT count(*) FROM observer.transition") >= 1, "it is quiet")
    assert worker.end() == 0
    events = through.number("SELECT count(*) FROM observer.event")
    through.sql("DELETE FROM observer.checkpoint")
    for number in range(300, 400):
        topic.line("alpha", number)
    worker.start()
    through.until(lambda: lines_stored(through) == 400, "it goes on")
    assert through.number("SELECT count(*) FROM observer.checkpoint") >= 1
    through.leave()
    assert through.number("SELECT count(*) FROM observer.event") > events
    stored, taken = through.record("alpha", stored=True), through.record("alpha")
    assert entries(stored) == entries(taken)
    told = saved_transitions(through, "alpha")
    assert differing(told, list(replayed(stored))) == ""
    assert differing(told, recorded(taken)) == ""


def test_other_rules_are_in_force_from_there_on(through: Through, topic: Topic) -> None:
    """R20: a worker that is given other rules judges by them from its first entry on, and what was told stays."""
    rule = "groups:\n  - name: one\n    rules:\n      - {{incident: {}, each: node, expr: quiet_for(node) >= 500ms}}\n"
    through.rules.write_text(rule.format("Before"))
    topic.line("alpha", 0)
    worker = through.work()
    through.until(lambda: through.number("SELECT count(*) FROM observer.transition") == 1, "it is told")
    assert worker.end() == 0
    through.rules.write_text(rule.format("After"))
    worker.start()
    topic.line("alpha", 1)
    after = "SELECT count(*) FROM observer.transition WHERE rule = 'After'"
    through.until(lambda: through.number(after) >= 1, "the other is told")
    through.leave()
    assert through.number("SELECT count(*) FROM observer.judgement") == 2
    stored = through.record("alpha", stored=True)
    told = saved_transitions(through, "alpha")
    assert differing(told, list(replayed(stored))) == ""


def test_a_partition_that_stands_still_is_taken_up_anew(
    through: Through, topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a client thinks of a partition: paused without a reason, it is read again all the same."""
    monkeypatch.setattr("observer.working.worker.STALLED_S", 0.5)
    monkeypatch.setenv("PGPASSWORD", through.postgres.password)
    said: list[str] = []
    loop = asyncio.new_event_loop()
    store = loop.run_until_complete(Store.open(through.dsn))
    settings = Settings(builtin_rules(), say=said.append)
    worker = Worker(through.address, store, loop, {}, settings)
    try:
        topic.line("alpha", 0)
        _turn_until(worker, lambda: lines_stored(through) == 1)
        consumer = worker.member._consumer  # noqa: SLF001 - it is what goes wrong
        consumer.pause(*consumer.assignment())
        topic.line("alpha", 1)
        _turn_until(worker, lambda: lines_stored(through) == 2)
        assert "it is taken up anew" in said[-1]
    finally:
        worker.close()
        loop.run_until_complete(store.close())
        loop.close()


def _turn_until(worker: Worker, happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not happened():
        assert time.monotonic() < deadline
        worker.turn()
