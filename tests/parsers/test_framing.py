"""What each transport puts around a line, and that it comes off."""

from __future__ import annotations

import pytest

from parsers.framing import COMPOSE, FRAMINGS, KUBECTL, Framed
from tests.parsers.monerod import FRAMED, capture

NOON = 1_795_262_400_000_000_000
"""2026-11-21 12:00:00 UTC."""

UNWRAPPED = [
    ("bare", b"text\n", Framed(b"text")),
    ("bare", b"text\r\n", Framed(b"text")),
    ("bare", b" text ", Framed(b" text ")),
    (
        "docker-json",
        b'{"log":"text\\n","stream":"stdout","time":"2026-11-21T12:00:00.000000007Z"}\n',
        Framed(b"text", NOON + 7, stream="stdout"),
    ),
    (
        "docker-json",
        b'{"log":"a\\tb \\u001b[0m \\u003cid\\u003e \\"q\\" \xc2\xb5\\r\\n","stream":"stderr","attrs":{"tag":"x"},"time":"2026-11-21T12:00:00Z"}\n',
        Framed(b'a\tb \x1b[0m <id> "q" \xc2\xb5', NOON, stream="stderr"),
    ),
    (
        "docker-json",
        b'{"log":"first part ","stream":"stdout","time":"2026-11-21T12:00:00Z"}\n',
        Framed(b"first part ", NOON, partial=True, stream="stdout"),
    ),
    ("docker-json", b'{"log":"\\n","stream":"stdout","time":"none"}\n', Framed(b"", stream="stdout")),
    ("docker-json", b'{"log":"text\\n"}\n', Framed(b"text")),
    ("docker-json", b'{"log":"text\\n","stream":"stdfoo"}\n', Framed(b"text")),
    ("cri", b"2026-11-21T12:00:00.000000007Z stdout F text\n", Framed(b"text", NOON + 7, stream="stdout")),
    ("cri", b"2026-11-21T12:00:00Z stderr F  two blanks \r\n", Framed(b" two blanks ", NOON, stream="stderr")),
    ("cri", b"2026-11-21T14:00:00.5+02:00 stdout P part \n", Framed(b"part ", NOON + 500_000_000, True, "stdout")),
    ("cri", b"2026-11-21T12:00:00Z stdout F:1:x:y text\n", Framed(b"text", NOON, stream="stdout")),
    ("cri", b"2026-11-21T12:00:00Z stdout P:1 part\r\n", Framed(b"part\r", NOON, True, "stdout")),
    ("cri", b"2026-11-21T12:00:00Z stdout F\n", Framed(b"", NOON, stream="stdout")),
    ("cri", b"2026-11-21T12:00:00Z stdout F \n", Framed(b"", NOON, stream="stdout")),
    ("journald", b'{"MESSAGE":"a\\tb","__REALTIME_TIMESTAMP":"1795262400000007"}\n', Framed(b"a\tb", NOON + 7000)),
    (
        "journald",
        b'{"__REALTIME_TIMESTAMP" : "1795262400000000", "MESSAGE" : [97,255,9,98,10]}\n',
        Framed(b"a\xff\tb", NOON),
    ),
    ("journald", b'{"__REALTIME_TIMESTAMP":"1795262400000000","MESSAGE":null}\n', Framed(b"", NOON)),
    ("journald", b'{"MESSAGE":"text"}\n', Framed(b"text")),
    ("journald", b'{"MESSAGE":"text","__REALTIME_TIMESTAMP":"9999999999999999"}\n', Framed(b"text")),
    ("kubectl", b"[pod/monerod-0/monerod] text\n", Framed(b"text")),
    ("kubectl", b"[pod/monerod-0/monerod] 2026-11-21T12:00:00.000000007Z text\n", Framed(b"text", NOON + 7)),
    ("kubectl", b"[pod/monerod-0/monerod] 2026-11-21T12:00:00Z text\n", Framed(b"text", NOON)),
    ("kubectl", b"[pod/monerod-0/monerod] \n", Framed(b"")),
    ("compose", b"node1-1  | text\n", Framed(b"text")),
    ("compose", b"node1-1 | | text\n", Framed(b"| text")),
    ("compose", b"\x1b[36mnode1-1  | \x1b[0mtext\n", Framed(b"text")),
    ("compose", b"node1-1  | 2026-11-21T12:00:00.000000007Z text\n", Framed(b"text", NOON + 7)),
    ("compose", b"node1-1  | 2026-11-21T12:00:00Z text\n", Framed(b"text", NOON)),
    ("timestamps", b"2026-11-21T12:00:00.000000007Z text\n", Framed(b"text", NOON + 7)),
    ("timestamps", b"2026-11-21T12:00:00Z text\n", Framed(b"text", NOON)),
    ("timestamps", b"2026-11-21T14:00:00+02:00 text\n", Framed(b"text", NOON)),
    ("timestamps", b"2026-11-21T13:00:00.5+01:00 \n", Framed(b"", NOON + 500_000_000)),
]


