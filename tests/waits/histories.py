"""Random runs of three nodes, told to an engine and to the oracle alike."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from state.events import (
    BlockAdded,
    ConnectionClosed,
    ConnectionOpened,
    Direction,
    Event,
    ProblemLogged,
    ProcessReady,
    ProcessStopped,
)
from tests.state.journal import START
from tests.waits.builders import NODES, Run, rule
from tests.waits.oracle import Oracle, Told
from waits.conditions import AllOf, Always, AnyOf, Condition, Eventually, Lasting, Never
from waits.rules import Rule
from waits.sight import Attachment
from waits.terms import Age, All, Any_, Compare, ForEach, Grown, Increase, Kind, Literal, Not, Repeats, Term, Variable

STRANGER = "node4"
"""A node that nobody expects."""
EVENTS: list[Event] = [
    START,
    ProcessReady(),
    ProcessStopped(),
    BlockAdded(0, "a"),
    BlockAdded(1, "b"),
    BlockAdded(1, "c"),
    BlockAdded(2, "d"),
    ProblemLogged("error", "x", "y", "z"),
    ConnectionOpened("1", "h:1", Direction.OUT),
    ConnectionClosed("1", "h:1", Direction.OUT),
]
STEPS = st.sampled_from([0, 0, 1, 1, 2, 3, 5, 9])
ENTRIES = st.one_of(
    st.tuples(st.just("says"), st.sampled_from([*NODES, *NODES, STRANGER]), st.sampled_from(EVENTS), STEPS),
    st.tuples(st.just("says"), st.sampled_from(NODES), st.sampled_from(EVENTS), STEPS),
    st.tuples(st.just("writes"), st.sampled_from(NODES), st.none(), STEPS),
    st.tuples(
        st.just("source"),
        st.sampled_from(NODES),
        st.tuples(st.sampled_from(Attachment), st.booleans()),
        STEPS,
    ),
)
HISTORIES = st.lists(ENTRIES, min_size=12, max_size=40)
"""(what, node, how, nanoseconds later)"""


def _span(most: int = 9) -> st.SearchStrategy[Literal]:
    return st.integers(1, most).map(lambda span: Literal(span, Kind.DURATION))


def _formulas(about: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    """Formulas about one node, whatever stands for it, or about the network."""
    from waits.library import connections, diverged, height, max_height, problems, quiet_for, restarts, stalled_for, up

    numbers: st.SearchStrategy[Term] = st.one_of(
        about.map(height), about.map(restarts), about.map(connections), about.map(lambda n: problems(n, "error"))
    )
    numbers = st.one_of(
        numbers,
        st.just(max_height()),
        numbers.map(Grown),
        st.builds(Increase, numbers, _span()),
        st.builds(Repeats, numbers, numbers),
    )
    ages: st.SearchStrategy[Term] = st.one_of(
        about.map(quiet_for), st.just(stalled_for()), numbers.map(Age), about.map(lambda n: Age(up(n)))
    )
    signs = st.sampled_from([">", ">=", "<", "<="])
    leaves: st.SearchStrategy[Term] = st.one_of(
        about.map(up),
        st.just(diverged()),
        st.builds(Compare, signs, numbers, st.integers(0, 2).map(lambda n: Literal(n, Kind.NUMBER))),
        st.builds(Compare, signs, ages, _span()),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, min_size=2, max_size=2).map(lambda two: All(tuple(two))),
            st.lists(inner, min_size=2, max_size=2).map(lambda two: Any_(tuple(two))),
        ),
        max_leaves=3,
    )


NAMED = st.sampled_from(NODES).map(lambda name: Literal(name, Kind.NODE))
EACH = st.just(Variable("node", Kind.NODE))
FORMULAS = st.one_of(
    _formulas(NAMED),
    st.builds(ForEach, st.sampled_from(["all", "any"]), st.just("node"), _formulas(EACH)),
)
EACH_FORMULAS = _formulas(EACH)


@st.composite
def rule_sets(draw: st.DrawFn) -> list[Rule]:
    """One to three rules."""
    made = []
    for number in range(draw(st.integers(1, 3))):
        each = draw(st.sampled_from([None, "node"]))
        made.append(
            rule(
                draw(EACH_FORMULAS if each else FORMULAS),
                f"R{number}",
                each=each,
                lasting=draw(st.sampled_from([0, 0, 1, 3, 7])),
                keep=draw(st.sampled_from([0, 0, 2, 6])),
                flapping=draw(st.sampled_from([None, None, (2, 9), (3, 12)])),
                unit=1,
            )
        )
    return made


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> Condition:
    """A condition over time."""
    kind = draw(st.sampled_from([Eventually, Always, Never, Lasting, *([AllOf, AnyOf] if depth else [])]))
    if kind in (AllOf, AnyOf):
        parts = tuple(draw(st.lists(conditions(depth - 1), min_size=2, max_size=2)))
        return AllOf(parts) if kind is AllOf else AnyOf(parts)
    formula = draw(FORMULAS)
    if kind is Lasting:
        return Lasting(formula, draw(_span()))
    return Always(formula) if kind is Always else Never(formula) if kind is Never else Eventually(formula)


class Both:
    """A run that an engine and the oracle see."""

    def __init__(self, *nodes: str) -> None:
        """Time is in nanoseconds."""
        self.run = Run(*nodes, unit=1)
        self.oracle = Oracle(self.run.written)
        self._see()

    def _see(self, gap: str | None = None) -> None:
        run = self.run
        self.oracle.saw(run.now, run.seq, run.state, run.ears, run.engine.graph.roster, gap)

    def does(self, entry: tuple[str, str, Any, int]) -> None:
        """One entry."""
        what, node, how, later = entry
        self.run.now += later
        if what == "says":
            self.run.says(node, how)
            self._see()
        elif what == "writes":
            self.run.writes(node)
            self._see()
        else:
            self.run.source(node, how[0], gap=how[1])
            self._see(node if how[1] else None)

    def over(self, later: int = 25) -> None:
        """The journal goes on for so long without an entry."""
        self.run.now += later
        self.run.engine.before(self.run.now)
        self.run.history += self.run.engine.taken()
        self.oracle.passes(self.run.now)

    @property
    def told(self) -> list[Told]:
        """What the engine said."""
        return told_by(self.run)


def told_by(run: Run) -> list[Told]:
    """What an engine said, in the oracle's words."""
    return [Told(one.at, one.rule, str(one.labels.get("node")), one.state, one.since) for one in run.history]


def everything(run: Run) -> list[dict[str, Any]]:
    """All that an engine said, but for sequences, which tell how many entries came before."""
    return [{**msgspec.structs.asdict(one), "seq": None, "lines": None} for one in run.history]
