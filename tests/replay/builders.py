"""Recordings made of bytes, and what is in them, read without the code under test where that can be."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from replay.importing import Counted, Feed, Import, Member
from replay.journal import Mark, Role, Source
from replay.merge import BlockBuilder
from replay.play import Player
from replay.reading import ByteStream
from replay.recording import Recording
from replay.redaction import Redaction
from state.events import Event
from state.origin import Origin
from tests.replay.framings import OF_ALL, framed, lines_of

CAPTURES = Path(__file__).resolve().parent.parent / "captures" / "monero"
TINY = 700
"""Bytes of a block in which statements of several lines, partial and torn lines all straddle blocks."""


@cache
def capture(name: str, form: str = "log") -> dict[str, bytes]:
    """The captured logs of a folder, by node."""
    return {path.stem: path.read_bytes() for path in sorted((CAPTURES / name).glob(f"*.{form}"))}


@cache
def captured_lines(name: str, form: str = "log") -> dict[str, list[bytes]]:
    """The same, cut into lines."""
    return {node: lines_of(data) for node, data in capture(name, form).items()}


class Chunked:
    """A stream that gives as many bytes at a time as it likes."""

    def __init__(self, data: bytes, sizes: Iterable[int] = (1 << 18,)) -> None:
        """`sizes` are used in turn."""
        self._data = data
        self._place = 0
        self._sizes = itertools.cycle(sizes)

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes."""
        given = self._data[self._place : self._place + max(1, min(size, next(self._sizes)))]
        self._place += len(given)
        return given


@dataclass(frozen=True)
class Log:
    """One source to import."""

    node: str
    members: tuple[bytes, ...]
    framing: str = "bare"
    zone: str = "UTC"
    role: Role = Role.PRIMARY
    stream: str = "log"
    form: str = "file"
    sizes: tuple[int, ...] = (1 << 18,)

    def source(self, number: int) -> Source:
        """As it is entered into a recording."""
        system = None if self.role is Role.UNREAD else "monero"
        where = f"{self.node}.{self.stream}"
        return Source(number, self.node, self.stream, system, self.framing, self.form, self.zone, self.role, where)

    def feed(self, number: int) -> Feed:
        """As it is given to an import."""
        prefix = self.node if self.framing in OF_ALL else None
        members = tuple(
            Member(f"{self.node}.{self.stream}.{place}", partial(self._open, data), prefix)
            for place, data in enumerate(self.members)
        )
        return Feed(self.source(number), members)

    def _open(self, data: bytes) -> AbstractContextManager[ByteStream]:
        return nullcontext(Chunked(data, self.sizes))


def logs(files: Mapping[str, bytes], framing: str = "bare", zone: str = "UTC") -> list[Log]:
    """One log for each node."""
    return [Log(node, (data,), framing, zone) for node, data in files.items()]


def in_framing(framing: str, nodes: Mapping[str, Sequence[bytes]]) -> list[Log]:
    """The lines of some nodes as logs in a framing."""
    return logs(framed(framing, nodes), framing)


@dataclass
class Run:
    """How recordings are made."""

    target: int | None = None
    """Bytes of a block."""
    redaction: Redaction | None = None
    settings: object = field(default_factory=dict)

    def make(self, path: Path, given: Sequence[Log]) -> str:
        """A new recording of these logs, numbered in the order given; its digest."""
        with Recording.create(path, "network") as recording:
            recording.set_meta("settings", self.settings)
            return self.into(recording, given)[0]

    def append(self, path: Path, given: Sequence[Log]) -> tuple[str, Counted]:
        """Add these logs to a recording that there is."""
        with Recording.open_to_append(path) as recording:
            return self.into(recording, given)

    def into(self, recording: Recording, given: Sequence[Log]) -> tuple[str, Counted]:
        """Import into an open recording; the digest and what was counted."""
        known = {source.name: source.number for source in recording.sources()}
        feeds = []
        for log in given:
            name = log.source(0).name
            if name not in known:
                known[name] = len(known) + 1
                recording.add_source(log.source(known[name]))
            feeds.append(log.feed(known[name]))
        with self._blocks():
            work = Import(recording, feeds, self.redaction)
            return work.run(), work.counted

    def _blocks(self) -> AbstractContextManager[object]:
        if self.target is None:
            return nullcontext()
        return mock.patch("replay.importing.BlockBuilder", partial(BlockBuilder, target=self.target))


class Entry(NamedTuple):
    """One line of a journal."""

    seq: int
    at: int
    source: str
    incarnation: int
    offset: int
    text: bytes


def entries(recording: Recording) -> list[Entry]:
    """Every line of a recording, in the order of the journal."""
    names = {source.number: source.name for source in recording.sources()}
    found = []
    for info in recording.block_infos():
        block = recording.block(info.first_seq)
        for segment, first, _start in block.segments():
            offsets = block.offsets(segment, first).tolist()
            for place, offset in enumerate(offsets, start=first):
                seq, at = int(block.seqs[place]), int(block.times[place])
                name = names[segment.source]
                found.append(Entry(seq, at, name, segment.incarnation, offset, block.line(place)))
    return sorted(found)


def marks(recording: Recording) -> list[Mark]:
    """Every Mark of a recording."""
    blocks = [recording.block(info.first_seq) for info in recording.block_infos()]
    return [mark for block in blocks for mark in block.columns.marks]


def texts(recording: Recording) -> dict[tuple[str, int], bytes]:
    """The bytes of every (source, incarnation)."""
    found: dict[tuple[str, int], bytes] = {}
    for entry in entries(recording):
        key = (entry.source, entry.incarnation)
        found[key] = found.get(key, b"") + entry.text
    return found


def events(path: Path, engine: str = "auto", *, hot: bool = True) -> list[tuple[Event, Origin]]:
    """Every event of a recording, in order."""
    with Recording.open_to_read(path) as recording:
        return [said for step in Player(recording, engine, hot=hot).steps() for said in step.said]


@contextmanager
def somewhere() -> Iterator[Path]:
    """A directory for one example of a property."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
