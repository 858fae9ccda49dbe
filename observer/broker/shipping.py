"""`observer ship`: what is written to logs goes to Kafka within a few milliseconds, and none of it twice or not at all.

What is read is packed into records of about a mebibyte, or into smaller ones where less has come, and sent one behind
the other. The cursor follows what the broker has acknowledged. Whatever ends this, it goes on behind its cursor: what
was sent and not yet noted is sent again, and dropped where it is taken (R1). While the broker is away, reading goes on
until `HELD_BYTES` wait, and then stops: the logs themselves keep the rest.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import kafka.errors
import msgspec

from observer.broker.address import Address
from observer.broker.client import fail
from observer.broker.cursor import Cursor
from observer.broker.knowing import BEAT_MS
from observer.broker.packing import Held, Record, Waiting
from observer.broker.sending import Sender, TooLarge
from observer.broker.wire import RECORD_BYTES, Shipped, packed
from observer.live.attending import Attached
from observer.live.recognition import PATIENCE_NS
from observer.live.streams import Stream
from replay.journal import Source
from replay.merge import Flow, merged
from replay.reading import Lines

LOOK_EVERY = 0.02
"""Seconds between two looks."""
HELD_BYTES = 16 << 20
"""Raw bytes that wait for the broker at most."""
FLUSH_S = 10.0
"""So long the broker is waited for when this is to end."""
_LEAST_ROOM = 1 << 16


class Counted(msgspec.Struct):
    """What the broker has taken."""

    records: int = 0
    lines: int = 0
    raw: int = 0
    """Bytes of the lines."""
    sent: int = 0
    """Bytes as they were sent."""
    sources: int = 0


class Shipping:
    """One shipper at work."""

    def __init__(
        self,
        address: Address,
        attached: Attached,
        cursor: Cursor,
        sender: Sender,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Begins with what the cursor says."""
        self._address = address
        self._attached = attached
        self._cursor = cursor
        self._sender = sender
        self._clock = clock
        self._run = secrets.token_bytes(8)
        self._streams: list[Stream] = []
        self._entered: list[Source] = []
        self._backlogs: deque[Iterator[Held]] = deque()
        self._behind: list[Stream] = []
        """Streams of which what was there before is not read yet."""
        self._waiting = Waiting()
        self._under: Record | None = None
        """What the record under way is made of."""
        self._sent = 0
        self._most = RECORD_BYTES
        self._looked = False
        self._begun = clock()
        self.counted = Counted()

    def run(self, stopped: Callable[[], object], *, once: bool = False) -> None:
        """Look again and again until stopped, until all pipes are closed, or until all that is there was sent. Raises
        Failed.
        """
        while not stopped() and not self._is_over(once=once):
            next_look = time.monotonic() + LOOK_EVERY
            self.look()
            self.ship()
            while (left := next_look - time.monotonic()) > 0 and not stopped():
                if self._sender.settled.wait(left):
                    self.ship()

    def close(self, within: float = FLUSH_S) -> bool:
        """Leave every log, send what is left, and end; whether the broker has it all."""
        self.look()
        now = self._clock()
        self._attached.close()
        for stream in self._streams:
            left = stream.leave(now)
            if stream not in self._behind:
                # What lies before its end is not sent yet, and would be passed over.
                self._hold(stream, left)
        deadline = time.monotonic() + within
        self.ship()
        while (self._waiting or self._under) and time.monotonic() < deadline:
            self._sender.settled.wait(LOOK_EVERY)
            self.ship()
        done = not self._waiting and self._under is None
        if done and self._streams:
            while self._sender.is_busy and time.monotonic() < deadline:
                self._sender.settled.wait(LOOK_EVERY)
                self._sender.is_taken()
            if not self._sender.is_busy:
                self._sender.send(packed(Shipped(self._cursor.shipper, [], [], left=True, run=self._run)))
        return self._sender.close(max(0.0, deadline - time.monotonic())) and done

    def _is_over(self, *, once: bool) -> bool:
        """Whether nothing more can come, or nothing more is asked for."""
        if not self._looked or self._backlogs or self._waiting or self._under is not None:
            return False
        if self._attached.is_finite and self._attached.is_settled:
            return all(stream.has_ended for stream in self._streams)
        waited = self._clock() - self._begun > 2 * PATIENCE_NS
        return once and (self._attached.is_settled or waited) and not any(one.follower.behind for one in self._streams)

    # --- reading -------------------------------------------------------------------------------------

    def look(self) -> None:
        """See what has come, unless too much of it waits already."""
        self._looked = True
        now = self._clock()
        arrived = self._attached.arrivals(now, self._enter)
        if arrived:
            self._streams += arrived
            self._behind += arrived
            self._backlogs.append(self._backlog(arrived))
        while self._backlogs and self._waiting.raw < HELD_BYTES:
            held = next(self._backlogs[0], None)
            if held is None:
                self._backlogs.popleft()
            else:
                self._waiting.hold([held])
        for stream in self._streams:
            room = HELD_BYTES - self._waiting.raw
            if stream not in self._behind and room > 0:
                self._hold(stream, stream.look(now, max(room // len(self._streams), _LEAST_ROOM)))

    def _enter(self, source: Source) -> Source:
        self._entered.append(source)
        self.counted.sources += 1
        return source

    def _hold(self, stream: Stream, taken: Sequence[tuple[int, Lines]]) -> None:
        self._waiting.hold(Held(stream, number, lines, backlog=False) for number, lines in taken)

    def _backlog(self, arrived: Sequence[Stream]) -> Iterator[Held]:
        """What was there before, merged as an import merges it (R2); a stream whose lines name nodes by itself."""
        alone = {stream.sources[0].number: stream for stream in arrived if not stream.names_nodes}
        named = sorted((stream.sources[0].name, number) for number, stream in alone.items())
        for taken in merged([Flow(number, self._lines(alone[number])) for _name, number in named]):
            for number, lines in taken:
                yield Held(alone[number], number, lines, backlog=True)
        for stream in arrived:
            if stream.names_nodes:
                for number, lines in stream.backlog(self._clock):
                    yield Held(stream, number, lines, backlog=True)
        self._behind = [stream for stream in self._behind if stream not in arrived]

    def _lines(self, stream: Stream) -> Iterator[Lines]:
        for _number, lines in stream.backlog(self._clock):
            yield lines

    # --- sending -------------------------------------------------------------------------------------

    def ship(self) -> None:
        """Note what the broker has acknowledged, and send the next record. Raises Failed."""
        try:
            if self._sender.is_taken() and self._under is not None:
                self._taken(self._under)
            if not self._sender.is_busy:
                self._send()
        except TooLarge:
            self._cut_smaller()

    def _send(self) -> None:
        shipper = self._cursor.shipper
        if self._waiting:
            self._under = self._waiting.record(self._most)
            value = packed(Shipped(shipper, self._under.pieces, [], run=self._run))
            self._sent = len(value)
            self._sender.send(value)
        elif self._streams and (time.monotonic() - self._sender.sent_at) * 1000 >= BEAT_MS:
            self._sender.send(packed(Shipped(shipper, [], [], run=self._run)))

    def _taken(self, record: Record) -> None:
        self._cursor.advance(self._entered, self._waiting.taken(record))
        self._entered = []
        self._under = None
        self._most = min(2 * self._most, RECORD_BYTES)
        self.counted.records += 1
        self.counted.lines += record.lines
        self.counted.raw += record.raw
        self.counted.sent += self._sent

    def _cut_smaller(self) -> None:
        """The topic does not take a record of that size: try with less in it."""
        record, self._under = self._under, None
        if record is None or record.lines <= 1:
            fail(self._address, kafka.errors.MessageSizeTooLargeError())
        self._waiting.give_back(record)
        self._most = max(1, record.raw // 2)
