"""A rule unit test, played: the engine told of a small journal in memory, and asked at chosen times."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from observer.inventory import Inventory
from observer.judged import parameters_of
from observer.ruletests.entries import CaseEntry, RuleTestEntry
from observer.ruletests.input import Said
from state.events import LogMissed
from state.origin import Origin
from state.snapshot import NetworkState, fold
from waits.alerts import Alert, State
from waits.binding import Moment
from waits.engine import Engine
from waits.entities import MEMBERS
from waits.rules import Rule
from waits.sight import Attachment, Ear

_STANDS = {
    "opened": Attachment.ATTACHED,
    "caught_up": Attachment.ATTACHED,
    "lagging": Attachment.LAGGING,
    "lost": Attachment.LOST,
    "ended": Attachment.ENDED,
}
"""How a source stands from a Mark on."""


class InMemory:
    """When each source wrote, known beforehand."""

    def __init__(self) -> None:
        self._lines: dict[int, list[tuple[int, int]]] = {}

    def put(self, source: int, seq: int, at: int) -> None:
        """A line of a source."""
        self._lines.setdefault(source, []).append((seq, at))

    def last_line(self, source: int, at: int, seq: int) -> int | None:
        """Journal time of the source's last line up to a journal time and a sequence."""
        lines = self._lines.get(source, [])
        place = min(bisect_right(lines, seq, key=lambda one: one[0]), bisect_right(lines, at, key=lambda one: one[1]))
        return lines[place - 1][1] if place else None


class Stands(NamedTuple):
    """How one alert stands when it is asked for."""

    labels: dict[str, str]
    annotations: dict[str, str]
    state: State
    entity: str
    unknown: str | None
    """Why it cannot be judged; None where it can."""


class Play:
    """One test under way."""

    def __init__(self, test: RuleTestEntry, said: Sequence[Said], rules: Sequence[Rule], inventory: Inventory) -> None:
        """Nothing has been logged yet. Every source is attached from the start, unless it is opened first."""
        self._start = test.start
        self._said = said
        self._rules = rules
        self._state = NetworkState()
        self._next = 0
        nodes = sorted({*test.nodes, *[one.node for one in said]})
        first = {one.node: one.mark for one in reversed(said)}
        skewed = {one.node for one in said if one.skew}
        self._ears = {
            node: Ear(
                number,
                node,
                primary=True,
                attachment=Attachment.LOST if first.get(node) == "opened" else Attachment.ATTACHED,
                since=0 if first.get(node) == "opened" else test.start,
                dated_twice=node in skewed,
            )
            for number, node in enumerate(nodes, 1)
        }
        hearing = InMemory()
        for seq, one in enumerate(said, 1):
            if one.mark is None:
                hearing.put(self._ears[one.node].number, seq, test.start + one.at)
        self._engine = Engine(
            self._state,
            at=test.start,
            roster=[*inventory.nodes, *nodes],
            parameters=parameters_of(inventory),
            ears=self._ears.values(),
            hearing=hearing,
        )
        self._engine.load(rules)

    def until(self, at: int) -> None:
        """Go on to a time since the start, with everything that is logged and all that is due at it."""
        while self._next < len(self._said) and self._said[self._next].at <= at:
            one = self._said[self._next]
            self._next += 1
            self._entry(self._next, one)
        self._engine.before(self._start + at + 1)

    def _entry(self, seq: int, one: Said) -> None:
        at = self._start + one.at
        engine = self._engine
        engine.before(at)
        ear = self._ears[one.node]
        event = LogMissed() if one.mark == "gap" else one.event
        if event is not None:
            before = self._state
            self._state, touched = fold(before, event, Origin(one.node, at + one.skew, at, seq, ear.number))
            engine.entry(seq, at, one.node, before, self._state, touched)
        if one.mark is not None:
            self._mark(ear, one.mark, at)
            engine.source(seq, at, ear, gap=one.mark == "gap")
        elif event is None and one.node in engine.listened:
            engine.heard(seq, at, one.node)

    def _mark(self, ear: Ear, mark: str, at: int) -> None:
        if mark in _STANDS:
            ear.attachment, ear.since = _STANDS[mark], at
        elif mark == "gap":
            ear.gaps += 1
        else:
            ear.steps += 1

    def alerts(self, case: CaseEntry) -> list[Stands]:
        """Every alert of the rule that a case asks for; one that says why, where no entity is known."""
        engine = self._engine
        alerts = [alert for alert in engine.alerts.values() if alert.rule.name == case.alertname]
        found = [self._stands(alert, self._start + case.eval_time) for alert in alerts]
        found += [
            Stands({}, {}, State.INACTIVE, entity, reason)
            for (rule, entity), reason in sorted(engine.inapplicable.items())
            if rule == case.alertname
        ]
        return sorted(found or list(self._members_unknown(case.alertname)), key=lambda one: one.entity)

    def _stands(self, alert: Alert, at: int) -> Stands:
        moment = Moment(at, self._engine.seq, timer=True)
        unknown = None
        if alert.bound.ask(moment) is None:
            missing = [leaf.detail or leaf.text for leaf in alert.bound.explain(moment) if leaf.truth is None]
            unknown = "; ".join(dict.fromkeys(missing)) or "unknown"
        labels = {name: value for name, value in alert.labels.items() if name != "alertname"}
        # What is no longer true is told as it last was.
        said = alert.said(moment) if alert.kept.was_true and unknown is None else dict(alert.kept.annotations)
        entity = "" if alert.entity is None else str(alert.entity)
        return Stands(labels, said, alert.state, entity, unknown)

    def _members_unknown(self, name: str) -> Iterator[Stands]:
        """A rule about each of what is not known to be or not to be."""
        graph = self._engine.graph
        for rule in self._rules:
            if rule.name == name and rule.each is not None and rule.each in MEMBERS:
                cell = graph.cell(MEMBERS[rule.each])
                if cell.value is None:
                    yield Stands({}, {}, State.INACTIVE, "", graph.missing(cell))
