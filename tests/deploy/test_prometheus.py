"""deploy/prometheus and deploy/alertmanager, read by the programs that will read them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import yaml

from tests.components.absent import program
from tests.deploy.files import DEPLOY, compose, read


def checked(*command: str) -> str:
    """What a checking program prints; it must find nothing wrong."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_takes_its_config(tmp_path: Path) -> None:
    """The real promtool finds the config, and the rules that it names, in order."""
    for path in (DEPLOY / "prometheus").glob("*.yml"):
        shutil.copy(path, tmp_path)
    config = tmp_path / "prometheus.yml"
    config.write_text(config.read_text().replace("/etc/prometheus/", f"{tmp_path}/"))
    told = checked(program("promtool", "prometheus"), "check", "config", str(config))
    assert "observer.rules.yml" in told


def test_alertmanager_takes_its_config() -> None:
    """The real amtool finds the config in order."""
    checked(program("amtool", "prometheus-alertmanager"), "check-config", str(DEPLOY / "alertmanager/alertmanager.yml"))


def test_the_watchdog_goes_to_the_dead_mans_switch() -> None:
    """What always fires wakes nobody; everything else goes to people."""
    routes = [program("amtool"), "config", "routes", "test", "--config.file"]
    config = str(DEPLOY / "alertmanager/alertmanager.yml")
    assert checked(*routes, config, "alertname=Watchdog", "network=testnet").strip() == "dead-man"
    assert checked(*routes, config, "alertname=NodeDown", "network=testnet").strip() == "people"


def test_prometheus_asks_where_workers_and_alertmanager_listen() -> None:
    """Names and ports of the config are those of docker-compose.yml."""
    services = compose()["services"]
    config = yaml.safe_load(read("prometheus/prometheus.yml"))
    asked = {job["job_name"]: job for job in config["scrape_configs"]}
    [worker] = asked["observer"]["dns_sd_configs"]
    assert worker["names"] == ["worker"]
    assert f"0.0.0.0:{worker['port']}" in services["worker"]["command"]
    assert "alertmanager=http://alertmanager:9093" in services["worker"]["command"]
    [manager] = config["alerting"]["alertmanagers"]
    assert manager["static_configs"] == [{"targets": ["alertmanager:9093"]}]
    assert services["alertmanager"]["ports"] == ["127.0.0.1:9093:9093"]
