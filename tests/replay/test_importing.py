"""Import and `--append` (R1, R7): what a recording has not seen is added, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay.importing import Import
from replay.journal import Mark, MarkKind, Role, head_of
from replay.recording import Recording
from replay.verifying import verify
from tests.replay.builders import (
    TINY,
    Log,
    Run,
    capture,
    captured_lines,
    entries,
    events,
    in_framing,
    logs,
    marks,
    somewhere,
    texts,
)
from tests.replay.framings import OF_ALL, Lines, framed
from tests.replay.monerod import line, networks
from tests.replay.test_wanted import ALL

NODES = {node: lines[:120] for node, lines in captured_lines("level0").items()}


def by_source(path: Path) -> dict[str, bytes]:
    """Every byte of every source, whatever incarnation it came in."""
    found: dict[str, bytes] = {}
    with Recording.open_to_read(path) as recording:
        assert verify(recording).faults == []
        for (source, _incarnation), text in sorted(texts(recording).items()):
            found[source] = found.get(source, b"") + text
    return found


def kinds(path: Path, source: int = 1) -> list[MarkKind]:
    """The kinds of a source's Marks, in order."""
    with Recording.open_to_read(path) as recording:
        return [mark.kind for mark in marks(recording) if mark.source == source]


@pytest.mark.parametrize("framing", ALL)
def test_the_same_files_add_nothing(framing: str, tmp_path: Path) -> None:
    """R1, R7: no line, no Mark, no block; the digest stays."""
    path, given_ = tmp_path / "a.rec", ALL[framing](NODES)
    digest = Run(TINY).make(path, given_)
    with Recording.open_to_read(path) as recording:
        before = entries(recording), marks(recording), recording.block_infos()
    again, counted = Run(TINY).append(path, given_)
    assert again == digest
    assert (counted.lines, counted.marks, counted.raw_bytes) == (0, {}, 0)
    assert counted.already_there == sum(len(log.members[0]) for log in given_)
    with Recording.open_to_read(path) as recording:
        assert (entries(recording), marks(recording), recording.block_infos()) == before


