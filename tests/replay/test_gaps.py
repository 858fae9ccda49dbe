"""A Mark of a gap is an entry: folded as an event of its node, and told to whoever judges (R15, R5, R18, R29)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from observer.judged import Judged
from observer.rulefiles.reading import builtin_rules
from parsers.text import one_line
from replay.folding import WHY_KEPT
from replay.journal import MarkKind, Role
from replay.play import Player
from replay.recording import Recording
from state.encoding import digest
from state.events import BlockAdded, LogMissed
from tests.replay.builders import Log, Run, capture, captured_lines, events, logs
from tests.replay.gapped import Cut, Entry, entries_of, gapped, written

SEED = 7
CUTS = 5


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A captured run without a gap."""
    path = tmp_path_factory.mktemp("gaps") / "whole.rec"
    Run().make(path, logs(capture("selective")))
    return path


def cuts(count: int = CUTS) -> list[Cut]:
    """Parts of one node's log, drawn once and for all."""
    draws = random.Random(SEED)  # noqa: S311 - no secret
    found = []
    for _number in range(count):
        node = draws.choice(["node1", "node2", "node3"])
        length = len(captured_lines("selective")[node])
        first = draws.randrange(1, length - 2)
        last = min(length, first + draws.choice([1, 4, 40, 200]))
        found.append(Cut(node, first, last, lost=draws.random() < 0.5))
    return found


def story(transitions: Sequence[Any]) -> list[Any]:
    """Transitions in all their parts."""
    return [msgspec.to_builtins(one) for one in transitions]


def judged(path: Path) -> list[Any]:
    """What the shipped rules say of a recording."""
    with Recording.open_to_read(path) as recording:
        return story(list(Judged(recording, [(0, builtin_rules().rules)]).run()))


def test_a_gap_is_an_event_of_its_node(whole: Path, tmp_path: Path) -> None:
    """R15: it stands where the Mark does, says how much is missing and why, and its time is the journal's."""
    span = gapped(whole, tmp_path / "a.rec", Cut("node2", 50, 60))
    (said,) = [one for one in events(tmp_path / "a.rec") if isinstance(one[0], LogMissed)]
    with Recording.open_to_read(tmp_path / "a.rec") as recording:
        (mark,) = [
            mark
            for info in recording.block_infos()
            for mark in recording.block(info.first_seq).columns.marks
            if mark.kind is MarkKind.GAP
        ]
        steps = [step for step in Player(recording).steps() if step.mark is not None]
    event, origin = said
    assert isinstance(event, LogMissed)
    assert (event.bytes, event.why) == (mark.facts["bytes"], "it was left out")
    assert (origin.node, origin.seq, origin.at, origin.time) == ("node2", mark.seq, mark.at, span.end)
    assert [(step.wanted.seq, step.wanted.entry, step.mark) for step in steps] == [(mark.seq, b"", mark)]


def test_a_gap_of_what_is_not_folded_is_none(whole: Path, tmp_path: Path) -> None:
    """R15: evidence and logs that nobody can read state no facts."""
    lines = {node: b"".join(found) for node, found in captured_lines("selective").items()}
    evidence = [Log("node1", (lines["node1"],), role=Role.EVIDENCE, stream="stdout")]
    Run().make(tmp_path / "b.rec", evidence)
    gapped(tmp_path / "b.rec", tmp_path / "a.rec", Cut("node1", 50, 60))
    assert events(tmp_path / "a.rec") == []
    assert whole.exists()


def test_why_is_bounded_and_free_of_escapes(whole: Path, tmp_path: Path) -> None:
    """R13: what a transport says of a gap may be anybody's text."""
    said = "\x1b[31mred" + "x" * 5000
    with Recording.open_to_read(whole) as recording:
        entries = entries_of(recording)
        entries.append(Entry(entries[-1].at, 1, kind=MarkKind.GAP, facts={"why": said, "bytes": "many"}))
        written(tmp_path / "a.rec", recording, entries)
    (event,) = [event for event, _origin in events(tmp_path / "a.rec") if isinstance(event, LogMissed)]
    assert (event.bytes, event.why) == (None, one_line(said, WHY_KEPT))
    assert len(event.why) == WHY_KEPT


