"""What came of one look, committed in one transaction, to the recording of whoever is attached (R6, R7).

Until it is committed nobody is told. Where it cannot be, nothing of it is kept, and it can be tried again as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from observer.inventory import Inventory, written
from observer.live.growing import Added, Kept, Resumed
from replay.failures import RecordingError
from replay.fingerprint import code_hash, fingerprint
from replay.importing import settings_of
from replay.journal import Incarnation, Source
from replay.recording import Recording
from replay.redaction import NoRedaction
from replay.sealing import Sealer
from waits.alerts import Transition


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


class RecordingStore:
    """Commits batches to a recording."""

    def __init__(self, recording: Recording) -> None:
        """The recording is open to attach to."""
        self._recording = recording
        self._sealer = Sealer()

    def write(self, batch: Batch, matcher: bytes) -> None:
        """Commit a batch; `matcher` is the fingerprint of its hot lines. Raises RecordingError, and then nothing of it
        is kept.
        """
        before = self._sealer.copy()
        try:
            self._write(batch, matcher)
            self._recording.commit()
        except RecordingError:
            self._sealer = before
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
        recording, first_seq = self._recording, added.info.first_seq
        hot = added.hot
        again = self._sealer.add(first_seq, added.columns, added.body, hot)
        if again is None:
            recording.add_block(first_seq, added.columns, added.body, added.heard)
        else:
            recording.reseal(again.replaced)
            first_seq, hot = again.sealed.first_seq, again.hot
            recording.add_block(*again.sealed, added.heard)
        recording.add_hot(first_seq, matcher, hot.packed())


def resumed(recording: Recording) -> Resumed | None:
    """Where the engine was left, if this version of the program left it there."""
    mine = fingerprint(recording.sources(), recording.meta("settings"))
    found = recording.held(mine)
    if found is None:
        return None
    kept = recording.checkpoint(mine, found[0])
    return Resumed(*found) if kept is not None and kept.seq == found[0] else None


def keep_inventory(recording: Recording, inventory: Inventory) -> None:
    """Settle with which inventory a recording is judged."""
    text = written(inventory)
    recording.set_meta("inventory", text)
    recording.set_meta("settings", {**settings_of(text, NoRedaction()), "year": None})
    recording.commit()


VERSIONS = "versions"
"""Where a recording keeps which versions of the program have judged it while it grew."""


def versions(before: list[str] | None) -> list[str]:
    """The versions that have judged a journal, with this one."""
    mine = code_hash().hex()
    return [*(before or ()), *(() if before and before[-1] == mine else (mine,))]
