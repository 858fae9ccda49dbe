"""Rules: what is always watched for. A rule is a formula, a life (`for`, `keep_firing_for`), labels and annotations.

Rules are written in Prometheus' words (`observer.rulefiles` reads them); here they are values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waits.terms import Term

INCIDENT = "incident"
"""The severity of what is listed and never sent (R26)."""


@dataclass(frozen=True, slots=True)
class Flapping:
    """A state that comes and goes: from so many times within a span on it is one alert, until it has been away for
    that span.
    """

    times: int
    within: int
    """Nanoseconds."""


@dataclass(frozen=True, slots=True)
class Text:
    """An annotation: literal parts and terms, whose values are put in."""

    parts: tuple[str | Term, ...]

    def __str__(self) -> str:
        return "".join(one if isinstance(one, str) else f"{{{{ {one} }}}}" for one in self.parts)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    name: str
    formula: Term
    each: str | None = None
    """The kind of entities that it is bound to one of, as `waits.entities` names it."""
    span: int = 0
    """`for`, nanoseconds."""
    keep: int = 0
    """`keep_firing_for`, nanoseconds."""
    severity: str = "warning"
    labels: tuple[tuple[str, Text], ...] = ()
    annotations: tuple[tuple[str, Text], ...] = ()
    flapping: Flapping | None = None
    inhibited_by: tuple[str, ...] = ()
    """Rules that, firing for an entity that agrees with this one's, explain it: it is then not sent. Its state is as
    ever.
    """
    group: str = ""
    text: str = field(default="", compare=False)
    """As written, for the judgement log."""

    @property
    def is_incident(self) -> bool:
        """Whether it is listed and never sent."""
        return self.severity == INCIDENT
