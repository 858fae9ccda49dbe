"""Alertmanager, Prometheus and the webhook take, keep and pass on what they are sent."""

from __future__ import annotations

from http.client import HTTPConnection

import pytest

from tests.components.alertmanager import Alertmanager
from tests.components.asking import RefusedError, asked
from tests.components.prometheus import Prometheus
from tests.components.webhook import Webhook


def test_alertmanager_tells_the_webhook(alertmanager: Alertmanager, webhook: Webhook) -> None:
    """An alert that is posted is listed and told to the receiver at once, and its end too."""
    alert = {"labels": {"alertname": "NodeDied", "network": "n"}, "startsAt": "2026-11-21T10:00:00Z"}
    asked(alertmanager.port, "/api/v2/alerts", body=[alert])
    assert alertmanager.names() == ["NodeDied"]
    assert alertmanager.alerts('network="other"') == []
    (firing,) = webhook.wait_for(1)
    assert (firing.path, firing.json["status"]) == ("/alertmanager", "firing")
    assert firing.json["alerts"][0]["startsAt"] == "2026-11-21T10:00:00Z"
    asked(alertmanager.port, "/api/v2/alerts", body=[{**alert, "endsAt": "2026-11-21T10:01:00Z"}])
    assert webhook.wait_for(2)[1].json["status"] == "resolved"
    assert alertmanager.names() == []


def test_alertmanager_refuses_a_bad_label(alertmanager: Alertmanager) -> None:
    """What Alertmanager refuses is a 400 that says why."""
    with pytest.raises(RefusedError, match=r"400.*invalid label set"):
        asked(alertmanager.port, "/api/v2/alerts", body=[{"labels": {"not-a-name": "x"}}])


def test_prometheus_scrapes_what_it_is_told(prometheus: Prometheus, alertmanager: Alertmanager) -> None:
    """A target that is named later is scraped, and its series can be asked for."""
    prometheus.scrape(f"127.0.0.1:{alertmanager.port}")
    up = prometheus.wait_for("up == 1")
    assert up == {f'up{{instance="127.0.0.1:{alertmanager.port}",job="test"}}': 1}
    assert [target["health"] for target in prometheus.targets()] == ["up"]


def test_webhook_answers_as_told(webhook: Webhook) -> None:
    """A refused request is kept as well, and the next is taken."""

    def post(body: str) -> int:
        connection = HTTPConnection("127.0.0.1", webhook.port, timeout=5)
        connection.request("POST", "/hook", body, {"Idempotency-Key": "k"})
        status = connection.getresponse().status
        connection.close()
        return status

    webhook.answers.extend([503, 400])
    assert [post(text) for text in ("1", "2", "3")] == [503, 400, 200]
    assert [request.json for request in webhook.given] == [1, 2, 3]
    assert [(request.json, request.headers["idempotency-key"]) for request in webhook.taken] == [(3, "k")]
    webhook.stop()
    with pytest.raises(ConnectionRefusedError):
        post("4")
    webhook.start()
    assert post("5") == 200
