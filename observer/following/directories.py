"""A directory in which logs appear: every file that may be one, once, whatever it is rotated into.

Whether a file is a log is told by what stands in it, as in an import; here only names are looked at. Rotated members
belong to the log that they were rotated off, which reads them when their turn comes. What was rotated off a log that
is not there any more is no log that can be followed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from observer.following.pace import SECOND
from observer.following.rotation import in_pod, newest
from observer.naming import COMPRESSED, ROTATED

LISTED_EVERY = SECOND
LEVELS = 2
"""How far below the directory logs are looked for: as deep as Kubernetes keeps those of its pods."""


class _File(NamedTuple):
    path: str
    link: bool
    identity: tuple[int, int]


class Directory:
    """Logs in a directory and in two levels of directories below it."""

    def __init__(self, path: Path) -> None:
        """Touches nothing yet."""
        self._path = os.fspath(path)
        self._given: set[str] = set()
        self._listed_at: int | None = None

    def look(self, now: int) -> list[Path]:
        """Logs that were not given before, in order of their paths; `now` in ns UTC. What the first look gives was
        there before; whatever comes later is new, and followed from its beginning even where tails are followed.
        """
        if self._listed_at is not None and now - self._listed_at < LISTED_EVERY:
            return []
        self._listed_at = now
        # A file stands before links to it, as in an import.
        files = sorted(_files(self._path, LEVELS), key=lambda file: (file.link, file.path))
        seen: set[tuple[int, int]] = set()
        found: dict[str, str] = {}
        for file in files:
            if file.identity not in seen:
                seen.add(file.identity)
                log = _log(file.path)
                if log is not None:
                    found.setdefault(*log)
        new = {key: path for key, path in found.items() if key not in self._given}
        self._given.update(new)
        return sorted(Path(path) for path in new.values())


def _log(path: str) -> tuple[str, str] | None:
    """The log that a file belongs to, and what that is followed by now; None where the log has gone."""
    folder, name = os.path.split(path)
    if in_pod(folder, name):
        latest = newest(path)
        return folder, latest
    while (shorter := COMPRESSED.sub("", ROTATED.sub("", name))) not in {name, ""}:
        name = shorter
    base = os.path.join(folder, name)  # noqa: PTH118 - paths are text here, a second's listing may hold thousands
    return (base, base) if base == path or os.path.exists(base) else None  # noqa: PTH110


def _files(folder: str, levels: int) -> Iterator[_File]:
    """Regular files, hidden ones aside, and links to them."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if levels:
                            yield from _files(entry.path, levels - 1)
                    elif entry.is_file():
                        status = entry.stat()
                        yield _File(entry.path, entry.is_symlink(), (status.st_dev, status.st_ino))
                except OSError:
                    continue  # gone meanwhile
    except OSError:
        return
