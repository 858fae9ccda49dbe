"""`observer attach`: a recording that is made while the network runs, judged as it is made."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from observer.console import warn
from observer.exits import Exit, Failed
from observer.inventory import Inventory, kept_inventory, settled, written
from observer.judged import JudgedJournal, Schedule
from observer.live.attending import Attached
from observer.live.audience import Audience, Watching
from observer.live.growing import Growing, Resumed
from observer.live.onlookers import OnBoard, OnScreen
from observer.live.recognition import Recognition
from observer.live.session import AtNetwork, Session
from observer.live.storing import VERSIONS, RecordingStore, keep_inventory, resumed, versions
from observer.live.streams import Stream
from observer.rulefiles.reading import builtin_rules, check_parameters, rules_in_force, rules_named
from observer.sources import Said
from observer.stopping import stopping
from observer.waited.asked import condition_asked
from replay.journal import Source
from replay.judgement import judgements, log_rules, log_wait
from replay.recording import Recording
from waits.expression import DEFAULT_PARAMETERS, Scope
from waits.waiting import Limit

TOPIC = "kafka://"
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
    since_ms: int | None = None
    """Of a topic: from this time on, in milliseconds since 1970."""
    until_ms: int | None = None
    to_end: bool = False
    """Whether the end of the topic, as it is now, is where to leave."""
    foreign: str | None = None
    """Of a topic: how records of other shippers are read."""

    @property
    def topic(self) -> str | None:
        """The topic, where a journal in Kafka is attached to. Raises Failed."""
        topics = [one for one in self.sources if one.startswith(TOPIC)]
        if topics and len(self.sources) > 1:
            raise Failed(f"{topics[0]}: a topic holds a whole journal; attach to nothing beside it")
        return topics[0] if topics else None


class Attachment:
    """A recording somebody is attached to."""

    def __init__(self, asked: Asked, audience: Audience, clock: Callable[[], int] = time.time_ns) -> None:
        """Opens the recording, judges what it holds, and finds what is to be followed. Raises Failed."""
        self.asked = asked
        self.clock = clock
        self._audience = audience
        self.attached: Attached | None = None
        fresh = not asked.record.exists()
        self.recording = Recording.attach(asked.record, asked.network or _network(asked.inventory))
        try:
            self.session = self._session()
            audience.begin(self.recording, self.session)
        except BaseException:
            self.recording.abandon()
            if fresh:
                asked.record.unlink(missing_ok=True)
            raise

    def _session(self) -> AtNetwork:
        asked, recording = self.asked, self.recording
        inventory = self._inventory()
        last = recording.last()
        seq = 0 if last is None else last.last_seq
        # Which nodes there are will be seen; only an inventory says it before.
        scope = Scope(DEFAULT_PARAMETERS, None, list(inventory.nodes) or None)
        self._conditions = [condition_asked(one, scope) for one in asked.until]
        file = builtin_rules() if asked.rules is None else rules_named(asked.rules)
        check_parameters(file, inventory, "the inventory")
        begun = [] if last is None else rules_in_force(recording)
        changed = (not judgements(recording) or asked.rules is not None) and log_rules(recording, seq, file.text)
        conditions = list(asked.until)
        self.since = log_wait(recording, seq, [conditions, asked.soft, asked.hard]) if conditions else seq
        recording.set_meta(VERSIONS, versions(recording.meta(VERSIONS)))
        recording.commit()
        schedule = begun or [(0, file.rules)]
        made = self._of_topic if asked.topic is not None else self._of_logs
        session = made(inventory, schedule, None if conditions else resumed(recording))
        if begun and changed:
            session.growing.load([(seq, file.rules)])
        return session

    def _inventory(self) -> Inventory:
        """What is expected of the network. It holds for all of a recording, or its history would be another's."""
        asked, recording = self.asked, self.recording
        kept = kept_inventory(recording)
        if kept is None:
            keep_inventory(recording, asked.inventory or Inventory())
            return asked.inventory or Inventory()
        systems = {source.system for source in recording.sources() if source.system is not None}
        given = asked.inventory or kept
        if written(settled(given, systems)) != written(settled(kept, systems)):
            raise Failed(f"{asked.record}: was made with another inventory; name another file to attach to")
        return kept

    def _of_logs(self, inventory: Inventory, schedule: Schedule, left: Resumed | None) -> AtNetwork:
        asked, recording = self.asked, self.recording
        growing = Growing(recording, inventory, schedule, left, self._audience.step, self._waiting, begin=self.since)
        recognition = Recognition(asked.said, inventory, recording.sources())
        self.attached = Attached(
            asked.sources, recognition, lambda source: recording.incarnations(source.number), tail=asked.tail
        )
        paced_ = _Paced(self.attached, growing, recording)
        return Session(growing, paced_, RecordingStore(recording), self.clock, self._audience)

    def _of_topic(self, inventory: Inventory, schedule: Schedule, left: Resumed | None) -> AtNetwork:
        from observer.broker.address import address_of
        from observer.broker.foreign import mapping_named
        from observer.working.taking import Taking

        assert self.asked.topic is not None  # noqa: S101 - it is what was asked for
        return Taking(
            address_of(self.asked.topic).of(self.asked.network),
            self.recording,
            RecordingStore(self.recording),
            inventory,
            schedule,
            self.clock,
            left,
            self._waiting,
            self._audience.step,
            self._audience,
            None if self.asked.foreign is None else mapping_named(self.asked.foreign),
            begin=self.since,
            since_ms=self.asked.since_ms,
            until_ms=self.asked.until_ms,
        )

    @property
    def _waiting(self) -> Callable[[JudgedJournal], Callable[[], bool]] | None:
        return self._begin if self.asked.until else None

    def _begin(self, judged: JudgedJournal) -> Callable[[], bool]:
        """Begin to wait; what is waited for is looked at after every entry."""
        limits = (self.asked.soft, self.asked.hard)
        waiting = [judged.engine.wait(one, *limits) for one in self._conditions]
        self._decided = lambda: all(one.outcome is not None for one in waiting)
        return lambda: False

    _decided: Callable[[], bool] = staticmethod(lambda: False)

    @property
    def is_decided(self) -> bool:
        """Whether everything that was waited for is, and is committed."""
        return bool(self.asked.until) and self._decided() and self.session.trouble is None

    def run(self, stopped: Callable[[], object]) -> None:
        """Look again and again until stopped, until what is waited for is decided, or until everything has ended."""
        while not stopped() and not self.is_decided and not self._is_over():
            begun = time.monotonic()
            self.session.cycle()
            self._say()
            self._audience.looked(self.session, self.clock())
            spent = time.monotonic() - begun
            if spent < LOOK_EVERY:
                time.sleep(LOOK_EVERY - spent)

    def _say(self) -> None:
        """What there is to know of what was named and found."""
        if self.attached is not None and self.attached.sentences:
            for sentence in self.attached.sentences:
                warn(sentence)
            self.attached.sentences.clear()

    def close(self) -> None:
        """Leave: what is left is committed, and the recording is one file."""
        if self.attached is not None:
            self.attached.close()
        try:
            self.session.close()
        except BaseException:
            # Whoever reads what is printed may have gone. What was committed is whole.
            self.recording.abandon()
            raise
        if self.session.trouble is not None:
            self.recording.abandon()
            raise Failed(
                f"{self.asked.record}: {self.session.trouble}; what was not committed is lost", Exit.ENVIRONMENT
            )
        self.recording.finish()

    def _is_over(self) -> bool:
        """Whether nothing more can come: all there is are pipes, and they were closed, or a topic was to be read to its
        end.
        """
        attached, streams = self.attached, self.session.streams
        if attached is None:
            return self.asked.to_end and bool(getattr(self.session, "is_at_end", False))
        return attached.is_finite and attached.is_settled and all(one.has_ended for one in streams)


