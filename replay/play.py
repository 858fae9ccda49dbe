"""Playing a recording: entries in, snapshots out, from the start, from a checkpoint, up to anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from replay.checkpoints import Chain, chained
from replay.failures import OutOfReach, RecordingBusy
from replay.fingerprint import fingerprint
from replay.folding import Folding, Step
from replay.journal import Source
from replay.journals import Journal
from replay.recording import BlockInfo, Heard, Recording
from replay.wanted import Chooser, HotBlock, matcher_fingerprint, unpacked
from state.encoding import digest
from state.snapshot import NetworkState

RENEW_BYTES = 16 << 20
"""A recording of at least so many raw bytes is renewed after an upgrade; a smaller one is folded each time."""
CHECKPOINT_EVENTS = 3_000
CHECKPOINT_BYTES = 64 << 20
"""A checkpoint is kept after so many events, or so many raw bytes, whichever comes first. Going to any entry takes at
most as long as reading so many.
"""


class Player:
    """Plays a journal."""

    def __init__(self, recording: Journal, engine: str = "auto", *, hot: bool = True) -> None:
        """With `hot`, lines kept apart by the same matcher are used instead of scanning; `engine` is the
        matcher's, `off` to look at every line.
        """
        self.recording = recording
        self.sources = recording.sources()
        self.fingerprint = fingerprint(self.sources, recording.meta("settings"))
        self.matcher = matcher_fingerprint(self.sources)
        self._hot = hot and engine != "off"
        self._engine = engine
        self._in_step = 0
        self.chosen: HotBlock | None = None
        """The wanted lines of the block that was looked at last."""
        self.folding = Folding(self.sources)

    def join(self, source: Source) -> None:
        """Play a source too, from its first line on."""
        self.sources.append(source)
        if "_chooser" in vars(self):
            self._chooser.join(source)
        self.folding.join(source)

    @cached_property
    def _chooser(self) -> Chooser:
        """Made when a block is scanned: where hot lines or a checkpoint are there, none is."""
        return Chooser(self.sources, self._engine)

    @property
    def state(self) -> NetworkState:
        """The snapshot at the present entry."""
        return self.folding.state

    def steps(self, until: int | None = None) -> Iterator[Step]:
        """Play on from the present entry, up to and including sequence `until`."""
        for info in self.recording.block_infos(self.folding.seq + 1, until):
            yield from self.folding.steps(self.hot_block(info), until)
            self.folding.seq = info.last_seq if until is None else min(until, info.last_seq)

    def play(self, until: int | None = None) -> NetworkState:
        """Play on and give back the snapshot there."""
        for _step in self.steps(until):
            pass
        return self.state

    def hot_block(self, info: BlockInfo) -> HotBlock:
        """The wanted lines of a block: those that were looked at last, as kept, or found now."""
        if self.chosen is not None and self.chosen.first_seq == info.first_seq:
            return self.chosen
        if self._hot:
            kept = self.recording.hot(info.first_seq, self.matcher)
            if kept is not None:
                self.chosen = unpacked(info.first_seq, kept)
                return self.chosen
        if self._in_step != info.first_seq:
            self._chooser.resume(self.folding.open_streams())
        self._in_step = info.last_seq + 1
        self.chosen = self._chooser.choose(self.recording.block(info.first_seq))
        return self.chosen

    def seek(self, seq: int) -> NetworkState:
        """Go to just after an entry, from the nearest checkpoint before it."""
        if seq < self.folding.seq:
            self.folding = Folding(self.sources)
        kept = self.recording.checkpoint(self.fingerprint, seq)
        if kept is not None and kept.seq > self.folding.seq:
            self.folding.restore(kept.seq, kept.value, kept.before)
        return self.play(seq)


class Keeper:
    """Keeps hot lines and checkpoints while blocks are folded."""

    def __init__(self, recording: Recording, folding: Folding, print_: bytes, matcher: bytes) -> None:
        """`print_` and `matcher` are the fingerprints to keep them under."""
        self._recording = recording
        self._folding = folding
        self._print = print_
        self._matcher = matcher
        self._events = folding.events
        self._bytes = 0
        self._chain = Chain()

    def go_on(self, folding: Folding) -> None:
        """Go on with another folding, which stands where the one so far did."""
        self._folding = folding

    def folded(self, info: BlockInfo, hot: HotBlock | None) -> None:
        """A block has been folded."""
        if hot is not None:
            self._recording.add_hot(info.first_seq, self._matcher, hot.packed())
        self._bytes += info.raw_bytes
        if self._folding.events - self._events >= CHECKPOINT_EVENTS or self._bytes >= CHECKPOINT_BYTES:
            self.keep(info)

    def keep(self, info: BlockInfo) -> str:
        """Keep a checkpoint after this block; gives back the digest there."""
        found = digest(self._folding.state)
        if info.last_seq != self._chain.seq:
            value, self._chain = chained(self._chain, info.last_seq, self._folding.held())
            self._recording.add_checkpoint(self._print, info.last_seq, info.last_at, found, value)
        self._events, self._bytes = self._folding.events, 0
        return found


def renew(path: Path) -> bool:
    """Fold a recording again and keep hot lines and checkpoints of this version of the program (R5, R19), so
    that the next reading need not. False where the file cannot be written, or somebody else writes it.
    """
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        return False
    try:
        with Recording.open_to_append(path) as recording:
            player = Player(recording)
            matcher = matcher_fingerprint(player.sources)
            keeper = Keeper(recording, player.folding, player.fingerprint, matcher)
            infos = recording.block_infos()
            recording.drop_foreign(player.fingerprint, matcher)
            for info in infos:
                had = recording.hot(info.first_seq, matcher) is not None
                hot = player.hot_block(info)
                for _step in player.folding.steps(hot):
                    pass
                player.folding.seq = info.last_seq
                keeper.folded(info, None if had else hot)
            if infos:
                keeper.keep(infos[-1])
    except (RecordingBusy, OutOfReach):
        return False
    return True


def is_stale(recording: Recording) -> bool:
    """Whether the recording is big and its last state was not kept by this version of the program."""
    last = recording.last()
    if last is None or sum(info.raw_bytes for info in recording.block_infos()) < RENEW_BYTES:
        return False
    sources = recording.sources()
    kept = recording.checkpoint(fingerprint(sources, recording.meta("settings")), last.last_seq)
    return kept is None or kept.seq != last.last_seq


def sequence_at(recording: Recording, at: int) -> int:
    """Sequence of the last entry at or before a journal time; 0 if there is none."""
    import numpy as np

    info = recording.block_behind(at)
    if info is None:
        last = recording.last()
        return 0 if last is None else last.last_seq
    before = info.first_seq - 1 if info.first_seq > recording.begins else 0
    if info.first_at > at:
        return before
    block = recording.block(info.first_seq)
    within = block.seqs[block.times <= at]
    marks = [mark.seq for mark in block.columns.marks if mark.at <= at]
    return max([before, *marks, *([int(np.max(within))] if len(within) else [])])


def heard_at(recording: Recording, seq: int) -> dict[int, Heard]:
    """What had come from every source by an entry, that entry included: exact, whatever was skipped (R14)."""
    last = recording.last()
    if last is None or seq < recording.begins:
        return {}
    if seq >= last.last_seq:
        return recording.heard_at_end(last.first_seq)
    info = recording.block_infos(seq, seq)[0]
    if info.last_seq == seq:
        return recording.heard_at_end(info.first_seq)
    import numpy as np

    before = recording.block_infos(info.first_seq - 1, info.first_seq - 1)
    heard = recording.heard_at_end(before[0].first_seq) if before else {}
    block = recording.block(info.first_seq)
    for segment, first, _start in block.segments():
        last_line = first + int(np.searchsorted(block.seqs[first : first + segment.lines], seq, side="right"))
        if last_line > first:
            known = heard.get(segment.source, Heard(0, 0, 0))
            start = int(block.ends[first - 1]) if first else 0
            heard[segment.source] = Heard(
                known.lines + last_line - first,
                int(block.times[last_line - 1]),
                known.raw_bytes + int(block.ends[last_line - 1]) - start,
            )
    return heard
