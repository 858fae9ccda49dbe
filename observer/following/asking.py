"""One run of a command that gives a log: its lines, as far as they were not given before."""

from __future__ import annotations

from collections.abc import Callable

from observer.following.children import Child
from observer.following.cursors import HEAD, Cursor, Place, Search
from parsers.framing import SPLIT_AT
from parsers.text import one_line

LINE_BYTES = 16 << 20
"""Of a longer line the rest is dropped, and that is said: a line is held until its end has come."""

_WORDS = 300
_DOUBTFUL = 100
"""Lines without a time that are held; a command writes fewer of its own."""


class Asked:
    """A command and what it answers."""

    def __init__(
        self, child: Child, cursor: Cursor | None, place: Place, framed: Callable[[bytes], bytes] | None
    ) -> None:
        """`cursor` tells the line behind which lines are new; None where all are. `framed` puts the time before a
        line of a command that does not.
        """
        self.child = child
        self._dropped = 0
        self._place = place
        self._framed = framed
        self._search = None if cursor is None else Search(cursor)
        self._cut = cursor.length if cursor is not None and cursor.cut else None
        self._doubtful: list[bytes] = []
        self._unfinished = b""
        self._too_long = False
        if cursor is not None:
            place.forget()

    @property
    def searching(self) -> bool:
        """Whether the cursor's line has not come."""
        return self._search is not None

    @property
    def hopeless(self) -> bool:
        """Whether it never will."""
        return self._search is not None and self._search.hopeless

    @property
    def waiting(self) -> int:
        """Bytes that have come and were not given."""
        return self.child.waiting + len(self._unfinished)

    @property
    def failure(self) -> str:
        """Why the command failed, once it has ended; empty where it did not."""
        words = _shown(self._doubtful[-1]) if self._doubtful else ""
        if self.child.code == 0 and not words:
            return ""
        return words or self.child.complaint or f"the command ended with {self.child.code}"

    def lines(self, data: bytes) -> list[bytes]:
        """New whole lines, without line breaks, as the command writes them."""
        found = self._cut_up(data)
        if self._framed is not None:
            found = list(map(self._framed, found))
        new = self._new(self._own(found))
        if self._search is not None:
            self._dropped = 0
        return new

    def dropped(self) -> int:
        """Bytes of a new line that was too long to be held, once, when its end has come."""
        if self._too_long:
            return 0
        dropped, self._dropped = self._dropped, 0
        return dropped

    def unfinished(self) -> list[bytes]:
        """The beginning of a line, which is all that there is of it, unless it was given before."""
        rest, self._unfinished, self._too_long = self._unfinished, b"", False
        if not HEAD.match(rest):
            self._doubtful += [rest] if rest else []
            return []
        return self._new([rest])

    def _own(self, found: list[bytes]) -> list[bytes]:
        """The container's lines. What comes without a time is the command's own word when nothing follows it; else a
        logging driver has put a line break into a message.
        """
        end = next((place for place in range(len(found), 0, -1) if HEAD.match(found[place - 1])), 0)
        own = [*self._doubtful, *found[:end]] if end else []
        self._doubtful = [*([] if end else self._doubtful), *found[end:]][-_DOUBTFUL:]
        return own

    def _new(self, lines: list[bytes]) -> list[bytes]:
        if self._search is None or not lines:
            return lines
        place = self._search.find(lines)
        if place is None:
            self._place.note(lines)
            return []
        self._search = None
        last = lines[place][: self._cut]
        self._place.note([*lines[:place], last])
        further = lines[place][len(last) :]
        return [*([further] if further else []), *lines[place + 1 :]]

    def _cut_up(self, data: bytes) -> list[bytes]:
        if self._too_long:
            end = data.find(b"\n")
            self._dropped += len(data) if end < 0 else end
            if end < 0:
                return []
            self._too_long, data = False, data[end:]
        *found, self._unfinished = (self._unfinished + data).split(b"\n")
        if found and len(found[0]) > LINE_BYTES:
            self._dropped += len(found[0]) - LINE_BYTES
            found[0] = found[0][:LINE_BYTES]
        if len(self._unfinished) > LINE_BYTES:
            self._dropped += len(self._unfinished) - LINE_BYTES
            self._unfinished, self._too_long = self._unfinished[:LINE_BYTES], True
        return found


def _shown(line: bytes) -> str:
    return one_line(line[:_WORDS].decode("utf-8", "replace")).strip()


def rejoined(line: bytes) -> bytes:
    """A line without the times that docker puts before each of the parts in which it keeps a long one. All parts have
    the same time, and nobody can write the nanosecond at which docker is going to see a line.
    """
    if len(line) <= SPLIT_AT:
        return line
    head = HEAD.match(line)
    return line if head is None else head[0] + line[head.end() :].replace(head[0], b"")
