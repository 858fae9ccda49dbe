"""A network that writes its logs while a clock runs, all in memory: what is attached to it can be killed at any look."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from observer.following.happenings import Happening, Opened, Read
from observer.inventory import Inventory, settled, written
from observer.live.growing import Growing
from observer.live.session import Session
from observer.live.storing import RecordingStore, resumed
from observer.live.streams import Stream
from replay.importing import settings_of
from replay.journal import Incarnation, Role, Source, head_of
from replay.recording import Recording
from replay.redaction import NoRedaction
from waits.rules import Rule

SECOND = 10**9
_DATE = re.compile(rb"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d\.\d{3})")


@dataclass
class Clock:
    """Time, as the test has it."""

    now: int

    def __call__(self) -> int:
        """Nanoseconds UTC."""
        return self.now


class Growth:
    """A log of which more is there the later it is."""

    def __init__(self, data: bytes) -> None:
        """Each line is there from its own time on; one without a time with the line before it."""
        self.data = data
        self._ends: list[tuple[int, int]] = []
        at, end = 0, 0
        for line in data.splitlines(keepends=True):
            found = _DATE.search(line[:200])
            if found is not None:
                text = f"{found[1].decode()}T{found[2].decode()}"
                at = max(at, int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000) * 10**6)
            end += len(line)
            self._ends.append((at, end))
        first = next(one for one, _end in self._ends if one)
        self._ends = [(max(one, first), end) for one, end in self._ends]

    @property
    def span(self) -> tuple[int, int]:
        """From the first line to the last."""
        return self._ends[0][0], self._ends[-1][0]

    def size(self, now: int) -> int:
        """Bytes that are there."""
        return max((end for at, end in self._ends if at <= now), default=0)


class GrowthFollower:
    """Follows a growth, from where the journal has it."""

    def __init__(self, growth: Growth, known: Sequence[Incarnation]) -> None:
        """As a file that is never rotated."""
        self._growth = growth
        self._place = known[-1].high_water if known else 0
        self._fresh = not known
        self._opened = False
        self._backlog = 0

    @property
    def behind(self) -> int:
        """Nothing that is known of."""
        return 0

    def look(self, now: int, room: int) -> list[Happening]:
        """What is there now and was not before."""
        size = self._growth.size(now)
        happened: list[Happening] = []
        if size and not self._opened:
            head, length = head_of(self._growth.data[:64])
            happened.append(Opened(1, head, length, self._place, self._fresh, "memory"))
            self._opened, self._backlog = True, size
        end = min(size, self._place + room)
        end = self._growth.data.rfind(b"\n", 0, end) + 1
        if end > self._place:
            backlog = self._place < self._backlog
            end = min(end, self._backlog) if backlog else end
            happened.append(Read(1, self._place, self._growth.data[self._place : end], backlog))
            self._place = end
        return happened

    def leave(self, now: int) -> list[Happening]:
        """Nothing is left: every line is whole."""
        return []


@dataclass
class World:
    """Logs of nodes, a clock, and a recording that is attached to them."""

    path: Path
    logs: Mapping[str, bytes]
    rules: tuple[Rule, ...]
    system: str = "monero"
    form: str | None = "file"
    inventory: Inventory = field(default_factory=lambda: settled(Inventory(), ()))
    late: Mapping[str, int] = field(default_factory=dict)
    """Nodes whose logs are found only some nanoseconds after the first."""

    def __post_init__(self) -> None:
        """At the time of the first line."""
        self.growths = {node: Growth(data) for node, data in self.logs.items()}
        self.begins = min(growth.span[0] for growth in self.growths.values())
        self.ends = max(growth.span[1] for growth in self.growths.values())
        self.clock = Clock(self.begins - SECOND)

    def attached(self) -> tuple[Recording, Session]:
        """Somebody attaches, again perhaps."""
        recording = Recording.attach(self.path, "world")
        if recording.meta("settings") is None:
            text = written(self.inventory)
            recording.set_meta("inventory", text)
            recording.set_meta("settings", settings_of(text, NoRedaction()))
            recording.commit()
        growing = Growing(recording, self.inventory, [(0, self.rules)], resumed(recording))
        return recording, Session(growing, _Found(self, recording), RecordingStore(recording), self.clock)

    def run(self, looks: Sequence[int], killed: Callable[[int], bool] = lambda _look: False) -> None:
        """Look at these nanoseconds after the beginning; where `killed` says so, nothing is said after the look."""
        recording, session = self.attached()
        for number, offset in enumerate(looks):
            self.clock.now = self.begins + offset
            session.cycle()
            if killed(number):
                recording.connection.close()
                recording, session = self.attached()
        session.close()
        recording.finish()


class _Found:
    """Finds the logs of a world."""

    def __init__(self, world: World, recording: Recording) -> None:
        self._world = world
        self._recording = recording
        self._known = {source.node: source for source in recording.sources()}
        self._followed: set[str] = set()

    is_recognising = False

    def arrivals(self, now: int, enter: Callable[[Source], Source]) -> list[Stream]:
        """Logs that are there now and were not before."""
        streams = []
        for node, growth in sorted(self._world.growths.items()):
            there = growth.size(now) and now >= self._world.begins + self._world.late.get(node, 0)
            if node in self._followed or not there:
                continue
            self._followed.add(node)
            source = self._known.get(node)
            if source is None:
                number = max((one.number for one in self._known.values()), default=0) + 1
                world = self._world
                source = enter(
                    Source(number, node, "log", world.system, "bare", world.form, "UTC", Role.PRIMARY, f"{node}.log")
                )
                self._known[node] = source
            known = self._recording.incarnations(source.number)
            streams.append(Stream(GrowthFollower(growth, known), [(source, known)]))
        return streams
