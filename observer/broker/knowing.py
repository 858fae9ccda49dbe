"""What an intake knows of what it has taken: streams, their incarnations, and who ships them.

All of it is data that is stored with the results of a record, so that whoever takes the next one, after a restart or
on another machine, decides as if nothing had happened (R29).
"""

from __future__ import annotations

import msgspec

from observer.broker.wire import SourceDescription
from replay.journal import MarkKind, Role

KEPT = 64
"""Incarnations of a stream that are known again; lines of an older one would be taken for those of a new one."""
BEAT_MS = 3_000
"""A shipper that has nothing to ship says at least so often that it is there."""
OVERDUE_MS = 10_000
"""A shipper that has been silent for longer cannot be heard: silence of its sources is no evidence (R23)."""
STANDING = (MarkKind.CAUGHT_UP, MarkKind.LAGGING, MarkKind.LOST, MarkKind.ENDED)
"""Marks that say how a source stands from here on."""


class Known(msgspec.Struct):
    """One incarnation of a stream, as the journal counts it."""

    count: int
    head: bytes
    head_length: int
    label: str
    high_water: int = 0
    theirs: dict[str, int] = {}
    """Its count by the shippers that have sent lines of it."""
    told: list[str] = []
    """Kinds of the Marks that stand at the high water: what is sent again does not make them twice."""


class Stream(msgspec.Struct):
    """One source of the journal."""

    source: SourceDescription
    known: list[Known] = []
    """Its last incarnations, in order."""
    shipper: str = ""
    """Who has last sent lines of it; nobody for those of foreign shippers, which say nothing of themselves."""
    run: str = ""
    """The start of its shipper after which it was last opened."""
    stands: MarkKind = MarkKind.CAUGHT_UP
    """How it stands as its shipper says, whether or not the shipper can be heard."""

    @property
    def last_count(self) -> int:
        """Of its last incarnation; 0 before the first."""
        return self.known[-1].count if self.known else 0

    def begin(self, head: bytes, head_length: int, label: str) -> Known:
        """The next incarnation."""
        found = Known(self.last_count + 1, head, head_length, label)
        self.known.append(found)
        del self.known[:-KEPT]
        return found

    def counted_by(self, shipper: str) -> int:
        """How far a shipper has counted its incarnations; 0 for one that has sent nothing of it."""
        return max((known.theirs.get(shipper, 0) for known in self.known), default=0)


class Shipper(msgspec.Struct):
    """One shipper of ours."""

    heard: int
    """When a record of it came last, in milliseconds since 1970."""
    lost: bool = False
    """Whether it has been silent for too long, or has left."""
    run: str = ""
    """Its last start that has been heard of."""
    begun: int = 0
    """When that was heard of, in milliseconds since 1970."""


class Counted(msgspec.Struct):
    """What has come, since the first record of the network."""

    records: int = 0
    lines: int = 0
    duplicates: int = 0
    """Lines that the journal had already, or parts of one (R1)."""
    gaps: int = 0
    """Places at which something is missing."""
    at_least_once: int = 0
    """Lines of shippers that send no offset: nobody can tell whether one of them came twice."""
    unreadable: int = 0
    """Records that could not be read."""


class Standing(msgspec.Struct):
    """Everything that an intake knows."""

    streams: dict[str, Stream] = {}
    """By node and stream, with a NUL between."""
    foreign: dict[str, str] = {}
    """Where the streams that foreign shippers name are found in `streams`."""
    shippers: dict[str, Shipper] = {}
    """By name, in hexadecimal digits."""
    counted: Counted = msgspec.field(default_factory=Counted)
    now: int = 0
    """Time of the last record, in milliseconds since 1970; never decreasing."""


def stream_of(standing: Standing, description: SourceDescription) -> Stream:
    """The source of that name; how it is read stays what was first said of it."""
    name = f"{description.node}\0{description.stream}"
    if name not in standing.streams:
        standing.streams[name] = Stream(_with_role(standing, description))
    return standing.streams[name]


def _with_role(standing: Standing, description: SourceDescription) -> SourceDescription:
    """Of two forms of one log, shipped from two places, the one that came first counts."""
    for stream in standing.streams.values():
        other = stream.source
        same = other.role is description.role is Role.PRIMARY and other.node == description.node
        if same and other.system == description.system and other.form != description.form:
            return msgspec.structs.replace(description, role=Role.EVIDENCE)
    return description
