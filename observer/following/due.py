"""The files of one log in the order in which they are due: rotated members, and last what has the log's name."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

from observer.following.happenings import Missing
from observer.following.holding import Held, is_same
from observer.following.incarnation import Reading
from observer.following.rotation import Found, Heads, Members, Order
from observer.following.starting import again, first
from replay.journal import HEAD_BYTES, Incarnation

_SURVEYS = 20
"""A directory is listed so often again when logs are truncated meanwhile."""


class Due:
    """Readings of one log. The first is read; the last has the log's name, or had it until it was taken away."""

    def __init__(self, name: str, known: Sequence[Incarnation]) -> None:
        """Touches no file yet."""
        self.readings: list[Reading] = []
        self.lingering: list[tuple[Reading, int]] = []
        """What was read to its end and is heard until some time, ns UTC."""
        self._known = tuple(known)
        self._heads = Heads(known)
        self.follow(name)

    def follow(self, name: str) -> None:
        """From now on the log has this name."""
        self._name = name
        self._members = Members(name)

    def begin(self, *, tail: bool, whole: bool) -> list[Missing]:
        """Find where reading begins; gives what is missing before that."""
        members, own = self._members.found()
        if self._known:
            plan = again(members, own, self._known, self._heads)
        else:
            plan = first(members, own, self._heads, tail=tail, whole=whole)
        self.readings = plan.queue
        return plan.missing

    def has_name(self, status: os.stat_result) -> Reading | None:
        """The reading of the file that has this status, if it is the last."""
        last = self.readings[-1] if self.readings else None
        return last if last is not None and is_same(last.store, status) else None

    def _has_name(self, reading: Reading) -> bool:
        try:
            return is_same(reading.store, os.stat(self._name))  # noqa: PTH116 - as text
        except OSError:
            return False

    def over(self, reading: Reading) -> None:
        """It was read to its end; copies of it are known."""
        self.readings.remove(reading)
        self._heads.add(reading.head)

    def take_name(self, *, backlog: bool) -> OSError | None:
        """Another file has the name: it, and what was rotated away before it was seen, join the queue. Gives why it
        cannot be opened, if it cannot. `backlog`: what is in it was written while nobody could see.
        """
        members, own = self._surveyed()
        former = self.readings[-1] if self.readings else None
        new = self._unknown(members)
        if new and former is not None and isinstance(former.store, Held) and not former.store.status().st_nlink:
            # As many files as are kept were begun since the last look, and perhaps more.
            new[0][1].before.append(Missing(None, f"{former.label} was rotated away; what followed it may be gone too"))
        self._insert(new, len(self.readings))
        if own is None:
            return self._why_not()
        if not new and former is not None and _is_rewritten(former, own):
            former.close()
            former.store = own.store
            return None
        reading = reading_of(own)
        if backlog:
            reading.is_backlog()
        self.readings.append(reading)
        return None

    def verify(self) -> None:
        """Look again for members: of what came and went between two looks only they are left, and in a directory in
        which files were being renamed, one may have been overlooked.
        """
        members, own = self._surveyed()
        if own is not None:
            own.store.close()
        last = self.readings[-1] if self.readings else None
        end = len(self.readings)
        self._insert(self._unknown(members), end - 1 if last is not None and self._has_name(last) else end)

    def _surveyed(self) -> tuple[list[Found], Found | None]:
        """Files that are not held. What was truncated while they were listed is older than some of them: its place is
        found first, and then they are listed again.
        """
        self._see_truncations()
        members, own = self._found()
        for _ in range(_SURVEYS):
            if not self._see_truncations():
                break
            for found in [*members, *([] if own is None else [own])]:
                found.store.close()
            members, own = self._found()
        return members, own

    def _see_truncations(self) -> bool:
        """Whatever waits and was truncated has its place by what was in it first. Gives whether anything was."""
        found = False
        for reading in list(self.readings):
            if reading.is_truncated(reading.size):
                self.truncated(reading)
                found = True
        return found

    def truncated(self, reading: Reading) -> None:
        """It does not hold any more what was read of it: its rest may be in a copy, and what is in it now is new."""
        head = reading.head
        members, own = self._found(known=head)
        # Of an empty file that was written and truncated between two looks no beginning was seen, and what stands
        # in it now is not its own.
        reading.head = head
        if own is not None:
            own.store.close()
        copies = [found for found in members if _continues(found, reading)]
        copy = max(copies, key=lambda found: found.size or 0, default=None)
        for found in copies:
            if found is not copy:
                found.store.close()
        successor = Reading(reading.store, reading.label, b"")
        successor.know_head()
        reading.is_left_in(None if copy is None else copy.store)
        place = self.readings.index(reading) + 1
        self.readings.insert(place, successor)
        new = self._unknown([found for found in members if found not in copies])
        if copy is not None:
            reading.why_missing = f"{reading.label} was truncated, and its copy {copy.name} is shorter"
        elif head or not new:
            reading.why_missing = f"{reading.label} was truncated, and no copy of what was in it is there"
        self._insert(new, place if self._has_name(successor) else place + 1)

    def _found(self, *, known: bytes = b"") -> tuple[list[Found], Found | None]:
        """Files that are not held and not known, and those that begin with what is `known`."""
        # Before the listing: what is truncated after this is told by its beginning, and what was truncated before has
        # its copy in the listing. After it: no copy in it holds more of a beginning than is known of the original.
        for reading in self._all():
            reading.know_head()
        found = self._members.found([reading.store for reading in self._all()], known=known)
        for reading in self._all():
            if reading.head:
                reading.know_head()
        return found

    def _all(self) -> list[Reading]:
        return [*self.readings, *(reading for reading, _ in self.lingering)]

    def _unknown(self, members: Sequence[Found]) -> list[tuple[Order, Reading]]:
        """What is no copy of anything that was read or is in the queue."""
        heads = [reading.head for reading in self._all() if reading.head]
        # Their copies may hold more than was seen of them: they are looked for when their turn comes.
        truncated = tuple(one.head for one in self.readings if one.head and one.is_truncated(one.size))
        new = []
        for found in sorted(members, key=lambda found: not isinstance(found.store, Held)):
            beginning = found.beginning
            known = self._heads.know(beginning) or any(head.startswith(beginning) for head in heads)
            if beginning and not known and not beginning.startswith(truncated):
                heads.append(beginning)
                new.append(found)
                continue
            if beginning and not beginning.startswith(truncated):
                self._members.dull(found)
            found.store.close()
        new.sort(key=lambda found: found.order)
        return [(found.order, reading_of(found)) for found in new]

    def _insert(self, new: Sequence[tuple[Order, Reading]], end: int) -> None:
        """Each among those before `end` that were not begun, by when it was last written."""
        for order, reading in new:
            waiting = enumerate(self.readings[:end])
            place = next((i for i, one in waiting if not one.begun and self._order(one) > order), end)
            self.readings.insert(place, reading)
            end += 1

    def _order(self, reading: Reading) -> Order:
        if isinstance(reading.store, Held):
            reading.order = self._members.order_of(reading.store, reading.order)
        return reading.order

    def _why_not(self) -> OSError | None:
        """Why the file that has the name was not opened; None if it is held, or has gone again."""
        try:
            held = Held(self._name)
        except FileNotFoundError:
            return None
        except OSError as error:
            return error
        status = held.status()
        held.close()
        back = next((reading for reading in self._all() if is_same(reading.store, status)), None)
        if back is None:
            return OSError(errno.EAGAIN, "it changes while it is being opened")
        # Renamed back: it has the log's name again.
        self.readings = [reading for reading in self.readings if reading is not back]
        self.readings.append(back)
        self.lingering = [(reading, until) for reading, until in self.lingering if reading is not back]
        return None


def reading_of(found: Found) -> Reading:
    """Of a file that nobody has read."""
    return Reading(found.store, found.name, found.beginning, found.order)


def _continues(found: Found, reading: Reading) -> bool:
    """Whether a file is a copy that holds what was read and may hold more."""
    if not reading.head or not found.beginning.startswith(reading.head):
        return False
    return found.size is None or found.size >= reading.position


def _is_rewritten(former: Reading, own: Found) -> bool:
    """Whether somebody wrote the same log into another file and put that in its place, as editors do."""
    if not isinstance(former.store, Held) or former.store.status().st_nlink or len(own.beginning) < HEAD_BYTES:
        return False
    return own.beginning == former.head and own.size is not None and own.size >= former.position
