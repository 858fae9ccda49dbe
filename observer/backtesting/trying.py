"""`observer backtest`: when each rule of a file would have fired on recordings, from their first entry on, whatever
was asked of them when they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from observer.answers_backtest import BacktestAnswer, EntityTested, RecordingTested, RuleTested, Scored
from observer.backtesting.known_incidents import Incident, KnownIncidents
from observer.backtesting.scoring import Tried, scored
from observer.episodes import Episode, Episodes
from observer.exits import Exit, Failed
from observer.judged import Judged
from observer.standing.blindness import Members, Unseen, own_end, unseen
from observer.standing.words import blind_spots
from observer.times import written
from replay.journals import span
from replay.recording import Recording
from waits.rules import Rule


class Run(NamedTuple):
    """Rules that have been tried on one recording."""

    path: Path
    network: str
    first: int
    last: int
    episodes: list[Episode]
    unseen: list[Unseen]
    """What was never observed."""
    things: dict[str, set[str | None]]
    """What each rule was bound to."""


def backtest(  # noqa: PLR0913 - what is asked
    label: str,
    rules: Sequence[Rule],
    recordings: Sequence[Path],
    known: KnownIncidents | None = None,
    tolerance: int = 0,
    advance: Callable[[int], None] = lambda _bytes: None,
) -> BacktestAnswer:
    """What each rule would have said of each recording, and how that stands to what is known. Raises Failed."""
    answers, tried = [], []
    for path in recordings:
        with Recording.open_to_read(path) as recording:
            # A file of incidents is read to its end before anything that takes long.
            incidents = [] if known is None else known.of(path, recording)
        tried.append((path, incidents))
    if known is not None:
        known.refuse_unused()
    done: list[Tried] = []
    for path, incidents in tried:
        with Recording.open_to_read(path) as recording:
            run = _run(path, recording, rules, advance)
        answers.append(_answer(run, rules))
        done.append(_tried(run, rules, incidents))
    score: Scored | None = None if known is None else scored([rule.name for rule in rules], done, tolerance)
    return BacktestAnswer(rules=label, recordings=answers, scored=score)


def exit_of(found: BacktestAnswer) -> Exit:
    """1 for a miss or a false one; 3 where an incident could not be judged and nothing else is wrong."""
    if found.scored is None:
        return Exit.OK
    if found.scored.false or any(not miss.unjudged for miss in found.scored.misses):
        return Exit.VIOLATED
    return Exit.UNKNOWN if found.scored.misses else Exit.OK


def _run(path: Path, recording: Recording, rules: Sequence[Rule], advance: Callable[[int], None]) -> Run:
    if recording.last() is None:
        raise Failed(f"{path}: the recording is empty; import logs into it", Exit.UNKNOWN)
    judged = Judged(recording, [(0, tuple(rules))])
    members = Members(judged.engine, rules)
    making, found = Episodes(), list[Episode]()
    cut = own_end(recording, judged.inventory)
    looks = []
    for until in [None] if cut is None else [cut - 1, None]:
        for one in judged.run(until, advance=advance):
            closed = making.take(one)
            found += [closed] if closed is not None else []
        looks.append(unseen(judged.engine, rules, members))
    still = {one.key for one in looks[-1] if one.since is None}
    never = [one for one in looks[0] if one.key in still]
    found += making.open.values()
    found.sort(key=lambda one: (one.opening.at, one.opening.seq, one.key))
    first, last = span(recording)
    things: dict[str, set[str | None]] = {}
    for alert in judged.engine.alerts.values():
        things.setdefault(alert.rule.name, set()).add(None if alert.entity is None else str(alert.entity))
    return Run(path, recording.network, first, last, found, never, things)


def _answer(run: Run, rules: Sequence[Rule]) -> RecordingTested:
    return RecordingTested(
        recording=str(run.path),
        network=run.network,
        begins_at=written(run.first),
        ends_at=written(run.last),
        rules=[_rule(run, rule) for rule in sorted(rules, key=lambda one: one.name)],
    )


def _rule(run: Run, rule: Rule) -> RuleTested:
    mine = [one for one in run.episodes if one.rule == rule.name]
    fired = [one for one in mine if one.firing is not None]
    entities: dict[tuple[tuple[str, str], ...], list[Episode]] = {}
    for one in fired:
        entities.setdefault(one.key[1], []).append(one)
    never = [one for one in run.unseen if one.rule == rule.name]
    return RuleTested(
        rule=rule.name,
        severity=rule.severity,
        judged=judged_at_all(rule, run),
        unjudged=[spot.reason for spot in blind_spots(never, ())],
        fired=len(fired),
        pending=len(mine) - len(fired),
        first_at=_first(fired),
        firing_ns=sum(one.lasted(run.last) for one in fired),
        entities=[
            EntityTested(
                labels=dict(labels),
                fired=len(those),
                first_at=_first(those),
                firing_ns=sum(one.lasted(run.last) for one in those),
            )
            for labels, those in sorted(entities.items())
        ],
    )


def judged_at_all(rule: Rule, run: Run) -> bool:
    """Whether a rule was ever judged at anything: that it is silent says something only then."""
    if any(one.rule == rule.name for one in run.episodes):
        return True
    never = {one.about for one in run.unseen if one.rule == rule.name}
    return None not in never and not (never and never >= run.things.get(rule.name, set()))


def _first(fired: Sequence[Episode]) -> str | None:
    return written(min(one.firing.at for one in fired if one.firing is not None)) if fired else None


def _tried(run: Run, rules: Sequence[Rule], incidents: list[Incident]) -> Tried:
    unjudged = {rule.name for rule in rules if not judged_at_all(rule, run)}
    fired = [one for one in run.episodes if one.firing is not None]
    return Tried(str(run.path), fired, incidents, unjudged, {(one.rule, one.about) for one in run.unseen})
