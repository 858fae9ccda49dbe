"""Whether a recording is sound: every checksum, every sequence, and a fold from the first entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from replay.blocks import Block, intact
from replay.failures import RecordingError
from replay.opening import is_being_written
from replay.play import Player
from replay.recording import BlockInfo, Recording
from state.encoding import digest


@dataclass(slots=True)
class Verified:
    """What a check found."""

    blocks: int = 0
    entries: int = 0
    lines: int = 0
    raw_bytes: int = 0
    first_at: int | None = None
    last_at: int | None = None
    digest: str | None = None
    checkpoints: int = 0
    stale_checkpoints: int = 0
    faults: list[str] = field(default_factory=list)


def verify(recording: Recording, progress: Callable[[int], None] = lambda _bytes: None) -> Verified:
    """Check everything; faults are collected, not raised."""
    found = Verified()
    try:
        found.faults += recording.structural_faults()
        _tables(recording)
        _blocks(recording, found, progress)
        _derived(recording, found)
    except RecordingError as error:
        found.faults.append(str(error))
    if not found.faults:
        _refold(recording, found)
    found.faults += leftovers(recording)
    return found


def leftovers(recording: Recording) -> list[str]:
    """A `-wal` beside a recording that nobody writes was left by a crash; one that is not there, though it should
    be, was left elsewhere.
    """
    wal = recording.path.with_name(recording.path.name + "-wal")
    if recording.lacks_its_wal:
        lost = "the recording was copied without it, and what was last added may be lost"
        return [f"{wal}: is missing: {lost}; copy both, or add the logs again with `observer import --append`"]
    if wal.exists() and wal.stat().st_size and not is_being_written(recording.path):
        mended = "attach to it again" if recording.attached else "open it with `observer import --append`"
        return [f"{wal}: was left behind: the recording was not closed; {mended} to mend it"]
    return []


def _tables(recording: Recording) -> None:
    for key in recording.meta_keys():
        recording.meta(key)
    for source in recording.sources():
        recording.incarnations(source.number)


def _blocks(recording: Recording, found: Verified, progress: Callable[[int], None]) -> None:
    at = 0
    known = {source.number for source in recording.sources()}
    marks: dict[tuple[int, int], int] = {}
    for info in recording.block_infos():
        block = recording.block(info.first_seq)
        faults = _faults_of(block, info, at, known)
        found.faults += faults
        for segment, first, _start in block.segments() if not faults else ():
            offsets = block.offsets(segment, first)
            key = (segment.source, segment.incarnation)
            if segment.lines and int(offsets[0]) < marks.get(key, 0):
                found.faults.append(f"the block at sequence {info.first_seq} repeats lines of source {segment.source}")
            if segment.lines:
                marks[key] = int(offsets[-1]) + 1
        at = info.last_at
        found.blocks += 1
        found.entries += info.entries
        found.lines += len(block.ends)
        found.raw_bytes += info.raw_bytes
        found.first_at = info.first_at if found.first_at is None else found.first_at
        found.last_at = info.last_at
        progress(info.raw_bytes)


def _faults_of(block: Block, info: BlockInfo, at: int, known: set[int]) -> list[str]:
    """What a block says that cannot be."""
    where = f"the block at sequence {info.first_seq}"
    faults = []
    if block.count != info.entries:
        faults.append(f"{where} holds {block.count} entries, not {info.entries}")
    if len(block.body) != info.raw_bytes or (len(block.ends) and int(block.ends[-1]) != len(block.body)):
        faults.append(f"{where} does not end where its columns say")
    if info.first_at < at:
        faults.append(f"{where} goes back in time")
    if any(segment.source not in known for segment in block.columns.segments):
        faults.append(f"{where} names a source that is not there")
    seqs_of_marks = {mark.seq for mark in block.columns.marks}
    lines = info.entries - len(seqs_of_marks)
    if block.count != info.entries or not (len(block.ends) == len(block.times) == lines):
        return [*faults, f"{where} does not number its entries one by one"]
    seqs = sorted([*block.seqs.tolist(), *(mark.seq for mark in block.columns.marks)])
    if seqs != list(range(info.first_seq, info.first_seq + info.entries)):
        faults.append(f"{where} does not number its entries one by one")
    return faults


def _derived(recording: Recording, found: Verified) -> None:
    for first_seq, _matcher, crc, value in recording.hot_rows():
        if not intact(crc, value):
            found.faults.append(f"the hot lines at sequence {first_seq} are damaged")
    for _print, seq, at, kept, crc, value in recording.checkpoint_rows():
        if not intact(crc, repr((seq, at, kept)).encode(), value):
            found.faults.append(f"the checkpoint at sequence {seq} is damaged")


def _refold(recording: Recording, found: Verified) -> None:
    """Fold every line from the first entry, and compare with every checkpoint on the way."""
    player = Player(recording, hot=False)
    kept = recording.checkpoints(player.fingerprint)
    found.checkpoints = len(kept)
    found.stale_checkpoints = recording.foreign_checkpoints(player.fingerprint)
    for seq, expected in kept:
        player.play(seq)
        if digest(player.state) != expected:
            found.faults.append(
                f"the checkpoint at sequence {seq} has digest {expected}, the fold {digest(player.state)}"
            )
    found.digest = digest(player.play())
