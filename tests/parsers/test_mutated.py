"""What is written by whoever can reach a node may be anything: it is taken, and all of it is accounted for."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.framing import FRAMINGS
from parsers.source import Memory
from parsers.text import LINE_LIMIT
from state.encoding import encode_other
from tests.parsers.examples_xmtpd import EXAMPLES
from tests.parsers.monerod import FRAMED, feed
from tests.parsers.mutated import MEGABYTE, survive
from tests.parsers.test_adversarial import SPLICES, assert_safe
from tests.parsers.xmtpd_lines import on_console, parser

LINES = [line for example in EXAMPLES for line in (example.lines, on_console(example.lines))]


def test_two_megabytes_of_spoilt_lines() -> None:
    """R13: nothing raises; a statement that was hit was read, or is counted as unreadable and says so."""
    outcome = survive(2 * MEGABYTE)
    assert set(outcome.parser.tally.hit) == {example.statement for example in EXAMPLES}
    assert outcome.parser.tally.malformed.total() > 500


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A real line with something spliced in, cut out or put twice."""
    line = draw(st.sampled_from(LINES))
    for _ in range(draw(st.integers(1, 3))):
        first = draw(st.integers(0, len(line)))
        last = draw(st.integers(first, min(len(line), first + 30)))
        line = line[:first] + draw(st.sampled_from([*SPLICES, b"", line[first:last] * 2])) + line[last:]
    return line + b"\n"


@pytest.mark.parametrize("framed", FRAMED)
@given(entries=st.lists(spoilt(), max_size=8))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_what_events_hold_is_safe(framed: str, entries: list[bytes]) -> None:
    """Law: in every framing no mutation of real lines raises, or puts an unsafe text into an event, or a number that no
    store takes; what the parser remembers can be kept.
    """
    framing, wrap = FRAMED[framed]
    reading = parser(framing)
    for event in feed(reading, [wrap(entry.decode("utf-8", "replace").encode()) for entry in entries]):
        assert_safe(event)
        msgspec.msgpack.encode(event, enc_hook=encode_other)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(reading.memory), type=Memory) == reading.memory


HOSTILE = [b"[", b"{", b'{"a":', b'{"a":[', b"\\", b'\\"', b'"', b"9", b"\t", b" ", b"\xff", b',"error":"x"', b"{x|y}"]
STARTS = [
    b'{"level":"INFO","time":"2026-11-21T08:13:07.042Z","logger":"xmtpd","caller":"a/b.go:1","message":"',
    b'{"level":"ERROR","time":"2026-11-21T08:13:07.042Z","caller":"a/b.go:1","message":"failed","error":',
    b'{"message":"x","level":"ERROR","time":',
    b"2026-11-21T08:13:07.042Z\tERROR\t",
    b'2026-11-21T08:13:07.042Z\tERROR\txmtpd\ta/b.go:1\tfailed\t{"',
]


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("start", STARTS, ids=range(len(STARTS)))
@pytest.mark.parametrize("framing", ["bare", "docker-json"])
def test_a_mebibyte_of_anything_is_taken(framing: str, start: bytes, unit: bytes) -> None:
    """R5: a mebibyte of whatever repeats behind a header is read in linear time, and says at most that it is a problem."""
    line = start + unit * (LINE_LIMIT // len(unit)) + b"\n"
    if framing == "docker-json":
        line = json.dumps({"log": line.decode("utf-8", "replace"), "stream": "stdout"}).encode() + b"\n"
    assert FRAMINGS[framing].name == framing
    for event in feed(parser(framing), [line]):
        assert_safe(event)
