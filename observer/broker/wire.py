"""One record of our own shipper: lines and Marks of several sources, packed into one Kafka value (R5, R9).

A value is a few bytes of head, packed columns and a packed body, as a block of a recording is, but told from the
shipper's side: offsets and order times as they were read, no sequence and no journal time, which only the journal
gives. What comes out of a topic was written by anyone who may write there: `unpacked` bounds its size before it is
decompressed, checks every number that something is cut or looked up by, and raises `Malformed` for anything else.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
import numpy as np
import zstandard

from parsers.framing import FRAMINGS
from parsers.systems import SYSTEMS
from parsers.text import LINE_LIMIT
from replay.blocks import BLOCK_BYTES, LEVEL
from replay.journal import HEAD_BYTES, MarkKind, Role, Source
from replay.ordering import Adjustment
from replay.reading import Lines
from replay.zones import zone_named

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION = 1
HEADER = "nso"
"""Key of the Kafka header that tells our records from those of others; its value is the version in decimal digits."""
HEADERS = [(HEADER, b"%d" % VERSION)]
RECORD_BYTES = BLOCK_BYTES
"""Raw bytes after which a record is full."""
MOST_BYTES = 64 << 20
"""Of a body, decompressed."""
_MOST_COLUMNS = 16 << 20
"""Of columns, decompressed: 12 bytes a line, and a body of one block in lines of one byte."""
_MAGIC = b"nso"
_HEAD = struct.Struct(">3sBIII")
"""Magic, version, checksum of what follows, bytes of packed columns, bytes of packed body."""
_FARTHEST = 1 << 62
"""No offset is beyond."""
_DIGEST = 16
_NAME = 1024

Fact: TypeAlias = str | int | float | bool | None
Name = Annotated[str, msgspec.Meta(max_length=_NAME, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[str, msgspec.Meta(max_length=4096)]
Whole = Annotated[int, msgspec.Meta(ge=0, lt=_FARTHEST)]


class Malformed(Exception):
    """A value that is no record of ours, or a damaged one; the text says what is wrong with it."""


class SourceDescription(msgspec.Struct, frozen=True, array_like=True):
    """One stream of one node, as `replay.journal.Source` without the number that a journal gives."""

    node: Name
    stream: Name
    system: Text | None
    framing: Text
    form: Text | None
    zone: Text
    role: Role
    label: Text

    def numbered(self, number: int) -> Source:
        """As a journal holds it."""
        return Source(number, **msgspec.structs.asdict(self))


def described(source: Source) -> SourceDescription:
    """A journal's source without its number."""
    return SourceDescription(**{name: getattr(source, name) for name in SourceDescription.__struct_fields__})


class JournalMark(msgspec.Struct, frozen=True, array_like=True):
    """A Mark about the journal itself: time passed, or who was attached has left."""

    kind: MarkKind
    facts: dict[str, Fact] = {}


@dataclass(slots=True)
class Piece:
    """Lines of one incarnation of one source that were read together, and the Marks that stand among them."""

    source: SourceDescription
    count: int
    """The incarnation, as its shipper counts."""
    head: bytes
    """BLAKE2b of its first `head_length` bytes; empty where nothing is known of its beginning."""
    head_length: int
    label: str
    since: int
    """Offset up to which its shipper had read before."""
    until: int
    """Offset up to which it has read with these lines."""
    backlog: bool
    """Whether the lines were there already when the source was opened or opened again (R2)."""
    lines: Lines


@dataclass(slots=True)
class Shipped:
    """One record."""

    shipper: bytes
    """Names the shipper's cursor: who ships with another cursor counts incarnations anew."""
    pieces: list[Piece]
    marks: list[JournalMark]
    left: bool = False
    """Whether the shipper ends with this record."""
    run: bytes = b""
    """Another one after each start of the shipper: what it follows may have changed."""


class _Mark(msgspec.Struct, frozen=True, array_like=True):
    line: Whole
    kind: MarkKind
    facts: dict[str, Fact]


