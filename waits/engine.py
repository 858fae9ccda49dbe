"""The engine: what waits and rules say, entry by entry and timer by timer (R20, R21).

Whoever plays a journal tells it each entry after folding it. Before an entry at T every timer due before T has
fired, in order of (time, rule or wait, entity), each at its own instant and with the state as it then was. Nothing
is looked at again unless a value that it reads has changed, its time has come, or a node that it listens for writes.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import msgspec

from state.ordered import ordered
from state.views import names
from waits.alerts import Alert, Kept, State, Transition, entity_text
from waits.applying import Applying
from waits.binding import Moment
from waits.cells import Cell
from waits.entities import MEMBERS, NODE
from waits.functions import View
from waits.graph import Graph
from waits.rules import Rule
from waits.sight import Deaf, Ear, Ears, Hearing
from waits.terms import Call, calls_of
from waits.waiting import Limit, Waited, Waiting

if TYPE_CHECKING:
    from state.events import Event
    from state.snapshot import NetworkState, Touched
    from waits.conditions import Condition

RULE_CHANGED = "rule changed"
NEVER = 1 << 63
"""As a journal time: later than any."""
ALL_OF_IT = 1 << 62
"""As a sequence: a timer comes after every entry of its time."""


Place: TypeAlias = tuple[int, tuple[Any, str]]
"""Rules before waits at one time, each in an order of its own."""


class Watcher(Protocol):
    """Whoever looks when what it reads has changed: an alert, a wait, or something else that `watch` is given."""

    order: tuple[Any, str]
    """Of those that look at one time, this one's place."""
    due: int | None

    @property
    def woken_by(self) -> list[Cell]:
        """Every cell whose change can change it."""
        ...

    def grow(self, node: str) -> None:
        """A node has joined the network."""
        ...

    def look(self, moment: Moment) -> object:
        """See how things stand now."""
        ...


Woken: TypeAlias = tuple[Place, Watcher]


class Held(msgspec.Struct):
    """What a checkpoint of the engine holds: nothing that can be computed from the snapshot."""

    alerts: list[tuple[str, str | int | None, Kept]]
    """(rule, entity, memory)"""
    waits: list[Waited]
    ears: list[Ear]
    at: int
    seq: int
    timed: bool = False
    """Whether the timers of that very time have fired, so that no entry of it is still to come."""
    stood: int = 0
    """How far the journal had come, where that is behind the last entry that mattered."""