def attached_to(asked: Asked) -> int:
    """Attach, until stopped or decided; gives back the exit code."""
    from observer.sending.notifiers import notifiers_of

    notifiers = notifiers_of(asked.notify)
    with stopping() as stopped:
        watching = _watching(asked)
        audience = Audience(notifiers, watching)
        try:
            attachment = Attachment(asked, audience)
            for one in watching:
                if isinstance(one, OnBoard):
                    one.senders, one.outbox = audience.senders, audience.outbox
            try:
                attachment.run(stopped)
            finally:
                attachment.close()
        finally:
            audience.close()
    return _outcome(asked, attachment, interrupted=bool(stopped()))


def _watching(asked: Asked) -> list[Watching]:
    """Who looks on. Raises Failed."""
    from observer.screen.showing import screen_for

    network = asked.network or _network(asked.inventory)
    disk = asked.record.absolute().parent
    found: list[Watching] = [] if asked.metrics is None else [OnBoard(asked.metrics, network, disk)]
    if not asked.json:
        found.append(OnScreen(screen_for(plain=asked.plain), network))
    return found


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

    @property
    def is_recognising(self) -> bool:
        return self._attached.is_recognising

    def arrivals(self, now: int, enter: Callable[[Source], Source]) -> list[Stream]:
        streams = self._attached.arrivals(now, enter)
        if streams and self._growing.judged is None:
            systems = {source.system for stream in streams for source in stream.sources if source.system is not None}
            self._growing.inventory = settled(self._growing.inventory, systems)
            keep_inventory(self._recording, self._growing.inventory)
        return streams


def _network(inventory: Inventory | None) -> str:
    return "network" if inventory is None else inventory.network
