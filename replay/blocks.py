"""Blocks: about a mebibyte of journal, its lines grouped by source, with columns beside them (R5).

The body holds each source's lines as one contiguous slice, so that a matcher runs over whole slices and
a source compresses against itself. The columns say where each line ends and when it was; the journal
order follows from the times, and is stored only where it does not.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
import zstandard

from replay.failures import DamagedRecording
from replay.journal import Mark

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK_BYTES = 1 << 20
LEVEL = 1
"""zstd: level 3 saves 3 % and costs a third more time; level 6 is three times slower."""


class Segment(msgspec.Struct, array_like=True):
    """One source's lines in a block."""

    source: int
    lines: int
    length: int
    offset: int
    """Offset of the first line in its incarnation, before redaction."""
    incarnation: int
    offsets: bytes = b""
    """`int64` offsets of all lines, where they do not follow from the lengths."""
    last_at: int = 0


class Columns(msgspec.Struct, array_like=True):
    """What is known of a block's lines without reading them."""

    first_at: int
    segments: list[Segment]
    ends: bytes
    """`uint32`: where each line ends, from the start of the body, in order of the body."""
    times: bytes
    """`int64`: each line's journal time less `first_at`."""
    order: bytes
    """`uint32`: lines in journal order, where that is not by (time, segment, line)."""
    marks: list[Mark]


class Block:
    """One block, decompressed where it is asked for."""

    __slots__ = ("_body", "_ends", "_ranks", "_times", "columns", "count", "first_seq", "packed_body")

    def __init__(self, first_seq: int, columns: Columns, packed_body: bytes) -> None:
        """`packed_body` is decompressed at its first use."""
        self.first_seq = first_seq
        self.columns = columns
        self.packed_body = packed_body
        self.count = sum(segment.lines for segment in columns.segments) + len(columns.marks)
        self._body: bytes | None = None
        self._ends: NDArray[np.int64] | None = None
        self._times: NDArray[np.int64] | None = None
        self._ranks: NDArray[np.int64] | None = None

    def keep(self, body: bytes) -> None:
        """Remember the body that was just packed."""
        self._body = body

    @property
    def body(self) -> bytes:
        """Every line, grouped by source. Raises DamagedRecording."""
        if self._body is None:
            try:
                self._body = zstandard.decompress(self.packed_body)
            except zstandard.ZstdError as error:
                raise DamagedRecording(f"the block at sequence {self.first_seq} does not decompress: {error}") from None
        return self._body

    @property
    def ends(self) -> NDArray[np.int64]:
        """Where each line ends in the body."""
        import numpy as np

        if self._ends is None:
            self._ends = np.frombuffer(self.columns.ends, dtype="<u4").astype(np.int64)
        return self._ends

    @property
    def times(self) -> NDArray[np.int64]:
        """Journal time of each line, in order of the body."""
        import numpy as np

        if self._times is None:
            self._times = np.frombuffer(self.columns.times, dtype="<i8") + self.columns.first_at
        return self._times

    @property
    def seqs(self) -> NDArray[np.int64]:
        """Sequence of each line, in order of the body."""
        import numpy as np

        if self._ranks is None:
            lines = len(self.ends)
            if self.columns.order:
                order = np.frombuffer(self.columns.order, dtype="<u4").astype(np.int64)
            else:
                order = np.argsort(self.times, kind="stable")
            places = np.arange(self.count, dtype=np.int64)
            if self.columns.marks:
                taken = np.array([mark.seq - self.first_seq for mark in self.columns.marks], dtype=np.int64)
                places = np.delete(places, taken)
            ranks = np.empty(lines, dtype=np.int64)
            ranks[order] = places
            self._ranks = ranks + self.first_seq
        return self._ranks

    def segments(self) -> Iterator[tuple[Segment, int, int]]:
        """Each segment with the index of its first line and the position of its first byte."""
        line = start = 0
        for segment in self.columns.segments:
            yield segment, line, start
            line += segment.lines
            start += segment.length

    def line(self, index: int) -> bytes:
        """The bytes of one line, its line break included."""
        start = int(self.ends[index - 1]) if index else 0
        return self.body[start : int(self.ends[index])]

    def offsets(self, segment: Segment, first_line: int) -> NDArray[np.int64]:
        """Offset of each line of a segment in its incarnation."""
        import numpy as np

        if segment.offsets:
            return np.frombuffer(segment.offsets, dtype="<i8")
        ends = self.ends[first_line : first_line + segment.lines]
        start = int(self.ends[first_line - 1]) if first_line else 0
        starts = np.concatenate(([start], ends[:-1])) if segment.lines else ends
        return starts - start + segment.offset


_COLUMNS = msgspec.msgpack.Decoder(Columns)


def pack(columns: Columns, body: bytes) -> tuple[bytes, bytes]:
    """Columns and body as stored."""
    compressor = zstandard.ZstdCompressor(level=LEVEL)
    return compressor.compress(msgspec.msgpack.encode(columns)), compressor.compress(body)


def unpack(first_seq: int, packed_columns: bytes, packed_body: bytes) -> Block:
    """A block from what was stored. Raises DamagedRecording."""
    try:
        columns = _COLUMNS.decode(zstandard.decompress(packed_columns))
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise DamagedRecording(f"the columns of the block at sequence {first_seq} are unreadable: {error}") from None
    return Block(first_seq, columns, packed_body)


def checksum(*parts: bytes) -> int:
    """CRC-32 over the parts as stored: cheaper than zstd's own checksum, which is over the raw bytes."""
    crc = 0
    for part in parts:
        crc = zlib.crc32(part, crc)
    return crc


def intact(crc: int, *parts: object) -> bool:
    """Whether parts are what they were when stored. A bit flipped in a row's header makes another type of a value."""
    return checksum(*[part for part in parts if isinstance(part, bytes)]) == crc and all(
        isinstance(part, bytes) for part in parts
    )
