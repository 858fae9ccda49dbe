"""What is wrong with nodes and their workers. See `expected`."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.accuracy.stuck import Expected
from benchmarks.accuracy.xmtpd.links import cut_off, unreachable
from benchmarks.accuracy.xmtpd.seen import MOMENT, Seen
from benchmarks.accuracy.xmtpd.truth import FOREVER, HOUR, HOURLY, MINUTE, Truth

DEBUG_ONLY = "rounds of this worker are logged at DEBUG only"
NO_WATCHER = "only network-watcher shows a served cursor, and its log is not there"


def silent_worker(seen: Seen) -> Iterator[Expected]:
    """A worker's slot went by without a round while its node was up: the alert allows 2 minutes and has `for: 5m`."""
    truth = seen.truth
    silenced = truth.settings["silent_workers"]
    for fault in truth.of("silent-worker"):
        for node in fault.nodes:
            for worker in (one for one in HOURLY if one in silenced):
                missed = [
                    slot
                    for slot in truth.slots(node, worker, fault.since, min(fault.until, truth.end))
                    if truth.up(node, slot)
                ]
                if missed:
                    again = next(truth.slots(node, worker, min(fault.until, truth.end), FOREVER), FOREVER)
                    yield seen.made(
                        "worker silent",
                        ("WorkerSilent",),
                        {"node": seen.name(node), "worker": worker},
                        (missed[0], again),
                        7 * MINUTE + MOMENT,
                        "it missed its slot",
                        hidden="" if worker == "generator" or truth.level == "debug" else DEBUG_ONLY,
                    )


# --- nodes -------------------------------------------------------------------------------------------


def node_down(seen: Seen) -> Iterator[Expected]:
    """A process that is not there. Stopped in order, its own log says so (`for: 15m`); killed, its peers lose it
    (`for: 1m`) and it is silent (2 minutes, and `for: 2m`).
    """
    truth = seen.truth
    for node in truth.nodes:
        ordered = False
        for place, (at, phase) in enumerate(truth.phases[node]):
            if phase == "down":
                until = next((when for when, _phase in truth.phases[node][place + 1 :]), FOREVER)
                rules = ("NodeStopped",) if ordered else ("NodeUnreachable", "NodeDown", "NodeSilent")
                yield seen.made(
                    "stopped in order" if ordered else "node down",
                    (*rules, "NodeCrashed", "WorkerSilent", "IndexerBehind", "NodeRestartLoop"),
                    {"node": seen.name(node)},
                    (at, until),
                    (15 if ordered else 5) * MINUTE + MOMENT,
                    "its process ended",
                )
            ordered = phase == "stopping"


def node_unreachable(seen: Seen) -> Iterator[Expected]:
    """A node that is up, and that no other one that is up can read from: `for: 1m`."""
    for node in seen.truth.nodes:
        for span in unreachable(seen.truth, node):
            yield seen.made(
                "unreachable",
                ("NodeUnreachable", "NodeDown"),
                {"node": seen.name(node)},
                span,
                2 * MINUTE,
                "no other node read from it",
            )


def streams_lost(seen: Seen) -> Iterator[Expected]:
    """A node that cannot read from one that others read: `for: 5m`."""
    for node in seen.truth.nodes:
        for span in cut_off(seen.truth, node):
            yield seen.made(
                "streams lost",
                ("StreamsLost",),
                {"node": seen.name(node)},
                span,
                6 * MINUTE,
                "a stream of it was down that others had",
            )


def database(seen: Seen) -> Iterator[Expected]:
    """A node without its database: three errors within 5 minutes, and `for: 1m`. What else it does then is true too."""
    for fault in seen.truth.of("db-outage"):
        for node in fault.nodes:
            labels, span = {"node": seen.name(node)}, (fault.since, fault.until)
            yield seen.made(
                "database away", ("StorageFailing",), labels, span, 4 * MINUTE, "its database could not be reached"
            )
            after = (fault.since, min(fault.until, seen.truth.end) + 5 * MINUTE)
            work = ("IndexerStuck", "IndexerBehind", "WorkerSilent", "WorkerFailing")
            more = (*work, "ErrorsStorming", "NodeCrashed", "NodeRestartLoop")
            yield seen.made("database away", more, labels, after, None, "what follows from it")


def frozen(seen: Seen) -> Iterator[Expected]:
    """The cursor that a node serves stands still until its process starts again. network-watcher shows it with its
    next stream, or the one after, of half an hour each; `for: 1m`.
    """
    truth = seen.truth
    session = 31 * MINUTE
    for fault in (*truth.of("frozen-cursor"), *truth.of("db-outage")):
        for node in fault.nodes:
            until = next((at for at, phase in truth.phases[node] if at >= fault.since and phase == "starting"), FOREVER)
            yield seen.made(
                "cursor frozen",
                ("CursorFrozen",),
                {"node": seen.name(node)},
                (fault.since, until),
                2 * session + MINUTE + MOMENT,
                "the served cursor stood still",
                hidden="" if seen.watchers else NO_WATCHER,
            )


def lag(seen: Seen) -> Iterator[Expected]:
    """A node that truly is, or serves a cursor, a thousand envelopes behind another one, minute by minute."""
    truth = seen.truth
    for node in truth.nodes:
        for originator in truth.nodes:
            for span in _lagging(truth, node, originator):
                labels = {"node": seen.name(node), "originator": str(originator)}
                yield seen.made("replication lag", ("ReplicationLag",), labels, span, None, "its clock was behind")


def _lagging(truth: Truth, node: int, originator: int) -> Iterator[tuple[int, int]]:
    begun: int | None = None
    for place, mine in enumerate(truth.clocks[node]):
        most = max(
            truth.clocks[one][place].clock.get(originator, 0) for one in truth.nodes if place < len(truth.clocks[one])
        )
        behind = most - min(mine.clock.get(originator, 0), mine.cursor.get(originator, 0)) >= 1000  # noqa: PLR2004 - lag_limit
        if behind and begun is None:
            begun = mine.at
        elif not behind and begun is not None:
            yield begun, mine.at
            begun = None
    if begun is not None:
        yield begun, FOREVER


def log_lost(seen: Seen) -> Iterator[Expected]:
    """A log that is lost looks like one that nobody writes: that is what is told, and it is true of the log."""
    for fault in seen.truth.of("log-loss"):
        for node in fault.nodes:
            labels, until = {"node": seen.name(node)}, fault.until + HOUR
            yield seen.made(
                "log lost",
                ("NodeSilent",),
                labels,
                (fault.since, fault.until),
                4 * MINUTE + MOMENT,
                "nothing is written",
            )
            more = ("WorkerSilent", "IndexerBehind")
            yield seen.made("log lost", more, labels, (fault.since, until), None, "nothing is written")
