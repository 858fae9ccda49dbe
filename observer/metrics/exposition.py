"""Figures in Prometheus' words. The registry is our own: nothing registers itself in one that all share."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from prometheus_client.core import (
    CollectorRegistry,
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from observer.metrics.families import COMMITS, FAMILIES, LEFT_OUT, Family, Kind, series_of
from observer.metrics.figures import BUCKETS, Board, Durations, Figures


class FiguresCollector(Collector):
    """Gives what hangs on the board, each time it is asked."""

    def __init__(self, board: Board) -> None:
        """Of one board."""
        self._board = board

    def describe(self) -> Iterator[Metric]:
        """Nothing: names are bounded by the table, so that registering need not compute."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield InfoMetricFamily("observer_build", "The version that runs.", {"version": _version()})
        figures = self._board.latest
        if figures is not None:
            yield from families_of(figures)


def families_of(figures: Figures) -> Iterator[Metric]:
    """Every metric of some figures."""
    left_out = GaugeMetricFamily(LEFT_OUT, "Series of a metric that are too many and left out.", labels=["metric"])
    for family in FAMILIES:
        series = series_of(family, figures)
        metric = _metric(family)
        for labels, value in series.rows:
            metric.add_metric(labels, value)
        if series.left_out:
            left_out.add_metric([family.shown], series.left_out)
        yield metric
    yield left_out
    yield _histogram(figures.commits)


def _metric(family: Family) -> GaugeMetricFamily | CounterMetricFamily:
    kind = GaugeMetricFamily if family.kind is Kind.GAUGE else CounterMetricFamily
    return kind(family.name, family.text, labels=list(family.labels))


def _histogram(found: Durations) -> HistogramMetricFamily:
    total, buckets = 0, []
    for bound, count in zip([*map(str, BUCKETS), "+Inf"], found.counts, strict=True):
        total += count
        buckets.append((bound, float(total)))
    metric = HistogramMetricFamily(COMMITS, "How long it took to commit what one look brought.")
    metric.add_metric([], buckets, found.total)
    return metric


def registry_of(board: Board) -> CollectorRegistry:
    """What is scraped: the figures, and the process as the kernel sees it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(FiguresCollector(board))
    ProcessCollector(registry=registry)
    return registry


def exposed(registry: CollectorRegistry, accept: str = "") -> tuple[bytes, str]:
    """(body, content type) for whoever accepts these."""
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def _version() -> str:
    try:
        return version("network-state-observer")
    except PackageNotFoundError:
        return "unknown"
