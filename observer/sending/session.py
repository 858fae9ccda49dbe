"""Sending, as the loop that judges uses it: what to call inside a commit, and what after it.

One `Sending` is one network's. The senders may be shared by several networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from observer.console import warn
from observer.sending.deciding import Ledger, decide, reloaded, standing
from observer.sending.notices import Notice
from observer.sending.outbox import Outbox
from observer.sending.posting import Arrived, Away
from observer.sending.sender import Sender, Settled
from waits.alerts import Alert, Transition
from waits.durations import NS
from waits.rules import Rule

AT_ONCE = 100
"""Notices that are on their way to one destination at a time."""
KEPT_FOR = 7 * 24 * 3600 * NS
"""What was sent stays in the outbox for so long, for whoever asks."""
ASKED_EVERY = NS
_LEDGER = msgspec.msgpack.Decoder(Ledger)
_ENCODER = msgspec.msgpack.Encoder()


def encoded(ledger: Ledger) -> bytes:
    """A ledger as an outbox keeps it."""
    return _ENCODER.encode(ledger)


def decoded(ledger: bytes | None) -> Ledger:
    """A ledger that was kept; an empty one where none was."""
    return Ledger() if ledger is None else _LEDGER.decode(ledger)


class Sending:
    """What is sent of one network."""

    def __init__(
        self,
        network: str,
        outbox: Outbox,
        senders: Mapping[str, Sender],
        begun_at: int,
        say: Callable[[str], None] = warn,
    ) -> None:
        """Goes on with what the outbox keeps. `begun_at` is the journal time of the network's first entry."""
        self.network = network
        self.ledger = decoded(outbox.kept())
        self._outbox = outbox
        self._senders = senders
        self._begun_at = begun_at
        self._rules: dict[str, Rule] = {}
        self._open = True
        self._new = True
        """Whether something was put, or may be there from before."""
        self._published: Ledger | None = None
        self._due: dict[str, int | None] = dict.fromkeys(senders, 0)
        self._asked_at = 0
        self._pruned_at = 0
        for to in outbox.destinations():
            if to not in senders:
                say(f"{to.partition('~')[0]}: alerts of {network} wait for it, and it is not among --notify any more")

    # --- inside a commit -----------------------------------------------------------------------------

    def rules(self, rules: Iterable[Rule], alerts: Iterable[Alert]) -> None:
        """Which rules are in force from here on, and the engine's alerts, with what was restored. Belongs into the
        commit of their first transitions, before `judged`.
        """
        self._keep(reloaded(self.ledger, alerts))
        self._open = True
        self._rules = {rule.name: rule for rule in rules}

    def judged(self, transitions: Sequence[Transition], at: int, now: int) -> list[Notice]:
        """What the journal has brought up to `at`; gives what is put into the outbox. Call it whenever there are
        transitions, and else when `wakes` says so.
        """
        if not transitions and not self._open:
            return []
        ledger, notices, self._open = decide(
            self.ledger, transitions, network=self.network, rules=self._rules, at=at, now=now
        )
        for to in self._senders:
            if notices:
                self._outbox.put(to, notices)
        self._new = self._new or bool(notices)
        self._keep(ledger)
        return notices

    def _keep(self, ledger: Ledger) -> None:
        if ledger is not self.ledger:
            self.ledger = ledger
            self._outbox.keep(encoded(ledger))

    def settle(self, now: int) -> None:
        """Write down what became of what was sent."""
        for to, sender in self._senders.items():
            for one in sender.settled():
                self._settle(to, one)
        if now >= self._pruned_at + KEPT_FOR // 24:
            self._pruned_at = now
            self._outbox.prune(now - KEPT_FOR)

    def _settle(self, to: str, one: Settled) -> None:
        self._new = True
        if isinstance(one.outcome, Arrived):
            self._outbox.done(to, one.keys, one.at)
        elif isinstance(one.outcome, Away):
            self._outbox.failed(to, one.keys, one.outcome.why, one.again_at)
        else:
            self._outbox.dropped(to, one.keys, one.outcome.why, one.at)

    # --- after it ------------------------------------------------------------------------------------

    def wakes(self) -> bool:
        """Whether there is something to commit although the journal has brought nothing."""
        return self._open or any(sender.has_settled for sender in self._senders.values())

    def go(self, now: int) -> None:
        """Hand over what has been committed. Costs nothing where nothing is to be sent."""
        if self._published is not self.ledger:
            self._published = self.ledger
            found = standing(self.ledger, self.network, self._begun_at)
            for sender in self._senders.values():
                sender.publish(self.network, found)
        for to, sender in self._senders.items():
            sender.alive()
            due = self._due[to]
            if not self._new and (due is None or due > now or now < self._asked_at + ASKED_EVERY):
                continue
            sender.offer(self._outbox.pending(to, now, AT_ONCE))
            self._due[to] = self._outbox.due(to)
        if self._new or now >= self._asked_at + ASKED_EVERY:
            self._asked_at = now
        self._new = False
