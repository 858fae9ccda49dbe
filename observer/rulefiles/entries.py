"""What a rule file may say, in Prometheus' words and a few of our own, as pydantic checks it."""

from __future__ import annotations

import keyword
import re
from typing import Annotated, Any

import pydantic
from pydantic import Field

from observer.yamlfiles import Entry, nearest
from waits.durations import nanoseconds
from waits.entities import EACH
from waits.expression import DEFAULT_PARAMETERS, LANGUAGE
from waits.functions import FUNCTIONS, MACROS

MOST_RULES = 1000
SEVERITIES = ("critical", "warning", "info")
LONGEST_NAME = 128
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def _span(value: object) -> int:
    """A duration in nanoseconds."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError("should be a duration, such as 90s, 5m or 1h30m")  # noqa: TRY004 - pydantic tells ValueErrors
    if value.isascii() and value.isdecimal():
        raise ValueError(f"{value[:20]} has no unit; write {value[:20]}s, {value[:20]}m or {value[:20]}h")
    return nanoseconds(value)


def _name(value: str) -> str:
    if not value.strip() or not value.isprintable() or len(value) > LONGEST_NAME or value != value.strip():
        raise ValueError(f"{value[:40]!r} is no name; write up to {LONGEST_NAME} characters, such as NodeSilent")
    return value


def _each(value: str) -> str:
    if value not in EACH:
        hint = nearest(value, list(EACH), f"there are {', '.join(EACH)}")
        raise ValueError(f"there is no {value[:40]!r}; {hint}")
    return value


def _default(value: object) -> int | str:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError("should be a whole number, a duration such as 5m, or text in quotes")  # noqa: TRY004
    if isinstance(value, int) and abs(value) >= 1 << 63:
        raise ValueError("is too big a number")
    return value


Span = Annotated[int, pydantic.BeforeValidator(_span)]
Name = Annotated[str, pydantic.AfterValidator(_name)]
Default = Annotated[Any, pydantic.BeforeValidator(_default)]


class FlappingEntry(Entry):
    """From so many times within a span on, what comes and goes is one alert."""

    times: int = Field(strict=True, ge=2, le=100)
    within: Span


class RuleEntry(Entry):
    """One rule, or an incident and an alert that share their formula."""

    alert: Name | None = None
    incident: Name | None = None
    expr: str
    span: Span = Field(default=0, alias="for")
    keep_firing_for: Span = 0
    each: Annotated[str, pydantic.AfterValidator(_each)] | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    flapping: FlappingEntry | None = None
    inhibited_by: tuple[str, ...] = ()

    @pydantic.field_validator("labels", "annotations")
    @classmethod
    def _label_names(cls, given: dict[str, str]) -> dict[str, str]:
        for name in given:
            if not _LABEL.fullmatch(name) or name.startswith("__"):
                raise ValueError(f"{name[:40]!r} is no name; write letters, digits and _, such as team")
        return given

    @pydantic.model_validator(mode="after")
    def _whole(self) -> RuleEntry:
        if self.alert is None and self.incident is None:
            raise ValueError("a rule needs alert: or incident: with its name")
        if self.alert == self.incident:
            raise ValueError(f"{self.alert} is the name of the alert and of the incident; give them two names")
        severity = self.labels.get("severity", SEVERITIES[1])
        if self.alert is None and "severity" in self.labels:
            raise ValueError("an incident has the severity incident; leave the label severity out")
        if severity == "incident":
            raise ValueError("what is listed and never sent is written as incident: NAME, not as a severity")
        if severity not in SEVERITIES:
            hint = nearest(severity, SEVERITIES, f"there are {', '.join(SEVERITIES)}")
            raise ValueError(f"there is no severity {severity[:40]!r}; {hint}")
        if self.alert is not None and not self.annotations.get("summary", "").strip():
            raise ValueError(
                "an alert needs annotations: with a summary, one sentence that says what is wrong and where"
            )
        return self

    @property
    def name(self) -> str:
        """What errors call it."""
        return str(self.alert or self.incident)


class GroupEntry(Entry):
    """Rules that belong together."""

    name: Name
    rules: tuple[RuleEntry, ...]


class FileEntry(Entry):
    """A rule file."""

    parameters: dict[str, Default] = Field(default_factory=dict)
    groups: tuple[GroupEntry, ...] = Field(min_length=1)

    @pydantic.field_validator("parameters")
    @classmethod
    def _parameter_names(cls, given: dict[str, int | str]) -> dict[str, int | str]:
        words = {*FUNCTIONS, *MACROS, *EACH, *(one.partition("(")[0] for one in LANGUAGE), "nodes"}
        for name in given:
            if not _PARAMETER.fullmatch(name) or keyword.iskeyword(name):
                raise ValueError(f"{name[:40]!r} is no name; write letters, digits and _, such as restart_window")
            if name in DEFAULT_PARAMETERS:
                raise ValueError(f"{name} is the inventory's pace; set it there, under pace:")
            if name in words:
                raise ValueError(f"{name} is a word of formulas already; take another name")
        return given


KEYS: tuple[str, ...] = tuple(
    field.alias or name
    for model in (FileEntry, GroupEntry, RuleEntry, FlappingEntry)
    for name, field in model.model_fields.items()
)
"""Every key of a rule file."""
