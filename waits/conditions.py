"""Conditions: what is waited for, over time (R22). A formula is true in one snapshot; a condition is met, not yet,
violated or unknown in the course of a run.

A condition is relative to when it began, and looks at the state first: it cannot miss what has already happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from waits.binding import Bound, LeafAnswer, Memory, Moment
from waits.terms import Call, Kind, Literal, Term, calls_of
from waits.truth import Truth, Verdict, all_of, any_of, any_of_at_end

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waits.cells import Cell
    from waits.graph import Graph
    from waits.moment import Ask


NOT_YET = Verdict.NOT_YET.value


class Condition(msgspec.Struct, frozen=True):
    """Something that can be waited for."""


class Eventually(Condition, frozen=True):
    """The formula is true once. A formula where a condition is expected means this."""

    formula: Term

    def __str__(self) -> str:
        return str(self.formula)


class Lasting(Condition, frozen=True):
    """The formula is true for so long without a break."""

    formula: Term
    span: Term

    def __str__(self) -> str:
        return f"lasting({self.formula}, {self.span})"


class Always(Condition, frozen=True):
    """The formula is true from the beginning to the end. Met only at a declared end, and only if it could be
    observed throughout.
    """

    formula: Term

    def __str__(self) -> str:
        return f"always({self.formula})"


class Never(Condition, frozen=True):
    """The formula is false from the beginning to the end: as `Always` of its contrary."""

    formula: Term

    def __str__(self) -> str:
        return f"never({self.formula})"


class AllOf(Condition, frozen=True):
    """Every one of them, each at a time of its own."""

    conditions: tuple[Condition, ...]

    def __str__(self) -> str:
        return f"all_of({', '.join(map(str, self.conditions))})"


class AnyOf(Condition, frozen=True):
    """At least one of them."""

    conditions: tuple[Condition, ...]

    def __str__(self) -> str:
        return f"any_of({', '.join(map(str, self.conditions))})"


def condition(of: Condition | Term) -> Condition:
    """A formula as a condition."""
    return Eventually(of) if isinstance(of, Term) else of


class Witness(msgspec.Struct, frozen=True):
    """When something turned, and the leaves as they then were."""

    at: int
    seq: int
    leaves: tuple[LeafAnswer, ...]


class Progress(msgspec.Struct):
    """What a running condition remembers; a checkpoint holds it."""

    verdict: str = Verdict.UNKNOWN.value
    turned: Witness | None = None
    """When it was met or violated for good."""
    last_known: Witness | None = None
    """The residual just before it could no longer be told."""
    true_since: int | None = None
    unseen_at: int | None = None
    """When the formula could first not be observed, for what must hold throughout."""
    memories: list[Memory] = msgspec.field(default_factory=list)
    parts: list[Progress] = msgspec.field(default_factory=list)


class Running:
    """A condition under way in one network."""

    def __init__(self, graph: Graph, of: Condition, parameters: Mapping[str, Any]) -> None:
        """Begins when it is first looked at."""
        self.condition = of
        self.progress = Progress()
        self.parts: list[Running] = []
        self.bound: Bound | None = None
        self._span = 0
        self._simple: Ask | None = None
        """What is asked first: while it says false, nothing has come of a formula that is waited for."""
        if isinstance(of, (AllOf, AnyOf)):
            self.parts = [Running(graph, one, parameters) for one in of.conditions]
            self.progress.parts = [one.progress for one in self.parts]
        elif isinstance(of, (Eventually, Lasting, Always, Never)):
            self.bound = Bound(graph, of.formula, {}, parameters)
            self.progress.memories = self.bound.memories
            if isinstance(of, Eventually):
                self._simple = self.bound.ask
            if isinstance(of, Lasting):
                self._span = self.bound.argument(of.span)

    @property
    def cells(self) -> list[Cell]:
        """Every cell it reads."""
        own = [] if self.bound is None else self.bound.cells
        return [*own, *(cell for part in self.parts for cell in part.cells)]

    @property
    def woken_by(self) -> list[Cell]:
        """Every cell whose change can change it."""
        own = [] if self.bound is None else self.bound.woken_by
        return [*own, *(cell for part in self.parts for cell in part.woken_by)]

    @property
    def verdict(self) -> Verdict:
        """As of when it was last looked at."""
        return Verdict(self.progress.verdict)

    def grow(self, node: str) -> None:
        """A node has joined the network."""
        if self.bound is not None:
            self.bound.grow(node)
        for part in self.parts:
            part.grow(node)

    def look(self, moment: Moment) -> Verdict:
        """How it stands now."""
        if self._simple is not None and self.progress.turned is None and self._simple(moment) is False:
            self.progress.verdict = NOT_YET
            return Verdict.NOT_YET
        verdict = self._looked(moment)
        self.progress.verdict = verdict.value
        return verdict

    def _looked(self, moment: Moment) -> Verdict:
        if self.progress.turned is not None:
            return self.verdict
        if self.bound is None:
            combine = all_of if isinstance(self.condition, AllOf) else any_of
            verdict = combine([part.look(moment) for part in self.parts])
            if verdict in (Verdict.MET, Verdict.VIOLATED) and self._settled(verdict):
                self.progress.turned = Witness(moment.at, moment.seq, tuple(self.leaves(moment)))
            return verdict
        truth: Truth = self.bound.ask(moment)
        if isinstance(self.condition, (Always, Never)):
            return self._throughout(truth if isinstance(self.condition, Always) else _contrary(truth), moment)
        if isinstance(self.condition, Lasting):
            return self._lasting(truth, moment)
        if truth is None and self.progress.verdict == NOT_YET:
            self._remember(moment)
        return self._turned(Verdict.MET, moment) if truth else _pending(truth)

    def _remember(self, moment: Moment) -> None:
        """Keep the residual of the moment before this, unless asking for it again would be felt."""
        if self.bound is not None and not self.bound.memories:
            with self.bound.graph.before(moment.seq):
                leaves = self.bound.explain(moment)
            self.progress.last_known = Witness(moment.at, moment.seq, tuple(leaves))

    def _settled(self, verdict: Verdict) -> bool:
        """Whether no later entry can change it: a conjunction that is met stays so, as its parts do."""
        return verdict is not Verdict.MET or not any(_lasting_claim(part.condition) for part in self.parts)

    def _lasting(self, truth: Truth, moment: Moment) -> Verdict:
        if not truth:
            self.progress.true_since = None
            return _pending(truth)
        if self.progress.true_since is None:
            self.progress.true_since = moment.at
        if moment.reached(self.progress.true_since, self._span):
            return self._turned(Verdict.MET, moment)
        return Verdict.NOT_YET

    def _throughout(self, truth: Truth, moment: Moment) -> Verdict:
        if truth is False:
            return self._turned(Verdict.VIOLATED, moment)
        if truth is None and self.progress.unseen_at is None:
            self.progress.unseen_at = moment.at
        return Verdict.NOT_YET if self.progress.unseen_at is None else Verdict.UNKNOWN

    def _turned(self, verdict: Verdict, moment: Moment) -> Verdict:
        self.progress.turned = Witness(moment.at, moment.seq, tuple(self.leaves(moment)))
        return verdict

    def ended(self, moment: Moment) -> Verdict:
        """How it stands at a declared end: only now can what must hold throughout be met."""
        if self.parts:
            combine = all_of if isinstance(self.condition, AllOf) else any_of_at_end
            verdict = combine([part.ended(moment) for part in self.parts])
        elif isinstance(self.condition, (Always, Never)) and self.verdict is Verdict.NOT_YET:
            verdict = self._turned(Verdict.MET, moment)
        else:
            verdict = self.verdict
        self.progress.verdict = verdict.value
        return verdict

    def leaves(self, moment: Moment) -> list[LeafAnswer]:
        """The residual: every leaf that is still looked at, with the value it has and the value it needs."""
        if self.bound is None:
            return [leaf for part in self.parts for leaf in part.leaves(moment)]
        if self.progress.turned is not None:
            return list(self.progress.turned.leaves)
        leaves = self.bound.explain(moment)
        if isinstance(self.condition, Never):
            return [_negated(leaf) for leaf in leaves]
        return leaves

    def witness(self) -> Witness | None:
        """When it was violated, or met for good: of a part, if a part decided."""
        if self.progress.turned is not None and not self.parts:
            return self.progress.turned
        wanted = [part.witness() for part in self.parts if part.verdict is self.verdict]
        found = [one for one in wanted if one is not None]
        return max(found, key=lambda one: one.seq) if found else self.progress.turned

    def last_known(self) -> list[Witness]:
        """What was last known of what can no longer be told."""
        own = self.progress.last_known
        mine = [] if own is None or self.verdict is not Verdict.UNKNOWN else [own]
        return [*mine, *(one for part in self.parts for one in part.last_known())]

    def restore(self, progress: Progress) -> None:
        """Go on from a checkpoint."""
        self.progress = progress
        if self.bound is not None:
            progress.memories = self.bound.recall(progress.memories)
        for part, kept in zip(self.parts, progress.parts, strict=True):
            part.restore(kept)


def _pending(truth: Truth) -> Verdict:
    return Verdict.UNKNOWN if truth is None else Verdict.NOT_YET


def _contrary(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _negated(leaf: LeafAnswer) -> LeafAnswer:
    truth = _contrary(leaf.truth)
    needs = f"never {leaf.needs}"
    return msgspec.structs.replace(leaf, needs=needs, truth=truth)


def _lasting_claim(of: Condition) -> bool:
    if isinstance(of, (AllOf, AnyOf)):
        return any(_lasting_claim(one) for one in of.conditions)
    return isinstance(of, (Always, Never))


def functions_of(of: Condition | Term) -> list[Call]:
    """Every call in a condition."""
    if isinstance(of, Term):
        return calls_of(of)
    if isinstance(of, (AllOf, AnyOf)):
        return [call for one in of.conditions for call in functions_of(one)]
    return functions_of(of.formula) if isinstance(of, (Eventually, Lasting, Always, Never)) else []


def lasting(formula: Term, span: Term | str) -> Lasting:
    """`Lasting` with a duration such as "30s"."""
    from waits.durations import nanoseconds

    return Lasting(formula, Literal(nanoseconds(span), Kind.DURATION) if isinstance(span, str) else span)
