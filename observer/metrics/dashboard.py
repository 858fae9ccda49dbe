"""Writes the Grafana dashboard from the panels: `python -m observer.metrics.dashboard`, as `make docs` does for pages.

A dashboard that is drawn by hand outlives the metrics it asks for. This one is made, and tests ask its queries of a
real Prometheus and a real PostgreSQL. Refused: everything that Grafana itself would fill in with its own defaults.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from observer.metrics.graphs import COURSE, NOW, SOURCES, WORKERS
from observer.metrics.panels import Panel, Query
from observer.metrics.tables import ALERTS, KEPT, LOGS, NETWORK

PROMETHEUS = {"type": "prometheus", "uid": "observer-prometheus"}
POSTGRES = {"type": "grafana-postgresql-datasource", "uid": "observer-postgres"}
"""As deploy/grafana/provisioning names them."""
WIDTH = 24
"""Columns of Grafana's grid."""
NETWORKS = "SELECT DISTINCT network FROM observer.sources ORDER BY network"
ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    ("Is something wrong", (*NOW, *ALERTS)),
    ("The network", NETWORK),
    ("The network over time", COURSE),
    ("Its logs", (*SOURCES, *LOGS)),
    ("The observer itself", (*WORKERS, *KEPT)),
)
_GREEN_TO_RED = ("green", "orange", "red")


def dashboard() -> str:
    """The whole dashboard as JSON."""
    described = {
        "uid": "observer",
        "title": "Observer: a network, and who watches it",
        "description": "Made by `python -m observer.metrics.dashboard`; changes in the browser are not kept.",
        "tags": ["observer"],
        "schemaVersion": 39,
        "timezone": "utc",
        "editable": False,
        "graphTooltip": 1,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [_network()]},
        "annotations": {"list": [_alerts_on_graphs()]},
        "panels": list(_placed()),
    }
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _network() -> dict[str, Any]:
    """The one choice at the top: every query names the network that it is about."""
    return {
        "name": "network",
        "label": "Network",
        "type": "query",
        "datasource": POSTGRES,
        "query": NETWORKS,
        "definition": NETWORKS,
        "refresh": 2,
        "multi": False,
        "includeAll": False,
    }


def _alerts_on_graphs() -> dict[str, Any]:
    """A line across all graphs where an alert began to fire."""
    asked = (
        "SELECT at AS time, alert || ' ' || state AS text FROM observer.alert_history"
        " WHERE network = ${network:sqlstring} AND state IN ('firing', 'resolved') AND $__timeFilter(at) ORDER BY at"
    )
    return {
        "name": "Alerts",
        "enable": True,
        "datasource": POSTGRES,
        "iconColor": "red",
        "rawQuery": asked,
        "target": {"format": "table", "rawQuery": True, "rawSql": asked, "refId": "A"},
    }


def _placed() -> Iterator[dict[str, Any]]:
    """Rows one below the other; the panels of a row beside each other, and below where the row is full."""
    number, top = 0, 0
    for title, panels in ROWS:
        number += 1
        place = {"h": 1, "w": WIDTH, "x": 0, "y": top}
        yield {"id": number, "type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": place}
        top += 1
        left, height = 0, 0
        for panel in panels:
            if left + panel.width > WIDTH:
                left, top, height = 0, top + height, 0
            number += 1
            yield _drawn(panel, number, {"h": panel.height, "w": panel.width, "x": left, "y": top})
            left, height = left + panel.width, max(height, panel.height)
        top += height


def _drawn(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.says,
        "datasource": _source(panel.queries[0]),
        "gridPos": place,
        "targets": list(_targets(panel)),
        "fieldConfig": {"defaults": _field(panel), "overrides": []},
        "options": _options(panel),
    }


def _source(query: Query) -> dict[str, str]:
    return POSTGRES if query.is_sql else PROMETHEUS


def _targets(panel: Panel) -> Iterator[dict[str, Any]]:
    # A figure is of this moment: the last one of the time shown would go on being shown when nobody tells it any more.
    now = panel.kind == "stat"
    for letter, query in zip("ABCDEFGH", panel.queries, strict=False):
        if query.is_sql:
            yield {"refId": letter, "datasource": POSTGRES, "format": "table", "rawQuery": True, "rawSql": query.text}
        else:
            yield {
                "refId": letter,
                "datasource": PROMETHEUS,
                "expr": query.text,
                "legendFormat": query.legend,
                "instant": now,
                "range": not now,
            }


def _field(panel: Panel) -> dict[str, Any]:
    field: dict[str, Any] = {"unit": panel.unit, "noValue": "unknown"}
    if panel.warns is not None:
        steps: list[dict[str, Any]] = [{"color": _GREEN_TO_RED[0], "value": None}]
        steps += [
            {"color": color, "value": value} for color, value in zip(_GREEN_TO_RED[1:], panel.warns, strict=False)
        ]
        field |= {"color": {"mode": "thresholds"}, "thresholds": {"mode": "absolute", "steps": steps}}
    if panel.kind == "timeseries":
        field["custom"] = {"lineWidth": 1, "fillOpacity": 8, "spanNulls": False}
    return field


def _options(panel: Panel) -> dict[str, Any]:
    if panel.kind == "timeseries":
        return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
    if panel.kind == "stat":
        return {"reduceOptions": {"calcs": ["lastNotNull"], "values": False}, "colorMode": "background"}
    return {"showHeader": True, "cellHeight": "sm"}


if __name__ == "__main__":
    sys.stdout.write(dashboard())
