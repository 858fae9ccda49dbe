"""The answer of `observer verify`."""

from __future__ import annotations

from collections.abc import Callable

from observer.answers import VerifyAnswer
from observer.console import console, safe
from observer.times import written
from replay.recording import Recording
from replay.verifying import verify


def verified(recording: Recording, progress: Callable[[int], None]) -> VerifyAnswer:
    """Check a recording."""
    found = verify(recording, progress)
    return VerifyAnswer(
        recording=str(recording.path),
        sound=not found.faults,
        blocks=found.blocks,
        entries=found.entries,
        lines=found.lines,
        bytes=found.raw_bytes,
        first_at=None if found.first_at is None else written(found.first_at),
        last_at=None if found.last_at is None else written(found.last_at),
        digest=found.digest,
        checkpoints=found.checkpoints,
        stale_checkpoints=found.stale_checkpoints,
        faults=found.faults,
    )


def show_verified(found: VerifyAnswer) -> None:
    """Sound or not, and why."""
    out = console()
    if found.sound:
        out.print(f"[green]{safe(found.recording)}: sound[/]")
    else:
        out.print(f"[red]{safe(found.recording)}: damaged[/]; import the logs again")
        for fault in found.faults:
            out.print(f"  {safe(fault, 600)}")
    out.print(
        f"  {found.blocks} blocks, {found.entries:,} entries ({found.lines:,} lines), {found.bytes / 1e6:,.1f} MB, "
        f"{found.first_at} to {found.last_at}"
    )
    out.print(f"  {found.checkpoints} checkpoints agree with a fold from the first entry")
    if found.stale_checkpoints:
        out.print(
            f"  {found.stale_checkpoints} checkpoints were made by another version of the program and are not used"
        )
    if found.digest:
        out.print(f"  digest {found.digest}")
