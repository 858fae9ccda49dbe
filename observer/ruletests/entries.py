"""What a file of rule unit tests may say: promtool's words where it has them, and typed events for input."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from observer.inventory import Inventory
from observer.rulefiles.entries import Span
from observer.yamlfiles import Entry
from parsers.clock import NS, read_time

DEFAULT_START = 1_767_225_600 * NS
"""2026-01-01T00:00:00Z"""
MARKS = ("opened", "ended", "gap", "clock_step", "lagging", "caught_up", "lost")


def _start(value: object) -> int:
    """A point of time in nanoseconds. YAML reads most ways of writing one by itself."""
    if isinstance(value, dt.datetime):
        value = value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 < value < 1 << 33:
            raise ValueError("should be a time, such as 2026-01-01T00:00:00Z")
        return value * NS
    found = read_time(value) if isinstance(value, str) else None
    if found is None or found[1] != len(str(value)) or found[0] <= 0:
        raise ValueError("should be a time, such as 2026-01-01T00:00:00Z")
    return found[0]


def _list_for_nothing(value: object) -> object:
    """`exp_alerts:` with nothing behind it expects none."""
    return () if value is None else value


class RepeatEntry(Entry):
    """The same again."""

    times: int | None = Field(default=None, strict=True, ge=1, le=100_000)
    every: Span = 0


class InputEntry(BaseModel):
    """Something a node's log says: an event with its fields, a line without one, or a fact about the log itself."""

    model_config = ConfigDict(extra="allow", frozen=True)

    at: Span
    node: str
    event: str | None = None
    mark: Literal["opened", "ended", "gap", "clock_step", "lagging", "caught_up", "lost"] | None = None
    repeat: RepeatEntry = RepeatEntry()
    skew: str = "0s"
    """How far the node's own clock is ahead; the log is then dated by its transport too."""

    @property
    def fields(self) -> dict[str, Any]:
        """Those of the event."""
        return dict(self.model_extra or {})


class AlertEntry(Entry):
    """One alert that is expected."""

    exp_labels: dict[str, str] = Field(default_factory=dict)
    exp_annotations: dict[str, str] = Field(default_factory=dict)


class CaseEntry(Entry):
    """What one rule must say at one time."""

    eval_time: Span
    alertname: str
    state: Literal["firing", "pending"] = "firing"
    exp_alerts: Annotated[tuple[AlertEntry, ...], pydantic.BeforeValidator(_list_for_nothing)] = ()
    blind: bool | tuple[str, ...] = False
    """Whether it cannot be judged then, or for which nodes."""


class RuleTestEntry(Entry):
    """One test: what is logged, and what follows."""

    name: str = ""
    start: Annotated[int, pydantic.BeforeValidator(_start)] = DEFAULT_START
    nodes: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    """Named inputs of the file, before the test's own."""
    input: Annotated[tuple[InputEntry, ...], pydantic.BeforeValidator(_list_for_nothing)] = ()
    alert_rule_test: tuple[CaseEntry, ...] = Field(min_length=1)


class RuleTestFileEntry(Entry):
    """A file of tests."""

    rule_files: tuple[str, ...] = Field(min_length=1)
    inventory: Inventory = Inventory()
    given: dict[str, tuple[InputEntry, ...]] = Field(default_factory=dict)
    """Inputs that several tests begin with, by name."""
    tests: tuple[RuleTestEntry, ...] = Field(min_length=1)


KEYS: tuple[str, ...] = tuple(
    name
    for model in (RuleTestFileEntry, RuleTestEntry, InputEntry, RepeatEntry, CaseEntry, AlertEntry, Inventory)
    for name in model.model_fields
)
"""Every key of a file of tests."""
