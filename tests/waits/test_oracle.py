"""The engine against a judge that asks everything anew at every instant."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from state.events import ProblemLogged, ProcessReady, ProcessStopping
from tests.state.journal import START
from tests.waits.builders import NODES, Run, rule
from tests.waits.histories import HISTORIES, STEPS, Both, conditions, everything, rule_sets
from waits.expression import Scope, text_of
from waits.rules import Rule
from waits.sight import Attachment
from waits.waiting import Limit

Entry = tuple[str, str, Any, int]


def continued(run: Run, entry: Entry) -> None:
    """One entry."""
    what, node, how, later = entry
    run.now += later
    if what == "says":
        run.says(node, how)
    elif what == "writes":
        run.writes(node)
    else:
        run.source(node, how[0], gap=how[1])


@settings(max_examples=200, derandomize=True, deadline=None)
@given(history=HISTORIES, rules=rule_sets())
def test_histories_are_those_of_asking_everything_at_every_instant(history: list[Entry], rules: list[Rule]) -> None:
    """R21, R26: cells, timers and wakeful nodes give what a naive evaluation of every rule gives, to the nanosecond."""
    both = Both()
    both.run.load(*rules)
    for entry in history:
        both.does(entry)
    both.over()
    assert both.told == both.oracle.history(rules)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(history=HISTORIES, rules=rule_sets(), ticks=st.lists(st.tuples(st.integers(0, 60), STEPS), max_size=20))
def test_ticks_change_nothing(history: list[Entry], rules: list[Rule], ticks: list[tuple[int, int]]) -> None:
    """R21: time that passes without an entry, told or not told, at whatever instants, and lines of a node that no
    rule asks about: every transition is the same in all its parts.
    """
    plain, ticked = Both(*NODES, "bystander").run, Both(*NODES, "bystander").run
    for run in (plain, ticked):
        run.load(*rules)
    nobody_asks = not any("nodes" in str(rule.formula) or rule.each for rule in rules)
    for place, entry in enumerate(history):
        for _where, step in [one for one in ticks if one[0] == place]:
            ticked.engine.before(ticked.now + min(step, entry[3]))
            if nobody_asks:
                ticked.writes("bystander")
        for run in (plain, ticked):
            continued(run, entry)
    for run in (plain, ticked):
        run.engine.before(run.now + 30)
        run.history += run.engine.taken()
    assert everything(ticked) == everything(plain)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(history=HISTORIES, rules=rule_sets(), before=st.integers(0, 3))
def test_a_checkpoint_anywhere_changes_nothing(history: list[Entry], rules: list[Rule], before: int) -> None:
    """R29: another engine goes on from it with the same transitions, at every cut, also between a timer and the next
    entry.
    """
    whole = Run(unit=1).load(*rules)
    for entry in history:
        continued(whole, entry)
    whole.tick(whole.now + 30)
    for cut in range(0, len(history), 3):
        run = Run(unit=1).load(*rules)
        for entry in history[:cut]:
            continued(run, entry)
        if before <= history[cut][3]:
            run.engine.before(run.now + before)
            run._took()  # noqa: SLF001 - the run's own
        run.restarted(*rules)
        for entry in history[cut:]:
            continued(run, entry)
        run.tick(run.now + 30)
        assert everything(run) == everything(whole)
        assert [one.seq for one in run.history] == [one.seq for one in whole.history]


WAITS = st.lists(
    st.tuples(
        conditions(),
        st.one_of(st.none(), st.integers(0, 9).map(lambda span: Limit(span=span))),
        st.one_of(st.none(), st.integers(0, 20).map(lambda span: Limit(span=span)), st.just(Limit(blocks=1))),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(history=HISTORIES, waits=WAITS, cut=st.integers(0, 11), before=st.integers(0, 3), declared=st.booleans())
def test_waits_do_not_depend_on_ticks_nor_on_a_checkpoint(
    history: list[Entry],
    waits: list[tuple[Any, ...]],
    cut: int,
    before: int,
    declared: bool,  # noqa: FBT001 - drawn
) -> None:
    """R21, R29: the outcome of every wait is the same in all its parts."""
    whole, broken = Run(unit=1), Run(unit=1)
    for run in (whole, broken):
        for one in waits:
            run.wait(*one)
        for place, entry in enumerate(history):
            if run is broken:
                run.engine.before(run.now + min(before, entry[3]))
                if place == cut:
                    run.restarted(waits=waits)
            continued(run, entry)
        run.tick(run.now + 30)
        run.engine.end(declared=declared)
    assert [one.outcome for one in broken.engine.waits] == [one.outcome for one in whole.engine.waits]


def test_what_annotations_remember_is_part_of_a_checkpoint() -> None:
    """R29: what has grown since the alert began is said as if there had been no restart, up to the last instant."""
    said = text_of("grown by {{ grown(problems(node1, 'error')) }}", Scope())
    given_ = rule("up(node1)", annotations=(("summary", said),))
    problem = ProblemLogged("error", "a", "b", "c")
    told = []
    for restarts in (False, True):
        run = Run("node1").load(given_).says("node1", problem).at(1).says("node1", ProcessReady())
        for at in (2, 3):
            run.at(at).says("node1", problem)
        if restarts:
            run.restarted(given_)
        run.at(4).says("node1", ProcessStopping()).at(5).says("node1", ProcessReady())
        told.append([one.annotations for one in run.history])
    assert told[0] == told[1] == [{"summary": "grown by 0"}, {"summary": "grown by 2"}, {"summary": "grown by 2"}]


def test_memories_find_their_nodes_again_whoever_joined_first() -> None:
    """R29: what each node has grown by is its own also behind a restart, though nodes did not join in order."""
    given_ = rule("all(grown(restarts(node)) >= 1 for node in nodes)")
    run = Run("node3").load(given_).says("node3", START).at(1).says("node3", START)
    run.at(2).source("node1", Attachment.ATTACHED).says("node1", START).restarted(given_)
    run.at(3).says("node3", START)
    assert run.told == [(1, "firing"), (2, "resolved")] or run.told[0] == (1, "firing")
    before = len(run.history)
    run.at(4).says("node1", START)
    assert [one.state for one in run.history[before:]] == ["firing"]
