"""A recording, judged: the same history however it is cut, matched, interrupted or hashed (R18, R20, R21, R25, R29)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from observer.judged import Judged
from replay.journals import span
from replay.judgement import judgements, log_rules
from replay.judging import BlockHearing, Judging, ears_at, ears_of
from replay.play import Player
from replay.recording import Recording
from tests.replay.builders import TINY, Log, Run, capture, entries, logs
from waits.engine import Engine, Held
from waits.expression import DEFAULT_PARAMETERS, Scope, condition_of, formula_of, text_of
from waits.rules import Flapping, Rule
from waits.waiting import Limit, Outcome, Result

ROOT = Path(__file__).resolve().parent.parent.parent
S = 10**9


def rule(  # noqa: PLR0913 - what a rule is
    name: str, formula: str, each: str | None = None, *, span: int = 0, keep: int = 0, flapping: Flapping | None = None
) -> Rule:
    """A rule whose durations are in milliseconds."""
    scope = Scope(DEFAULT_PARAMETERS, each)
    said = (("summary", text_of(f"{{{{ {each} }}}} {name}" if each else name, scope)),)
    return Rule(name, formula_of(formula, scope), each, span * 10**6, keep * 10**6, annotations=said, flapping=flapping)


RULES = [
    rule("Down", "not up(node)", "node", span=500),
    rule("Silent", "quiet_for(node) > 1500ms", "node"),
    rule("Quiet", "quiet_for(node) > 700ms", "node", span=300, flapping=Flapping(3, 5 * S)),
    rule("Stalled", "stalled_for() > 2s", span=250),
    rule("Behind", "behind(node) >= 2", "node", keep=400),
    rule("Fork", "fork_depth(fork) >= 1", "fork", span=100),
    rule("Restarted", "grown(restarts(node)) >= 1 and age(up(node)) < 3s", "node"),
    rule("Errors", "increase(problems(node, 'warning'), 2s) >= 5", "node"),
    rule("Apart", "not tips_agree()", span=1000),
    rule("Peerless", "connections(node) == 0", "node", span=200),
]


@pytest.fixture(scope="module")
def level1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A captured run, imported once."""
    path = tmp_path_factory.mktemp("judging") / "level1.rec"
    Run().make(path, logs(capture("level1")))
    return path


Story = list[dict[str, Any]]


def story(transitions: Sequence[Any]) -> Story:
    """Transitions in all their parts."""
    return [msgspec.to_builtins(one) for one in transitions]


def judged(path: Path, rules: Sequence[Rule] = RULES) -> Story:
    """What rules say of a whole recording."""
    with Recording.open_to_read(path) as recording:
        return story(list(Judged(recording, [(0, rules)]).run()))


@cache
def whole(path: Path) -> Story:
    """The same, once for each recording."""
    return judged(path)


def test_there_is_much_to_tell(level1: Path) -> None:
    """Judging: every kind of transition is among those that are compared below, of nearly every rule."""
    assert {one["state"] for one in whole(level1)} >= {"pending", "firing", "resolved", "blind", "unblind"}
    assert {one["rule"] for one in whole(level1)} == {one.name for one in RULES}
    assert len(whole(level1)) > 100
    times = [one["at"] for one in whole(level1)]
    assert times == sorted(times)


@pytest.mark.parametrize("target", [TINY, 5000, 60_000])
def test_histories_do_not_depend_on_how_the_journal_is_cut(target: int, level1: Path, tmp_path: Path) -> None:
    """R5: into blocks of any size; what is silent within a block and across blocks is silent alike."""
    Run(target).make(tmp_path / "cut.rec", logs(capture("level1")))
    assert judged(tmp_path / "cut.rec") == whole(level1)


@pytest.mark.parametrize(("engine", "hot"), [("auto", False), ("off", True), ("re", False)])
def test_histories_do_not_depend_on_how_lines_are_found(engine: str, hot: bool, level1: Path) -> None:  # noqa: FBT001
    """R10: hot lines, the matcher's engine, or a look at every line."""
    with Recording.open_to_read(level1) as recording:
        player, hearing = Player(recording, engine, hot=hot), BlockHearing(recording)
        judge = engine_of(player, hearing, recording)
        judge.load(RULES)
        assert story(list(Judging(player, judge, hearing).run())) == whole(level1)


def engine_of(player: Player, hearing: BlockHearing, recording: Recording, held: Held | None = None) -> Engine:
    """An engine at the beginning of a recording, or where another was left."""
    return Engine(
        player.state,
        at=span(recording)[0] if held is None else held.at,
        seq=0 if held is None else held.seq,
        ears=ears_of(player.sources) if held is None else held.ears,
        hearing=hearing,
    )


