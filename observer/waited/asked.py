"""What people ask for in text, as what is judged: conditions, formulas, limits and where to begin."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from observer.exits import Exit, Failed
from observer.times import moment, written
from parsers.text import one_line
from replay.journals import span
from replay.play import sequence_at
from waits.durations import nanoseconds
from waits.expression import Scope, Unreadable, condition_of, formula_of
from waits.waiting import Limit

if TYPE_CHECKING:
    from replay.recording import Recording
    from waits.conditions import Condition
    from waits.terms import Term

_BLOCKS = re.compile(r"(\d{1,9}) *blocks?")
TEXT_SHOWN = 200
"""Characters of a refused text."""


class Begin(NamedTuple):
    """Where something begins: behind an entry, at a journal time."""

    seq: int
    at: int


def condition_asked(text: str, scope: Scope) -> Condition:
    """A condition. Raises Failed."""
    try:
        return condition_of(text, scope)
    except Unreadable as error:
        raise _refused(text, error) from None


def formula_asked(text: str, scope: Scope) -> Term:
    """A formula. Raises Failed."""
    try:
        return formula_of(text, scope)
    except Unreadable as error:
        raise _refused(text, error) from None


def _refused(text: str, error: Unreadable) -> Failed:
    """A terminal is shown the place too."""
    if sys.stderr.isatty() and len(text) <= TEXT_SHOWN:
        sys.stderr.write(f"  {one_line(text, TEXT_SHOWN)}\n  {' ' * (error.column - 1)}^\n")
    shown = text if len(text) <= TEXT_SHOWN else f"{text[:TEXT_SHOWN]}…"
    return Failed(f"{shown!r}: {error.problem} (column {error.column})")


def limit_asked(option: str, text: str | None) -> Limit | None:
    """A limit: a duration, or a number of blocks. Raises Failed."""
    if text is None:
        return None
    blocks = _BLOCKS.fullmatch(text.strip())
    if blocks is not None:
        return Limit(blocks=int(blocks[1]))
    try:
        return Limit(nanoseconds(text.strip()))
    except ValueError:
        raise Failed(f"{option} {text}: is no limit; write for example 90s, 5m, 1h30m or '30 blocks'") from None


def limits_asked(soft: str | None, hard: str | None) -> tuple[Limit | None, Limit | None]:
    """The soft and the hard limit. Raises Failed."""
    one, other = limit_asked("--soft", soft), limit_asked("--within", hard)
    if one is not None and other is not None:
        late = one.blocks is not None and other.blocks is not None and one.blocks > other.blocks
        if late or (one.span is not None and other.span is not None and one.span > other.span):
            raise Failed(f"--soft {soft}: is later than --within {hard}; make it the earlier of the two")
    return one, other


def begin_asked(recording: Recording, since: str | None) -> Begin:
    """Where judging begins: entries at that time included. Raises Failed."""
    last = recording.last()
    if last is None:
        raise Failed(f"{recording.path}: the recording is empty; import logs into it", Exit.UNKNOWN)
    first_at, last_at = span(recording)
    if since is None:
        return Begin(0, first_at)
    when = moment(since, first_at, last_at)
    if when > last_at:
        raise Failed(f"--since {since}: is after the end; the recording ends at {written(last_at)}", Exit.UNKNOWN)
    return Begin(sequence_at(recording, when), when)
