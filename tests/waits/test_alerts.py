"""The life of alerts, told in literal histories (R20, R25, R26)."""

from __future__ import annotations

import pytest

from state.events import BlockAdded, Event, ProblemLogged, ProcessReady, ProcessStopping
from tests.state.journal import START
from tests.waits.builders import Run, S, rule
from waits.expression import Scope, text_of
from waits.rules import Rule
from waits.sight import Attachment

UP, DOWN = ProcessReady(), ProcessStopping()
PROBLEM = ProblemLogged("error", "net", "shape", "text")
LOST, BACK, ENDED = Attachment.LOST, Attachment.ATTACHED, Attachment.ENDED
GAP = "gap"
Script = list[tuple[int, Event | Attachment | str]]
History = list[tuple[int, str]]


def played(given: Rule, script: Script, until: int = 100) -> Run:
    """A rule over what node1 does, and what was told of it; then time passes."""
    run = Run("node1", "node2").load(given)
    for at, what in script:
        run.at(at)
        if isinstance(what, Attachment):
            run.source("node1", what)
        elif what == GAP:
            run.gap("node1")
        else:
            assert isinstance(what, Event)
            run.says("node1", what)
    return run.tick(until)


R, K, F = "resolved", "pending", "firing"
LIVES: list[tuple[str, Rule, Script, History]] = [
    ("at once", rule("up(node1)"), [(1, UP), (4, DOWN)], [(1, F), (4, R)]),
    ("for", rule("up(node1)", lasting=5), [(1, UP), (9, DOWN)], [(1, K), (6, F), (9, R)]),
    ("for, not reached", rule("up(node1)", lasting=5), [(1, UP), (5, DOWN)], [(1, K), (5, R)]),
    ("for, off at its very end", rule("up(node1)", lasting=5), [(1, UP), (6, DOWN)], [(1, K), (6, R)]),
    (
        "for, off and on at its very end",
        rule("up(node1)", lasting=5),
        [(1, UP), (6, DOWN), (6, UP)],
        [(1, K), (6, R), (6, K), (11, F)],
    ),
    (
        "for, begun anew",
        rule("up(node1)", lasting=5),
        [(1, UP), (3, DOWN), (4, UP)],
        [(1, K), (3, R), (4, K), (9, F)],
    ),
    (
        "for, whatever else is said at its very end",
        rule("up(node1) and problems(node1, 'error') < 9", lasting=5),
        [(1, UP), (6, PROBLEM), (6, DOWN)],
        [(1, K), (6, R)],
    ),
    ("keep_firing_for", rule("up(node1)", keep=5), [(1, UP), (4, DOWN)], [(1, F), (9, R)]),
    ("keep_firing_for, back in time", rule("up(node1)", keep=5), [(1, UP), (4, DOWN), (8, UP)], [(1, F)]),
    ("keep_firing_for, back at its very end", rule("up(node1)", keep=5), [(1, UP), (4, DOWN), (9, UP)], [(1, F)]),
    (
        "keep_firing_for, back and gone",
        rule("up(node1)", keep=5),
        [(1, UP), (4, DOWN), (8, UP), (9, DOWN)],
        [(1, F), (14, R)],
    ),
    (
        "blind and seeing again, covered",
        rule("up(node1)", lasting=9),
        [(1, UP), (4, LOST), (7, BACK)],
        [(1, K), (4, "blind"), (7, "unblind"), (10, F)],
    ),
    (
        "blind beyond the end of for, covered",
        rule("up(node1)", lasting=5),
        [(1, UP), (4, LOST), (20, BACK)],
        [(1, K), (4, "blind"), (20, "unblind"), (20, F)],
    ),
    (
        "blind and seeing again, with a gap",
        rule("up(node1)", lasting=9),
        [(1, UP), (4, LOST), (7, GAP), (7, BACK)],
        [(1, K), (4, "blind"), (7, "unblind"), (16, F)],
    ),
    (
        "blind because the node no longer says it",
        rule("height(node1) >= 0", lasting=9),
        [(1, START), (1, BlockAdded(0, "a")), (4, START), (7, BlockAdded(1, "b"))],
        [(1, K), (4, "blind"), (7, "unblind"), (16, F)],
    ),
    (
        "blind while it fires",
        rule("up(node1)"),
        [(1, UP), (4, LOST), (7, BACK), (9, DOWN)],
        [(1, F), (4, "blind"), (7, "unblind"), (9, R)],
    ),
    (
        "blind, and otherwise when it is seen again",
        rule("up(node1)", lasting=2),
        [(1, UP), (2, LOST), (7, DOWN), (8, BACK)],
        [(1, K), (2, "blind"), (8, "unblind"), (8, R)],
    ),
    ("never known is not blind", rule("up(node1)"), [(4, LOST), (7, BACK)], []),
    ("the log ends", rule("up(node1)", lasting=9), [(1, UP), (4, ENDED)], [(1, K), (4, "blind")]),
    (
        "flapping, each time shorter than for",
        rule("up(node1)", lasting=9, flapping=(3, 10)),
        [(1, UP), (2, DOWN), (3, UP), (4, DOWN), (5, UP), (6, DOWN), (7, UP), (8, DOWN)],
        [(1, K), (2, R), (3, K), (4, R), (5, F), (18, R)],
    ),
    (
        "flapping, each time longer than for",
        rule("up(node1)", lasting=1, flapping=(2, 20)),
        [(1, UP), (4, DOWN), (8, UP), (11, DOWN), (15, UP), (18, DOWN)],
        [(1, K), (2, F), (4, R), (8, F), (38, R)],
    ),
    (
        "not flapping, too seldom",
        rule("up(node1)", flapping=(2, 5)),
        [(1, UP), (2, DOWN), (6, UP), (7, DOWN)],
        [(1, F), (2, R), (6, F), (7, R)],
    ),
    (
        "flapping is over and begins anew",
        rule("up(node1)", lasting=5, flapping=(2, 10)),
        [(1, UP), (2, DOWN), (3, UP), (4, DOWN), (30, UP), (31, DOWN)],
        [(1, K), (2, R), (3, F), (14, R), (30, K), (31, R)],
    ),
    (
        "a gap in the middle of for",
        rule("up(node1)", lasting=9),
        [(1, UP), (5, GAP)],
        [(1, K), (14, F)],
    ),
]


