"""Which transitions are sent, and when (R26, R27). Pure: what is known so far is a `Ledger`, time is an argument.

An incident is never sent. What another firing rule explains waits until that one no longer fires. Of what is older than
five minutes when the journal is caught up with, only what still fires is sent; that it ended is sent wherever that it
fired was. What cannot be judged for a minute is told as `ObserverBlind`, once for each node and once for the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from observer.sending.notices import (
    BLIND,
    FIRING,
    RESOLVED,
    WATCHDOG,
    Notice,
    annotations_of,
    fingerprint,
    labels_of,
    written_out,
)
from observer.wording import counted
from waits.alerts import Alert, Change, Transition
from waits.durations import NS, time_of_day
from waits.entities import LABELS, NODE_LABEL
from waits.rules import INCIDENT, Rule

LATE = 5 * 60 * NS
"""What is older than this is not sent unless it still fires once the journal is caught up with."""
BLIND_FOR = 60 * NS
"""A log that is rotated or opened again is blind for a moment, and that is nobody's business."""
RULES_NAMED = 12


class Fired(msgspec.Struct, frozen=True):
    """An alert that fires."""

    rule: str
    severity: str
    labels: dict[str, str]
    annotations: dict[str, str]
    at: int
    number: int
    told: bool = False


class Blinded(msgspec.Struct, frozen=True):
    """An alert that cannot be judged."""

    rule: str
    node: str
    """Empty where it is about no single node."""
    since: int
    number: int
    reason: str


class Ledger(msgspec.Struct, frozen=True):
    """What fires, what was told of it, and what is blind. It is committed with the transitions it follows from."""

    transitions: int = 0
    """Counted from the beginning of the journal."""
    firing: dict[str, Fired] = {}
    blind: dict[str, Blinded] = {}
    dark: dict[str, Fired] = {}
    """`ObserverBlind` as it was told, by node."""
    passed_over: int = 0
    """Alerts that fired and ended before anybody could be told in time, or while another one explained them."""


class Decision(NamedTuple):
    """What follows."""

    ledger: Ledger
    notices: list[Notice]
    open: bool
    """Whether time alone may make something due: then this is to be asked again, although nothing has happened."""


def decide(  # noqa: PLR0913 - everything that it depends on
    ledger: Ledger,
    transitions: Sequence[Transition],
    *,
    network: str,
    rules: Mapping[str, Rule],
    at: int,
    now: int,
) -> Decision:
    """What to send after these transitions. `at` is the journal time that has been reached (`now` itself where all
    sources are read to their end and nothing has come), `now` the time of day; `rules` are those in force, by name.
    """
    book = _Book(ledger, network, rules)
    for when, together in groupby(transitions, key=lambda one: one.at):
        for one in together:
            book.take(one)
        if when >= now - LATE:
            book.tell()
    if at >= now - LATE:
        book.tell()
        book.tell_blind(at)
    return Decision(book.ledger(), book.notices, book.open(caught_up=at >= now - LATE))


def reloaded(ledger: Ledger, alerts: Iterable[Alert]) -> Ledger:
    """Other rules are in force, and these are their alerts: what no rule watches for any more is no longer blind, and
    no transition says so.
    """
    still = {_key_of(one) for one in alerts if one.kept.blind_since is not None}
    if still.issuperset(ledger.blind):
        return ledger
    return replace(ledger, blind={key: one for key, one in ledger.blind.items() if key in still})


def _key_of(alert: Alert) -> str:
    labels = {name: value for name, value in alert.labels.items() if name not in ("alertname", "severity")}
    return alert_key(alert.rule.name, {name: written_out(value) for name, value in labels.items()})


def standing(ledger: Ledger, network: str, begun_at: int) -> tuple[Notice, ...]:
    """Everything that fires and was told, with `Watchdog`, which always does: since the journal began."""
    watchdog = Fired(
        WATCHDOG,
        "none",
        {},
        {"summary": f"the observer watches {network}: when this is missing, it does not"},
        begun_at,
        0,
    )
    told = [one for one in ledger.firing.values() if one.told]
    return tuple([_notice(network, one, FIRING) for one in (watchdog, *told, *ledger.dark.values())])


def alert_key(rule: str, labels: Mapping[str, str]) -> str:
    """Names an alert within its network."""
    return fingerprint({**labels, "": rule})


def _notice(network: str, one: Fired, kind: str, at: int | None = None, number: int | None = None) -> Notice:
    labels = labels_of(network, one.rule, one.severity, one.labels)
    ends = at if kind == RESOLVED else None
    return Notice(
        network,
        fingerprint(labels),
        one.number if number is None else number,
        kind,
        labels,
        annotations_of(one.annotations),
        one.at,
        ends,
        one.at if at is None else at,
    )


