"""The dashboard's tables: what PostgreSQL's views say of the network that was chosen. An empty field is unknown."""

from __future__ import annotations

from observer.metrics.panels import Panel, rows

ALERTS = (
    Panel(
        "Alerts now",
        "What fires, is about to fire, or cannot be judged (blind) and why.",
        "table",
        rows(
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
        rows(
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
        rows(
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
        rows(
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
        rows("node, peer, address, direction, since, handshaked", "peers", "ORDER BY node, since LIMIT 500"),
        width=8,
    ),
    Panel(
        "Payer reports that are open",
        "Stage, since when, what it waits for and who has not attested it.",
        "table",
        rows(
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
        rows("node, originator, sequence, exact, said_at", "clocks", "ORDER BY originator, node LIMIT 500"),
        width=8,
    ),
)
LOGS = (
    Panel(
        "Logs",
        "Every log that is read: the one whose last line is oldest comes first.",
        "table",
        rows(
            "node, stream, system, lines, last_line_at,"
            " extract(epoch FROM now() - last_line_at)::bigint AS silent_seconds, label",
            "sources",
            "ORDER BY last_line_at NULLS FIRST LIMIT 500",
        ),
        width=24,
    ),
)
KEPT = (
    Panel(
        "The journal that is kept",
        "From when to when, how many bytes of log, and what they take in the database.",
        "table",
        rows("first_at, last_at, last_seq, blocks, raw_bytes, stored_bytes", "journals", "LIMIT 1"),
        width=24,
        height=4,
    ),
)
