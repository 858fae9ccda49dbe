"""`observer status`: in what state a network is at one point of its journal, and whether it is stuck.

The rules are judged from the first entry on, as they would have been live, and read off where that ends: what fires,
what is open, and what could not be judged. Nothing that observed nothing is called clear.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from observer.answers_judged import AlertStanding, NodeStanding, OverAnswer, StatusAnswer
from observer.answers_shared import EvidenceAnswer
from observer.episodes import Episode, Episodes, Key, key_of
from observer.evidence import evidence_of
from observer.exits import Exit, Failed
from observer.inventory import Inventory
from observer.judged import Judged, Schedule
from observer.reported import active_answer
from observer.severity import rank
from observer.standing.blindness import Members, Unseen, own_end, unseen
from observer.standing.last_lines import LastLines
from observer.standing.leaves import leaf_standing
from observer.standing.nodes import agreement_of, nodes_of, points_of, watchers_of
from observer.standing.reports import asked_of, originators_of
from observer.standing.words import blind_spots, verdict_of
from observer.times import moment, written
from observer.yamlfiles import nearest
from replay.journals import span
from replay.play import sequence_at
from replay.recording import Recording
from waits.alerts import Alert, State, Transition
from waits.entities import agree
from waits.leaves import LeafAnswer
from waits.moment import Moment
from waits.rules import Rule

OVER = 5
"""Alerts and incidents that are over, of which is told."""


class Until(NamedTuple):
    """The entry and the journal time up to which is judged."""

    seq: int
    at: int


class Reached(NamedTuple):
    """A recording, judged up to a point."""

    judged: Judged
    rules: list[Rule]
    """In force there."""
    episodes: Episodes
    over: list[Episode]
    unseen: list[Unseen]
    """What cannot be judged, the recording's own end aside."""
    at_the_end: list[Unseen]
    """What cannot be judged only because the recording ends."""


def until(recording: Recording, at: str | None) -> Until:
    """The point that is asked for; the end unless said otherwise. The end of a recording is not time passing (R25):
    what is asked of later is told of the end. Raises Failed.
    """
    last = recording.last()
    if last is None:
        raise Failed(f"{recording.path}: the recording is empty; import logs into it", Exit.UNKNOWN)
    if at is None:
        return Until(last.last_seq, last.last_at)
    first, _last = span(recording)
    when = moment(at, *span(recording))
    if when < first:
        raise Failed(f"--at {at}: is before the first entry; the recording begins at {written(first)}", Exit.UNKNOWN)
    return Until(sequence_at(recording, when), min(when, last.last_at))


def status(
    recording: Recording,
    schedule: Schedule,
    inventory: Inventory | None = None,
    at: str | None = None,
    advance: Callable[[int], None] = lambda _bytes: None,
) -> StatusAnswer:
    """Where the network stands, judged by the rules that are in force. Raises Failed."""
    asked = until(recording, at)
    return answer(recording, reach(recording, schedule, inventory, asked, advance), asked)


def answer(recording: Recording, reached: Reached, asked: Until) -> StatusAnswer:
    """Where the network stands at the point that was reached."""
    judged = reached.judged
    expected = judged.inventory
    ends = own_end(recording, expected)
    point = points_of(recording, judged, asked)
    ends_at = None if ends is None or ends > asked.seq else ends
    nodes = nodes_of(point, judged, expected, ends_at)
    told_of = asked_of(point.state, judged, asked.at, asked.seq)
    found = [one for one in judged.engine.alerts.values() if one.state is not State.INACTIVE]
    found.sort(key=_worst_first)
    lines = _evidence(recording, LastLines(recording, reached.rules), reached.episodes)
    standing = [_standing(one, reached, found, lines) for one in found]
    _name_at_nodes(nodes, found)
    told = StatusAnswer(
        network=recording.network,
        at=written(asked.at),
        sequence=asked.seq,
        begins_at=written(span(recording)[0]),
        ends_at=written(span(recording)[1]),
        state="",
        verdict="",
        rules=len(reached.rules),
        rules_unjudged=sorted({one.rule for one in reached.unseen}),
        rules_inapplicable=_inapplicable(reached),
        nodes=nodes,
        watchers=watchers_of(point, judged, expected, ends_at),
        agreement=agreement_of(point, nodes),
        active=active_answer(point.state, told_of.active),
        originators=originators_of(told_of),
        alerts=[one for one, alert in zip(standing, found, strict=True) if not alert.rule.is_incident],
        incidents=[one for one, alert in zip(standing, found, strict=True) if _open_incident(alert)],
        over=[_over(one) for one in reached.over],
        blind=blind_spots(reached.unseen, reached.at_the_end, reached.rules),
    )
    told.state, told.verdict = verdict_of(told)
    return told


