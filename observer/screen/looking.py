"""A view made of a live judgement: the snapshot, the engine's alerts and what is heard, nothing played again.

Nothing is asked of a formula here. Asking makes a formula remember, and then what is told later would hang on whether
somebody had been watching; so an alert says what it said when it came to stand as it does, and what cannot be judged is
read off values that are there already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, cast

from observer.answers_judged import NodeStanding
from observer.inventory import Inventory
from observer.judged import Judged
from observer.screen.reports import Reports
from observer.screen.told import sentence_of
from observer.screen.view import WAITING, AlertView, BlindView, NodeView, Said, SourceView, TipView, View
from observer.severity import rank
from observer.snapshot import Point, active_of
from observer.standing.blindness import NO_NODE, NOTHING_TELLS, Unseen, roots
from observer.standing.nodes import agreement_of, nodes_of, watchers_of
from observer.standing.replication import clock_stated
from observer.standing.status import explained_by, labels_of
from observer.standing.words import blind_spots
from replay.judging import BlockHearing
from replay.play import Player
from replay.recording import Heard
from state import views
from state.ordered import ordered
from waits.alerts import Alert, State
from waits.durations import NS
from waits.engine import Engine
from waits.entities import about
from waits.rules import Rule
from waits.sight import Attachment

INACTIVE = State.INACTIVE.value
SELDOM = 2 * NS
"""How often, by the clock, it is asked why rules cannot be judged."""
EXPLAINED = 8
"""Alerts that are named as following from another one."""


class Live(Protocol):
    """A journal being judged, as `observer.judged` has it."""

    inventory: Inventory
    engine: Engine
    player: Player
    hearing: BlockHearing
    parameters: dict[str, Any]


class Feed(NamedTuple):
    """What only whoever reads the sources knows."""

    now: int
    """Nanoseconds UTC."""
    behind: Mapping[int, int] = {}
    """Bytes that are there and have not been read, by the number of the source; those with none may be left out."""
    catching_up: bool = False
    """Whether what was there before is still being read."""
    heard: Mapping[int, Heard] | None = None
    """What has come from each source by now; None where judging stands at the end of a block."""


class Pace(NamedTuple):
    """How fast entries come, over the last seconds."""

    lines: float = 0
    events: float = 0


class Looking:
    """Makes views of one judgement; what has not changed since the last one is not made again."""

    def __init__(self, network: str) -> None:
        """Nothing has been looked at."""
        self._network = network
        self._reports = Reports()
        self._blind: tuple[BlindView, ...] | None = None
        self._asked_at = 0

    def view(self, live: Live | None, feed: Feed, pace: Pace, recent: Sequence[Said] = ()) -> View:
        """How things stand; without a judgement, that nothing has come yet."""
        if live is None:
            return View(network=self._network, now=feed.now, catching_up=feed.catching_up, recent=tuple(recent))
        engine, state = live.engine, live.player.state
        heard = dict(live.hearing.after if feed.heard is None else feed.heard)
        at = engine.at if feed.catching_up else max(engine.at, feed.now)
        point = Point(engine.seq, at, state, heard, live.player.sources)
        judged = cast("Judged", live)  # of which no more is asked here than `Live` has
        alerts = [one for one in engine.alerts.values() if one.kept.state != INACTIVE]
        alerts.sort(key=_worst_first)
        standing = nodes_of(point, judged, live.inventory, None)
        grave = _grave(alerts)
        agreement = agreement_of(point, standing)
        stages = self._reports.stages(state, active_of(state, live.inventory))
        rules = {one.rule.name: one.rule for one in engine.alerts.values()}
        hidden = {one.rule.name for one in engine.alerts.values() if _is_hidden(one)}
        return View(
            network=self._network,
            now=feed.now,
            at=engine.at,
            catching_up=feed.catching_up,
            lines=sum(one.lines for one in heard.values()),
            events=live.player.folding.events,
            lines_a_second=pace.lines,
            events_a_second=pace.events,
            sources=sources_of(live, feed),
            nodes=tuple(_node(name, one, point, grave.get(name, ())) for name, one in standing.items()),
            watchers=tuple(
                _watcher(name, one.log, point) for name, one in watchers_of(point, judged, live.inventory, None).items()
            ),
            replicates=_replicates(standing.values(), bool(stages)),
            tips=tuple(TipView(one.height, one.tip, tuple(one.nodes)) for one in agreement.tips),
            diverged=tuple((one.nodes[0], one.nodes[1], one.since_height) for one in agreement.diverged),
            unknown=tuple(agreement.unknown),
            stages=stages,
            alerts=_alerts(alerts),
            counts=_counts(alerts),
            rules=len(rules),
            unjudged=len(hidden),
            blind=self._spots(engine, feed.now, rules) if hidden or not engine.graph.roster else (),
            recent=tuple(recent),
        )

    def news(self, live: Live) -> list[Said]:
        """What reports have come further since this was asked last."""
        return self._reports.news(live.player.state, active_of(live.player.state, live.inventory))

    def _spots(self, engine: Engine, now: int, rules: Mapping[str, Rule]) -> tuple[BlindView, ...]:
        """Why rules cannot be judged. Asked seldom: it is all of what is not known."""
        if self._blind is None or abs(now - self._asked_at) >= SELDOM:
            spots = blind_spots(_hidden(engine), (), rules.values())
            self._blind, self._asked_at = tuple([BlindView(one.reason, tuple(one.rules)) for one in spots]), now
        return self._blind


# --- sources and nodes -------------------------------------------------------------------------------


def sources_of(live: Live, feed: Feed) -> tuple[SourceView, ...]:
    """Every source that is listened to, by node."""
    streams = {source.number: source.stream for source in live.player.sources}
    found = [
        SourceView(
            ear.node,
            streams.get(ear.number, ""),
            WAITING if ear.attachment is Attachment.LOST and not ear.since else ear.attachment.value,
            ear.since,
            feed.behind.get(ear.number, 0),
        )
        for ear in live.engine.view.ears.all()
    ]
    return tuple(sorted(found, key=lambda one: (one.node, one.stream)))


def _grave(alerts: Iterable[Alert]) -> dict[str, tuple[str, ...]]:
    """Which alerts fire about each node."""
    found: dict[str, tuple[str, ...]] = {}
    for one in alerts:
        node = one.labels.get("node")
        if node is not None and _state(one) == State.FIRING.value:
            found[node] = tuple(dict.fromkeys((*found.get(node, ()), one.rule.name)))
    return found


def _node(name: str, one: NodeStanding, point: Point, rules: tuple[str, ...]) -> NodeView:
    stated = clock_stated(point.state, name)
    return NodeView(
        name=name,
        status=one.status,
        height=one.height,
        behind=one.behind,
        tip=views.tip(point.state, name),
        connections=one.connections,
        number=one.number,
        reads_from=one.reads_from,
        peers=one.peers,
        clock_at=None if stated is None else stated.at,
        last_at=_last(point, name),
        log=one.log,
        grave=bool(rules),
        odd=(*rules, *one.odd),
    )


def _watcher(name: str, log: str, point: Point) -> NodeView:
    return NodeView(name, None, None, None, None, None, None, None, None, None, _last(point, name), log, False, ())


def _last(point: Point, name: str) -> int | None:
    mine = [source.number for source in point.sources if source.node == name]
    return max([point.heard[number].last_at for number in mine if number in point.heard], default=None)


def _replicates(nodes: Iterable[NodeStanding], reports: bool) -> bool:  # noqa: FBT001 - whether there are any
    """As `observer status` tells it: some node replicates, and none has a chain."""
    nodes = list(nodes)
    chain = any(node.height is not None or node.connections is not None for node in nodes)
    return not chain and (reports or any(node.number is not None for node in nodes))


# --- alerts ------------------------------------------------------------------------------------------


def _worst_first(alert: Alert) -> tuple[bool, bool, int, int, tuple[str, str]]:
    kept = alert.kept
    return (
        alert.rule.is_incident,
        alert.state is not State.FIRING,
        rank(alert.rule.severity),
        kept.since or 0,
        alert.order,
    )


def _counts(alerts: Iterable[Alert]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in alerts:
        state = _state(one)
        found[state] = found.get(state, 0) + 1
    return found


def _state(alert: Alert) -> str:
    """An incident that is pending has not happened yet."""
    if alert.rule.is_incident:
        return "incident" if alert.state is State.FIRING else "begun"
    return alert.kept.state


def _alerts(alerts: Sequence[Alert]) -> tuple[AlertView, ...]:
    """Those that nothing explains, each with what it explains; rules that explain each other explain nothing."""
    told = [one for one in alerts if _state(one) != "begun"]
    firing: dict[str, list[Alert]] = {}
    for one in told:
        if one.state is State.FIRING:
            firing.setdefault(one.rule.name, []).append(one)
    causes: dict[tuple[str, str], str] = {}
    for one in told:
        others = [other for name in one.rule.inhibited_by for other in firing.get(name, ())]
        cause = explained_by(one, others) if others else None
        if cause is not None:
            causes[one.order] = cause
    plain = [one for one in told if one.order not in causes] or told
    below: dict[tuple[str, str], list[str]] = {}
    for one in told:
        cause_of = _cause(one, causes, firing, plain)
        if cause_of is not None:
            below.setdefault(cause_of.order, []).append(_what(one))
    return tuple(
        AlertView(
            one.rule.name,
            about(labels_of(one)),
            one.rule.severity,
            _state(one),
            one.kept.fired_at if one.kept.since is None else one.kept.since,
            sentence_of(one.kept.annotations),
            one.kept.blind_since is not None,
            tuple(below.get(one.order, ())[:EXPLAINED]),
        )
        for one in plain
    )


def _cause(
    one: Alert, causes: Mapping[tuple[str, str], str], firing: Mapping[str, list[Alert]], plain: Sequence[Alert]
) -> Alert | None:
    """The alert that is listed and that this one follows from, maybe by way of others."""
    seen: set[tuple[str, str]] = set()
    while one not in plain and one.order not in seen:
        seen.add(one.order)
        rule = causes.get(one.order)
        found = [other for other in firing.get(rule or "", ()) if explained_by(one, [other]) is not None]
        if not found:
            return None
        one = found[0]
    return one if seen and one in plain else None


def _what(alert: Alert) -> str:
    return f"{alert.rule.name} {about(labels_of(alert))}".strip()


# --- what is not seen --------------------------------------------------------------------------------


def _is_hidden(alert: Alert) -> bool:
    return not alert.kept.observed or alert.kept.blind_since is not None


def _hidden(engine: Engine) -> list[Unseen]:
    """Alerts that cannot be judged at present, with the values that are unknown."""
    graph = engine.graph
    found = [] if graph.roster else [Unseen("", None, None, ((None, NO_NODE),))]
    for _order, alert in ordered(engine.alerts):
        if not _is_hidden(alert):
            continue
        kept = alert.kept
        unknown = [cell for cell in alert.bound.cells if graph.value(cell) is None]
        why = dict.fromkeys(root for cell in unknown for root in roots(graph, cell))
        entity = None if alert.entity is None else str(alert.entity)
        since = kept.blind_since if kept.observed else None
        found.append(Unseen(alert.rule.name, entity, since, tuple(why) or ((None, NOTHING_TELLS),)))
    return found
