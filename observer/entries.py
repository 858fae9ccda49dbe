"""Walking a recording's lines and events, between two points, of some nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from observer.answers_lines import EventAnswer, LineAnswer
from observer.evidence import LINE_SHOWN
from observer.times import moment, written
from parsers.text import clean, decoded
from replay.blocks import Block
from replay.journal import Source
from replay.journals import span
from replay.play import Player
from replay.recording import Recording


class JournalLine(NamedTuple):
    """One line of the journal."""

    seq: int
    at: int
    source: Source
    offset: int
    entry: bytes


def _window(recording: Recording, since: str | None, until: str | None) -> tuple[int, int]:
    first, last = span(recording)
    start = first if since is None else moment(since, first, last)
    end = last if until is None else moment(until, first, last)
    return start, end


def lines_of(
    recording: Recording,
    seqs: tuple[int, int | None],
    nodes: set[str] | None,
    since: str | None,
    until: str | None,
) -> Iterator[JournalLine]:
    """Lines of a range of sequences, of some nodes, between two times, in journal order."""
    sources = {source.number: source for source in recording.sources()}
    start, end = _window(recording, since, until)
    first, last = seqs
    for info in recording.block_infos(first):
        if (last is not None and info.first_seq > last) or info.first_at > end:
            break
        if info.last_at < start:
            continue
        block = recording.block(info.first_seq)
        offsets, owner = _offsets(block)
        wanted = (block.seqs >= first) & (block.times >= start) & (block.times <= end)
        if last is not None:
            wanted &= block.seqs <= last
        if nodes is not None:
            mine = [number for number, source in sources.items() if source.node in nodes]
            wanted &= np.isin(owner, mine)
        chosen = np.flatnonzero(wanted)
        for line in chosen[np.argsort(block.seqs[chosen])].tolist():
            yield JournalLine(
                int(block.seqs[line]),
                int(block.times[line]),
                sources[int(owner[line])],
                int(offsets[line]),
                block.line(line),
            )


def _offsets(
    block: Block,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Offset and source of each line, in order of the body."""
    parts = [(block.offsets(segment, first), segment) for segment, first, _ in block.segments()]
    if not parts:
        empty = np.empty(0, dtype=np.int64)
        return empty, empty
    owners = [np.full(segment.lines, segment.source, dtype=np.int64) for _, segment in parts]
    return np.concatenate([found for found, _ in parts]), np.concatenate(owners)


def line_answer(one: JournalLine) -> LineAnswer:
    """A line in stable names."""
    return LineAnswer(
        sequence=one.seq,
        at=written(one.at),
        node=one.source.node,
        source=one.source.name,
        offset=one.offset,
        text=decoded(one.entry.rstrip(b"\r\n")),
    )


def event_answers(
    recording: Recording, nodes: set[str] | None, kinds: set[str] | None, since: str | None, until: str | None
) -> Iterator[EventAnswer]:
    """Events of some nodes and kinds, between two times, in journal order."""
    sources = {source.number: source for source in recording.sources()}
    start, end = _window(recording, since, until)
    offsets: dict[int, int] = {}
    block_end = 0
    for step in Player(recording).steps():
        wanted = step.wanted
        if wanted.at > end:
            break
        if wanted.at < start:
            continue
        said = [
            (event, origin)
            for event, origin in step.said
            if (nodes is None or origin.node in nodes) and (kinds is None or type(event).__name__ in kinds)
        ]
        if said and wanted.seq > block_end:
            offsets, block_end = _offsets_by_seq(recording, wanted.seq)
        for event, origin in said:
            yield EventAnswer(
                sequence=origin.seq,
                at=written(origin.at),
                node_time=written(origin.time),
                node=origin.node,
                source=sources[origin.source].name,
                offset=offsets.get(origin.seq),
                kind=type(event).__name__,
                facts={key: value for key, value in msgspec.to_builtins(event).items() if key != "type"},
                line=clean(decoded(wanted.entry.rstrip(b"\r\n")), LINE_SHOWN),
            )


def _offsets_by_seq(recording: Recording, seq: int) -> tuple[dict[int, int], int]:
    """Offset of every line of the block that holds an entry, and the block's last sequence."""
    info = recording.block_infos(seq)[0]
    block = recording.block(info.first_seq)
    offsets, _owner = _offsets(block)
    return dict(zip(block.seqs.tolist(), offsets.tolist(), strict=True)), info.last_seq
