"""What the dashboard shows, as data: rows of panels, each with what it asks of Prometheus or PostgreSQL.

From above to below as one looks: is something wrong, where, since when; then whether the observer itself can be
believed. What is not known is shown as unknown, never as zero.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Query(NamedTuple):
    """PromQL, or SQL where `is_sql`."""

    text: str
    legend: str = ""
    is_sql: bool = False


class Panel(NamedTuple):
    """One picture."""

    title: str
    says: str
    """What it shows and how to read it."""
    kind: Literal["stat", "table", "timeseries"]
    queries: tuple[Query, ...]
    width: int = 12
    height: int = 8
    unit: str = "none"
    warns: tuple[float, ...] | None = None
    """From which value on it is orange, and red; None where no value is bad in itself."""


def _rows(columns: str, view: str, then: str) -> tuple[Query, ...]:
    """What a view says of the network that was chosen; Grafana quotes its name."""
    asked = f"SELECT {columns} FROM observer.{view} WHERE network = ${{network:sqlstring}} {then}"  # noqa: S608 - all literal
    return (Query(asked, is_sql=True),)


ALERTS = (
    Panel(
        "Alerts now",
        "What fires, is about to fire, or cannot be judged (blind) and why.",
        "table",
        _rows(
            "state, alert, severity, labels - 'alertname' - 'network' - 'severity' AS about, since,"
            " annotations->>'summary' AS summary, blind_reason AS blind",
            "alerts",
            "ORDER BY state, severity, since",
        ),
        width=16,
    ),
    Panel(
        "What happened to alerts",
        "Each change of an alert in the time shown, the latest first.",
        "table",
        _rows(
            "at, alert, state, labels, coalesce(reason, annotations->>'summary') AS why",
            "alert_history",
            "AND $__timeFilter(at) ORDER BY number DESC LIMIT 200",
        ),
        width=8,
    ),
)
NETWORK = (
    Panel(
        "Nodes",
        "What each node's log says of it. An empty field: its log does not show it.",
        "table",
        _rows(
            "node, status, height, tip, connections, synced, version, last_line_at, problem_lines, crash",
            "nodes",
            "ORDER BY node",
        ),
        width=16,
    ),
    Panel(
        "Latest blocks",
        "Blocks by height, who told of it first, and how many nodes have it on their main chain.",
        "table",
        _rows(
            "height, block, first_seen, first_node, main_on, alternative, rejected",
            "blocks",
            "ORDER BY height DESC NULLS LAST, block LIMIT 50",
        ),
        width=8,
    ),
    Panel(
        "Connections",
        "Who is connected to whom, since when, as each node's log tells it.",
        "table",
        _rows("node, peer, address, direction, since, handshaked", "peers", "ORDER BY node, since LIMIT 500"),
        width=8,
    ),
    Panel(
        "Payer reports that are open",
        "Stage, since when, what it waits for and who has not attested it.",
        "table",
        _rows(
            "place, stage, since, why, attestations, quorum, missing, refused",
            "reports",
            "AND open ORDER BY since LIMIT 200",
        ),
        width=8,
    ),
    Panel(
        "Vector clocks",
        "How far each node says it has read of each originator.",
        "table",
        _rows("node, originator, sequence, exact, said_at", "clocks", "ORDER BY originator, node LIMIT 500"),
        width=8,
    ),
)
SOURCES = (
    Panel(
        "Logs",
        "Every log that is read: the one whose last line is oldest comes first.",
        "table",
        _rows(
            "node, stream, system, lines, last_line_at,"
            " extract(epoch FROM now() - last_line_at)::bigint AS silent_seconds, label",
            "sources",
            "ORDER BY last_line_at NULLS FIRST LIMIT 500",
        ),
        width=24,
    ),
)
ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    ("Is something wrong", ALERTS),
    ("The network", NETWORK),
    ("The logs", SOURCES),
)
