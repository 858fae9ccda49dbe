"""A recording taken from a topic: the journal of one network as every worker has it, in one file.

Entries, times and what is told of them are those of whoever works on the same topic (R9). Nothing is added of its own:
no Tick and no Mark, or it would be another journal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from observer.broker.address import Address
from observer.broker.client import partition_of, topic_of
from observer.broker.consuming import Polled, Reader, Received
from observer.broker.foreign import ForeignMapping, network_of
from observer.console import warn
from observer.inventory import Inventory
from observer.judged import JudgedJournal, Schedule
from observer.live.growing import Added, Growing, Resumed
from observer.live.session import Came, Listening, Store
from observer.live.storing import Batch, keep_inventory
from observer.live.streams import Stream
from observer.working.network import Came as Took
from observer.working.network import Network
from replay.failures import RecordingError
from replay.folding import Step
from replay.journal import Incarnation
from replay.recording import Recording

PLACE, INTAKE = "place", "intake"
"""Where a recording keeps from where on the topic is to be read, and what the intake knows there."""
RETRY_NS = 10**9


class Taking:
    """Takes the journal of one network from its topic, as `Session` takes it from logs."""

    def __init__(  # noqa: PLR0913 - what taking consists of
        self,
        address: Address,
        recording: Recording,
        store: Store,
        inventory: Inventory,
        schedule: Schedule,
        clock: Callable[[], int],
        resumed: Resumed | None = None,
        begun: Callable[[JudgedJournal], Callable[[], bool]] | None = None,
        told: Callable[[Step], object] | None = None,
        audience: Listening | None = None,
        mapping: ForeignMapping | None = None,
        begin: int = 0,
        since_ms: int | None = None,
        until_ms: int | None = None,
    ) -> None:
        """Goes on where the recording ends. Raises Failed."""
        assert address.network is not None  # noqa: S101 - `Address.of` has named it
        self._address, self._name = address, address.network
        self._recording, self._store, self._clock, self._audience = recording, store, clock, audience
        self._mapping, self._until_ms = mapping, until_ms
        self._beside: dict[str, Any] = {}
        self.network = Network(
            self._name,
            recording,
            inventory,
            schedule,
            [one for source in recording.sources() for one in recording.incarnations(source.number)],
            recording.meta(INTAKE),
            resumed,
            mapping,
            told,
            settled=self._settled,
            begun=begun,
            begin=begin,
        )
        self.growing: Growing = self.network.growing
        self.trouble: str | None = None
        self._unwritten: Batch | None = None
        self._retry_at = 0
        self._partition = partition_of(self._name, topic_of(address).partitions)
        place = recording.meta(PLACE)
        self._next = None if place is None else int(place[2])
        self._reader = Reader(address, {self._partition: self._next})
        self.end = self._reader.ends()[self._partition]
        """The place behind the last record, when this began."""
        if since_ms is not None and place is None:
            later = self._reader.at_time(self._partition, since_ms)
            self._reader.begin({self._partition: self.end if later is None else later})
        self.is_at_end = self._reader.position(self._partition) >= self.end
        """Whether everything that was there when this began has been taken, or everything up to the time asked for."""

    @property
    def streams(self) -> Sequence[Stream]:
        """None: what a topic holds was followed by others."""
        return ()

    @property
    def is_catching_up(self) -> bool:
        """Whether there is more that was there when this began."""
        return not self.is_at_end

    def cycle(self) -> bool:
        """Take what has come; whether anything has."""
        if self._unwritten is not None and not self._again():
            return False
        took = [one for polled in self._reader.poll(20) for one in self._take(polled)]
        if took or (self._audience is not None and self._audience.wakes()):
            self._commit(took)
        self.is_at_end = self.is_at_end or self._reader.position(self._partition) >= self.end
        return bool(took)

    def close(self) -> None:
        """Leave; a checkpoint makes going on quick."""
        self._reader.close()
        if self.growing.tail.last_seq:
            self._commit([], closing=True)

    def _take(self, polled: Polled) -> Iterator[Took]:
        if not isinstance(polled, Received):
            warn(
                f"{self._address}: retention has removed {polled.first_available - polled.wanted} records before they "
                "were read; what they held is told as a gap"
            )
            self._passed = True
            return
        if self._until_ms is not None and polled.timestamp_ms > self._until_ms:
            self.is_at_end = True
            return
        self._next = polled.offset + 1
        if network_of(polled.value, polled.key, polled.headers, self._mapping) != self._name:
            return
        if self._passed:
            self._passed = False
            yield self.network.missed(polled.timestamp_ms)
        took = self.network.take(polled.value, polled.key, polled.timestamp_ms, polled.headers)
        if took is not None:
            yield took

    _passed = False

    def _settled(self, inventory: Inventory) -> None:
        """The journal is asked for it before it is committed, so it is written at once."""
        keep_inventory(self._recording, inventory)

    def _commit(self, took: Sequence[Took], *, closing: bool = False) -> None:
        added: list[Added] = [one for took_ in took for one in took_.added]
        incarnations: dict[tuple[int, int], Incarnation] = {}
        for one in took:
            incarnations |= {(found.source, found.count): found for found in one.incarnations}
        batch = Batch([source for one in took for source in one.sources], added, list(incarnations.values()))
        if self.growing.wants_checkpoint or closing:
            batch.kept = self.growing.checkpoint()
        place, intake = [self._address.topic, self._partition, self._next], self.network.intake.state()

        def beside(recording: Recording) -> None:
            recording.set_meta(PLACE, place)
            recording.set_meta(INTAKE, intake)

        batch.beside.append(beside)
        if self._audience is not None:
            self._audience.beside(batch, self._clock())
        self._unwritten = batch
        self._again()

    def _again(self) -> bool:
        """Write what is not written yet; whether that is done."""
        batch = self._unwritten
        if batch is None:
            return True
        if self.trouble is not None and self._clock() < self._retry_at:
            return False
        judged, begun = self.growing.judged, time.perf_counter()
        try:
            self._store.write(batch, b"" if judged is None else judged.player.matcher)
        except RecordingError as error:
            self.trouble, self._retry_at = str(error), self._clock() + RETRY_NS
            return False
        self.trouble, self._unwritten = None, None
        if self._audience is not None and batch.added:
            self._audience.came(self, Came(batch.added, batch.transitions, time.perf_counter() - begun))
        return True
