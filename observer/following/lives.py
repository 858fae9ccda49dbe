"""One life of a container's log, read by asking for it as often as it takes.

The log is asked for by a command that follows it. The command ends when the container does, when the connection is
cut, or when somebody kills it; why, nobody can tell from its end. So after each end the containers are listed anew,
and the log is asked for again from the last line that was given, until a command that was started after the container
was seen to have stopped ends well: then there is no more, for now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from observer.following.asking import Asked, rejoined
from observer.following.children import Child
from observer.following.cursors import Place, cursor_of, time_of
from observer.following.happenings import Happening, Missing, Read
from parsers.clock import NS
from replay.journal import Incarnation

_QUIET, _SILENT = 10 * NS, 60 * NS
"""How long nothing more comes before a search is given up, after some lines and before any."""
_BACKOFF, _BACKOFF_LAST = NS, 30 * NS
_ATTEMPTS = 3
"""How often the log of what has stopped is asked for before its successor is read."""


def pause_after(failures: int) -> int:
    """Nanoseconds until the next attempt: a second, doubling to half a minute."""
    return min(_BACKOFF << min(failures - 1, 5), _BACKOFF_LAST) if failures else 0


@dataclass(frozen=True, slots=True)
class Life:
    """A container from its creation to its removal; under Kubernetes, from one start of it to its end."""

    identity: str
    """By which it is known again. Its hash stands in the place of that of a file's beginning (R1): what the
    beginning of a container's log was, nobody can say once docker has thrown it away.
    """
    label: str
    command: tuple[str, ...]
    """Gives the log and follows it; each line has its time before it."""
    since: str
    """The beginning of the option that asks for lines from a time on, up to the time."""
    running: bool = True
    follows: str = ""
    """The identity of the life before it, where that is known."""
    merged: bool = False
    """Whether the command's stderr carries the container's, so that its own words stand among the lines."""
    turn: int = 0
    """Another number: the container was started again, and there may be more."""
    settle: int = 0
    """Nanoseconds that a listing may be behind the truth. Until one that was begun so long after a command still
    shows this life, what the command says may be of the next life, and is not read.
    """
    everything: str = ""
    """The time to ask from at first, where the command gives nothing old of itself."""
    framed: Callable[[bytes], bytes] | None = None
    """Puts the time before a line of a command that does not."""


class Reading:
    """A life as it is read."""

    def __init__(self, life: Life, count: int, known: Incarnation | None) -> None:
        """`known` is what the journal has of it; `count` its number in the source."""
        self.life = life
        self.count = count
        self.why = ""
        """What keeps it from being read; empty where nothing does."""
        self.rest = False
        """Read to its end, as far as it goes for now."""
        self.gone = False
        """The last listing does not have it."""
        cursor = cursor_of(known.resume) if known else None
        self._already = known.high_water if known else 0
        self.ahead = max(0, cursor.offset - self._already) if cursor else 0
        """Bytes before the cursor that the journal lacks; none where it was stored with them."""
        self._place = Place(cursor, cursor.offset if cursor else 0)
        self._asked: Asked | None = None
        self._left: Asked | None = None
        """What answered last, where the end of its last line may still come."""
        self._asked_at = self._heard_at = self._ended_at = 0
        self._listed_at = -1
        self._heard = self._live = self._not_found = False
        self._turn: int | None = None
        """That of the container when its log was asked for, if it had stopped."""
        self._failures = 0

    @property
    def offset(self) -> int:
        """Bytes given, by this reading or by those before it."""
        return max(self._place.offset, self._already)

    @property
    def waiting(self) -> int:
        """Bytes that have come and were not given."""
        return self._asked.waiting if self._asked else 0

    @property
    def over(self) -> bool:
        """Whether nothing more is to be had of it as things stand."""
        failed = self._failures >= _ATTEMPTS and not self.life.running
        return self.rest or (self._asked is None and (self.gone or failed))

    @property
    def proved(self) -> bool:
        """Whether what comes is known to be of this life."""
        return not self.life.settle or self._listed_at >= self._asked_at + self.life.settle

    @property
    def due(self) -> int | None:
        """When the containers should be listed for it; None for whenever they are."""
        if self._asked is None:
            return None if self.rest or self.gone else self._ended_at + self._pause
        return None if self.proved else self._asked_at + self.life.settle

    @property
    def _pause(self) -> int:
        return pause_after(self._failures)

    def attached(self, now: int) -> bool:
        """Whether it is read to its end, or is followed there."""
        if self._asked is None:
            return self.rest
        settled = not self._asked.child.waiting and not self._asked.child.ended and now - self._heard_at > NS
        return settled and not self._asked.searching and self.proved

    def listed(self, life: Life, at: int, now: int) -> None:
        """A listing that was begun at `at` shows the life so. Asks for its log where that is due."""
        before, self.life, self.gone, self._listed_at = self.life, life, False, at
        if life.command != before.command:
            # It was current and is previous: what was asked for may be the log of the next.
            self._stop(now)
        if life.running or life.turn != before.turn:
            self.rest = False
        if self._asked is None and not self.rest and at >= self._ended_at and now >= self._ended_at + self._pause:
            self._ask(now)

    def look(self, now: int, room: int) -> Iterator[Happening]:
        """What has come."""
        asked = self._asked
        if asked is None:
            if self.gone and self._left is not None and not self._left.searching:
                left, self._left = self._left, None
                yield from self._give(left.unfinished(), torn=True)
            return
        if not self.proved:
            if self.gone:
                self._stop(now)
                self.why = "it was followed by another before its log was read"
            return
        if data := asked.child.take(room):
            self._heard, self._heard_at = True, now
            yield from self._give(asked.lines(data))
            yield from self._shortened(asked)
            if asked.hopeless:
                yield from self._give_up(now)
        elif asked.child.ended:
            yield from self._end(asked, now)
        elif asked.searching and now - self._heard_at > (_QUIET if self._heard else _SILENT):
            yield from self._give_up(now)

    def close(self) -> None:
        """No more is asked for."""
        if self._asked is not None:
            self._asked.child.close()
            self._asked.child.join()
            self._asked = None

    def _ask(self, now: int) -> None:
        cursor = self._place.cursor
        since = cursor.since if cursor else self.life.everything
        command = (*self.life.command, self.life.since + since) if since else self.life.command
        child = Child(command, merged=self.life.merged)
        self._asked = Asked(child, None if self._not_found else cursor, self._place, self.life.framed)
        self._left = None
        self._asked_at = self._heard_at = now
        self._turn = None if self.life.running else self.life.turn
        self._heard = self._live = False

    def _stop(self, now: int) -> None:
        if self._asked is not None:
            self._asked.child.close()
            self._asked, self._ended_at = None, now

    def _end(self, asked: Asked, now: int) -> Iterator[Happening]:
        """The command has ended: because the container has, or for a reason of its own."""
        self._asked, self._left, self._ended_at = None, asked, now
        stopped = not self.life.running and self.life.turn == self._turn
        if stopped and not asked.failure:
            yield from self._give(asked.unfinished(), cut=True)
            yield from self._shortened(asked)
        if failure := asked.failure:
            self._failures += 1
            self.why = failure
        elif stopped and asked.searching:
            yield from self._give_up(now)
        else:
            # A command that ends at once, though all is well, is not to be run again and again.
            self._failures = 0 if self._heard or stopped else self._failures + 1
            self.why = ""
            self.rest = stopped

    def _shortened(self, asked: Asked) -> Iterator[Missing]:
        if dropped := asked.dropped():
            yield Missing(dropped, "the rest of a line that is longer than 16 MiB")

    def _give_up(self, now: int) -> Iterator[Happening]:
        self._stop(now)
        yield Missing(None, "the last line that was read is there no more; what followed it may have gone with it")
        self._place.forget()
        self._place.offset, self._not_found = self.offset, True

    def _give(self, lines: list[bytes], *, cut: bool = False, torn: bool = False) -> Iterator[Happening]:
        if not lines:
            return
        self._not_found, self._failures, self.why = False, 0, ""
        behind = 0
        if not self._live and (time_of(lines[-1]) or 0) > self._asked_at:
            behind = next(number for number, line in enumerate(lines) if (time_of(line) or 0) > self._asked_at)
            yield from self._read(lines[:behind], cut=False, torn=False)
            self._live = True
        yield from self._read(lines[behind:], cut=cut, torn=torn)

    def _read(self, lines: list[bytes], *, cut: bool, torn: bool) -> Iterator[Read]:
        if not lines:
            return
        # The process is over, so the line is, wherever docker or the kubelet saw no line break.
        data = b"\n".join(map(rejoined, lines)) + (b"" if torn else b"\n")
        start = self._place.offset
        resume = self._place.give(lines, len(data), cut=cut)
        passed = max(0, self._already - start)
        if passed < len(data):
            yield Read(self.count, start + passed, data[passed:], not self._live, torn, resume)
