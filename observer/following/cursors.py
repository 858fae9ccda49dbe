"""Where a log was left that has no offsets to seek to: `docker logs` and `kubectl logs` only know times.

Both are asked for the lines since a time, and the last line that was given is looked for in what they answer. Times
alone would not do: several lines may share a nanosecond, kubectl knows whole seconds only, `--since` of docker before
version 23 leaves out single lines and since then only those before the first that is late enough, and a clock may be
set back. So a little more is asked for than is needed, and a line is known by its bytes, and where the same bytes
come again at the same instant, by their count.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from parsers.clock import NS, read_time

MARGIN = 5
"""Seconds that more is asked for. Clocks of virtual machines are set back by one to three at a time."""
HEAD = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) ")
"""What `--timestamps` puts before each line."""
_RECENT, _SHORT = 256, 4096
"""How many lines are kept to find the like of another among them, and up to which length."""


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last line that was given."""

    offset: int
    """Bytes given of this incarnation, that line included."""
    time: int
    """Of that line, nanoseconds UTC."""
    latest: int
    """The latest time of any line that was given: where a clock was set back, not that of the last."""
    length: int
    digest: str
    nth: int
    """How many lines of the same bytes, their time included, were given up to this one."""
    cut: bool
    """The process ended within the line. When the container is started again, docker goes on in the same line."""

    @property
    def since(self) -> str:
        """From when on to ask, RFC 3339 in whole seconds."""
        return datetime.fromtimestamp(self.time // NS - MARGIN, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def resume(self) -> str:
        """As the journal keeps it."""
        return msgspec.json.encode(self).decode()


_CURSOR = msgspec.json.Decoder(Cursor)


def cursor_of(resume: str) -> Cursor | None:
    """The cursor that a journal kept; None where there is none that can be read."""
    try:
        return _CURSOR.decode(resume) if resume else None
    except msgspec.MsgspecError:
        return None


def time_of(line: bytes) -> int | None:
    """The time before a line, in nanoseconds UTC."""
    head = HEAD.match(line)
    read = read_time(head[0].decode()) if head else None
    return read[0] if read else None


class Place:
    """The cursor as lines are given."""

    def __init__(self, cursor: Cursor | None, offset: int) -> None:
        """`offset` is how many bytes were given."""
        self.cursor = cursor
        self.offset = offset
        self._recent: list[bytes] = []

    def give(self, lines: Sequence[bytes], size: int, *, cut: bool = False) -> str:
        """`lines`, without line breaks, are given as `size` bytes. What the journal shall keep."""
        self.note(lines)
        last = lines[-1]
        time = time_of(last) or (self.cursor.time if self.cursor else 0)
        latest = max(time, time_of(max(lines)) or 0, self.cursor.latest if self.cursor else 0)
        self.offset += size
        nth = max(1, self._recent.count(last))
        self.cursor = Cursor(self.offset, time, latest, len(last), _digest(last), nth, cut)
        return self.cursor.resume

    def forget(self) -> None:
        """What was given is going to be met again."""
        self._recent = []

    def note(self, lines: Sequence[bytes]) -> None:
        """`lines` are given, or were given before and are met again."""
        self._recent += [line for line in lines[-_RECENT:] if len(line) <= _SHORT]
        del self._recent[:-_RECENT]


class Search:
    """Looks for the cursor's line among lines that are asked for again."""

    def __init__(self, cursor: Cursor) -> None:
        """`cursor` tells what to look for."""
        self._cursor = cursor
        self._left = cursor.nth
        self.hopeless = False
        """A line has come that is later than any that was given: the one looked for is there no more."""

    def find(self, lines: Sequence[bytes]) -> int | None:
        """Which of `lines` is the cursor's."""
        length, cut = self._cursor.length, self._cursor.cut
        for number, line in enumerate(lines):
            fits = len(line) >= length if cut else len(line) == length
            if fits and _digest(line[:length]) == self._cursor.digest:
                self._left -= 1
                if not self._left:
                    return number
            elif (time_of(line) or 0) > self._cursor.latest + MARGIN * NS:
                self.hopeless = True
                return None
        return None


def _digest(line: bytes) -> str:
    return hashlib.blake2b(line, digest_size=8).hexdigest()
