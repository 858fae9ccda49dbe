"""The table of metrics: their names, what they say, and how each is read off the figures.

Whoever can reach a node writes names into its log, so the number of series is bounded: of nodes beyond `MOST_NODES` and
of series beyond `MOST_SERIES` in a family, what can be added up is one series named `OTHERS`, and the rest is left out
and counted.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from observer.metrics.figures import Figures, NetworkFigures
from observer.sending.notices import label_of
from waits.durations import NS

MOST_NODES = 200
MOST_SERIES = 1000
OTHERS = "(others)"
LEFT_OUT = "observer_series_left_out"
STATES = ("attached", "lagging", "lost", "ended")

Row: TypeAlias = tuple[tuple[str, ...], float]
"""(values of the labels, value)"""


class Kind(enum.Enum):
    """What Prometheus calls it."""

    GAUGE = "gauge"
    COUNTER = "counter"


@dataclass(frozen=True)
class Family:
    """One metric."""

    name: str
    """Of a counter without its `_total`."""
    kind: Kind
    text: str
    labels: tuple[str, ...]
    rows: Callable[[Figures], Iterable[Row]]
    adds_up: bool = True
    """Whether the sum of several series means something."""

    @property
    def shown(self) -> str:
        """Its name as it is scraped."""
        return f"{self.name}_total" if self.kind is Kind.COUNTER else self.name


class Series(NamedTuple):
    """A family's series, bounded."""

    rows: list[Row]
    left_out: int


def series_of(family: Family, figures: Figures) -> Series:
    """The series of a family, in order; never two with the same labels, and never too many."""
    found: dict[tuple[str, ...], float] = {}
    kept = _nodes_kept(family, figures)
    left_out = 0
    for given, value in family.rows(figures):
        labels = tuple([label_of(one) for one in given])
        place = family.labels.index("node") if "node" in family.labels else None
        crowded = place is not None and labels[place] not in kept
        if crowded or (labels not in found and len(found) >= MOST_SERIES):
            left_out += 1
            if not family.adds_up:
                continue
            # Only the network stays told apart: of networks there are few.
            labels = tuple(
                [one if name == "network" else OTHERS for name, one in zip(family.labels, labels, strict=True)]
            )
        found[labels] = found.get(labels, 0) + value if family.adds_up else max(found.get(labels, value), value)
    return Series(sorted(found.items()), left_out)


def _nodes_kept(family: Family, figures: Figures) -> set[str]:
    if "node" not in family.labels:
        return set()
    names = {label_of(one.node) for network in figures.networks for one in network.nodes}
    names |= {label_of(one.node) for network in figures.networks for one in network.sources}
    return set(sorted(names)[:MOST_NODES])


def _networks(
    rows: Callable[[NetworkFigures, int], Iterator[Row]],
) -> Callable[[Figures], Iterator[Row]]:
    """Rows of each network, with its name in front."""

    def every(figures: Figures) -> Iterator[Row]:
        for one in figures.networks:
            for labels, value in rows(one, figures.at):
                yield (one.network, *labels), value

    return every


def _of_network(value: Callable[[NetworkFigures, int], float]) -> Callable[[Figures], Iterator[Row]]:
    def rows(one: NetworkFigures, now: int) -> Iterator[Row]:
        yield (), value(one, now)

    return _networks(rows)


def _sources(name: str, scale: float = 1) -> Callable[[Figures], Iterator[Row]]:
    def rows(one: NetworkFigures, _now: int) -> Iterator[Row]:
        for source in one.sources:
            yield (source.node, source.stream), getattr(source, name) * scale

    return _networks(rows)


def _source_states(one: NetworkFigures, _now: int) -> Iterator[Row]:
    for source in one.sources:
        for state in STATES:
            yield (source.node, source.stream, state), float(source.state == state)


def _sources_by_state(one: NetworkFigures, _now: int) -> Iterator[Row]:
    for state in STATES:
        yield (state,), sum(source.state == state for source in one.sources)


def _nodes(name: str) -> Callable[[Figures], Iterator[Row]]:
    def rows(one: NetworkFigures, _now: int) -> Iterator[Row]:
        for node in one.nodes:
            value = getattr(node, name)
            if value is not None:
                yield (node.node,), value

    return _networks(rows)


