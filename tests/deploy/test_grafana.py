"""deploy/grafana: the dashboard is what the code makes, and asks for what is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from observer.metrics.dashboard import NETWORKS, POSTGRES, PROMETHEUS, WIDTH, dashboard
from observer.metrics.figures import Board
from observer.metrics.serving import MetricsServer, Place
from tests.components.prometheus import Prometheus
from tests.deploy.files import compose, read
from tests.deploy.roles import Roles
from tests.observer.metrics.published import figures, network

DASHBOARD: dict[str, Any] = json.loads(dashboard())
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries(key: str) -> Iterator[tuple[str, str]]:
    """Every query of a kind (`rawSql`, `expr`) with the title of its panel."""
    for panel in PANELS:
        for target in panel["targets"]:
            if key in target:
                yield panel["title"], target[key]
    if key == "rawSql":
        yield "choice of the network", NETWORKS
        yield "annotations", DASHBOARD["annotations"]["list"][0]["target"]["rawSql"]


def as_grafana_asks(sql: str) -> str:
    """A query with Grafana's variables and macros put in, for a network whose name has a quote in it."""
    asked = sql.replace("${network:sqlstring}", "'it''s'")
    return asked.replace("$__timeFilter(at)", "at BETWEEN now() - interval '1 hour' AND now()")


def test_the_file_is_what_the_code_makes() -> None:
    """Nobody changed it by hand; `python -m observer.metrics.dashboard` renews it."""
    assert read("grafana/dashboards/observer.json") == dashboard()


@pytest.mark.xdist_group("components")
def test_the_database_answers_every_query(roles: Roles) -> None:
    """Every SQL query runs as the role that Grafana is, on the tables of this version."""
    roles.migrated()
    asked = [(title, as_grafana_asks(sql)) for title, sql in queries("rawSql")]
    assert len(asked) > 8
    for title, sql in asked:
        assert "$" not in sql, title
        told = roles.told("reader", sql)
        assert (told.returncode, told.stderr, told.stdout) == (0, "", ""), title


def as_prometheus_is_asked(expression: str) -> str:
    """A query with Grafana's variable put in; what the deployed config calls `observer` is called `test` here."""
    return expression.replace("${network:doublequote}", '"testnet"').replace('job="observer"', 'job="test"')


@pytest.mark.xdist_group("components")
def test_prometheus_answers_every_query(prometheus: Prometheus) -> None:
    """Every PromQL query gives something where there is something to see: names and labels are those that are told."""
    board = Board()
    board.publish(figures())
    server = MetricsServer(board, Place("127.0.0.1", 0))
    try:
        prometheus.scrape(f"127.0.0.1:{server.port}")
        asked = [(title, as_prometheus_is_asked(expression)) for title, expression in queries("expr")]
        assert len(asked) > 20
        for title, expression in asked:
            assert "$" not in expression, title
            assert prometheus.wait_for(expression), title
    finally:
        server.close()


@pytest.mark.xdist_group("components")
def test_a_network_that_nobody_watches_is_unknown(prometheus: Prometheus) -> None:
    """No firing alert is 0 where a worker says something of the network, and nothing at all where none does."""
    board = Board()
    board.publish(figures(network("testnet", alerts=())))
    server = MetricsServer(board, Place("127.0.0.1", 0))
    [firing] = [query for title, query in queries("expr") if title == "Firing"]
    try:
        prometheus.scrape(f"127.0.0.1:{server.port}")
        assert list(prometheus.wait_for(as_prometheus_is_asked(firing)).values()) == [0]
        assert prometheus.query(as_prometheus_is_asked(firing).replace('"testnet"', '"othernet"')) == {}
    finally:
        server.close()


def test_every_query_is_about_the_network_that_was_chosen() -> None:
    """No panel mixes networks."""
    assert all("${network:sqlstring}" in sql for _, sql in queries("rawSql") if sql != NETWORKS)
    of_networks = [expression for _, expression in queries("expr") if "observer_" in expression]
    of_all = {"outbox", "sends", "notices", "commit", "loop", "partition", "records", "commits"}
    assert all("${network:" in one or set(re.findall(r"observer_([a-z]+)", one)) <= of_all for one in of_networks)


def test_panels_lie_beside_and_below_each_other() -> None:
    """No two share a place, none leaves the grid, and each has its own number."""
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= WIDTH
        cells = {(place["x"] + dx, place["y"] + dy) for dx in range(place["w"]) for dy in range(place["h"])}
        assert not taken & cells, panel["title"]
        taken |= cells
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_a_figure_is_of_this_moment() -> None:
    """No figure goes on showing what was last said by a worker that is gone."""
    stats = [panel for panel in PANELS if panel["type"] == "stat"]
    assert len(stats) == 6
    assert all(target["instant"] and not target["range"] for panel in stats for target in panel["targets"])
    assert all(panel["fieldConfig"]["defaults"]["noValue"] == "unknown" for panel in stats)


def test_every_panel_says_how_to_read_it() -> None:
    """A picture without a word is no help at night."""
    assert all(panel["description"].endswith(".") and panel["targets"] for panel in PANELS)


def test_the_datasources_are_the_provisioned_ones() -> None:
    """Identifiers of the dashboard are those of the provisioning, and their hosts are services."""
    provisioned = yaml.safe_load(read("grafana/provisioning/datasources/observer.yml"))["datasources"]
    assert {(one["uid"], one["type"]) for one in provisioned} == {
        (PROMETHEUS["uid"], PROMETHEUS["type"]),
        (POSTGRES["uid"], POSTGRES["type"]),
    }
    services = compose()["services"]
    hosts = {one["url"].removeprefix("http://").split(":")[0] for one in provisioned}
    assert hosts <= set(services)
    [database] = [one for one in provisioned if one["uid"] == POSTGRES["uid"]]
    assert database["user"] == "reader"
    assert database["secureJsonData"] == {"password": "$__file{/run/secrets/reader_password}"}
    assert "reader_password" in services["grafana"]["secrets"]


def test_the_dashboard_is_found() -> None:
    """The folder that is provisioned is the one that is mounted, and the first page is in it."""
    [provider] = yaml.safe_load(read("grafana/provisioning/dashboards/observer.yml"))["providers"]
    grafana = compose()["services"]["grafana"]
    folder = provider["options"]["path"]
    assert f"./deploy/grafana/dashboards:{folder}:ro" in grafana["volumes"]
    assert grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] == f"{folder}/observer.json"
