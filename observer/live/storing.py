"""What came of one look, committed in one transaction, to the recording of whoever is attached (R6, R7).

Until it is committed nobody is told. Where it cannot be, nothing of it is kept, and it can be tried again as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from observer.live.growing import Added, Kept, Resumed
from replay.blocks import BLOCK_BYTES, Block
from replay.failures import RecordingError
from replay.fingerprint import fingerprint
from replay.journal import Incarnation, Source
from replay.recording import Heard, Recording
from replay.sealing import sealed, sealed_hot
from replay.wanted import HotBlock
from waits.alerts import Transition

MOST_SMALL = 64
"""Small blocks at the end of a recording, before they are sealed into one."""


@dataclass(slots=True)
class Batch:
    """What is committed together."""

    sources: list[Source] = field(default_factory=list)
    added: list[Added] = field(default_factory=list)
    incarnations: list[Incarnation] = field(default_factory=list)
    kept: Kept | None = None
    beside: list[Callable[[Recording], None]] = field(default_factory=list)
    """What else is written in the same transaction."""

    def __bool__(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.sources or self.added or self.incarnations or self.kept or self.beside)

    @property
    def transitions(self) -> list[Transition]:
        """What is told once it is committed, in order."""
        return [one for added in self.added for one in added.transitions]


@dataclass(slots=True)
class _Small:
    block: Block
    heard: dict[int, Heard]
    hot: HotBlock


class RecordingStore:
    """Commits batches to a recording."""

    def __init__(self, recording: Recording) -> None:
        """The recording is open to attach to."""
        self._recording = recording
        self._small: list[_Small] = []
        self._matcher = b""

    def write(self, batch: Batch, matcher: bytes) -> None:
        """Commit a batch; `matcher` is the fingerprint of its hot lines. Raises RecordingError, and then nothing of it
        is kept.
        """
        small = self._small[:]
        try:
            self._write(batch, matcher)
            self._recording.commit()
        except RecordingError:
            self._small = small
            self._recording.roll_back()
            raise

    def _write(self, batch: Batch, matcher: bytes) -> None:
        recording = self._recording
        for source in batch.sources:
            recording.add_source(source)
        for added in batch.added:
            self._add(added, matcher)
        for incarnation in batch.incarnations:
            recording.set_incarnation(incarnation)
        for one in batch.transitions:
            recording.add_transition(one.seq, msgspec.msgpack.encode(one))
        if batch.kept is not None:
            kept = batch.kept
            recording.add_checkpoint(kept.fingerprint, kept.seq, kept.at, kept.digest, kept.state)
            recording.add_held(kept.fingerprint, kept.seq, kept.engine)
        for write in batch.beside:
            write(recording)

    def _add(self, added: Added, matcher: bytes) -> None:
        block = self._recording.add_block(added.info.first_seq, added.columns, added.body, added.heard)
        self._recording.add_hot(added.info.first_seq, matcher, added.hot.packed())
        if matcher != self._matcher:
            self._small, self._matcher = [], matcher
        if not self._small and len(added.body) >= BLOCK_BYTES // 2:
            return
        self._small = [*self._small, _Small(block, added.heard, added.hot)]
        size = sum(len(one.block.body) for one in self._small)
        if size >= BLOCK_BYTES or len(self._small) >= MOST_SMALL:
            one = self._seal(self._small)
            self._small = [] if size >= BLOCK_BYTES else [one]

    def _seal(self, small: Sequence[_Small]) -> _Small:
        """Small blocks as one, in their place."""
        made, heard = sealed([one.block for one in small]), small[-1].heard
        self._recording.reseal([one.block.first_seq for one in small])
        block = self._recording.add_block(made.first_seq, made.columns, made.body, heard)
        hot = sealed_hot([one.hot for one in small])
        self._recording.add_hot(made.first_seq, self._matcher, hot.packed())
        return _Small(block, heard, hot)


def resumed(recording: Recording) -> Resumed | None:
    """Where the engine was left, if this version of the program left it there."""
    mine = fingerprint(recording.sources(), recording.meta("settings"))
    found = recording.held(mine)
    if found is None:
        return None
    kept = recording.checkpoint(mine, found[0])
    return Resumed(*found) if kept is not None and kept.seq == found[0] else None
