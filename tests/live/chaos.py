"""Networks go through Kafka while everything on the way is killed, stopped and cut, and at the end all agrees.

`python -m tests.live.chaos --networks 20 --nodes 5 --workers 3 --minutes 5 --seed 1` is the long version of what the
test suite does.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from observer.broker.wire import HEADERS
from tests.components.alertmanager import Alertmanager
from tests.components.kafka import Kafka
from tests.components.postgres import Postgres
from tests.components.process import until
from tests.components.webhook import Webhook
from tests.live.agreement import Agreed, Told, assert_network, assert_sent
from tests.live.paced import Paced, material
from tests.live.through import Program, Through

MONERO_EVERY = 4
"""Each so-many-th network is monerod's."""
ZOMBIE_S = 8.0
"""Longer than the group waits for a worker."""


class Asked(NamedTuple):
    """What is to be done."""

    networks: int = 4
    nodes: int = 3
    workers: int = 2
    seconds: float = 20
    seed: int = 1
    pace: float = 10
    """Lines a second of each node."""
    turn_after: int = 60_000
    """Bytes of a log before it is rotated."""


class Made(NamedTuple):
    """What came of it."""

    done: Counter[str]
    """What was done to whom, how often."""
    networks: dict[str, Agreed]
    sent: dict[str, int]
    """Of each network, alerts that were to be sent."""
    lines: int
    dead: int
    refused: int
    """Commits of workers that did not know yet that they had been replaced."""


