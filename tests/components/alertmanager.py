"""Prometheus' Alertmanager, alone (no cluster), telling what it is given to one webhook at once."""

from __future__ import annotations

import json
from typing import Any, ClassVar, cast

from tests.components.absent import program
from tests.components.asking import asked, serves
from tests.components.process import Component, free_port


class Alertmanager(Component):
    """One Alertmanager at `url`, with one receiver, the webhook at `tells`; resolved alerts are told too."""

    name: ClassVar[str] = "alertmanager"

    def __init__(self, tells: str, group_by: tuple[str, ...] = ("...",), group_interval: str = "1s") -> None:
        super().__init__()
        self.port = free_port()
        self._program = program("prometheus-alertmanager")
        receiver = {"name": "test", "webhook_configs": [{"url": tells, "send_resolved": True}]}
        route = {
            "receiver": "test",
            "group_by": list(group_by),
            "group_wait": "0s",
            "group_interval": group_interval,
            "repeat_interval": "1h",
        }
        # JSON is YAML.
        (self.folder / "alertmanager.yml").write_text(json.dumps({"route": route, "receivers": [receiver]}))

    @property
    def url(self) -> str:
        """Its root, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """On loopback, without a cluster."""
        return [
            self._program,
            f"--config.file={self.folder}/alertmanager.yml",
            f"--storage.path={self.folder}/data",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
        ]

    def ready(self) -> bool:
        """It says so."""
        return serves(self.port, "/-/ready")

    def alerts(self, *matchers: str) -> list[dict[str, Any]]:
        """The alerts it holds as firing (`/api/v2/alerts`), those that fit every matcher, as `alertname="Watchdog"`."""
        return cast("list[dict[str, Any]]", asked(self.port, "/api/v2/alerts", {"filter": list(matchers)}))

    def names(self) -> list[str]:
        """The names of the alerts it holds as firing, in order."""
        return sorted(alert["labels"]["alertname"] for alert in self.alerts())