@pytest.mark.parametrize(("case", "given", "script", "history"), LIVES)
def test_the_life_of_an_alert(case: str, given: Rule, script: Script, history: History) -> None:
    """R26: every transition, at its exact instant."""
    run = played(given, script)
    assert run.told == history, case


@pytest.mark.parametrize("end", [LOST, ENDED])
def test_a_recording_that_ends_changes_no_alert(end: Attachment) -> None:
    """R25: pending stays pending, firing stays firing, and a log that ends without a stop is not silent."""
    rules = [
        rule("up(node1)", "Firing", keep=1),
        rule("up(node1)", "Pending", lasting=500),
        rule("quiet_for(node1) > 20s", "Silent"),
        rule("not up(node1)", "Down"),
    ]
    run = Run("node1", "node2").load(*rules).at(1).says("node1", UP).at(5).source("node1", end)
    run.at(90).says("node2", UP)
    run.engine.end()
    assert {(name, alert.state.value) for (name, _), alert in run.engine.alerts.items()} == {
        ("Firing", "firing"),
        ("Pending", "pending"),
        ("Silent", "inactive"),
        ("Down", "inactive"),
    }


def test_silence_fires_at_its_own_instant_and_ends_with_any_line() -> None:
    """R21, R23: one nanosecond after the limit, and any line of the node ends it, though it says nothing."""
    run = Run("node1").load(rule("quiet_for(node1) > 20s")).at(1).says("node1", UP)
    run.at(30).writes("node1").at(60).writes("node1")
    assert [(one.at, one.state) for one in run.history] == [
        (21 * S + 1, "firing"),
        (30 * S, "resolved"),
        (50 * S + 1, "firing"),
        (60 * S, "resolved"),
    ]


# --- entities ----------------------------------------------------------------------------------------


def test_one_alert_for_each_node() -> None:
    """R26: each has a life of its own, also a node that joins later, from then on."""
    run = Run("node1", "node2").load(rule("up(node)", each="node", lasting=5)).at(1).says("node1", UP)
    run.at(3).says("node2", UP).at(4).says("node1", DOWN)
    run.at(9).source("node9", BACK).at(10).says("node9", UP).tick(30)
    assert run.told_of(node="node1") == [(1, K), (4, R)]
    assert run.told_of(node="node2") == [(3, K), (8, F)]
    assert run.told_of(node="node9") == [(10, K), (15, F)]


def test_annotations_speak_of_nodes_that_joined_later_too() -> None:
    """R26: an annotation over all nodes counts those that are there when it is said."""
    said = text_of("{{ count(up(node) for node in nodes) }} up", Scope())
    given = rule("restarts(node1) > 0", annotations=(("summary", said),))
    run = Run("node1").load(given).says("node1", UP).at(1).source("node2", BACK).says("node2", UP)
    run.at(2).says("node1", START, UP)
    assert run.history[-1].annotations == {"summary": "2 up"}