class _Book:
    """A ledger being carried on."""

    def __init__(self, ledger: Ledger, network: str, rules: Mapping[str, Rule]) -> None:
        self._network = network
        self._rules = rules
        self._before = ledger
        self._number = ledger.transitions
        self._firing = dict(ledger.firing)
        self._blind = dict(ledger.blind)
        self._dark = dict(ledger.dark)
        self._passed_over = ledger.passed_over
        self._untold = {key: None for key, one in ledger.firing.items() if _to_be_told(one)}
        """In the order in which they fired."""
        self.notices: list[Notice] = []

    def ledger(self) -> Ledger:
        found = Ledger(self._number, self._firing, self._blind, self._dark, self._passed_over)
        return self._before if found == self._before else found

    def open(self, *, caught_up: bool) -> bool:
        """Whether something waits for time alone."""
        return (not caught_up and bool(self._untold)) or {one.node for one in self._blind.values()} != set(self._dark)

    def take(self, one: Transition) -> None:
        """One transition."""
        self._number += 1
        labels = {name: written_out(value) for name, value in one.labels.items()}
        key = alert_key(one.rule, labels)
        if one.state == Change.FIRING.value:
            annotations = {name: written_out(text) for name, text in one.annotations.items()}
            fired = Fired(one.rule, one.severity, labels, annotations, one.at, self._number)
            self._firing[key] = fired
            if _to_be_told(fired):
                self._untold[key] = None
        elif one.state == Change.RESOLVED.value:
            self._resolved(key, one)
        elif one.severity == INCIDENT:
            # Its alert, where it has one, is blind for the same reason.
            return
        elif one.state == Change.BLIND.value:
            node = labels.get(NODE_LABEL, "")
            self._blind[key] = Blinded(one.rule, node, one.at, self._number, written_out(one.reason or ""))
        elif one.state == Change.UNBLIND.value:
            self._blind.pop(key, None)

    def _resolved(self, key: str, one: Transition) -> None:
        fired = self._firing.pop(key, None)
        self._untold.pop(key, None)
        if fired is None:
            return
        if fired.told:
            said = replace(fired, annotations=one.annotations or fired.annotations)
            self.notices.append(_notice(self._network, said, RESOLVED, one.at, self._number))
        elif fired.severity != INCIDENT:
            self._passed_over += 1

    def tell(self) -> None:
        """Everything that fires, was not told, and is explained by nothing else that fires."""
        if not self._untold:
            return
        explaining = _Explaining(self._firing.values())
        for key in list(self._untold):
            one = self._firing[key]
            rule = self._rules.get(one.rule)
            if rule is None or not any(explaining.explains(name, one) for name in rule.inhibited_by):
                del self._untold[key]
                self._firing[key] = replace(one, told=True)
                self.notices.append(_notice(self._network, one, FIRING))

    def tell_blind(self, at: int) -> None:
        """What cannot be judged, by node; and where it can be again."""
        groups: dict[str, list[Blinded]] = {}
        for one in self._blind.values():
            groups.setdefault(one.node, []).append(one)
        for node, found in groups.items():
            since = min(one.since for one in found)
            if node not in self._dark and at >= since + BLIND_FOR:
                fired = _dark(node, found, since)
                self._dark[node] = fired
                self.notices.append(_notice(self._network, fired, FIRING))
        for node in [node for node in self._dark if node not in groups]:
            self.notices.append(_notice(self._network, self._dark.pop(node), RESOLVED, at, self._number))


class _Explaining:
    """What fires, by rule and by what it is about: a thousand alerts may each be explained by one of a thousand."""

    def __init__(self, firing: Iterable[Fired]) -> None:
        self._by_rule: dict[str, list[Fired]] = {}
        for one in firing:
            self._by_rule.setdefault(one.rule, []).append(one)
        self._about: dict[tuple[str, tuple[str, ...]], set[tuple[str | None, ...]]] = {}

    def explains(self, rule: str, one: Fired) -> bool:
        """Whether an alert of this rule fires that agrees in what both name, as `waits.entities.agree` has it."""
        others = self._by_rule.get(rule)
        if not others:
            return False
        # All alerts of one rule are about things of one kind.
        shared = tuple([name for name in LABELS if name in others[0].labels and name in one.labels])
        known = self._about.get((rule, shared))
        if known is None:
            known = {tuple([other.labels.get(name) for name in shared]) for other in others}
            self._about[rule, shared] = known
        return tuple([one.labels[name] for name in shared]) in known


def _to_be_told(one: Fired) -> bool:
    return not one.told and one.severity != INCIDENT


def _dark(node: str, found: Sequence[Blinded], since: int) -> Fired:
    rules = sorted({one.rule for one in found})
    about = node or "the network"
    reason = next((one.reason for one in found if one.reason), "the logs do not show what they need")
    more = f" and {len(rules) - RULES_NAMED} more" if len(rules) > RULES_NAMED else ""
    return Fired(
        BLIND,
        "warning",
        {NODE_LABEL: node} if node else {},
        {
            "summary": f"{counted(len(rules), 'rule')} cannot be judged of {about} "
            f"since {time_of_day(since)}: {reason}",
            "description": f"Nothing is known of {', '.join(rules[:RULES_NAMED])}{more}: neither that they hold nor "
            "that they do not.",
        },
        since,
        min(one.number for one in found),
    )
