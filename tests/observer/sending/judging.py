"""Transitions as an engine tells them, written short."""

from __future__ import annotations

from typing import Any

from observer.sending.deciding import Decision, Ledger, decide
from waits.alerts import Transition
from waits.expression import formula_of
from waits.rules import Rule

S = 10**9
NOW = 1_700_000_000 * S
"""A time of day; transitions are told in seconds before or after it."""


def change(
    at: int,
    rule: str,
    state: str = "firing",
    severity: str = "critical",
    reason: str | None = None,
    **labels: str,
) -> Transition:
    """One transition, so many seconds after `NOW`."""
    annotations = {"summary": f"{rule} at {at}"} if state in ("firing", "resolved") else {}
    return Transition(NOW + at * S, 7, rule, state, severity, labels, annotations, (), (), reason)


def rule(name: str, *inhibited_by: str, severity: str = "critical") -> Rule:
    """A rule, of which only its name and what explains it matter here."""
    return Rule(name, formula_of("up('node1')"), severity=severity, inhibited_by=inhibited_by)


class Judge:
    """A network whose transitions are decided on, one commit after the other."""

    def __init__(self, *rules: Rule, ledger: Ledger | None = None) -> None:
        """These rules are in force."""
        self.rules = {one.name: one for one in rules}
        self.ledger = ledger or Ledger()
        self.decision: Decision

    def commit(self, *changes: Transition, at: int | None = None, now: int | None = None) -> list[tuple[Any, ...]]:
        """What is sent after these, as (alert, kind, labels of the entity); times are seconds after `NOW`. Unless said
        otherwise it is now the time of the last one, and the journal has come as far.
        """
        last = (changes[-1].at - NOW) // S if changes else 0
        now = last if now is None else now
        self.decision = decide(
            self.ledger,
            changes,
            network="net",
            rules=self.rules,
            at=NOW + (now if at is None else at) * S,
            now=NOW + now * S,
        )
        self.ledger = self.decision.ledger
        return [
            (one.labels["alertname"], one.kind, one.labels.get("node", ""), (one.at - NOW) // S)
            for one in self.decision.notices
        ]
