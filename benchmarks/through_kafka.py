"""From a line in a log to a row in PostgreSQL, by way of Kafka: `python -m benchmarks.through_kafka`.

Two things are measured. How many lines a second one worker takes from a topic that is full, and what each stage of it
costs, beside a plain consumer of the same records and a plain COPY of the same events. And how long it takes from a
line being appended to its transition being committed, while a shipper and a worker have 5,000 lines a second to do.
About 5 % of the lines carry state, as on real networks. Times are read as shares and ratios: others use the machine
too.

It needs what the tests need: Apache Kafka and PostgreSQL on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple

from benchmarks.generate import CAPTURES, copied, made, parse_size

NOISE = 3
"""Copies of unread lines behind each capture: one line in twenty is read then."""
RATE, LOOKS = 5_000, 100
"""Lines a second, and bursts a second in which they come."""
TOGGLE_EVERY = 0.1
"""Seconds between two lines that change an alert."""
WARM_S = 5.0
"""What came before is not measured."""
ONE_RULE = """\
groups:
  - name: bench
    rules:
      - {incident: Connected, each: node, expr: connections(node) >= 1}
"""
TURN = (
    "\t[P2P8]\tINFO\tnet.p2p\tsrc/p2p/net_node.inl:2673\t"
    "[127.0.0.1:28102 e4dd0cd8-bafb-4dbb-b584-{number:012x} OUT] {what} CONNECTION\n"
)
"""A connection of the fourth node that opens, or closes."""
BEFORE = 60
"""Lines of the capture up to its first connection."""
CHANGES = "FROM observer.transition WHERE rule = 'Connected' AND labels->>'node' = 'node4' AND state <> 'pending'"
PATIENCE_S = 120.0
_DATE = len("2026-11-21 07:02:58.504")


class Stage(NamedTuple):
    """What one stage of a worker took."""

    name: str
    seconds: float
    cpu: float


class Taken(NamedTuple):
    """What one worker did with a topic."""

    lines: int
    seconds: float
    cpu: float
    stages: list[Stage]


def observer(*arguments: object, env: dict[str, str]) -> list[str]:
    """A command to its end. Raises RuntimeError."""
    command = [sys.executable, "-m", "observer", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **env})
    if done.returncode:
        raise RuntimeError(done.stderr)
    return command


# --- how much ----------------------------------------------------------------------------------------


def consumed(bootstrap: str, topic: str) -> Stage:
    """Every record of the topic, taken by kafka-python and thrown away."""
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(bootstrap_servers=bootstrap, max_partition_fetch_bytes=8 << 20)
    places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(places)
    ends = consumer.end_offsets(places)
    consumer.seek_to_beginning(*places)
    begun, cpu = time.perf_counter(), time.process_time()
    while any(consumer.position(one) < ends[one] for one in places):
        consumer.poll(100)
    found = Stage("kafka-python alone", time.perf_counter() - begun, time.process_time() - cpu)
    consumer.close()
    return found


async def copied_again(dsn: str) -> tuple[Stage, int]:
    """Every event of a database, written once more into a table of the same columns, by nothing but COPY."""
    import asyncpg

    connection = await asyncpg.connect(dsn)
    try:
        columns = ["network", "seq", "n", "at", "at_ns", "node", "kind", "payload"]
        rows = [tuple(row) for row in await connection.fetch(f"SELECT {', '.join(columns)} FROM observer.event")]  # noqa: S608 - literals
        await connection.execute("CREATE TABLE again (LIKE observer.event INCLUDING INDEXES)")
        begun, cpu = time.perf_counter(), time.process_time()
        for first in range(0, len(rows), 5_000):
            await connection.copy_records_to_table("again", columns=columns, records=rows[first : first + 5_000])
        return Stage("asyncpg COPY alone", time.perf_counter() - begun, time.process_time() - cpu), len(rows)
    finally:
        await connection.close()


class Clocks:
    """Times of functions that are called in one thread, each without what it calls of the others."""

    def __init__(self) -> None:
        self._spent: dict[str, list[float]] = {}
        self._open: list[list[float]] = []

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Measure for as long as this lasts."""
        mine = [0.0, 0.0]
        """What stages within it took."""
        self._open.append(mine)
        begun, cpu = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            took = (time.perf_counter() - begun, time.thread_time() - cpu)
            self._open.pop()
            known = self._spent.setdefault(name, [0.0, 0.0])
            for place, value in enumerate(took):
                known[place] += value - mine[place]
                if self._open:
                    self._open[-1][place] += value

    def wrap(self, owner: Any, method: str, name: str) -> Callable[[], None]:
        """Measure a method from here on; gives back what ends that."""
        inner = getattr(owner, method)

        def timed(*arguments: Any, **named: Any) -> Any:
            with self.of(name):
                return inner(*arguments, **named)

        def stream(*arguments: Any, **named: Any) -> Any:
            with self.of(name):
                return iter(list(inner(*arguments, **named)))

        setattr(owner, method, stream if method == "run" else timed)
        return lambda: setattr(owner, method, inner)

    def stages(self) -> list[Stage]:
        """All of them, the longest first."""
        return sorted((Stage(name, *took) for name, took in self._spent.items()), key=lambda one: -one.seconds)