class Chaos:
    """Does things to a run, in an order that a seed gives."""

    def __init__(self, through: Through, to: Told, rng: random.Random) -> None:
        self._through = through
        self._to = to
        self._rng = rng
        self._later: list[tuple[float, Callable[[], object]]] = []
        self._kinds: tuple[Callable[[], None], ...] = (
            self._kill_worker,
            self._kill_shipper,
            self._stop_worker,
            self._kill_broker,
            self._kill_database,
            self._cut_connections,
            self._silence_alertmanager,
            self._send_again,
            self._poison,
        )
        self._often = (self._kill_worker, self._kill_shipper, self._cut_connections, self._send_again)
        self.done: Counter[str] = Counter()
        self.poisoned = 0

    def run(self, seconds: float) -> None:
        """Everything once, then whatever comes, until the time is over; then all is well again."""
        until_then = time.monotonic() + seconds
        first = list(self._kinds)
        self._rng.shuffle(first)
        pause = min(4.0, seconds / (len(first) + 4))
        while time.monotonic() < until_then or first:
            one = first.pop() if first else self._rng.choice(self._often if self._rng.random() < 0.6 else self._kinds)
            self.done[one.__name__.strip("_").replace("_", " ")] += 1
            one()
            self._let_pass(pause * self._rng.uniform(0.3, 1.2))
        self._let_pass(0, to_the_end=True)

    def _let_pass(self, seconds: float, *, to_the_end: bool = False) -> None:
        """Time passes; what is due in it is done, in this thread: a component ends with the thread that began it."""
        deadline = time.monotonic() + seconds
        while self._later or not to_the_end:
            now = time.monotonic()
            if not to_the_end and now >= deadline:
                return
            for one in [one for one in self._later if one[0] <= now]:
                self._later.remove(one)
                one[1]()
            time.sleep(0.02)

    def _in(self, seconds: float, what: Callable[[], object]) -> None:
        self._later.append((time.monotonic() + seconds, what))

    def _one_of(self, programs: list[Program]) -> Program | None:
        running = [one for one in programs if one.running]
        return self._rng.choice(running) if running else None

    def _kill_worker(self) -> None:
        self._killed(self._one_of(self._through.workers))

    def _kill_shipper(self) -> None:
        self._killed(self._one_of(list(self._through.shippers.values())))

    def _killed(self, program: Program | None) -> None:
        if program is not None:
            program.kill()
            self._in(self._rng.uniform(0, 3), program.start)

    def _stop_worker(self) -> None:
        """A worker that goes on when others have taken over."""
        program = self._one_of(self._through.workers)
        if program is not None:
            program.signal(signal.SIGSTOP)
            process = program.process

            def go_on() -> None:
                if program.running and program.process is process:
                    program.signal(signal.SIGCONT)

            self._in(ZOMBIE_S, go_on)

    def _kill_broker(self) -> None:
        kafka = self._through.kafka
        until(lambda: kafka.running and kafka.ready(), "the broker runs", 60)
        kafka.kill()
        self._in(self._rng.uniform(0.1, 2), kafka.launch)

    def _kill_database(self) -> None:
        postgres = self._through.postgres
        until(lambda: postgres.running and postgres.ready(), "the database runs", 60)
        (postgres.kill if self._rng.random() < 0.7 else postgres.stop)()
        self._in(self._rng.uniform(0.1, 3), postgres.launch)

    def _cut_connections(self) -> None:
        postgres = self._through.postgres
        if postgres.running and postgres.ready():
            postgres.sql(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'observer'"
            )

    def _silence_alertmanager(self) -> None:
        alertmanager = self._to.alertmanager
        if alertmanager.running:
            alertmanager.stop()
            self._in(self._rng.uniform(3, 8), alertmanager.launch)

    def _send_again(self) -> None:
        """Old records come a second time, as of a shipper that was killed before it noted that they had arrived."""
        with _clients(self._through) as (consumer, producer):
            for record in self._some(consumer, 20):
                producer.send(
                    record.topic, record.value, key=record.key, headers=record.headers, partition=record.partition
                )
            producer.flush(10)

    def _poison(self) -> None:
        """Records that nobody can read, in the place of a network and in none."""
        network = self._rng.choice(sorted(self._through.shippers))
        with _clients(self._through) as (consumer, producer):
            cut = [record.value[: len(record.value) // 2] for record in self._some(consumer, 2)]
            for value in (b"nso\x01 is not all that makes a record", b"\xff\x00 neither", *cut):
                producer.send(self._through.address.topic, value, key=network.encode(), headers=HEADERS)
            producer.send(self._through.address.topic, b"of nobody")
            producer.flush(10)
        self.poisoned += 3 + len(cut)

    def _some(self, consumer: Any, count: int) -> list[Any]:
        """Some records of some partition."""
        from kafka import TopicPartition

        topic = self._through.address.topic
        place = TopicPartition(topic, self._rng.choice(sorted(consumer.partitions_for_topic(topic) or {0})))
        end = consumer.end_offsets([place])[place]
        consumer.assign([place])
        consumer.seek(place, self._rng.randrange(max(1, end - count)))
        found = consumer.poll(timeout_ms=1_000, max_records=count)
        return [record for records in found.values() for record in records if record.headers]


@contextmanager
def _clients(through: Through) -> Iterator[tuple[Any, Any]]:
    """A consumer and a producer, once the broker runs."""
    from kafka import KafkaConsumer, KafkaProducer

    kafka = through.kafka
    if not kafka.running:
        kafka.launch()
    until(kafka.ready, "the broker runs", 60)
    with ExitStack() as stack:
        consumer = KafkaConsumer(**kafka.client_settings())
        stack.callback(consumer.close)
        producer = KafkaProducer(**kafka.client_settings())
        stack.callback(producer.close, 5)
        yield consumer, producer


def run(asked: Asked, through: Through, to: Told) -> Made:
    """The whole run, and everything that is to be so afterwards."""
    rng = random.Random(asked.seed)  # noqa: S311 - a test is to be the same each time
    through.notify = to.notify
    through.migrate()
    paced = Paced(asked.pace, asked.turn_after)
    names = [f"net-{number:02}" for number in range(1, asked.networks + 1)]
    for number, name in enumerate(names):
        kind = "monero" if number % MONERO_EVERY == MONERO_EVERY - 1 else "xmtpd"
        lines = material(through.folder, kind, asked.nodes, asked.seed * 1000 + number)
        paced.add(through.folder / "logs" / name, through.folder / "truth" / name, lines, asked.seed * 1000 + number)
    for name in names:
        through.ship(name, through.folder / "logs" / name)
    for _number in range(asked.workers):
        through.work()
    paced.start()
    until(
        lambda: _stored(through) == len(names),
        "every network is stored",
        60 + 6 * len(names),
        told=lambda: f"{_stored(through)} are, {through.places()}\n{through.told()}",
    )
    chaos = Chaos(through, to, rng)
    chaos.run(asked.seconds)
    for component in (through.kafka, through.postgres, to.alertmanager):
        component.start()
        component.until(component.ready, "ready again", component.patience)
    paced.close()
    settle(through)
    standing = to.standing()
    sent = {name: assert_sent(through, to, name, standing.get(name, [])) for name in names}
    agreed = {
        name: assert_network(through, name, through.folder / "logs" / name, _files(through.folder, name))
        for name in names
    }
    dead = through.number("SELECT coalesce(sum(count), 0) FROM observer.dead_letter")
    assert dead >= chaos.poisoned, f"{dead} of {chaos.poisoned} records that nobody can read were counted"
    refused = sum(one.said.count("gives up what it had") for one in through.workers)
    return Made(chaos.done, agreed, sent, paced.written, dead, refused)


def settle(through: Through) -> None:
    """Everything is shipped, taken and sent; then all of them leave, and nothing is left in the topic."""
    running = [*through.shippers.values(), *through.workers]
    wanted = {name: _size(through.folder / "truth" / name) for name in through.shippers}
    until(
        # Whoever was started while the broker was away has ended, as it should.
        lambda: all(one.start().running for one in running) and _sizes(through) == wanted,
        "everything is shipped and stored",
        120,
        told=lambda: f"{_sizes(through)} of {wanted}\n{through.told()}",
    )
    for name, one in through.shippers.items():
        assert one.end() == 0, f"{name}: {one.said[-2000:]}"
    through.leave()


def _stored(through: Through) -> int:
    return through.number("SELECT count(DISTINCT network) FROM observer.block")


def _sizes(through: Through) -> dict[str, int]:
    """Bytes of each network that the database has."""
    rows = through.sql(
        "SELECT name, sum(raw_bytes)::bigint FROM observer.source JOIN observer.network AS n ON n.id = network GROUP BY name"
    )
    return {name: int(size or 0) for name, size in rows}


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _files(folder: Path, network: str) -> dict[str, list[bytes]]:
    """Of each node, the bytes of every file that had its log's name."""
    found: dict[str, list[bytes]] = {}
    for path in sorted((folder / "truth" / network).iterdir()):
        found.setdefault(path.name.partition(".")[0], []).append(path.read_bytes())
    return found


def main() -> int:
    """The long version."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=20)
    parser.add_argument("--nodes", type=int, default=5)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pace", type=float, default=5, help="lines a second of each node")
    parser.add_argument("--partitions", type=int, default=6)
    parser.add_argument("--keep", type=Path, help="where to leave what was written, instead of nowhere")
    asked = parser.parse_args()
    wanted = Asked(asked.networks, asked.nodes, asked.workers, asked.minutes * 60, asked.seed, asked.pace)
    say = sys.stdout.write
    with ExitStack() as stack:
        folder = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="observer-chaos-")))
        folder.mkdir(parents=True, exist_ok=True)
        webhook = stack.enter_context(Webhook())
        kafka, postgres = stack.enter_context(Kafka()), stack.enter_context(Postgres())
        alertmanager = stack.enter_context(Alertmanager(f"{webhook.url}/alertmanager"))
        through = stack.enter_context(Through(folder, kafka, postgres, "chaos", asked.partitions))
        made = run(wanted, through, Told(alertmanager, webhook))
        for name, found in made.networks.items():
            say(
                f"{name}: {found.entries:,} entries, {found.size:,} bytes in {found.files} files, "
                f"{found.transitions} transitions, {made.sent[name]} sent\n"
            )
        say(f"{made.lines:,} lines; {made.dead} records that nobody can read; {made.refused} commits refused\n")
        say(", ".join(f"{count} x {what}" for what, count in sorted(made.done.items())) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
