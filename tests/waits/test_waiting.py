"""Waits: what is waited for over time, limits, residuals and witnesses (R21, R22, R25)."""

from __future__ import annotations

import itertools

import pytest

from state.events import (
    BlockAdded,
    ConnectionOpened,
    Direction,
    Event,
    ListeningStated,
    ProblemLogged,
    ProcessReady,
    ProcessStopped,
    ProcessStopping,
)
from tests.state.journal import START
from tests.waits.builders import Run, S
from waits.conditions import AllOf, Always, AnyOf, Condition, Eventually, Never, lasting
from waits.expression import condition_of, formula_of
from waits.sight import Attachment
from waits.truth import Verdict
from waits.waiting import Limit, Result

UP, STOP = ProcessReady(), ProcessStopped()
PROBLEM = ProblemLogged("error", "net", "shape", "text")


def seconds(span: int) -> Limit:
    """A limit in time."""
    return Limit(span=span * S)


def block(height: int) -> BlockAdded:
    """A block that only its height tells."""
    return BlockAdded(height, f"{height:064x}")


# --- verdicts over time ------------------------------------------------------------------------------


Script = list[tuple[int, Event | Attachment]]
DOWN = ProcessStopping()
LOST, BACK = Attachment.LOST, Attachment.ATTACHED

STORIES: list[tuple[str, Script, Verdict, Verdict]] = [
    # condition, what node1 says, verdict at the end of it, verdict at a declared end
    ("up(node1)", [], Verdict.UNKNOWN, Verdict.UNKNOWN),
    ("up(node1)", [(0, START)], Verdict.NOT_YET, Verdict.NOT_YET),
    ("up(node1)", [(0, START), (1, UP)], Verdict.MET, Verdict.MET),
    ("up(node1)", [(0, START), (1, UP), (2, DOWN)], Verdict.MET, Verdict.MET),
    ("up(node1)", [(0, START), (1, UP), (2, LOST)], Verdict.MET, Verdict.MET),
    ("up(node1)", [(0, START), (1, LOST)], Verdict.UNKNOWN, Verdict.UNKNOWN),
    ("up(node1)", [(0, START), (1, LOST), (2, BACK)], Verdict.NOT_YET, Verdict.NOT_YET),
    ("always(up(node1))", [], Verdict.UNKNOWN, Verdict.UNKNOWN),
    ("always(up(node1))", [(0, UP)], Verdict.UNKNOWN, Verdict.UNKNOWN),
    ("always(up(node1))", [(0, UP), (3, DOWN)], Verdict.VIOLATED, Verdict.VIOLATED),
    ("never(up(node1))", [(0, UP)], Verdict.VIOLATED, Verdict.VIOLATED),
    ("never(up(node1))", [(0, START)], Verdict.UNKNOWN, Verdict.UNKNOWN),
    ("always(problems(node1, 'error') >= 0)", [(0, UP)], Verdict.NOT_YET, Verdict.MET),
    ("never(problems(node1, 'error') > 0)", [(0, UP)], Verdict.NOT_YET, Verdict.MET),
    ("never(problems(node1, 'error') > 0)", [(0, UP), (1, PROBLEM)], Verdict.VIOLATED, Verdict.VIOLATED),
    ("never(problems(node1, 'error') > 0)", [(0, UP), (1, LOST)], Verdict.UNKNOWN, Verdict.UNKNOWN),
    ("never(problems(node1, 'error') > 0)", [(0, UP), (1, LOST), (2, BACK)], Verdict.UNKNOWN, Verdict.UNKNOWN),
    (
        "never(problems(node1, 'error') > 0)",
        [(0, UP), (1, LOST), (2, BACK), (3, PROBLEM)],
        Verdict.VIOLATED,
        Verdict.VIOLATED,
    ),
    ("lasting(up(node1), 5s)", [(0, UP), (4, PROBLEM)], Verdict.NOT_YET, Verdict.NOT_YET),
    ("lasting(up(node1), 5s)", [(0, UP), (6, PROBLEM)], Verdict.MET, Verdict.MET),
    ("lasting(up(node1), 5s)", [(0, UP), (3, DOWN), (4, UP), (8, PROBLEM)], Verdict.NOT_YET, Verdict.NOT_YET),
    ("lasting(up(node1), 5s)", [(0, UP), (3, DOWN), (4, UP), (9, DOWN)], Verdict.NOT_YET, Verdict.NOT_YET),
    ("lasting(up(node1), 5s)", [(0, UP), (3, LOST), (4, BACK), (8, PROBLEM)], Verdict.NOT_YET, Verdict.NOT_YET),
    ("all_of(up(node1), not up(node1))", [(0, START), (1, UP)], Verdict.MET, Verdict.MET),
    ("all_of(up(node1), never(restarts(node1) > 0))", [(0, UP)], Verdict.UNKNOWN, Verdict.UNKNOWN),
    ("any_of(up(node1), never(restarts(node1) > 0))", [(0, UP)], Verdict.MET, Verdict.MET),
    ("any_of(height(node1) >= 1, up(node1))", [(0, START)], Verdict.NOT_YET, Verdict.UNKNOWN),
    ("any_of(height(node1) >= 1, height(node1) >= 2)", [(0, START)], Verdict.UNKNOWN, Verdict.UNKNOWN),
]


