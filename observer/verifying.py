"""The answer of `observer verify`."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from observer.answers import VerifyAnswer
from observer.console import console, safe
from observer.judged import Judged
from observer.live.storing import VERSIONS
from observer.rulefiles.reading import rules_in_force
from observer.times import written
from replay.fingerprint import code_hash
from replay.recording import Recording
from replay.verifying import verify


def verified(recording: Recording, progress: Callable[[int], None]) -> VerifyAnswer:
    """Check a recording; and of one that was attached to, whether a replay tells what was told then."""
    found = verify(recording, progress)
    transitions, equal = (None, None) if found.faults else _told(recording)
    if equal is False:
        found.faults.append(
            "what was told while attached is not what a replay tells: a defect of the observer, please report it"
        )
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
        transitions=transitions,
        replays_equal=equal,
        faults=found.faults,
    )


def _told(recording: Recording) -> tuple[int | None, bool | None]:
    """How much was told while attached, and whether a replay tells the same (R29)."""
    if not recording.attached:
        return None, None
    told = list(recording.transitions())
    if recording.meta(VERSIONS) != [code_hash().hex()] or recording.last() is None:
        return len(told), None
    again = Judged(recording, rules_in_force(recording)).run()
    return len(told), [msgspec.msgpack.encode(one) for one in again] == told


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
    if found.transitions is not None:
        out.print(f"  {found.transitions} transitions of alerts; {_EQUAL[found.replays_equal]}")
    if found.digest:
        out.print(f"  digest {found.digest}")


_EQUAL = {
    True: "a replay tells the same",
    False: "a replay tells otherwise",
    None: "another version of the program told them, so they were not compared with a replay",
}