def _clocks(one: NetworkFigures, _now: int) -> Iterator[Row]:
    for node in one.nodes:
        for originator, sequence in node.clock:
            yield (node.node, str(originator)), sequence


def _reports(one: NetworkFigures, _now: int) -> Iterator[Row]:
    for stage in one.reports:
        yield (stage.stage,), stage.reports


def _report_ages(one: NetworkFigures, now: int) -> Iterator[Row]:
    for stage in one.reports:
        if stage.reports:
            yield (stage.stage,), max(0, now - stage.oldest_at) / NS


def _alerts(one: NetworkFigures, _now: int) -> Iterator[Row]:
    for alert in one.alerts:
        yield (alert.alertname, alert.severity, alert.state), alert.alerts


def _destinations(name: str) -> Callable[[Figures], Iterator[Row]]:
    def rows(figures: Figures) -> Iterator[Row]:
        for one in figures.destinations:
            yield (one.name,), float(getattr(one, name))

    return rows


def _oldest(figures: Figures) -> Iterator[Row]:
    for one in figures.destinations:
        yield (one.name,), 0.0 if one.oldest_at is None else max(0, figures.at - one.oldest_at) / NS


def _work(name: str) -> Callable[[Figures], Iterator[Row]]:
    def rows(figures: Figures) -> Iterator[Row]:
        if figures.work is not None:
            yield (), float(getattr(figures.work, name))

    return rows


def _lags(figures: Figures) -> Iterator[Row]:
    for partition, lag in () if figures.work is None else figures.work.lags:
        yield (str(partition),), lag


G, C = Kind.GAUGE, Kind.COUNTER
NETWORK = ("network",)
SOURCE = ("network", "node", "stream")
NODE = ("network", "node")
TO = ("destination",)