def told(condition: str, script: Script, first: Event | None = None) -> tuple[Run, Verdict, Verdict]:
    """A wait from before the first entry, and how it stands behind the last and at a declared end."""
    run = Run("node1")
    if first is not None:
        run.says("node1", first)
    waiting = run.wait(condition)
    for at, what in script:
        run.at(at)
        if isinstance(what, Attachment):
            run.source("node1", what)
        else:
            run.says("node1", what)
    now = waiting.running.verdict
    outcome = run.end(waiting, declared=True)
    then = {
        Result.MET: Verdict.MET,
        Result.VIOLATED: Verdict.VIOLATED,
        Result.UNKNOWN: Verdict.UNKNOWN,
        Result.TIMED_OUT: Verdict.NOT_YET,
    }[outcome.result]
    return run, now, then


@pytest.mark.parametrize(("condition", "script", "now", "then"), STORIES)
def test_a_condition_in_the_course_of_a_run(condition: str, script: Script, now: Verdict, then: Verdict) -> None:
    """R22: what each condition says behind the last entry, and at a declared end, from before the first line on."""
    begun = None if "problems" not in condition else START
    assert told(condition, script, begun)[1:] == (now, then)


@pytest.mark.parametrize("condition", ["always(restarts(node1) < 1)", "never(restarts(node1) >= 1)"])
def test_what_must_hold_throughout_is_met_at_a_declared_end_only(condition: str) -> None:
    """R22, R25: a journal that merely ends decides nothing."""
    run = Run("node1").says("node1", START)
    declared, merely = run.wait(condition), run.wait(condition)
    run.at(9).says("node1", UP)
    assert declared.outcome is None
    run.engine.waits.remove(merely)
    assert run.end(declared, declared=True).result is Result.MET
    run.engine.waits.append(merely)
    assert run.end(merely).result is Result.OPEN


CONDITIONS: list[Condition] = [
    Eventually(formula_of("up(node1)")),
    Always(formula_of("problems(node1, 'error') < 1")),
    Never(formula_of("problems(node1, 'error') > 0")),
    lasting(formula_of("up(node1)"), "2s"),
    Eventually(formula_of("height(node1) >= 3")),
]


@pytest.mark.parametrize("pair", list(itertools.product(CONDITIONS, CONDITIONS)), ids=str)
def test_joined_conditions_follow_the_tables_at_every_entry(pair: tuple[Condition, Condition]) -> None:
    """R22: all_of and any_of say of their parts what the tables say, entry by entry and at the end."""
    from waits.truth import all_of, any_of

    run = Run("node1").says("node1", START)
    one, other = run.wait(pair[0]), run.wait(pair[1])
    both, either = run.wait(AllOf(pair)), run.wait(AnyOf(pair))
    script: list[tuple[int, Event]] = [(1, block(1)), (2, UP), (5, PROBLEM), (6, block(3)), (7, STOP)]
    for at, event in script:
        run.at(at).says("node1", event)
        parts = [one.running.verdict, other.running.verdict]
        assert [both.running.verdict, either.running.verdict] == [all_of(parts), any_of(parts)]


