"""The end of a journal, in memory: blocks that have just come, for whoever judges them at once.

What lies before them is asked of what is behind: a recording, or another tail. Nothing here is stored; what was
committed is dropped by `forget`, and only what the last entry needs is kept.
"""

from __future__ import annotations

from typing import Any

from replay.blocks import Block, Columns
from replay.journal import Source
from replay.journals import Journal
from replay.merge import last_at
from replay.recording import BlockInfo, Heard, StoredCheckpoint


class Beginning:
    """A journal without an entry. What is known of it already is under `values`, and may still change."""

    def __init__(self, values: dict[str, Any]) -> None:
        """`values` by name, as `meta` gives them."""
        self.values = values

    def sources(self) -> list[Source]:
        """None."""
        return []

    def meta(self, key: str) -> Any:
        """The value under a name, or None."""
        return self.values.get(key)

    def block_infos(self, first_seq: int = 0, last_seq: int | None = None) -> list[BlockInfo]:
        """None."""
        return []

    def block(self, first_seq: int) -> Block:
        """There is none to be asked for."""
        raise KeyError(first_seq)

    def heard_at_end(self, first_seq: int) -> dict[int, Heard]:
        """Nothing."""
        return {}

    def first(self) -> BlockInfo | None:
        """None."""
        return None

    def last(self) -> BlockInfo | None:
        """None."""
        return None

    def hot(self, first_seq: int, matcher: bytes) -> bytes | None:
        """None."""
        return None

    def checkpoint(self, fingerprint: bytes, up_to: int) -> StoredCheckpoint | None:
        """None."""
        return None


class Tail:
    """A journal whose last blocks are held in memory."""

    def __init__(self, behind: Journal) -> None:
        """Begins with everything that is behind."""
        self._behind = behind
        self._sources = behind.sources()
        self._infos: list[BlockInfo] = []
        self._blocks: dict[int, Block] = {}
        self._heard: dict[int, dict[int, Heard]] = {}
        self._first = behind.first()
        self._last = behind.last()
        self.heard: dict[int, Heard] = {} if self._last is None else behind.heard_at_end(self._last.first_seq)
        """What has come from every source so far."""

    @property
    def last_seq(self) -> int:
        """Sequence of the last entry; 0 before the first."""
        return 0 if self._last is None else self._last.last_seq

    @property
    def last_at(self) -> int:
        """Journal time of the last entry; 0 before the first."""
        return 0 if self._last is None else self._last.last_at

    def add(self, first_seq: int, columns: Columns, body: bytes) -> BlockInfo:
        """Take a block that follows on the last one."""
        block = Block(first_seq, columns, b"")
        block.keep(body)
        heard = dict(self.heard)
        for segment in columns.segments:
            before = heard.get(segment.source, Heard(0, 0, 0))
            heard[segment.source] = Heard(
                before.lines + segment.lines, segment.last_at, before.raw_bytes + segment.length
            )
        info = BlockInfo(first_seq, block.count, columns.first_at, last_at(columns), len(body))
        self._infos.append(info)
        self._blocks[first_seq] = block
        self._heard[first_seq] = self.heard = heard
        self._first = self._first or info
        self._last = info
        return info

    def join(self, source: Source) -> None:
        """Know a source from here on."""
        self._sources.append(source)

    def forget(self) -> None:
        """Drop all blocks but the last: they have been judged, and nobody asks for them here any more."""
        for info in self._infos[:-1]:
            del self._blocks[info.first_seq]
            del self._heard[info.first_seq]
        del self._infos[:-1]

    # --- as a journal --------------------------------------------------------------------------------

    def sources(self) -> list[Source]:
        """Every source, by number."""
        return list(self._sources)

    def meta(self, key: str) -> Any:
        """The value under a name, or None."""
        return self._behind.meta(key)

    def block_infos(self, first_seq: int = 0, last_seq: int | None = None) -> list[BlockInfo]:
        """Every block from a sequence on that is held, and those behind where the sequence lies there."""
        held = [info for info in self._infos if info.meets(first_seq, last_seq)]
        if self._infos and self._infos[0].first_seq <= first_seq:
            return held
        older = self._behind.block_infos(first_seq, last_seq)
        begin = self._infos[0].first_seq if self._infos else self.last_seq + 1
        return [info for info in older if info.first_seq < begin] + held

    def block(self, first_seq: int) -> Block:
        """The block that begins at this sequence."""
        return self._blocks.get(first_seq) or self._behind.block(first_seq)

    def heard_at_end(self, first_seq: int) -> dict[int, Heard]:
        """What had come from every source by the end of the block that begins here."""
        return self._heard[first_seq] if first_seq in self._heard else self._behind.heard_at_end(first_seq)

    def first(self) -> BlockInfo | None:
        """The first block."""
        return self._first

    def last(self) -> BlockInfo | None:
        """The last block."""
        return self._last

    def hot(self, first_seq: int, matcher: bytes) -> bytes | None:
        """The wanted lines of a block behind, if they were kept by this matcher."""
        return None if first_seq in self._blocks else self._behind.hot(first_seq, matcher)

    def checkpoint(self, fingerprint: bytes, up_to: int) -> StoredCheckpoint | None:
        """The last checkpoint of this fingerprint at or before a sequence."""
        return self._behind.checkpoint(fingerprint, up_to)
