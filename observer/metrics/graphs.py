"""The dashboard's figures and graphs: what Prometheus was told by the workers.

From above to below as one looks: is something wrong, where, since when; then whether the observer itself can be
believed. What is not known has no line, and is never zero.
"""

from __future__ import annotations

from observer.metrics.panels import Panel, asked


def _zero_if_watched(text: str) -> str:
    """Nothing to count is 0 where the network is watched, and unknown where no worker says anything of it."""
    return f"({text}) or 0 * max(observer_journal_entries_total{{@}})"


_BEHIND_THE_FARTHEST = (
    "sum by (node) (max by (originator) (observer_clock_sequence{@})"
    " - on (originator) group_right () max by (node, originator) (observer_clock_sequence{@}))"
)
NOW = (
    Panel(
        "Firing",
        "Alerts that fire, without incidents. Unknown: no worker watches this network.",
        "stat",
        asked((_zero_if_watched('sum(observer_alerts{@, alertstate="firing", severity!="incident"})'), "")),
        width=4,
        height=4,
        warns=(1, 1),
    ),
    Panel(
        "Blind",
        "Alerts that cannot be judged, as the logs do not show what they need. They are neither green nor red.",
        "stat",
        asked(("sum(observer_alerts_blind{@})", "")),
        width=4,
        height=4,
        warns=(1, 1000),
    ),
    Panel(
        "Sources that are not read to their end",
        "Lagging and lost ones. What they would show is unknown.",
        "stat",
        asked(('sum(observer_sources{@, state=~"lagging|lost"})', "")),
        width=4,
        height=4,
        warns=(1, 5),
    ),
    Panel(
        "Last entry of the journal",
        "How long ago it was. A worker makes one each minute at least, even where nothing is written.",
        "stat",
        asked(("max(observer_journal_age_seconds{@})", "")),
        width=4,
        height=4,
        unit="s",
        warns=(90, 180),
    ),
    Panel(
        "Notices that wait",
        "Notices of all networks that no destination has acknowledged yet.",
        "stat",
        asked(("sum(observer_outbox_pending)", "")),
        width=4,
        height=4,
        warns=(10, 100),
    ),
    Panel(
        "Workers",
        "Workers that answer Prometheus, of all networks.",
        "stat",
        asked(('sum(up{job="observer"})', "")),
        width=4,
        height=4,
    ),
)
COURSE = (
    Panel(
        "Height by node",
        "A line that stays below the others is behind; lines that end are unknown from there on.",
        "timeseries",
        asked(("observer_node_height{@}", "{{node}}")),
    ),
    Panel(
        "Connections by node",
        "As the nodes' logs tell them.",
        "timeseries",
        asked(("observer_node_connections{@}", "{{node}}")),
    ),
    Panel(
        "Vector clocks: how far behind the farthest",
        "By node, the sum over originators of what the farthest node has more.",
        "timeseries",
        asked(
            (_BEHIND_THE_FARTHEST, "{{node}}"),
        ),
        width=8,
    ),
    Panel(
        "Open payer reports by stage",
        "How many stand at each stage.",
        "timeseries",
        asked(("observer_reports{@}", "{{stage}}")),
        width=8,
    ),
    Panel(
        "Oldest open payer report",
        "For how long it has stood at its stage.",
        "timeseries",
        asked(("observer_report_oldest_seconds{@}", "{{stage}}")),
        width=8,
        unit="s",
    ),
    Panel(
        "Alerts over time",
        "Pending and firing ones by rule.",
        "timeseries",
        asked(("sum by (alertname, alertstate) (observer_alerts{@})", "{{alertname}} {{alertstate}}")),
        width=24,
        height=7,
    ),
)
SOURCES = (
    Panel(
        "Lines a second",
        "By node. A node that falls silent is told by alerts; this is for its pace.",
        "timeseries",
        asked(("sum by (node) (rate(observer_source_lines_total{@}[1m]))", "{{node}}")),
        width=8,
    ),
    Panel(
        "Behind",
        "Bytes that are known to be there and are not read yet, by node.",
        "timeseries",
        asked(("sum by (node) (observer_source_behind_bytes{@}) > 0", "{{node}}")),
        width=8,
        unit="bytes",
    ),
    Panel(
        "What went wrong on the way",
        "Lines that could not be read, came twice or are missing, in five minutes. More than none of the first: drift.",
        "timeseries",
        asked(
            ("sum(increase(observer_source_lines_malformed_total{@}[5m]))", "malformed"),
            ("sum(increase(observer_source_duplicates_total{@}[5m]))", "duplicates"),
            ("sum(increase(observer_source_gaps_total{@}[5m]))", "gaps"),
        ),
        width=8,
    ),
)
WORKERS = (
    Panel(
        "How long a commit takes",
        "Of all workers. The slowest of a hundred above a second: the database is slow.",
        "timeseries",
        asked(
            ("histogram_quantile(0.5, sum by (le) (rate(observer_commit_seconds_bucket[5m])))", "half of them"),
            ("histogram_quantile(0.99, sum by (le) (rate(observer_commit_seconds_bucket[5m])))", "99 of 100"),
        ),
        width=8,
        unit="s",
    ),
    Panel(
        "Nothing can be committed",
        "1 while the disk is full, the database or the broker is away, by worker.",
        "timeseries",
        asked(("observer_commit_failing", "{{instance}}")),
        width=8,
    ),
    Panel(
        "When the worker last looked",
        "How long ago the loop that judges published anything, by worker. Above a minute it hangs.",
        "timeseries",
        asked(("time() - observer_loop_timestamp_seconds", "{{instance}}")),
        width=8,
        unit="s",
    ),
    Panel(
        "Records that wait in the topic",
        "By partition: what is there and has not been taken. What grows is behind.",
        "timeseries",
        asked(("max by (partition) (observer_partition_lag_records)", "partition {{partition}}")),
        width=8,
    ),
    Panel(
        "Records in a minute",
        "Taken, of these not readable, and commits that came to nothing, as another worker had taken over.",
        "timeseries",
        asked(
            ("sum(increase(observer_records_total[1m]))", "taken"),
            ("sum(increase(observer_records_dead_total[1m]))", "dead letters"),
            ("sum(increase(observer_commits_refused_total[1m]))", "refused commits"),
        ),
        width=8,
    ),
    Panel(
        "Notices by destination",
        "Waiting, and a minute's failures and dead letters.",
        "timeseries",
        asked(
            ("observer_outbox_pending", "{{destination}} waiting"),
            ("sum by (destination) (increase(observer_sends_failed_total[1m]))", "{{destination}} failed"),
            ("sum by (destination) (increase(observer_notices_dropped_total[1m]))", "{{destination}} dead letters"),
        ),
        width=8,
    ),
    Panel(
        "Processor",
        "Cores that each worker uses. A network is one worker's, and one core's.",
        "timeseries",
        asked(('rate(process_cpu_seconds_total{job="observer"}[1m])', "{{instance}}")),
        width=12,
    ),
    Panel(
        "Memory",
        "Resident memory of each worker; docker-compose.yml ends one at 1 GiB.",
        "timeseries",
        asked(('process_resident_memory_bytes{job="observer"}', "{{instance}}")),
        width=12,
        unit="bytes",
    ),
)
