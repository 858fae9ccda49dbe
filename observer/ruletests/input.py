"""The input of a rule unit test: entries with repetitions and series, written out as a journal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from observer.ruletests.entries import InputEntry, RuleTestEntry
from observer.yamlfiles import Place, Written, nearest
from state.events import Event
from state.kinds import KINDS
from waits.durations import nanoseconds

LINE = "line"
"""As the name of an event: a line that carries no state."""
MOST_ENTRIES = 200_000
_SERIES = re.compile(r"(-?\d{1,15})(?:([+-]\d{1,15}))?x(\d{1,6})")
_NUMBER = re.compile(r"-?\d{1,18}")
_SKIPPED = re.compile(r"_(?:x(\d{1,6}))?")
_PUT_IN = re.compile(r"\{(\w+)\}")


class Said(NamedTuple):
    """One entry of the journal."""

    at: int
    """Nanoseconds since the start."""
    node: str
    event: Event | None
    """None: a line that carries no state, or a mark."""
    mark: str | None
    skew: int


def journal(
    written: Written, place: Place, test: RuleTestEntry, given: Mapping[str, Sequence[InputEntry]]
) -> list[Said]:
    """Everything that is logged, in order. Raises Failed."""
    entries: list[tuple[Place, InputEntry]] = []
    for at, name in enumerate(test.given):
        if name not in given:
            hint = nearest(name, list(given), "write it under given: of the file")
            raise written.failed((*place, "given", at), f"given: there is no {name[:80]!r}; {hint}")
        entries += [(("given", name, number), entry) for number, entry in enumerate(given[name])]
    entries += [((*place, "input", number), entry) for number, entry in enumerate(test.input)]
    found: list[Said] = []
    for where, entry in entries:
        found += _Reader(written, where, entry, test.nodes).entries()
        if len(found) > MOST_ENTRIES:
            raise written.failed(where, f"the input is longer than {MOST_ENTRIES} entries")
    # What stands first in the file comes first where times are equal.
    return sorted(found, key=lambda one: one.at)


class _Reader:
    """Reads one entry."""

    def __init__(self, written: Written, place: Place, entry: InputEntry, nodes: Sequence[str]) -> None:
        self._written = written
        self._place = place
        self._entry = entry
        if nodes and entry.node not in nodes:
            raise written.failed(
                (*place, "node"),
                f"node: there is no {entry.node!r} under nodes:; {nearest(entry.node, nodes, 'add it')}",
            )

    def _failed(self, field: str, sentence: str) -> Exception:
        return self._written.failed((*self._place, field), f"{field}: {sentence}")

    def entries(self) -> list[Said]:
        """What it stands for, written out."""
        entry, skew = self._entry, self._skew()
        if (entry.event is None) == (entry.mark is None):
            raise self._written.failed(self._place, "an input is an event: or a mark:, one of the two")
        kind = self._kind()
        if kind is None and entry.fields:
            field = next(iter(entry.fields))
            raise self._failed(field, "only an event has fields")
        series = {} if kind is None else self._series(kind)
        found = []
        for turn in range(self._times(series)):
            values = {name: numbers[turn] for name, numbers in series.items() if len(numbers) > 1}
            values |= {name: numbers[0] for name, numbers in series.items() if len(numbers) == 1}
            if None in values.values():
                continue
            event = None if kind is None else self._event(kind, {"n": turn + 1, **values}, series)
            found.append(Said(entry.at + turn * entry.repeat.every, entry.node, event, entry.mark, skew))
        return found

    def _skew(self) -> int:
        text = self._entry.skew
        try:
            return -nanoseconds(text[1:]) if text.startswith("-") else nanoseconds(text.removeprefix("+"))
        except ValueError as error:
            raise self._failed("skew", str(error)) from None

    def _kind(self) -> type[Event] | None:
        name = self._entry.event
        if name is None or name == LINE:
            return None
        if name not in KINDS:
            hint = nearest(name, list(KINDS), "see docs/reference.md")
            raise self._failed("event", f"there is no event {name[:80]!r}; {hint}")
        return KINDS[name]

    def _series(self, kind: type[Event]) -> dict[str, list[int | None]]:
        """Numeric fields, each as the numbers that it takes one after the other."""
        fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
        found: dict[str, list[int | None]] = {}
        for name, value in self._entry.fields.items():
            if name not in fields:
                hint = nearest(name, list(fields), f"there are {', '.join(fields) or 'none'}")
                raise self._failed(name, f"{kind.__name__} has no such field; {hint}")
            if fields[name] is int and isinstance(value, str):
                found[name] = self._numbers(name, value)
            elif fields[name] is int and isinstance(value, int) and not isinstance(value, bool):
                found[name] = [value]
        return found

    def _numbers(self, name: str, text: str) -> list[int | None]:
        """`1+2x3` is 1, 3, 5, 7; `4x2` is 4, 4, 4; `_` leaves one out."""
        found: list[int | None] = []
        for part in text.split():
            series, skipped = _SERIES.fullmatch(part), _SKIPPED.fullmatch(part)
            if series is not None:
                first, step = int(series[1]), int(series[2] or 0)
                found += [first + step * turn for turn in range(int(series[3]) + 1)]
            elif skipped is not None:
                found += [None] * int(skipped[1] or 1)
            elif _NUMBER.fullmatch(part):
                found.append(int(part))
            else:
                raise self._failed(name, f"{part[:40]!r} is neither a number nor a series such as 1+1x5")
            if len(found) > MOST_ENTRIES:
                raise self._failed(name, f"is longer than {MOST_ENTRIES} numbers")
        if not found:
            raise self._failed(name, "is empty; write a number, or a series such as 1+1x5")
        return found

    def _times(self, series: dict[str, list[int | None]]) -> int:
        repeat = self._entry.repeat
        times = repeat.times
        for name, numbers in series.items():
            if len(numbers) > 1:
                if times is not None and times != len(numbers):
                    raise self._failed(name, f"is {len(numbers)} numbers long and not {times}; make them equal")
                times = len(numbers)
        if (times or 1) > 1 and not repeat.every:
            raise self._failed("repeat", "needs every:, such as repeat: {every: 10s}")
        return times or 1

    def _event(self, kind: type[Event], values: dict[str, int | None], series: dict[str, list[int | None]]) -> Event:
        given: dict[str, Any] = {}
        for name, value in self._entry.fields.items():
            if name in series:
                given[name] = values[name]
            elif isinstance(value, str):
                given[name] = self._text(name, value, values)
            else:
                given[name] = value
        try:
            return msgspec.convert({"type": kind.__name__, **given}, kind)
        except msgspec.ValidationError as error:
            problem, _, where = str(error).replace("`", "").partition(" - at $.")
            field = re.split(r"[.\[]", where)[0] if where else "event"
            raise self._failed(field, f"{kind.__name__}: {problem}") from None

    def _text(self, field: str, text: str, values: dict[str, int | None]) -> str:
        """A text with the numbers of this turn put in: `block: "b{height}"`."""
        for name in _PUT_IN.findall(text):
            if name not in values:
                raise self._failed(field, f"there is no {{{name}}} here; {nearest(name, list(values), 'there is {n}')}")
        return _PUT_IN.sub(lambda found: str(values[found[1]]), text)
