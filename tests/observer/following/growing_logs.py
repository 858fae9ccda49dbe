"""A log that a test writes, and what a follower gives of it, taken together as the journal would."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from observer.following.happenings import Grown, Happening, Missing, Opened, Read
from replay.journal import Incarnation

MS = 1_000_000
START = 1_795_000_000_000_000_000
PLENTY = 1 << 30
T = TypeVar("T")


class Clock:
    """The time that followers are told, ns."""

    def __init__(self) -> None:
        self.now = START

    def on(self, milliseconds: int = 20) -> int:
        """So much later."""
        self.now += milliseconds * MS
        return self.now


def of(kind: type[T], said: Sequence[Happening]) -> list[T]:
    """What is of one kind."""
    return [one for one in said if isinstance(one, kind)]


def text(said: Sequence[Happening]) -> bytes:
    """All that was read."""
    return b"".join(one.data for one in of(Read, said))


def names(said: Sequence[Happening]) -> list[str]:
    """The kinds of what happened."""
    return [type(one).__name__ for one in said]


class Journal:
    """What was given, by incarnation, with the laws that hold of every stream: bytes follow each other, none twice."""

    def __init__(self) -> None:
        self.incarnations: dict[int, Incarnation] = {}
        self.given: list[tuple[int, int, bytes]] = []
        self.missing: list[Missing] = []
        self.open: int | None = None

    def take(self, said: Sequence[Happening]) -> None:
        """Take what one look gave."""
        for one in said:
            if isinstance(one, Opened):
                known = self.incarnations.get(one.incarnation)
                assert one.fresh == (known is None)
                assert one.start >= (0 if known is None else known.high_water)
                self._keep(one, one.start, one.label)
            elif isinstance(one, Grown):
                known = self.incarnations[one.incarnation]
                assert one.head_length > known.head_length
                self._keep(one, known.high_water, known.label)
            elif isinstance(one, Read):
                known = self.incarnations[one.incarnation]
                assert one.data
                assert one.offset == known.high_water
                self.given.append((one.incarnation, one.offset, one.data))
                self._keep(known, one.offset + len(one.data), known.label)
            elif isinstance(one, Missing):
                self.missing.append(one)

    def _keep(self, one: Opened | Grown | Incarnation, high_water: int, label: str) -> None:
        count = one.count if isinstance(one, Incarnation) else one.incarnation
        self.incarnations[count] = Incarnation(1, count, one.head, one.head_length, high_water, label)

    @property
    def known(self) -> tuple[Incarnation, ...]:
        """What a restarted follower is told."""
        return tuple(self.incarnations.values())

    @property
    def text(self) -> bytes:
        """All that was given, in order."""
        return b"".join(data for _, _, data in self.given)


def append(path: Path, data: bytes) -> None:
    """As a writer that opens, appends and closes."""
    with path.open("ab") as file:
        file.write(data)


def compress(path: Path) -> Path:
    """As logrotate does: the time of the last write stays."""
    status, packed = path.stat(), path.with_name(path.name + ".gz")
    with path.open("rb") as plain, gzip.open(packed, "wb") as out:
        shutil.copyfileobj(plain, out)
    os.utime(packed, ns=(status.st_atime_ns, status.st_mtime_ns))
    path.unlink()
    return packed
