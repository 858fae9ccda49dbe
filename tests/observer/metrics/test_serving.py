"""`/metrics` and `/healthz` over a real socket, and a real Prometheus that scrapes."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from observer.exits import Exit, Failed
from observer.metrics import serving
from observer.metrics.figures import Board
from observer.metrics.serving import MetricsServer, Place, health, place_of
from tests.components.prometheus import Prometheus
from tests.observer.metrics.published import NOW, S, figures, network


@pytest.fixture
def board() -> Board:
    """With figures of now."""
    found = Board()
    found.publish(figures(at=time.time_ns()))
    return found


@pytest.fixture
def server(board: Board) -> Iterator[MetricsServer]:
    """On a free port."""
    found = MetricsServer(board, Place("127.0.0.1", 0))
    yield found
    found.close()


def asked(server: MetricsServer, path: str) -> tuple[int, str]:
    """(status, body)"""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("9464", Place("127.0.0.1", 9464)),
        (":9464", Place("127.0.0.1", 9464)),
        ("0.0.0.0:9464", Place("0.0.0.0", 9464)),  # noqa: S104 - where it is asked for
        ("[::1]:0", Place("::1", 0)),
        ("observer:65535", Place("observer", 65535)),
    ],
)
def test_it_listens_here_unless_another_place_is_named(text: str, place: Place) -> None:
    """No password protects it."""
    assert place_of(text) == place


@pytest.mark.parametrize("text", ["", "x", "127.0.0.1", "65536", "-1", "1.5", "host:", "\u0663", "\x1b[2J:x"])
def test_what_is_no_place_is_refused_in_a_sentence(text: str) -> None:
    """What and what to write."""
    with pytest.raises(Failed, match="is no place; write a port, as 9464, or HOST:PORT") as failed:
        place_of(text)
    assert "\x1b" not in str(failed.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "192.0.2.1", "no.such.host.invalid", "\udcff"])
def test_a_place_that_cannot_be_listened_on_is_a_sentence(host: str) -> None:
    """In use, not ours, or unknown: exit 5."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(Failed, match="cannot be listened on") as failed:
            MetricsServer(Board(), Place(host, taken.getsockname()[1]))
        assert failed.value.code == Exit.ENVIRONMENT


def test_it_answers_what_it_has_and_nothing_else(server: MetricsServer) -> None:
    """Two paths."""
    status, body = asked(server, "/metrics?x=1")
    assert status == 200
    assert 'observer_node_height{network="testnet",node="node1"} 57.0' in body
    assert asked(server, "/healthz") == (200, "ok\n")
    assert asked(server, "/../etc/passwd")[0] == 404


def test_health_is_that_the_loop_goes_on_and_can_commit() -> None:
    """With the reason where it does not."""
    board = Board()
    assert health(board, NOW) == (503, "starting")
    board.publish(figures())
    assert health(board, NOW + 60 * S) == (200, "ok")
    assert health(board, NOW + 61 * S) == (503, "hangs: nothing was published for 61 s")
    board.publish(figures(trouble="run.rec: database or disk is full\x1b[2J"))
    assert health(board, NOW) == (503, "run.rec: database or disk is full")


def test_whoever_says_nothing_holds_nobody_up(server: MetricsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that are opened and left: others are answered, and closing does not wait for them."""
    with contextlib.ExitStack() as left:
        for _ in range(serving.AT_ONCE - 1):
            left.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        assert asked(server, "/healthz")[0] == 200


def test_many_ask_at_once(server: MetricsServer) -> None:
    """Each is answered."""
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(asked(server, "/metrics")[0])) for _ in range(40)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert statuses == [200] * 40


def test_prometheus_scrapes_it(server: MetricsServer, board: Board, prometheus: Prometheus) -> None:
    """A real one: values arrive with their labels, counters can be rated, and what changes is seen."""
    prometheus.scrape(f"127.0.0.1:{server.port}")
    found = prometheus.wait_for("observer_node_height")
    assert list(found.values()) == [57]
    assert 'node="node1"' in next(iter(found))
    (target,) = prometheus.targets()
    assert (target["health"], target["lastError"]) == ("up", "")
    buckets = prometheus.query("histogram_quantile(0.5, observer_commit_seconds_bucket)")
    assert 0.0025 < next(iter(buckets.values())) <= 0.005
    board.publish(figures(network(blind=9), at=time.time_ns()))
    assert prometheus.wait_for("observer_alerts_blind == 9")