def test_leaves_stand_in_order_of_the_nodes_whenever_they_joined() -> None:
    """R29: whoever goes on from a checkpoint binds to nodes that are there, whoever was there saw them join."""
    given = rule("all(up(node) for node in nodes) and restarts(node2) > 0")

    def told(run: Run) -> list[str]:
        run.at(2).says("node1", UP).says("node2", UP).at(3).says("node2", START, UP)
        return [leaf.text for leaf in run.history[-1].leaves]

    later = Run("node2").load(given).at(1).source("node1", BACK)
    assert told(later) == told(Run("node1", "node2").load(given)) == ["up(node1)", "up(node2)", "restarts(node2)"]


def forked() -> Run:
    """Two nodes that part at height 1."""
    run = Run("node1", "node2")
    for node in ("node1", "node2"):
        run.says(node, START, BlockAdded(0, "g"))
    return run


def test_one_alert_for_each_fork_which_is_forgotten_when_it_is_over() -> None:
    """R26: keyed by the first height that differs; over, it resolves, and nothing is kept of it."""
    run = forked().load(rule("fork_depth(fork) >= 1", each="fork"))
    run.at(1).says("node1", BlockAdded(1, "a")).at(2).says("node2", BlockAdded(1, "b"))
    assert run.told_of(fork="1") == [(2, F)]
    run.at(3).says("node2", BlockAdded(1, "a"))
    assert run.told_of(fork="1") == [(2, F), (3, R)]
    assert run.engine.alerts == {}
    run.at(4).says("node1", BlockAdded(2, "c")).at(5).says("node2", BlockAdded(2, "d"))
    assert run.told_of(fork="2") == [(5, F)]


def test_a_fork_that_ends_with_keep_firing_for_resolves_by_time() -> None:
    """R26: also though it is no member any more, and then it is forgotten."""
    run = forked().load(rule("fork_depth(fork) >= 1", each="fork", keep=5))
    run.at(1).says("node1", BlockAdded(1, "a")).at(2).says("node2", BlockAdded(1, "b"))
    run.at(3).says("node2", BlockAdded(1, "a")).tick(20)
    assert run.told_of(fork="1") == [(2, F), (8, R)]


def test_labels_are_the_entity_and_what_was_written() -> None:
    """R26: no value gets into a label; annotations carry them."""
    scope = Scope(each="node")
    given = rule(
        "problems(node, 'error') >= 1",
        each="node",
        labels=(("team", text_of("core", scope)), ("who", text_of("{{ node }}", scope))),
        annotations=(("summary", text_of("{{ node }} wrote {{ problems(node, 'error') }} errors", scope)),),
    )
    run = Run("node1").load(given).says("node1", PROBLEM).says("node1", PROBLEM)
    assert [(one.labels, one.annotations) for one in run.history] == [
        ({"node": "node1", "team": "core", "who": "node1"}, {"summary": "node1 wrote 1 errors"})
    ]


def test_a_resolution_says_what_was_so_while_it_was_true() -> None:
    """R26: annotations of `resolved` are the last ones while the formula was true."""
    scope = Scope()
    given = rule("height(node1) >= 2", annotations=(("summary", text_of("at {{ height(node1) }}", scope)),))
    run = Run("node1").says("node1", START).load(given)
    for at, height in enumerate((2, 3, 4, 0), 1):
        run.at(at).says("node1", BlockAdded(height, f"b{at}"))
    assert [(one.state, one.annotations["summary"]) for one in run.history] == [(F, "at 2"), (R, "at 4")]


def test_inhibition_never_changes_a_state() -> None:
    """R26: a rule that another explains lives as it would alone."""
    alone = rule("up(node1)", "B", lasting=3)
    explained = rule("up(node1)", "B", lasting=3, inhibited_by=("A",))
    cause = rule("up(node1)", "A")
    script: Script = [(1, UP), (9, DOWN)]
    histories = []
    for given in (alone, explained):
        run = Run("node1").load(cause, given)
        for at, event in script:
            assert isinstance(event, Event)
            run.at(at).says("node1", event)
        histories.append([(one.at, one.state) for one in run.history if one.rule == "B"])
    assert histories[0] == histories[1] == [(1 * S, K), (4 * S, F), (9 * S, R)]


# --- rules that change in mid-run --------------------------------------------------------------------


