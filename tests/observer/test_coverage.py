"""R13: what the parsers understand of a recording, as `observer coverage` tells it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.observer import framed
from tests.observer.captures import CAPTURES, NODES, RUNS
from tests.observer.conftest import Observer, Recorded
from tests.observer.monerod import block, idle, line, started


def covered(observer: Observer, path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sources and statements of a recording, by name."""
    found = observer("coverage", path, "--json").json
    return {one["source"]: one for one in found["sources"]}, {one["statement"]: one for one in found["statements"]}


@pytest.fixture
def of(observer: Observer, tmp_path: Path) -> Any:
    """Coverage of one node's log."""

    def imported(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
        (tmp_path / "a.log").write_bytes(data)
        assert observer("import", tmp_path / "a.log", "-o", tmp_path / "made.rec", "-q").code == 0
        sources, statements = covered(observer, tmp_path / "made.rec")
        return sources["a/log"], statements

    return imported


def adds_up(source: dict[str, Any]) -> bool:
    """Whether every line is accounted for once."""
    templates = sum(one["lines"] for one in source["templates"]) + source["templates_left_out"]
    parts = source["recognised"] + source["known"] + source["unrecognised"]
    return bool(parts == source["lines"] and templates == source["unrecognised"])


@pytest.mark.parametrize("run", RUNS)
def test_every_line_is_accounted_for(observer: Observer, recorded: Recorded, run: tuple[str, str]) -> None:
    """Lines read, known to carry nothing and not recognised add up to the lines of each source's file."""
    sources, _ = covered(observer, recorded(*run))
    assert len(sources) == (6 if run[1] == "both" else 3)
    for name, source in sources.items():
        data = (CAPTURES / run[0] / name.replace("/", ".")).read_bytes()
        assert source["lines"] == len(data.splitlines())
        assert adds_up(source)
        assert source["system"] == "monero"


@pytest.mark.parametrize(("longest", "wrapped"), [(90, framed.docker_records), (90, framed.cri_records)])
def test_split_records_are_accounted_for(observer: Observer, tmp_path: Path, longest: int, wrapped: Any) -> None:
    """Every record of a transport that splits lines is counted once, and what is read is what is read bare."""
    for node in NODES:
        (tmp_path / f"{node}.log").write_bytes(wrapped(framed.stamped("level0", node, "log"), longest))
    observer("import", tmp_path, "-o", tmp_path / "made.rec", "-q")
    sources, statements = covered(observer, tmp_path / "made.rec")
    for name, source in sources.items():
        assert source["lines"] == (tmp_path / name.replace("/", ".")).read_bytes().count(b"\n")
        assert adds_up(source)
    assert statements["process_started"]["hit"] == 4


def test_hits_are_the_lines_of_the_statement(observer: Observer, recorded: Recorded) -> None:
    """A statement's hits are its lines in the files; nothing of the captured runs is malformed."""
    _, statements = covered(observer, recorded("level1", "log"))
    raw = "".join((CAPTURES / "level1" / f"{node}.log").read_text() for node in NODES)
    for statement, pattern in (
        ("block_added", r"\+\+\+\+\+ BLOCK SUCCESSFULLY ADDED"),
        ("connection_opened", r"\] NEW CONNECTION"),
        ("connection_closed", r"\] CLOSE CONNECTION"),
        ("reorg_started", "###### REORGANIZE on height"),
        ("block_rejected", "Block recognized as orphaned"),
    ):
        assert statements[statement]["hit"] == len(re.findall(pattern, raw))
    assert sum(one["malformed"] for one in statements.values()) == 0


def test_evidence_counts_no_statement_twice(observer: Observer, recorded: Recorded) -> None:
    """R1: the console form beside the file form is looked at for itself, and adds to no statement."""
    assert covered(observer, recorded("level1", "both"))[1] == covered(observer, recorded("level1", "log"))[1]


def test_statement_that_has_changed_is_malformed(of: Any) -> None:
    """A statement with an unreadable field is counted as malformed, and shown, not passed over."""
    source, statements = of(started(0) + line(1000, "Synced many/64") + line(2000, "Synced 3/64"))
    assert (statements["sync_progressed"]["hit"], statements["sync_progressed"]["malformed"]) == (2, 1)
    assert adds_up(source)


def test_statement_at_another_level_is_told(of: Any) -> None:
    """A parser whose statement's level has drifted shows up."""
    _, statements = of(started(0) + line(1000, "Synced 3/64", level="DEBUG"))
    assert statements["sync_progressed"]["level"] == "INFO"
    assert statements["sync_progressed"]["other_levels"] == {"DEBUG": 1}


def test_what_nothing_knows_is_grouped_by_shape(of: Any) -> None:
    """Lines of one new statement are one template with an example, however many there are."""
    new = b"".join(line(1000 + number, f"Frobnicated {number} widgets of peer 10.0.0.{number}") for number in range(50))
    source, _ = of(started(0) + block(500, 0) + new + idle(2000))
    (template,) = source["templates"]
    assert template["lines"] == source["unrecognised"] == 50
    assert "Frobnicated" in template["template"]
    assert template["example"] == "INFO global Frobnicated 0 widgets of peer 10.0.0.0"


def test_lines_without_a_header_are_told_apart(of: Any) -> None:
    """`unformatted` counts what is not in the source's format, as a crash writes it."""
    source, _ = of(started(0) + b"terminate called after throwing an instance\n\nAborted\n")
    assert (source["unformatted"], source["unrecognised"]) == (2, 2)
    assert adds_up(source)


def test_log_of_no_known_format_is_all_unrecognised(of: Any) -> None:
    """A source that nothing reads is in the coverage with all its lines."""
    source, statements = of(b"hello\nworld\n")
    assert (source["role"], source["system"], source["unrecognised"]) == ("unread", None, 2)
    assert adds_up(source)
    assert statements == {}


def test_shapes_without_end_are_bounded(of: Any) -> None:
    """A log in which every line is different costs bounded memory; what is not looked at is counted."""
    words = (f"{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}{chr(97 + number // 676)}" for number in range(6000))
    source, _ = of(started(0) + b"".join(line(1000, f"{word} {word}") for word in words))
    assert source["templates_left_out"] == 2000
    assert adds_up(source)


def test_open_record_of_one_stream_hides_nothing_of_the_other(of: Any) -> None:
    """While a line of stderr is split, whole lines of stdout are still told by what they are."""
    time = "2026-11-21T07:00:00.000000000Z"
    out = [f"{time} stdout F ".encode() + one for one in (started(0) + block(1000, 0)).splitlines(keepends=True)]
    open_record = f"{time} stderr P half a line\n".encode()
    source, statements = of(open_record + b"".join(out))
    assert statements["block_added"]["hit"] == 1
    assert source["recognised"] >= 4
    assert adds_up(source)


def test_text_names_statements_and_templates(observer: Observer, recorded: Recorded) -> None:
    """People see the hits, and per source how its lines divide."""
    text = observer("coverage", recorded("level1", "log")).text
    assert re.search(r"^block_added +\d+ +0 ", text, re.MULTILINE)
    assert "node1/log (primary): 4,008 lines, " in text
