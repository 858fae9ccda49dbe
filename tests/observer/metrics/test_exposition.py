"""What is scraped: every metric with its value, bounded, and as Prometheus' own tools want it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from observer.metrics.exposition import exposed, registry_of
from observer.metrics.families import FAMILIES, MOST_NODES, MOST_SERIES, OTHER_NAMES, OTHERS, series_of
from observer.metrics.figures import BUCKETS, Board, Durations, Figures, NodeFigures
from observer.metrics.reference import metrics_page
from tests.components.absent import program
from tests.observer.metrics.published import NOW, S, figures, network, source

ROOT = Path(__file__).parents[3]


def scraped(found: Figures) -> dict[str, float]:
    """Every sample as `name{label="value"}` with labels in order."""
    board = Board()
    board.publish(found)
    body, content_type = exposed(registry_of(board))
    assert content_type.startswith("text/plain")
    samples: dict[str, float] = {}
    for family in text_string_to_metric_families(body.decode()):
        for one in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(one.labels.items()))
            key = f"{one.name}{{{labels}}}"
            assert key not in samples, key
            samples[key] = one.value
    return samples


def test_every_metric_says_what_was_published() -> None:
    """Names, labels and units: seconds and bytes; what is unknown has no series (R15)."""
    found = scraped(figures())
    expected = {
        "observer_loop_timestamp_seconds{}": 1_700_000_100.0,
        "observer_commit_failing{}": 0,
        "observer_disk_free_bytes{}": 5_000_000_000,
        "observer_disk_size_bytes{}": 20_000_000_000,
        'observer_journal_entries_total{network="testnet"}': 123,
        'observer_journal_age_seconds{network="testnet"}': 2,
        'observer_events_total{network="testnet"}': 77,
        'observer_partition_lag_records{partition="0"}': 12,
        'observer_partition_lag_records{partition="5"}': 0,
        "observer_records_total{}": 900,
        "observer_records_dead_total{}": 3,
        "observer_ticks_total{}": 40,
        "observer_commits_refused_total{}": 1,
        'observer_sources{network="testnet",state="attached"}': 1,
        'observer_sources{network="testnet",state="lagging"}': 1,
        'observer_sources{network="testnet",state="lost"}': 0,
        'observer_source_state{network="testnet",node="node2",state="lagging",stream="log"}': 1,
        'observer_source_state{network="testnet",node="node2",state="attached",stream="log"}': 0,
        'observer_source_lag_seconds{network="testnet",node="node1",stream="log"}': 0,
        'observer_source_lag_seconds{network="testnet",node="node2",stream="log"}': 90,
        'observer_source_behind_bytes{network="testnet",node="node2",stream="log"}': 4096,
        'observer_source_lines_total{network="testnet",node="node1",stream="log"}': 100,
        'observer_source_bytes_total{network="testnet",node="node1",stream="log"}': 9000,
        'observer_source_lines_read_total{network="testnet",node="node1",stream="log"}': 40,
        'observer_source_lines_malformed_total{network="testnet",node="node1",stream="log"}': 1,
        'observer_source_duplicates_total{network="testnet",node="node1",stream="log"}': 0,
        'observer_source_gaps_total{network="testnet",node="node1",stream="log"}': 2,
        'observer_alerts{alertname="NodeDown",alertstate="firing",network="testnet",severity="critical"}': 1,
        'observer_alerts{alertname="NodeDown",alertstate="pending",network="testnet",severity="critical"}': 3,
        'observer_alerts_blind{network="testnet"}': 4,
        'observer_outbox_pending{destination="webhook=http://a~1"}': 5,
        'observer_outbox_oldest_seconds{destination="webhook=http://a~1"}': 30,
        'observer_destination_away{destination="webhook=http://a~1"}': 1,
        'observer_notices_sent_total{destination="webhook=http://a~1"}': 11,
        'observer_notices_repeated_total{destination="webhook=http://a~1"}': 0,
        'observer_sends_failed_total{destination="webhook=http://a~1"}': 3,
        'observer_notices_dropped_total{destination="webhook=http://a~1"}': 1,
        'observer_node_height{network="testnet",node="node1"}': 57,
        'observer_node_connections{network="testnet",node="node1"}': 2,
        'observer_clock_sequence{network="testnet",node="node1",originator="100"}': 12,
        'observer_clock_sequence{network="testnet",node="node1",originator="200"}': 7,
        'observer_reports{network="testnet",stage="attested"}': 2,
        'observer_report_oldest_seconds{network="testnet",stage="attested"}': 600,
        'observer_commit_seconds_bucket{le="0.0025"}': 0,
        'observer_commit_seconds_bucket{le="0.005"}': 2,
        'observer_commit_seconds_bucket{le="10.0"}': 2,
        'observer_commit_seconds_bucket{le="+Inf"}': 3,
        "observer_commit_seconds_count{}": 3,
        "observer_commit_seconds_sum{}": 70.006,
    }
    assert {name: found.get(name) for name in expected} == expected
    assert not [name for name in found if 'node="node2"' in name and name.startswith("observer_node_")]
    # Nothing that is said of the network is left out of the test above.
    assert {name.partition("{")[0] for name in expected} >= {one.shown for one in FAMILIES}


def test_before_anything_is_published_there_is_no_figure() -> None:
    """R15: a height of 0 would be a lie."""
    body, _ = exposed(registry_of(Board()))
    names = {line.split("{")[0].split(" ")[0] for line in body.decode().splitlines() if not line.startswith("#")}
    assert {one for one in names if one.startswith("observer_")} == {"observer_build_info"}


def test_promtool_finds_nothing_to_say() -> None:
    """Prometheus' own linter: names, units, help; of every metric there is."""
    board = Board()
    board.publish(figures())
    body, _ = exposed(registry_of(board))
    done = subprocess.run(
        [program("promtool"), "check", "metrics"], input=body, capture_output=True, check=False, timeout=30
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_openmetrics_is_spoken_where_it_is_asked_for() -> None:
    """Prometheus asks for it first."""
    board = Board()
    board.publish(figures())
    body, content_type = exposed(registry_of(board), "application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert body.endswith(b"# EOF\n")


def test_the_number_of_series_is_bounded() -> None:
    """Names come from logs: with 5,000 nodes of 10 originators each, what adds up is summed and the rest counted."""
    many = network(
        sources=tuple([source(f"n{number:05d}", lines=1) for number in range(5000)]),
        nodes=tuple(
            [
                NodeFigures(f"n{number:05d}", number, 1, tuple([(one, number) for one in range(10)]))
                for number in range(5000)
            ]
        ),
    )
    found = scraped(figures(many))
    by_name: dict[str, int] = {}
    for name in found:
        by_name[name.partition("{")[0]] = by_name.get(name.partition("{")[0], 0) + 1
    assert max(by_name.values()) <= MOST_SERIES + 1
    assert found[f'observer_source_lines_total{{network="testnet",node="{OTHERS}",stream="{OTHERS}"}}'] == 4800
    assert sum(value for name, value in found.items() if name.startswith("observer_source_lines_total")) == 5000
    assert found['observer_series_left_out{metric="observer_node_height"}'] == 5000 - MOST_NODES
    assert found['observer_series_left_out{metric="observer_clock_sequence"}'] == 50_000 - MOST_SERIES
    assert f'observer_node_height{{network="testnet",node="{OTHERS}"}}' not in found


@pytest.mark.parametrize(
    "name", ['a"b\\c\nd', "\x1b[31mred\x1b[0m", "bad\udcff", "n" * 4000, "n\u00e4t", "", "\u202eevil", OTHERS]
)
def test_a_name_of_a_node_can_do_no_harm(name: str) -> None:
    """Escaped, cut and without what steers a terminal; two nodes that would be called alike are one series."""
    odd = network(nodes=(NodeFigures(name, 5, 1), NodeFigures(name, 5, 2)), sources=(source(name), source(name)))
    found = scraped(figures(odd))
    heights = {one: value for one, value in found.items() if one.startswith("observer_node_height")}
    assert list(heights.values()) == [5]
    assert len(next(iter(heights))) < 400
    assert "\x1b" not in next(iter(heights))


def test_two_networks_are_told_apart() -> None:
    """One worker judges many."""
    found = scraped(figures(network("a"), network("b")))
    assert found['observer_alerts_blind{network="a"}'] == found['observer_alerts_blind{network="b"}'] == 4


@pytest.mark.parametrize(("seconds", "place"), [(0.0, 0), (0.001, 0), (0.0011, 1), (10.0, 12), (10.1, 13)])
def test_a_duration_is_counted_in_its_bucket(seconds: float, place: int) -> None:
    """A bucket holds its upper bound, as Prometheus has it."""
    found = Durations().with_one(seconds)
    assert found.counts.index(1) == place
    assert len(found.counts) == len(BUCKETS) + 1


def test_figures_are_published_now_and_then() -> None:
    """Measuring costs a little, so it is not done for nothing; a clock that was set back stops nothing."""
    board = Board()
    assert board.due(NOW)
    board.publish(figures())
    assert [board.due(NOW + one * S) for one in (0, 4, 5, -1)] == [False, False, True, True]


def test_the_table_is_in_order() -> None:
    """No name twice, and what is a node's or a source's names it so."""
    names = [one.shown for one in FAMILIES] + list(OTHER_NAMES)
    assert len(set(names)) == len(names)
    assert [one.name for one in FAMILIES if one.name.endswith("_total")] == []
    for one in FAMILIES:
        for labels, _value in series_of(one, figures()).rows:
            assert len(labels) == len(one.labels)


def test_the_page_of_metrics_is_current() -> None:
    """docs/metrics.md is what the code says."""
    assert (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8") == metrics_page()