def test_a_rule_that_changes_ends_and_its_successor_begins_there() -> None:
    """R20: with the reason, and never retroactively."""
    run = Run("node1").load(rule("up(node1)", lasting=5)).at(1).says("node1", UP).at(3).says("node1", PROBLEM)
    run.load(rule("up(node1)", lasting=9)).tick(30)
    assert [(one.at // S, one.state, one.reason) for one in run.history] == [
        (1, K, None),
        (3, R, "rule changed"),
        (3, K, None),
        (12, F, None),
    ]


def test_an_identical_rule_keeps_its_state() -> None:
    """R20: pending keeps since when, wherever in the file it now stands and whatever stands beside it."""
    given, other = rule("up(node1)", "A", lasting=5), rule("not up(node1)", "B")
    run = Run("node1").load(given, other).at(1).says("node1", UP).at(3).says("node1", PROBLEM)
    run.load(rule("height(node1) > 1", "0"), other, rule("up(node1)", "A", lasting=5)).tick(30)
    assert [(one.at // S, one.rule, one.state) for one in run.history] == [(1, "A", K), (6, "A", F)]


def test_two_rules_that_change_places_keep_their_timers_and_their_ears() -> None:
    """R20: what waits for a time or for a line goes on waiting."""
    silent = rule("quiet_for(node1) > 5s", "Silent")
    long, short = rule("up(node1)", "Long", lasting=9), rule("up(node1)", "Short", lasting=8)
    run = Run("node1", "node2").load(silent, long, short).at(1).says("node1", UP).tick(7)
    run.load(short, long, silent).at(8).writes("node1").tick(11)
    assert [(one.at // S, one.rule, one.state) for one in run.history] == [
        (1, "Long", K),
        (1, "Short", K),
        (6, "Silent", F),
        (8, "Silent", R),
        (9, "Short", F),
        (10, "Long", F),
    ]


def test_a_rule_that_is_removed_ends() -> None:
    """R20: pending or firing, with the reason; an inactive one says nothing."""
    run = Run("node1").load(rule("up(node1)", "A"), rule("not up(node1)", "B")).at(1).says("node1", UP).load()
    assert [(one.rule, one.state, one.reason) for one in run.history] == [("A", F, None), ("A", R, "rule changed")]
    run.at(2).says("node1", DOWN).tick(30)
    assert len(run.history) == 2


def test_a_rule_added_in_the_middle_does_not_look_into_the_past() -> None:
    """R20: what has grown, has lasted or came back before it was there does not count."""
    run = Run("node1").says("node1", START).at(1).says("node1", UP)
    for at in range(2, 9):
        run.at(at).says("node1", PROBLEM)
    run.load(
        rule("increase(problems(node1, 'error'), 10m) >= 2", "Increase"),
        rule("grown(problems(node1, 'error')) >= 2", "Grown"),
        rule("repeats(problems(node1, 'error'), restarts(node1)) >= 2", "Repeats"),
        rule("age(up(node1)) > 5s", "Age"),
        rule("up(node1)", "For", lasting=7),
    )
    assert [(one.rule, one.state, one.since) for one in run.history] == [("For", K, 8 * S)]
    run.at(9).says("node1", PROBLEM).at(10).says("node1", PROBLEM).tick(30)
    told = [(one.rule, one.at // S) for one in run.history if one.state == F]
    assert told == [("Grown", 10), ("Increase", 10), ("Repeats", 10), ("Age", 13), ("For", 15)]


def test_flapping_is_part_of_a_rule() -> None:
    """R20: a rule that differs in any of its parts is another."""
    given = rule("up(node1)")
    others = [
        rule("up(node1)", lasting=1),
        rule("up(node1)", keep=1),
        rule("up(node1)", flapping=(2, 3)),
        rule("up(node1)", severity="page"),
        rule("not not up(node1)"),
        rule("up(node1)", inhibited_by=("X",)),
    ]
    assert all(other != given for other in others)


def test_two_rules_may_speak_of_one_fork() -> None:
    """R26: each in several annotations; when it is over all of it is forgotten, and it may come back."""
    scope = Scope(each="fork")
    said = tuple((name, text_of("{{ fork_sides(fork) }}", scope)) for name in ("summary", "description"))
    rules = [rule("fork_depth(fork) >= 1", name, each="fork", annotations=said) for name in ("A", "B")]
    run = forked().load(*rules)
    for at in (1, 3):
        run.at(at).says("node1", BlockAdded(1, "a")).says("node2", BlockAdded(1, "b"))
        run.at(at + 1).says("node2", BlockAdded(1, "a"))
    assert [(one.at // S, one.rule, one.state) for one in run.history] == [
        (at, name, state) for at, state in ((1, F), (2, R), (3, F), (4, R)) for name in ("A", "B")
    ]
    assert all("node1" in one.annotations["summary"] for one in run.history)
    assert run.engine.alerts == {}