def test_what_was_met_stays_met() -> None:
    """R22: each part of all_of may be met at a time of its own."""
    run = Run("node1").says("node1", START)
    waiting = run.wait("all_of(up(node1), height(node1) >= 1)")
    run.at(1).says("node1", UP).says("node1", DOWN).at(9).says("node1", block(1))
    outcome = run.end(waiting)
    assert (outcome.result, outcome.at) == (Result.MET, 9 * S)


def test_a_condition_looks_at_the_state_first() -> None:
    """R22: what is so already when the wait begins is met there, and nothing needs to happen."""
    run = Run("node1").at(3).says("node1", UP)
    waiting = run.wait("up(node1)", hard=seconds(5))
    assert waiting.outcome is not None
    assert (waiting.outcome.result, waiting.outcome.begun, waiting.outcome.at) == (Result.MET, 3 * S, 3 * S)


# --- limits ------------------------------------------------------------------------------------------


def test_a_deadline_between_two_entries_is_its_own_instant() -> None:
    """R21: with the state as it then was, not as the next entry makes it."""
    run = Run("node1").says("node1", START, block(1))
    waiting = run.wait("height(node1) >= 5", hard=seconds(5))
    run.at(9).says("node1", block(5))
    outcome = run.end(waiting)
    assert (outcome.result, outcome.at, outcome.leaves[0].has) == (Result.TIMED_OUT, 5 * S, "1")


def test_an_entry_at_exactly_the_deadline_is_in_time() -> None:
    """R21: also behind another entry of that time which does not meet it."""
    run = Run("node1").says("node1", START, block(1))
    waiting = run.wait("height(node1) >= 5", hard=seconds(5))
    run.at(5).says("node1", block(2)).says("node1", block(5)).at(6).says("node1", block(6))
    outcome = run.end(waiting)
    assert (outcome.result, outcome.at) == (Result.MET, 5 * S)


def test_an_entry_at_exactly_the_deadline_does_not_put_it_off() -> None:
    """R21: one that changes what is looked at and meets nothing leaves the deadline where it is."""
    run = Run("node1").says("node1", START, block(1))
    waiting = run.wait("height(node1) >= 5", hard=seconds(5))
    run.at(5).says("node1", block(2)).at(60).says("node1", UP)
    outcome = run.end(waiting)
    assert (outcome.result, outcome.at, outcome.leaves[0].has) == (Result.TIMED_OUT, 5 * S, "2")


def test_no_time_at_all_still_takes_what_comes_at_once() -> None:
    """R21: with a limit of nothing, entries of the very time are in time."""
    run = Run("node1").says("node1", START)
    met, missed = run.wait("up(node1)", hard=seconds(0)), run.wait("height(node1) >= 1", hard=seconds(0))
    run.says("node1", UP).at(1).says("node1", block(1))
    assert (run.end(met).result, run.end(missed).result) == (Result.MET, Result.UNKNOWN)


@pytest.mark.parametrize(
    ("at", "result", "soft_at"),
    [(2, Result.MET, None), (3, Result.MET, None), (4, Result.LATE, 3), (8, Result.LATE, 3)],
)
def test_a_late_pass(at: int, result: Result, soft_at: int | None) -> None:
    """R22: met behind the soft limit, and up to the hard one."""
    run = Run("node1").says("node1", START)
    waiting = run.wait("up(node1)", seconds(3), seconds(8))
    run.at(at).says("node1", UP)
    outcome = run.end(waiting)
    assert (outcome.result, outcome.soft_at) == (result, soft_at and soft_at * S)


def test_limits_in_blocks_count_from_where_the_network_stood() -> None:
    """R22: a limit of three blocks is over with the third, and what the third brings is in time."""
    run = Run("node1", "node2").says("node1", START, block(10)).says("node2", START, block(9))
    timed_out = run.wait("up(node1)", Limit(blocks=2), Limit(blocks=3))
    met = run.wait("height(node1) >= 13", Limit(blocks=2), Limit(blocks=3))
    for height in (10, 11, 12, 13, 14):
        run.at(height).says("node1", block(height))
    outcome, other = run.end(timed_out), run.end(met)
    assert (outcome.result, outcome.at, outcome.soft_at) == (Result.TIMED_OUT, 13 * S, 12 * S)
    assert (other.result, other.at, other.soft_at) == (Result.LATE, 13 * S, 12 * S)


