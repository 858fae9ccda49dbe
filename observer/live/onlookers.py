"""Who looks on while somebody is attached: a screen, and the figures for Prometheus. Neither changes anything."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from observer.live.session import AtNetwork, Came
from observer.metrics.figures import Board, Durations, Figures, NetworkFigures
from observer.metrics.measuring import destination_figures, disk_figures, network_figures
from observer.metrics.serving import MetricsServer, place_of
from observer.screen.looking import Feed
from observer.screen.showing import Showing
from observer.sending.outbox import Counts, Outbox
from observer.sending.sender import Sender

if TYPE_CHECKING:
    from observer.screen.view import Screen
    from replay.folding import Step

LOOK_AGAIN_NS = 200 * 10**6
"""While nothing comes, only ages and what is behind can change."""
CATCHING_UP_NS = 2 * 10**9
"""Journal time that is further behind is that of what was there before."""


class OnScreen:
    """Shows the network on a screen."""

    def __init__(self, screen: Screen, network: str) -> None:
        """`network` is its name."""
        self._screen = screen
        self._showing = Showing(screen, network)
        self._looked_at = 0

    def step(self, step: Step) -> None:
        """An entry that said something has been folded."""
        self._showing.step(step)

    def came(self, session: AtNetwork, came: Came) -> None:
        """Something was committed."""
        for one in came.transitions:
            self._showing.transition(one)
        self._look(session, time.time_ns())

    def looked(self, session: AtNetwork, now: int) -> None:
        """A look is over."""
        if not 0 <= now - self._looked_at < LOOK_AGAIN_NS:
            self._look(session, now)

    def close(self, session: AtNetwork | None) -> None:
        """Leave the last view where it is."""
        if session is not None:
            now = time.time_ns()
            self._showing.last(session.growing.judged, _feed(session, now))
        self._screen.close()

    def _look(self, session: AtNetwork, now: int) -> None:
        self._looked_at = now
        self._showing.look(session.growing.judged, _feed(session, now))


def behind_of(session: AtNetwork) -> Mapping[int, int]:
    """Bytes that are there and have not been read, by the number of the source."""
    return {
        source.number: behind
        for stream in session.streams
        if (behind := stream.follower.behind)
        for source in stream.sources
    }


def _feed(session: AtNetwork, now: int) -> Feed:
    at = session.growing.tail.last_at
    behind = behind_of(session)
    catching_up = session.is_catching_up and now - at > CATCHING_UP_NS
    return Feed(now, behind, catching_up, session.growing.tail.heard)


class OnBoard:
    """Publishes figures, and serves them."""

    def __init__(self, place: str, network: str, recording: Path) -> None:
        """Listens from here on. The disk that the recording is on is watched too. Raises Failed."""
        self._recording = recording
        self._network = network
        self._board = Board()
        self._server = MetricsServer(self._board, place_of(place))
        self._commits = Durations()
        self.senders: Mapping[str, Sender] = {}
        self.outbox: Outbox | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.port

    def step(self, step: Step) -> None:
        """Counted by whoever folds."""

    def came(self, session: AtNetwork, came: Came) -> None:
        """Something was committed."""
        self._commits = self._commits.with_one(came.seconds)

    def looked(self, session: AtNetwork, now: int) -> None:
        """A look is over."""
        if not self._board.due(now):
            return
        judged, tail = session.growing.judged, session.growing.tail
        networks: tuple[NetworkFigures, ...] = ()
        if judged is not None:
            networks = (network_figures(self._network, judged, tail.heard, now, behind_of(session)),)
        counts: dict[str, Counts] = {}
        if self.outbox is not None and session.trouble is None:
            counts = {to: self.outbox.counts(to) for to in self.senders}
        destinations = destination_figures(list(self.senders.values()), counts)
        disk = disk_figures(self._recording)
        self._board.publish(Figures(now, networks, destinations, self._commits, session.trouble, disk))

    def close(self, session: AtNetwork | None) -> None:
        """Listen no more."""
        self._server.close()
