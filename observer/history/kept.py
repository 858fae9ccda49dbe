"""The history of a recording, kept in it as other answers are (`observer.keeping`): judged once by the rules in force,
whatever part of it is asked for is told without judging again.

A history that is judged by other rules, with another inventory or up to an earlier time is not kept, nor is one that is
too long to be held in memory.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

import msgspec
import zstandard

from observer.console import progress
from observer.history.asked import Asked, Names, Options, Row, asked_for
from observer.keeping import fingerprint, is_worth_keeping, keep, kept
from observer.reaching import address_in, as_it_is, current
from replay.journals import span
from replay.recording import Recording
from waits.alerts import Transition

KIND = "alerts"
MOST_KEPT = 200_000
"""Transitions of a history that is kept: some tens of megabytes, compressed."""
TOGETHER = 500
"""Transitions that are compressed, and opened again, together."""


class Past(msgspec.Struct, array_like=True):
    """Everything that happened, as it is kept."""

    names: Names
    in_json: bool
    """Whether it was asked for in JSON, so that it is known what is said in it. Where it was not, that is worked out
    when somebody asks, without judging again.
    """
    parts: list[bytes]
    """So many rows each, compressed: one part after the other is opened, so a long history takes no more memory."""

    def up_to(self, end: int) -> Iterator[Row]:
        """What would have been judged up to a time."""
        for part in self.parts:
            for row in _PART.decode(zstandard.decompress(part)):
                if row[0].at <= end:
                    yield row


_PART = msgspec.msgpack.Decoder(list[Row])


class Gathering:
    """A history on its way to those who asked, and to be kept."""

    def __init__(self, names: Names, *, in_json: bool) -> None:
        """Nothing has been told."""
        self._past = Past(names, in_json, [])
        self._rows: list[Row] = []
        self._count = 0
        self._is_told = False

    def through(self, told: Iterable[Row]) -> Iterator[Row]:
        """What is told, as it passes."""
        for one, json in told:
            self.take(one, json)
            yield one, json
        self.end()

    def take(self, one: Transition, json: bytes = b"") -> None:
        """One transition more."""
        self._count += 1
        if self._count > MOST_KEPT:
            self._past.parts = []
            return
        self._rows.append((one, json))
        if len(self._rows) == TOGETHER:
            self._pack()

    def _pack(self) -> None:
        self._past.parts.append(zstandard.compress(msgspec.msgpack.encode(self._rows), 3))
        self._rows = []

    def end(self) -> None:
        """That was all of it."""
        self._pack()
        self._is_told = True

    def whole(self) -> Past | None:
        """All of it, where all was told and it is not too long."""
        return self._past if self._is_told and self._count <= MOST_KEPT else None


class History(NamedTuple):
    """What is asked for of a history."""

    asked: Asked
    told: Iterator[Row]
    """What happened up to the end of it, also before it."""
    ends: int
    """Journal time of the recording's last entry."""


@contextmanager
def history(
    path: Path, rules: str | None, inventory: Path | None, options: Options, *, in_json: bool
) -> Iterator[History]:
    """The history of a recording, as it was kept, or else judged as it is read, and kept once all was read. Raises
    Failed.
    """
    as_recorded = rules is None and inventory is None and address_in(path) is None
    past: Past | None = None
    if as_recorded:
        with as_it_is(path) as opened:
            past = kept_past(opened)
            if past is not None and (past.in_json or not in_json):
                asked = asked_for(opened, past.names, options)
                yield History(asked, past.up_to(asked.end), span(opened)[1])
                return
    from observer.history.told import Course

    whole: Past | None = None
    with current(path) as opened:
        course = Course(opened, rules, inventory)
        asked = asked_for(opened, course.names, options)
        to_keep = as_recorded and options.until is None and is_worth_keeping(opened)
        # What is written as it comes and a bar on the same terminal would be in each other's way.
        with nullcontext(_no_bar) if in_json and sys.stdout.isatty() else _bar(opened) as advance:
            wanted = None if not in_json else (lambda _one: True) if to_keep else asked.fits
            if past is None or wanted is None:
                told = course.told(asked, wanted, advance)
            else:
                told = course.in_json((one for one, _json in past.up_to(asked.end)), wanted)
            if to_keep:
                gathering = Gathering(course.names, in_json=in_json)
                yield History(asked, gathering.through(told), span(opened)[1])
                whole = gathering.whole()
            else:
                yield History(asked, told, span(opened)[1])
        asked_of = b"" if whole is None else fingerprint(opened)
    if whole is not None:
        keep(path, KIND, asked_of, msgspec.msgpack.encode(whole))


def kept_past(recording: Recording) -> Past | None:
    """The history that is kept."""
    value = kept(recording, KIND)
    return None if value is None else msgspec.msgpack.decode(value, type=Past)


def _bar(recording: Recording) -> AbstractContextManager[Callable[[int], None]]:
    return progress("judging", sum(info.raw_bytes for info in recording.block_infos()))


def _no_bar(_bytes: int) -> None:
    """Nothing is shown of how far it is."""
