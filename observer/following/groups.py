"""Sources that are found by asking for them again and again: the containers of a project, the pods of a selector.

A group lists its containers every five seconds, and at once when one of its logs has ended or an event tells of a
change. A listing runs beside the loop like everything else: looking never waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from observer.exits import Exit, Failed
from observer.following.children import Child
from observer.following.happenings import Follower
from observer.following.lives import Life, pause_after
from observer.following.succession import Succession
from parsers.clock import NS
from replay.journal import Incarnation

EVERY = 5 * NS
"""Between two listings."""
_SOONEST = NS // 5
_TIMEOUT = 30 * NS
_FIRST_TIMEOUT = 20.0
_LISTING_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """One stream of one node that a group has."""

    node: str
    stream: str
    label: str
    framing: str
    """The name of the framing its lines are in (`parsers.framing.FRAMINGS`)."""
    follow: Callable[[Sequence[Incarnation]], Follower]
    """Follow it, on from what the journal knows of it. Once."""


class Group(Protocol):
    """Sources that come and go."""

    def look(self, now: int) -> list[Member]:
        """Members that are new since the last look. Never waits. `now` is the time, in nanoseconds UTC."""
        ...

    def close(self) -> None:
        """Nobody looks again."""
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """One stream of one node as a listing shows it."""

    node: str
    stream: str
    lives: tuple[Life, ...]
    """The earliest first."""


class Containers:
    """A group that one command lists."""

    def __init__(self, name: str, command: Sequence[str], read: Callable[[bytes], list[Listed]]) -> None:
        """`name` is what the user called it. `read` reads what the command writes; it raises ValueError for what it
        does not understand. Raises Failed when the containers cannot be listed now.
        """
        self._name = name
        self._command = command
        self._read = read
        self._found: dict[tuple[str, str], Succession | None] = {}
        self._new: list[Member] = []
        self._listed: dict[tuple[str, str], Listed] = {}
        self._child: Child | None = None
        self._written = b""
        self._begun_at = time.time_ns()
        self._hurried = False
        self._failures = 0
        self._list_first()

    def look(self, now: int) -> list[Member]:
        """List where that is due, and tell every source what was listed."""
        if self._child is None:
            if now >= self._due:
                self._begun_at, self._hurried, self._written = now, False, b""
                self._child = Child(self._command)
        else:
            self._written += self._child.take(_LISTING_BYTES)
            if self._child.ended or now - self._begun_at > _TIMEOUT or len(self._written) > _LISTING_BYTES:
                why = self._understood()
                self._child.close()
                self._child = None
                self._failures = self._failures + 1 if why else 0
                for succession in filter(None, self._found.values() if why else ()):
                    succession.unreachable(why)
        new, self._new = self._new, []
        return new

    def hurry(self) -> None:
        """Something has changed: list at once."""
        self._hurried = True

    def close(self) -> None:
        """End a listing under way; followers are left by whoever has them."""
        if self._child is not None:
            self._child.close()
            self._child.join()
            self._child = None

    @property
    def _due(self) -> int:
        if self._failures:
            return self._begun_at + pause_after(self._failures)
        if self._hurried:
            return self._begun_at + _SOONEST
        dues = [due for one in self._found.values() if one is not None and (due := one.due) is not None]
        return min(self._begun_at + EVERY, max(min(dues, default=self._begun_at + EVERY), self._begun_at + _SOONEST))

    def _list_first(self) -> None:
        self._child = Child(self._command)
        deadline = time.monotonic() + _FIRST_TIMEOUT
        while not self._child.ended and time.monotonic() < deadline:
            self._written += self._child.take(_LISTING_BYTES)
            time.sleep(0.005)
        why = self._understood()
        self.close()
        if why:
            raise Failed(f"{self._name}: {why}", Exit.ENVIRONMENT)

    def _understood(self) -> str:
        """Take what was listed; or why it cannot be."""
        if self._child is None or not self._child.ended:
            return f"{self._command[0]} does not answer"
        if self._child.code != 0:
            return self._child.complaint or f"{self._command[0]} ended with {self._child.code}"
        try:
            listed = self._read(self._written)
        except ValueError as error:
            return f"what {self._command[0]} answers cannot be read: {error}"
        shown = {(one.node, one.stream): one for one in listed}
        for key, one in shown.items():
            if key not in self._found:
                self._found[key] = None
                self._new.append(Member(*key, one.lives[-1].label, "timestamps", self._follower(key)))
        self._listed = shown
        for key, succession in self._found.items():
            if succession is not None:
                self._show(key, succession)
        return ""

    def _follower(self, key: tuple[str, str]) -> Callable[[Sequence[Incarnation]], Follower]:
        def follow(known: Sequence[Incarnation]) -> Follower:
            succession = self._found[key] = Succession("/".join(key), known)
            self._show(key, succession)
            return succession

        return follow

    def _show(self, key: tuple[str, str], succession: Succession) -> None:
        listed = self._listed.get(key)
        succession.listed(listed.lives if listed else (), self._begun_at)