def test_a_statement_is_not_joined_across_a_gap(tmp_path: Path) -> None:
    """R11, R15: the lines behind a gap are not those that a head before it was waiting for."""
    Run().make(tmp_path / "whole.rec", logs(capture("level1")))
    with Recording.open_to_read(tmp_path / "whole.rec") as recording:
        own = [one for one in entries_of(recording) if one.source == 1 and one.kind is None]
    head = next(place for place, one in enumerate(own) if b"+++++ BLOCK SUCCESSFULLY ADDED" in one.text)
    gapped(tmp_path / "whole.rec", tmp_path / "a.rec", Cut("node1", head + 1, head + 2))
    before, after = (
        [event for event, origin in events(path) if isinstance(event, BlockAdded) and origin.node == "node1"]
        for path in (tmp_path / "whole.rec", tmp_path / "a.rec")
    )
    assert after == before[1:]


@pytest.mark.parametrize("cut", cuts(), ids=str)
def test_however_lines_are_found_the_same_is_told(cut: Cut, whole: Path, tmp_path: Path) -> None:
    """R5, R10: hot lines, the matcher's engine or a look at every line; from the start, or from any entry on."""
    gapped(whole, tmp_path / "a.rec", cut)
    told = events(tmp_path / "a.rec")
    assert told == events(tmp_path / "a.rec", "re", hot=False) == events(tmp_path / "a.rec", "off", hot=False)
    with Recording.open_to_read(tmp_path / "a.rec") as recording:
        last = recording.last()
        assert last is not None
        end = digest(Player(recording).play())
        for seq in range(0, last.last_seq, 151):
            player = Player(recording)
            assert player.play(seq) == Player(recording, "off", hot=False).play(seq)
            assert digest(player.play()) == end


class _Once:
    """Lets one entry pass."""

    def __init__(self) -> None:
        self._asked = 0

    def __call__(self) -> bool:
        """Whether to stop: when asked for the second time."""
        self._asked += 1
        return self._asked > 1


def test_whoever_stops_at_a_gap_goes_on_with_what_follows(whole: Path, tmp_path: Path) -> None:
    """R29: between the fold of a gap and what is told of it nothing is lost, and nothing doubled."""
    gapped(whole, tmp_path / "a.rec", Cut("node2", 100, 140))
    whole_story = judged(tmp_path / "a.rec")
    assert any(one["rule"] == "LogGap" for one in whole_story)
    with Recording.open_to_read(tmp_path / "a.rec") as recording:
        found: list[Any] = []
        going = Judged(recording, [(0, builtin_rules().rules)])
        ears = going.engine.view.ears
        last = -1
        while going.player.folding.seq != last:
            last = going.player.folding.seq
            found += story(list(going.run(stop=_Once())))
        found += story(list(going.run()))
        assert sum([ear.gaps for ear in ears.all()]) == 1
    assert found == whole_story


def test_a_gap_is_folded_before_it_is_told(whole: Path, tmp_path: Path) -> None:
    """R15, R26: who becomes blind by a gap knows that it was one, so that `for` begins anew behind it."""
    gapped(whole, tmp_path / "a.rec", Cut("node2", 100, 140))
    with Recording.open_to_read(tmp_path / "a.rec") as recording:
        going = Judged(recording, [(0, builtin_rules().rules)])
        seen: list[tuple[bool, int]] = []
        source = going.engine.source

        def told(seq: int, at: int, ear: Any, *, gap: bool = False) -> None:
            if gap:
                mine = going.engine.view.state.listening["node2"]
                seen.append((mine.missed is not None and mine.missed.seq == seq, ear.gaps))
            source(seq, at, ear, gap=gap)

        going.engine.source = told  # type: ignore[method-assign]
        list(going.run())
    assert seen == [(True, 1)]