def test_a_checkpoint_in_the_middle_changes_nothing(level1: Path) -> None:
    """R29: at a dozen cuts, with an engine, a player and ears that begin there."""
    with Recording.open_to_read(level1) as recording:
        last = recording.last()
        assert last is not None
        for cut in range(1, last.last_seq, last.last_seq // 12):
            first = Judged(recording, [(0, RULES)])
            told = list(first.run(cut))
            held = msgspec.msgpack.decode(msgspec.msgpack.encode(first.engine.hold()), type=Held)
            player, hearing = Player(recording), BlockHearing(recording)
            player.seek(cut)
            assert ears_at(recording, player.sources, cut, hearing) == held.ears
            engine = engine_of(player, hearing, recording, held)
            engine.load(RULES)
            engine.restore(held)
            told += list(Judging(player, engine, hearing).run())
            assert story(told) == whole(level1), cut


def test_judging_may_be_stopped_and_go_on(level1: Path) -> None:
    """Judging: told in pieces, it tells the same."""
    with Recording.open_to_read(level1) as recording:
        judge = Judged(recording, [(0, RULES)])
        told = [one for until in range(0, 12_000, 997) for one in judge.run(until)]
        assert story([*told, *judge.run()]) == whole(level1)


@pytest.mark.parametrize("member", [0, 1, 2])
def test_a_log_in_two_files_does_not_end_in_between(member: int, level1: Path, tmp_path: Path) -> None:
    """R25: a rotation is no end, so that it makes nobody blind."""
    files = list(capture("level1").items())
    given = []
    for place, (node, data) in enumerate(files):
        cut = data.index(b"\n", len(data) // 2) + 1
        given.append(Log(node, (data[:cut], data[cut:]) if place == member else (data,)))
    Run().make(tmp_path / "rotated.rec", given)
    parts = ("at", "rule", "state", "labels")
    assert [[one[name] for name in parts] for one in judged(tmp_path / "rotated.rec")] == [
        [one[name] for name in parts] for one in whole(level1)
    ]


def test_silence_is_that_of_every_line_whether_or_not_it_says_anything(level1: Path) -> None:
    """R14, R21: `Silent` fires and resolves exactly where the journal's own lines, read one by one, say so."""
    expected: list[tuple[int, str, str]] = []
    with Recording.open_to_read(level1) as recording:
        last: dict[str, int] = {}
        for entry in entries(recording):
            node = entry.source.partition("/")[0]
            if node in last and entry.at - last[node] > 1500 * 10**6:
                expected += [(last[node] + 1500 * 10**6 + 1, node, "firing"), (entry.at, node, "resolved")]
            last[node] = entry.at
    found = [
        (one["at"], one["labels"]["node"], one["state"])
        for one in judged(level1, [RULES[1]])
        if one["state"] in ("firing", "resolved")
    ]
    ended = [one for one in found if one not in expected]
    assert sorted(expected) == sorted(one for one in found if one in expected)
    assert [one for one in ended if one[2] != "firing"] == []


SCRIPT = """
import json, sys
from pathlib import Path
from tests.replay.test_judging import judged
print(json.dumps(judged(Path(sys.argv[1]))))
"""


def test_histories_do_not_depend_on_the_seed_of_hashes(level1: Path) -> None:
    """R18: under two values of PYTHONHASHSEED."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(level1)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for seed in ("1", "20261121")
    ]
    answers = [json.loads(process.communicate(timeout=60)[0]) for process in running]
    assert answers[0] == answers[1] == json.loads(json.dumps(whole(level1)))


# --- rules that come into force in the middle ---------------------------------------------------------


def test_rules_are_in_force_from_their_entry_on(level1: Path) -> None:
    """R20: what is unchanged tells the same as ever; what comes later says nothing of what was before."""
    with Recording.open_to_read(level1) as recording:
        kept, late = RULES[:5], RULES[5:]
        told = story(list(Judged(recording, [(0, kept), (6000, RULES)]).run()))
        begun = next(one.at for one in entries(recording) if one.seq >= 6000)
    names = {one.name for one in kept}
    assert [one for one in told if one["rule"] in names] == [one for one in whole(level1) if one["rule"] in names]
    new = [one for one in told if one["rule"] in {one.name for one in late}]
    assert new
    assert min(one["at"] for one in new) >= begun


def test_the_judgement_log_knows_what_was_asked_and_when(level1: Path, tmp_path: Path) -> None:
    """R20: the same rules twice are entered once."""
    path = tmp_path / "log.rec"
    path.write_bytes(level1.read_bytes())
    with Recording.open_to_append(path) as recording:
        assert [log_rules(recording, seq, text) for seq, text in ((0, "a"), (5, "a"), (9, "b"), (9, "a"))] == [
            True,
            False,
            True,
            True,
        ]
    with Recording.open_to_read(path) as recording:
        assert [(one.seq, one.kind, one.text) for one in judgements(recording)] == [
            (0, "rules", "a"),
            (9, "rules", "b"),
            (9, "rules", "a"),
        ]


# --- waits -------------------------------------------------------------------------------------------


def waited(path: Path, text: str, hard: int | None = None) -> Outcome:
    """What comes of a wait from the first entry on."""
    with Recording.open_to_read(path) as recording:
        judge = Judged(recording)
        waiting = judge.engine.wait(condition_of(text), None, None if hard is None else Limit(span=hard * S))
        for _one in judge.run():
            pass
        judge.engine.end()
        assert waiting.outcome is not None
        return waiting.outcome


def test_waits_on_a_recording(level1: Path) -> None:
    """R21, R25: met at the entry that met it; timed out at the deadline; open where the recording ends before it."""
    with Recording.open_to_read(level1) as recording:
        last = recording.last()
        assert last is not None
        begun, over = span(recording)[0], last.last_at
    met, late = waited(level1, "tips_agree() and min_height() >= 5"), waited(level1, "min_height() >= 999", 30)
    still = waited(level1, "never(up(node1) and height(node1) > 999)", 600)
    assert met.result is Result.MET
    assert (late.result in (Result.TIMED_OUT, Result.UNKNOWN), late.at) == (True, begun + 30 * S)
    assert (still.result, still.left is not None and still.left >= begun + 600 * S - over) == (Result.OPEN, True)


def test_a_wait_does_not_depend_on_blocks(level1: Path, tmp_path: Path) -> None:
    """R5, R21: the same instant and the same sequence."""
    Run(TINY).make(tmp_path / "cut.rec", logs(capture("level1")))
    for text in (
        "tips_agree() and min_height() >= 40",
        "quiet_for(node2) > 2s",
        "lasting(quiet_for(node3) > 1s, 500ms)",
    ):
        assert waited(tmp_path / "cut.rec", text) == waited(level1, text)
