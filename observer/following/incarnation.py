"""One incarnation of a log while it is being read: where it stands, what its beginning is, what was seen of its size.

Bytes are given on only when the beginning of the file has been found unchanged after they were read. So what was
written after a truncation never stands as if it went on with what was there before it.
"""

from __future__ import annotations

from observer.following.cutting import Unfinished
from observer.following.happenings import Grown, Missing, Opened, Read
from observer.following.holding import SKIP_BYTES, Held, Packed, Store
from observer.following.rotation import Order
from replay.journal import HEAD_BYTES, Incarnation, head_of

CHUNK_BYTES = 1 << 18
NO_END = 1 << 62
_NUL = b"\0"


class Truncated(Exception):
    """The file does not hold any more what was read of it."""


class Reading:
    """One incarnation, from an offset on."""

    __slots__ = (
        "at_end",
        "at_once",
        "backlog_end",
        "before",
        "count",
        "fresh",
        "grows",
        "head",
        "in_hole",
        "is_open",
        "label",
        "lines",
        "offset",
        "order",
        "seen",
        "store",
        "told",
        "verified",
        "why_missing",
    )

    def __init__(self, store: Store | None, label: str, head: bytes, order: Order = (0, 0, "")) -> None:
        """Of a file that has not been read before; without a `store` there is nothing left to read of it."""
        self.store = store
        self.label = label
        self.head = head
        """The first kibibyte as far as it is known."""
        self.order = order
        """Its place among the members when it was found."""
        self.grows = isinstance(store, Held)
        """Whether somebody may still be writing to it."""
        self.count = 0
        """Of the incarnation; settled when it is opened."""
        self.is_open = False
        self.fresh = True
        self.at_once = False
        self.offset = 0
        """Of the first byte that has not been given."""
        self.lines = Unfinished()
        self.in_hole = False
        self.seen = 0
        """The largest size that was seen."""
        self.backlog_end = 0
        """Up to there it was written before it was opened, or opened again."""
        self.at_end = False
        """Whether the last pull met the end."""
        self.told = 0
        """How many bytes of the head are known to whoever listens."""
        self.verified = False
        """Whether it was made sure that nothing comes before it."""
        self.before: list[Missing] = []
        """What is missing in front of it."""
        self.why_missing = ""
        """Why the rest of what was seen cannot be read, if it cannot."""

    @property
    def position(self) -> int:
        """Of the first byte that has not been read."""
        return self.offset + len(self.lines.rest)

    @property
    def behind(self) -> int:
        """Bytes that are there and were not read."""
        if self.at_end:
            return 0
        if isinstance(self.store, Packed):
            return self.store.size
        return max(0, self.seen - self.position)

    @property
    def begun(self) -> bool:
        """Whether anything of it was read."""
        return self.is_open or self.position > 0

    @property
    def size(self) -> int:
        """The present one; 0 where it cannot be told."""
        return self.store.status().st_size if isinstance(self.store, Held) else 0

    def goes_on(self, known: Incarnation, *, at_once: bool) -> None:
        """It was read before, up to the high-water offset. `at_once`: that is told before anything new is read."""
        self.at_once = at_once
        self.fresh, self.count, self.offset = False, known.count, known.high_water
        self.told = known.head_length

    def is_left_in(self, copy: Store | None) -> None:
        """What is left of it is in a copy that nobody writes to, or nowhere."""
        self.store, self.grows, self.at_end = copy, False, False

    def is_backlog(self) -> None:
        """What is in it now was there before it was opened."""
        self.seen = self.size
        self.backlog_end = NO_END if isinstance(self.store, Packed) else self.seen

    def has_content(self) -> bool:
        """Whether anything stands in it now."""
        if not isinstance(self.store, Held):
            return True
        size = self.size
        self.see(size)
        return size > 0

    def see(self, size: int) -> None:
        """It has that size; of what was never read, the beginning is learnt as soon as there is one."""
        self.seen = max(self.seen, size)
        if size and not self.head:
            self.know_head()

    def pull(self, room: int) -> tuple[list[Read], int]:
        """Whole lines, up to about `room` bytes of them, and how many bytes were read. Raises Truncated, OSError."""
        if self.store is None:
            self.at_end = True
            return [], 0
        if not self.position:
            self.in_hole = self.store.beginning(1) == _NUL
        if self.in_hole and not self._is_behind_hole(self.store):
            return [], 0
        position, chunks, taken = self.position, [], 0
        self.at_end = False
        while taken < room and not self.at_end:
            size = min(CHUNK_BYTES, room - taken)
            boundary = position < self.backlog_end < position + size
            chunk, ended = self.store.pull(position, self.backlog_end - position if boundary else size)
            self.at_end = ended
            if not chunk:
                break
            chunks.append(chunk)
            position += len(chunk)
            taken += len(chunk)
        self._check()
        self.seen = max(self.seen, position)
        return [read for chunk in chunks for read in self._cut(chunk)], taken

    def _check(self) -> None:
        """Raise Truncated unless the file still begins as it did; know more of its beginning if there is more."""
        if not isinstance(self.store, Held):
            return
        beginning = self.store.beginning(max(HEAD_BYTES, len(self.head)))
        if not beginning.startswith(self.head):
            raise Truncated
        self.head = beginning

    def know_head(self) -> None:
        """Know more of its beginning, if there is more and it goes on with what is known."""
        if isinstance(self.store, Held) and len(self.head) < HEAD_BYTES:
            beginning = self.store.beginning(HEAD_BYTES)
            if beginning.startswith(self.head):
                self.head = beginning

    def is_truncated(self, size: int) -> bool:
        """Whether a file that has `size` bytes now is not what was read. Raises OSError."""
        if not isinstance(self.store, Held):
            return False
        if not self.head:
            return size < self.seen
        return size < self.position or self.store.beginning(len(self.head)) != self.head

    def beginning(self, size: int) -> bytes:
        """Its first bytes, without a hole in front of them. Raises OSError."""
        if self.store is None:
            return b""
        beginning = self.store.beginning(size)
        if isinstance(self.store, Held) and beginning.startswith(_NUL):
            beginning, _ = self.store.pull(self.store.data_from(0), size)
        return beginning.lstrip(_NUL)

    def _is_behind_hole(self, store: Store) -> bool:
        """Whoever does not append writes on where it stood before the truncation, behind a hole that is no line."""
        if isinstance(store, Held):
            self.offset = store.data_from(self.offset)
        for _ in range(SKIP_BYTES // CHUNK_BYTES):
            chunk, self.at_end = store.pull(self.offset, CHUNK_BYTES)
            data = chunk.lstrip(_NUL)
            self.offset += len(chunk) - len(data)
            self.in_hole = not data
            if data or not chunk:
                break
        return not self.in_hole

    def _cut(self, chunk: bytes) -> list[Read]:
        reads = []
        for piece in self.lines.add(chunk):
            reads.append(Read(self.count, self.offset, piece, self._is_old(len(piece))))
            self.offset += len(piece)
        return reads

    def _is_old(self, length: int) -> bool:
        return self.offset + length <= self.backlog_end

    def open(self, start: int) -> list[Missing | Opened | Grown]:
        """It is being read from here on."""
        self.is_open = True
        length = self.told or len(self.head)
        self.told = length
        opened = Opened(self.count, *head_of(self.head[:length]), start, self.fresh, self.label)
        before, self.before = self.before, []
        return [*before, opened, *self.grown()]

    def grown(self) -> list[Grown]:
        """Its beginning, if more of it is known than was told."""
        if not self.told < len(self.head):
            return []
        self.told = len(self.head)
        return [Grown(self.count, *head_of(self.head))]

    def torn(self) -> list[Read]:
        """The beginning of a line that is not going to be finished."""
        offset, rest = self.offset, self.lines.take()
        if not rest:
            return []
        old = self._is_old(len(rest))
        self.offset += len(rest)
        return [Read(self.count, offset, rest, old, torn=True)]

    def missing(self) -> list[Missing]:
        """What was seen of it, or may have been in it, and cannot be read."""
        damage = self.store.damage if self.store is not None else ""
        if damage:
            return [Missing(None, f"{self.label} is damaged or cut off: {damage}")]
        if not self.why_missing or (self.store is not None and self.seen <= self.position):
            return []
        return [Missing(self.seen - self.position or None, self.why_missing)]

    def close(self) -> None:
        if self.store is not None:
            self.store.close()
