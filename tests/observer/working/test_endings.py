"""What stands in a worker's way, in one sentence each, and how it ends (exit code 5)."""

from __future__ import annotations

import re
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.components.kafka import Kafka
from tests.components.process import free_port
from tests.live.through import Through
from tests.observer.working.conftest import Topic
from tests.observer.working.test_taking_over import lines_stored


def refusal(through: Through, *arguments: object) -> str:
    """What `observer worker` says where it cannot work: one sentence, and exit code 5."""
    done = through.run("worker", *arguments)
    assert done.returncode == 5, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_no_broker(through: Through) -> None:
    """Nothing listens there."""
    address = f"kafka://127.0.0.1:{free_port()}/net"
    assert "no broker answers" in refusal(through, "--kafka", address, "--postgres", through.dsn)


def test_a_wrong_password_of_the_broker(through: Through, kafka_with_password: Kafka, tmp_path: Path) -> None:
    """It is not repeated."""
    secret = tmp_path / "secret"
    secret.write_text("wrong one")
    address = f"kafka://shipper@{kafka_with_password.bootstrap}/net?password_file={secret}"
    said = refusal(through, "--kafka", address, "--postgres", through.dsn)
    assert "password" in said
    assert "wrong one" not in said


def test_no_topic(through: Through) -> None:
    """The sentence says how to make it."""
    address = f"kafka://{through.kafka.bootstrap}/nobody-made-it"
    said = refusal(through, "--kafka", address, "--postgres", through.dsn)
    assert f"observer broker-setup {address}" in said


def test_no_tables(through: Through) -> None:
    """The sentence says how to make them."""
    through.postgres.create_database("empty")
    dsn = through.dsn.rpartition("/")[0] + "/empty"
    assert "observer migrate" in refusal(through, "--kafka", through.address, "--postgres", dsn)


def test_no_database(through: Through) -> None:
    """Nothing listens there."""
    dsn = f"postgres://observer@127.0.0.1:{free_port()}/observer"
    assert "nothing listens there" in refusal(through, "--kafka", through.address, "--postgres", dsn)


def test_a_wrong_password_of_the_database(through: Through, tmp_path: Path) -> None:
    """It is not repeated."""
    secret = tmp_path / "secret"
    secret.write_text("wrong one")
    said = refusal(through, "--kafka", through.address, "--postgres", f"{through.dsn}?password_file={secret}")
    assert "does not let us in" in said
    assert "wrong one" not in said


def test_it_ends_while_the_database_is_away(through: Through, topic: Topic) -> None:
    """SIGTERM: what was not committed is taken by the next one, and the end is not waited for."""
    topic.line("alpha", 0)
    worker = through.work()
    through.until(lambda: lines_stored(through) == 1, "the first line is stored")
    through.postgres.stop()
    topic.line("alpha", 1)
    through.until(lambda: "it is asked again until it is back" in worker.said, "it says so")
    begun = time.monotonic()
    assert worker.end() == 0
    assert time.monotonic() - begun < 15
    through.postgres.start()
    worker.start()
    through.until(lambda: lines_stored(through) == 2, "the second line is stored")
    assert "Traceback" not in worker.said


def test_it_waits_for_a_database_that_hangs(through: Through, topic: Topic) -> None:
    """A server that is stopped answers nothing; when it goes on, so does the worker."""
    topic.line("alpha", 0)
    worker = through.work()
    through.until(lambda: lines_stored(through) == 1, "the first line is stored")
    through.postgres.freeze()
    topic.line("alpha", 1)
    with pytest.raises(AssertionError, match="waited 2 s"):
        through.until(lambda: not worker.running, "it has ended", 2)
    through.postgres.thaw()
    through.until(lambda: lines_stored(through) == 2, "the second line is stored")


def test_a_broker_that_goes_away_is_told_and_waited_for(through: Through, topic: Topic) -> None:
    """Once, and once when it is back; what was written meanwhile is taken."""
    topic.line("alpha", 0)
    worker = through.work()
    through.until(lambda: lines_stored(through) == 1, "the first line is stored")
    # It would try to connect for as long, and leaves a socket open for each try.
    topic.close()
    # From now on its rules wait for time to pass.
    through.kafka.stop()
    through.until(lambda: "the broker takes nothing" in worker.said, "it says so")
    through.kafka.start()
    anew = Topic(through)
    anew.line("alpha", 1)
    anew.close()
    through.until(lambda: lines_stored(through) == 2, "the second line is stored")
    through.until(lambda: "the broker takes records again" in worker.said, "it says so")
    assert worker.said.count("\n") == 2


def test_figures_are_served(through: Through, topic: Topic) -> None:
    """Lag of each partition, records, dead letters and commits, as Prometheus reads them."""
    port = free_port()
    topic.line("alpha", 0)
    topic.send(b"of nobody", None)
    worker = through.work("--metrics", port)

    def figures() -> dict[str, float]:
        try:
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
        except OSError:
            return {}
        return {name: float(value) for name, value in re.findall(r"^(\S+) (\S+)$", text, re.MULTILINE)}

    through.until(lambda: figures().get("observer_records_total", 0) >= 2, "both are taken")
    found = figures()
    assert {name: found[name] for name in found if name.startswith("observer_partition_lag")} == {
        f'observer_partition_lag_records{{partition="{number}"}}': 0.0 for number in range(3)
    }
    assert found["observer_records_dead_total"] == 1
    assert found["observer_commit_seconds_count"] >= 1
    assert found["observer_commit_failing"] == 0
    assert found['observer_journal_entries_total{network="alpha"}'] >= 1
    assert worker.end() == 0
    assert figures() == {}