def taken(address: str, dsn: str, rules: str, records: int) -> Taken:
    """One worker takes everything that is in a topic."""
    from observer.broker.address import address_of
    from observer.broker.intake import Intake
    from observer.database.storing import Store
    from observer.judged import JudgedJournal
    from observer.rulefiles.reading import rules_named
    from observer.working.member import Member
    from observer.working.owned import Owned
    from observer.working.taking_over import Settings
    from observer.working.worker import Worker
    from replay.merge import BlockBuilder

    clocks, loop = Clocks(), asyncio.new_event_loop()
    store = loop.run_until_complete(Store.open(dsn, migrating=True))
    worker = Worker(address_of(address), store, loop, {}, Settings(rules_named(rules), group=f"bench-{time.time_ns()}"))
    while len(worker.member.assigned) == 0 or worker.member.assigned != set(worker._partitions):  # noqa: SLF001 - it is what is measured
        worker.turn()
    back = [
        clocks.wrap(Member, "poll", "poll: fetch and decode"),
        clocks.wrap(Intake, "take", "intake: unpack, drop what is known"),
        clocks.wrap(BlockBuilder, "add", "blocks"),
        clocks.wrap(BlockBuilder, "finish", "blocks"),
        clocks.wrap(JudgedJournal, "run", "fold and judge"),
        clocks.wrap(Owned, "batch", "rows"),
        clocks.wrap(Worker, "_commit", "commit"),
    ]
    begun, cpu = time.perf_counter(), time.process_time()
    try:
        while worker.counted.records < records:
            worker.turn()
        seconds, used = time.perf_counter() - begun, time.process_time() - cpu
    finally:
        for one in back:
            one()
    lines = sum(one.lines for owned in worker.networks.values() for one in owned.network.growing.tail.heard.values())
    worker.close()
    loop.run_until_complete(store.close())
    loop.close()
    return Taken(lines, seconds, used, clocks.stages())


def show_throughput(found: Taken, plain: Taken, alone: Stage, copy: Stage, events: int) -> None:
    """As a table."""
    print(f"\n{found.lines:,} lines, {events:,} events")
    print(f"{'':38} {'s':>7} {'CPU s':>7} {'share':>6}  lines/s")
    for name, one in (("one worker, the rules that ship", found), ("one worker, one rule", plain)):
        print(f"{name:38} {one.seconds:7.2f} {one.cpu:7.2f} {'':6}  {one.lines / one.seconds:,.0f}")
    for stage in found.stages:
        print(f"  {stage.name:36} {stage.seconds:7.2f} {stage.cpu:7.2f} {stage.seconds / found.seconds:6.1%}")
    for stage in (alone, copy):
        ratio = found.seconds / stage.seconds
        print(
            f"{stage.name:38} {stage.seconds:7.2f} {stage.cpu:7.2f} {'':6}  the worker takes {ratio:.1f} times as long"
        )
    judge = sum(one.seconds for one in found.stages if one.name == "fold and judge") - sum(
        one.seconds for one in plain.stages if one.name == "fold and judge"
    )
    print(f"  of fold and judge, {judge:.2f} s are for the rules that ship instead of one")


# --- how fast ----------------------------------------------------------------------------------------


