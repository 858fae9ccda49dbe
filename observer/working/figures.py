"""What a worker shows Prometheus: its networks, its partitions, and how it gets on with both."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial

from observer.database.outbox import DatabaseOutbox
from observer.metrics.figures import Board, Figures, WorkFigures
from observer.metrics.measuring import destination_figures, network_figures
from observer.metrics.serving import MetricsServer, place_of
from observer.sending.outbox import Counts
from observer.sending.sender import Sender
from observer.working.worker import Worker


class Shown:
    """Publishes a worker's figures, and serves them."""

    def __init__(self, place: str, senders: Mapping[str, Sender]) -> None:
        """Listens from here on. Raises Failed."""
        self._board = Board()
        self._server = MetricsServer(self._board, place_of(place))
        self._senders = senders

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.port

    def looked(self, worker: Worker) -> None:
        """A turn is over. Figures are made every few seconds only."""
        now = time.time_ns()
        if self._board.due(now):
            self._board.publish(self._figures(worker, now))

    def close(self) -> None:
        """Listen no more."""
        self._server.close()

    def _figures(self, worker: Worker, now: int) -> Figures:
        networks = [
            network_figures(name, owned.network.growing.judged, owned.network.growing.tail.heard, now)
            for name, owned in sorted(worker.networks.items())
            if owned.network.growing.judged is not None
        ]
        counted = worker.counted
        return Figures(
            now,
            tuple(networks),
            destination_figures(list(self._senders.values()), self._counts(worker)),
            counted.commits,
            worker.trouble,
            work=WorkFigures(
                tuple(sorted(worker.lags.items())), counted.records, counted.dead, counted.ticks, counted.refused
            ),
        )

    def _counts(self, worker: Worker) -> dict[str, Counts]:
        """How the outbox stands, of this worker's networks; nothing while the database is away."""
        if worker.asking.trouble is not None:
            return {}
        outbox = DatabaseOutbox(worker.store.line, list(worker.networks))
        return {to: worker.asking.database(partial(outbox.counts, to)) for to in self._senders}
