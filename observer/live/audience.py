"""Who is told what came of each look: destinations of alerts, a screen, and whoever asks for figures.

Alerts go through the outbox, which is committed with the transitions they follow from (R27). A screen is shown what was
committed, and never more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from observer.console import warn
from observer.live.session import AtNetwork, Came
from observer.live.storing import Batch
from observer.sending.notifiers import Notifier
from observer.sending.sender import Sender, senders_of
from observer.sending.session import Plan, Sending, forgotten
from observer.sending.stored import StoredOutbox
from replay.journals import span

if TYPE_CHECKING:
    from replay.folding import Step
    from replay.recording import Recording


class Watching(Protocol):
    """Somebody who looks on: a terminal, or the figures for Prometheus."""

    def step(self, step: Step) -> None:
        """An entry that said something has been folded."""
        ...

    def came(self, session: AtNetwork, came: Came) -> None:
        """Something was committed."""
        ...

    def looked(self, session: AtNetwork, now: int) -> None:
        """A look is over, whether or not anything came of it."""
        ...

    def close(self, session: AtNetwork | None) -> None:
        """Nothing more comes."""
        ...


class Audience:
    """Everybody who is told."""

    def __init__(self, notifiers: Sequence[Notifier], watching: Sequence[Watching]) -> None:
        """Destinations of alerts, and those who look on."""
        self._watching = list(watching)
        self._senders = senders_of(notifiers)
        self._outbox: StoredOutbox | None = None
        self._sending: Sending | None = None
        self._session: AtNetwork | None = None
        self._recording: Recording | None = None
        self._rules: object = None
        self._trouble: str | None = None

    def step(self, step: Step) -> None:
        """An entry that said something has been folded."""
        for one in self._watching:
            one.step(step)

    @property
    def senders(self) -> Mapping[str, Sender]:
        """Destinations of alerts."""
        return self._senders

    @property
    def outbox(self) -> StoredOutbox | None:
        """What is on its way to them."""
        return self._outbox

    def begin(self, recording: Recording, session: AtNetwork) -> None:
        """Somebody is attached now."""
        self._session, self._recording = session, recording
        if self._senders:
            self._outbox = StoredOutbox(recording.connection)
            recording.commit()
            for sentence in forgotten(self._outbox, self._senders):
                warn(sentence)
            for sender in self._senders.values():
                sender.start()

    def beside(self, batch: Batch, now: int) -> None:
        """What is to be sent is committed with what it follows from."""
        plan = self._plan(batch, now)
        outbox = self._outbox
        if plan is not None and outbox is not None:
            batch.beside.append(lambda _recording: plan.write(outbox))

    def wakes(self) -> bool:
        """Whether there is something to commit, though the journal has brought nothing."""
        if self._sending is None:
            # What fires already is told again, though nothing comes.
            return bool(self._senders) and self._session is not None and self._session.growing.judged is not None
        return self._sending.wakes()

    def came(self, session: AtNetwork, came: Came) -> None:
        """Something was committed."""
        for one in self._watching:
            one.came(session, came)

    def looked(self, session: AtNetwork, now: int) -> None:
        """A look is over."""
        if session.trouble != self._trouble:
            self._trouble = session.trouble
            warn(f"{session.trouble}; tried again each second" if session.trouble else "what could not be committed is")
        if self._sending is not None and self._outbox is not None and session.trouble is None:
            self._sending.go(self._outbox, now)
        for one in self._watching:
            one.looked(session, now)

    def close(self) -> None:
        """Nothing more comes. What was not sent stays in the outbox for the next time."""
        if self._sending is not None:
            self._sending.leave()
        for sender in self._senders.values():
            sender.close()
        for one in self._watching:
            one.close(self._session)

    def _plan(self, batch: Batch, now: int) -> Plan | None:
        session, outbox = self._session, self._outbox
        judged = None if session is None else session.growing.judged
        if session is None or judged is None or outbox is None or self._recording is None:
            return None
        if self._sending is None:
            began = span(session.growing.tail)[0]
            self._sending = Sending(self._recording.network, self._senders, outbox.kept(), began)
        if self._rules is not session.growing.rules:
            self._rules = session.growing.rules
            self._sending.rules(session.growing.rules, judged.engine.alerts.values())
        lagging = any(stream.follower.behind for stream in session.streams)
        at = session.growing.tail.last_at if lagging else max(now, session.growing.tail.last_at)
        return self._sending.prepare(batch.transitions, at, now)
