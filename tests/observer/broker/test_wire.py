"""What is packed comes out again; what is damaged or made up is refused, whatever it says of itself."""

from __future__ import annotations

import zlib

import msgspec
import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.broker import wire
from observer.broker.wire import JournalMark, Malformed, Piece, Shipped, SourceDescription, packed, unpacked
from replay.journal import MarkKind, Role
from tests.observer.broker.pieces import NODE1, SHIPPER, any_piece, opened, piece_of

LOG = b"2026-11-21 10:00:00.000\tI one\n2026-11-21 10:00:01.000\tI two\n"


def same(one: Piece, other: Piece) -> bool:
    """Pieces hold arrays, which have no truth of their own."""
    mine, theirs = one.lines, other.lines
    return (
        [
            getattr(one, name)
            for name in ("source", "count", "head", "head_length", "label", "since", "until", "backlog")
        ]
        == [
            getattr(other, name)
            for name in ("source", "count", "head", "head_length", "label", "since", "until", "backlog")
        ]
        and mine.data == theirs.data
        and mine.incarnation == theirs.incarnation
        and mine.adjustments == theirs.adjustments
        and all(np.array_equal(getattr(mine, name), getattr(theirs, name)) for name in ("ends", "times", "offsets"))
    )


@given(st.lists(any_piece(), max_size=5), st.binary(max_size=16), st.booleans())
def test_what_is_packed_comes_out_again(given_pieces: list[Piece], shipper: bytes, left: bool) -> None:  # noqa: FBT001 - Hypothesis gives it
    """Sources, incarnations, lines, offsets, order times and Marks are what they were (R5)."""
    marks = [JournalMark(MarkKind.TICK, {})] if left else []
    found = unpacked(packed(Shipped(shipper, given_pieces, marks, left, shipper[::-1])))
    assert (found.shipper, found.marks, found.left, found.run) == (shipper, marks, left, shipper[::-1])
    assert len(found.pieces) == len(given_pieces)
    assert all(same(one, other) for one, other in zip(found.pieces, given_pieces, strict=True))


@settings(max_examples=400)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_record_or_malformed(value: bytes) -> None:
    """Nothing that stands in a topic ends the one who reads it, with the right first bytes or without."""
    for tried in (value, b"nso\1" + value):
        with pytest.raises(Malformed):
            unpacked(tried)


