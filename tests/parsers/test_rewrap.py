"""Another text put into a record's framing (R8)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.framing import FRAMINGS
from parsers.rewrap import rewrapped
from tests.parsers.monerod import FRAMED, capture

RECORDS = [
    ("bare", b"secret\n", b"placeholder\n"),
    ("bare", b"secret", b"placeholder"),
    (
        "docker-json",
        b'{"log":"secret\\n","stream":"stderr","attrs":{"tag":"x"},"time":"2026-11-21T12:00:00Z"}\n',
        b'{"log":"placeholder\\n","stream":"stderr","attrs":{"tag":"x"},"time":"2026-11-21T12:00:00Z"}\n',
    ),
    ("docker-json", b'{"log":"secr","stream":"stdout"}\n', b'{"log":"placeholder","stream":"stdout"}\n'),
    ("docker-json", b"secret\n", b"placeholder\n"),
    ("docker-json", b'{"log":5,"stream":"secret"}\n', b"placeholder\n"),
    ("docker-json", b'{"log":"' + b"[" * 10 + b"\n", b"placeholder\n"),
    ("docker-json", b"[" * 100_000 + b"\n", b"placeholder\n"),
    ("cri", b"2026-11-21T12:00:00Z stdout F:7:x secret\n", b"2026-11-21T12:00:00Z stdout F:7:x placeholder\n"),
    ("cri", b"2026-11-21T12:00:00Z stdout P secr\n", b"2026-11-21T12:00:00Z stdout P placeholder\n"),
    ("cri", b"secret\n", b"placeholder\n"),
    ("journald", b'{"MESSAGE":"secret","_PID":"7"}\n', b'{"MESSAGE":"placeholder","_PID":"7"}\n'),
    ("journald", b'{"MESSAGE":[115,255],"_PID":"7"}\n', b'{"MESSAGE":"placeholder","_PID":"7"}\n'),
    ("kubectl", b"[pod/a/b] secret\n", b"[pod/a/b] placeholder\n"),
    ("kubectl", b"[pod/a/b] 2026-11-21T12:00:00.0Z secret\n", b"[pod/a/b] 2026-11-21T12:00:00.0Z placeholder\n"),
    ("kubectl", b"[pod/a/b] 2026-11-21Today secret\n", b"[pod/a/b] placeholder\n"),
    ("compose", b"node1 | secret\n", b"node1 | placeholder\n"),
    (
        "compose",
        b"\x1b[36mnode1 | \x1b[0m2026-11-21T12:00:00.0Z secret\n",
        b"node1 | 2026-11-21T12:00:00.0Z placeholder\n",
    ),
    ("compose", b"\x1b[36msecret\n", b"placeholder\n"),
    ("timestamps", b"2026-11-21T12:00:00.0Z secret\n", b"2026-11-21T12:00:00.0Z placeholder\n"),
    ("timestamps", b"2026-11-21Today secret\n", b"placeholder\n"),
]


@pytest.mark.parametrize(("framing", "record", "expected"), RECORDS)
def test_record_keeps_what_is_not_its_text(framing: str, record: bytes, expected: bytes) -> None:
    """R8: time, stream, tags, other keys, the line break and whether the record is partial stay."""
    assert rewrapped(framing, record, b"placeholder") == expected


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=60).map(str.encode)


@pytest.mark.parametrize(("framing", "wrap"), FRAMED.values(), ids=FRAMED)
@given(text=TEXTS)
@settings(derandomize=True, max_examples=60, deadline=None)
def test_round_trip(framing: str, wrap: Callable[[bytes], bytes], text: bytes) -> None:
    """R8, law: the text that was put in comes off again, with the record's own time and stream."""
    record = wrap(b"a line with a secret\n")
    chosen = FRAMINGS[framing]
    found = chosen.unwrap(rewrapped(framing, record, text))
    assert found == chosen.unwrap(record)._replace(text=text)


@given(text=st.binary(max_size=40).map(lambda text: text.rstrip(b"\r\n").replace(b"\n", b"")))
@settings(derandomize=True, max_examples=100, deadline=None)
def test_bytes_that_are_no_text_survive_journald(text: bytes) -> None:
    """R8, law: journald has a notation for bytes that are no UTF-8, so they come off as they were."""
    record = b'{"MESSAGE":"a","__REALTIME_TIMESTAMP":"1795262400000007"}\n'
    assert FRAMINGS["journald"].unwrap(rewrapped("journald", record, text)).text == text


@pytest.mark.parametrize(("framing", "wrap"), FRAMED.values(), ids=FRAMED)
def test_the_same_text_gives_the_same_line(framing: str, wrap: Callable[[bytes], bytes]) -> None:
    """R8: a captured line given back its own text is read as before."""
    chosen = FRAMINGS[framing]
    for line in capture("level0", 1)[:40]:
        record = wrap(line)
        assert chosen.unwrap(rewrapped(framing, record, chosen.unwrap(record).text)) == chosen.unwrap(record)
