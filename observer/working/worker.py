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
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from observer.broker.address import Address
from observer.broker.client import topic_of
from observer.broker.foreign import network_of
from observer.database.batches import Commit, DeadLetter, Position
from observer.database.failures import NotOwner
from observer.database.outbox import DatabaseOutbox
from observer.database.storing import Store
from observer.metrics.figures import Durations
from observer.sending.sender import Sender
from observer.sending.session import AT_ONCE
from observer.working.asking import Asking, Stopped
from observer.working.member import SESSION_MS, Member
from observer.working.owned import Owned
from observer.working.taking_over import Settings, taken_over
from observer.working.writing import Writing

NS, MS = 10**9, 10**6
TICK_EVERY = 60 * NS
"""A network in which nothing happens hears at least so often that time passes (R9)."""
TICK_AGAIN = NS // 2
"""A Tick that was sent is waited for so long before another is."""
STALLED_S, STALLED_POLLS = 20.0, 10
"""A partition is looked at of which nothing has come for so long, though so often nothing else had come either: where
there is more than can be taken, partitions wait for their turn.
"""
LET_GO_S = 2 * SESSION_MS / 1000
"""Whoever was refused waits so long for the group to say what is whose, before it claims anything again."""


class Partition(NamedTuple):
    """A partition that this worker has claimed."""

    number: int
    expected: int | None
    """The place that was committed last."""
    next_offset: int
    epoch: int


