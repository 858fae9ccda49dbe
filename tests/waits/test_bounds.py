"""What hostile or huge networks do to judgement: names, numbers of entities, windows."""

from __future__ import annotations

import pytest

from state.events import ProblemLogged, ProcessReady
from tests.state.journal import START
from tests.waits.builders import Run, rule
from waits.expression import DEFAULT_PARAMETERS, Scope, text_of
from waits.remembering import WINDOW_KEPT

NAMES = ["a'b", 'a"b', "a\nb", "a\x1b[31mb", "a,b", "{{ node }}", "a b", "'", "nödé", "x" * 300, "-1", "5s"]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_odd_names_are_only_names(name: str) -> None:
    """Security: a node's name, whatever is in it, is never read as a formula or a template, and a restart keeps it."""
    scope = Scope(DEFAULT_PARAMETERS, "node")
    given = rule("up(node)", each="node", lasting=3, annotations=(("summary", text_of("{{ node }} is up", scope)),))
    run = Run(name, "other").load(given).at(1).says(name, ProcessReady()).restarted(given).tick(9)
    assert run.told_of(node=name) == [(1, "pending"), (4, "firing")]
    assert run.history[-1].annotations == {"summary": f"{name} is up"[:1000]}


@pytest.mark.parametrize("name", ["a'b", 'a"b', "a b-c", "nödé", "5s"])
def test_odd_names_can_be_written_in_quotes(name: str) -> None:
    """Formulas: as Python writes a text."""
    run = Run(name).says(name, ProcessReady())
    waiting = run.wait(f"up({name!r})")
    assert waiting.outcome is not None
    assert name in waiting.outcome.leaves[0].text


def test_ten_thousand_entities() -> None:
    """Bounds: a rule over so many nodes begins and turns for each of them, and wakes only whom it concerns."""
    names = [f"n{number:05d}" for number in range(10_000)]
    run = Run(*names).load(rule("up(node)", each="node", lasting=2))
    for name in names[::100]:
        run.says(name, ProcessReady())
    run.tick(9)
    assert len(run.engine.alerts) == 10_000
    assert [one.labels["node"] for one in run.history if one.state == "firing"] == names[::100]


def test_a_window_keeps_a_bounded_number_of_changes() -> None:
    """Bounds: of a counter that grows without end, the oldest changes are merged."""
    run = Run("node1").says("node1", START).load(rule("increase(problems(node1, 'error'), 1d) < 0"))
    problem = ProblemLogged("error", "a", "b", "c")
    for _ in range(WINDOW_KEPT + 50):
        run.says("node1", problem)
    (alert,) = run.engine.alerts.values()
    assert max(len(memory.changes) for memory in alert.kept.memories) <= WINDOW_KEPT + 1


def test_what_is_said_of_one_alert_is_bounded() -> None:
    """Bounds: an annotation of a huge value is cut."""
    said = text_of("{{ last_lost(node1) }}" + "x" * 3000, Scope())
    run = Run("node1").load(rule("up(node1)", annotations=(("summary", said),))).says("node1", ProcessReady())
    assert len(run.history[0].annotations["summary"]) <= 1000
