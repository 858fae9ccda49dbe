"""Reading figures off a network that is being judged. Nothing is played anew, and a network of 20 nodes takes a few
milliseconds.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from observer.judged import JudgedJournal
from observer.metrics.figures import (
    AlertFigures,
    DestinationFigures,
    DiskFigures,
    NetworkFigures,
    NodeFigures,
    SourceFigures,
    StageFigures,
)
from observer.sending.outbox import Counts
from observer.sending.sender import Sender
from observer.snapshot import active_of
from replay.journal import Role, Source
from replay.recording import Heard
from state import views
from state.clock_views import clock_of
from state.ordered import ordered
from state.report_views import boundaries_of, courses_of
from state.snapshot import NetworkState
from waits.alerts import State
from waits.engine import Engine
from waits.sight import Attachment, Ear


def network_figures(  # noqa: PLR0913 - where each of them is known
    network: str,
    judged: JudgedJournal,
    heard: Mapping[int, Heard],
    now: int,
    behind: Mapping[int, int] | None = None,
    duplicates: Mapping[int, int] | None = None,
) -> NetworkFigures:
    """The figures of one network. `heard` is what has come from each source, `behind` the bytes of each that are known
    to be there and are not read yet, `duplicates` the lines of each that were dropped; all by the source's number.
    """
    engine, state = judged.engine, judged.player.state
    return NetworkFigures(
        network=network,
        sequence=judged.player.folding.seq,
        at=max((one.last_at for one in heard.values()), default=engine.at),
        events=judged.player.folding.events,
        sources=tuple(_sources(judged, heard, now, behind or {}, duplicates or {})),
        nodes=tuple(_nodes(engine, state)),
        reports=tuple(_stages(judged, state)),
        alerts=tuple(_alerts(engine)),
        blind=sum(one.kept.blind_since is not None or not one.kept.observed for one in engine.alerts.values()),
    )


def _sources(
    judged: JudgedJournal,
    heard: Mapping[int, Heard],
    now: int,
    behind: Mapping[int, int],
    duplicates: Mapping[int, int],
) -> list[SourceFigures]:
    tallies = judged.player.folding.tallies()
    found = []
    for source in judged.player.sources:
        ear = judged.engine.view.ears.get(source.number)
        came = heard.get(source.number, Heard(0, 0, 0))
        tally = tallies.get(source.number)
        found.append(
            SourceFigures(
                node=source.node,
                stream=source.stream,
                state=_stands(source, ear),
                lag_ns=_lag(ear, now),
                behind_bytes=behind.get(source.number, 0),
                lines=came.lines,
                raw_bytes=came.raw_bytes,
                read=0 if tally is None else tally.claimed,
                malformed=0 if tally is None else sum(tally.malformed.values()),
                gaps=0 if ear is None else ear.gaps,
                duplicates=duplicates.get(source.number, 0),
            )
        )
    return found


def _stands(source: Source, ear: Ear | None) -> str:
    if ear is None:
        # What no parser reads is not listened to, and is followed all the same.
        return Attachment.ATTACHED.value if source.role is Role.UNREAD else Attachment.LOST.value
    return ear.attachment.value


def _lag(ear: Ear | None, now: int) -> int:
    if ear is None or ear.attachment in (Attachment.ATTACHED, Attachment.ENDED) or not ear.since:
        return 0
    return max(0, now - ear.since)


def _nodes(engine: Engine, state: NetworkState) -> list[NodeFigures]:
    found = []
    for name in engine.graph.roster:
        current = engine.graph.heard(name)
        clock = [(number, one.sequence) for number, one in ordered(clock_of(state, name))]
        found.append(
            NodeFigures(
                name,
                views.height(state, name) if current else None,
                views.connections(state, name) if current else None,
                tuple(clock) if current else (),
            )
        )
    return found


def _stages(judged: JudgedJournal, state: NetworkState) -> list[StageFigures]:
    active = active_of(state, judged.inventory)
    counts: Counter[str] = Counter()
    oldest: dict[str, int] = {}
    for number, mine in ordered(state.reports):
        for one in boundaries_of(courses_of(number, mine, active)):
            if one.open:
                stage = one.best.stage.value
                counts[stage] += 1
                oldest[stage] = min(oldest.get(stage, one.since.at), one.since.at)
    return [StageFigures(stage, counts[stage], oldest[stage]) for stage in sorted(counts)]


def _alerts(engine: Engine) -> list[AlertFigures]:
    counts = Counter(
        (one.rule.name, one.rule.severity, one.kept.state)
        for one in engine.alerts.values()
        if one.state is not State.INACTIVE
    )
    return [AlertFigures(*key, count) for key, count in sorted(counts.items())]


def disk_figures(path: Path) -> DiskFigures | None:
    """The file system that a recording is on; None where it cannot be asked."""
    try:
        found = shutil.disk_usage(path)
    except OSError:
        return None
    return DiskFigures(found.free, found.total)


def destination_figures(senders: Sequence[Sender], counts: Mapping[str, Counts]) -> tuple[DestinationFigures, ...]:
    """The figures of destinations; `counts` is what the outbox says of each, by its id."""
    found = []
    for sender in senders:
        told, stands = sender.told, counts.get(sender.notifier.id)
        found.append(
            DestinationFigures(
                sender.notifier.id,
                0 if stands is None else stands.pending,
                None if stands is None else stands.oldest,
                told.sent,
                told.repeated,
                told.failed,
                told.dropped,
                told.away is not None,
            )
        )
    return tuple(found)
