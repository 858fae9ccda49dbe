"""`observer worker`: networks over a consumer group, folded, judged and stored, each by one worker at a time (R9).

What was taken from a partition is committed with the place up to which it was taken, in one transaction of the
database; Kafka's own offsets are not used. A worker that has lost a partition and does not know it yet is refused
there, throws away what it thought, and takes the partition up again only if it is given back to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from observer.broker.address import Address
from observer.broker.client import consumer, fail, is_passing, partition_of, producer, topic_of
from observer.broker.foreign import ForeignMapping, network_of
from observer.broker.wire import HEADERS, JournalMark, Shipped, packed
from observer.database.batches import Commit, DeadLetter, Position
from observer.database.failures import Away, DiskFull, NotOwner
from observer.database.journal import journal_of
from observer.database.outbox import DatabaseOutbox
from observer.database.reading import fill
from observer.database.storing import Store
from observer.inventory import Inventory, parse_inventory
from observer.judged import Schedule
from observer.rulefiles.reading import RuleFile, check_parameters, parse_rules
from observer.sending.sender import Sender
from observer.sending.session import AT_ONCE
from observer.working.owned import Owned, judged_by
from replay.fingerprint import fingerprint
from replay.journal import MarkKind
from replay.judgement import Judgement
from replay.recording import Recording

if TYPE_CHECKING:
    from kafka import KafkaConsumer, KafkaProducer

    from observer.database.loading import Loaded

NS, MS = 10**9, 10**6
RECORDS_AT_ONCE = 32
"""Records that are taken between two commits: each holds about a mebibyte at most."""
POLL_MS = 50
TICK_EVERY = 60 * NS
"""A network in which nothing happens hears at least so often that time passes (R9)."""
TICK_AGAIN = NS // 2
"""A Tick that was sent is waited for so long before another is."""
RETRY_S = 1.0
SESSION_MS, HEARTBEAT_MS = 10_000, 2_000
"""A worker that is not heard for the first is gone, and others take over."""


class Partition(NamedTuple):
    """A partition that this worker has claimed."""

    number: int
    expected: int | None
    """The place that was committed last."""
    next_offset: int
    epoch: int


class Settings(NamedTuple):
    """How a worker works."""

    rules: RuleFile
    inventories: Mapping[str, Inventory] = {}
    """By network; another network is judged without one."""
    mapping: ForeignMapping | None = None
    group: str = "observer"
    say: Callable[[str], None] = print


class Worker:
    """One member of the group."""

    def __init__(
        self,
        address: Address,
        store: Store,
        loop: asyncio.AbstractEventLoop,
        senders: Mapping[str, Sender],
        settings: Settings,
    ) -> None:
        """Joins the group. Raises Failed."""
        self._address = address
        self._store = store
        self._loop = loop
        self._senders = senders
        self._settings = settings
        self._topic = topic_of(address)
        self._owner = f"{socket.gethostname()}:{os.getpid()}"
        self._partitions: dict[int, Partition] = {}
        self.networks: dict[str, Owned] = {}
        """By name."""
        self._place: dict[str, int] = {}
        """The partition of each network."""
        self._ticked: dict[str, int] = {}
        self._dead: dict[tuple[int, str], DeadLetter] = {}
        self._assigned: set[int] = set()
        self.counted: dict[str, int] = {"records": 0, "commits": 0, "dead": 0}
        self._producer: KafkaProducer | None = None
        self._consumer = self._joined()

    def _joined(self) -> KafkaConsumer:
        found = consumer(
            self._address,
            group_id=self._settings.group,
            client_id="observer-worker",
            auto_offset_reset="earliest",
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            max_poll_records=RECORDS_AT_ONCE,
        )
        found.subscribe([self._topic.name], listener=_pausing(found))
        return found

    # --- the loop ------------------------------------------------------------------------------------

    def run(self, stopped: Callable[[], object]) -> None:
        """Work until stopped. Raises Failed where waiting does not help."""
        while not stopped():
            self.turn()

    def turn(self) -> None:
        """One poll, one commit, and what follows from it."""
        records = self._polled()
        self._own()
        for number, found in records.items():
            if number in self._partitions:
                self._take(number, found)
        self._commit()
        self._send()
        self._tick()

    def close(self) -> None:
        """Leave the group, so that others need not wait."""
        for owned in self.networks.values():
            if owned.sending is not None:
                owned.sending.leave()
        with contextlib.suppress(Exception):
            self._consumer.close(autocommit=False)
        if self._producer is not None:
            with contextlib.suppress(Exception):
                self._producer.close(timeout=2)

    def _polled(self) -> dict[int, Sequence[Any]]:
        try:
            found = self._consumer.poll(timeout_ms=POLL_MS, max_records=RECORDS_AT_ONCE)
        except Exception as error:  # noqa: BLE001 - whatever a client raises is a failure of the broker
            if not is_passing(error):
                fail(self._address, error)
            self._settings.say(f"{self._address}: the broker is away ({type(error).__name__}); it is asked again")
            time.sleep(RETRY_S)
            return {}
        return {partition.partition: records for partition, records in found.items()}

    # --- partitions ----------------------------------------------------------------------------------

    def _own(self) -> None:
        """Claim what the group has given, and let go of what it has taken away."""
        assigned = {one.partition for one in self._consumer.assignment()}
        if assigned == self._assigned:
            return
        for number in self._assigned - assigned:
            self._release(number)
        for number in sorted(assigned - self._assigned):
            self._claim(number)
        self._assigned = assigned

    def _release(self, number: int) -> None:
        self._partitions.pop(number, None)
        for name in [name for name, place in self._place.items() if place == number]:
            owned = self.networks.pop(name, None)
            del self._place[name]
            self._ticked.pop(name, None)
            if owned is not None and owned.sending is not None:
                owned.sending.leave()

    def _claim(self, number: int) -> None:
        """From here on whoever had it before is refused. Its networks are taken over at once, so that they are told of
        though nobody writes.
        """
        partition = self._of(number)
        claim = self._wait(lambda: self._store.claim(self._topic.name, number, self._owner))
        begin = self._asked(lambda: self._consumer.beginning_offsets([partition]))[partition]
        next_offset = begin if claim.next_offset is None else claim.next_offset
        self._partitions[number] = Partition(number, claim.next_offset, next_offset, claim.epoch)
        for name in self._wait(self._store.networks):
            if partition_of(name, self._topic.partitions) == number and name not in self.networks:
                self._load(name, number)
        self._consumer.seek(partition, max(begin, next_offset))
        self._consumer.resume(partition)

    def _of(self, number: int) -> Any:
        from kafka import TopicPartition

        return TopicPartition(self._topic.name, number)

    def _load(self, name: str, number: int) -> Owned:
        owned: Owned = self._wait(lambda: self._loaded(name, number))
        self.networks[name] = owned
        self._place[name] = number
        self._ticked[name] = time.time_ns()
        return owned

    async def _loaded(self, name: str, number: int) -> Owned:
        """A network as it was committed last, ready to be gone on with."""
        settings, store = self._settings, self._store
        loaded = await store.load(name)
        inventory = self._inventory(name, loaded)
        check_parameters(settings.rules, inventory, f"the inventory of {name}")
        if loaded is None or loaded.last is None:
            entry = judged_by(settings.rules.text, () if loaded is None else loaded.judgements, 0)
            schedule: Schedule = [(0, settings.rules.rules)]
            return self._owned(name, number, loaded, None, inventory, schedule, entry)
        mine = fingerprint(loaded.sources, loaded.meta.get("settings"))
        loaded = await store.load(name, mine) or loaded
        last = loaded.last
        assert last is not None  # noqa: S101 - nobody takes entries out of a journal
        entry = judged_by(settings.rules.text, loaded.judgements, last.info.last_seq)
        schedule = _schedule(loaded.judgements, name)
        if loaded.checkpoint is None:
            # Another version of the program has left it: everything is folded anew.
            with tempfile.TemporaryDirectory(prefix="observer-") as folder:
                recording = Recording.attach(Path(folder) / "network.rec", name)
                await fill(store.address, recording, name)
                owned = self._owned(name, number, loaded, recording, inventory, schedule, entry)
        else:
            owned = self._owned(name, number, loaded, await journal_of(store, loaded), inventory, schedule, entry)
        if entry is not None:
            owned.network.growing.load([(last.info.last_seq, settings.rules.rules)])
        return owned

    def _owned(  # noqa: PLR0913 - as of Owned
        self,
        name: str,
        number: int,
        loaded: Loaded | None,
        behind: Any,
        inventory: Inventory,
        schedule: Schedule,
        entry: Judgement | None,
    ) -> Owned:
        place = (self._topic.name, number)
        return Owned(name, place, loaded, behind, inventory, schedule, entry, self._senders, self._settings.mapping)

    def _inventory(self, name: str, loaded: Loaded | None) -> Inventory:
        given = self._settings.inventories.get(name)
        kept = None if loaded is None else loaded.meta.get("inventory")
        if given is None:
            return Inventory(network=name) if kept is None else parse_inventory(str(kept), f"{name} (its inventory)")
        return given

    # --- records -------------------------------------------------------------------------------------

    def _take(self, number: int, records: Sequence[Any]) -> None:
        now = time.time_ns()
        for record in records:
            partition = self._partitions[number]
            if record.offset < partition.next_offset:
                continue
            if partition.expected is not None and record.offset > partition.next_offset:
                self._passed(number, record)
            self._partitions[number] = partition._replace(next_offset=record.offset + 1)
            self.counted["records"] += 1
            self._record(number, record, now)

    def _record(self, number: int, record: Any, now: int) -> None:
        value, headers = record.value or b"", record.headers or ()
        name = network_of(value, record.key, headers, self._settings.mapping)
        if name is None:
            self._bury(number, record, "it names no network: its key is to be the network's name")
            return
        owned = self.networks.get(name) or self._load(name, number)
        if self._place[name] != number:
            self._bury(number, record, f"{name} lies in partition {self._place[name]}: one network has one partition")
            return
        came = owned.network.take(value, record.key, record.timestamp, headers)
        if came is None:
            return
        if came.unreadable is not None:
            self._bury(number, record, came.unreadable)
        owned.add(came, now)

    def _passed(self, number: int, record: Any) -> None:
        """Retention may have removed records that nobody has read."""
        begin = self._asked(lambda: self._consumer.beginning_offsets([self._of(number)]))[self._of(number)]
        if begin <= self._partitions[number].next_offset:
            return
        lost = begin - self._partitions[number].next_offset
        self._settings.say(
            f"{self._address}: retention has removed {lost} records of partition {number} before they were read; "
            "what they held is told as a gap; let the topic keep more, or start workers sooner"
        )
        for name, place in self._place.items():
            if place == number:
                self.networks[name].add(self.networks[name].network.missed(record.timestamp), time.time_ns())

    def _bury(self, number: int, record: Any, why: str) -> None:
        """A record that cannot be read goes to a topic of its own, with the reason, and is counted."""
        self.counted["dead"] += 1
        before = self._dead.get((number, why))
        count = 1 if before is None else before.count + 1
        self._dead[number, why] = DeadLetter(self._topic.name, number, why, count, record.offset, record.timestamp * MS)
        reason = [
            ("reason", why.encode()),
            ("partition", str(number).encode()),
            ("offset", str(record.offset).encode()),
        ]
        try:
            sent = self._sending_to_broker().send(
                self._address.dead_letters, record.value, key=record.key, headers=[*(record.headers or ()), *reason]
            )
            sent.get(timeout=5)
        except Exception as error:  # noqa: BLE001 - as in `_polled`
            self._settings.say(
                f"{self._address.dead_letters}: a record that could not be read was not kept there "
                f"({type(error).__name__}); it is at offset {record.offset} of partition {number}; "
                f"make the topic with `{self._address.setup}`"
            )

    def _sending_to_broker(self) -> KafkaProducer:
        self._producer = self._producer or producer(self._address)
        return self._producer

    # --- committing ----------------------------------------------------------------------------------

    def _commit(self) -> None:
        now = time.time_ns()
        batches = [batch for owned in self.networks.values() if (batch := owned.batch(now)) is not None]
        positions = [
            Position(self._topic.name, one.number, one.expected, one.next_offset, one.epoch)
            for one in self._partitions.values()
            if one.expected != one.next_offset and (one.expected is not None or one.next_offset)
        ]
        if not batches and not positions and not self._dead:
            return
        # A claim is renewed with every commit, so a network cannot be written by two.
        commit = Commit(tuple(batches), tuple(positions), tuple(self._dead.values()))
        try:
            self._wait(lambda: self._store.commit(commit))
        except NotOwner as error:
            self._settings.say(f"{error}; this worker gives up what it had")
            for number in list(self._partitions):
                self._release(number)
            self._assigned = set()
            self._dead.clear()
            return
        self._dead.clear()
        self.counted["commits"] += 1
        for number, one in self._partitions.items():
            self._partitions[number] = one._replace(expected=one.next_offset)

    def _send(self) -> None:
        now = time.time_ns()
        for name, owned in self.networks.items():
            sending = owned.sending
            if sending is None:
                continue
            sending.publish()
            outbox = DatabaseOutbox(self._store.line, [name])
            for to in sending.asks(now):
                sending.offer(to, *self._wait(lambda to=to, outbox=outbox: _pending(outbox, to, now)))  # type: ignore[misc]

    def _tick(self) -> None:
        """Where something is due and nothing has come, time is made to pass: by an entry, which is then taken back."""
        now = time.time_ns()
        for name, owned in self.networks.items():
            due = owned.network.due
            quiet = now - max(owned.last_entry_at, self._ticked[name])
            if not ((due is not None and now > due and quiet > TICK_AGAIN) or quiet > TICK_EVERY):
                continue
            self._ticked[name] = now
            value = packed(Shipped(b"", [], [JournalMark(MarkKind.TICK)]))
            number = self._place[name]
            try:
                self._sending_to_broker().send(
                    self._topic.name, value, key=name.encode(), headers=HEADERS, partition=number
                )
            except Exception as error:  # noqa: BLE001 - as in `_polled`
                if not is_passing(error):
                    fail(self._address, error)
                self._producer = None

    # --- waiting -------------------------------------------------------------------------------------

    def _wait(self, work: Callable[[], Any]) -> Any:
        """Have the database do something; while it is away, or full, it is asked again and again."""
        said = False
        while True:
            try:
                return self._loop.run_until_complete(work())
            except (Away, DiskFull) as error:
                if not said:
                    self._settings.say(f"{error}; it is asked again until it is back, and nothing is lost")
                said = True
                time.sleep(RETRY_S)

    def _asked(self, ask: Callable[[], Any]) -> Any:
        """Ask the broker; while it is away, again and again."""
        while True:
            try:
                return ask()
            except Exception as error:  # noqa: BLE001 - as in `_polled`
                if not is_passing(error):
                    fail(self._address, error)
                time.sleep(RETRY_S)


async def _pending(outbox: DatabaseOutbox, to: str, now: int) -> tuple[Any, int | None]:
    return await outbox.pending(to, now, AT_ONCE), await outbox.due(to)


def _schedule(log: Sequence[Judgement], name: str) -> Schedule:
    return [(one.seq, parse_rules(one.text, f"{name} (its rules)").rules) for one in log if one.kind == "rules"]


def _pausing(found: KafkaConsumer) -> Any:
    """Nothing is fetched of a partition before it is known where to begin."""
    from kafka import ConsumerRebalanceListener

    class Pausing(ConsumerRebalanceListener):  # type: ignore[misc] # kafka-python has no types
        def on_partitions_revoked(self, revoked: object) -> None:
            """The next turn sees what is left."""

        def on_partitions_assigned(self, assigned: Sequence[Any]) -> None:
            if assigned:
                found.pause(*assigned)

    return Pausing()