def test_limits_in_blocks_begin_where_a_height_is_first_known() -> None:
    """R22: where no height was known, the first one that is counts as the beginning."""
    run = Run("node1").says("node1", START)
    waiting = run.wait("up(node1)", hard=Limit(blocks=2))
    run.at(1).says("node1", block(50)).at(2).says("node1", block(51))
    assert waiting.outcome is None
    run.at(3).says("node1", block(52))
    assert run.end(waiting).at == 3 * S


DEADLINES = [
    ("up(node1) and height(node1) >= 5", Result.TIMED_OUT),
    ("height(node1) >= 5 and up(node2)", Result.TIMED_OUT),
    ("height(node1) >= 1 and up(node2)", Result.UNKNOWN),
    ("height(node1) >= 5 or up(node2)", Result.UNKNOWN),
    ("not (height(node1) >= 1 and up(node2))", Result.UNKNOWN),
    ("all_of(height(node1) >= 5, up(node2))", Result.UNKNOWN),
    ("lasting(up(node2), 1s)", Result.UNKNOWN),
    ("lasting(height(node1) >= 1, 9s)", Result.TIMED_OUT),
    ("always(up(node2))", Result.UNKNOWN),
    ("always(height(node1) >= 1)", Result.MET),
    ("never(up(node2))", Result.UNKNOWN),
    ("all(up(node) for node in nodes)", Result.TIMED_OUT),
    ("any(up(node) for node in nodes)", Result.UNKNOWN),
    ("count(up(node) for node in nodes) >= 1", Result.UNKNOWN),
    ("min_height() >= 5", Result.UNKNOWN),
    ("any_of(height(node1) >= 5, up(node2))", Result.UNKNOWN),
]


@pytest.mark.parametrize(("condition", "result"), DEADLINES)
def test_at_a_hard_deadline(condition: str, result: Result) -> None:
    """R22: unknown if a leaf that is needed is unknown, else timed out. node2 has not said a word."""
    run = Run("node1", "node2").says("node1", START, block(1))
    waiting = run.wait(condition, hard=seconds(5))
    run.tick(9)
    outcome = run.end(waiting)
    assert (outcome.result, outcome.at) == (result, 5 * S)


# --- residuals and witnesses -------------------------------------------------------------------------


def leaves(text: str, run: Run) -> list[tuple[str, str, str]]:
    """(leaf, has, needs) of what a wait left open."""
    return [(one.text, one.has, one.needs) for one in run.end(run.wait(text)).leaves]


RESIDUALS = [
    ("height(node1) >= 5", [("height(node1)", "1", ">= 5")]),
    ("not (height(node1) < 5)", [("height(node1)", "1", ">= 5")]),
    ("not (not (height(node1) > 5))", [("height(node1)", "1", "> 5")]),
    ("not (height(node1) == 1)", [("height(node1)", "1", "!= 1")]),
    ("up(node1)", [("up(node1)", "false", "true")]),
    ("not synced(node1) and up(node1)", [("synced(node1)", "false", "false"), ("up(node1)", "false", "true")]),
    ("height(node2) >= 5", [("height(node2)", "unknown", ">= 5")]),
    ("grown(height(node1)) >= 2", [("grown(height(node1))", "0", ">= 2")]),
    ("height(node1) - height(node2) > 3", [("height(node1) - height(node2)", "unknown", "> 3")]),
    ("quiet_for(node1) > 20s", [("quiet_for(node1)", "4s", "> 20s")]),
    (
        "all_of(up(node1), any_of(height(node1) >= 5, up(node2)))",
        [("up(node1)", "false", "true"), ("height(node1)", "1", ">= 5"), ("up(node2)", "unknown", "true")],
    ),
    ("all(up(node) for node in nodes)", [("up(node1)", "false", "true"), ("up(node2)", "unknown", "true")]),
    (
        "not any(synced(node) for node in nodes)",
        [("synced(node1)", "false", "false"), ("synced(node2)", "unknown", "false")],
    ),
    ("5 <= height(node1)", [("5", "5", "<= 1")]),
]


@pytest.mark.parametrize(("text", "residual"), RESIDUALS)
def test_a_residual_names_every_leaf(text: str, residual: list[tuple[str, str, str]]) -> None:
    """R22: with the value it has and the value it needs; under a `not` it needs the contrary."""
    run = Run("node1", "node2").says("node1", START, block(1)).at(4)
    run.engine.stand(run.seq, run.now)
    assert leaves(text, run) == residual


