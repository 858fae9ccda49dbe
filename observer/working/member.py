"""A member of the group of workers: which partitions are its own, and the records that come of them (R9).

Kafka only says who reads what. How far a partition has been read is kept with the results, so nothing is committed
here, nothing is fetched of a partition before it is known where to begin, and a partition that stays with this member
when others come and go is read on as if nothing had happened.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from observer.broker.address import Address
from observer.broker.client import Topic, consumer, fail, is_passing
from observer.broker.passing_over import PassedOver, is_unreadable, pass_over
from observer.exits import Exit, Failed

if TYPE_CHECKING:
    from kafka import KafkaConsumer

RECORDS_AT_ONCE = 256
"""Records that are taken between two commits."""
FETCHED_BYTES = 1 << 20
"""Of a partition at once, and one record at least: what was fetched of one is taken before another has its turn."""
POLL_MS = 50
RETRY_S = 1.0
SESSION_MS, HEARTBEAT_MS = 6_000, 1_500
"""A worker that is not heard for the first is gone, and others take over. Brokers take no less unless told to."""
POLLED_WITHIN_MS = 15 * 60_000
"""A worker that asks for nothing for so long hangs. Folding a long journal anew after an upgrade takes minutes."""


class Bounds(NamedTuple):
    """What a broker has of a partition."""

    first: int
    """Offset of the first record that is there."""
    end: int
    """Offset behind the last one."""


class Member:
    """One member of a group."""

    def __init__(self, address: Address, topic: Topic, group: str, say: Callable[[str], None]) -> None:
        """Joins. Raises Failed. `say` hears when the broker goes away and when it is back."""
        from kafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

        self._address = address
        self._topic = topic
        self._say = say
        self._reading: set[int] = set()
        self._away = False
        self.lost = False
        """Whether the group has given up on this member since that was last asked: others may have what it had."""
        self.passed_over: list[PassedOver] = []
        """Records that no client can open, since that was last asked."""
        self.rounds = 0
        """How often the group has spread its partitions anew, as far as this member knows."""
        self._consumer: KafkaConsumer = consumer(
            address,
            group_id=group,
            client_id="observer-worker",
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            max_poll_interval_ms=POLLED_WITHIN_MS,
            max_poll_records=RECORDS_AT_ONCE,
            max_partition_fetch_bytes=FETCHED_BYTES,
            # Partitions stay where they are when a worker comes or goes: moving one means loading its networks.
            partition_assignment_strategy=(StickyPartitionAssignor,),
        )
        self._consumer.subscribe([topic.name], listener=_listener(self))

    @property
    def assigned(self) -> set[int]:
        """The partitions that the group has given to this member."""
        return {one.partition for one in self._consumer.assignment()}

    def poll(self) -> Mapping[int, Sequence[Any]]:
        """What has come, by partition and in its order; nothing while the broker is away. Raises Failed."""
        import kafka.errors

        self._go_on_joining()
        try:
            found = self._consumer.poll(timeout_ms=POLL_MS, max_records=RECORDS_AT_ONCE)
        except (kafka.errors.OffsetOutOfRangeError, kafka.errors.LogTruncationError) as error:
            self._begin_anew(error)
            return {}
        except Exception as error:  # noqa: BLE001 - whatever a client raises is a failure of the broker
            if is_unreadable(error):
                self._pass_over(error)
                return {}
            if not is_passing(error):
                fail(self._address, error)
            if not self._away:
                self._say(f"{self._address}: the broker is away ({type(error).__name__}); it is asked again")
            self._away = True
            time.sleep(RETRY_S)
            return {}
        if found and self._away:
            self._away = False
            self._say(f"{self._address}: the broker answers again")
        return {partition.partition: records for partition, records in found.items()}

    def _go_on_joining(self) -> None:
        """A join that is not done within one poll must be taken up by the next. kafka-python forgets those that it
        began because partitions became known: it never hears what it was given, sends no heartbeats, and is silent
        for ever.
        """
        coordinator = self._consumer._coordinator  # noqa: SLF001 - nothing public asks for another join
        if coordinator.rejoining:
            coordinator.request_rejoin()

    def read(self, number: int, offset: int) -> None:
        """Read a partition from an offset on."""
        place = self._place(number)
        self._reading.add(number)
        self._consumer.seek(place, offset)
        self._consumer.resume(place)

    def reads(self, number: int) -> bool:
        """Whether a partition is read since `read` said where: it is not where the group took it away in between."""
        return number in self._reading

    def pause(self, number: int) -> None:
        """Read nothing of a partition until `read` says where."""
        self._reading.discard(number)
        place = self._place(number)
        if place in self._consumer.assignment():
            self._consumer.pause(place)

    def bounds(self, number: int) -> Bounds:
        """What the broker has of a partition. Raises what kafka-python raises."""
        place = self._place(number)
        first = self._consumer.beginning_offsets([place])[place]
        return Bounds(first, self._consumer.end_offsets([place])[place])

    def ends(self) -> dict[int, int]:
        """The offset behind the last record of each partition, as of what was last fetched of it."""
        found = {one: self._consumer.highwater(one) for one in self._consumer.assignment()}
        return {one.partition: end for one, end in found.items() if end is not None}

    def close(self) -> None:
        """Leave the group, so that others need not wait."""
        self._consumer.close(autocommit=False, timeout_ms=2_000)

    def refuse_truncation(self) -> None:
        """Raise what is to be said where a topic holds less than was read from it."""
        raise Failed(
            f"{self._address}: the topic {self._topic.name} has lost records that were read from it, or was made anew; "
            "what was stored of it belongs to another journal, so give it another prefix or another database",
            Exit.ENVIRONMENT,
        )

    def _pass_over(self, error: Exception) -> None:
        try:
            self.passed_over += pass_over(self._consumer, error)
        except Exception as other:  # noqa: BLE001 - as in `poll`
            if not is_passing(other):
                fail(self._address, other)

    def _begin_anew(self, error: Exception) -> None:
        """Where the next record was wanted is none any more: before the first, or behind the last."""
        for number in self._reading & self.assigned:
            try:
                wanted = self._consumer.position(self._place(number), timeout_ms=1_000) or 0
                bounds = self.bounds(number)
            except Exception as other:  # noqa: BLE001 - as in `poll`
                if not is_passing(other):
                    fail(self._address, other)
                return
            if wanted > bounds.end:
                self.refuse_truncation()
            if wanted < bounds.first:
                # Whoever takes the next record sees the hole before it.
                self._consumer.seek(self._place(number), bounds.first)

    def _place(self, number: int) -> Any:
        from kafka import TopicPartition

        return TopicPartition(self._topic.name, number)

    # --- told by the group, while it is polled -------------------------------------------------------

    def _given(self, numbers: set[int]) -> None:
        self.rounds += 1
        self._reading &= numbers
        for number in numbers - self._reading:
            # A place spares asking the group for one, which it does not have.
            self._consumer.seek(self._place(number), 0)
            self._consumer.pause(self._place(number))

    def _taken_away(self) -> None:
        self.lost = True
        self._reading.clear()


def _listener(member: Member) -> Any:
    from kafka import ConsumerRebalanceListener

    class Listener(ConsumerRebalanceListener):  # type: ignore[misc] # kafka-python has no types
        def on_partitions_revoked(self, revoked: object) -> None:
            """Most of them come back in a moment; what does not is seen then."""

        def on_partitions_assigned(self, assigned: Sequence[Any]) -> None:
            member._given({one.partition for one in assigned})  # noqa: SLF001 - it is its other half

        def on_partitions_lost(self, lost: object) -> None:
            member._taken_away()  # noqa: SLF001 - as above

    return Listener()
