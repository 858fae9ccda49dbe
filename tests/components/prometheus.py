"""Prometheus, scraping what a test names."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from tests.components.absent import program
from tests.components.asking import asked, serves
from tests.components.process import Component, free_port


class Prometheus(Component):
    """One server at `url` that scrapes nothing until it is told to."""

    name: ClassVar[str] = "prometheus"

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self._program = program("prometheus")
        self._written = 0
        self._write([], [], [])

    @property
    def url(self) -> str:
        """Its root, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """On loopback, with a folder of its own."""
        return [
            self._program,
            f"--config.file={self._config}",
            f"--storage.tsdb.path={self.folder}/data",
            f"--web.listen-address=127.0.0.1:{self.port}",
        ]

    def ready(self) -> bool:
        """It says so."""
        return serves(self.port, "/-/ready")

    def scrape(self, *targets: str, rules: Sequence[Path] = (), alertmanagers: Sequence[str] = ()) -> None:
        """From now on it scrapes `host:port` targets (at /metrics) each half second, and evaluates rules as often."""
        self._write(targets, rules, alertmanagers)
        if self.running and self.process is not None:
            self.process.send_signal(signal.SIGHUP)
            self.until(self._configured, "took its new configuration")

    def query(self, expression: str) -> dict[str, float]:
        """What an instant query gives now: value by series, written as `name{label="value"}` with labels in order."""
        answer = asked(self.port, "/api/v1/query", {"query": expression})
        assert answer["data"]["resultType"] == "vector", answer
        return {_series(one["metric"]): float(one["value"][1]) for one in answer["data"]["result"]}

    def targets(self) -> list[dict[str, Any]]:
        """Its targets, each with `health` ("up") and `lastError`."""
        return list(asked(self.port, "/api/v1/targets")["data"]["activeTargets"])

    def wait_for(self, expression: str, within: float = 20.0) -> dict[str, float]:
        """What the query gives, when it gives anything."""
        self.until(lambda: self.query(expression), f"answers {expression}", within)
        return self.query(expression)

    @property
    def _config(self) -> Path:
        return self.folder / "prometheus.yml"

    def _write(self, targets: Sequence[str], rules: Sequence[Path], alertmanagers: Sequence[str]) -> None:
        self._written += 1
        config = {
            "global": {
                "scrape_interval": "500ms",
                "evaluation_interval": "500ms",
                "external_labels": {"written": str(self._written)},
            },
            "scrape_configs": [{"job_name": "test", "static_configs": [{"targets": list(targets)}]}],
            "rule_files": [str(path) for path in rules],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": list(alertmanagers)}]}]},
        }
        # JSON is YAML.
        self._config.write_text(json.dumps(config))

    def _configured(self) -> bool:
        """The configuration in force is the one last written."""
        return f'written: "{self._written}"' in asked(self.port, "/api/v1/status/config")["data"]["yaml"]


def _series(metric: dict[str, str]) -> str:
    labels = ",".join(f'{name}="{value}"' for name, value in sorted(metric.items()) if name != "__name__")
    return f"{metric.get('__name__', '')}{{{labels}}}"