class Counted(NamedTuple):
    """What this worker has done since it began."""

    records: int = 0
    dead: int = 0
    """Records that could not be read."""
    ticks: int = 0
    refused: int = 0
    """Commits of what somebody else had gone on with."""
    commits: Durations = Durations()


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
        """Joins the group. `store` should be of little patience: this asks it again itself. Raises Failed."""
        self._address = address
        self.store = store
        """Where everything is committed."""
        self.asking = Asking(address, store, loop, settings.say)
        self._senders = senders
        self._settings = settings
        self._topic = topic_of(address).name
        self._owner = f"{socket.gethostname()}:{os.getpid()}"
        self._partitions: dict[int, Partition] = {}
        self.networks: dict[str, Owned] = {}
        """By name."""
        self._place: dict[str, int] = {}
        """The partition of each network."""
        self._elsewhere: dict[str, tuple[str, int]] = {}
        """Where networks lie of which something came in another partition."""
        self._ticked: dict[str, int] = {}
        self._heard: dict[int, tuple[float, int]] = {}
        """When something of each partition came last, and how many polls have brought nothing at all since."""
        self._dead: dict[tuple[int, str], DeadLetter] = {}
        self.counted = Counted()
        self._claim_after: tuple[float, int] | None = None
        """Nothing is claimed before this moment, unless the group has spread its partitions anew since this round."""
        self._began = time.monotonic()
        self._writing = Writing(address, self._topic, settings.say)
        self.member = Member(address, topic_of(address), settings.group, settings.say)

    # --- the loop ------------------------------------------------------------------------------------

    def run(self, stopped: Callable[[], object], each: Callable[[], None] = lambda: None) -> None:
        """Work until stopped; `each` is called after every turn. Raises Failed where waiting does not help."""
        self.asking.stopped, self.asking.each = stopped, each
        with contextlib.suppress(Stopped):
            while not stopped():
                self.turn()
                each()

    def turn(self) -> None:
        """One poll, one commit, and what follows from it."""
        records = self.member.poll()
        if self.member.lost:
            self.member.lost = False
            self._release(list(self._partitions))
        try:
            self._own()
            self._still_mine()
            self._left_out()
            if not records:
                self._heard = {number: (at, polls + 1) for number, (at, polls) in self._heard.items()}
            for number, found in records.items():
                if number in self._partitions:
                    self._heard[number] = time.monotonic(), 0
                    self._take(number, found)
            self._commit()
            self._stalled()
        except NotOwner as error:
            self._refused(error)
            return
        if time.monotonic() - self._began < SESSION_MS / 1000:
            # Else others may have taken over meanwhile, and the next turn asks.
            self._send()
        self._tick()

    def close(self) -> None:
        """Leave the group, so that others need not wait."""
        for owned in self.networks.values():
            if owned.sending is not None:
                owned.sending.leave()
        with contextlib.suppress(Exception):
            self.member.close()
        self._writing.close()

    @property
    def trouble(self) -> str | None:
        """Why nothing can be committed at present."""
        return self.asking.trouble or self._writing.trouble

    @property
    def lags(self) -> dict[int, int]:
        """Records that are there and have not been taken yet, by partition."""
        ends = self.member.ends()
        return {
            number: max(0, ends[number] - one.next_offset) for number, one in self._partitions.items() if number in ends
        }

    # --- partitions ----------------------------------------------------------------------------------

    def _own(self) -> None:
        """Let go of what the group has taken away, and claim what it has given: one partition a turn, as the group
        must be asked in between.
        """
        assigned = self.member.assigned
        self._release([one for one in self._partitions if one not in assigned or not self.member.reads(one)])
        if self._claim_after is not None:
            until, rounds = self._claim_after
            if time.monotonic() < until and self.member.rounds == rounds:
                return
            self._claim_after = None
        number = min(assigned - self._partitions.keys(), default=None)
        if number is not None:
            self._claim(number)

    def _release(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            del self._partitions[number]
            self.member.pause(number)
            for name in [name for name, place in self._place.items() if place == number]:
                owned = self.networks.pop(name)
                del self._place[name], self._ticked[name]
                if owned.sending is not None:
                    owned.sending.leave()
            self._dead = {key: one for key, one in self._dead.items() if key[0] != number}

    def _claim(self, number: int) -> None:
        """From here on whoever had it before is refused. Its networks are taken over at once, so that they are told of
        though nobody writes.
        """
        bounds = self.asking.broker(lambda: self.member.bounds(number))
        claim = self.asking.database(lambda: self.store.claim(self._topic, number, self._owner))
        next_offset = bounds.first if claim.next_offset is None else claim.next_offset
        if next_offset > bounds.end:
            self.member.refuse_truncation()
        self._partitions[number] = Partition(number, claim.next_offset, next_offset, claim.epoch)
        places = self.asking.database(self.store.places)
        for name, place in places.items():
            if place == (self._topic, number):
                self._take_over(name, number)
        self.member.read(number, max(bounds.first, next_offset))
        self._heard[number] = time.monotonic(), 0

    def _take_over(self, name: str, number: int) -> Owned:
        place = (self._topic, number)
        owned = self.asking.database(lambda: taken_over(self.store, self._settings, self._senders, name, place))
        self.networks[name] = owned
        self._place[name] = number
        self._ticked[name] = time.time_ns()
        return owned

    def _still_mine(self) -> None:
        """Whoever was stopped for a while may have been replaced: nothing is said in the name of others then."""
        now = time.monotonic()
        away, self._began = now - self._began, now
        if away > SESSION_MS / 1000 and self._partitions:
            epochs = {one.number: one.epoch for one in self._partitions.values()}
            if not self.asking.database(lambda: self.store.holds(self._topic, epochs)):
                self._release(list(self._partitions))
                self._claim_after = (now + LET_GO_S, self.member.rounds)

    def _stalled(self) -> None:
        """A partition that gives nothing although it holds more is claimed anew: whatever the client thinks of it, it
        must not stand still for ever.
        """
        now = time.monotonic()
        for number in list(self._partitions):
            at, polls = self._heard[number]
            if now - at <= STALLED_S or polls < STALLED_POLLS:
                continue
            self._heard[number] = now, 0
            left = self.asking.broker(partial(self.member.bounds, number)).end - self._partitions[number].next_offset
            if left > 0:
                self._settings.say(
                    f"{self._address}: partition {number} has {left} records more and has given none for "
                    f"{STALLED_S:.0f} s; it is taken up anew"
                )
                self._release([number])

    def _refused(self, error: NotOwner) -> None:
        self.counted = self.counted._replace(refused=self.counted.refused + 1)
        self._settings.say(f"{error}; this worker gives up what it had")
        self._release(list(self._partitions))
        self._claim_after = (time.monotonic() + LET_GO_S, self.member.rounds)

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
            self.counted = self.counted._replace(records=self.counted.records + 1)
            self._record(number, record, now)

    def _record(self, number: int, record: Any, now: int) -> None:
        value, headers = record.value or b"", record.headers or ()
        name = network_of(value, record.key, headers, self._settings.mapping)
        if name is None:
            self._bury(number, record, "it names no network: its key is to be the network's name")
            return
        owned = self.networks.get(name) or self._first_of(name, number)
        if owned is None or self._place[name] != number:
            topic, place = self._elsewhere.get(name) or (self._topic, self._place[name])
            self._bury(number, record, f"{name} lies in partition {place} of {topic}, and a network has one place")
            return
        came = owned.network.take(value, record.key, record.timestamp, headers)
        if came is None:
            return
        if came.unreadable is not None:
            self._bury(number, record, came.unreadable)
        owned.add(came, now)

    def _first_of(self, name: str, number: int) -> Owned | None:
        """A network of which nothing has come here yet; None where it lies elsewhere, which never changes."""
        if name in self._elsewhere:
            return None
        place = self.asking.database(self.store.places).get(name, (self._topic, number))
        if place != (self._topic, number):
            self._elsewhere[name] = place
            return None
        return self._take_over(name, number)

    def _passed(self, number: int, record: Any) -> None:
        """Retention may have removed records that nobody has read."""
        first = self.asking.broker(lambda: self.member.bounds(number)).first
        if first <= self._partitions[number].next_offset:
            return
        # Offsets may be left out by what brokers write for themselves, but not so many that nothing was lost.
        lost = record.offset - self._partitions[number].next_offset
        self._settings.say(
            f"{self._address}: retention has removed {lost} records of partition {number} before they were read; "
            "what they held is told as a gap; let the topic keep more, or start workers sooner"
        )
        for name, place in self._place.items():
            if place == number:
                self.networks[name].add(self.networks[name].network.missed(record.timestamp), time.time_ns())

    def _left_out(self) -> None:
        """Records that no client can open are counted. They stay with the broker, and nobody has their bytes."""
        passed, self.member.passed_over = self.member.passed_over, []
        for one in passed:
            partition = self._partitions.get(one.partition)
            if partition is None or partition.next_offset != one.first:
                continue
            self._settings.say(one.said(self._address))
            self._partitions[one.partition] = partition._replace(next_offset=one.behind)
            self._count_dead(one.partition, one.why, one.records, one.behind - 1, time.time_ns())

    def _count_dead(self, number: int, why: str, count: int, offset: int, at: int) -> None:
        self.counted = self.counted._replace(dead=self.counted.dead + count)
        before = self._dead.get((number, why))
        known = 0 if before is None else before.count
        self._dead[number, why] = DeadLetter(self._topic, number, why, known + count, offset, at)

    def _bury(self, number: int, record: Any, why: str) -> None:
        """A record that cannot be read goes to a topic of its own, with the reason, and is counted."""
        self._count_dead(number, why, 1, record.offset, record.timestamp * MS)
        self._writing.bury(record, why)

    # --- committing ----------------------------------------------------------------------------------

    def _commit(self) -> None:
        """Everything that has come, with the places up to which it was taken. Raises NotOwner."""
        now = time.time_ns()
        batches = [batch for owned in self.networks.values() if (batch := owned.batch(now)) is not None]
        positions = [
            Position(self._topic, one.number, one.expected, one.next_offset, one.epoch)
            for one in self._partitions.values()
            if one.expected != one.next_offset and (one.expected is not None or one.next_offset)
        ]
        if not batches and not positions:
            return
        if self._dead:
            self._writing.settle()
        commit = Commit(tuple(batches), tuple(positions), tuple(self._dead.values()))
        begun = time.perf_counter()
        self.asking.database(lambda: self.store.commit(commit))
        self.counted = self.counted._replace(commits=self.counted.commits.with_one(time.perf_counter() - begun))
        self._dead.clear()
        for one in positions:
            self._partitions[one.partition] = self._partitions[one.partition]._replace(expected=one.next_offset)

    def _send(self) -> None:
        now = time.time_ns()
        for name, owned in self.networks.items():
            sending = owned.sending
            if sending is None:
                continue
            sending.publish()
            outbox = DatabaseOutbox(self.store.line, [name])
            for to in sending.asks(now):
                found = self.asking.database(partial(_pending, outbox, to, now))
                sending.offer(to, *found)

    def _tick(self) -> None:
        """Where something is due and nothing has come, time is made to pass: by an entry, which is then taken back."""
        now = time.time_ns()
        self._writing.look()
        for name, owned in self.networks.items():
            due = owned.network.due
            quiet = now - max(owned.last_entry_at, self._ticked[name])
            if ((due is not None and now > due and quiet > TICK_AGAIN) or quiet > TICK_EVERY) and self._writing.tick(
                name, self._place[name]
            ):
                self._ticked[name] = now
                self.counted = self.counted._replace(ticks=self.counted.ticks + 1)


async def _pending(outbox: DatabaseOutbox, to: str, now: int) -> tuple[Any, int | None]:
    return await outbox.pending(to, now, AT_ONCE), await outbox.due(to)
