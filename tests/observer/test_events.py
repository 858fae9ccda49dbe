"""`observer events`: typed events with the line each came from, narrowed by node, kind and time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parsers.text import clean, decoded
from state.kinds import KINDS
from tests.observer import framed
from tests.observer.captures import CAPTURES, NODES
from tests.observer.conftest import Observer, Recorded


@pytest.fixture
def events(observer: Observer, recorded: Recorded) -> Callable[..., list[dict[str, Any]]]:
    """Events of a captured run."""

    def asked(level: str, form: str, *options: object) -> list[dict[str, Any]]:
        ran = observer("events", recorded(level, form), "--json", *options)
        assert (ran.code, ran.err) == (0, "")
        return ran.answers

    return asked


@pytest.mark.parametrize(("level", "form"), [("level1", "log"), ("level1", "stdout"), ("level0", "both")])
def test_every_event_names_its_line_in_its_file(events: Any, level: str, form: str) -> None:
    """The line at an event's offset of its source's file is the line that the event shows."""
    files = {path.name: path.read_bytes() for path in (CAPTURES / level).iterdir()}
    found = events(level, form)
    assert len(found) > 50
    for event in found:
        node, stream = event["source"].split("/")
        data = files[f"{node}.{stream}"]
        start = event["offset"]
        assert start == 0 or data[start - 1 : start] == b"\n"
        line = data[start : data.index(b"\n", start)]
        assert event["line"] == clean(decoded(line), 4000)
        assert event["node"] == node


def test_offset_in_a_file_of_all_nodes_is_that_of_the_file(observer: Observer, tmp_path: Path) -> None:
    """Where several nodes share a file, an offset is one in that file."""
    data = framed.prefixed("level0", lambda node: f"[pod/{node}/monerod] ")
    (tmp_path / "all.log").write_bytes(data)
    observer("import", tmp_path / "all.log", "-o", tmp_path / "made.rec", "-q")
    for event in observer("events", tmp_path / "made.rec", "--json").answers:
        start = event["offset"]
        assert data[start : data.index(b"\n", start)].decode() == event["line"]


def test_events_come_in_journal_order(events: Any) -> None:
    """Sequence and journal time never go back."""
    found = events("level1", "log")
    places = [(event["sequence"], event["at"]) for event in found]
    assert places == sorted(places)
    assert {event["kind"] for event in found} <= set(KINDS)


def test_nodes_and_kinds_and_times_part_the_events(events: Any) -> None:
    """Each filter keeps just what it says: the parts together are the whole, and none overlap."""
    whole = events("selective", "log")
    by_node = [event for node in NODES for event in events("selective", "log", "--node", node)]
    assert by_node == sorted(whole, key=lambda event: (event["node"], event["sequence"]))
    by_kind = Counter(event["kind"] for event in whole)
    for kind, count in by_kind.items():
        assert len(events("selective", "log", "--kind", kind)) == count
    middle = whole[len(whole) // 2]["at"]
    assert events("selective", "log", "--until", middle) == [event for event in whole if event["at"] <= middle]
    assert events("selective", "log", "--since", middle) == [event for event in whole if event["at"] >= middle]


def test_filters_narrow_together(events: Any) -> None:
    """Node, kind and time at once; a filter that is given twice takes either."""
    whole = events("level1", "log")
    kinds = ("ReorgStarted", "ReorgFinished")
    asked = events(
        "level1", "log", *("--kind", kinds[0], "--kind", kinds[1]), *("--node", "node1", "--node", "node3"),
        *("--since", "07:03:00", "--until", "-30s"),
    )  # fmt: skip
    assert [(event["node"], event["kind"]) for event in asked] == [("node1", kind) for kind in kinds]
    assert all(event in whole for event in asked)


def test_block_lines_of_a_file_are_block_events(events: Any) -> None:
    """Every block line of the file is one event, with its height and its id."""
    lines = (CAPTURES / "level1" / "node1.log").read_text().splitlines()
    written = [
        {"block": id_line.split("<")[1].rstrip(">"), "height": int(height.split("HEIGHT ")[1].split(",")[0])}
        for head, id_line, _pow, height in zip(lines, lines[1:], lines[2:], lines[3:], strict=False)
        if "+++++ BLOCK SUCCESSFULLY ADDED" in head
    ]
    assert len(written) > 100
    assert [event["facts"] for event in events("level1", "log", "--node", "node1", "--kind", "BlockAdded")] == written


def test_text_names_kind_source_and_line(observer: Observer, recorded: Recorded) -> None:
    """People get two lines an event: what it says, and the line at its place in the file."""
    rec = recorded("level1", "log")
    first, second = observer("events", rec, "--kind", "ReorgFinished", "--node", "node2").text.splitlines()
    assert "node2 ReorgFinished split=57 count=" in first
    assert second.strip().startswith("node2/log@")
    assert "REORGANIZE SUCCESS! on height: 57" in second


def test_no_event_is_no_failure(events: Any) -> None:
    """A filter that nothing fits prints nothing."""
    assert events("level0", "log", "--kind", "BlockAdded") == []
    assert events("level0", "log", "--since", "2027-01-01") == []
