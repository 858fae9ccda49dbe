"""What Prometheus holds against the observer itself: by its own tools, and about metrics that there are."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from observer.metrics.families import FAMILIES, OTHER_NAMES
from tests.components.absent import program

ROOT = Path(__file__).parents[3]
RULES = ROOT / "deploy" / "prometheus" / "observer.rules.yml"
TESTS = Path(__file__).with_name("observer.rules.test.yml")
NOT_OURS = {"up", "process_start_time_seconds"}
_NAME = re.compile(r"\b(?:observer_[a-z_]+|process_[a-z_]+|up)\b")


def rules() -> list[dict[str, Any]]:
    """Every rule of the file."""
    return [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]


def promtool(*arguments: str, where: Path) -> None:
    """It finds nothing wrong."""
    done = subprocess.run(
        [program("promtool"), *arguments], cwd=where, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_are_rules() -> None:
    """`promtool check rules`."""
    promtool("check", "rules", str(RULES), where=ROOT)


def test_the_rules_fire_when_they_should_and_only_then(tmp_path: Path) -> None:
    """`promtool test rules`."""
    shutil.copy(RULES, tmp_path)
    shutil.copy(TESTS, tmp_path)
    promtool("test", "rules", TESTS.name, where=tmp_path)


def test_every_rule_has_a_unit_test() -> None:
    """One that fires, or it may never."""
    tested = {
        case["alertname"]
        for test in yaml.safe_load(TESTS.read_text(encoding="utf-8"))["tests"]
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }
    assert tested == {rule["alert"] for rule in rules()}


def test_the_rules_ask_for_metrics_that_there_are() -> None:
    """A rule about a metric that nobody serves is green for ever."""
    served = {one.shown for one in FAMILIES} | set(OTHER_NAMES) | NOT_OURS
    asked = {name.removesuffix("_bucket") for rule in rules() for name in _NAME.findall(rule["expr"])}
    assert asked - served == set()
    assert len(asked) > 10


def test_every_rule_says_what_to_do() -> None:
    """A summary, a severity, and a page with that heading."""
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"]["summary"]
        page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        text = (ROOT / page).read_text(encoding="utf-8")
        titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        headings = [re.sub(r"[^a-z0-9 -]", "", one.lower()).replace(" ", "-") for one in titles]
        assert not anchor or anchor in headings, rule["annotations"]["runbook_url"]
