"""What can be played: a recording, the end of a journal that still grows, or one that was loaded from a database."""

from __future__ import annotations

from typing import Any, Protocol

from replay.blocks import Block
from replay.journal import Source
from replay.recording import BlockInfo, Heard, StoredCheckpoint


class Journal(Protocol):
    """What is played: a recording, or the end of a journal that is still growing."""

    def sources(self) -> list[Source]:
        """Every source, by number."""
        ...

    def meta(self, key: str) -> Any:
        """The value under a name, or None."""
        ...

    def block_infos(self, first_seq: int = 0, last_seq: int | None = None) -> list[BlockInfo]:
        """Every block from a sequence on, up to the one with another sequence, in order and without a hole."""
        ...

    def block(self, first_seq: int) -> Block:
        """The block that begins at this sequence."""
        ...

    def heard_at_end(self, first_seq: int) -> dict[int, Heard]:
        """What had come from every source by the end of the block that begins here."""
        ...

    def first(self) -> BlockInfo | None:
        """The first block."""
        ...

    def last(self) -> BlockInfo | None:
        """The last block."""
        ...

    def hot(self, first_seq: int, matcher: bytes) -> bytes | None:
        """The wanted lines of a block, if they were kept by this matcher."""
        ...

    def checkpoint(self, fingerprint: bytes, up_to: int) -> StoredCheckpoint | None:
        """The last checkpoint of this fingerprint at or before a sequence."""
        ...


def span(journal: Journal) -> tuple[int, int]:
    """Journal times of its first and its last entry; 0 of one without an entry."""
    first, last = journal.first(), journal.last()
    return 0 if first is None else first.first_at, 0 if last is None else last.last_at
