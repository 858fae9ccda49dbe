"""`observer alerts`: the history of alerts, transition by transition, judged, with the lines behind each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from observer.answers_alerts import AlertAnswer
from observer.answers_shared import EvidenceAnswer
from observer.console import json_of
from observer.evidence import evidence_of
from observer.history.asked import Asked, Names, Row
from observer.inventory import Inventory, read_inventory
from observer.judged import Judged
from observer.rulefiles.reading import rules_in_force
from observer.standing.last_lines import LastLines
from observer.standing.leaves import leaf_standing
from observer.times import written
from replay.play import sequence_at
from replay.recording import Recording
from waits.alerts import Transition
from waits.rules import Rule

AT_ONCE = 256
"""Transitions whose lines are read together: a block is then loaded once for many of them."""


class Course:
    """What happens in a recording, by the rules and the inventory that are in force."""

    def __init__(self, recording: Recording, rules: str | None, inventory: Path | None) -> None:
        """By other rules or another inventory, where they are named. Raises Failed."""
        schedule = rules_in_force(recording, rules)
        self._judged = Judged(recording, schedule, None if inventory is None else read_inventory(inventory))
        self._rules = [rule for _seq, loaded in schedule for rule in loaded]
        self.names = names_of(recording, self._rules, self._judged.inventory)

    def told(
        self, asked: Asked, wanted: Callable[[Transition], bool] | None, advance: Callable[[int], None]
    ) -> Iterator[Row]:
        """Everything that happens up to the end of what is asked for, also before it; in JSON what is wanted so."""
        happening = transitions(self._judged, asked, advance)
        if wanted is None:
            return ((one, b"") for one in happening)
        return self.in_json(happening, wanted)

    def in_json(self, told: Iterable[Transition], wanted: Callable[[Transition], bool]) -> Iterator[Row]:
        """What happened, in JSON what is wanted so."""
        return in_json(self._judged.recording, self._rules, told, wanted)


def names_of(recording: Recording, rules: Iterable[Rule], inventory: Inventory) -> Names:
    """What can be asked for by name."""
    logged = {source.node for source in recording.sources()}
    return Names(tuple(sorted({rule.name for rule in rules})), tuple(sorted(logged | set(inventory.nodes))))


def transitions(
    judged: Judged, asked: Asked, advance: Callable[[int], None] = lambda _bytes: None
) -> Iterator[Transition]:
    """Everything that happens up to the end of what is asked for, also before it."""
    last = judged.recording.last()
    if last is None or asked.end >= last.last_at:
        yield from judged.run(advance=advance)
    elif (seq := sequence_at(judged.recording, asked.end)) > 0:
        yield from judged.run(seq, asked.end, advance=advance)


def in_json(
    recording: Recording, rules: Iterable[Rule], told: Iterable[Transition], wanted: Callable[[Transition], bool]
) -> Iterator[Row]:
    """Transitions, the wanted ones in stable names, each with its lines."""
    last = LastLines(recording, rules)
    batch: list[Transition] = []
    for one in told:
        batch.append(one)
        if len(batch) >= AT_ONCE:
            yield from _answered(recording, last, batch, wanted)
            batch = []
    yield from _answered(recording, last, batch, wanted)


def _answered(
    recording: Recording, last: LastLines, batch: list[Transition], wanted: Callable[[Transition], bool]
) -> Iterator[Row]:
    behind = [last.of(one) if wanted(one) else None for one in batch]
    seqs = [seq for those in behind if those is not None for seq in those]
    found = {one.sequence: one for one in evidence_of(recording, seqs)}
    for one, those in zip(batch, behind, strict=True):
        yield one, b"" if those is None else json_of(_answer(one, [found[seq] for seq in those if seq in found]))


def _answer(one: Transition, evidence: list[EvidenceAnswer]) -> AlertAnswer:
    return AlertAnswer(
        at=written(one.at),
        sequence=one.seq,
        rule=one.rule,
        state=one.state,
        severity=one.severity,
        labels=one.labels,
        annotations=one.annotations,
        reason=one.reason,
        since=None if one.since is None else written(one.since),
        leaves=[leaf_standing(leaf) for leaf in one.leaves],
        evidence=evidence,
    )
