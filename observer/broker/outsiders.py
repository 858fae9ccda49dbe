"""Lines of foreign shippers: which source and which file each is of, and whether the journal has it (R1, R9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import msgspec
import numpy as np

from observer.broker.arrived import Arrived, arrived
from observer.broker.foreign import Delivered, ForeignMapping
from observer.broker.knowing import Known, Standing, Stream, stream_of
from observer.broker.wire import SourceDescription
from parsers.framing import FRAMINGS
from parsers.systems import kind_of
from replay.journal import MarkKind, Role, head_of
from replay.ordering import Adjustment, OrderTimes
from replay.reading import Lines, line_ends
from replay.stamps import Stamper
from replay.zones import zone_named

Describe: TypeAlias = Callable[[str, str, Sequence[bytes]], SourceDescription]
"""(node, stream, first lines) of a foreign source: what it is."""
NOWHERE = ".unrecognised"
"""Lines of a foreign source before the first one whose format is known are a stream of their own: how a source is read
is told once, and its first line may be a banner that says nothing."""


class Outsiders:
    """Takes what foreign shippers send."""

    def __init__(self, standing: Standing, describe: Describe) -> None:
        """`standing` is what is known, and is added to."""
        self._standing = standing
        self._describe = describe
        self._stampers: dict[tuple[str, str], Stamper] = {}

    def take(self, given: Sequence[Delivered]) -> Iterator[Arrived]:
        """What the journal does not have of the lines of one record."""
        for line in given:
            stream = self._foreign(line)
            known, opened = self._file(stream, line)
            offset = known.high_water if line.offset is None else line.offset
            if line.offset is None:
                self._standing.counted.at_least_once += 1
            if offset < known.high_water:
                self._standing.counted.duplicates += 1
                continue
            known.high_water = offset + len(line.text)
            lines = self._cut(stream.source, line, offset, known.count)
            lines.adjustments = opened
            self._standing.counted.lines += len(lines)
            yield arrived(stream, known, lines, self._standing.now)

    def _foreign(self, line: Delivered) -> Stream:
        standing, named = self._standing, f"{line.node}\0{line.stream}"
        if named in standing.foreign:
            return standing.streams[standing.foreign[named]]
        described = self._describe(line.node, line.stream, [line.text])
        if described.system is None:
            return stream_of(self._standing, msgspec.structs.replace(described, stream=described.stream + NOWHERE))
        standing.foreign[named] = f"{described.node}\0{described.stream}"
        return stream_of(self._standing, described)

    def _file(self, stream: Stream, line: Delivered) -> tuple[Known, list[Adjustment]]:
        """The incarnation that a line is of: another file, or one that begins with another line, is another one."""
        head, length = head_of(line.text) if line.offset == 0 else (b"", 0)
        for known in reversed(stream.known):
            if known.label == line.file and (not length or not known.head_length or known.head == head):
                return known, []
        known = stream.begin(head, length, line.file)
        known.high_water = line.offset or 0
        facts = {
            "incarnation": known.count,
            "head": head.hex(),
            "from": known.high_water,
            "file": line.file,
            "framing": stream.source.framing,
            "form": stream.source.form,
            "fresh": True,
            "delivery": "at least once" if line.offset is None else "by offset",
        }
        return known, [Adjustment(0, MarkKind.OPENED, facts)]

    def _cut(self, source: SourceDescription, line: Delivered, offset: int, count: int) -> Lines:
        """One message as lines: a shipper may have joined several."""
        framing = (source.framing, source.zone)
        if framing not in self._stampers:
            self._stampers[framing] = Stamper(FRAMINGS[source.framing], zone_named(source.zone))
        array, ends = np.frombuffer(line.text, dtype=np.uint8), line_ends(line.text)
        starts = np.concatenate(([0], ends[:-1]))
        times = self._stampers[framing].times(array, starts, ends)
        given, _ = OrderTimes().order(times, final=True)
        if line.time is not None and int(times.max()) < 0:
            given[:] = line.time
        return Lines(line.text, ends, given, starts + offset, count)


def recognised(mapping: ForeignMapping | None) -> Describe:
    """What a foreign source is, by its first lines, unless the mapping says it."""
    framing, system = (mapping.framing, mapping.system) if mapping else (None, None)

    def describe(node: str, stream: str, records: Sequence[bytes]) -> SourceDescription:
        kind = kind_of(records, framing, system)
        role = Role.PRIMARY if kind.system else Role.UNREAD
        return SourceDescription(node, stream, kind.system, kind.framing, kind.form, "UTC", role, f"{node}/{stream}")

    return describe
