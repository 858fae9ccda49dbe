"""The log format of easylogging++, as monerod writes it to its file and to its console."""

from __future__ import annotations

import pytest

from parsers.clock import utc
from parsers.easylogging import CONSOLE, FILE, PROBLEM_NEEDLES, form, read
from parsers.statements import PROBLEM_LEVELS, Line
from tests.parsers.monerod import capture, on_console

AT = 1_795_244_578_504_000_000
"""2026-11-21 07:02:58.504 UTC."""

READ = [
    (
        b"2026-11-21 07:02:58.504\t    7fe39cd2fa00\tINFO\tglobal\tsrc/daemon/main.cpp:296\tMonero 'Fluorine Fermi' (v0.18.0.0-unknown)",
        FILE,
        Line(
            AT,
            "INFO",
            "Monero 'Fluorine Fermi' (v0.18.0.0-unknown)",
            "global",
            "7fe39cd2fa00",
            "src/daemon/main.cpp:296",
        ),
    ),
    (
        b"2026-11-21 07:02:58.504\t[P2P0]\tINFO\tblockchain\tsrc/cryptonote_core/blockchain.cpp:4524\tid:\t<f2>\tand more",
        FILE,
        Line(AT, "INFO", "id:\t<f2>\tand more", "blockchain", "[P2P0]", "src/cryptonote_core/blockchain.cpp:4524"),
    ),
    (b"2026-11-21 07:02:58.504\t[miner 1]\tERROR\t\t\t", FILE, Line(AT, "ERROR", "", "", "[miner 1]", "")),
    (b"2026-11-21 07:02:58.504\tDL0\tFATAL\tnet\tx:1\t \xff", FILE, Line(AT, "FATAL", " \\xff", "net", "DL0", "x:1")),
    (
        b"2017-10-08 12:13:14.000\t[P2P0]\tWARN \tnet\tx:1\told",
        FILE,
        Line(1_507_464_794_000_000_000, "WARNING", "old", "net", "[P2P0]", "x:1"),
    ),
    (
        b"2017-10-08 12:13:14.000\t[P2P0]\tINFO \tnet\tx:1\t\x1b[1;32mSYNCHRONIZED OK\x1b[0m",
        FILE,
        Line(1_507_464_794_000_000_000, "INFO", "SYNCHRONIZED OK", "net", "[P2P0]", "x:1"),
    ),
    (
        b"\x1b[0m\x1b[0;36m2026-11-21 07:02:58.504\tI \x1b[0;36mCore initialized OK",
        CONSOLE,
        Line(AT, "INFO", "Core initialized OK"),
    ),
    (b"\x1b[0;33m2026-11-21 07:02:58.504\tW \x1b[0;33mcut off", CONSOLE, Line(AT, "WARNING", "cut off")),
    (b"2026-11-21 07:02:58.504\tE id:\t<f2>", CONSOLE, Line(AT, "ERROR", "id:\t<f2>")),
    (b"2026-11-21 07:02:58.504\tI ", CONSOLE, Line(AT, "INFO", "")),
    (b"2026-11-21 07:02:58.504\tF x", CONSOLE, Line(AT, "FATAL", "x")),
    (b"2026-11-21 07:02:58.504\tD x", CONSOLE, Line(AT, "DEBUG", "x")),
    (b"2026-11-21 07:02:58.504\tT x", CONSOLE, Line(AT, "TRACE", "x")),
    (b"2026-11-21 07:02:58.504\tV x", CONSOLE, Line(AT, "VERBOSE", "x")),
]


@pytest.mark.parametrize(("text", "kind", "line"), READ)
def test_both_forms_are_read(text: bytes, kind: str, line: Line) -> None:
    """Time, level and message in both forms; thread, category and place where the form has them."""
    assert read(text, utc) == line
    assert form(text) == kind


OTHER = [
    b"",
    b"\xff\xfe\x00",
    b"Traceback (most recent call last):",
    b"2026-11-21 07:02:58.504 INFO text",
    b"2026-11-21 07:02:58\tI no fraction",
    b"2026-11-21T07:02:58.504\tI text",
    b"2026-11-21 07:02:58.504\tX text",
    b"2026-11-21 07:02:58.504\tI",
    b" 2026-11-21 07:02:58.504\tI text",
    b"2026-11-21 07:02:58.504\t[P2P0]\tNOTICE\tnet\tx:1\ttext",
    b"2026-11-21 07:02:58.504\t[P2P0]\tINFO\tnet\tonly five fields",
    b"2026-11-21 07:02:58.504\t" + b"t" * 129 + b"\tINFO\tnet\tx:1\ttext",
    b"2026-11-21 07:02:58.504\t[P2P0]\tINFO\t" + b"c" * 129 + b"\tx:1\ttext",
]


@pytest.mark.parametrize("text", OTHER)
def test_other_lines_are_not_read(text: bytes) -> None:
    """A line in neither form is none of this format's."""
    assert read(text, utc) is None
    assert form(text) is None


@pytest.mark.parametrize("when", [b"2026-02-30 07:02:58.504", b"2026-11-21 25:02:58.504", b"9999-11-21 07:02:58.504"])
def test_line_without_a_time_is_none(when: bytes) -> None:
    """R10: a date that does not exist makes it no line, as any other time would depend on what was read before."""
    assert read(when + b"\tI Core initialized OK", utc) is None
    assert read(when + b"\t[P2P0]\tINFO\tnet\tx:1\ttext", utc) is None


def test_zone_reads_the_local_time() -> None:
    """Times carry no offset; the zone says which moment they are."""
    line = read(b"2026-11-21 08:02:58.504\tI text", lambda _local: 3600)
    assert line is not None
    assert line.time == AT


@pytest.mark.parametrize("level", ["level0", "level1", "selective"])
@pytest.mark.parametrize("suffix", ["log", "stdout"])
def test_every_captured_line_is_read(level: str, suffix: str) -> None:
    """Every physical line of a real log has a header of its own, in the form that it was written in."""
    lines = capture(level, 3, suffix)
    forms = [form(line.rstrip(b"\n")) for line in lines if line.strip() not in (b"", b"\x1b[0m")]
    assert set(forms) == {FILE if suffix == "log" else CONSOLE}


def test_problem_needles_stand_in_every_problem() -> None:
    """R10: a line of level warning or worse holds one of the needles in either form, and no other captured line's header does."""
    for line in capture("level1", 2):
        found = read(line.rstrip(b"\n"), utc)
        assert found is not None
        for text in (line, on_console(line)):
            hit = any(needle.encode() in text for needle in PROBLEM_NEEDLES)
            assert hit == (found.level in PROBLEM_LEVELS)
