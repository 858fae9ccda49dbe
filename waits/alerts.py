"""The life of one alert: inactive, pending, firing, resolved, and beside it the flag that says it cannot be judged
(R26).

Its state is folded from the journal alone. Prometheus' `for` and `keep_firing_for` hold, with two additions: what
comes and goes again and again is one alert, and while the formula is unknown nothing changes.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

import msgspec

from state.ordered import ordered
from waits.binding import Bound, LeafAnswer, Memory, Moment
from waits.durations import elapsed
from waits.entities import EACH
from waits.rules import Rule, Text
from waits.terms import Kind, shown_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waits.cells import Cell
    from waits.graph import Graph
    from waits.truth import Truth

LINES_KEPT = 8
"""Lines named as evidence of one transition."""
TEXT_KEPT = 1000
"""Characters of an annotation."""


class State(enum.Enum):
    """Where an alert stands, in Prometheus' words."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"


class Change(enum.Enum):
    """What a transition is."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"
    BLIND = "blind"
    UNBLIND = "unblind"
    RELABELLED = "relabelled"


class Transition(msgspec.Struct, frozen=True):
    """One change in the life of an alert."""

    at: int
    seq: int
    """Of the last entry that had been applied."""
    rule: str
    state: str
    severity: str
    labels: dict[str, str]
    annotations: dict[str, str]
    leaves: tuple[LeafAnswer, ...]
    lines: tuple[int, ...]
    """Sequences of the lines behind it."""
    reason: str | None = None
    since: int | None = None
    """When the formula became true."""


class Kept(msgspec.Struct):
    """What an alert remembers; a checkpoint holds it."""

    state: str = State.INACTIVE.value
    since: int | None = None
    fired_at: int | None = None
    away_since: int | None = None
    """Since when the formula is false while the alert still fires."""
    rises: list[int] = msgspec.field(default_factory=list)
    was_true: bool = False
    flapping: bool = False
    observed: bool = False
    """Whether the formula has ever been known."""
    blind_since: int | None = None
    uncovered: bool = False
    """Whether what was missed while blind is gone for good."""
    annotations: dict[str, str] = msgspec.field(default_factory=dict)
    leaves: tuple[LeafAnswer, ...] = ()
    memories: list[Memory] = msgspec.field(default_factory=list)
    text_memories: list[list[list[Memory]]] = msgspec.field(default_factory=list)


class Alert:
    """One rule, for one entity."""

    def __init__(
        self,
        graph: Graph,
        rule: Rule,
        entity: Any,
        parameters: Mapping[str, Any],
        tell: Callable[[Transition], None],
    ) -> None:
        """`entity` is what `each:` stands for here, None without; `tell` takes what happens."""
        self.rule = rule
        self.entity = entity
        self.order = (rule.name, entity_text(entity))
        self.due: int | None = None
        self.kept = Kept()
        self._graph = graph
        self._tell = tell
        self.gone = False
        """Whether what it is about is there no more: then nothing is so of it."""
        self._calm = False
        """Whether nothing happens while the formula stays false."""
        self.variables = {} if rule.each is None else {rule.each: entity}
        self.bound = Bound(graph, rule.formula, self.variables, parameters)
        self._ask = self.bound.ask
        self.texts = [(name, _Said(graph, text, self.variables, parameters)) for name, text in rule.annotations]
        self.labels = {
            "alertname": rule.name,
            **({} if rule.each is None else EACH[rule.each].labels_of(entity)),
            **{name: _label(text, self.variables) for name, text in rule.labels},
            "severity": rule.severity,
        }
        self.kept.memories = self.bound.memories
        self.kept.text_memories = [said.memories for _name, said in self.texts]

    @property
    def state(self) -> State:
        """Where it stands."""
        return State(self.kept.state)

    @property
    def woken_by(self) -> list[Cell]:
        """Every cell whose change can change it."""
        return self.bound.woken_by

    @property
    def every_cell(self) -> list[Cell]:
        """Every cell of its formula; its annotations have none."""
        return [*self.bound.woken_by, *self.bound.cells]

    def grow(self, node: str) -> None:
        """A node has joined the network."""
        self.bound.grow(node)
        for _name, said in self.texts:
            said.grow(node)

    # --- looking -------------------------------------------------------------------------------------

    def look(self, moment: Moment) -> None:
        """How the formula stands now, and what follows."""
        truth: Truth = False if self.gone else self._ask(moment)
        if truth is False and self._calm:
            return
        self._calm = False
        kept = self.kept
        if truth is None:
            self._unknown(moment)
            return
        kept.observed = True
        if kept.blind_since is not None:
            self._seeing(moment)
        if truth:
            self._true(moment)
            return
        if kept.was_true or kept.state != State.INACTIVE.value:
            self._false(moment)
        self._calm = kept.state == State.INACTIVE.value

    def _unknown(self, moment: Moment) -> None:
        """Blind: no transition until it can be seen again."""
        kept = self.kept
        if kept.observed and kept.blind_since is None:
            kept.blind_since = moment.at
            kept.uncovered = self._facts_are_gone()
            leaves = self._leaves(moment)
            reason = "; ".join(dict.fromkeys(leaf.detail for leaf in leaves if leaf.truth is None and leaf.detail))
            self._say(Change.BLIND, moment, reason[:TEXT_KEPT] or None, leaves)

    def _facts_are_gone(self) -> bool:
        """A log that was lost can be read again from where it was left; what a node did not log is gone."""
        nodes = [node for cell in self.bound.cells for node in self._graph.blind_to(cell)]
        return not nodes or any(self._graph.heard(node) for node in nodes)

    def missed(self, at: int) -> None:
        """Something is missing in the journal: while this could not be judged, or in the middle of its `for`, where
        the formula may have been false without anybody seeing it (R26).
        """
        kept = self.kept
        kept.rises = []
        if kept.blind_since is not None:
            kept.uncovered = True
        elif kept.state == State.PENDING.value:
            kept.since = at

    def _seeing(self, moment: Moment) -> None:
        kept = self.kept
        if kept.uncovered:
            # What happened meanwhile is gone, so `for` begins anew.
            kept.since = None if kept.state != State.PENDING.value else moment.at
            kept.rises = []
        kept.blind_since, kept.uncovered = None, False
        self._say(Change.UNBLIND, moment, None)

    def _true(self, moment: Moment) -> None:
        kept, rule = self.kept, self.rule
        kept.away_since = None
        if not kept.was_true:
            kept.was_true = True
            self._rise(moment.at)
        if kept.state == State.FIRING.value:
            return
        if kept.since is None:
            kept.since = moment.at
        if kept.flapping or moment.reached(kept.since, rule.span):
            kept.state, kept.fired_at = State.FIRING.value, moment.at
            self._remember(moment)
            self._say(Change.FIRING, moment, self._flaps() if kept.flapping else None, kept.leaves)
            return
        if kept.state == State.INACTIVE.value:
            kept.state = State.PENDING.value
            self._remember(moment)
            self._say(Change.PENDING, moment, None, kept.leaves)

    def _rise(self, at: int) -> None:
        flapping = self.rule.flapping
        if flapping is not None:
            kept = self.kept
            kept.rises = [*[one for one in kept.rises if one > at - flapping.within], at][-flapping.times :]
            kept.flapping = kept.flapping or len(kept.rises) >= flapping.times

    def _flaps(self) -> str:
        flapping = self.rule.flapping
        assert flapping is not None  # noqa: S101 - only then does it flap
        return f"came and went {flapping.times} times within {shown_value(flapping.within, Kind.DURATION)}"

    def _false(self, moment: Moment) -> None:
        kept, rule = self.kept, self.rule
        if kept.was_true:
            self._remember_last(moment)
        kept.was_true = False
        if kept.state == State.PENDING.value:
            kept.state, kept.since = State.INACTIVE.value, None
            self._say(Change.RESOLVED, moment, "it did not last")
        elif kept.state == State.FIRING.value:
            if kept.away_since is None:
                kept.away_since = moment.at
            keep = max(rule.keep, rule.flapping.within if kept.flapping and rule.flapping is not None else 0)
            if not moment.reached(kept.away_since, keep):
                return
            kept.state, kept.since, kept.fired_at, kept.away_since = State.INACTIVE.value, None, None, None
            kept.flapping = False
            self._say(Change.RESOLVED, moment, None)

    def end(self, moment: Moment, reason: str) -> None:
        """It is no longer watched for."""
        if self.kept.state != State.INACTIVE.value:
            self._say(Change.RESOLVED, moment, reason)
        self.kept.state = State.INACTIVE.value

    # --- saying --------------------------------------------------------------------------------------

    def _remember(self, moment: Moment) -> None:
        """Keep what is to be said while the formula is true: when it no longer is, the values are gone."""
        self.kept.annotations = self.said(moment)
        self.kept.leaves = self._leaves(moment)

    def _remember_last(self, moment: Moment) -> None:
        """The same, of the last moment at which it was true: the one before this."""
        with self._graph.before(moment.seq):
            self.kept.annotations = self.said(moment)

    def said(self, moment: Moment) -> dict[str, str]:
        """The annotations, with the values of a moment."""
        return {name: said.at(moment) for name, said in self.texts}

    def _leaves(self, moment: Moment) -> tuple[LeafAnswer, ...]:
        return tuple(self.bound.explain(Moment(moment.at, moment.seq, timer=moment.timer)))

    def _say(
        self, change: Change, moment: Moment, reason: str | None, leaves: tuple[LeafAnswer, ...] | None = None
    ) -> None:
        """Tell what happens; `leaves` where it is known already how they stand."""
        kept, rule = self.kept, self.rule
        told = change in (Change.PENDING, Change.FIRING, Change.RESOLVED)
        self._tell(
            Transition(
                moment.at,
                moment.seq,
                rule.name,
                change.value,
                rule.severity,
                {name: value for name, value in ordered(self.labels) if name not in ("alertname", "severity")},
                kept.annotations if told else {},
                self._leaves(moment) if leaves is None else leaves,
                self._lines(),
                reason,
                kept.since,
            )
        )

    def _lines(self) -> tuple[int, ...]:
        graph = self._graph
        found = {one.seq for cell in self.bound.cells for one in graph.lines_behind(cell) if one is not None}
        return tuple(ordered(found)[-LINES_KEPT:])

    def restore(self, kept: Kept) -> None:
        """Go on from a checkpoint."""
        self.kept = kept
        self._calm = False
        kept.memories = self.bound.recall(kept.memories)
        for (_name, said), memories in zip(self.texts, kept.text_memories, strict=True):
            said.recall(memories)
        kept.text_memories = [said.memories for _name, said in self.texts]


class _Said:
    """An annotation, tied to a network."""

    def __init__(self, graph: Graph, text: Text, variables: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        self._given = graph, text, variables, parameters
        self._bound: list[tuple[str, Bound | None, Kind]] | None = None
        self.memories: list[list[Memory]] = []
        """What its values remember; nothing before they are first asked."""

    @property
    def _parts(self) -> list[tuple[str, Bound | None, Kind]]:
        """Text, or a value of a kind. Bound when it is first asked: most alerts of what comes and goes say nothing."""
        if self._bound is None:
            graph, text, variables, parameters = self._given
            self._bound = [
                (one, None, Kind.TEXT)
                if isinstance(one, str)
                else ("", Bound(graph, one, variables, parameters, seldom=True), one.kind)
                for one in text.parts
            ]
            self.memories += [bound.memories for _text, bound, _kind in self._bound if bound is not None]
        return self._bound

    def recall(self, memories: list[list[Memory]]) -> None:
        """Go on with what was remembered before."""
        if memories:
            parts = [bound for _text, bound, _kind in self._parts if bound is not None]
            for part, kept in zip(parts, memories, strict=True):
                part.recall(kept)

    def grow(self, node: str) -> None:
        """A node has joined the network."""
        for _text, bound, _kind in self._bound or ():
            if bound is not None:
                bound.grow(node)

    def at(self, moment: Moment) -> str:
        """With the values of a moment."""
        said = []
        for text, bound, kind in self._parts:
            if bound is None:
                said.append(text)
                continue
            value = bound.ask(Moment(moment.at, moment.seq, timer=moment.timer))
            if kind is Kind.AGE and value is not None:
                value = elapsed(value, moment.at)
            said.append(shown_value(value, kind))
        return "".join(said)[:TEXT_KEPT]


def _label(text: Text, variables: Mapping[str, Any]) -> str:
    """A label: literal text and the entity's own name, nothing that changes (R26)."""
    return "".join(one if isinstance(one, str) else str(variables[str(one)]) for one in text.parts)


def entity_text(entity: str | int | None) -> str:
    """An entity as a text that sorts as it does."""
    return "" if entity is None else f"{entity:020d}" if isinstance(entity, int) else entity