class Engine:
    """Waits and rules over one journal."""

    def __init__(  # noqa: PLR0913 - what an engine is
        self,
        state: NetworkState,
        *,
        at: int = 0,
        seq: int = 0,
        roster: Iterable[str] = (),
        parameters: Mapping[str, Any] | None = None,
        ears: Iterable[Ear] = (),
        hearing: Hearing | None = None,
        quorum: Iterable[str] | None = None,
        tells: Mapping[str, frozenset[type[Event]]] | None = None,
    ) -> None:
        """Begins at a snapshot. `roster` names the expected nodes, `quorum` those of them that count, if not all do;
        `parameters` are the inventory's. `tells` says which kinds of events the logs of a system can give.
        """
        roster = tuple(roster)
        self.at = at
        self.seq = seq
        self.parameters = dict(parameters or {})
        self.transitions: list[Transition] = []
        """What has happened since whoever plays last took it."""
        known = Ears()
        for ear in ears:
            known.put(ear)
        self.view = View(state, known, hearing or Deaf(), at, seq, roster if quorum is None else quorum)
        self.listened: dict[str, dict[Place, Watcher]] = {}
        """Nodes whose next line somebody waits for."""
        expected = {*roster, *[ear.node for ear in known.all()], *names(state)}
        self.graph = Graph(self.view, expected, self.listened)
        self.alerts: dict[tuple[str, str], Alert] = {}
        """By rule and entity, as text."""
        self._inapplicable: dict[str, dict[str, str]] = {}
        """Why a rule is not watched for at an entity: by rule, then by entity as text."""
        self._entities_of: dict[str, dict[Any, Alert]] = {}
        """By rule, then by entity."""
        self._departed: dict[tuple[Any, str], Alert] = {}
        """Alerts of entities that are gone, which end before they are forgotten; by their order."""
        self.waits: list[Waiting] = []
        self.watching: list[Watcher] = []
        self._applying = Applying(self.graph, tells or {})
        self._rules: list[Rule] = []
        self._calls: dict[str, list[Call]] = {}
        """What each rule asks."""
        self._moment = Moment(at, seq)
        self._members: dict[str, Cell] = {}
        """What gives the members of a kind that rules are bound to."""
        self._kinds: dict[int, str] = {}
        """The same, by the cell's number."""
        self.soonest = NEVER
        """No timer is due before this; one may be later."""
        self._timers: list[tuple[int, int, tuple[Any, str]]] = []
        self._asleep: dict[tuple[int, tuple[Any, str]], Watcher] = {}

    # --- what is judged ------------------------------------------------------------------------------

    def wait(self, condition: Condition, soft: Limit | None = None, hard: Limit | None = None) -> Waiting:
        """Begin to wait for something, from here on."""
        waiting = Waiting(self.graph, condition, self.parameters, len(self.waits), soft, hard)
        self.waits.append(waiting)
        self._watch(waiting)
        self._look(waiting, self.at, self.seq)
        return waiting

    def watch(self, watcher: Watcher) -> None:
        """Let something else look from here on whenever what it reads has changed, or its time has come."""
        self.watching.append(watcher)
        self._watch(watcher)
        self._look(watcher, self.at, self.seq)

    def load(self, rules: Sequence[Rule]) -> None:
        """Judge by these rules from here on. One that is there already goes on; one that is not, or is another
        than before under its name, begins here and never in the past (R20).
        """
        moment = Moment(self.at, self.seq, timer=self.view.seq == ALL_OF_IT)
        kept = {rule.name: rule for rule in rules}
        for _key, alert in ordered(self.alerts):
            if kept.get(alert.rule.name) != alert.rule:
                alert.end(moment, RULE_CHANGED)
                self._drop(alert)
        self._rules = [kept[name] for name in sorted(kept)]
        self._calls = {rule.name: calls_of(rule.formula) for rule in self._rules}
        self._inapplicable.clear()
        for rule in self._rules:
            reason = self._applying.never_told(MEMBERS[rule.each], []) if rule.each in MEMBERS else None
            if reason is not None:
                self._inapplicable[rule.name] = {"": reason}
                continue
            for entity in self._entities(rule):
                self._begin(rule, entity)

    def _entities(self, rule: Rule) -> list[Any]:
        if rule.each is None:
            return [None]
        if rule.each == NODE.name:
            return list(self.graph.roster)
        cell = self._members.get(rule.each)
        if cell is None:
            cell = self._members[rule.each] = self.graph.cell(MEMBERS[rule.each])
            self._kinds[cell.number] = rule.each
        return list(cell.value or ())

    def _begin(self, rule: Rule, entity: Any) -> None:
        if (rule.name, entity_text(entity)) in self.alerts:
            return
        reason = self._applying.why_not(self._calls[rule.name], rule.each, entity)
        if reason is not None:
            self._inapplicable.setdefault(rule.name, {})[entity_text(entity)] = reason
            return
        alert = Alert(self.graph, rule, entity, self.parameters, self.transitions.append)
        self.alerts[alert.order] = alert
        self._entities_of.setdefault(rule.name, {})[entity] = alert
        self._watch(alert)
        self._look(alert, self.at, self.seq)

    def _drop(self, alert: Alert) -> None:
        self._forget(alert)
        self.graph.drop(alert.every_cell)
        self._departed.pop(alert.order, None)
        del self.alerts[alert.order]
        del self._entities_of[alert.rule.name][alert.entity]

    def _watch(self, watcher: Watcher) -> None:
        key = (_rank(watcher), watcher.order)
        for cell in watcher.woken_by:
            if all(known != key for known, _ in cell.watchers):
                insort(cell.watchers, (key, watcher), key=_key)

    def _forget(self, watcher: Watcher) -> None:
        key = (_rank(watcher), watcher.order)
        self._asleep.pop(key, None)
        watcher.due = None
        for cell in watcher.woken_by:
            cell.watchers = [one for one in cell.watchers if one[0] != key]
        for _node, waiting in ordered(self.listened):
            waiting.pop(key, None)

    # --- what happens --------------------------------------------------------------------------------

    def before(self, at: int) -> None:
        """Fire every timer due before a journal time."""
        timers = self._timers
        while timers and timers[0][0] < at:
            due, rank, order = heappop(timers)
            watcher = self._asleep.get((rank, order))
            if watcher is None or watcher.due != due:
                continue
            watcher.due = None
            self.graph.turn()
            self.at = due
            self.view.at, self.view.seq = due, ALL_OF_IT
            self._look(watcher, due, self.seq)
        self.soonest = timers[0][0] if timers else NEVER

    @property
    def inapplicable(self) -> dict[tuple[str, str], str]:
        """Why a rule is not watched for at an entity: by rule and entity, as text."""
        by_rule = ordered(self._inapplicable)
        return {(rule, text): reason for rule, known in by_rule for text, reason in ordered(known)}

    def tells_nothing_of(self, rule: Rule) -> bool:
        """Whether no log can ever tell what a rule is bound to, so that it is watched for nowhere."""
        return "" in self._inapplicable.get(rule.name, ())

    @property
    def due(self) -> int | None:
        """When the next timer fires, if no entry comes before."""
        timers = self._timers
        while timers:
            due, rank, order = timers[0]
            watcher = self._asleep.get((rank, order))
            if watcher is not None and watcher.due == due:
                return due
            heappop(timers)
        return None

    def entry(  # noqa: PLR0913 - what an entry is
        self,
        seq: int,
        at: int,
        node: str,
        before: NetworkState,
        after: NetworkState,
        touched: Sequence[Touched],
    ) -> None:
        """An entry of a node has been folded."""
        if self.soonest < at:
            self.before(at)
        self.at, self.seq = at, seq
        view = self.view
        view.state, view.at, view.seq = after, at, seq
        # Whoever waits for its line has it, before anybody waits for the next.
        listeners = self._listeners(node) if node in self.listened else ()
        changed, joined = self.graph.folded(before, touched, node)
        if changed or joined or listeners:
            self._follow(changed, joined, listeners)

    def heard(self, seq: int, at: int, node: str) -> None:
        """A node has written a line that somebody listens for."""
        self.before(at)
        self.at, self.seq = at, seq
        self.view.at, self.view.seq = at, seq
        listeners = self._listeners(node)
        self._follow(self.graph.wrote(node), [], listeners)

    def _listeners(self, node: str) -> list[Woken]:
        return ordered(self.listened.pop(node, {}))

    def source(self, seq: int, at: int, ear: Ear, *, gap: bool = False) -> None:
        """A source came, ended, was lost, or something of it is missing."""
        self.before(at)
        self.at, self.seq = at, seq
        self.view.ears.put(ear)
        self.view.at, self.view.seq = at, seq
        missing: list[Woken] = []
        if gap:
            for _key, alert in ordered(self.alerts):
                if any(cell.node in (None, ear.node) for cell in alert.bound.cells):
                    alert.missed(at)
                    missing.append(((_rank(alert), alert.order), alert))
        listeners = self._listeners(ear.node)
        changed, joined = self.graph.sources_changed(ear.node)
        # What is read anew each time it is asked for has no value to compare.
        readers = [one for cell in self.graph.volatile(ear.node) for one in cell.watchers]
        self._follow(changed, joined, [*missing, *listeners, *readers])

    def _follow(self, changed: list[Cell], joined: list[str], more: Sequence[Woken] = ()) -> None:
        """Look at whatever reads a changed value. What is gone is so before anybody looks; what is new begins after."""
        kinds = [self._kinds[cell.number] for cell in changed if cell.number in self._kinds] if self._kinds else []
        turned = [alert for each in kinds for alert in self._turned(each)]
        for node in joined:
            self._join(node)
        if len(changed) == 1 and not more:
            woken = changed[0].watchers[:]
        else:
            every = dict(more)
            for cell in changed:
                every.update(cell.watchers)
            woken = ordered(every)
        at, seq = self.at, self.seq
        for _order, watcher in woken:
            self._look(watcher, at, seq)
        for each in kinds:
            self._welcome(each)
        for alert in turned:
            if self.alerts.get(alert.order) is alert:
                self._look(alert, at, seq)

    def _join(self, node: str) -> None:
        """A node that nobody expected has written."""
        watchers: list[Watcher] = [*[alert for _key, alert in ordered(self.alerts)], *self.waits, *self.watching]
        for watcher in watchers:
            watcher.grow(node)
            self._watch(watcher)
            self._look(watcher, self.at, self.seq)
        for rule in self._rules:
            if rule.each == NODE.name:
                self._begin(rule, node)

    def _turned(self, each: str) -> list[Alert]:
        """Alerts whose entity has just gone, or come back. Who there is may not be told at present: then those that
        are watched stay, and are blind.
        """
        present = self._members[each].value
        departed = [alert for _order, alert in ordered(self._departed)]
        turned: list[Alert] = []
        for rule in self._rules:
            known = self._entities_of.get(rule.name) if rule.each == each else None
            if not known:
                continue
            gone = set() if present is None else known.keys() - set(present)
            turned += [known[entity] for entity in ordered(gone) if not known[entity].gone]
            turned += [alert for alert in departed if alert.rule.name == rule.name and alert.entity not in gone]
        for alert in turned:
            alert.gone = not alert.gone
            if alert.gone:
                self._departed[alert.order] = alert
            else:
                del self._departed[alert.order]
        return turned

    def _welcome(self, each: str) -> None:
        """Begin with entities that are new."""
        present = self._members[each].value
        for rule in self._rules if present is not None else ():
            if rule.each == each:
                for entity in ordered(set(present) - set(self._entities_of.get(rule.name, {}))):
                    self._begin(rule, entity)
                self._forget_inapplicable(rule, present)

    def _forget_inapplicable(self, rule: Rule, present: Iterable[Any]) -> None:
        known = self._inapplicable.get(rule.name)
        if known:
            here = {entity_text(entity) for entity in present}
            self._inapplicable[rule.name] = {one: why for one, why in ordered(known) if not one or one in here}

    def _look(self, watcher: Watcher, at: int, seq: int) -> None:
        moment = self._moment
        moment.at, moment.seq, moment.timer, moment.wake = at, seq, self.view.seq == ALL_OF_IT, None
        watcher.look(moment)
        if moment.listen:
            for node in moment.listen:
                self.listened.setdefault(node, {})[_rank(watcher), watcher.order] = watcher
            moment.listen = []
        if moment.wake != watcher.due:
            self._sleep(watcher, moment.wake)
        if self._departed and self._departed.get(watcher.order) is watcher:
            alert = self._departed[watcher.order]
            if alert.state is State.INACTIVE:
                self._drop(alert)

    def _sleep(self, watcher: Watcher, due: int | None) -> None:
        watcher.due = due
        if due is not None:
            rank = _rank(watcher)
            self._asleep[rank, watcher.order] = watcher
            heappush(self._timers, (due, rank, watcher.order))
            self.soonest = self._timers[0][0]

    def end(self, *, declared: bool = False) -> None:
        """The journal is over: waits that are still open are decided. Alerts stay as they are (R25)."""
        for waiting in self.waits:
            waiting.end(Moment(self.at, self.seq, timer=True), declared=declared)

    def stand(self, seq: int, at: int) -> None:
        """The journal has come so far, and what came last changed nothing that is looked at. So what is told later is
        told as of the entry before that: where somebody happened to stand shows in no history.
        """
        self.before(at)
        self.at = at
        self.view.at, self.view.seq = at, seq

    def taken(self) -> list[Transition]:
        """What has happened since this was last asked."""
        found = self.transitions[:]
        self.transitions.clear()
        return found

    # --- checkpoints ---------------------------------------------------------------------------------

    def hold(self) -> Held:
        """What a checkpoint needs."""
        return Held(
            [(alert.rule.name, alert.entity, alert.kept) for _key, alert in ordered(self.alerts)],
            [waiting.memory for waiting in self.waits],
            self.view.ears.all(),
            self.at,
            self.seq,
            self.view.seq == ALL_OF_IT,
            self.view.seq,
        )

    def restore(self, held: Held) -> None:
        """Go on from a checkpoint: the same rules and waits have been given before, at the same snapshot."""
        for name, entity, kept in held.alerts:
            key = (name, entity_text(entity))
            if key not in self.alerts:
                self._begin(next(rule for rule in self._rules if rule.name == name), entity)
            self.alerts[key].restore(msgspec.structs.replace(kept))
        for waiting, memory in zip(self.waits, held.waits, strict=True):
            waiting.restore(memory)
        self.transitions.clear()
        for each in ordered(set(self._members)):
            self._turned(each)
        self.at, self.seq = held.at, held.seq
        seen = ALL_OF_IT if held.timed else max(held.seq, held.stood)
        self.view.at, self.view.seq = held.at, seen
        watchers: list[Watcher] = [*[alert for _key, alert in ordered(self.alerts)], *self.waits, *self.watching]
        for watcher in watchers:
            self._look(watcher, held.at, held.seq)
        # Looking again says nothing new, and must not say it in the words of this moment.
        self.transitions.clear()
        for name, entity, kept in held.alerts:
            alert = self.alerts.get((name, entity_text(entity)))
            if alert is None:
                continue
            again = alert.kept
            again.annotations, again.leaves = kept.annotations, kept.leaves


def _key(one: Woken) -> Place:
    return one[0]


def _rank(watcher: object) -> int:
    """Rules before waits at one time."""
    return 1 if isinstance(watcher, Waiting) else 0
