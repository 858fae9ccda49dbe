"""Sending, as the loop that judges uses it: what to prepare for a commit, and what to do after it.

`prepare` decides and gives a `Plan`, which is written in the transaction of the transitions that it follows from, again
if that had to be rolled back. `go` hands over what was committed. One `Sending` is one network's; the senders may be
shared by several.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from observer.sending.deciding import Ledger, decide, reloaded, standing
from observer.sending.notices import Notice
from observer.sending.outbox import Outbox, Pending
from observer.sending.posting import Arrived, Away
from observer.sending.sender import Sender, Settled
from waits.alerts import Alert, Transition
from waits.durations import NS
from waits.rules import Rule

AT_ONCE = 100
"""Notices that are on their way to one destination at a time."""
KEPT_FOR = 7 * 24 * 3600 * NS
"""What was sent stays in the outbox for so long, for whoever asks."""
PRUNED_EVERY = 3600 * NS
ASKED_EVERY = NS
_LEDGER = msgspec.msgpack.Decoder(Ledger)
_ENCODER = msgspec.msgpack.Encoder()


def encoded(ledger: Ledger) -> bytes:
    """A ledger as an outbox keeps it."""
    return _ENCODER.encode(ledger)


def decoded(ledger: bytes | None) -> Ledger:
    """A ledger that was kept; an empty one where none was."""
    return Ledger() if ledger is None else _LEDGER.decode(ledger)


@dataclass(slots=True)
class Plan:
    """What a commit is to write into an outbox. Writing it twice is writing it once."""

    notices: list[Notice] = field(default_factory=list)
    destinations: tuple[str, ...] = ()
    """Each of them is to be told all of it."""
    ledger: bytes | None = None
    """None where it stays as it is."""
    settled: list[tuple[str, Settled]] = field(default_factory=list)
    prune_before: int | None = None

    def __bool__(self) -> bool:
        return bool(self.notices or self.ledger is not None or self.settled or self.prune_before is not None)

    def write(self, outbox: Outbox) -> None:
        """Write it, in the caller's transaction."""
        if self.notices:
            for to in self.destinations:
                outbox.put(to, self.notices)
        if self.ledger is not None:
            outbox.keep(self.ledger)
        for to, one in self.settled:
            if isinstance(one.outcome, Arrived):
                outbox.done(to, one.keys, one.at)
            elif isinstance(one.outcome, Away):
                outbox.failed(to, one.keys, one.outcome.why, one.again_at)
            else:
                outbox.dropped(to, one.keys, one.outcome.why, one.at)
        if self.prune_before is not None:
            outbox.prune(self.prune_before)


class Sending:
    """What is sent of one network."""

    def __init__(self, network: str, senders: Mapping[str, Sender], ledger: bytes | None, begun_at: int) -> None:
        """Goes on with the ledger that the outbox keeps. `begun_at` is the journal time of the network's first entry;
        the senders are by their destinations' ids.
        """
        self.network = network
        self.ledger = decoded(ledger)
        self._senders = senders
        self._begun_at = begun_at
        self._rules: dict[str, Rule] = {}
        self._unkept = False
        self._open = True
        self._published: Ledger | None = None
        self._due: dict[str, int | None] = dict.fromkeys(senders, 0)
        """When each outbox has something to give; what is there from before may be due at once."""
        self._asked_at = 0
        self._pruned_at: int | None = None

    # --- for a commit --------------------------------------------------------------------------------

    def rules(self, rules: Iterable[Rule], alerts: Iterable[Alert]) -> None:
        """Which rules are in force from here on, and the engine's alerts, with what was restored. Comes before
        `prepare` of their first transitions.
        """
        self._rules = {rule.name: rule for rule in rules}
        self._put(reloaded(self.ledger, alerts))
        self._open = True

    def _put(self, ledger: Ledger) -> None:
        if ledger is not self.ledger:
            self.ledger, self._unkept = ledger, True

    def wakes(self) -> bool:
        """Whether there is something to commit although the journal has brought nothing: ask `prepare` then."""
        return self._open or self._unkept or any(one.has_settled(self.network) for one in self._senders.values())

    def prepare(self, transitions: Sequence[Transition], at: int, now: int) -> Plan:
        """What to write with these transitions. `at` is the journal time that has been reached: `now` itself where
        every source is read to its end and nothing has come. It is certain to be committed, be it later: what is
        prepared next builds on it.
        """
        plan = Plan(destinations=tuple(self._senders))
        if transitions or self._open:
            ledger, plan.notices, self._open = decide(
                self.ledger, transitions, network=self.network, rules=self._rules, at=at, now=now
            )
            self._put(ledger)
        if self._unkept:
            plan.ledger, self._unkept = encoded(self.ledger), False
        for to, sender in self._senders.items():
            plan.settled += [(to, one) for one in sender.settled(self.network)]
            if plan.notices or any(to == other for other, _one in plan.settled):
                self._due[to] = 0
        if self._pruned_at is None or now >= self._pruned_at + PRUNED_EVERY:
            self._pruned_at, plan.prune_before = now, now - KEPT_FOR
        return plan

    # --- after it ------------------------------------------------------------------------------------

    def go(self, outbox: Outbox, now: int) -> None:
        """Hand over what has been committed, which all that was prepared must be. Belongs into every turn of the loop,
        and costs nothing where nothing is to be sent.
        """
        self.publish()
        for to in self.asks(now):
            self.offer(to, outbox.pending(to, now, AT_ONCE), outbox.due(to))

    def publish(self) -> None:
        """What fires, for those who are told again and again; and that the loop goes on."""
        if self._published is not self.ledger:
            self._published = self.ledger
            found = standing(self.ledger, self.network, self._begun_at)
            for sender in self._senders.values():
                sender.publish(self.network, found)
        for sender in self._senders.values():
            sender.alive()

    def asks(self, now: int) -> list[str]:
        """The destinations for which the outbox may have something to send now."""
        found = [to for to, due in self._due.items() if due == 0]
        if now >= self._asked_at + ASKED_EVERY:
            self._asked_at = now
            found = [to for to, due in self._due.items() if due is not None and due <= now]
        return found

    def offer(self, to: str, pending: Sequence[Pending], due: int | None) -> None:
        """What the outbox has for one destination, and when it has more."""
        self._senders[to].offer(pending)
        self._due[to] = None if due is None else max(due, 1)

    def leave(self) -> None:
        """The network is watched by somebody else from now on: nothing more is said of it here."""
        for sender in self._senders.values():
            sender.withdraw(self.network)


def forgotten(outbox: Outbox, senders: Mapping[str, Sender]) -> list[str]:
    """Sentences about destinations that alerts wait for, and that are not given any more."""
    return [
        f"{to.partition('~')[0]}: alerts wait for it, and it is no longer given; give it again with --notify"
        for to in outbox.destinations()
        if to not in senders
    ]