@pytest.mark.parametrize(("framing", "record", "framed"), UNWRAPPED)
def test_framing_comes_off(framing: str, record: bytes, framed: Framed) -> None:
    """Text, transport's time, stream and whether the line goes on are as the record says."""
    assert FRAMINGS[framing].unwrap(record) == framed


GARBAGE = [
    b"",
    b"\n",
    b"text\n",
    b"{\n",
    b"[]\n",
    b'{"log":5,"stream":"stdout"}\n',
    b'{"log":"\xff\\n"}\n',
    b'{"log":"cut of\n',
    b'{"MESSAGE":[1.5]}\n',
    b'{"MESSAGE":{}}\n',
    b'{"a":' + b"[" * 100_000 + b"\n",
    b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b',"log":"x\\n","MESSAGE":"x"}\n',
    b"2026-11-21T12:00:00 text\n",
    b"2026-11-21T12:00:00.Z text\n",
    b"2026-11-21T12:00:00Z\n",
    b"2026-11-21 stdout F text\n",
    b"[pod/monerod-0 text\n",
    b"[pod/a b/x] text\n",
    b"| text\n",
    b"2026-11-21T12:00 text\n",
    b"\x1b[36m\n",
    b"\x00\xff\xfe\n",
]


@pytest.mark.parametrize("record", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.parametrize("framing", sorted(set(FRAMINGS) - {"compose"}))
def test_garbage_passes_as_it_is(framing: str, record: bytes) -> None:
    """A record in another framing, or in none, is a line without framing and nothing else; no framing refuses one."""
    assert FRAMINGS[framing].unwrap(record) == Framed(record.rstrip(b"\r\n"))
    assert framing == "bare" or not FRAMINGS[framing].recognises(record)


@pytest.mark.parametrize("text", [b"stdfoo F text", b"stdout X text"])
def test_head_that_is_nearly_cri_is_a_time_before_a_text(text: bytes) -> None:
    """What is no CRI record passes that framing as it is; its time alone is that of `--timestamps`."""
    record = b"2026-11-21T12:00:00Z " + text + b"\n"
    assert not FRAMINGS["cri"].recognises(record)
    assert FRAMINGS["cri"].unwrap(record) == Framed(record.rstrip(b"\n"))
    assert FRAMINGS["timestamps"].unwrap(record) == Framed(text, NOON)


def test_time_that_is_none_leaves_the_text() -> None:
    """A head whose time does not exist still comes off; the transport just does not say when."""
    assert FRAMINGS["cri"].unwrap(b"2026-02-30T12:00:00Z stdout F text\n") == Framed(b"text", stream="stdout")
    assert FRAMINGS["timestamps"].unwrap(b"2026-11-21T25:00:00.0Z text\n") == Framed(b"text")


@pytest.mark.parametrize(("framing", "wrap"), FRAMED.values(), ids=FRAMED)
@pytest.mark.parametrize("suffix", ["log", "stdout"])
def test_real_lines_come_off_whole(framing: str, wrap: object, suffix: str) -> None:
    """Every line of a captured log, put into a framing, comes off as it was, but for colours of a coloured prefix."""
    assert callable(wrap)
    chosen = FRAMINGS[framing]
    for line in capture("level0", 3, suffix):
        record = wrap(line)
        assert chosen.recognises(record)
        if not record.startswith(b"\x1b[36m"):
            assert chosen.unwrap(record).text == line.rstrip(b"\n")


@pytest.mark.parametrize(
    ("record", "prefix"),
    [
        (b"[pod/monerod-0/monerod] text\n", (b"[pod/monerod-0/monerod] ", "monerod-0")),
        (b"[pod/monerod-0/monerod]\n", (b"[pod/monerod-0/monerod]", "monerod-0")),
        (b"monerod-0 text\n", None),
    ],
)
def test_kubectl_names_the_pod(record: bytes, prefix: tuple[bytes, str] | None) -> None:
    """The node of `kubectl logs --prefix` is the pod, not the container."""
    assert KUBECTL.prefix(record) == prefix


@pytest.mark.parametrize(
    ("record", "prefix"),
    [
        (b"node1-1  | text\n", (b"node1-1  | ", "node1-1")),
        (b"\x1b[36mnode1-1  |\x1b[0m text\n", (b"node1-1  | ", "node1-1")),
        (b"2026-11-21 07:02:58.504\tI text | more\n", None),
    ],
)
def test_compose_names_the_container(record: bytes, prefix: tuple[bytes, str] | None) -> None:
    """The node of `docker compose logs` is the container, in colour or not."""
    assert COMPOSE.prefix(record) == prefix


def test_framings_are_asked_the_most_telling_first() -> None:
    """Detection takes the first framing that fits, so what fits everything comes last."""
    assert list(FRAMINGS) == ["docker-json", "cri", "journald", "kubectl", "compose", "timestamps", "bare"]
    assert [framing.escaped for framing in FRAMINGS.values()] == [True, False, True, False, False, False, False]
