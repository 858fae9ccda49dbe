"""From what came of a look (`observer.live.storing.Batch`) to the rows that are committed to the database.

Blocks are packed, small ones at the end sealed into full ones as in a recording (R5), transitions numbered in the order
in which they were told.
"""

from __future__ import annotations

from collections.abc import Sequence

from observer.database.batches import Batch, BlockRow, CheckpointRow, EventRow, HotRow, TransitionRow, block_row
from observer.database.rows import Changes
from observer.live import storing
from replay.blocks import Columns
from replay.sealing import Sealer


class Packing:
    """One network's rows. Where a commit fails for good, it begins anew from what was loaded."""

    def __init__(self, network: str, transitions: int) -> None:
        """`transitions` are those that were committed already."""
        self._network = network
        self._numbered = transitions
        self._sealer = Sealer()

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
            place: tuple[int, Columns, bytes] = (added.info.first_seq, added.columns, added.body)
            wanted = added.hot
            again = self._sealer.add(*place, wanted)
            for first_seq in () if again is None else again.replaced:
                # What this very batch would have stored need not be taken out.
                if blocks.pop(first_seq, None) is None:
                    resealed.append(first_seq)
                hot.pop(first_seq, None)
            if again is not None:
                place, wanted = again.sealed, again.hot
            row = block_row(*place, added.heard)
            blocks[row.first_seq] = row
            hot[row.first_seq] = HotRow(row.first_seq, matcher, wanted.packed())
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
