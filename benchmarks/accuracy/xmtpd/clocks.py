"""Vector clocks at one minute: what the snapshot shows of each, against the truth, which is known once a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.accuracy.agreement import Tally, Wrong
from benchmarks.accuracy.xmtpd.truth import FOREVER, MINUTE, Clock
from state.clocks import OWN

if TYPE_CHECKING:
    from benchmarks.accuracy.xmtpd.told import Lines
    from state.clocks import Followed
    from state.snapshot import NetworkState

STATED = "clocks, stated"
PROVED = "clocks, at least"
SERVED = "cursors served"
GAPS = "gaps"
AT_INFO = "at INFO no line states a clock"
SELDOM = "at DEBUG a clock is stated when a stream is set up, and each half hour"


class Clocks:
    """Compares the clocks of one run, minute by minute."""

    def __init__(self, run: str, lines: Lines, names: dict[int, str], tally: Tally) -> None:
        """`names` are those of the nodes in the journal."""
        self._run = run
        self._lines = lines
        self._truth = lines.truth
        self._names = names
        self._tally = tally
        self._at = 0
        self._samples = {node: {one.at: one for one in truth} for node, truth in self._truth.clocks.items()}

    def compare(self, state: NetworkState, at: int) -> None:
        """The snapshot of an instant."""
        self._at = at
        for node in self._truth.nodes:
            now = self._samples[node].get(at)
            if now is None:
                continue
            mine = state.clocks.get(self._names[node])
            for originator in sorted(now.clock):
                followed = None if mine is None else mine.followed.get(originator)
                self._followed(node, originator, followed, now)
            if mine is not None:
                for originator in sorted(set(mine.followed) - set(now.clock) - {OWN}):
                    self._wrong(STATED, f"node {node} of {originator}", str(mine.followed[originator].known), "nothing")
        for watcher, mine in sorted(state.clocks.items()):
            for publisher, served in sorted(mine.served.items()):
                for cursor in served.cursors[-1:]:
                    if cursor.said.at > at - MINUTE:
                        self._served(watcher, publisher, dict(cursor.sequences))

    def _followed(self, node: int, originator: int, followed: Followed | None, now: Clock) -> None:
        about = f"node {node} of {originator}"
        self._gaps(about, node, originator, followed, now)
        point = None if followed is None else followed.known
        if followed is None or point is None:
            self._tally.hidden(STATED, SELDOM if self._lines.debug else AT_INFO)
            return
        late = self._lines.skew_of(node, self._at)
        stated = followed.stated[-1] if followed.stated else None
        if stated is not None and stated.said.at > self._at - MINUTE:
            least = self._before(node, originator, late)
            if least <= stated.sequence <= now.clock[originator]:
                self._tally.agrees(STATED)
            else:
                self._wrong(STATED, about, str(stated.sequence), f"{least}..{now.clock[originator]}")
        else:
            self._tally.hidden(STATED, SELDOM if self._lines.debug else AT_INFO)
        if point.sequence <= now.clock[originator] or point.said.at == self._at:
            # The truth of a minute may be taken just before what comes in the same millisecond.
            self._tally.agrees(PROVED)
        else:
            self._wrong(PROVED, about, f">= {point.sequence}", str(now.clock[originator]))

    def _before(self, node: int, originator: int, late: int) -> int:
        """The clock a minute ago; or before, where the node's lines stand later than they were written."""
        span = MINUTE + -(-late // MINUTE) * MINUTE
        before = self._samples[node].get(self._at - span)
        return 0 if before is None else before.clock.get(originator, 0)

    def _gaps(self, about: str, node: int, originator: int, followed: Followed | None, now: Clock) -> None:
        """A node has seen every gap of another one's sequence that its clock has passed."""
        if originator == node:
            return
        true = sum(last < now.clock[originator] for last in self._truth.gaps.get(originator, ()))
        shown = 0 if followed is None else followed.gaps
        last = None if followed is None else followed.last_gap
        if shown == true or (shown == true + 1 and last is not None and last.origin.at == self._at):
            self._tally.agrees(GAPS)
            return
        recent = self._at - MINUTE
        if shown > true and any(self._truth.under("db-outage", node, at) for at in (recent, self._at)):
            # It sees them come, and cannot store them.
            published = self._samples[originator][self._at].clock.get(originator, 0)
            if shown <= sum(last < published for last in self._truth.gaps.get(originator, ())):
                self._tally.agrees(GAPS)
                return
        lost = self._lines.of(node, FOREVER - 1)
        losses = self._truth.of("log-loss", node)
        if shown < true and any(one.since <= self._at for one in losses):
            self._tally.hidden(GAPS, "the line was lost with its log")
        elif shown < true and (lost.why or self._lines.skew_of(node, self._at)):
            self._tally.hidden(GAPS, lost.why)
        else:
            self._wrong(GAPS, about, str(shown), str(true))

    def _served(self, watcher: str, publisher: int, shown: dict[int, int]) -> None:
        now = self._samples[publisher].get(self._at)
        before = self._samples[publisher].get(self._at - MINUTE)
        most = {} if now is None else now.cursor
        least = {} if before is None else before.cursor
        for originator in sorted(set(most) | set(shown)):
            low, high = least.get(originator, 0), most.get(originator, 0)
            if low <= shown.get(originator, 0) <= high:
                self._tally.agrees(SERVED)
            else:
                about = f"{watcher}: node {publisher} of {originator}"
                self._wrong(SERVED, about, str(shown.get(originator)), f"{low}..{high}")

    def _wrong(self, subject: str, about: str, shown: str, true: str) -> None:
        minute = (self._at - self._truth.start) // MINUTE
        self._tally.contradicts(Wrong(self._run, subject, about, shown, true), minute)
