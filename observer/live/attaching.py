"""`observer attach`: a recording that is made while the network runs, judged as it is made."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from observer.exits import Exit, Failed
from observer.inventory import Inventory, kept_inventory, paced, written
from observer.judged import JudgedJournal
from observer.live.attending import Attached
from observer.live.audience import Audience, Watching
from observer.live.growing import Growing
from observer.live.recognition import Recognition
from observer.live.session import Session
from observer.live.storing import RecordingStore, resumed
from observer.live.streams import Stream
from observer.rulefiles.reading import builtin_rules, check_parameters, rules_in_force, rules_named
from observer.sources import Said
from observer.waited.asked import condition_asked
from replay.importing import settings_of
from replay.journal import Source
from replay.judgement import judgements, log_rules, log_wait
from replay.recording import Recording
from replay.redaction import NoRedaction
from waits.waiting import Limit

LOOK_EVERY = 0.02
"""Seconds between two looks (R6)."""


class Asked(NamedTuple):
    """What the command was given."""

    sources: Sequence[str]
    record: Path
    network: str | None = None
    said: Said = Said()
    inventory: Inventory | None = None
    rules: str | None = None
    until: Sequence[str] = ()
    soft: Limit | None = None
    hard: Limit | None = None
    strict: bool = False
    tail: bool = False
    notify: Sequence[str] = ()
    metrics: str | None = None
    plain: bool = False
    json: bool = False


class Attachment:
    """A recording somebody is attached to."""

    def __init__(self, asked: Asked, audience: Audience, clock: Callable[[], int] = time.time_ns) -> None:
        """Opens the recording, judges what it holds, and finds what is to be followed. Raises Failed."""
        self.asked = asked
        self.clock = clock
        self._audience = audience
        self.recording = Recording.attach(asked.record, asked.network or _network(asked.inventory))
        try:
            self.session = self._session()
            audience.begin(self.recording, self.session)
        except BaseException:
            self.recording.abandon()
            raise

    def _session(self) -> Session:
        asked, recording = self.asked, self.recording
        kept = kept_inventory(recording)
        inventory = asked.inventory or kept or Inventory()
        if kept is None or asked.inventory is not None:
            _keep_inventory(recording, inventory)
        last = recording.last()
        seq = 0 if last is None else last.last_seq
        file = builtin_rules() if asked.rules is None else rules_named(asked.rules)
        check_parameters(file, inventory, "the inventory")
        begun = [] if last is None else rules_in_force(recording)
        changed = (not judgements(recording) or asked.rules is not None) and log_rules(recording, seq, file.text)
        conditions = list(asked.until)
        begin = log_wait(recording, seq, [conditions, asked.soft, asked.hard]) if conditions else seq
        recording.commit()
        self.since = begin
        growing = Growing(
            recording,
            inventory,
            begun or [(0, file.rules)],
            None if conditions else resumed(recording),
            begun=self._begin if conditions else None,
            begin=begin,
        )
        if begun and changed:
            growing.load([(seq, file.rules)])
        sources = recording.sources()
        self._recognition = Recognition(asked.said, inventory, sources)
        self.attached = Attached(
            asked.sources, self._recognition, lambda source: recording.incarnations(source.number), tail=asked.tail
        )
        return Session(
            growing,
            _Paced(self.attached, growing, recording),
            RecordingStore(recording),
            self.clock,
            time.sleep,
            self._audience,
        )

    def _begin(self, judged: JudgedJournal) -> Callable[[], bool]:
        """Begin to wait; what is waited for is looked at after every entry."""
        limits = (self.asked.soft, self.asked.hard)
        conditions = [condition_asked(one, judged.scope) for one in self.asked.until]
        waiting = [judged.engine.wait(one, *limits) for one in conditions]
        self._decided = lambda: all(one.outcome is not None for one in waiting)
        return lambda: False

    _decided: Callable[[], bool] = staticmethod(lambda: False)

    @property
    def is_decided(self) -> bool:
        """Whether everything that was waited for is, and is committed."""
        return bool(self.asked.until) and self._decided() and self.session.trouble is None

    def run(self, stopped: Callable[[], bool]) -> None:
        """Look again and again until stopped, until what is waited for is decided, or until everything has ended."""
        while not stopped() and not self.is_decided and not self._is_over():
            begun = time.monotonic()
            self.session.cycle()
            self._audience.looked(self.session, self.clock())
            spent = time.monotonic() - begun
            if spent < LOOK_EVERY:
                time.sleep(LOOK_EVERY - spent)

    def close(self) -> None:
        """Leave: what is left is committed, and the recording is one file."""
        self.attached.close()
        self.session.close()
        if self.session.trouble is not None:
            self.recording.abandon()
            raise Failed(
                f"{self.asked.record}: {self.session.trouble}; what was not committed is lost", Exit.ENVIRONMENT
            )
        self.recording.finish()

    def _is_over(self) -> bool:
        """Whether all there is are pipes, and they were closed."""
        attached, streams = self.attached, self.session.streams
        return attached.is_finite and attached.is_settled and all(one.has_ended for one in streams)


def attached_to(asked: Asked) -> int:
    """Attach, until stopped or decided; gives back the exit code."""
    from observer.sending.notifiers import notifiers_of

    audience = Audience(notifiers_of(asked.notify), watching(asked))
    with stopping() as stopped:
        attachment = Attachment(asked, audience)
        try:
            attachment.run(stopped)
        finally:
            attachment.close()
            audience.close()
    return _outcome(asked, attachment, interrupted=stopped())


def watching(asked: Asked) -> list[Watching]:
    """Who looks on."""
    return []


def _outcome(asked: Asked, attachment: Attachment, *, interrupted: bool) -> int:
    """What the recording says of what was waited for: live and replay are one program."""
    from observer.console import say_json_line
    from observer.snapshot import time_of
    from observer.times import written as moment_written
    from observer.waited.show import show_waits
    from observer.waited.waits import Terms, wait_for, worst

    if not asked.until:
        return Exit.INTERRUPTED if interrupted else Exit.OK
    with Recording.open_to_read(asked.record) as recording:
        if recording.last() is None:
            return Exit.UNKNOWN
        since = None
        if attachment.since:
            at = time_of(recording, attachment.since)
            since = None if at is None else moment_written(at)
        found = wait_for(recording, asked.until, Terms(asked.soft, asked.hard, since, strict=asked.strict))
    if asked.json:
        for one in found:
            say_json_line(one)
    else:
        show_waits(found)
    if interrupted and not attachment.is_decided:
        return Exit.INTERRUPTED
    return worst([one.exit for one in found])


class _Paced:
    """Streams as they appear; with the first of them it is settled how long a node may be silent."""

    def __init__(self, attached: Attached, growing: Growing, recording: Recording) -> None:
        self._attached = attached
        self._growing = growing
        self._recording = recording

    def arrivals(self, now: int, enter: Callable[[Source], Source]) -> list[Stream]:
        streams = self._attached.arrivals(now, enter)
        if streams and self._growing.judged is None:
            systems = {source.system for stream in streams for source in stream.sources if source.system is not None}
            inventory = paced(self._growing.inventory, systems)
            if inventory is not self._growing.inventory:
                self._growing.inventory = inventory
                _keep_inventory(self._recording, inventory)
        return streams


def _keep_inventory(recording: Recording, inventory: Inventory) -> None:
    text = written(inventory)
    recording.set_meta("inventory", text)
    recording.set_meta("settings", {**settings_of(text, NoRedaction()), "year": None})
    recording.commit()


def _network(inventory: Inventory | None) -> str:
    return "network" if inventory is None else inventory.network


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Whether somebody asked to stop, by Ctrl-C or SIGTERM. The second time it is at once."""
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