class _Segment(msgspec.Struct, frozen=True, array_like=True):
    source: Whole
    count: Annotated[int, msgspec.Meta(ge=1, lt=_FARTHEST)]
    head: bytes
    head_length: Annotated[int, msgspec.Meta(ge=0, le=HEAD_BYTES)]
    label: Text
    since: Whole
    until: Whole
    backlog: bool
    lines: Whole
    length: Whole
    offset: Whole
    offsets: bytes
    """`int64` offset of each line, where they do not follow from the lengths."""
    marks: list[_Mark]


class _Columns(msgspec.Struct, frozen=True, array_like=True):
    shipper: Annotated[bytes, msgspec.Meta(max_length=_DIGEST)]
    run: Annotated[bytes, msgspec.Meta(max_length=_DIGEST)]
    left: bool
    sources: list[SourceDescription]
    segments: list[_Segment]
    ends: bytes
    """`uint32`: where each line ends in the body."""
    times: bytes
    """`int64`: the order time of each line, as its shipper read it."""
    marks: list[JournalMark]


_DECODER = msgspec.msgpack.Decoder(_Columns)


# --- packing ---------------------------------------------------------------------------------------------


def packed(shipped: Shipped) -> bytes:
    """One record as the value of a Kafka record. Raises ValueError for one that is too big to be taken."""
    body = b"".join([piece.lines.data for piece in shipped.pieces])
    if len(body) > MOST_BYTES:
        raise ValueError(f"{len(body)} bytes do not fit into one record, which holds {MOST_BYTES}")
    numbers: dict[SourceDescription, int] = {}
    for piece in shipped.pieces:
        numbers.setdefault(piece.source, len(numbers))
    bases = accumulate([len(piece.lines.data) for piece in shipped.pieces], initial=0)
    ends = [piece.lines.ends + base for piece, base in zip(shipped.pieces, bases, strict=False)]
    columns = _Columns(
        shipper=shipped.shipper,
        run=shipped.run,
        left=shipped.left,
        sources=list(numbers),
        segments=[_segment(piece, numbers[piece.source]) for piece in shipped.pieces],
        ends=b"".join([one.astype("<u4").tobytes() for one in ends]),
        times=b"".join([piece.lines.times.astype("<i8").tobytes() for piece in shipped.pieces]),
        marks=shipped.marks,
    )
    compressor = zstandard.ZstdCompressor(level=LEVEL)
    first, second = compressor.compress(msgspec.msgpack.encode(columns)), compressor.compress(body)
    return _HEAD.pack(_MAGIC, VERSION, zlib.crc32(second, zlib.crc32(first)), len(first), len(second)) + first + second


def _segment(piece: Piece, number: int) -> _Segment:
    lines = piece.lines
    starts = lines.ends - np.diff(lines.ends, prepend=0)
    offset = int(lines.offsets[0]) if len(lines) else piece.until
    return _Segment(
        source=number,
        count=piece.count,
        head=piece.head,
        head_length=piece.head_length,
        label=piece.label,
        since=piece.since,
        until=piece.until,
        backlog=piece.backlog,
        lines=len(lines),
        length=len(lines.data),
        offset=offset,
        offsets=b"" if bool((lines.offsets - offset == starts).all()) else lines.offsets.astype("<i8").tobytes(),
        marks=[_Mark(found.line, found.kind, found.facts) for found in lines.adjustments],
    )


# --- unpacking -------------------------------------------------------------------------------------------


def is_ours(value: bytes) -> bool:
    """Whether a value says of itself that it is a record of ours."""
    return value.startswith(_MAGIC) and len(value) >= _HEAD.size


def unpacked(value: bytes) -> Shipped:
    """A record from the value of a Kafka record. Raises Malformed."""
    if not is_ours(value):
        raise Malformed("it is no record of this program")
    _magic, version, crc, first, second = _HEAD.unpack_from(value)
    if version != VERSION:
        raise Malformed(
            f"it is of version {version}, and this program reads {VERSION}; use the same version everywhere"
        )
    packed_columns, packed_body = value[_HEAD.size : _HEAD.size + first], value[_HEAD.size + first :]
    if len(packed_columns) != first or len(packed_body) != second:
        raise Malformed("it is cut off")
    if zlib.crc32(packed_body, zlib.crc32(packed_columns)) != crc:
        raise Malformed("its checksum is wrong")
    try:
        columns = _DECODER.decode(_decompressed(packed_columns, _MOST_COLUMNS))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"its columns are unreadable: {error}") from None
    body = _decompressed(packed_body, MOST_BYTES)
    _check_sources(columns)
    pieces = _pieces(columns, body)
    if any(mark.kind not in _OF_JOURNAL for mark in columns.marks):
        raise Malformed("a Mark of a source stands where Marks of the journal do")
    return Shipped(columns.shipper, pieces, columns.marks, columns.left, columns.run)


