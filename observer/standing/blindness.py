"""What cannot be judged, and why: alerts that are blind, and rules that never observed what they need (R23).

Nothing that observed nothing is ever green, so this is asked before anything is called clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from observer.inventory import Inventory, nanoseconds
from replay.journal import Mark, MarkKind
from replay.recording import Recording
from waits.cells import Cell
from waits.engine import Engine
from waits.entities import MEMBERS, NODE
from waits.functions import FUNCTIONS
from waits.graph import Graph
from waits.moment import Moment
from waits.rules import Rule

Why: TypeAlias = tuple[str | None, str]
"""(node whose log does not show it, in words)"""
NO_NODE = "no node is known"
NOTHING_TELLS = "nothing in the logs tells"


class Unseen(NamedTuple):
    """One rule that cannot be judged at one thing."""

    rule: str
    about: str | None
    since: int | None
    """None where it has never been observed."""
    why: tuple[Why, ...]
    applies: bool = True
    """False where the node's logs, as they came, can never tell it: then it is not watched for."""

    @property
    def key(self) -> tuple[str, str | None]:
        return self.rule, self.about


class Members:
    """Whether what rules are bound to, such as forks, could ever be told: where no fork is known there is no alert
    that could say that it is blind. The engine lets it look.
    """

    order: tuple[Any, str] = ("", "")

    def __init__(self, engine: Engine, rules: Iterable[Rule]) -> None:
        """Watches what `each:` of these rules ranges over."""
        self.due: int | None = None
        kinds = sorted({rule.each for rule in rules if rule.each is not None and rule.each in MEMBERS})
        self._cells = {each: engine.graph.cell(MEMBERS[each]) for each in kinds}
        self._engine = engine
        self._known: set[str] = set()
        self._lost: dict[str, int] = {}
        engine.watch(self)

    @property
    def woken_by(self) -> list[Cell]:
        """What it watches."""
        return list(self._cells.values())

    def grow(self, node: str) -> None:
        """A node more changes nothing of what is watched."""

    def look(self, moment: Moment) -> None:
        """Something has become known, or is known no more."""
        for each, cell in self._cells.items():
            if cell.value is not None:
                self._known.add(each)
                self._lost.pop(each, None)
            elif each in self._known:
                self._lost.setdefault(each, moment.at)

    def unseen(self, rule: Rule) -> Unseen | None:
        """Why it is not known what a rule is bound to."""
        cell = None if rule.each is None else self._cells.get(rule.each)
        if cell is None or rule.each is None or cell.value is not None or self._engine.tells_nothing_of(rule):
            return None
        since = self._lost.get(rule.each) if rule.each in self._known else None
        return Unseen(rule.name, None, since, tuple(roots(self._engine.graph, cell)))


def unseen(engine: Engine, rules: Sequence[Rule], members: Members) -> list[Unseen]:
    """Every rule that cannot be judged at present, with each thing that it cannot be judged at."""
    found = [one for rule in rules if (one := members.unseen(rule)) is not None]
    found += [
        Unseen(rule.name, None, None, ((None, NO_NODE),))
        for rule in rules
        if rule.each == NODE.name and not engine.graph.roster
    ]
    found += [
        Unseen(rule, about or None, None, ((about or None, reason),), applies=False)
        for (rule, about), reason in sorted(engine.inapplicable.items())
    ]
    moment = Moment(engine.at, engine.seq)
    for alert in sorted(engine.alerts.values(), key=lambda one: one.order):
        kept = alert.kept
        if kept.observed and kept.blind_since is None:
            continue
        why = [
            root
            for leaf in alert.bound.leaves
            if leaf.ask(moment) is None
            for cell in leaf.cells
            if engine.graph.value(cell) is None
            for root in roots(engine.graph, cell)
        ]
        about = None if alert.entity is None else str(alert.entity)
        since = kept.blind_since if kept.observed else None
        found.append(Unseen(alert.rule.name, about, since, tuple(dict.fromkeys(why)) or ((None, NOTHING_TELLS),)))
    return found


def roots(graph: Graph, cell: Cell) -> Iterator[Why]:
    """The logs that do not show what a value is computed from."""
    if cell.used is not None and cell.function.why is None:
        yield from roots(graph, cell.used)
        return
    over = cell.function.over
    children = [] if over is None else [graph.cell(FUNCTIONS[over], (name,)) for name in graph.roster]
    hidden = [child for child in children if graph.value(child) is None]
    for child in hidden:
        yield from roots(graph, child)
    if not hidden:
        about = graph.blind_to(cell)
        yield about[0] if len(about) == 1 else None, graph.missing(cell)


# --- the end of a recording --------------------------------------------------------------------------


def own_end(recording: Recording, inventory: Inventory) -> int | None:
    """Sequence of the first Mark with which the recording's own end begins.

    Whoever copies logs cuts each behind its last line, so at the end of a recording every source has ended, and
    everything is blind. A source whose log ends no longer before the recording does than a node may be silent has
    ended with it: that is no reason to call the network unknown. One that ends earlier was cut, or its node died.
    """
    last = recording.last()
    if last is None:
        return None
    start = last.last_at - nanoseconds(inventory.pace.silent_after)
    ended: dict[int, Mark] = {}
    for info in recording.block_infos():
        if info.last_at < start:
            continue
        for mark in recording.block(info.first_seq).columns.marks:
            if mark.kind is MarkKind.ENDED and mark.at >= start:
                ended[mark.source] = mark
            elif mark.kind is MarkKind.OPENED:
                ended.pop(mark.source, None)
    return min((mark.seq for mark in ended.values()), default=None)
