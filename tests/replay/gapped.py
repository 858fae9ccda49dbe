"""Recordings in which a part of one node's log is missing, made of whole ones: lines left out, Marks in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from replay.blocks import Columns, Segment
from replay.journal import Mark, MarkKind
from replay.recording import Heard, Recording

BLOCK_ENTRIES = 500


class Entry(NamedTuple):
    """A line, or a Mark."""

    at: int
    source: int
    text: bytes = b""
    incarnation: int = 0
    offset: int = 0
    kind: MarkKind | None = None
    facts: Mapping[str, Any] = MappingProxyType({})


class Cut(NamedTuple):
    """A part of a node's log that is left out: its lines from `first` up to before `last`."""

    node: str
    first: int
    last: int
    lost: bool = False
    """Whether its log is known to be lost meanwhile, as of a shipper that has fallen silent."""


class Span(NamedTuple):
    """When what is missing was written: from the last line before it up to the Mark."""

    start: int
    end: int


def entries_of(recording: Recording) -> list[Entry]:
    """Everything that a recording holds, in the order of the journal."""
    found: list[tuple[int, Entry]] = []
    for info in recording.block_infos():
        block = recording.block(info.first_seq)
        for segment, first, _start in block.segments():
            for place, offset in enumerate(block.offsets(segment, first).tolist(), start=first):
                at, text = int(block.times[place]), block.line(place)
                found.append((int(block.seqs[place]), Entry(at, segment.source, text, segment.incarnation, offset)))
        found += [
            (mark.seq, Entry(mark.at, mark.source, kind=mark.kind, facts=mark.facts)) for mark in block.columns.marks
        ]
    return [entry for _seq, entry in sorted(found, key=lambda one: one[0])]


def without(entries: Sequence[Entry], source: int, cut: Cut) -> tuple[list[Entry], Span]:
    """The entries but for a part of a source's lines, with the Marks that a live reader would write."""
    own = [place for place, entry in enumerate(entries) if entry.source == source and entry.kind is None]
    places = set(own[cut.first : cut.last])
    first, last = own[cut.first], own[cut.last - 1]
    start = entries[own[cut.first - 1]].at if cut.first else entries[first].at
    end = entries[own[cut.last]].at if cut.last < len(own) else entries[last].at
    size = sum([len(entries[place].text) for place in places])
    gap = Entry(end, source, kind=MarkKind.GAP, facts={"bytes": size, "why": "it was left out"})
    found: list[Entry] = []
    for place, entry in enumerate(entries):
        if place == first and cut.lost:
            found.append(Entry(entry.at, source, kind=MarkKind.LOST, facts={"why": "it was left out"}))
        if place not in places:
            found.append(entry)
        if place == (own[cut.last] - 1 if cut.last < len(own) else last):
            behind = [gap, *([Entry(end, source, kind=MarkKind.CAUGHT_UP)] if cut.lost else [])]
            found += [one._replace(at=max(one.at, found[-1].at)) for one in behind]
    return found, Span(start, max(end, gap.at))


def written(path: Path, whole: Recording, entries: Sequence[Entry]) -> None:
    """A recording of these entries, of the sources of another one and with its inventory."""
    with Recording.create(path, whole.network) as recording:
        for key in whole.meta_keys():
            if key in ("inventory", "settings", "network"):
                recording.set_meta(key, whole.meta(key))
        for source in whole.sources():
            recording.add_source(source)
            for incarnation in whole.incarnations(source.number):
                recording.set_incarnation(incarnation)
        heard: dict[int, Heard] = {}
        for first in range(0, len(entries), BLOCK_ENTRIES):
            columns, body = _block(first + 1, entries[first : first + BLOCK_ENTRIES])
            for segment in columns.segments:
                before = heard.get(segment.source, Heard(0, 0, 0))
                heard[segment.source] = Heard(
                    before.lines + segment.lines, segment.last_at, before.raw_bytes + segment.length
                )
            recording.add_block(first + 1, columns, body, heard)


def _block(first_seq: int, entries: Sequence[Entry]) -> tuple[Columns, bytes]:
    lines = [(rank, entry) for rank, entry in enumerate(entries) if entry.kind is None]
    groups: dict[tuple[int, int], list[tuple[int, Entry]]] = {}
    for rank, entry in lines:
        groups.setdefault((entry.source, entry.incarnation), []).append((rank, entry))
    body = [one for group in groups.values() for one in group]
    segments = [_segment(number, incarnation, group) for (number, incarnation), group in groups.items()]
    first_at = min([entry.at for entry in entries])
    columns = Columns(
        first_at=first_at,
        segments=segments,
        ends=np.cumsum([len(entry.text) for _rank, entry in body], dtype="<u4").tobytes() if body else b"",
        times=np.array([entry.at - first_at for _rank, entry in body], dtype="<i8").tobytes(),
        order=np.argsort([rank for rank, _entry in body], kind="stable").astype("<u4").tobytes() if body else b"",
        marks=list(_marks(first_seq, entries)),
    )
    return columns, b"".join([entry.text for _rank, entry in body])


def _segment(source: int, incarnation: int, group: Sequence[tuple[int, Entry]]) -> Segment:
    own = [entry for _rank, entry in group]
    return Segment(
        source=source,
        lines=len(own),
        length=sum([len(entry.text) for entry in own]),
        offset=own[0].offset,
        incarnation=incarnation,
        offsets=np.array([entry.offset for entry in own], dtype="<i8").tobytes(),
        last_at=own[-1].at,
    )


def _marks(first_seq: int, entries: Sequence[Entry]) -> Iterator[Mark]:
    for rank, entry in enumerate(entries):
        if entry.kind is not None:
            yield Mark(first_seq + rank, entry.at, entry.source, entry.kind, dict(entry.facts))


def gapped(whole: Path, path: Path, cut: Cut) -> Span:
    """A recording like another one, with a part of a node's log missing."""
    with Recording.open_to_read(whole) as recording:
        source = next(one.number for one in recording.sources() if one.node == cut.node)
        entries, span = without(entries_of(recording), source, cut)
        written(path, recording, entries)
    return span