_OF_JOURNAL = (MarkKind.TICK, MarkKind.CLOSED)


def _decompressed(data: bytes, most: int) -> bytes:
    """Decompressed, once its head has said that it is not too big. Raises Malformed."""
    try:
        size = zstandard.frame_content_size(data)
        if not 0 <= size <= most:
            raise Malformed(f"it says to hold {size} bytes, and at most {most} are taken")
        return zstandard.ZstdDecompressor().decompress(data, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise Malformed(f"it does not decompress: {error}") from None


def _check_sources(columns: _Columns) -> None:
    for source in columns.sources:
        if source.framing not in FRAMINGS:
            raise Malformed(f"its framing {source.framing[:64]!r} is not known here; use the same version everywhere")
        if source.system is not None and source.system not in SYSTEMS:
            raise Malformed(f"its system {source.system[:64]!r} is not known here; use the same version everywhere")
        try:
            zone_named(source.zone)
        except ValueError as error:
            raise Malformed(str(error)) from None


def _pieces(columns: _Columns, body: bytes) -> list[Piece]:
    """The pieces, every number checked. Raises Malformed."""
    count, length = sum(one.lines for one in columns.segments), sum(one.length for one in columns.segments)
    if len(columns.ends) != 4 * count or len(columns.times) != 8 * count or length != len(body):
        raise Malformed("its columns and its body are not of one length")
    ends = np.frombuffer(columns.ends, dtype="<u4").astype(np.int64)
    times = np.frombuffer(columns.times, dtype="<i8").astype(np.int64)
    pieces = []
    line = start = 0
    for segment in columns.segments:
        last, end = line + segment.lines, start + segment.length
        own = ends[line:last] - start
        if segment.source >= len(columns.sources):
            raise Malformed("a piece is of a source that it does not describe")
        if not _are_ends(own, segment.length):
            raise Malformed("its lines do not fill its body")
        lines = Lines(
            body[start:end],
            own,
            times[line:last],
            _offsets(segment, own),
            segment.count,
            [Adjustment(mark.line, mark.kind, mark.facts) for mark in segment.marks],
        )
        _check_marks(segment)
        pieces.append(
            Piece(
                columns.sources[segment.source],
                segment.count,
                segment.head,
                segment.head_length,
                segment.label,
                segment.since,
                segment.until,
                segment.backlog,
                lines,
            )
        )
        line, start = last, end
    return pieces


def _are_ends(ends: NDArray[np.int64], length: int) -> bool:
    if not len(ends):
        return length == 0
    lengths = np.diff(ends, prepend=0)
    return bool(ends[-1] == length and lengths.min() > 0 and lengths.max() <= LINE_LIMIT)


def _offsets(segment: _Segment, ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The offset of each line, rising, between `since` and `until`. Raises Malformed."""
    if segment.offsets:
        if len(segment.offsets) != 8 * segment.lines:
            raise Malformed("a piece has an offset for another number of lines than it has")
        offsets = np.frombuffer(segment.offsets, dtype="<i8").astype(np.int64)
    else:
        offsets = np.concatenate(([0], ends[:-1])) + segment.offset if segment.lines else ends
    if segment.since > segment.until:
        raise Malformed("a piece goes backwards")
    if segment.lines and not (
        segment.since <= int(offsets[0]) and int(offsets[-1]) < segment.until and bool((np.diff(offsets) > 0).all())
    ):
        raise Malformed("the offsets of a piece do not rise within it")
    return offsets


def _check_marks(segment: _Segment) -> None:
    if len(segment.head) != (_DIGEST if segment.head_length else 0):
        raise Malformed("the head of a piece is of another length than a hash has")
    before = 0
    for mark in segment.marks:
        if not before <= mark.line <= segment.lines or mark.kind in _OF_JOURNAL:
            raise Malformed("a Mark does not stand among the lines of its piece")
        before = mark.line
