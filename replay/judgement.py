"""The judgement log (R20): what was asked of a network, and from which entry on. It lies beside the journal, in the
same recording; what was judged is a function of the two.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from replay.recording import Recording

_KEY = "judgement"


class Judgement(msgspec.Struct, frozen=True, array_like=True):
    """One entry: from a sequence on, this is what is asked."""

    seq: int
    """The first entry that is judged by it is the one behind this."""
    kind: str
    """`rules` or `wait`"""
    hash: str
    text: str


def judgements(recording: Recording) -> list[Judgement]:
    """The whole log, in order."""
    return msgspec.convert(recording.meta(_KEY) or [], list[Judgement], strict=False)


def judgement_of(seq: int, text: str, kind: str = "rules") -> Judgement:
    """An entry, known by the hash of its text."""
    return Judgement(seq, kind, hashlib.blake2b(text.encode(), digest_size=16).hexdigest(), text)


def log_rules(recording: Recording, seq: int, text: str) -> bool:
    """Enter rules from a sequence on; False where the same are in force there already."""
    log = judgements(recording)
    rules = [one for one in log if one.kind == "rules"]
    entry = judgement_of(seq, text)
    if rules and rules[-1].hash == entry.hash:
        return False
    recording.set_meta(_KEY, [*log, entry])
    return True


def log_wait(recording: Recording, seq: int, asked: object) -> int:
    """Enter that something is waited for from a sequence on; gives back from where it is. Whoever was waiting for the
    same before goes on to, as a restart is no new beginning (R29).
    """
    log = judgements(recording)
    text = msgspec.json.encode(asked).decode()
    entry = judgement_of(seq, text, "wait")
    for one in reversed(log):
        if one.kind == "wait" and one.hash == entry.hash:
            return one.seq
    recording.set_meta(_KEY, [*log, entry])
    return seq
