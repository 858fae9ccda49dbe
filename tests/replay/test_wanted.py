"""Hot lines (R10, R5): what the matcher leaves out is what no parser wants, in every framing and cut anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay.play import Player
from replay.recording import Recording
from replay.wanted import Chooser, unpacked
from state.events import StatementUnreadable
from tests.replay import framings
from tests.replay.builders import TINY, Log, Run, captured_lines, events, in_framing, logs, somewhere
from tests.replay.monerod import START, histories, line, networks

SIZES = (37, 200, 5, 90, 61)
"""Sizes of parts that cut literals, dates and heads of statements."""

Framed = Callable[[Mapping[str, framings.Lines]], list[Log]]


def apart(framing: str, put: Callable[[framings.Lines], bytes]) -> Framed:
    """Every node in a file of its own."""
    return lambda nodes: logs({node: put(lines) for node, lines in nodes.items()}, framing)


def in_one(framing: str, put: Callable[[Mapping[str, framings.Lines]], bytes]) -> Framed:
    """Every node in the same file."""
    return lambda nodes: logs(dict.fromkeys(nodes, put(nodes)), framing)


ALL: dict[str, Framed] = {
    "bare": apart("bare", b"".join),
    "docker": apart("docker-json", framings.docker_json),
    "docker in parts": apart("docker-json", partial(framings.docker_json, sizes=SIZES)),
    "cri": apart("cri", framings.cri),
    "cri in parts": apart("cri", partial(framings.cri, sizes=SIZES)),
    "journald": apart("journald", framings.journald),
    "timestamps": apart("timestamps", framings.timestamps),
    "kubectl": in_one("kubectl", framings.kubectl),
    "kubectl with timestamps": in_one("kubectl", partial(framings.kubectl, stamped=True)),
    "compose": in_one("compose", framings.compose),
    "compose in colour": in_one("compose", partial(framings.compose, colour=True)),
}
WAYS = [("auto", True), ("auto", False), ("re", False), ("off", False), ("off", True)]
"""Engine, and whether hot lines that were kept are used."""


def alike(path: Path) -> None:
    """Every way of reading a recording gives the same events at the same places."""
    expected = events(path, "off", hot=False)
    for engine, hot in WAYS:
        assert events(path, engine, hot=hot) == expected, (engine, hot)


@pytest.mark.parametrize("target", [None, TINY], ids=["large blocks", "tiny blocks"])
@pytest.mark.parametrize("framing", ALL)
@pytest.mark.parametrize("form", ["log", "stdout"])
def test_captures_give_equal_events_in_every_framing(
    framing: str, target: int | None, form: str, tmp_path: Path
) -> None:
    """R10: matcher off, pure and hyperscan, kept hot lines or none; and the digest is that of the bare lines."""
    nodes = captured_lines("level0", form)
    bare = Run().make(tmp_path / "bare.rec", in_framing("bare", nodes))
    assert Run(target).make(tmp_path / "framed.rec", ALL[framing](nodes)) == bare
    alike(tmp_path / "framed.rec")


@pytest.mark.parametrize("framing", ALL)
def test_a_busy_capture_gives_equal_digests_in_every_framing(framing: str, tmp_path: Path) -> None:
    """R10, R17: blocks, connections and reorganisations, in blocks that cut every statement."""
    nodes = captured_lines("selective")
    bare = Run().make(tmp_path / "bare.rec", in_framing("bare", nodes))
    assert Run(TINY).make(tmp_path / "framed.rec", ALL[framing](nodes)) == bare


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    nodes=networks(5),
    framing=st.sampled_from(sorted(ALL)),
    target=st.sampled_from([1, 150, TINY, 5000]),
)
def test_any_log_gives_equal_events_however_it_is_read(
    nodes: Mapping[str, framings.Lines], framing: str, target: int
) -> None:
    """R10: statements mixed by two writers, odd and torn lines, blocks down to one line each."""
    with somewhere() as folder:
        bare = Run().make(folder / "bare.rec", in_framing("bare", nodes))
        assert Run(target).make(folder / "framed.rec", ALL[framing](nodes)) == bare
        alike(folder / "framed.rec")


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    lines=histories(8),
    framing=st.sampled_from(["cri", "docker-json"]),
    target=st.sampled_from([100, 400, 1500]),
    sizes=st.lists(st.integers(20, 200), min_size=1, max_size=4),
    of=st.lists(st.sampled_from(["stdout", "stderr"]), min_size=1, max_size=9),
)
def test_parts_of_two_streams_find_their_own_successors(
    lines: framings.Lines, framing: str, target: int, sizes: list[int], of: list[str]
) -> None:
    """R10: a record of the other stream between two parts of a line, across blocks too, changes nothing."""
    put = framings.cri if framing == "cri" else framings.docker_json
    with somewhere() as folder:
        Run(target).make(folder / "a.rec", [Log("node1", (put(lines, sizes, of),), framing)])
        alike(folder / "a.rec")


@pytest.mark.parametrize("framing", ["cri", "docker-json"])
@pytest.mark.parametrize("target", [1, 300, 1500, 2000, 2500, 3000, 1 << 20])
def test_many_records_may_stand_between_two_parts(framing: str, target: int, tmp_path: Path) -> None:
    """R10: a part waits for its successor however much the other stream says in the meantime; what they are
    together may be the head of a statement, whose other lines follow.
    """
    warning = line(START, "something is wrong", "WARNING")
    added = [
        line(START, text) for text in ("+++++ BLOCK SUCCESSFULLY ADDED", f"id:\t<{1:064x}>", "HEIGHT 7, difficulty:")
    ]
    quiet = [line(START, f"quiet {place}") for place in range(30)]
    put = framings.cri if framing == "cri" else framings.docker_json
    records = []
    for first, *behind in ([warning], added):
        begun, *ended = framings.lines_of(put([first], sizes=(len(first) - 20,)))
        records += [begun, put(quiet, of=("stderr",)), *ended, put(behind), put(quiet, of=("stdout",))]
    Run(target).make(tmp_path / "a.rec", [Log("node1", (b"".join(records),), framing)])
    assert [type(event).__name__ for event, _ in events(tmp_path / "a.rec")] == ["ProblemLogged", "BlockAdded"]
    alike(tmp_path / "a.rec")


@pytest.mark.parametrize("framing", ALL)
def test_statements_that_cannot_be_read_are_told_alike(framing: str, tmp_path: Path) -> None:
    """R10, R13: an unreadable statement is a line that the matcher hits, in every framing; a group given up tells nothing."""
    texts = [
        "Synced many/64",
        "+++++ BLOCK SUCCESSFULLY ADDED",
        "id:\t<a1a1>",
        *["quiet"] * 20,
        "Popping blocks... all",
    ]
    nodes = {"node1": [line(START, text) for text in texts]}
    Run(TINY).make(tmp_path / "a.rec", ALL[framing](nodes))
    told = [event for event, _ in events(tmp_path / "a.rec")]
    assert told == [StatementUnreadable("sync_progressed"), StatementUnreadable("blocks_popped")]
    alike(tmp_path / "a.rec")


def test_tabs_in_a_literal_are_found_as_docker_writes_them(tmp_path: Path) -> None:
    r"""R10: docker writes a tab as \u0009, journald as \t; a warning is found by the tab before its level."""
    lines = [b"2026-11-21 07:20:54.431\tW \x1b[1;31mThe blockchain is on a rotating drive\n"]
    for framing, put in (("docker-json", framings.docker_json), ("journald", framings.journald)):
        path = tmp_path / f"{framing}.rec"
        Run().make(path, [Log("node1", (put(lines),), framing)])
        assert len(events(path)) == 1


def test_most_lines_are_never_looked_at(tmp_path: Path) -> None:
    """R10: of a log at level 1, whose lines mostly carry no state, few are kept as hot lines."""
    Run().make(tmp_path / "a.rec", in_framing("bare", captured_lines("level1")))
    with Recording.open_to_read(tmp_path / "a.rec") as recording:
        lines = sum(len(recording.block(info.first_seq).ends) for info in recording.block_infos())
        kept = sum(len(unpacked(seq, value)) for seq, _matcher, _crc, value in recording.hot_rows())
    assert kept < lines / 2


@settings(max_examples=15, derandomize=True, deadline=None)
@given(
    lines=histories(6), framing=st.sampled_from(["bare", "docker in parts", "cri in parts", "journald", "timestamps"])
)
def test_reading_may_begin_at_any_block(lines: framings.Lines, framing: str) -> None:
    """R10: from any block in the middle, nothing is missed that was open when its predecessor ended."""
    with somewhere() as folder:
        path = folder / "a.rec"
        Run(150).make(path, ALL[framing]({"node1": lines}))
        with Recording.open_to_read(path) as recording:
            for info in recording.block_infos():
                scanning, looking = (Player(recording, engine, hot=False) for engine in ("auto", "off"))
                for player in (scanning, looking):
                    from_the_start = Player(recording, "off", hot=False)
                    from_the_start.play(info.first_seq - 1)
                    player.folding = from_the_start.folding
                expected = [said for step in looking.steps() for said in step.said]
                assert [said for step in scanning.steps() for said in step.said] == expected


def test_a_source_without_a_parser_has_no_hot_lines(tmp_path: Path) -> None:
    """R10: what is kept and counted only is never looked at."""
    Run().make(tmp_path / "a.rec", in_framing("bare", captured_lines("level0")))
    with Recording.open_to_read(tmp_path / "a.rec") as recording:
        (info,) = recording.block_infos()
        assert len(Chooser([]).choose(recording.block(info.first_seq))) == 0