@settings(max_examples=80, derandomize=True, deadline=None)
@given(
    nodes=networks(5),
    framing=st.sampled_from(sorted(ALL)),
    cuts=st.lists(st.integers(0, 100), min_size=1, max_size=3),
    target=st.sampled_from([150, TINY, 1 << 20]),
    sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=3),
)
def test_files_that_grow_become_what_they_would_have_been(
    nodes: Mapping[str, Lines], framing: str, cuts: list[int], target: int, sizes: list[int]
) -> None:
    """R1, R17: cut at any bytes and imported piece by piece, torn lines too: the digest and the bytes of one import."""
    whole = ALL[framing](nodes)
    with somewhere() as folder:
        digest = Run().make(folder / "whole.rec", whole)
        for place, cut in enumerate([*sorted(cuts), 100]):
            so_far = [
                Log(log.node, (log.members[0][: len(log.members[0]) * cut // 100],), log.framing, sizes=tuple(sizes))
                for log in whole
            ]
            if place == 0:
                Run(target).make(folder / "a.rec", so_far)
            else:
                grown, _counted = Run(target).append(folder / "a.rec", so_far)
        assert grown == digest
        assert by_source(folder / "a.rec") == by_source(folder / "whole.rec")


def test_a_torn_line_is_kept_and_completed_by_what_comes(tmp_path: Path) -> None:
    """R1: a Mark tells of it; the event comes when its end does."""
    path, warning = tmp_path / "a.rec", line_of("WARNING", "torn")
    Run().make(path, [Log("node1", (warning[:-9],))])
    assert kinds(path) == [MarkKind.OPENED, MarkKind.TORN, MarkKind.ENDED]
    assert (by_source(path), events(path)) == ({"node1/log": warning[:-9]}, [])
    _digest, counted = Run().append(path, [Log("node1", (warning,))])
    assert (counted.lines, counted.torn) == (1, 0)
    assert len(events(path)) == 1
    assert by_source(path) == {"node1/log": warning}


def line_of(level: str, message: str, second: int = 0) -> bytes:
    """One of monerod's lines."""
    return f"2026-11-21 07:20:{second:02d}.431\t7f91\t{level}\tglobal\ta.cpp:1\t{message}\n".encode()


def test_the_torn_end_of_a_file_of_many_nodes_is_left_until_its_end_comes(tmp_path: Path) -> None:
    """R1: whose line it is may not be written yet; the bytes are counted and read again."""
    path = tmp_path / "a.rec"
    data = framed("kubectl", {"node1": [line_of("WARNING", "one"), line_of("WARNING", "two")]})["node1"]
    cut = data.rindex(b"[pod") + 6
    Run().make(path, [Log("node1", (data[:cut],), "kubectl")])
    with Recording.open_to_read(path) as recording:
        torn = [mark for mark in marks(recording) if mark.kind is MarkKind.TORN]
        assert [mark.facts for mark in torn] == [{"unread_bytes": 6}]
        assert recording.incarnations(1)[0].high_water == cut - 6
    Run().append(path, [Log("node1", (data,), "kubectl")])
    assert by_source(path) == {"node1/log": data}
    assert len(events(path)) == 2


@pytest.mark.parametrize("framing", sorted(OF_ALL))
def test_an_overlong_line_of_one_node_stays_with_it(framing: str, tmp_path: Path) -> None:
    """R5, R1: in a file of many nodes, fragments without a prefix go where their line began."""
    overlong = line_of("INFO", "x" * 2_500_000)
    nodes = {"node1": [overlong, line_of("WARNING", "behind it")], "node2": [line_of("ERROR", "meanwhile")] * 3}
    Run().make(tmp_path / "a.rec", ALL[framing](nodes))
    assert [origin.node for _, origin in events(tmp_path / "a.rec")].count("node1") == 1
    own = by_source(tmp_path / "a.rec")["node1/log"]
    assert own.count(b"x") >= 2_500_000
    assert own.count(b"meanwhile") == 0


def test_rotated_files_are_one_source(tmp_path: Path) -> None:
    """R1: in order of their times, each an incarnation of its own, and the order within the source is theirs."""
    lines = captured_lines("level0")["node1"]
    old, new = b"".join(lines[:90]), b"".join(lines[90:])
    digest = Run(TINY).make(tmp_path / "a.rec", [Log("node1", (old, new))])
    with Recording.open_to_read(tmp_path / "a.rec") as recording:
        assert texts(recording) == {("node1/log", 1): old, ("node1/log", 2): new}
        assert [(one.count, one.high_water) for one in recording.incarnations(1)] == [(1, len(old)), (2, len(new))]
    assert kinds(tmp_path / "a.rec") == [MarkKind.OPENED, MarkKind.ENDED] * 2
    Run().make(tmp_path / "first.rec", [Log("node1", (b"".join(lines[:70]),))])
    rotated, counted = Run().append(tmp_path / "first.rec", [Log("node1", (old, new))])
    assert rotated == digest
    assert counted.lines == len(lines) - 70
    assert by_source(tmp_path / "first.rec") == {"node1/log": old + new}


def test_a_replaced_file_is_another_incarnation(tmp_path: Path) -> None:
    """R1: known by its beginning; what was there stays, and what a statement left open is dropped."""
    path = tmp_path / "a.rec"
    first, second = line_of("INFO", "+++++ BLOCK SUCCESSFULLY ADDED"), line_of("INFO", f"id:\t<{1:064x}>", 1)
    third = line_of("INFO", "HEIGHT 5, difficulty:\t1", 1)
    Run().make(path, [Log("node1", (first,))])
    Run().append(path, [Log("node1", (second + third,))])
    with Recording.open_to_read(path) as recording:
        assert texts(recording) == {("node1/log", 1): first, ("node1/log", 2): second + third}
        opened = [mark.facts for mark in marks(recording) if mark.kind is MarkKind.OPENED]
        assert [(facts["incarnation"], facts["fresh"]) for facts in opened] == [(1, True), (2, True)]
        assert opened[1]["head"] == head_of(second + third)[0].hex()
    assert events(path) == []


def test_a_copy_of_a_file_adds_nothing(tmp_path: Path) -> None:
    """R1: the same beginning is the same incarnation, also within one import."""
    data = capture("level0")["node1"]
    Run().make(tmp_path / "a.rec", [Log("node1", (data, data))])
    assert by_source(tmp_path / "a.rec") == {"node1/log": data}


def test_a_file_that_is_shorter_by_now_adds_nothing(tmp_path: Path) -> None:
    """R1: entries at or below the high-water offset are dropped."""
    data = capture("level0")["node1"]
    Run().make(tmp_path / "a.rec", [Log("node1", (data,))])
    _digest, counted = Run().append(tmp_path / "a.rec", [Log("node1", (data[:5000],))])
    assert counted.lines == 0
    assert by_source(tmp_path / "a.rec") == {"node1/log": data}


def test_empty_files_are_marked_and_grow(tmp_path: Path) -> None:
    """R1: a file may be there before its first line, alone or beside others, as a new one is after a rotation."""
    path, data = tmp_path / "a.rec", capture("level0")["node1"]
    assert Run().make(path, [Log("node1", (b"",))])
    assert kinds(path) == [MarkKind.OPENED, MarkKind.ENDED]
    Run().append(path, [Log("node1", (data, b"")), Log("node2", (b"", capture("level0")["node2"]))])
    assert by_source(path) == capture_of("node1", "node2")
    assert kinds(path, 2) == [MarkKind.OPENED, MarkKind.ENDED] * 2


def capture_of(*nodes: str) -> dict[str, bytes]:
    """What the sources of these nodes hold."""
    return {f"{node}/log": capture("level0")[node] for node in nodes}


def test_marks_of_a_source_stand_around_its_lines(tmp_path: Path) -> None:
    """R1: opened before the first line of an incarnation, ended behind its last, with the offset there."""
    lines = captured_lines("level0")["node3"]
    parts = (b"".join(lines[:30]), b"".join(lines[30:31]), b"")
    Run(TINY).make(tmp_path / "a.rec", [Log("node3", parts), Log("node1", (capture("level0")["node1"],))])
    with Recording.open_to_read(tmp_path / "a.rec") as recording:
        own = [entry for entry in entries(recording) if entry.source == "node3/log"]
        found = [mark for mark in marks(recording) if mark.source == 1]
        ends = [mark for mark in found if mark.kind is MarkKind.ENDED]
        starts = [mark for mark in found if mark.kind is MarkKind.OPENED]
    assert [mark.facts["offset"] for mark in ends] == [len(part) for part in parts]
    first = [entry.seq for entry in own if entry.incarnation == 1]
    second = [entry.seq for entry in own if entry.incarnation == 2]
    assert in_order(starts[0], first[0], first[-1], ends[0], starts[1], *second, ends[1], starts[2], ends[2])


def in_order(*places: int | Mark) -> bool:
    """Whether sequences and Marks follow each other."""
    seqs = [place.seq if isinstance(place, Mark) else place for place in places]
    return seqs == sorted(set(seqs))


def test_lines_without_any_time_are_marked(tmp_path: Path) -> None:
    """R3: such a source is imported, stands where the merge puts it, and is named."""
    undated = b"no time\nnone either\n"
    given_ = [Log("node1", (undated,), role=Role.UNREAD), *logs({"node2": capture("level0")["node2"]})]
    with Recording.create(tmp_path / "a.rec", "network") as recording:
        _digest, counted = Run().into(recording, given_)
        assert counted.undated == ["node1/log"]
        assert [entry.text for entry in entries(recording)][:2] == undated.splitlines(keepends=True)
    assert kinds(tmp_path / "a.rec") == [MarkKind.OPENED, MarkKind.UNDATED, MarkKind.ENDED]


def test_evidence_is_kept_and_not_folded(tmp_path: Path) -> None:
    """R1: of the console and the file form of one log, one is primary; no event counts twice."""
    files, consoles = capture("level0"), capture("level0", "stdout")
    digest = Run().make(tmp_path / "files.rec", logs(files))
    evidence = [
        Log(node, (data,), role=Role.EVIDENCE, stream="stdout", form="console") for node, data in consoles.items()
    ]
    assert Run().make(tmp_path / "both.rec", [*logs(files), *evidence]) == digest
    assert by_source(tmp_path / "both.rec")["node1/stdout"] == consoles["node1"]
    assert {origin.source for _, origin in events(tmp_path / "both.rec")} == {1, 2, 3}


def test_lines_that_come_too_late_stand_at_the_end_in_their_own_order(tmp_path: Path) -> None:
    """R2, R3: journal time never decreases, and appended sources are merged by their own times all the same."""
    path, lines = tmp_path / "a.rec", captured_lines("level0")
    Run(TINY).make(path, in_framing("bare", {"node2": lines["node2"]}))
    late = {
        node: [line_of("INFO", "x", second).replace(b" 07:", b" 05:") for second in seconds]
        for node, seconds in {"node1": (2, 4, 6), "node3": (1, 3, 5)}.items()
    }
    Run(TINY).append(path, in_framing("bare", late))
    with Recording.open_to_read(path) as recording:
        found = entries(recording)
    assert [entry.source[:5] for entry in found[-6:]] == ["node3", "node1"] * 3
    assert {entry.at for entry in found[-6:]} == {found[-7].at}


def test_an_import_of_nothing_is_nothing(tmp_path: Path) -> None:
    """R7: no source, no block, no digest."""
    with Recording.create(tmp_path / "a.rec", "network") as recording:
        assert Import(recording, []).run() == ""


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    """All that is read is told, and nothing twice."""
    told: list[int] = []
    data = capture("level0")["node1"]
    with Recording.create(tmp_path / "a.rec", "network") as recording:
        log = Log("node1", (data,), sizes=(5000,))
        recording.add_source(log.source(1))
        Import(recording, [log.feed(1)], progress=told.append).run()
    assert sum(told) == len(data)


@pytest.mark.parametrize(("sources", "at_once"), [(1, 1 << 20), (20, (8 << 20) // 20), (40, 1 << 18)])
def test_many_sources_are_read_in_smaller_parts_than_few(sources: int, at_once: int, tmp_path: Path) -> None:
    """R3: what is read ahead of all sources together is bounded, as a part of each is held."""
    text = capture("level0")["node1"]
    big = text * ((2 << 20) // len(text) + 1)
    read: list[int] = []
    with Recording.create(tmp_path / "a.rec", "network") as recording:
        given_ = [
            Log(f"node{count}", (big if count == 1 else text,), sizes=(1 << 30,)) for count in range(1, sources + 1)
        ]
        feeds = [log.feed(number) for number, log in enumerate(given_, start=1)]
        for log, feed in zip(given_, feeds, strict=True):
            recording.add_source(log.source(feed.source.number))
        Import(recording, feeds, progress=read.append).run()
    assert at_once // 2 < max(read) <= at_once + (1 << 14)
    assert sum(read) == len(big) + len(text) * (sources - 1)


def test_generated_lines_are_monerods_own() -> None:
    """The builders of these tests write lines that are read as monerod's."""
    from datetime import UTC, datetime

    from parsers.easylogging import form

    assert form(line(datetime(2026, 11, 21, tzinfo=UTC), "x")) == "file"
