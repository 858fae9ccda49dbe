"""One stream of one node whose containers come and go: their lives, one after the other, as one source (R1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from observer.following.happenings import CaughtUp, Happening, Lagging, Lost, Missing, Opened, Rotated
from observer.following.lives import Life, Reading
from parsers.clock import NS
from replay.journal import Incarnation, head_of

ALONGSIDE = 10 * NS
"""How long a life waits for the end of the one before it. Compose stops a container before it starts the next; who
runs two under one name has both read."""
_MOMENT = NS


class Succession:
    """Follows the lives that listings show."""

    def __init__(self, name: str, known: Sequence[Incarnation]) -> None:
        """`name` is for people; `known` is what the journal has of this source."""
        self._name = name
        self._known = {one.head: one for one in known}
        self._last = max(known, key=lambda one: one.count, default=None)
        self._count = self._last.count if self._last else 0
        self._readings: list[Reading] = []
        self._begun: set[str] = set()
        self._lives: Sequence[Life] = ()
        self._listed_at: int | None = None
        self._listed_anew = False
        self._out_of_reach = ""
        self._waiting_since = self._behind_since = 0
        self._lost = self._lagging = self._gap_told = False

    @property
    def behind(self) -> int:
        """Bytes that are known to be there and have not been given yet."""
        return sum(reading.waiting for reading in self._readings)

    @property
    def due(self) -> int | None:
        """When the containers should be listed for its sake, in nanoseconds UTC."""
        return min((due for reading in self._readings if (due := reading.due) is not None), default=None)

    def listed(self, lives: Sequence[Life], at: int) -> None:
        """The containers of this source, the earliest first, as a listing shows them that was begun at `at`."""
        self._lives, self._listed_at, self._listed_anew, self._out_of_reach = lives, at, True, ""

    def unreachable(self, why: str) -> None:
        """The containers could not be listed."""
        self._out_of_reach = why

    def look(self, now: int, room: int) -> list[Happening]:
        """What has happened since the last look."""
        happened: list[Happening] = []
        if self._listed_at is not None:
            if self._listed_anew:
                self._tell(self._listed_at, now)
            happened += self._succeeded(self._listed_at, now)
        for reading in self._readings:
            happened += reading.look(now, room)
        happened += self._standing(now)
        return happened

    def leave(self, now: int) -> list[Happening]:
        """Nothing is left to say: the beginning of a line is asked for again when somebody looks again."""
        for reading in self._readings:
            reading.close()
        return []

    def _tell(self, at: int, now: int) -> None:
        self._listed_anew = False
        shown = {life.identity: life for life in self._lives}
        for reading in self._readings:
            life = shown.get(reading.life.identity)
            if life is None:
                reading.gone = True
            else:
                reading.listed(life, at, now)

    def _succeeded(self, at: int, now: int) -> Iterator[Happening]:
        """Begin the lives that are due, and leave those behind that are over."""
        if not self._begun:
            yield from self._resumed(at, now)
        for life in self._lives:
            if life.identity in self._begun:
                continue
            if any(not reading.over for reading in self._readings):
                self._waiting_since = self._waiting_since or now
                if now - self._waiting_since < ALONGSIDE:
                    break
            yield from self._left_behind(self._readings, now)
            if self._count and life.follows and not self._has_read(life.follows) and not self._gap_told:
                yield Missing(None, f"what came before {life.label} was over before anybody read it")
            self._waiting_since, self._gap_told = 0, False
            self._count += 1
            yield from self._opened(Reading(life, self._count, None), at, now)
        yield from self._left_behind(self._readings[:-1], now)

    def _left_behind(self, readings: Sequence[Reading], now: int) -> Iterator[Happening]:
        for reading in [reading for reading in readings if reading.over]:
            yield from reading.look(now, 1 << 20)
            if reading.why:
                yield Missing(None, f"the log of {reading.life.label} was not read to its end: {reading.why}")
            yield Rotated(reading.count)
            self._readings.remove(reading)

    def _resumed(self, at: int, now: int) -> Iterator[Happening]:
        """Go on with what the journal knows; what was there before it has been read."""
        heads = [head_of(life.identity.encode())[0] for life in self._lives]
        known = [place for place, head in enumerate(heads) if head in self._known]
        if not self._lives or self._last is None:
            return
        for place in known:
            life, incarnation = self._lives[place], self._known[heads[place]]
            if incarnation is self._last or life.running:
                yield from self._opened(Reading(life, incarnation.count, incarnation), at, now)
        self._gap_told = self._last.head not in heads
        if self._gap_told:
            yield Missing(None, f"{self._last.label} has gone while nobody read it, and what it wrote last with it")
        self._begun.update(life.identity for life in self._lives[: max(known, default=-1) + 1])

    def _opened(self, reading: Reading, at: int, now: int) -> Iterator[Happening]:
        life = reading.life
        self._begun.add(life.identity)
        self._readings.append(reading)
        head, length = head_of(life.identity.encode())
        yield Opened(reading.count, head, length, reading.offset, head not in self._known, life.label)
        if reading.ahead:
            yield Missing(reading.ahead, "the journal does not have what was read last")
        reading.listed(life, at, now)

    def _has_read(self, identity: str) -> bool:
        return identity in self._begun or head_of(identity.encode())[0] in self._known

    def _standing(self, now: int) -> Iterator[Happening]:
        """Whether it is read to its end, behind, or out of reach (R23)."""
        attached = [reading.attached(now) for reading in self._readings]
        for reading, settled in zip(self._readings, attached, strict=True):
            if settled:
                reading.why = ""
        why = self._why()
        if why and not self._lost:
            self._lost = True
            yield Lost(why)
        elif self._lost and not why and self._readings and all(attached):
            self._lost = self._lagging = False
            yield CaughtUp()
        behind = sum(reading.waiting for reading in self._readings if reading.proved)
        self._behind_since = (self._behind_since or now) if behind else 0
        if behind and not self._lagging and now - self._behind_since > _MOMENT:
            self._lagging = True
            yield Lagging(behind)
        elif self._lagging and not behind:
            self._lagging = False
            yield CaughtUp()

    def _why(self) -> str:
        for reading in self._readings:
            if reading.why and not reading.gone:
                return f"{reading.life.label}: {reading.why}"
        if self._out_of_reach and any(reading.due is not None for reading in self._readings):
            return self._out_of_reach
        if self._readings and all(reading.gone and reading.over for reading in self._readings):
            return f"{self._readings[-1].life.label} has gone"
        if self._last is not None and not self._readings and self._listed_at is not None:
            return f"there is no container of {self._name}"
        return ""
