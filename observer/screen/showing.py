"""When a live network is shown anew: at once where something has changed, at most four times a second; else its ages
once a second; else not at all. A view is made anew only where there is something new to be seen.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable
from typing import TextIO

from msgspec.structs import replace

from observer.screen.looking import Feed, Live, Looking, Pace, sources_of
from observer.screen.plain import Plain
from observer.screen.terminal import Terminal
from observer.screen.told import sources_said, step_said, transition_said
from observer.screen.view import Said, Screen, SourceView, View
from replay.folding import Step
from waits.alerts import Transition

NS = 10**9
AGES = NS
"""How often ages are drawn while nothing happens."""
AGAIN = 5 * NS
"""How often everything is looked at anew while nothing happens: what is odd about a node may come with time alone."""
SHARE = 10
"""A view takes at most one part in so many of the time."""
WINDOW = 10 * NS
"""Over which entries a second are counted."""
SAMPLE = NS // 2
RECENT = 40


def screen_for(out: TextIO | None = None, *, plain: bool = False) -> Screen:
    """The screen on a terminal that can be drawn on; lines elsewhere, or where they are asked for."""
    import os

    out = out or sys.stdout
    drawn = out.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown", "")
    return Terminal(out) if drawn and not plain else Plain(out)


class Paces:
    """Counts entries a second, over the last ten."""

    def __init__(self) -> None:
        """Nothing has come."""
        self._samples: deque[tuple[int, int, int]] = deque()

    def of(self, now: int, lines: int, events: int) -> Pace:
        """By these totals, at a time in nanoseconds of any clock that never goes back."""
        samples = self._samples
        if not samples or now - samples[-1][0] >= SAMPLE:
            samples.append((now, lines, events))
        while len(samples) > 1 and samples[1][0] <= now - WINDOW:
            samples.popleft()
        first = samples[0]
        span = now - first[0]
        if span < SAMPLE:
            return Pace()
        return Pace((lines - first[1]) * NS / span, (events - first[2]) * NS / span)


class Showing:
    """Shows one live network on one screen. `look` is called whenever the loop comes round, at least every quarter of a
    second; it costs nothing where there is nothing to be done.
    """

    def __init__(self, screen: Screen, network: str, clock: Callable[[], int] = time.monotonic_ns) -> None:
        """`network` is its name."""
        self._screen = screen
        self._clock = clock
        self._looking = Looking(network)
        self._paces = Paces()
        self._recent: deque[Said] = deque(maxlen=RECENT)
        self._waiting: list[Said] = []
        self._sources: tuple[SourceView, ...] = ()
        self._view: View | None = None
        self._seen: object = None
        self._made_at = self._shown_at = 0
        self._cost = 0

    def step(self, step: Step) -> None:
        """An entry that said something has been folded. It is told of with the next look, when it is committed."""
        self._waiting += step_said(step)

    def transition(self, one: Transition) -> None:
        """A transition has been committed."""
        self._waiting.append(transition_said(one))

    def _tell(self) -> None:
        """All that waits, in order of journal time: transitions of a block come behind all entries of it."""
        for said in sorted(self._waiting, key=lambda one: one.at):
            self._recent.append(said)
            self._screen.tell(said)
        self._waiting.clear()

    def look(self, live: Live | None, feed: Feed) -> None:
        """Show how things stand, if it is time to."""
        now = self._clock()
        if live is not None:
            self._listen(live, feed)
        if self._waiting:
            self._tell()
        new = self._seen != self._sight(live, feed)
        since = now - self._made_at
        if (
            self._view is None
            or (new and since >= max(self._screen.interval, SHARE * self._cost))
            or since >= self._again
        ):
            self._make(live, feed, now)
        elif now - self._shown_at >= max(AGES, self._screen.interval):
            self._view = replace(self._view, now=feed.now)
            self._screen.update(self._view)
            self._shown_at = now

    @property
    def _again(self) -> int:
        return max(AGAIN, self._screen.interval, SHARE * self._cost)

    def _make(self, live: Live | None, feed: Feed, now: int) -> None:
        self._seen = self._sight(live, feed)
        pace = Pace()
        if live is not None:
            self._waiting += self._looking.news(live)
            self._tell()
            heard = live.hearing.after if feed.heard is None else feed.heard
            pace = self._paces.of(now, sum(one.lines for one in heard.values()), live.player.folding.events)
        self._view = self._looking.view(live, feed, pace, self._recent)
        self._screen.update(self._view)
        self._made_at = self._shown_at = now
        self._cost = self._clock() - now

    def last(self, live: Live | None, feed: Feed) -> None:
        """Show how things stand at the end, whenever that is."""
        if live is not None:
            self._listen(live, feed)
        self._make(live, feed, self._clock())

    def _sight(self, live: Live | None, feed: Feed) -> object:
        """What is another where there is something new to see."""
        if live is None:
            return (len(self._recent), feed.catching_up)
        last = self._recent[-1] if self._recent else None
        return (
            live.engine.seq,
            live.player.folding.seq,
            live.engine.at,
            last,
            tuple(feed.behind.items()),
            feed.catching_up,
        )

    def _listen(self, live: Live, feed: Feed) -> None:
        """Sources that have come, gone or fallen behind."""
        now = sources_of(live, feed)
        if now != self._sources:
            self._waiting += sources_said(self._sources, now)
            self._sources = now
