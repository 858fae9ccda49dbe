"""`observer lines`: the journal's bytes, exactly, and where each line stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parsers.text import decoded
from tests.observer.captures import CAPTURES, FORMS, LEVELS, NODES
from tests.observer.conftest import Observer, Recorded
from tests.observer.monerod import idle, started

Lines = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def lines(observer: Observer, recorded: Recorded) -> Lines:
    """Lines of level1's file form."""

    def asked(*options: object, form: str = "log") -> list[dict[str, Any]]:
        ran = observer("lines", recorded("level1", form), "--json", *options)
        assert (ran.code, ran.err) == (0, "")
        return ran.answers

    return asked


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("form", ["log", "stdout"])
def test_lines_of_a_node_are_its_file(observer: Observer, recorded: Recorded, level: str, form: str) -> None:
    """Put together, the lines of a node are the file, byte for byte, a torn last line included."""
    for node in NODES:
        whole = (CAPTURES / level / f"{node}.{form}").read_bytes()
        assert observer("lines", recorded(level, form), "--node", node).out == whole


def test_lines_of_all_nodes_are_all_files(observer: Observer, recorded: Recorded) -> None:
    """No line is lost, made up or changed by the merge."""
    journal = observer("lines", recorded("level1", "log")).out.splitlines(keepends=True)
    files = [
        line for node in NODES for line in (CAPTURES / "level1" / f"{node}.log").read_bytes().splitlines(keepends=True)
    ]
    assert sorted(journal) == sorted(files)


def test_each_line_stands_at_its_offset(lines: Lines) -> None:
    """R1: node, stream and offset lead back to the line in its file, whichever stream it is of."""
    files = {
        (node, form): (CAPTURES / "level1" / f"{node}.{form}").read_bytes()
        for node in NODES
        for form in ("log", "stdout")
    }
    found = lines(form="both")
    assert len(found) == sum(data.count(b"\n") + (not data.endswith(b"\n")) for data in files.values())
    for one in found:
        node, stream = one["source"].split("/")
        data, start = files[node, stream], one["offset"]
        end = data.find(b"\n", start)
        assert one["text"] == decoded(data[start : end if end >= 0 else None])


def test_numbers_stand_before_each_line(observer: Observer, recorded: Recorded, lines: Lines) -> None:
    """`--number` puts sequence, journal time and source before the bytes."""
    found = lines("--seq", "1:500")
    numbered = observer("lines", recorded("level1", "log"), "--seq", "1:500", "-n").out.splitlines()
    assert len(numbered) == len(found)
    for line, one in zip(numbered, found, strict=True):
        place = f"{one['sequence']}\t{one['at']}\t{one['source']}\t".encode()
        assert line == place + one["text"].encode()


def test_torn_line_does_not_run_into_the_next(observer: Observer, tmp_path: Path) -> None:
    """A line without its end is not glued to one of another source; alone its source has the bytes of its file."""
    (tmp_path / "a.log").write_bytes(started(0) + idle(1000)[:-30])
    (tmp_path / "b.log").write_bytes(started(2000))
    observer("import", tmp_path / "a.log", tmp_path / "b.log", "-o", tmp_path / "made.rec", "-q")
    assert observer("lines", tmp_path / "made.rec").out == started(0) + idle(1000)[:-30] + b"\n" + started(2000)
    assert observer("lines", tmp_path / "made.rec", "--node", "a").out == started(0) + idle(1000)[:-30]
    numbered = observer("lines", tmp_path / "made.rec", "-n").out.splitlines()
    assert len(numbered) == 5
    assert [line.split(b"\t")[2] for line in numbered] == [b"a/log"] * 3 + [b"b/log"] * 2


def test_sequences_are_a_range_with_both_ends(lines: Lines) -> None:
    """A:B is inclusive; either may be left out, and one number is one entry."""
    whole = lines()
    for seq, first, last in (
        ("100:200", 100, 200),
        (":50", 1, 50),
        ("12400:", 12400, 10**9),
        ("77", 77, 77),
        (":", 0, 10**9),
    ):
        assert lines("--seq", seq) == [one for one in whole if first <= one["sequence"] <= last]
    assert lines("--seq", "99999:") == []
    assert [one["sequence"] for one in whole] == sorted({one["sequence"] for one in whole})


def test_times_are_a_range_with_both_ends(lines: Lines) -> None:
    """--since and --until include the entries at those times."""
    whole = lines()
    since, until = whole[4000]["at"], whole[4400]["at"]
    found = lines("--since", since, "--until", until)
    assert found == [one for one in whole if since <= one["at"] <= until]
    assert found[0]["at"] == since
    assert found[-1]["at"] == until
    assert lines("--since", until, "--until", since) == []


@pytest.mark.parametrize("form", FORMS)
def test_nodes_are_taken_together(lines: Lines, form: str) -> None:
    """--node may be given for several nodes, and takes every stream of each."""
    whole = lines(form=form)
    assert lines("--node", "node1", "--node", "node3", form=form) == [one for one in whole if one["node"] != "node2"]


def test_filters_narrow_together(lines: Lines) -> None:
    """Sequence, node and time at once."""
    whole = lines()
    found = lines("--seq", "4000:9000", "--node", "node2", "--since", "07:03:36", "--until", "07:04:03")
    expected = [
        one
        for one in whole
        if 4000 <= one["sequence"] <= 9000
        and one["node"] == "node2"
        and "2026-11-21T07:03:36" <= one["at"] <= "2026-11-21T07:04:03.000Z"
    ]
    assert found == expected
    assert found


def test_line_of_an_event_is_the_line_of_its_sequence(observer: Observer, recorded: Recorded) -> None:
    """`lines --seq N` gives the line that `events` says N is."""
    rec = recorded("level1", "log")
    for event in observer("events", rec, "--kind", "ReorgStarted", "--json").answers:
        shown = observer("lines", rec, "--seq", str(event["sequence"])).text
        assert shown == event["line"] + "\n"
