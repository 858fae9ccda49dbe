"""What can go wrong with a recording, each as one sentence with what, where and what to do."""

from __future__ import annotations


class RecordingError(Exception):
    """Something about a recording that its user must know."""


class DamagedRecording(RecordingError):
    """A checksum does not fit, or the file is cut. Exit code 4."""


class NotARecording(RecordingError):
    """The file is something else. Exit code 4."""


class RecordingExists(RecordingError):
    """`import` writes no file twice. Exit code 2."""


class RecordingBusy(RecordingError):
    """Another process is writing it. Exit code 5."""


class NewerRecording(RecordingError):
    """Written by a later version of this program. Exit code 2."""


class OutOfReach(RecordingError):
    """The file cannot be opened, read or written, or the disk is full. Exit code 5."""
