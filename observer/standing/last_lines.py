"""The lines behind a transition: those that its rule names, and for a rule about silence the last one before it.

No event is folded from most lines, so a silence has no line of its own in the snapshot; what somebody wants to see of
a node that has gone silent is what it wrote last.
"""

from __future__ import annotations

from collections.abc import Iterable

from observer.evidence import line_before
from replay.journal import Role
from replay.play import sequence_at
from replay.recording import Recording
from waits.alerts import Change, Transition
from waits.entities import EACH
from waits.rules import Rule
from waits.terms import calls_of


def _of_a_node(rule: Rule) -> bool:
    return rule.each is not None and EACH[rule.each].has_node


class LastLines:
    """Finds the lines behind transitions of one recording."""

    def __init__(self, recording: Recording, rules: Iterable[Rule]) -> None:
        """Of these rules, those that read when a node wrote last are about silence."""
        self._recording = recording
        self._silences = {
            rule.name
            for rule in rules
            if _of_a_node(rule) and any(call.function.volatile for call in calls_of(rule.formula))
        }
        self._sources: dict[str, set[int]] = {}
        for source in recording.sources():
            if source.role is not Role.UNREAD:
                self._sources.setdefault(source.node, set()).add(source.number)

    def of(self, one: Transition) -> tuple[int, ...]:
        """Sequences of the lines behind a transition, in order."""
        node = one.labels.get("node")
        if one.rule not in self._silences or node is None or one.state == Change.UNBLIND.value:
            return one.lines
        ended = one.state == Change.RESOLVED.value
        # What follows from time alone follows from every entry up to then, also from those that nobody looked at.
        seq = one.seq if ended else max(one.seq, sequence_at(self._recording, one.at))
        found = line_before(self._recording, self._sources.get(node, set()), seq + 1)
        return one.lines if found is None else tuple(sorted({*one.lines, found[0]}))
