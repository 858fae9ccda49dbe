"""Where the observer keeps what nobody named a place for: the XDG base directories."""

from __future__ import annotations

import os
from pathlib import Path

from observer.exits import Exit, Failed

OURS = "network-state-observer"


def state_directory() -> Path:
    """The directory for recordings and cursors, made where it is missing. Raises Failed."""
    base = os.environ.get("XDG_STATE_HOME", "")
    # A relative path is to be ignored, says the specification.
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "state"
    path = root / OURS
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Failed(
            f"{path}: cannot be made: {error.strerror}; set XDG_STATE_HOME or name a file", Exit.ENVIRONMENT
        ) from None
    return path
