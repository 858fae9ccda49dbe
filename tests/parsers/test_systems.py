"""Telling what a log is from its first records."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.framing import FRAMINGS
from parsers.systems import SYSTEMS, Kind, framing_of, kind_of
from tests.parsers.monerod import FRAMED, capture, cri, docker
from tests.parsers.xmtpd_lines import on_console, said

LOOKED_AT = 64


@pytest.mark.parametrize(("framing", "wrap"), FRAMED.values(), ids=FRAMED)
@pytest.mark.parametrize("level", ["level0", "level1", "selective"])
@pytest.mark.parametrize(("suffix", "form"), [("log", "file"), ("stdout", "console")])
def test_captures_are_recognised(
    framing: str, wrap: Callable[[bytes], bytes], level: str, suffix: str, form: str
) -> None:
    """Framing, system and form of a real log are told from its first lines, and from any later ones."""
    for start in (0, 70):
        lines = capture(level, 2, suffix)[start : start + LOOKED_AT]
        assert kind_of([wrap(line) for line in lines]) == Kind(framing, "monero", form)


def test_split_lines_are_joined_before_they_are_judged() -> None:
    """R11: a log whose every line the transport split is recognised as well."""
    lines = capture("level1", 1)[:LOOKED_AT]
    halves = [(line[:20], line[20:]) for line in lines]
    assert kind_of([docker(part) for half in halves for part in half]) == Kind("docker-json", "monero", "file")
    parts = [cri(part, tag="F" if part.endswith(b"\n") else "P") for half in halves for part in half]
    assert kind_of(parts) == Kind("cri", "monero", "file")


NOTHING = [
    [],
    [b""],
    [b"\n", b"  \n", b"\r\n"],
    [b"\x00" * 100, b"\xff\xfe\xfd\n"],
    [b"Traceback (most recent call last):\n", b'  File "x.py", line 1\n'],
    [b'{"level":"info","msg":"started","time":"2026-11-21T07:03:00Z"}\n'] * 10,
    [b'{"jsonrpc":"2.0","result":{"status":"OK"}}\n'] * 10,
    [b"[1,2,3]\n", b"null\n", b'"text"\n'],
    [b'{"log":\n', b'"text\\n"\n', b"}\n"],
    [b"2026-11-21 07:03:36.499 INFO started\n"] * 10,
]


@pytest.mark.parametrize("records", NOTHING, ids=range(len(NOTHING)))
def test_what_is_no_known_log(records: list[bytes]) -> None:
    """What is in no known format is a bare log of no system, never a guess."""
    assert kind_of(records) == Kind("bare", None, None)


def test_framed_log_of_an_unknown_system() -> None:
    """The framing is told even where nobody reads what is in it."""
    records = [docker(b"some other program\n")] * 10
    assert kind_of(records) == Kind("docker-json", None, None)


def test_banners_and_tracebacks_are_tolerated() -> None:
    """A log is recognised by a fifth of its lines, a framing by half of its records."""
    ours = list(capture("level1", 1)[:20])
    foreign = [b"  at some.frame()\n"]
    assert kind_of(ours + foreign * 80).system == "monero"
    assert kind_of(ours + foreign * 81).system is None
    records = [docker(line) for line in ours]
    assert framing_of(records + foreign * 20).name == "docker-json"
    assert framing_of(records + foreign * 21).name == "bare"


def test_mixed_forms_take_the_commoner() -> None:
    """Where both forms stand in one file, as after a copy, the commoner one is told."""
    assert kind_of([*capture("level1", 1)[:20], *capture("level1", 1, "stdout")[:5]]).form == "file"


def test_what_is_said_is_not_guessed() -> None:
    """A framing or system that a person named stands, whatever the lines look like."""
    lines = list(capture("level1", 1)[:20])
    assert kind_of([docker(line) for line in lines], framing="bare") == Kind("bare", None, None)
    assert kind_of([b"unlike anything\n"], system="monero") == Kind("bare", "monero", None)
    assert kind_of(lines, framing="bare", system="monero") == Kind("bare", "monero", "file")


ZAP = [said("started", "xmtpd.api") + b"\n", on_console(said("started", "xmtpd.api", '"a":1')) + b"\n"]


def test_systems_are_told_apart() -> None:
    """Of two systems in one file, as after a copy, the commoner one is told."""
    monero = list(capture("level1", 1)[:20])
    assert kind_of(monero + ZAP[:1] * 19) == Kind("bare", "monero", "file")
    assert kind_of(monero + ZAP[1:] * 21) == Kind("bare", "xmtpd", "console")


def test_start_up_text_before_the_first_line_of_zap() -> None:
    """What Go's own logger writes at the start, and a panic's traceback, are tolerated."""
    foreign = [b"2026/11/21 06:59:59 could not validate options: missing required arguments\n", b"goroutine 1:\n"]
    assert kind_of(foreign + ZAP[:1] * 3) == Kind("bare", "xmtpd", "json")
    assert kind_of([b"2026-11-21T07:03:00.5Z " + line for line in foreign + ZAP[1:] * 3]).framing == "timestamps"


@given(st.lists(st.binary(max_size=80), max_size=20))
@settings(derandomize=True, max_examples=200, deadline=None)
def test_any_bytes_are_some_kind(records: list[bytes]) -> None:
    """Law: telling never fails, and random bytes are no system's log."""
    found = kind_of(records)
    assert found.framing in FRAMINGS
    assert found.system is None


@given(
    st.lists(
        st.sampled_from([*capture("level0", 1), *ZAP, docker(b"x"), b'{"log":"', b'{"MESSAGE":', b"\xff\n"]),
        max_size=20,
    )
)
@settings(derandomize=True, max_examples=100, deadline=None)
def test_any_mixture_is_some_kind(records: list[bytes]) -> None:
    """Law: telling never fails on mixtures of logs and garbage, and names only what is known."""
    found = kind_of(records)
    assert found.framing in FRAMINGS
    assert found.system in (None, *SYSTEMS)
    assert found.form in (None, "file", "console", "json")
    assert (found.system is None) == (found.form is None)
