"""Logs are written by whoever can reach a node: nothing they say may break or poison what reads them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.framing import FRAMINGS
from parsers.source import Memory
from parsers.text import LINE_LIMIT
from state.encoding import decode, digest, encode
from state.events import Event
from state.snapshot import NetworkState, fold_all
from tests.parsers.examples import EXAMPLES
from tests.parsers.monerod import FRAMED, capture, docker, events_of, parser

TEXT_BOUND = 1024


def texts(value: Any) -> Iterator[str]:
    """Every text in an event, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from texts(getattr(value, field))


def assert_safe(event: Event) -> None:
    """Texts in events are bounded and hold no control or direction-changing character."""
    for text in texts(event):
        assert len(text) <= TEXT_BOUND
        assert not [one for one in text if unicodedata.category(one) in ("Cc", "Zl", "Zp", "Cs")], event
        assert not set(text) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"), event


def survive(entries: list[bytes], framing: str) -> None:
    """Feed, fold, store: nothing raises, and what comes out is safe and goes into a checkpoint."""
    reading = parser(framing)
    said = [one for seq, entry in enumerate(entries, 1) for one in reading.feed(entry, seq, seq)]
    for event, _ in said:
        assert_safe(event)
    state = fold_all(NetworkState(), said)
    assert digest(decode(encode(state))) == digest(state)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(reading.memory), type=Memory) == reading.memory


ENTRY = st.binary(max_size=200) | st.binary(max_size=200).map(lambda entry: entry + b"\n")


@pytest.mark.parametrize("framing", FRAMINGS)
@given(entries=st.lists(ENTRY, max_size=10))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_any_bytes_are_taken(framing: str, entries: list[bytes]) -> None:
    """Law: no bytes make a parser raise."""
    survive(entries, framing)


LINES = [line for example in EXAMPLES for line in example.lines.splitlines(keepends=True)] + list(
    capture("level1", 3)[1600:1700]
)
SPLICES = [
    *(
        b"\x00",
        b"\x07",
        b"\x1b[31m",
        b"\x1b]0;",
        b"\x7f",
        b"\t",
        b"\r",
        b"\n",
        b" ",
        b"\\",
        b'"',
        b"<",
        b">",
        b"[",
        b"]",
    ),
    *("\u202e".encode(), "\u061c".encode(), "\u2028".encode(), b"\xff", b"\xc3", b"\xed\xa0\x80", "٣".encode()),
    *(
        b"-1",
        b"0",
        b"9" * 19,
        b"9" * 40,
        b"1e9",
        b"9999-12-31",
        b"0001-01-01",
        b"nan",
        b"a" * 300,
        b"{...}",
        b"P",
        b"F:",
    ),
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real line with something spliced in, cut out or put twice."""
    line = draw(st.sampled_from(LINES))
    for _ in range(draw(st.integers(1, 3))):
        first = draw(st.integers(0, len(line)))
        last = draw(st.integers(first, min(len(line), first + 30)))
        line = line[:first] + draw(st.sampled_from([*SPLICES, b"", line[first:last] * 2])) + line[last:]
    return line


@given(st.lists(mutated(), max_size=12))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_mutated_lines_are_taken(entries: list[bytes]) -> None:
    """Law: no mutation of real lines makes a parser raise, or puts an unsafe text or number into a snapshot."""
    survive(entries, "bare")


@pytest.mark.parametrize("framed", [name for name in FRAMED if name != "bare"])
@given(entries=st.lists(mutated(), max_size=8), data=st.data())
@settings(derandomize=True, max_examples=40, deadline=None)
def test_mutated_records_are_taken(framed: str, entries: list[bytes], data: st.DataObject) -> None:
    """Law: the same where the record around the line is spoilt as well."""
    framing, wrap = FRAMED[framed]
    records = [wrap(entry.decode("utf-8", "replace").encode()) for entry in entries]
    for number, record in enumerate(records):
        place = data.draw(st.integers(0, len(record)))
        spoilt = record[:place] + data.draw(st.sampled_from([b"", *SPLICES])) + record[place:]
        records[number] = data.draw(st.sampled_from([record, spoilt]))
    survive(records, framing)


HOSTILE = [
    b"[",
    b"{",
    b'{"log":',
    b'{"a":[',
    b"\x1b[",
    b"\x1b]",
    b"\\u0000",
    b"9",
    b"\t",
    b" ",
    b"id:\t<",
    b"Synced ",
    b"[a b] ",
    b"stdout P ",
    b"| ",
    b"2026-11-21 07:03:36.499\t",
    b"+++++ BLOCK SUCCESSFULLY ADDED",
    b"Connect failed ",
]


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_mebibyte_of_anything_is_taken(framing: str, unit: bytes) -> None:
    """R5: a mebibyte of whatever repeats is read in linear time, alone or behind a header, and says nothing."""
    filling = unit * (LINE_LIMIT // len(unit))
    header = b"2026-11-21 07:03:36.499\t[P2P0]\tINFO\tglobal\tx:1\t"
    for entry in (filling + b"\n", header + filling + b"\n"):
        assert events_of([entry], framing) == []


@pytest.mark.parametrize(
    "when", ["9999-12-31 23:59:59.999", "0001-01-01 00:00:00.000", "2262-04-12 00:00:00.000", "1600-01-01 00:00:00.000"]
)
def test_wild_dates_do_not_reach_a_snapshot(when: str) -> None:
    """A date whose nanoseconds no 64 bits hold gives no event: no checkpoint and no digest could be made of it."""
    line = f"{when}\tI Synced 3/5\n".encode()
    assert events_of([line]) == []
    assert events_of([docker(line)], "docker-json") == []
    survive([line, docker(line)], "docker-json")


def test_numbers_at_the_edge_are_kept() -> None:
    """The largest numbers that are read can be folded, stored and compared."""
    wild = ["Synced 9999999999999999999/9999999999999999999", "Popping blocks... 0", "Synced 0/0"]
    wild += [
        "###### REORGANIZE on height: 9999999999999999999 of 0",
        "REORGANIZE SUCCESS! on height: 0, new blockchain size: 9999999999999999999",
    ]
    survive([f"2026-11-21 07:03:{n:02}.000\tI {message}\n".encode() for n, message in enumerate(wild * 5)], "bare")
