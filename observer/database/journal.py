"""A loaded network as a journal (`replay.journals.Journal`): what a worker goes on from.

It holds the blocks behind its checkpoint, in memory, and knows of those before only that they are there. Whoever needs
them all, after an upgrade say, takes a recording instead (`observer.database.reading.fill`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from observer.database.batches import BlockRow
from observer.database.loading import Loaded, heard_of
from observer.database.storing import Store
from replay.blocks import Block, unpack
from replay.failures import DamagedRecording
from replay.journal import Source
from replay.recording import BlockInfo, Heard, StoredCheckpoint


class StoredJournal:
    """The end of one network's journal."""

    def __init__(self, loaded: Loaded, rows: Sequence[BlockRow]) -> None:
        """`rows` are all blocks from the one before that in which the checkpoint stands on."""
        self._loaded = loaded
        self._rows = {row.first_seq: row for row in rows}

    def sources(self) -> list[Source]:
        """Every source, by number."""
        return list(self._loaded.sources)

    def meta(self, key: str) -> Any:
        """The value under a name, or None."""
        return self._loaded.meta.get(key)

    def block_infos(self, first_seq: int = 0, last_seq: int | None = None) -> list[BlockInfo]:
        """Every block from a sequence on that is held, up to the one with another. Raises DamagedRecording for a
        sequence before.
        """
        held = [row.info for row in self._rows.values()]
        if held and first_seq < held[0].first_seq and held[0].first_seq > self._loaded.begins:
            raise DamagedRecording(f"the blocks from sequence {first_seq} on were not loaded from the database")
        return [info for info in held if info.meets(first_seq, last_seq)]

    def block(self, first_seq: int) -> Block:
        """The block that begins at this sequence."""
        row = self._rows[first_seq]
        return unpack(first_seq, row.columns, row.body)

    def heard_at_end(self, first_seq: int) -> dict[int, Heard]:
        """What had come from every source by the end of the block that begins here."""
        last = self._loaded.last
        if last is not None and last.first_seq == first_seq:
            return dict(self._loaded.heard)
        return heard_of(self._rows[first_seq]) if first_seq in self._rows else {}

    def first(self) -> BlockInfo | None:
        """The first block."""
        return None if self._loaded.first is None else self._loaded.first.info

    def last(self) -> BlockInfo | None:
        """The last block."""
        return None if self._loaded.last is None else self._loaded.last.info

    def hot(self, first_seq: int, matcher: bytes) -> bytes | None:
        """Never kept here: a few blocks are scanned again in no time."""
        return None

    def checkpoint(self, fingerprint: bytes, up_to: int) -> StoredCheckpoint | None:
        """The one that was loaded, where it is of this fingerprint and at or before a sequence."""
        kept = self._loaded.checkpoint
        if kept is None or kept.fingerprint != fingerprint or kept.seq > up_to:
            return None
        return StoredCheckpoint(kept.seq, kept.at, kept.digest, kept.state)


async def journal_of(store: Store, loaded: Loaded) -> StoredJournal:
    """The journal of a network that was loaded, with its blocks from the checkpoint on. Raises Failed.

    A block may have been sealed around the checkpoint. The one before it is loaded too: it says what had been heard.
    """
    after = 0
    if loaded.checkpoint is not None:
        begins = await store.block_at(loaded.network, loaded.checkpoint.seq)
        after = max(0, (begins or 0) - 2)
    return StoredJournal(loaded, [row async for row in store.blocks(loaded.network, after)])