def reach(
    recording: Recording,
    schedule: Schedule,
    inventory: Inventory | None,
    asked: Until,
    advance: Callable[[int], None] = lambda _bytes: None,
) -> Reached:
    """Judge a recording up to a point. What cannot be judged is looked at twice: just before the recording's own end
    begins, where that is passed, and where judging stops; what was seen at either of them is no reason for doubt.
    """
    judged = Judged(recording, schedule, inventory)
    reaching = Reaching(judged, in_force(schedule, asked.seq))
    cut = own_end(recording, judged.inventory)
    before: list[Unseen] | None = None
    if cut is not None and cut <= asked.seq:
        for _transition in reaching.run(cut - 1, advance=advance):
            pass
        before = reaching.unseen()
    for _transition in reaching.run(asked.seq, asked.at, advance=advance):
        pass
    return reaching.reached(asked, before)


class Reaching:
    """A recording on its way to a point."""

    def __init__(self, judged: Judged, rules: list[Rule]) -> None:
        """`judged` stands at the first entry; `rules` are those that are in force at the point."""
        self._judged = judged
        self._rules = rules
        self._members = Members(judged.engine, rules)
        self._episodes = Episodes()
        self._over: deque[Episode] = deque(maxlen=OVER)

    def run(
        self, seq: int, at: int | None = None, *, advance: Callable[[int], None] = lambda _bytes: None
    ) -> Iterator[Transition]:
        """Judge on to a sequence and a time; gives what happened."""
        for transition in self._judged.run(seq, at, advance=advance):
            closed = self._episodes.take(transition)
            if closed is not None and closed.firing is not None:
                self._over.appendleft(closed)
            yield transition

    def unseen(self) -> list[Unseen]:
        """What cannot be judged at present."""
        return [one for one in unseen(self._judged.engine, self._rules, self._members) if one.applies]

    def reached(self, asked: Until, before: list[Unseen] | None) -> Reached:
        """The point is reached. `before` is what could not be judged before the recording's own end began, where it
        has.
        """
        self._judged.engine.stand(asked.seq, asked.at)
        now = self.unseen()
        still = {one.key for one in now}
        doubted = now if before is None else [one for one in before if one.key in still]
        known = {one.key for one in doubted}
        at_the_end = [one for one in now if one.key not in known]
        return Reached(self._judged, self._rules, self._episodes, list(self._over), doubted, at_the_end)


def _name_at_nodes(nodes: dict[str, NodeStanding], alerts: Sequence[Alert]) -> None:
    """Say at a node which alerts about it fire, or are about to that are critical, the worst first."""
    for alert in reversed(alerts):
        grave = not alert.rule.is_incident and (alert.state is State.FIRING or alert.rule.severity == "critical")
        node = alert.labels.get("node")
        if grave and node in nodes:
            odd = nodes[node].odd
            odd[:] = [alert.rule.name, *[one for one in odd if one != alert.rule.name]]


def _inapplicable(reached: Reached) -> dict[str, str]:
    """Rules that are watched for nowhere, as the logs, by how they came, can never tell what they ask."""
    watched = {rule for rule, _about in reached.judged.engine.alerts}
    found: dict[str, str] = {}
    for (rule, _about), reason in sorted(reached.judged.engine.inapplicable.items()):
        if rule not in watched:
            found.setdefault(rule, reason)
    return found


def in_force(schedule: Schedule, seq: int) -> list[Rule]:
    """The rules that are in force at an entry."""
    known = [rules for since, rules in sorted(schedule, key=lambda one: one[0]) if since <= seq]
    return list(known[-1]) if known else []


