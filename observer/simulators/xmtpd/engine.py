"""What happens next: events in order of time, and processes written as generators that yield how long they wait."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator

Steps = Iterator[int]
Alive = Callable[[], bool]


def _always() -> bool:
    return True


class Engine:
    """A queue of events. Time is milliseconds since 1970 and moves only from event to event."""

    def __init__(self, start: int, pace: float = 1.0) -> None:
        """`pace` is how many times as fast as the clocks of the machines simulated time passes."""
        self.now = self._start = start
        self._pace = pace
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, when: int, act: Callable[[], None]) -> None:
        """Do something at an instant; what was asked for first comes first."""
        self._count += 1
        heapq.heappush(self._queue, (max(when, self.now), self._count, act))

    def date(self) -> int:
        """What the clocks of the machines show now, as far as nobody has set them."""
        return self._start + int((self.now - self._start) / self._pace)

    def after(self, delay: int, act: Callable[[], None]) -> None:
        """Do something later."""
        self.at(self.now + delay, act)

    def spawn(self, steps: Steps, alive: Alive = _always) -> None:
        """Run a process from now on; it ends with its steps, or where it is found not to be alive any more."""

        def step() -> None:
            if alive():
                delay = next(steps, None)
                if delay is not None:
                    self.after(delay, step)

        self.after(0, step)

    def run(self, until: int, wait: Callable[[int], None]) -> None:
        """Take events up to and including an instant. `wait` is called before time moves, with where it moves to."""
        while self._queue and self._queue[0][0] <= until:
            when, _, act = heapq.heappop(self._queue)
            if when > self.now:
                wait(when)
                self.now = when
            act()
        wait(until)
        self.now = until
