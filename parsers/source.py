"""One source's parser: entries of one source go in, in order, and events come out.

It holds what is open from one entry to the next (R11): a line torn between entries, records that a
transport split, statements of several lines. All of it is bounded, and is part of a checkpoint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from parsers.clock import Zone, utc
from parsers.framing import Framed, Framing
from parsers.statements import PROBLEM_LEVELS, Line, Statement, System, events_of
from parsers.text import LINE_LIMIT
from state.events import Event, StatementUnreadable
from state.origin import Origin

GROUP_NS = 1_000_000_000
"""A statement of several lines is given up when a line of its source comes this much later."""
OPEN_GROUPS = 8
"""Statements of several lines that may be open at once in one source."""


class OpenGroup(msgspec.Struct):
    """A statement of which some lines are still to come."""

    statement: str
    seen: int
    holes: dict[str, str | int]
    lines_left: int
    time: int
    thread: str | None
    place: str | None


class Memory(msgspec.Struct):
    """What a source's parser remembers between entries."""

    torn: bytes = b""
    """An entry without its line break: the beginning of a line."""
    overlong: bool = False
    """Whether the torn line has passed the limit; what comes of it is dropped from parsing."""
    partial: dict[str, bytes] = msgspec.field(default_factory=dict)
    """Records that go on in the next one, by stream."""
    partial_time: dict[str, int | None] = msgspec.field(default_factory=dict)
    groups: list[OpenGroup] = msgspec.field(default_factory=list)


class Tally(msgspec.Struct):
    """What became of the lines that were looked at (R13)."""

    claimed: int = 0
    """Lines that were a statement, or part of one."""
    hit: Counter[str] = msgspec.field(default_factory=Counter)
    malformed: Counter[str] = msgspec.field(default_factory=Counter)
    other_level: Counter[str] = msgspec.field(default_factory=Counter)
    """Statement and level, where a statement came at another level than the one it is known at."""


Said = Sequence[tuple[Event, Origin]]
_NOTHING: Said = ()


