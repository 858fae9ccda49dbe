"""Everything between logs and a database, as programs: Kafka, PostgreSQL, Alertmanager, shippers and workers."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from observer.broker.address import Address, address_of
from observer.broker.client import set_up
from tests.components.kafka import Kafka
from tests.components.postgres import Postgres
from tests.components.process import until
from tests.live.attach import PLAIN

RULES = """\
groups:
  - name: chaos
    rules:
      - alert: NodeQuiet
        incident: NodeFellQuiet
        each: node
        expr: quiet_for(node) >= 2s
        for: 1s
        labels: {severity: warning}
        annotations: {summary: "{{ node }} has written nothing for {{ quiet_for(node) }}"}
      - alert: NetworkQuiet
        expr: all(quiet_for(node) >= 1500ms for node in nodes)
        for: 1s
        labels: {severity: critical}
        annotations: {summary: "nobody writes"}
"""
GIVEN_UP_S = 120.0


class Program:
    """One of the observer's commands as a process of its own; what it says is appended to a file."""

    def __init__(self, said: Path, *arguments: object, env: Mapping[str, str] | None = None) -> None:
        self._said = said
        self._command = [sys.executable, "-m", "observer", *map(str, arguments)]
        self._env = {**PLAIN, **(env or {})}
        self.process: subprocess.Popen[bytes] | None = None
        self.kills = 0

    def start(self) -> Self:
        """Start it, where it does not run."""
        if not self.running:
            with self._said.open("ab") as said:
                self.process = subprocess.Popen(
                    self._command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=self._env
                )
        return self

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process is not None and self.process.poll() is None

    @property
    def said(self) -> str:
        """What it has said since the first start."""
        return self._said.read_text() if self._said.exists() else ""

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it by kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.kills += 1

    def end(self, within: float = 30.0) -> int:
        """SIGTERM; gives the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        return self.process.wait(within)


class Places(NamedTuple):
    """How far partitions were taken, and how far they go."""

    taken: dict[int, int]
    ends: dict[int, int]

    @property
    def left(self) -> int:
        """Records that were not taken."""
        return sum(max(0, end - self.taken.get(number, 0)) for number, end in self.ends.items())


class Through:
    """One run of everything. `close` ends what is left of it."""

    def __init__(self, folder: Path, kafka: Kafka, postgres: Postgres, name: str, partitions: int = 3) -> None:
        """`name` is that of the topic's prefix and of the database."""
        self.folder = folder
        self.kafka, self.postgres = kafka, postgres
        self.notify: list[str] = []
        """Where workers send alerts."""
        self.address: Address = address_of(f"kafka://{kafka.bootstrap}/{name}")
        set_up(self.address, partitions, 1)
        self.database = name
        postgres.create_database(name)
        self.rules = folder / "rules.yaml"
        self.rules.write_text(RULES)
        self.shippers: dict[str, Program] = {}
        self.workers: list[Program] = []

    @property
    def dsn(self) -> str:
        """The database's address without its password."""
        return f"postgres://{self.postgres.user_name}@127.0.0.1:{self.postgres.port}/{self.database}"

    @property
    def env(self) -> dict[str, str]:
        """What every command needs beside its arguments."""
        return {"PGPASSWORD": self.postgres.password, "XDG_STATE_HOME": str(self.folder / "state")}

    def migrate(self) -> None:
        """Make the tables."""
        done = self.run("migrate", "--postgres", self.dsn)
        assert done.returncode == 0, done.stderr

    def run(self, *arguments: object, within: float = GIVEN_UP_S) -> subprocess.CompletedProcess[str]:
        """A command to its end."""
        command = [sys.executable, "-m", "observer", *map(str, arguments)]
        env = {**PLAIN, **self.env}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=env, timeout=within)

    def ship(self, network: str, logs: Path) -> Program:
        """A shipper of one network."""
        program = Program(
            *(self.folder / f"ship-{network}.out", "ship", logs, "--to", self.address, "--network", network),
            *("--cursor", self.folder / f"ship-{network}.cursor"),
            env=self.env,
        )
        self.shippers[network] = program
        return program.start()

    def work(self, *more: object) -> Program:
        """One more worker."""
        program = Program(
            *(self.folder / f"worker-{len(self.workers) + 1}.out", "worker", "--kafka", self.address),
            *("--postgres", self.dsn, "--rules", self.rules, *more),
            *[word for to in self.notify for word in ("--notify", to)],
            env=self.env,
        )
        self.workers.append(program)
        return program.start()

    # --- what came of it -----------------------------------------------------------------------------

    def sql(self, statement: str) -> list[list[str]]:
        """Rows of columns, as text."""
        found = self.postgres.sql(statement, self.database)
        return [line.split("|") for line in found.splitlines()]

    def number(self, statement: str) -> int:
        """The one number that a statement gives."""
        return int(self.sql(statement)[0][0])

    def places(self) -> Places:
        """How far the workers have got."""
        from kafka import KafkaConsumer, TopicPartition

        rows = self.sql("SELECT partition, coalesce(next_offset, 0) FROM observer.position")
        consumer = KafkaConsumer(**self.kafka.client_settings())
        try:
            numbers = consumer.partitions_for_topic(self.address.topic) or set()
            ends = consumer.end_offsets([TopicPartition(self.address.topic, number) for number in numbers])
        finally:
            consumer.close()
        return Places(
            {int(number): int(offset) for number, offset in rows},
            {place.partition: int(end) for place, end in ends.items()},
        )

    def until_taken(self, within: float = GIVEN_UP_S) -> None:
        """Until nothing is left in the topic."""
        until(lambda: self.places().left == 0, "all records are taken", within, told=self.told)

    def leave(self) -> None:
        """All workers leave when nothing is left in the topic, nor comes there while they leave: a Tick that was sent
        and not taken back would be in a recording of the topic, and not in the database.
        """
        for _again in range(10):
            self.until_taken()
            self.until_sent()
            for place, one in enumerate(self.workers, 1):
                assert one.end() == 0, f"worker {place}: {one.said[-2000:]}"
            if not self.places().left:
                return
            for one in self.workers:
                one.start()
        raise AssertionError("there is always something left in the topic")

    def until_sent(self, within: float = GIVEN_UP_S) -> None:
        """Until nothing waits in the outbox."""
        until(lambda: not self.pending(), "all notices are sent", within, told=self.told)

    def pending(self) -> int:
        """Notices that wait in the outbox."""
        return self.number("SELECT count(*) FROM observer.outbox WHERE settled_at IS NULL")

    def until(self, happened: Callable[[], object], what: str, within: float = GIVEN_UP_S) -> None:
        """Wait for something, patiently: programs begin slowly where others work too."""
        until(happened, what, within, told=self.told)

    def told(self) -> str:
        """The end of what every program has said."""
        programs = [*self.shippers.items(), *((f"worker {place}", one) for place, one in enumerate(self.workers, 1))]
        return "\n".join(f"{name}: {one.said[-600:]}" for name, one in programs)

    def record(self, network: str, *more: object, stored: bool = False) -> Path:
        """A recording of a network, of the topic or of the database."""
        path = self.folder / f"{network}-{'stored' if stored else 'taken'}.rec"
        if stored:
            done = self.run("record", "--from", f"{self.dsn}/{network}", "-o", path)
        else:
            done = self.run("record", "--from", f"{self.address}/{network}", "-o", path, "--rules", self.rules, *more)
        assert done.returncode == 0, done.stderr
        return path

    def close(self) -> None:
        """End what runs."""
        for one in [*self.shippers.values(), *self.workers]:
            one.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