def left_out(schedule: Schedule, names: Sequence[str]) -> list[tuple[int, tuple[Rule, ...]]]:
    """The schedule without some rules. Raises Failed."""
    known = sorted({rule.name for _seq, rules in schedule for rule in rules})
    for name in names:
        if name not in known:
            hint = nearest(name, known, f"there are {', '.join(known)}")
            raise Failed(f"--without {name}: no rule has that name; {hint}")
    return [(seq, tuple(rule for rule in rules if rule.name not in names)) for seq, rules in schedule]


# --- alerts ------------------------------------------------------------------------------------------


def _worst_first(alert: Alert) -> tuple[bool, bool, int, int, tuple[str, str]]:
    kept = alert.kept
    firing = alert.state is State.FIRING
    return alert.rule.is_incident, not firing, rank(alert.rule.severity), kept.since or 0, alert.order


def _open_incident(alert: Alert) -> bool:
    return alert.rule.is_incident and alert.state is State.FIRING


def _standing(
    alert: Alert, reached: Reached, others: Sequence[Alert], lines: dict[Key, list[EvidenceAnswer]]
) -> AlertStanding:
    kept, engine = alert.kept, reached.judged.engine
    labels = labels_of(alert)
    episode = reached.episodes.open.get(key_of(alert.rule.name, labels))
    now = Moment(engine.at, engine.seq)
    leaves: Iterable[LeafAnswer] = alert.bound.explain(now)
    annotations = {name: text.at(now) for name, text in alert.texts}
    if kept.blind_since is not None or not kept.was_true:
        # What was known when it was last true is why it stands as it does.
        leaves, annotations = kept.leaves if kept.blind_since is not None else leaves, kept.annotations
    since = None if episode is None else episode.first.since
    return AlertStanding(
        rule=alert.rule.name,
        severity=alert.rule.severity,
        state=kept.state,
        labels=labels,
        since=_when(since if kept.since is None else kept.since),
        fired_at=_when(kept.fired_at),
        annotations=annotations,
        leaves=[leaf_standing(one) for one in leaves],
        evidence=lines.get(key_of(alert.rule.name, labels), []),
        explained_by=explained_by(alert, others),
        blind_since=_when(kept.blind_since),
    )


def labels_of(alert: Alert) -> dict[str, str]:
    """As its transitions carry them."""
    return {name: value for name, value in alert.labels.items() if name not in ("alertname", "severity")}


def explained_by(alert: Alert, others: Sequence[Alert]) -> str | None:
    """The firing rule that explains an alert (R26): one of those it names, about what agrees with it in all that
    both name or about the whole network, which is not itself explained by this one.
    """
    for other in others:
        named = other.rule.name in alert.rule.inhibited_by
        same = agree(other.labels, alert.labels)
        mutual = alert.rule.name in other.rule.inhibited_by and other.order < alert.order
        if (
            named
            and same
            and other.state is State.FIRING
            and (alert.rule.name not in other.rule.inhibited_by or mutual)
        ):
            return other.rule.name
    return None


def _evidence(recording: Recording, last: LastLines, episodes: Episodes) -> dict[Key, list[EvidenceAnswer]]:
    """The lines behind what is open, all read at once."""
    wanted = {key: last.of(one.first) for key, one in episodes.open.items()}
    found = {one.sequence: one for one in evidence_of(recording, [seq for seqs in wanted.values() for seq in seqs])}
    return {key: [found[seq] for seq in seqs if seq in found] for key, seqs in wanted.items()}


def _over(one: Episode) -> OverAnswer:
    assert one.firing is not None  # noqa: S101 - only those are kept
    assert one.closing is not None  # noqa: S101
    return OverAnswer(
        rule=one.rule,
        severity=one.severity,
        labels=one.labels,
        fired_at=written(one.firing.at),
        resolved_at=written(one.closing.at),
        lasted_ns=one.lasted(one.closing.at),
        annotations=one.last.annotations,
    )


def _when(at: int | None) -> str | None:
    return None if at is None else written(at)
