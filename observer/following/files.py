"""One log that is followed by its name, through rotation, truncation, deletion and restarts (R1, R29).

A file is held open from when it is first seen, so no rename or deletion takes away what is in it. What is due is a
queue: members that were rotated away, oldest first, and last the file that has the name. A successor is begun when
something stands in it and its predecessor was read to its end after that was seen; a writer that reopens late, and so
still writes to what was rotated away, is heard for some seconds more.

Nothing wakes this: it is looked at some fifty times a second, and a look at a log that has not changed is one `stat`.
inotify was refused: it does not see what other machines write to a shared directory, and would save little.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from observer.following.due import Due
from observer.following.happenings import Happening, Lost, Rotated
from observer.following.incarnation import Reading, Truncated
from observer.following.pace import SECOND, Pace
from observer.following.rotation import in_pod, newest
from replay.journal import HEAD_BYTES, Incarnation

SNIFF_BYTES = 1 << 17
ABSENT = SECOND
"""How long nothing may have the name before that is told."""
RETRY = SECOND
LINGER = 5 * SECOND
"""How long a rotated file is still heard."""
UNFINISHED = SECOND // 5
"""How long a line that was begun in a rotated file is waited for."""
_LATE_BYTES = 1 << 20


class FileFollower:
    """One log, by its name.

    `known` are the incarnations that were read in former runs, with their high-water offsets. `tail`: a log that was
    never seen is read from its present end. `members`: of a log that was never seen, the rotated members that are
    there are read too, before it.
    """

    def __init__(
        self, path: Path, known: Sequence[Incarnation] = (), *, tail: bool = False, members: bool = False
    ) -> None:
        """Touches no file yet."""
        self._path = self._name = os.fspath(path)
        self._numbered = in_pod(*os.path.split(self._path))
        self._renumber_at = 0
        self._due = Due(self._name, known)
        self._count = max((one.count for one in known), default=0)
        self._tail, self._whole = tail, members
        self._begun = False
        self._said: list[Happening] = []
        self._pace = Pace()
        self._absent: int | None = None
        self._lost = False
        self._retry_at = 0
        self._verify_at: int | None = None
        self._unfinished: int | None = None
        self._rests: tuple[int, int, int, int] | None = None

    @property
    def behind(self) -> int:
        """Bytes that are known to be there and were not read yet; of compressed files, compressed ones."""
        return sum(reading.behind for reading in self._due.readings)

    @property
    def beginning(self) -> bytes:
        """Up to 128 KiB of the beginning of what will be read first, to tell its format by."""
        if not self._begun and not any(reading.has_content() for reading in self._due.readings):
            self._begin()
        for reading in self._due.readings:
            try:
                beginning = reading.beginning(SNIFF_BYTES)
            except OSError:
                continue
            if beginning:
                return beginning
        return b""

    def look(self, now: int, room: int) -> list[Happening]:
        """See `Follower`."""
        if self._numbered and now >= self._renumber_at:
            self._renumber(now)
        status, why = None, None
        try:
            status = os.stat(self._name)  # noqa: PTH116 - all that a look at a log at rest costs
        except OSError as error:
            why = error
        else:
            if self._rests == (status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev):
                return []
        if not self._begun:
            if not self._due.readings:
                self._begin()
            self._begun = True
        said, self._said = self._said, []
        try:
            if status is None:
                self._gone(now, why, said)
            else:
                self._there(now, status, said)
            self._read(now, room, said)
        except OSError as error:
            self._unreadable(now, error, said)
        self._late(now, said)
        said += self._pace.seen(now, self.behind)
        self._rests = self._at_rest(status)
        return said

    def leave(self, now: int) -> list[Happening]:
        """See `Follower`."""
        due, said = self._due, list[Happening]()
        late = [reading for reading, _ in due.lingering]
        for reading in [*late, *(one for one in due.readings[:1] if one.at_end)]:
            self._tear(reading, said)
        for reading in [*late, *due.readings]:
            reading.close()
        due.readings, due.lingering, self._rests = [], [], None
        return said

    def _begin(self) -> None:
        for reading in self._due.readings:
            reading.close()
        self._said = list(self._due.begin(tail=self._tail, whole=self._whole))
        # What comes into a log that was empty or not there is new.
        self._tail = False

    def _renumber(self, now: int) -> None:
        """The next life of a container writes under the next number."""
        self._renumber_at = now + SECOND
        name = newest(self._path)
        if name != self._name:
            self._name = name
            self._due.follow(name)

    def _gone(self, now: int, why: OSError | None, said: list[Happening]) -> None:
        """Nothing has the name: a moment of that is every rotation."""
        if self._absent is None:
            self._absent = now
        if now - self._absent >= ABSENT and not self._lost:
            self._lost = True
            self._due.verify()
            said.append(Lost(f"{self._name} is not there: {_reason(why)}"))

    def _there(self, now: int, status: os.stat_result, said: list[Happening]) -> None:
        self._absent = None
        reading = self._due.has_name(status)
        if reading is None:
            if now >= self._retry_at:
                self._take_name(now, said)
        else:
            if reading.is_truncated(status.st_size):
                self._due.truncated(reading)
                self._verify_at = now + SECOND
            else:
                reading.see(status.st_size)
            if self._lost and now >= self._retry_at:
                self._lost = False
                self._pace.lost()
        if self._verify_at is not None and now >= self._verify_at:
            self._verify_at = None
            self._due.verify()

    def _take_name(self, now: int, said: list[Happening]) -> None:
        why = self._due.take_name(backlog=self._lost)
        if why is not None:
            self._unreadable(now, why, said)
            return
        self._lost = False
        self._verify_at = now + SECOND

    def _unreadable(self, now: int, why: OSError, said: list[Happening]) -> None:
        self._retry_at = now + RETRY
        if not self._lost:
            self._lost = True
            said.append(Lost(f"{self._name} cannot be read: {_reason(why)}"))

    def _read(self, now: int, room: int, said: list[Happening]) -> None:
        while self._due.readings:
            reading, *others = self._due.readings
            if not reading.verified and reading.has_content():
                self._due.verify()
                if not reading.head:
                    return
                reading.verified = True
                continue
            # Before the pull: a writer that has gone on to the next file has written its last to this one.
            followed = bool(others) and (not reading.grows or any(one.has_content() for one in others))
            try:
                room -= self._pull(reading, room, said)
            except Truncated:
                self._due.truncated(reading)
                self._verify_at = now + SECOND
                continue
            if not reading.at_end or not followed or self._waits(now, reading):
                return
            self._finish(now, reading, said)

    def _pull(self, reading: Reading, room: int, said: list[Happening]) -> int:
        """Read of one file, opening its incarnation when there is a line, or enough to know it again by."""
        if not reading.is_open and reading.fresh:
            reading.count = self._count + 1
        reads, taken = reading.pull(room)
        if not reading.is_open and (reads or reading.at_once or (reading.fresh and len(reading.head) == HEAD_BYTES)):
            self._open(reading, reads[0].offset if reads else reading.offset, said)
        said += reads
        if reading.is_open:
            said += reading.grown()
        return taken

    def _open(self, reading: Reading, start: int, said: list[Happening]) -> None:
        said += reading.open(start)
        self._count = max(self._count, reading.count)

    def _waits(self, now: int, reading: Reading) -> bool:
        """Whether the rest of an unfinished line may still come, though another file is written already."""
        if not reading.grows or not reading.lines.rest:
            return False
        if self._unfinished is None:
            self._unfinished = now
        return now - self._unfinished < UNFINISHED

    def _finish(self, now: int, reading: Reading, said: list[Happening]) -> None:
        self._unfinished = None
        self._tear(reading, said)
        said += reading.before
        said += reading.missing()
        if reading.is_open:
            said.append(Rotated(reading.count))
        self._due.over(reading)
        if reading.grows:
            self._due.lingering.append((reading, now + LINGER))
        else:
            reading.close()

    def _tear(self, reading: Reading, said: list[Happening]) -> None:
        """Nobody waits any longer for the end of its last line."""
        if reading.lines.rest and not reading.is_open:
            self._open(reading, reading.offset, said)
        said += reading.torn()

    def _late(self, now: int, said: list[Happening]) -> None:
        """What still comes to files that were read to their end."""
        for reading, until in list(self._due.lingering):
            try:
                if reading.has_content():
                    self._pull(reading, _LATE_BYTES, said)
                if now < until:
                    continue
                self._tear(reading, said)
            except (Truncated, OSError):
                pass
            self._due.lingering.remove((reading, until))
            reading.close()

    def _at_rest(self, status: os.stat_result | None) -> tuple[int, int, int, int] | None:
        """By what it will be seen that nothing has happened; None while something is waited for."""
        due = self._due
        if status is None or self._lost or self._verify_at is not None or due.lingering or not self._pace.idle:
            return None
        if len(due.readings) != 1 or not due.readings[0].at_end or due.has_name(status) is None:
            return None
        return status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev


def _reason(why: OSError | None) -> str:
    return "" if why is None else why.strerror or str(why)
