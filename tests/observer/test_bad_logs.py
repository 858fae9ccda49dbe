"""Logs as they should not be: kept byte for byte and counted, or refused in one sentence; never a traceback."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.main import run
from tests.observer.captures import CAPTURES
from tests.observer.conftest import Observer
from tests.observer.monerod import block, idle, line, noise, started

MANY = 50 << 20


@pytest.fixture
def kept(observer: Observer, tmp_path: Path) -> Callable[[bytes], Any]:
    """Import a log of any bytes and look at it with every command; gives back the node's state at the end.

    Every byte is in the journal, every line is counted, and every command does its work.
    """

    def looked_at(data: bytes) -> Any:
        log, made = tmp_path / "node1.log", tmp_path / "made.rec"
        log.write_bytes(data)
        assert observer("import", log, "-o", made, "-q")[::2] == (0, "")
        assert observer("lines", made).out == data
        for command in ("events", "replay", "coverage", "verify"):
            ran = observer(command, made)
            assert (ran.code, ran.err) == (0, "")
        answer = observer("state", made, "--json").json
        (source,) = answer["sources"]
        assert source["bytes"] == len(data)
        (covered,) = observer("coverage", made, "--json").json["sources"]
        assert covered["lines"] == source["lines"]
        assert covered["recognised"] + covered["known"] + covered["unrecognised"] == covered["lines"]
        return answer

    return looked_at


GOOD = started(0) + block(1000, 0)
GONE_ON = block(2000, 1)


@pytest.mark.parametrize(
    "odd",
    [
        b"\0" * 5000 + b"\n",
        b"a\0b\n",
        idle(1500).replace(b"bytes", b"\0\0\0\0\0"),
        b"\xff\xfe\xc3\x28\n",
        line(1500, "Host \u202e blocked.").replace(b"\xe2", b"\xff"),
        b"\n\n\n",
        b"\r\n",
        b"\x1b[31m\x1b[0m\n",
        b"x" * 100_000 + b"\n",
        b"\xef\xbb\xbf" + idle(1500),
        line(1500, "x" * 70_000, level="ERROR"),
        b'{"log":"\n',
        b"\x00\x01\x02" * 1000 + b"\n" * 50,
    ],
    ids=range(13),
)
def test_odd_lines_between_good_ones_hide_nothing(kept: Callable[[bytes], Any], odd: bytes) -> None:
    """NUL bytes, invalid UTF-8, empty, long and coloured lines are kept; what stands around them is read."""
    node = kept(GOOD + odd + GONE_ON)["nodes"]["node1"]
    assert (node["height"], node["status"]) == (1, "starting")


def test_windows_line_ends_are_read(kept: Callable[[bytes], Any]) -> None:
    """A log that went through Windows says the same."""
    assert kept((GOOD + GONE_ON).replace(b"\n", b"\r\n"))["nodes"]["node1"]["height"] == 1


def test_line_of_50_megabytes(kept: Callable[[bytes], Any]) -> None:
    """R5: an endless line is stored in fragments, and the lines behind it are read."""
    answer = kept(GOOD + b"x" * MANY + b"\n" + GONE_ON)
    assert answer["nodes"]["node1"]["height"] == 1


def test_statement_at_the_head_of_an_endless_line_is_read(kept: Callable[[bytes], Any]) -> None:
    """R5: of a line over 1 MiB the first MiB is parsed."""
    answer = kept(started(0) + line(1000, "Host 10.0.0.1 blocked." + " " * (3 << 20)) + idle(2000))
    assert answer["nodes"]["node1"]["blocked"] == ["10.0.0.1"]


@pytest.mark.parametrize("cut", [1, 20, 60, 100])
def test_torn_last_line_is_kept_and_not_believed(
    kept: Callable[[bytes], Any], observer: Observer, tmp_path: Path, cut: int
) -> None:
    """A last line without its end is a Mark; a number cut off in it would be another number."""
    last = line(2000, "Blockchain initialized. last block: 12345, 3 days ago", category="blockchain")
    answer = kept(GOOD + last[:-cut])
    assert answer["nodes"]["node1"]["height"] == 0
    told = observer("replay", tmp_path / "made.rec", "--json").answers
    assert "torn" in {one["kind"] for one in told}
    assert observer("coverage", tmp_path / "made.rec", "--json").json["sources"][0]["torn"] == 1


def test_torn_line_is_read_when_its_end_comes(kept: Callable[[bytes], Any], observer: Observer, tmp_path: Path) -> None:
    """Appending the rest of a torn line completes it."""
    kept(GOOD + GONE_ON[:-100])
    (tmp_path / "node1.log").write_bytes(GOOD + GONE_ON + block(3000, 2))
    assert observer("import", tmp_path / "node1.log", "-o", tmp_path / "made.rec", "--append", "-q").code == 0
    assert observer("state", tmp_path / "made.rec", "nodes.node1.height").text == "2\n"
    assert observer("lines", tmp_path / "made.rec").out == GOOD + GONE_ON + block(3000, 2)


def test_random_bytes_under_a_log_name_are_kept(kept: Callable[[bytes], Any]) -> None:
    """A file that the user names is kept and counted, whatever it holds; no node comes of it."""
    answer = kept(noise(200_000))
    assert answer["nodes"] == {}
    assert answer["sources"][0]["role"] == "unread"


def test_random_bytes_in_the_middle_of_a_capture(kept: Callable[[bytes], Any]) -> None:
    """A disk that lost a sector costs the lines of that sector."""
    whole = (CAPTURES / "selective" / "node1.log").read_bytes()
    answer = kept(whole[:50_000] + noise(4096) + whole[54_096:])
    assert answer["nodes"]["node1"]["status"] == "stopped"
    assert answer["nodes"]["node1"]["height"] == 64


@settings(max_examples=20, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=80), st.sampled_from([GOOD, GONE_ON, idle(1500)])), max_size=8))
def test_any_bytes_are_kept(parts: list[bytes]) -> None:
    """Whatever bytes a log holds, import ends well and verify finds the recording sound."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "node1.log"
        # A first byte that no compressed file has.
        path.write_bytes(b"x" + b"".join(parts))
        assert run(["import", str(path), "-o", f"{folder}/made.rec", "-q"]) == 0
        assert run(["verify", f"{folder}/made.rec"]) == 0
        assert run(["replay", f"{folder}/made.rec"]) == 0