class SourceParser:
    """Parses the entries of one source."""

    __slots__ = (
        "_framing",
        "_node",
        "_number",
        "_plain",
        "_read",
        "_statements",
        "_system",
        "_zone",
        "memory",
        "tally",
    )

    def __init__(  # noqa: PLR0913 - what a source is
        self,
        node: str,
        number: int,
        system: System,
        framing: Framing,
        zone: Zone = utc,
        memory: Memory | None = None,
    ) -> None:
        """`number` is the source's in the recording; the zone reads times without an offset."""
        self._node = node
        self._number = number
        self._system = system
        self._framing = framing
        self._zone = zone
        self._read = system.format.read
        self._statements = {statement.name: statement for statement in system.statements}
        self._plain = framing.name == "bare"
        self.memory = Memory() if memory is None else memory
        self.tally = Tally()

    @property
    def node(self) -> str:
        """Whose log it is."""
        return self._node

    def feed(self, entry: bytes, seq: int, at: int, *, hit: bool = True) -> Said:
        """The events that one entry completes, each with its origin. Never raises for what a log says.

        An entry that is no hit holds no statement's literal: it matters only to what is open. What is joined of several
        may hold one.
        """
        memory = self.memory
        if not hit and not memory.groups and not memory.partial and not memory.torn:
            return _NOTHING
        if memory.torn or len(entry) > LINE_LIMIT or not entry.endswith(b"\n"):
            whole = self._untorn(entry)
            if whole is None:
                return _NOTHING
            entry, hit = whole, True
        if self._plain:
            text, transport = entry.rstrip(b"\r\n"), None
        else:
            framed = self._framing.unwrap(entry)
            if framed.partial or memory.partial:
                framed, hit = self._joined(framed), True
                if framed.partial:
                    return _NOTHING
            text, transport = framed.text, framed.time
        line = self._read(text, self._zone)
        if line is None:
            self._pass_by(memory.groups)
            return _NOTHING
        time = line.time if line.time is not None else transport
        if time is None:
            # Import gave the line the time of the one before it (R3), whether or not that one was looked at.
            time = at
        events = self._events(line, time, hit)
        if not events:
            return _NOTHING
        origin = Origin(self._node, time, at, seq, self._number)
        return ((events[0], origin),) if len(events) == 1 else [(event, origin) for event in events]

    def _untorn(self, entry: bytes) -> bytes | None:
        """Join an entry with the torn line before it; None while the line still lacks its end.

        Of an overlong line the beginning is parsed, and only when its end has come.
        """
        memory = self.memory
        memory.torn = (memory.torn + entry[: LINE_LIMIT + 1])[:LINE_LIMIT] if not memory.overlong else memory.torn
        memory.overlong = memory.overlong or len(memory.torn) >= LINE_LIMIT
        if not entry.endswith(b"\n"):
            return None
        whole = memory.torn
        memory.torn, memory.overlong = b"", False
        return whole

    def _joined(self, framed: Framed) -> Framed:
        """Join a record with the parts before it in its stream."""
        memory, stream = self.memory, framed.stream
        text = (memory.partial.pop(stream, b"") + framed.text)[:LINE_LIMIT]
        time = memory.partial_time.pop(stream, framed.time)
        if framed.partial:
            memory.partial[stream] = text
            memory.partial_time[stream] = time
        else:
            text = text.rstrip(b"\r\n")
        return Framed(text, time, framed.partial, stream)

    def _events(self, line: Line, time: int, hit: bool) -> tuple[Event, ...]:  # noqa: FBT001 - as `feed` was told
        events = self._continued(line, time) if self.memory.groups else ()
        found = self._system.find(line) if hit else None
        if found is not None:
            statement, read = found.statement, found.read
            tally = self.tally
            tally.claimed += 1
            tally.hit[statement.name] += 1
            if read is not None and line.level not in statement.levels:
                tally.other_level[f"{statement.name} {line.level}"] += 1
            if read is None:
                events += self._unreadable(statement)
            elif statement.then:
                self._open(statement, read, line, time)
            else:
                events += self._called(statement, line, read)
        if line.level in PROBLEM_LEVELS and self._system.every_problem is not None:
            events += events_of(self._system.every_problem(line))
        return events

    def _called(self, statement: Statement, line: Line, read: Any) -> tuple[Event, ...]:
        try:
            return statement.call(line, read)
        except (ValueError, KeyError, OverflowError):
            return self._unreadable(statement)

    def _unreadable(self, statement: Statement) -> tuple[Event, ...]:
        self.tally.malformed[statement.name] += 1
        return (StatementUnreadable(statement.name),)

    def _open(self, statement: Statement, holes: dict[str, Any], line: Line, time: int) -> None:
        groups = self.memory.groups
        for group in list(groups):
            # One writer writes one message after the other, so what it left open stays so.
            if group.thread == line.thread and group.place == line.place:
                self._give_up(group)
        if len(groups) >= OPEN_GROUPS:
            self._give_up(groups[0])
        groups.append(OpenGroup(statement.name, 0, holes, statement.span, time, line.thread, line.place))

    def _give_up(self, group: OpenGroup) -> None:
        """Counted, and no event: no line of its own tells that the rest did not come."""
        self.tally.malformed[group.statement] += 1
        self.memory.groups.remove(group)

    def _pass_by(self, groups: Iterable[OpenGroup]) -> None:
        """Every line counts, whatever it is: those behind a head are chosen by their number alone (R10)."""
        for group in tuple(groups):
            group.lines_left -= 1
            if group.lines_left <= 0:
                self._give_up(group)

    def _continued(self, line: Line, time: int) -> tuple[Event, ...]:
        """Offer a line to the open statements; the first whose next line it is takes it."""
        events: tuple[Event, ...] = ()
        taken = False
        for group in list(self.memory.groups):
            if time - group.time > GROUP_NS:
                self._give_up(group)
                continue
            statement = self._statements[group.statement]
            holes = None
            if not taken and line.thread == group.thread and line.place == group.place:
                holes = statement.then[group.seen].match(line.message)
            if holes is not None:
                taken = True
                group.holes.update(holes)
                group.seen += 1
                self.tally.claimed += 1
                if group.seen == len(statement.then):
                    self.memory.groups.remove(group)
                    events += self._called(statement, line, group.holes)
                    continue
            self._pass_by((group,))
        return events
