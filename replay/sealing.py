"""Sealing: small blocks that follow each other, made into one (R5).

Whoever is attached commits what came every few milliseconds, a block each time. A recording of such blocks would be
slow to read and badly compressed, so they are sealed again once there are enough. The entries, their sequences and
their times stay what they were; only how they are stored changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from replay.blocks import BLOCK_BYTES, Block, Columns, Segment
from replay.wanted import HotBlock


class Sealed(NamedTuple):
    """One block in place of several."""

    first_seq: int
    columns: Columns
    body: bytes


class _Run(NamedTuple):
    """A segment of one of the blocks, cut out."""

    segment: Segment
    data: bytes
    lengths: np.ndarray[tuple[int], np.dtype[np.int64]]
    times: np.ndarray[tuple[int], np.dtype[np.int64]]
    seqs: np.ndarray[tuple[int], np.dtype[np.int64]]
    offsets: np.ndarray[tuple[int], np.dtype[np.int64]]


def sealed(blocks: Sequence[Block]) -> Sealed:
    """These consecutive blocks as one."""
    runs: dict[int, list[_Run]] = {}
    for block in blocks:
        for run in _runs(block):
            runs.setdefault(run.segment.source, []).append(run)
    ordered = [run for source in runs for run in runs[source]]
    times, seqs, lengths = (
        np.concatenate([getattr(run, name) for run in ordered] or [np.empty(0, dtype=np.int64)])
        for name in ("times", "seqs", "lengths")
    )
    marks = [mark for block in blocks for mark in block.columns.marks]
    first_at = min(block.columns.first_at for block in blocks)
    order = np.argsort(seqs)
    implied = bool((order == np.argsort(times, kind="stable")).all())
    columns = Columns(
        first_at=first_at,
        segments=[segment for source in runs for segment in _segments(runs[source])],
        ends=np.cumsum(lengths).astype("<u4").tobytes(),
        times=(times - first_at).astype("<i8").tobytes(),
        order=b"" if implied else order.astype("<u4").tobytes(),
        marks=marks,
    )
    return Sealed(blocks[0].first_seq, columns, b"".join([run.data for run in ordered]))


def _runs(block: Block) -> list[_Run]:
    found = []
    ends, times, seqs = block.ends, block.times, block.seqs
    for segment, first, start in block.segments():
        last = first + segment.lines
        found.append(
            _Run(
                segment,
                block.body[start : start + segment.length],
                np.diff(ends[first:last], prepend=start),
                times[first:last],
                seqs[first:last],
                block.offsets(segment, first),
            )
        )
    return found


def _segments(runs: Sequence[_Run]) -> list[Segment]:
    """The runs of one source, those of one incarnation joined."""
    found: list[Segment] = []
    same: list[_Run] = []
    for run in runs:
        if same and same[0].segment.incarnation != run.segment.incarnation:
            found.append(_segment(same))
            same = []
        same.append(run)
    return [*found, _segment(same)]


def _segment(runs: Sequence[_Run]) -> Segment:
    lengths = np.concatenate([run.lengths for run in runs])
    offsets = np.concatenate([run.offsets for run in runs])
    regular = bool((offsets - offsets[0] == np.cumsum(lengths) - lengths).all())
    first, last = runs[0].segment, runs[-1].segment
    return Segment(
        source=first.source,
        lines=len(lengths),
        length=sum(len(run.data) for run in runs),
        offset=int(offsets[0]),
        incarnation=first.incarnation,
        offsets=b"" if regular else offsets.astype("<i8").tobytes(),
        last_at=last.last_at,
    )


def sealed_hot(blocks: Sequence[HotBlock]) -> HotBlock:
    """The wanted lines of these consecutive blocks as those of one."""
    ends, base = [], 0
    for block in blocks:
        ends.append(np.frombuffer(block.ends, dtype="<u4") + np.uint32(base))
        base += len(block.body)
    return HotBlock(
        first_seq=blocks[0].first_seq,
        seqs=b"".join([block.seqs for block in blocks]),
        ats=b"".join([block.ats for block in blocks]),
        sources=b"".join([block.sources for block in blocks]),
        kinds=b"".join([block.kinds for block in blocks]),
        ends=np.concatenate(ends).astype("<u4").tobytes(),
        body=b"".join([block.body for block in blocks]),
        marks=[mark for block in blocks for mark in block.marks],
    )


MOST_SMALL = 64
"""Small blocks at the end of a journal, before they are sealed into one."""


class Small(NamedTuple):
    """A small block at the end of a journal."""

    block: Block
    hot: HotBlock


class Resealed(NamedTuple):
    """One block that is to stand in place of several."""

    replaced: tuple[int, ...]
    """Their first sequences; the sealed block begins with the first of them."""
    sealed: Sealed
    hot: HotBlock


class Sealer:
    """Says when small blocks are to be sealed. What it knows changes only when that was committed."""

    def __init__(self) -> None:
        """Nothing is small yet."""
        self._small: tuple[Small, ...] = ()

    def copy(self) -> Sealer:
        """The same, to be taken in its place once what it says was committed."""
        other = Sealer()
        other._small = self._small
        return other

    def add(self, first_seq: int, columns: Columns, body: bytes, hot: HotBlock) -> Resealed | None:
        """A block has come; what is to be sealed with it, if anything is."""
        if not self._small and len(body) >= BLOCK_BYTES // 2:
            return None
        self._small = (*self._small, _small(first_seq, columns, body, hot))
        size = sum(len(one.block.body) for one in self._small)
        if size < BLOCK_BYTES and len(self._small) < MOST_SMALL:
            return None
        found = Resealed(
            tuple([one.block.first_seq for one in self._small]),
            sealed([one.block for one in self._small]),
            sealed_hot([one.hot for one in self._small]),
        )
        self._small = () if size >= BLOCK_BYTES else (_small(*found.sealed, found.hot),)
        return found


def _small(first_seq: int, columns: Columns, body: bytes, hot: HotBlock) -> Small:
    block = Block(first_seq, columns, b"")
    block.keep(body)
    return Small(block, hot)
