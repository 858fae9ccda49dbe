"""A network that speaks, and an engine that judges it: entries with times, without logs, blocks or files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from state.events import Event
from state.nodes import OVER
from state.origin import Origin
from state.snapshot import NetworkState, Touched, fold
from state.views import names
from waits.alerts import Transition
from waits.conditions import Condition
from waits.engine import Engine, Held
from waits.entities import OF_KIND, node_of
from waits.expression import condition_of, formula_of
from waits.functions import ANY_LINE, FUNCTIONS, GONE, Function, View
from waits.rules import Flapping, Rule
from waits.sight import Attachment, Ear, Ears
from waits.terms import Term
from waits.waiting import Limit, Outcome, Waiting

S = 10**9
NODES = ("node1", "node2", "node3")


class Written:
    """When each source wrote: what reads a journal would know."""

    def __init__(self) -> None:
        """Nobody has written yet."""
        self._lines: dict[int, list[tuple[int, int]]] = {}

    def line(self, source: int, seq: int, at: int) -> None:
        """A source writes a line."""
        self._lines.setdefault(source, []).append((seq, at))

    def last_line(self, source: int, at: int, seq: int) -> int | None:
        """Journal time of its last line up to a time and a sequence."""
        found = [when for number, when in self._lines.get(source, ()) if when <= at and number <= seq]
        return found[-1] if found else None


class Run:
    """One run of a network, from its first entry on. Times are in seconds unless another unit is given."""

    def __init__(
        self,
        *nodes: str,
        roster: Sequence[str] = (),
        unit: int = S,
        attached: bool = True,
        parameters: Mapping[str, Any] | None = None,
        dated_twice: bool = False,
    ) -> None:
        """Each node has one source, which is attached."""
        how = Attachment.ATTACHED if attached else Attachment.LOST
        self.unit = unit
        self.now = 0
        self.seq = 0
        self.state = NetworkState()
        self.written = Written()
        names = nodes or NODES
        self.ears = {
            name: Ear(number, name, primary=True, attachment=how, since=0, dated_twice=dated_twice)
            for number, name in enumerate(names, 1)
        }
        self.parameters = dict(parameters or {})
        self.roster = list(roster)
        self.engine = self._engine(list(self.ears.values()))
        self.history: list[Transition] = []

    def _engine(self, ears: Sequence[Ear], at: int = 0, seq: int = 0) -> Engine:
        return Engine(
            self.state,
            at=at,
            seq=seq,
            roster=self.roster,
            parameters=self.parameters,
            ears=[msgspec.structs.replace(ear) for ear in ears],
            hearing=self.written,
        )

    # --- what happens --------------------------------------------------------------------------------

    def at(self, time: int) -> Run:
        """From here on it is this late."""
        assert time * self.unit >= self.now
        self.now = time * self.unit
        return self

    def says(self, node: str, *events: Event, clock: int | None = None) -> Run:
        """One entry of a node, with everything that it states."""
        self.seq += 1
        source = self._source(node)
        self.written.line(source, self.seq, self.now)
        origin = Origin(node, self.now if clock is None else clock, self.now, self.seq, source)
        before = self.state
        touched: tuple[Touched, ...] = ()
        for event in events:
            self.state, changed = fold(self.state, event, origin)
            touched += changed
        self.engine.entry(self.seq, self.now, node, before, self.state, touched)
        return self._took()

    def _source(self, node: str) -> int:
        return self.ears[node].number if node in self.ears else 100 + len(self.ears)

    def writes(self, node: str) -> Run:
        """A line that says nothing, as whoever plays a journal tells it: only if somebody listens."""
        self.seq += 1
        self.written.line(self._source(node), self.seq, self.now)
        self.engine.before(self.now)
        if node in self.engine.listened:
            self.engine.heard(self.seq, self.now, node)
        return self._took()

    def source(self, node: str, how: Attachment, *, gap: bool = False) -> Run:
        """The source of a node stands otherwise from here on."""
        self.seq += 1
        known = self.ears.get(node) or Ear(len(self.ears) + 1, node, primary=True, attachment=how, since=0)
        ear = msgspec.structs.replace(known, attachment=how, since=self.now, gaps=known.gaps + gap)
        self.ears[node] = ear
        self.engine.source(self.seq, self.now, msgspec.structs.replace(ear), gap=gap)
        return self._took()

    def gap(self, node: str) -> Run:
        """Something of a source is missing here."""
        return self.source(node, self.ears[node].attachment, gap=True)

    def tick(self, time: int) -> Run:
        """Time passes, and nothing is said: every timer up to and including this time fires."""
        self.engine.before(time * self.unit + 1)
        return self._took()

    # --- what is judged ------------------------------------------------------------------------------

    def load(self, *rules: Rule) -> Run:
        """Judge by these rules from here on."""
        self.engine.load(rules)
        return self._took()

    def wait(self, condition: Condition | str, soft: Limit | None = None, hard: Limit | None = None) -> Waiting:
        """Wait from here on."""
        return self.engine.wait(condition_of(condition) if isinstance(condition, str) else condition, soft, hard)

    def end(self, waiting: Waiting, *, declared: bool = False) -> Outcome:
        """The journal is over."""
        self.engine.end(declared=declared)
        assert waiting.outcome is not None
        return waiting.outcome

    def restarted(self, *rules: Rule, waits: Sequence[tuple[Any, ...]] = ()) -> Run:
        """Go on with another engine, from a checkpoint as it is stored."""
        held = msgspec.msgpack.decode(msgspec.msgpack.encode(self.engine.hold()), type=Held)
        self.engine = self._engine(held.ears, held.at, held.seq)
        self.engine.load(rules)
        for one in waits:
            self.wait(*one)
        self.engine.restore(held)
        return self._took()

    def _took(self) -> Run:
        self.history += self.engine.taken()
        return self

    # --- what came of it -----------------------------------------------------------------------------

    @property
    def told(self) -> list[tuple[int, str]]:
        """(time, change) of every transition."""
        assert all(one.at % self.unit == 0 for one in self.history)
        return [(one.at // self.unit, one.state) for one in self.history]

    def told_of(self, **labels: str) -> list[tuple[int, str]]:
        """The same, of what carries these labels."""
        found = [one for one in self.history if all(one.labels.get(name) == value for name, value in labels.items())]
        return [(one.at // self.unit, one.state) for one in found]


def rule(  # noqa: PLR0913 - what a rule is
    formula: Term | str,
    name: str = "R",
    *,
    each: str | None = None,
    lasting: int = 0,
    keep: int = 0,
    flapping: tuple[int, int] | None = None,
    unit: int = S,
    **others: Any,
) -> Rule:
    """A rule whose durations are in seconds, or in another unit."""
    from waits.expression import DEFAULT_PARAMETERS, Scope

    scope = Scope(DEFAULT_PARAMETERS, each)
    return Rule(
        name,
        formula_of(formula, scope) if isinstance(formula, str) else formula,
        each,
        lasting * unit,
        keep * unit,
        flapping=None if flapping is None else Flapping(flapping[0], flapping[1] * unit),
        **others,
    )


def fresh(function: Function, arguments: tuple[Any, ...], view: View, roster: Sequence[str]) -> Any:
    """The value of a function, computed from nothing but the snapshot and how sources stand."""
    if function.over is not None:
        values = [fresh(FUNCTIONS[function.over], (name,), view, roster) for name in roster]
        if function.gathers is None:
            return function.compute(view, list(roster), values, *arguments)
        gathered = function.gathers()
        for name, value in zip(roster, values, strict=True):
            gathered.change(name, GONE, value)
        return function.compute(view, gathered)
    if function.uses is not None:
        used = FUNCTIONS[function.uses]
        value = fresh(used, arguments[: len(used.takes)], view, roster)
        return None if value is None else function.compute(view, value, *arguments)
    node = node_of(function.takes, arguments) if about_node(function) else None
    if node is not None and not function.lasting and not current(view, node):
        return None
    if node is not None and ANY_LINE in function.needs and not function.volatile and node not in names(view.state):
        return None
    return function.compute(view, *arguments)


def about_node(function: Function) -> bool:
    """Whether a function's first argument is a node, or something of one that must be heard."""
    entities = OF_KIND.get(function.takes[0]) if function.takes else None
    return entities is not None and entities.has_node and function.about_node


def current(view: View, node: str) -> bool:
    """Whether a node's log is read to its end, or ended behind a stop that it stated."""
    known = view.state.nodes.get(node)
    attached = any(ear.primary and ear.attachment is Attachment.ATTACHED for ear in view.ears.of(node))
    return attached or (known is not None and known.status in OVER)


def ears_as(ears: Mapping[str, Ear]) -> Ears:
    """Sources as they stand now, whatever becomes of them later."""
    found = Ears()
    for _name, ear in sorted(ears.items()):
        found.put(msgspec.structs.replace(ear))
    return found