FAMILIES: tuple[Family, ...] = (
    # The observer itself.
    Family(
        "observer_loop_timestamp_seconds",
        G,
        "When the loop that judges last published figures. What is old hangs.",
        (),
        lambda figures: [((), figures.at / NS)],
    ),
    Family(
        "observer_commit_failing",
        G,
        "1 while nothing can be committed: the disk is full, the database or the broker is away.",
        (),
        lambda figures: [((), float(figures.trouble is not None))],
    ),
    Family(
        "observer_disk_free_bytes",
        G,
        "Room that is left where the journal is written, if that is a file.",
        (),
        lambda figures: [] if figures.disk is None else [((), figures.disk.free_bytes)],
    ),
    Family(
        "observer_disk_size_bytes",
        G,
        "Size of the file system where the journal is written.",
        (),
        lambda figures: [] if figures.disk is None else [((), figures.disk.total_bytes)],
    ),
    Family(
        "observer_journal_entries",
        C,
        "Entries of the journal of a network.",
        NETWORK,
        _of_network(lambda one, _now: one.sequence),
    ),
    Family(
        "observer_journal_age_seconds",
        G,
        "How long ago the last entry of the journal was.",
        NETWORK,
        _of_network(lambda one, now: max(0, now - one.at) / NS),
        adds_up=False,
    ),
    Family(
        "observer_events",
        C,
        "Events that were read from the journal.",
        NETWORK,
        _of_network(lambda one, _now: one.events),
    ),
    # A worker and its partitions.
    Family(
        "observer_partition_lag_records",
        G,
        "Records of a partition that are there and have not been taken, by the worker that it belongs to.",
        ("partition",),
        _lags,
    ),
    Family("observer_records", C, "Records taken, since the worker was started.", (), _work("records")),
    Family(
        "observer_records_dead",
        C,
        "Records that could not be read, since the worker was started.",
        (),
        _work("dead"),
    ),
    Family("observer_ticks", C, "Ticks sent, since the worker was started.", (), _work("ticks")),
    Family(
        "observer_commits_refused",
        C,
        "Commits that came to nothing, as another worker had taken over, since the worker was started.",
        (),
        _work("refused"),
    ),
    # Sources.
    Family(
        "observer_sources",
        G,
        "Sources by how they stand: attached, lagging, lost, ended.",
        (*NETWORK, "state"),
        _networks(_sources_by_state),
    ),
    Family(
        "observer_source_state",
        G,
        "1 for the state in which a source stands.",
        (*SOURCE, "state"),
        _networks(_source_states),
        adds_up=False,
    ),
    Family(
        "observer_source_lag_seconds",
        G,
        "For how long a source has not been read to its end; 0 where it is.",
        SOURCE,
        _sources("lag_ns", 1 / NS),
        adds_up=False,
    ),
    Family(
        "observer_source_behind_bytes",
        G,
        "Bytes of a source that are known to be there and are not read yet.",
        SOURCE,
        _sources("behind_bytes"),
    ),
    Family("observer_source_lines", C, "Lines of a source in the journal.", SOURCE, _sources("lines")),
    Family("observer_source_bytes", C, "Bytes of a source in the journal.", SOURCE, _sources("raw_bytes")),
    Family(
        "observer_source_lines_read",
        C,
        "Lines of a source that were a statement, since the observer was started.",
        SOURCE,
        _sources("read"),
    ),
    Family(
        "observer_source_lines_malformed",
        C,
        "Lines of a source that were recognised and could not be read, since the observer was started.",
        SOURCE,
        _sources("malformed"),
    ),
    Family(
        "observer_source_duplicates",
        C,
        "Lines of a source that came again and were dropped, since the observer was started.",
        SOURCE,
        _sources("duplicates"),
    ),
    Family("observer_source_gaps", C, "Parts of a source that are missing.", SOURCE, _sources("gaps")),
    # Alerts.
    Family(
        "observer_alerts",
        G,
        "Alerts by rule and by how they stand: pending or firing. Incidents are among them.",
        (*NETWORK, "alertname", "severity", "alertstate"),
        _networks(_alerts),
    ),
    Family(
        "observer_alerts_blind",
        G,
        "Alerts that cannot be judged, as the logs do not show what they need.",
        NETWORK,
        _of_network(lambda one, _now: one.blind),
    ),
    Family("observer_outbox_pending", G, "Notices that wait for a destination.", TO, _destinations("pending")),
    Family(
        "observer_outbox_oldest_seconds",
        G,
        "How long ago the first notice that waits for a destination was decided on; 0 where none waits.",
        TO,
        _oldest,
        adds_up=False,
    ),
    Family("observer_destination_away", G, "1 while a destination cannot be reached.", TO, _destinations("away")),
    Family("observer_notices_sent", C, "Notices that a destination has acknowledged.", TO, _destinations("sent")),
    Family(
        "observer_notices_repeated",
        C,
        "Alerts that a destination was told again as they go on firing.",
        TO,
        _destinations("repeated"),
    ),
    Family("observer_sends_failed", C, "Requests to a destination that failed.", TO, _destinations("failed")),
    Family(
        "observer_notices_dropped",
        C,
        "Notices that a destination refused for good: dead letters.",
        TO,
        _destinations("dropped"),
    ),
    # The network.
    Family(
        "observer_node_height", G, "Height of a node's chain, where its log shows it.", NODE, _nodes("height"), False
    ),
    Family(
        "observer_node_connections",
        G,
        "Open connections of a node, where its log shows them.",
        NODE,
        _nodes("connections"),
    ),
    Family(
        "observer_clock_sequence",
        G,
        "How far a node is known to have followed an originator: at least.",
        (*NODE, "originator"),
        _networks(_clocks),
        adds_up=False,
    ),
    Family(
        "observer_reports",
        G,
        "Open payer reports by the stage that they stand at.",
        (*NETWORK, "stage"),
        _networks(_reports),
    ),
    Family(
        "observer_report_oldest_seconds",
        G,
        "How old the oldest open payer report is, by the stage at which it stands.",
        (*NETWORK, "stage"),
        _networks(_report_ages),
        adds_up=False,
    ),
)
COMMITS = "observer_commit_seconds"
"""The histogram, which is no family of rows."""
OTHER_NAMES = (COMMITS, LEFT_OUT, "observer_build_info")
