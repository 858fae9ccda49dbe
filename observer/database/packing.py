"""From what came of a look (`observer.live.storing.Batch`) to the rows that are committed to the database.

Blocks are packed, small ones at the end sealed into full ones as in a recording (R5), transitions numbered in the order
in which they were told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from observer.database.batches import Batch, BlockRow, CheckpointRow, EventRow, HotRow, TransitionRow, block_row
from observer.database.rows import Changes
from observer.live import storing
from observer.live.growing import Added
from observer.live.storing import MOST_SMALL
from replay.blocks import BLOCK_BYTES, Block, unpack
from replay.recording import Heard
from replay.sealing import sealed, sealed_hot
from replay.wanted import HotBlock


class _Small(NamedTuple):
    block: Block
    heard: dict[int, Heard]
    hot: HotBlock


class Packing:
    """One network's rows. Where a commit fails for good, everything begins anew from what was loaded."""

    def __init__(self, network: str, transitions: int) -> None:
        """`transitions` are those that were committed already."""
        self._network = network
        self._numbered = transitions
        self._small: list[_Small] = []
        self._matcher = b""

    def pack(
        self,
        batch: storing.Batch,
        matcher: bytes,
        events: Sequence[EventRow] = (),
        changes: Changes | None = None,
    ) -> Batch:
        """The rows of a batch; `matcher` is the fingerprint of its hot lines. Each batch is packed once, however often
        it has to be committed.
        """
        blocks: dict[int, BlockRow] = {}
        hot: dict[int, HotRow] = {}
        resealed: list[int] = []
        for added in batch.added:
            self._add(added, matcher, blocks, hot, resealed)
        first = self._numbered + 1
        self._numbered += len(batch.transitions)
        return Batch(
            self._network,
            sources=tuple(batch.sources),
            incarnations=tuple(batch.incarnations),
            resealed=tuple(resealed),
            blocks=tuple(blocks.values()),
            hot=tuple(hot.values()),
            events=tuple(events),
            checkpoint=None if batch.kept is None else CheckpointRow(*batch.kept),
            transitions=tuple([TransitionRow(number, one) for number, one in enumerate(batch.transitions, first)]),
            changes=changes,
        )

    def _add(
        self, added: Added, matcher: bytes, blocks: dict[int, BlockRow], hot: dict[int, HotRow], resealed: list[int]
    ) -> None:
        if matcher != self._matcher:
            self._small, self._matcher = [], matcher
        row = block_row(added.info.first_seq, added.columns, added.body, added.heard)
        blocks[row.first_seq] = row
        hot[added.info.first_seq] = HotRow(added.info.first_seq, matcher, added.hot.packed())
        if not self._small and len(added.body) >= BLOCK_BYTES // 2:
            return
        block = unpack(row.first_seq, row.columns, row.body)
        block.keep(added.body)
        self._small.append(_Small(block, added.heard, added.hot))
        size = sum(len(one.block.body) for one in self._small)
        if size < BLOCK_BYTES and len(self._small) < MOST_SMALL:
            return
        made = sealed([one.block for one in self._small])
        heard, wanted = self._small[-1].heard, sealed_hot([one.hot for one in self._small])
        for one in self._small:
            # What this very batch would have stored is not stored at all.
            if blocks.pop(one.block.first_seq, None) is None:
                resealed.append(one.block.first_seq)
            hot.pop(one.block.first_seq, None)
        sealed_row = block_row(made.first_seq, made.columns, made.body, heard)
        blocks[made.first_seq] = sealed_row
        hot[made.first_seq] = HotRow(made.first_seq, matcher, wanted.packed())
        whole = unpack(made.first_seq, sealed_row.columns, sealed_row.body)
        whole.keep(made.body)
        self._small = [] if size >= BLOCK_BYTES else [_Small(whole, heard, wanted)]
