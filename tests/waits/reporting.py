"""A network of three nodes of xmtpd with its two watchers, as it speaks: every statement that any function needs."""

from __future__ import annotations

from functools import cache

from state.events import Event, ProcessCrashed, ProcessReady, ProcessStarted
from state.origin import Origin
from state.report_events import (
    ChainReportSettled,
    ChainReportSubmitted,
    GenerationFailed,
    GenerationSkipped,
    ReportGenerated,
    ReportJudged,
    ReportSettled,
    ReportSettling,
    ReportSubmitted,
    ReportSubmitting,
    ReservedEnvelopeFound,
    SettlementProgressed,
    SettlingFailed,
    Sign,
    Skipped,
    SubmittingFailed,
    Worker,
    WorkerSeen,
)
from state.sync_events import (
    ClockStated,
    CursorServed,
    DatabaseFailed,
    EnvelopesReceived,
    IndexerAdvanced,
    IndexerCaughtUp,
    IndexerFailed,
    NodeIdStated,
    SequenceStated,
    StreamAttempted,
    StreamFailed,
)

S = 10**9
NUMBERS = {"node1": 100, "node2": 200, "node3": 300}
NODES = tuple(NUMBERS)
WATCHERS = ("chain-watcher", "network-watcher")
ROSTER = (*NODES, *WATCHERS)
BEGIN = 1_767_225_600 * S
"""2026-01-01T00:00:00Z"""
START = ProcessStarted("xmtpd", "1.3.0", "")
REPORT = "ab" * 32
Said = tuple[tuple[Event, Origin], ...]


class Log:
    """Statements one after the other, of whichever node."""

    def __init__(self) -> None:
        """Nothing has been said."""
        self.said: list[tuple[Event, Origin]] = []
        self.now = BEGIN

    def say(self, node: str, *events: Event, after: int = 1) -> Log:
        """Each event is a line of its own, so many seconds behind the one before."""
        for event in events:
            self.now += after * S
            seq = len(self.said) + 1
            self.said.append((event, Origin(node, self.now, self.now, seq, ROSTER.index(node) + 1)))
        return self


def _about(kind: type[Event], node: str, *rest: object) -> Event:
    return kind(NUMBERS[node], REPORT, 100, 80, 90, *rest)


def _begin(log: Log) -> None:
    for node in NODES:
        log.say(node, START, NodeIdStated(NUMBERS[node]), ProcessReady(), IndexerCaughtUp("settlement", "0xa"))
        log.say(node, WorkerSeen(NUMBERS[node], Worker.GENERATOR, Sign.STARTED))
        for other in NODES:
            if other != node:
                log.say(node, StreamAttempted(NUMBERS[other], f"http://{other}"))
        log.say(node, WorkerSeen(NUMBERS[node], Worker.GENERATOR, Sign.CYCLE))
    for watcher in WATCHERS:
        log.say(watcher, ProcessStarted(watcher, "1.3.0", ""))


def _clocks(log: Log) -> None:
    for node, sequence in (("node1", 90), ("node2", 80), ("node3", 85)):
        log.say(node, SequenceStated(100, sequence), ClockStated(((100, sequence), (200, 4))))
        log.say("network-watcher", CursorServed(NUMBERS[node], ((100, sequence),)))
        log.say(node, EnvelopesReceived(200 if node == "node1" else 100, 3))


def _troubles(log: Log) -> None:
    log.say("node2", StreamFailed("http://node3", "refused", 300), DatabaseFailed("partitions", "timeout"))
    log.say("node2", IndexerFailed("settlement", "payer-registry", "0xb", "reverted", 7))
    log.say("node2", IndexerAdvanced("settlement", "payer-report-manager", "0xa", 9))
    log.say("node2", GenerationFailed(200, 100, "deadlock"))
    log.say("node2", GenerationSkipped(100, Skipped.PENDING, 200, 80, 1), ReservedEnvelopeFound("report", 100))


def _report(log: Log) -> None:
    log.say("node1", _about(ReportGenerated, "node1"), _about(ReportJudged, "node1", True, "valid report"))
    log.say("node3", _about(ReportJudged, "node3", False, "merkle root mismatch"))
    log.say("node2", _about(ReportJudged, "node2", True, "valid report"))
    log.say("node1", _about(ReportSubmitting, "node1"), _about(SubmittingFailed, "node1", "reverted"))
    log.say("node2", _about(ReportSubmitting, "node2"), _about(ReportSubmitted, "node2"))
    for node in ("node1", "chain-watcher"):
        known = None if node == "chain-watcher" else True
        signers = 2 if node == "chain-watcher" else None
        log.say(node, ChainReportSubmitted(100, 80, 90, (100, 200, 300), "root", known, signers))
    log.say("node1", _about(ReportSettling, "node1"), _about(SettlementProgressed, "node1", 3, 5))
    log.say("node1", _about(SettlingFailed, "node1", "reverted"))
    log.say("node2", _about(ReportSettling, "node2"), _about(ReportSettled, "node2"))
    log.say("node1", ChainReportSettled(100, 4, 8, 0, "7"))


@cache
def said() -> Said:
    """A report from its beginning to its end, with every trouble on its way; the third node crashes behind it."""
    log = Log()
    _begin(log)
    _clocks(log)
    _troubles(log)
    _report(log)
    log.say("node3", ProcessCrashed("out of disk"))
    return tuple(log.said)
