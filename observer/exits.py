"""Exit codes, in one place, and the failures that carry them (docs: exit codes)."""

from __future__ import annotations

import enum

from replay.failures import (
    DamagedRecording,
    NewerRecording,
    NotARecording,
    OutOfReach,
    RecordingBusy,
    RecordingError,
    RecordingExists,
)


class Exit(enum.IntEnum):
    """What a command's exit code means."""

    OK = 0
    VIOLATED = 1
    USAGE = 2
    UNKNOWN = 3
    DAMAGED = 4
    ENVIRONMENT = 5
    NOT_INITIALISED = 20
    NODE_CRASHED = 30
    DEFECT = 70
    INTERRUPTED = 130


class Failed(Exception):
    """A command cannot go on: one sentence with what, where and what to do, and the exit code."""

    def __init__(self, sentence: str, code: Exit = Exit.USAGE) -> None:
        """The sentence is printed behind `observer: `."""
        super().__init__(sentence)
        self.code = code


_CODES: tuple[tuple[type[RecordingError], Exit], ...] = (
    (DamagedRecording, Exit.DAMAGED),
    (NotARecording, Exit.DAMAGED),
    (RecordingExists, Exit.USAGE),
    (NewerRecording, Exit.USAGE),
    (RecordingBusy, Exit.ENVIRONMENT),
    (OutOfReach, Exit.ENVIRONMENT),
)


def code_of(error: RecordingError) -> Exit:
    """The exit code of a failure of the recording."""
    return next(code for kind, code in _CODES if isinstance(error, kind))
