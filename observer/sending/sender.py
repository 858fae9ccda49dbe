"""The thread that carries notices to one destination, so that one that hangs holds up nobody else.

It is handed what to send and hands back what became of it; the outbox belongs to whoever judges. What fires is said
again each minute from the last standing that was published, whatever the judging loop does meanwhile.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from observer.console import warn
from observer.sending.firing import EVERY, due, overtaken, repeated
from observer.sending.notices import Notice
from observer.sending.notifiers import Notifier
from observer.sending.outbox import Pending
from observer.sending.posting import Arrived, Away, Outcome, Refused
from waits.durations import NS

SHORTEST, LONGEST = NS, 60 * NS
"""Between two attempts."""
SERVER_ERRORS = 3
"""So many in a row mean that the server fails, and not one notice alone."""
TOLD_AGAIN = 60 * NS
"""Refused notices are told of one by one, at most so often."""


OVERSLEPT_S = 2.0
"""Whoever wakes so much later than it wanted to was stopped, and may have been replaced meanwhile."""
HEARD_WITHIN_S = 60.0


class Settled(NamedTuple):
    """What became of some notices of one network."""

    network: str
    keys: tuple[str, ...]
    outcome: Outcome
    at: int
    again_at: int = 0
    """Of one that is away: not before."""


class Told(NamedTuple):
    """What a destination was told since the start, for metrics."""

    sent: int
    repeated: int
    failed: int
    dropped: int
    away: str | None
    """Why it cannot be reached at present."""


def backoff(attempts: int, jitter: float) -> int:
    """How long to wait after so many failures, nanoseconds. `jitter` is from 0 to 1: several observers that lost one
    server do not all come back at one moment.
    """
    whole = min(SHORTEST << min(attempts, 10), LONGEST)
    return whole // 2 + int(whole / 2 * jitter)


class Sender:
    """One destination and its thread."""

    def __init__(
        self,
        notifier: Notifier,
        say: Callable[[str], None] = warn,
        clock: Callable[[], int] = time.time_ns,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`say` takes a sentence for people, from this thread."""
        self.notifier = notifier
        self._say, self._clock, self._jitter = say, clock, jitter
        self._offered: queue.SimpleQueue[tuple[Notice, ...] | None] = queue.SimpleQueue()
        self._settled: dict[str, list[Settled]] = {}
        """By network."""
        self._in_flight: dict[str, int] = {}
        """How often each was tried before."""
        self._broken: Exception | None = None
        self._standing: dict[str, dict[str, Notice]] = {}
        self._heard_at = clock()
        self._last: int | None = None
        self._failures = 0
        self._errors = 0
        """Answers of the server's in a row that say that it failed."""
        self._again_at = 0
        self._sent = self._repeated = self._failed = self._dropped = 0
        self._away: str | None = None
        self._away_since = 0
        self._quiet_until, self._unsaid = 0, 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"to {notifier.name}", daemon=True)

    def start(self) -> None:
        """From here on it sends. Starting it again changes nothing."""
        if self._thread.ident is None:
            self._thread.start()

    # --- for the thread that judges ------------------------------------------------------------------

    def publish(self, network: str, standing: Sequence[Notice]) -> None:
        """What fires now; before anything is offered that follows from it."""
        with self._lock:
            self._standing[network] = {one.alert: one for one in standing}
            self._heard_at = self._clock()
        if self.notifier.repeats and self._last is None:
            self._offered.put(())

    def alive(self) -> None:
        """The loop that judges goes on, though nothing has changed."""
        self._heard_at = self._clock()

    def offer(self, pending: Sequence[Pending]) -> None:
        """To be sent. What is on its way already is left out."""
        fresh = [one for one in pending if one.notice.key not in self._in_flight]
        if fresh:
            self._in_flight.update({one.notice.key: one.attempts for one in fresh})
            self._offered.put(tuple([one.notice for one in fresh]))

    def settled(self, network: str) -> list[Settled]:
        """What became of what was offered of a network, since this was last asked. Raises what the thread died of."""
        if self._broken is not None:
            raise self._broken
        with self._lock:
            found = self._settled.pop(network, [])
        for one in found:
            for key in one.keys:
                self._in_flight.pop(key, None)
        return found

    def has_settled(self, network: str) -> bool:
        """Whether something waits to be taken by `settled`."""
        return self._broken is not None or network in self._settled

    def withdraw(self, network: str) -> None:
        """Say nothing more of a network."""
        with self._lock:
            self._standing.pop(network, None)

    @property
    def told(self) -> Told:
        """What it was told so far."""
        return Told(self._sent, self._repeated, self._failed, self._dropped, self._away)

    def close(self, seconds: float = 2) -> None:
        """Send what is offered, if that is quick, and end."""
        self._offered.put(None)
        if self._thread.is_alive():
            self._thread.join(seconds)

    # --- in its own thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._carry()
        except Exception as error:  # noqa: BLE001 - nobody would see it here: `settled` raises it where it is seen
            self._broken = error

    def _carry(self) -> None:
        ending = False
        while not ending:
            taken = self._taken()
            ending = None in taken
            offered = [one for some in taken if some is not None for one in some]
            if offered:
                self._send(offered)
            if self.notifier.repeats and not ending:
                self._repeat()
        self.notifier.close()

    def _taken(self) -> list[tuple[Notice, ...] | None]:
        """Everything that was offered; waits until there is something, or what fires is due again."""
        wait: float | None = None
        if self.notifier.repeats and self._standing:
            next_at = max(self._again_at, 0 if self._last is None else self._last + EVERY)
            wait = max(0.01, (next_at - self._clock()) / NS)
        taken: list[tuple[Notice, ...] | None] = []
        begun = time.monotonic()
        try:
            taken.append(self._offered.get(timeout=wait))
            while True:
                taken.append(self._offered.get_nowait())
        except queue.Empty:
            if wait is not None and time.monotonic() - begun > wait + OVERSLEPT_S:
                self._until_heard()
            return taken

    def _until_heard(self) -> None:
        """The process was stopped for a while: somebody else may judge now, and what fired then may be over. Whoever
        judges here says first whether it still does.
        """
        woke, deadline = self._clock(), time.monotonic() + HEARD_WITHIN_S
        while self._heard_at <= woke and self._offered.empty() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _send(self, offered: Sequence[Notice]) -> None:
        standing = self._all_standing()
        if self.notifier.repeats:
            late = [one for one in offered if overtaken(one, standing)]
            self._hand_back(late, Arrived())
            known = {one.key for one in late}
            offered = [one for one in offered if one.key not in known]
        left = {one.key: one for one in offered}
        for part, outcome in self.notifier.send(offered, self._clock()):
            for one in part:
                left.pop(one.key)
            self._note(part, outcome)
            self._hand_back(part, outcome)
            if self._away is not None:
                # The others would only wait for the same answer.
                self._hand_back(list(left.values()), outcome)
                return

    def _repeat(self) -> None:
        now = self._clock()
        if now < self._again_at or not due(self._last, now) or not self._standing:
            return
        notices = repeated(list(self._all_standing().values()), now, self._heard_at)
        for part, outcome in self.notifier.send(notices, now):
            self._note(part, outcome, again=True)
            if isinstance(outcome, Away):
                return
        self._last = now

    def _all_standing(self) -> dict[str, Notice]:
        with self._lock:
            return {name: one for found in self._standing.values() for name, one in found.items()}

    def _hand_back(self, notices: Sequence[Notice], outcome: Outcome) -> None:
        if notices:
            now = self._clock()
            again_at = 0
            if isinstance(outcome, Away):
                tried = max(self._in_flight.get(one.key, 0) for one in notices)
                again_at = max(self._again_at, now + backoff(tried, self._jitter()) if outcome.alone else 0)
            with self._lock:
                for network in dict.fromkeys(one.network for one in notices):
                    keys = tuple([one.key for one in notices if one.network == network])
                    self._settled.setdefault(network, []).append(Settled(network, keys, outcome, now, again_at))

    def _note(self, part: Sequence[Notice], outcome: Outcome, *, again: bool = False) -> None:
        """Count, and tell people when it is first away and when it is back."""
        now = self._clock()
        if isinstance(outcome, Away):
            self._failed += 1
            self._errors += outcome.alone
            if outcome.alone and not again and self._errors < SERVER_ERRORS:
                self._complain(part[0], f"{outcome.why}; it is tried again", now)
                return
            self._again_at = now + max(backoff(self._failures, self._jitter()), outcome.after)
            self._failures += 1
            if self._away is None:
                self._away_since = now
                self._say(f"{self.notifier.name}: {outcome.why}; alerts are kept and tried again until it takes them")
            self._away = outcome.why
            return
        if self._away is not None:
            seconds = (now - self._away_since) // NS
            self._say(f"{self.notifier.name}: takes alerts again, after {seconds} s")
        self._away, self._failures, self._errors, self._again_at = None, 0, 0, 0
        if isinstance(outcome, Refused):
            if again:
                # It was told of when it was first refused.
                return
            self._dropped += len(part)
            self._complain(part[0], f"{outcome.why}; it is kept as a dead letter", now)
        elif again:
            self._repeated += len(part)
        else:
            self._sent += len(part)

    def _complain(self, one: Notice, why: str, now: int) -> None:
        if now < self._quiet_until:
            self._unsaid += 1
            return
        more = f"; so it was with {self._unsaid} more before" if self._unsaid else ""
        self._quiet_until, self._unsaid = now + TOLD_AGAIN, 0
        self._say(f"{self.notifier.name}: does not take {one.name}: {why}{more}")


def senders_of(notifiers: Sequence[Notifier], say: Callable[[str], None] = warn) -> Mapping[str, Sender]:
    """A sender for each destination, started; by the destination's id."""
    found = {one.id: Sender(one, say) for one in notifiers}
    for one in found.values():
        one.start()
    return found
