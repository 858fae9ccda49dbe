"""Whether a stream is read as fast as it comes (R23): behind for a moment is nothing, for longer it is lagging."""

from __future__ import annotations

from observer.following.happenings import CaughtUp, Happening, Lagging

SECOND = 1_000_000_000
MOMENT = SECOND


class Pace:
    """Tells of falling behind and of catching up, each once."""

    __slots__ = ("_since", "_told")

    def __init__(self) -> None:
        """It is not behind."""
        self._since: int | None = None
        self._told = False

    @property
    def idle(self) -> bool:
        """Whether there is nothing to tell while nothing comes."""
        return self._since is None and not self._told

    def lost(self) -> None:
        """Nothing could be read: that it is read to its end again will have to be told."""
        self._told = True

    def opened(self) -> None:
        """Another stream is read now, and that was told."""
        self._told = False

    def seen(self, now: int, behind: int) -> list[Happening]:
        """After a look at `now` (ns UTC) that left `behind` bytes unread."""
        if not behind:
            told, self._told, self._since = self._told, False, None
            return [CaughtUp()] if told else []
        if self._since is None:
            self._since = now
        elif now - self._since > MOMENT and not self._told:
            self._told = True
            return [Lagging(behind)]
        return []
