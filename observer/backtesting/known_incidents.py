"""A file of incidents that are known to have been: which rules should have found them, on what, and when.

- rule: [NodeDied, NodeDown]   # any of these finds it
  labels: {node: node3}        # those of the alert that must be so
  from: "07:03:19"             # as --since takes it
  to: "07:03:29"
  recording: level1.rec        # where several are given and the times do not tell
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pydantic
import yaml
from pydantic import Field

from observer.exits import Failed
from observer.times import moment
from observer.yamlfiles import Entry, Place, Written, checked, nearest, parsed, read_text
from replay.journals import span
from replay.recording import Recording

_KEYS = ("rule", "labels", "from", "to", "recording")


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class IncidentEntry(Entry):
    """One incident, as written."""

    rule: Annotated[tuple[str, ...], pydantic.BeforeValidator(_listed), Field(min_length=1)]
    labels: dict[str, str] = Field(default_factory=dict)
    start: str = Field(alias="from")
    end: str = Field(alias="to")
    recording: str | None = None


class _Incidents(Entry):
    incidents: tuple[IncidentEntry, ...]


class Incident(NamedTuple):
    """One incident in one recording."""

    place: str
    """file:line"""
    rules: tuple[str, ...]
    labels: dict[str, str]
    start: int
    end: int


class KnownIncidents:
    """The incidents of a file."""

    def __init__(self, path: Path, rules: Sequence[str]) -> None:
        """`rules` are those that can be named. Raises Failed."""
        text = read_text(path, "list of incidents")
        self._written = _as_text(parsed(_without_tabs(text), str(path)))
        value = self._written.value if self._written.value is not None else []
        if not isinstance(value, list):
            raise self._written.failed((), "should be a list of incidents, each with rule, labels, from and to")
        whole = self._written._replace(value={"incidents": value}, root=_under("incidents", self._written.root))
        named: dict[Place, str] = {("incidents", place): f"incident {place + 1}" for place in range(len(value))}
        self._entries = checked(_Incidents, whole, _KEYS, f"there are {', '.join(_KEYS)}", named).incidents
        self._used: set[int] = set()
        for number, entry in enumerate(self._entries):
            for name in entry.rule:
                if name not in rules:
                    hint = nearest(name, rules, f"there are {', '.join(rules)}")
                    raise self._failed((number, "rule"), f"rule {name}: the rule file has no such rule; {hint}")

    def of(self, path: Path, recording: Recording) -> list[Incident]:
        """Those that were in a recording: where it is named, or none is and the times are its own. Raises Failed."""
        found = []
        first, last = span(recording)
        for number, entry in enumerate(self._entries):
            if entry.recording not in (None, str(path), path.name, path.stem, recording.network):
                continue
            start, end = (self._moment(number, key, text, first, last) for key, text in _times(entry))
            if end < start:
                raise self._failed((number, "to"), "to: is before from; write the earlier time first")
            if start <= last and end >= first:
                self._used.add(number)
                place = f"{self._written.label}:{self._written.line((number,))}"
                found.append(Incident(place, entry.rule, entry.labels, start, end))
        return found

    def refuse_unused(self) -> None:
        """An incident that was in no recording is a slip of the pen, not a miss. Raises Failed."""
        for number, entry in enumerate(self._entries):
            if number not in self._used:
                where = f"no recording is called {entry.recording}, or it" if entry.recording else "no recording"
                raise self._failed(
                    (number,), f"{where} holds the time from {entry.start} to {entry.end}; correct it, or leave it out"
                )

    def _moment(self, number: int, key: str, text: str, first: int, last: int) -> int:
        try:
            return moment(text, first, last)
        except Failed as error:
            raise self._failed((number, key), f"{key}: {error}") from None

    def _failed(self, place: Place, sentence: str) -> Failed:
        return self._written.failed(place, sentence)


def _times(entry: IncidentEntry) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("from", entry.start), ("to", entry.end)


def _without_tabs(text: str) -> str:
    """JSON may be indented by tabs, which YAML refuses; within its strings there is none."""
    if "\t" in text:
        try:
            json.loads(text)
        except ValueError:
            return text
    return text.replace("\t", " ")


def _as_text(written: Written) -> Written:
    """With every value as it was written: YAML would take 17:03:20 for a number of seconds."""
    return written._replace(value=None if written.root is None else _plain(written.root))


def _plain(node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one) for one in node.value]
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    return node.value


def _under(name: str, root: yaml.Node | None) -> yaml.Node | None:
    """A node below a key, so that places within it can be found."""
    if root is None:
        return None
    key = yaml.ScalarNode("tag:yaml.org,2002:str", name, root.start_mark, root.start_mark)
    return yaml.MappingNode("tag:yaml.org,2002:map", [(key, root)], root.start_mark, root.end_mark)