def test_file_without_a_byte_is_refused_alone(refused: Callable[..., str], observer: Observer, tmp_path: Path) -> None:
    """An empty file is no log yet: alone it is refused, beside others it is left out and named."""
    empty, full = tmp_path / "node1.log", tmp_path / "node2.log"
    empty.touch()
    full.write_bytes(GOOD)
    assert f"{empty} is empty" in refused(2, "import", empty, "-o", tmp_path / "made.rec")
    ran = observer("import", empty, full, "-o", tmp_path / "made.rec")
    assert ran.code == 0
    assert f"left out: {empty} is empty" in ran.text


def test_file_that_was_empty_is_taken_when_it_has_grown(observer: Observer, tmp_path: Path) -> None:
    """A node that had not written yet at the first import is read like any other at the next."""
    late, full, made = tmp_path / "node1.log", tmp_path / "node2.log", tmp_path / "made.rec"
    late.touch()
    full.write_bytes(GOOD)
    observer("import", late, full, "-o", made)
    late.write_bytes(GOOD + GONE_ON)
    assert observer("import", late, full, "-o", made, "--append", "-q").code == 0
    assert observer("state", made, "nodes.node1.height").text == "1\n"


@pytest.mark.parametrize("command", ["import", "replay", "inventory"])
def test_directory_without_logs_is_refused(refused: Callable[..., str], tmp_path: Path, command: str) -> None:
    """The sentence names what was looked at and why it is no log, and no recording is begun."""
    folder = tmp_path / "run"
    folder.mkdir()
    more = ["-o", tmp_path / "made.rec"] if command == "import" else []
    assert "no logs found" in refused(2, command, folder, *more)
    (folder / "notes.md").write_text("nothing\n")
    (folder / "core").write_bytes(os.urandom(64) + b"\0")
    sentence = refused(2, command, folder, *more)
    assert "notes.md is in no log format that is known" in sentence
    assert "core is binary" in sentence
    assert not (tmp_path / "made.rec").exists()


@pytest.mark.parametrize("command", ["import", "replay", "inventory"])
@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("missing.log", "there is no such file or directory"),
        ("missing*.log", "nothing fits this pattern"),
        ("", "a path that is empty"),
    ],
)
def test_source_that_is_not_there_is_refused(
    refused: Callable[..., str], tmp_path: Path, command: str, source: str, sentence: str
) -> None:
    """A slip in a path is said with the path."""
    more = ["-o", tmp_path / "made.rec"] if command == "import" else []
    said = refused(2, command, tmp_path / source if source else "", *more)
    assert sentence in said
    assert source in said