def test_a_residual_says_why_a_leaf_is_unknown() -> None:
    """R23: in words that name the node and what its log does not show."""
    run = Run("node1", "node2", roster=["node9"]).says("node1", START, ListeningStated((), ("blocks",)))
    run.at(2).source("node2", Attachment.LOST)
    outcome = run.end(run.wait("height(node1) >= 1 and up(node2) and up(node9) and up(node1)"))
    said = [one.detail or "" for one in outcome.leaves]
    assert "does not show blocks" in said[0]
    assert "lost at" in said[1]
    assert "has no log" in said[2]


def test_a_witness_is_the_entry_that_violated() -> None:
    """R22: with the leaves as they were there, whatever came later."""
    run = Run("node1").says("node1", START)
    waiting = run.wait("all_of(never(height(node1) > 2), height(node1) >= 9)")
    for height in (1, 2, 3, 4):
        run.at(height).says("node1", block(height))
    witness = run.end(waiting).witness
    assert witness is not None
    assert (witness.at, witness.seq, witness.leaves[0].has) == (3 * S, 4, "3")


def test_a_witness_of_what_is_met() -> None:
    """R22: the last part of all_of to be met, and its leaves."""
    run = Run("node1").says("node1", START)
    waiting = run.wait("all_of(up(node1), height(node1) >= 1)")
    run.at(1).says("node1", block(1)).at(2).says("node1", UP)
    witness = run.end(waiting).witness
    assert witness is not None
    assert (witness.at, witness.leaves[0].text) == (2 * S, "up(node1)")


# --- the end of a journal ----------------------------------------------------------------------------


def test_an_open_deadline_at_the_end_of_a_recording() -> None:
    """R25: the end of a recording is no time passing: what is open stays open, and the time left is said."""
    run = Run("node1").at(10).says("node1", START)
    waiting = run.wait("up(node1)", seconds(2), seconds(60))
    run.at(29).says("node1", PROBLEM)
    outcome = run.end(waiting)
    assert (outcome.result, outcome.left, outcome.soft_at) == (Result.OPEN, 41 * S, 12 * S)


def test_an_orderly_stop_is_known_when_the_log_has_ended() -> None:
    """R25: `stopped` is known behind the end of the log, as the stop was stated; without that it is unknown."""
    run = Run("node1", "node2")
    for node in ("node1", "node2"):
        run.says(node, START, UP)
    run.at(1).says("node1", STOP).source("node1", Attachment.ENDED).source("node2", Attachment.ENDED)
    known = {
        text: run.wait(text).running.verdict
        for text in ("stopped(node1)", "up(node1)", "stopped(node2)", "up(node2)", "quiet_for(node2) > 1s")
    }
    assert known == {
        "stopped(node1)": Verdict.MET,
        "up(node1)": Verdict.NOT_YET,
        "stopped(node2)": Verdict.UNKNOWN,
        "up(node2)": Verdict.UNKNOWN,
        "quiet_for(node2) > 1s": Verdict.UNKNOWN,
    }


def test_waits_wake_in_order_of_their_time_and_then_of_their_beginning() -> None:
    """R21: timers fire in order of (time, kind, id)."""
    run = Run("node1").says("node1", START)
    order: list[int] = []
    limits = [5, 3, 5, 4, 3]
    waits = [run.wait("up(node1)", hard=seconds(limit)) for limit in limits]
    for instant in range(1, 7):
        due = []
        while (next_ := run.engine.due) is not None and next_ == instant * S:
            done = {place for place, one in enumerate(waits) if one.outcome is not None}
            run.engine.before(instant * S + 1)
            due = [place for place, one in enumerate(waits) if one.outcome is not None and place not in done]
        order += due
    assert order == [1, 4, 3, 0, 2]
    assert [one.outcome.at // S for one in waits if one.outcome is not None] == limits


def test_connections_wait() -> None:
    """R22: a formula that reads two slices wakes for either."""
    run = Run("node1").says("node1", START)
    waiting = run.wait("connections(node1) >= 1 and height(node1) >= 1")
    run.says("node1", ConnectionOpened("1", "h:1", Direction.OUT)).at(2).says("node1", block(1))
    assert run.end(waiting).at == 2 * S
    assert condition_of("up(node1)") == Eventually(formula_of("up(node1)"))