def write(folder: Path, seconds: float) -> None:
    """Lines of three nodes at `RATE`, and of a fourth that has a peer and has none; prints the time of each change."""
    lines = [[line for one in kinds for line in one] for kinds in zip(*copied(NOISE), strict=True)]
    nodes = [(folder / f"node{number}.log").open("ab", buffering=0) for number in range(1, 5)]
    first = (CAPTURES / "node1.log").read_bytes().splitlines(keepends=True)[:BEFORE]
    nodes[3].write(b"".join([_dated() + line[_DATE:] for line in first]))
    given = [itertools.cycle(one) for one in lines]
    each = RATE // LOOKS // 3
    begun = time.monotonic()
    toggled = 0
    for look in itertools.count():
        due = begun + look / LOOKS
        if due - begun > seconds:
            return
        time.sleep(max(0.0, due - time.monotonic()))
        now = _dated()
        for log, source in zip(nodes, given, strict=False):
            log.write(b"".join([now + next(source)[_DATE:] for _ in range(each)]))
        if due - begun >= toggled * TOGGLE_EVERY:
            written = time.time_ns()
            what = "CLOSE" if toggled % 2 else "NEW"
            nodes[3].write(_dated() + TURN.format(number=toggled // 2, what=what).encode())
            toggled += 1
            print(written, flush=True)


def _dated() -> bytes:
    from datetime import UTC, datetime

    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:_DATE].encode()


def latencies(folder: Path, address: str, dsn: str, password: str, seconds: float) -> tuple[list[float], float, float]:
    """Seconds from each line that changes an alert to the commit of that change; and CPU seconds of shipper and
    worker per second.
    """
    import asyncpg

    env = {**os.environ, "PGPASSWORD": password, "XDG_STATE_HOME": str(folder / "state")}
    logs = folder / "logs"
    logs.mkdir()
    rules = folder / "one.yaml"
    rules.write_text(ONE_RULE)
    programs = [
        ["ship", logs, "--to", address, "--network", "live"],
        ["worker", "--kafka", address, "--postgres", dsn, "--rules", rules, "--migrate"],
    ]
    running = [
        subprocess.Popen([sys.executable, "-m", "observer", *map(str, one)], env=env, stderr=subprocess.DEVNULL)
        for one in programs
    ]
    try:
        _until(dsn, password, "SELECT count(*) FROM observer.position", 1)
        command = [sys.executable, "-m", __spec__.name, "--write", str(logs), "--seconds", str(seconds)]
        used = [_cpu(one.pid) for one in running]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        cpu = [(_cpu(one.pid) - before) / seconds for one, before in zip(running, used, strict=True)]
        _until(dsn, password, f"SELECT count(*) {CHANGES}", len(told))
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(30)

    async def committed() -> list[int]:
        connection = await asyncpg.connect(dsn, password=password)
        try:
            rows = await connection.fetch(
                "SELECT (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint AS at"  # noqa: S608 - literals
                f" {CHANGES} ORDER BY number"
            )
        finally:
            await connection.close()
        return [row["at"] * 1000 for row in rows]

    written = [int(one) for one in told]
    stored = asyncio.run(committed())
    if len(stored) != len(written):
        raise RuntimeError(f"{len(written)} changes were written and {len(stored)} committed")
    first = written[0] + int(WARM_S * 1e9)
    found = [(at - when) / 1e9 for when, at in zip(written, stored, strict=True) if when >= first]
    return found, cpu[0], cpu[1]


def _until(dsn: str, password: str, question: str, least: int) -> None:
    """Wait until a question to the database gives so much. Raises TimeoutError."""
    import asyncpg

    async def asked() -> int:
        connection = await asyncpg.connect(dsn, password=password)
        try:
            return int(await connection.fetchval(question))
        except asyncpg.UndefinedTableError:
            return 0
        finally:
            await connection.close()

    deadline = time.monotonic() + PATIENCE_S
    while asyncio.run(asked()) < least:
        if time.monotonic() > deadline:
            raise TimeoutError(question)
        time.sleep(0.5)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def show_latencies(found: list[float], shipper: float, worker: float) -> None:
    """Percentiles, in milliseconds."""
    cuts = quantiles(found, n=1000)
    print(f"\n{RATE:,} lines a second, {len(found)} changes, from the line to the commit in PostgreSQL:")
    said = [f"p{name} {cuts[place] * 1e3:.0f} ms" for name, place in ((50, 499), (90, 899), (99, 989))]
    print(f"{', '.join(said)}, most {max(found) * 1e3:.0f} ms")
    print(f"CPU: shipper {shipper:.0%}, worker {worker:.0%} of a core")


def main() -> int:
    """Both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--size", type=parse_size, default="60MB", metavar="BYTES", help="of the logs of the first part"
    )
    parser.add_argument("--seconds", type=float, default=40, help="of the second part")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.write is not None:
        write(asked.write, asked.seconds)
        return 0
    from tests.components import postgres as component
    from tests.components.kafka import Kafka
    from tests.components.postgres import Postgres

    component._SETTINGS["track_commit_timestamp"] = "on"  # noqa: SLF001 - tests have no use for it
    with tempfile.TemporaryDirectory(prefix="observer-bench-") as name, Kafka() as kafka, Postgres() as postgres:
        folder = Path(name)
        os.environ["PGPASSWORD"] = postgres.password

        def dsn(database: str) -> str:
            postgres.create_database(database)
            return f"postgres://{postgres.user_name}@127.0.0.1:{postgres.port}/{database}"

        logs = made(asked.size, NOISE, folder)
        address = f"kafka://{kafka.bootstrap}/bench"
        env = {"XDG_STATE_HOME": str(folder / "state")}
        observer("broker-setup", address, "--partitions", 1, env=env)
        observer("ship", *logs.files, "--to", address, "--network", "bench", "--once", env=env)
        alone = consumed(kafka.bootstrap, "bench.journal")
        records = _records(kafka.bootstrap, "bench.journal")
        rules = folder / "rules.yaml"
        rules.write_text(ONE_RULE)
        plain = taken(address, dsn("plain"), str(rules), records)
        found = taken(address, dsn("found"), "builtin", records)
        copy, events = asyncio.run(copied_again(postgres.dsn_of("found")))
        show_throughput(found, plain, alone, copy, events)
        live = f"kafka://{kafka.bootstrap}/live"
        observer("broker-setup", live, "--partitions", 1, env=env)
        show_latencies(*latencies(folder, live, dsn("live"), postgres.password, asked.seconds))
    return 0


def _records(bootstrap: str, topic: str) -> int:
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    try:
        place = TopicPartition(topic, 0)
        return int(consumer.end_offsets([place])[place])
    finally:
        consumer.close()


if __name__ == "__main__":
    sys.exit(main())
