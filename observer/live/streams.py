"""From what happens to a stream that is followed to lines and Marks of its sources (R1, R2, R4).

Nothing is held back while lines are live: each look's lines are ordered as import orders them, and no line waits for
one that may come later. Of what was there before, lines wait for their successors as they do in an import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np

from observer.following.happenings import (
    CaughtUp,
    Ended,
    Follower,
    Grown,
    Happening,
    Lagging,
    Lost,
    Missing,
    Opened,
    Read,
    Rotated,
)
from observer.live.growing import marked
from parsers.framing import FRAMINGS, Prefixed
from replay.journal import Incarnation, MarkKind, Source
from replay.merge import Taken
from replay.ordering import Adjustment, OrderTimes
from replay.reading import Lines, SourceReader, by_prefix, line_ends, line_offsets, picked
from replay.zones import zone_named

OPEN_AT_ONCE = 8
"""Incarnations of one source of which lines may still come."""
READ_AT_ONCE = 1 << 20
"""Bytes of a backlog that are read in one go."""


class _Of:
    """One source of a stream: its clock and its lines."""

    def __init__(self, source: Source, incarnations: Sequence[Incarnation]) -> None:
        self.source = source
        self.read_to = {one.count: one.high_water for one in incarnations}
        self.order = OrderTimes()
        self.reader: SourceReader | None = None
        self.pending: list[Adjustment] = []
        self.incarnation = 0
        self._readers: dict[int, SourceReader] = {}

    def open(self, found: Opened) -> None:
        """Its lines are those of another incarnation from here on."""
        self.go_to(found.incarnation)

    def go_to(self, incarnation: int) -> None:
        """What comes next is of this incarnation: a writer may still write to a file that was rotated away."""
        self.incarnation = incarnation
        if incarnation not in self._readers:
            while len(self._readers) >= OPEN_AT_ONCE:
                del self._readers[min(self._readers)]
            framing, zone = FRAMINGS[self.source.framing], zone_named(self.source.zone)
            self._readers[incarnation] = SourceReader(framing, zone, incarnation, self.order)
        self.reader = self._readers[incarnation]

    def mark(self, kind: MarkKind, facts: dict[str, Any] | None = None) -> None:
        """Something happened before the next line."""
        self.pending.append(Adjustment(0, kind, facts or {}))

    def lines(self, data: bytes, ends: Any, offsets: Any, *, final: bool) -> Lines | None:
        """Lines, with what happened before them. What the journal has already is left out (R1)."""
        seen = self.read_to.get(self.incarnation, 0)
        if int(offsets[0]) < seen:
            data, ends, offsets = _unseen(data, ends, offsets, seen)
        if self.reader is None or not len(ends):
            return None
        return self._with_marks(self.reader.add(data, ends, offsets, final=final))

    def rest(self) -> Lines | None:
        """What was held back, and what happened behind the last line."""
        lines = None if self.reader is None else self._with_marks(self.reader.finish())
        if self.pending:
            behind, self.pending = self.pending, []
            lines = lines or marked([], self.incarnation)
            lines.adjustments += [Adjustment(len(lines), one.kind, one.facts) for one in behind]
        return lines

    def _with_marks(self, lines: Lines | None) -> Lines | None:
        if lines is not None:
            lines.adjustments[:0] = self.pending
            self.pending = []
        return lines


class Stream:
    """A stream that is followed, and the sources that it gives."""

    def __init__(
        self,
        follower: Follower,
        sources: Sequence[tuple[Source, Sequence[Incarnation]]],
        welcome: Callable[[str], Source] | None = None,
    ) -> None:
        """`welcome` gives a source to a node that the stream names on its lines for the first time; without it, all
        lines are of the one source.
        """
        self.follower = follower
        self._welcome = welcome
        self._of = {_pod(source) if welcome else "": _Of(source, known) for source, known in sources}
        self._prefixes: dict[bytes, str] = {}
        self._opened: Opened | None = None
        self.incarnations: dict[tuple[int, int], Incarnation] = {
            (source.number, one.count): one for source, known in sources for one in known
        }
        self.changed: set[tuple[int, int]] = set()
        """Incarnations of which more is known than was committed."""
        self.resumes: list[tuple[int, int, str]] = []
        """(incarnation, offset, what is needed to go on from there), in order, of a stream that cannot be sought."""
        self._ahead: list[Happening] = []
        self.has_ended = False
        """Whether nothing more can come."""

    @property
    def names_nodes(self) -> bool:
        """Whether each of its lines names the node that wrote it."""
        return self._welcome is not None

    @property
    def sources(self) -> list[Source]:
        """The sources that it gives."""
        return [one.source for one in self._of.values()]

    def look(self, now: int, room: int) -> Taken:
        """What has come since the last look: lines in order of each source, none held back."""
        happened = self._ahead or self.follower.look(now, room)
        self._ahead = []
        return self.take(happened) if happened else []

    def leave(self, now: int) -> Taken:
        """What is left to say when nobody looks again."""
        return self.take([*self._ahead, *self.follower.leave(now)])

    def take(self, happened: Sequence[Happening], *, final: bool = True) -> Taken:
        """Lines and Marks of what happened."""
        taken: Taken = []
        for one in happened:
            if isinstance(one, Read):
                taken += self._go_to(one.incarnation)
                taken += self._read(one, final=final)
            else:
                if isinstance(one, Opened):
                    # What was held back of the incarnation before comes first.
                    taken += self.rest() if self._opened is not None else []
                self._happened(one)
        return [*taken, *self.rest()] if final else taken

    def _go_to(self, incarnation: int) -> Taken:
        """What was held back of another incarnation comes before what comes of this one."""
        others = [of for of in self._of.values() if of.reader is not None and of.incarnation != incarnation]
        held = self.rest() if others else []
        for of in others:
            of.go_to(incarnation)
        return held

    def rest(self) -> Taken:
        """What was held back of every source."""
        return [
            (one.source.number, lines)
            for _pod, one in sorted(self._of.items())
            if (lines := one.rest()) is not None and (len(lines) or lines.adjustments)
        ]

    def backlog(self, clock: Callable[[], int]) -> Iterator[tuple[int, Lines]]:
        """(source, lines) of everything that was there when the stream was opened; what has come since is kept for the
        next look.
        """
        while True:
            happened = self.follower.look(clock(), READ_AT_ONCE)
            live = next(
                (place for place, one in enumerate(happened) if isinstance(one, Read) and not one.backlog), None
            )
            self._ahead = [] if live is None else happened[live:]
            mine = happened if live is None else happened[:live]
            yield from self.take(mine, final=False)
            if live is not None or not any(isinstance(one, Read) for one in mine):
                yield from self.rest()
                return

    def committed(self, incarnations: Sequence[Incarnation]) -> list[Incarnation]:
        """The rows of incarnations to be stored with lines that were read up to these places."""
        for one in incarnations:
            self.incarnations[one.source, one.count] = one
        rows = {(one.source, one.count): one for one in incarnations}
        rows |= {key: self.incarnations[key] for key in self.changed}
        self.changed = set()
        return [self._with_resume(one) for one in rows.values()]

    def _with_resume(self, one: Incarnation) -> Incarnation:
        """With what is needed to go on at an offset that was read already, where offsets cannot be sought."""
        reached = None
        while self.resumes and (
            self.resumes[0][0] < one.count or (self.resumes[0][0] == one.count and self.resumes[0][1] <= one.high_water)
        ):
            reached = self.resumes.pop(0)
        if reached is None or reached[0] != one.count:
            return one
        one = msgspec.structs.replace(one, resume=reached[2])
        self.incarnations[one.source, one.count] = one
        return one

    def _happened(self, one: Happening) -> None:
        if isinstance(one, Opened):
            self._opened = one
            for of in self._of.values():
                self._open(of, one)
        elif isinstance(one, Grown):
            for of in self._of.values():
                key = (of.source.number, one.incarnation)
                known = self.incarnations[key]
                self.incarnations[key] = msgspec.structs.replace(known, head=one.head, head_length=one.head_length)
                self.changed.add(key)
        else:
            self.has_ended = isinstance(one, Ended)
            kind, facts = _mark_of(one)
            for of in self._of.values():
                of.mark(kind, facts)

    def _open(self, of: _Of, found: Opened) -> None:
        of.open(found)
        key = (of.source.number, found.incarnation)
        if key not in self.incarnations:
            self.incarnations[key] = Incarnation(*key, found.head, found.head_length, found.start, found.label)
            self.changed.add(key)
        facts = {
            "incarnation": found.incarnation,
            "head": found.head.hex(),
            "from": found.start,
            "file": found.label,
            "framing": of.source.framing,
            "form": of.source.form,
            "fresh": found.fresh,
        }
        of.mark(MarkKind.OPENED, facts)

    def _read(self, found: Read, *, final: bool) -> Taken:
        ends = line_ends(found.data)
        offsets = line_offsets(found.offset, ends)
        if found.resume:
            self.resumes.append((found.incarnation, found.offset + len(found.data), found.resume))
        taken: Taken = []
        for pod, data, mine_ends, mine_offsets in self._parts(found, ends, offsets):
            of = self._of[pod]
            lines = of.lines(data, mine_ends, mine_offsets, final=final)
            if found.torn:
                of.mark(MarkKind.TORN)
            if lines is not None:
                taken.append((of.source.number, lines))
        return taken

    def _parts(self, found: Read, ends: Any, offsets: Any) -> Iterator[tuple[str, bytes, Any, Any]]:
        """The lines of each node, where the stream names it on every line."""
        if self._welcome is None:
            yield "", found.data, ends, offsets
            return
        framing = FRAMINGS[next(iter(self._of.values())).source.framing]
        assert isinstance(framing, Prefixed)  # noqa: S101 - only such a stream welcomes nodes
        parts = by_prefix(framing, found.data, ends, self._prefixes)
        for pod in sorted(parts):
            if pod not in self._of:
                of = self._of[pod] = _Of(self._welcome(pod), ())
                if self._opened is not None:
                    self._open(of, msgspec.structs.replace(self._opened, fresh=True))
            yield pod, *picked(found.data, ends, parts[pod]), offsets[parts[pod]]


def _pod(source: Source) -> str:
    """The name by which a stream knows the node of a source."""
    return source.label.rpartition(" (")[2].removesuffix(")") if source.label.endswith(")") else ""


def _mark_of(one: Happening) -> tuple[MarkKind, dict[str, Any]]:
    if isinstance(one, Missing):
        return MarkKind.GAP, {"bytes": one.size, "why": one.why}
    if isinstance(one, Rotated):
        return MarkKind.ROTATED, {"incarnation": one.incarnation}
    if isinstance(one, Lagging):
        return MarkKind.LAGGING, {"behind": one.behind}
    if isinstance(one, CaughtUp):
        return MarkKind.CAUGHT_UP, {}
    if isinstance(one, Lost):
        return MarkKind.LOST, {"why": one.why}
    assert isinstance(one, Ended)  # noqa: S101 - the others have been dealt with
    return MarkKind.ENDED, {"why": one.why, "live": True}


def _unseen(data: bytes, ends: Any, offsets: Any, seen: int) -> tuple[bytes, Any, Any]:
    """Lines from an offset on: of one that was read to its middle, the rest."""
    first = int(np.searchsorted(offsets + np.diff(ends, prepend=0), seen, side="right"))
    if first == len(ends):
        return b"", ends[:0], offsets[:0]
    start = int(ends[first - 1]) if first else 0
    start += max(0, seen - int(offsets[first]))
    kept = offsets[first:].copy()
    kept[0] = max(int(kept[0]), seen)
    return data[start:], ends[first:] - start, kept