@settings(max_examples=400)
@given(st.data())
def test_a_flipped_bit_is_noticed(data: st.DataObject) -> None:
    """A record in which any bit is wrong is refused by its checksum, its lengths or its version."""
    value = bytearray(packed(Shipped(SHIPPER, [piece_of(LOG, marks=[opened()])], [])))
    place = data.draw(st.integers(0, len(value) * 8 - 1))
    value[place // 8] ^= 1 << place % 8
    with pytest.raises(Malformed):
        unpacked(bytes(value))


def forged(columns: object, body: bytes) -> bytes:
    """A record with a right checksum around wrong columns."""
    compressor = zstandard.ZstdCompressor()
    first, second = compressor.compress(msgspec.msgpack.encode(columns)), compressor.compress(body)
    crc = zlib.crc32(second, zlib.crc32(first))
    return wire._HEAD.pack(b"nso", 1, crc, len(first), len(second)) + first + second  # noqa: SLF001 - a forger knows


ENDS, TIMES = np.array([4], dtype="<u4").tobytes(), np.array([7], dtype="<i8").tobytes()
SOURCE = msgspec.to_builtins(NODE1)


def segment(**changed: object) -> list[object]:
    """The columns of a piece of one line of four bytes."""
    fields: dict[str, object] = {
        "source": 0,
        "count": 1,
        "head": b"",
        "head_length": 0,
        "label": "node1.log",
        "since": 0,
        "until": 4,
        "backlog": False,
        "lines": 1,
        "length": 4,
        "offset": 0,
        "offsets": b"",
        "marks": [],
    }
    return list((fields | changed).values())


def test_the_forged_record_of_these_tests_is_a_good_one_when_nothing_is_changed() -> None:
    """So each refusal below is for what the test has changed."""
    found = unpacked(forged([b"", b"", False, [SOURCE], [segment()], ENDS, TIMES, []], b"one\n"))
    assert found.pieces[0].lines.data == b"one\n"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"source": 1}, "does not describe"),
        ({"count": 0}, "columns are unreadable"),
        ({"lines": 2}, "not of one length"),
        ({"length": 5}, "not of one length"),
        ({"lines": 1 << 61}, "not of one length"),
        ({"offset": -1}, "columns are unreadable"),
        ({"offset": 1 << 62}, "columns are unreadable"),
        ({"offset": 9}, "do not rise"),
        ({"since": 5, "until": 4}, "goes backwards"),
        ({"offsets": b"1234567"}, "another number of lines"),
        ({"head": b"short", "head_length": 9}, "another length than a hash"),
        ({"head": b"", "head_length": 9}, "another length than a hash"),
        ({"head_length": 1025}, "columns are unreadable"),
        ({"marks": [[2, "gap", {}]]}, "among the lines"),
        ({"marks": [[0, "tick", {}]]}, "among the lines"),
        ({"marks": [[0, "no such kind", {}]]}, "columns are unreadable"),
        ({"marks": [[0, "gap", {"why": ["a", "list"]}]]}, "columns are unreadable"),
    ],
)
def test_a_forged_piece_is_refused(changed: dict[str, object], why: str) -> None:
    """Every number by which something is cut or looked up is checked first."""
    with pytest.raises(Malformed, match=why):
        unpacked(forged([b"", b"", False, [SOURCE], [segment(**changed)], ENDS, TIMES, []], b"one\n"))


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        (0, "", "columns are unreadable"),
        (0, "node\0one", "columns are unreadable"),
        (0, "n" * 2000, "columns are unreadable"),
        (2, "cobol", "system 'cobol' is not known"),
        (3, "smoke signals", "framing 'smoke signals' is not known"),
        (5, "Moon/Crater", "no time zone"),
        (6, "king", "columns are unreadable"),
    ],
)
def test_a_source_that_cannot_be_read_is_refused(place: int, value: str, why: str) -> None:
    """A source has a name that can be shown, and a framing, a system and a zone that are known here."""
    source = list(SOURCE)
    source[place] = value
    with pytest.raises(Malformed, match=why):
        unpacked(forged([b"", b"", False, [source], [segment()], ENDS, TIMES, []], b"one\n"))


def test_a_record_that_would_swell_is_refused_before_it_is_decompressed() -> None:
    """A few kilobytes may not become gigabytes: what a record says to hold is bounded."""
    swollen = forged([b"", b"", False, [SOURCE], [segment()], ENDS, TIMES, []], bytes(wire.MOST_BYTES + 1))
    assert len(swollen) < 10_000
    with pytest.raises(Malformed, match="at most 67108864 are taken"):
        unpacked(swollen)


def test_ends_that_do_not_fill_the_body_are_refused() -> None:
    """Lines are not empty and end where the body does."""
    ends = np.array([0, 4], dtype="<u4").tobytes()
    with pytest.raises(Malformed, match="do not fill"):
        unpacked(forged([b"", b"", False, [SOURCE], [segment(lines=2)], ends, TIMES * 2, []], b"one\n"))


def test_a_record_of_a_later_version_says_so() -> None:
    """The one who reads it learns that it is no damage."""
    value = bytearray(packed(Shipped(SHIPPER, [], [])))
    value[3] = 2
    with pytest.raises(Malformed, match="version 2, and this program reads 1"):
        unpacked(bytes(value))


def test_too_much_for_one_record_is_refused_by_the_one_who_packs_it() -> None:
    """What nobody would take is not sent."""
    piece = piece_of(b"a line\n")
    piece.lines.data = bytes(wire.MOST_BYTES + 1)
    with pytest.raises(ValueError, match="do not fit into one record"):
        packed(Shipped(SHIPPER, [piece], []))


def test_a_source_gets_its_number_from_the_journal() -> None:
    """A description is a source without its number, there and back."""
    described = wire.described(NODE1.numbered(7))
    assert described == NODE1
    assert SourceDescription("n", "log", None, "bare", None, "UTC", Role.UNREAD, "x").numbered(3).number == 3
