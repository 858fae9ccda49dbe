"""docs/deployment.md and docs/operations.md: what they say can be typed as it stands, and what they name is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from observer.metrics.families import FAMILIES, OTHER_NAMES
from tests.deploy.files import ROOT, compose, read
from tests.deploy.roles import Roles
from tests.test_docs import blocks

PAGES = [ROOT / "docs" / name for name in ("deployment.md", "operations.md")]
pages = pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])


def anchors(page: Path) -> set[str]:
    """What a link within the page can lead to, as GitHub names headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_links_within_the_page_lead_somewhere(page: Path) -> None:
    """No link names a heading that is not there."""
    for target in re.findall(r"\]\(#([^)]+)\)", page.read_text(encoding="utf-8")):
        assert target in anchors(page), target


def test_every_alert_of_prometheus_leads_to_what_to_do() -> None:
    """The address that comes with an alert about the observer is a page, and a heading on it."""
    rules = yaml.safe_load(read("prometheus/observer.rules.yml"))
    urls = [rule["annotations"]["runbook_url"] for group in rules["groups"] for rule in group["rules"]]
    assert len(urls) > 10
    for url in urls:
        path, _, anchor = url.partition("#")
        assert (ROOT / path).exists(), url
        assert not anchor or anchor in anchors(ROOT / path), url


@pages
def test_every_metric_that_is_named_is_told(page: Path) -> None:
    """A symptom names figures that exist."""
    told = {family.shown for family in FAMILIES} | set(OTHER_NAMES)
    named = set(re.findall(r"`(observer_[a-z_]+)", page.read_text(encoding="utf-8")))
    assert named - told - {"observer_password"} == set()


@pages
def test_every_command_can_be_typed(page: Path) -> None:
    """The shell finds no slip in a block, and every service and profile that is named is in docker-compose.yml."""
    services = compose()["services"]
    profiles = {profile for service in services.values() for profile in service.get("profiles", [])}
    text = page.read_text(encoding="utf-8")
    shell = blocks(page, "sh")
    for block in shell:
        assert subprocess.run(["bash", "-n", "-c", block], capture_output=True, check=False).returncode == 0, block
    said = "\n".join(shell + re.findall(r"`(docker compose [^`]+)`", text))
    assert set(re.findall(r"--profile (\w+)", said)) <= profiles
    for line in re.findall(r"^docker compose .*?(?:logs|exec|kill|run)\b(.*)$", said, re.MULTILINE):
        words = [word for word in line.split("#")[0].split() if re.fullmatch(r"[a-z][a-z-]+", word)]
        assert words, line
        assert words[0] in services, line
    for name, count in re.findall(r"--scale (\w+)=(\d+)", said):
        assert name in services
        assert int(count) > 1


@pages
@pytest.mark.xdist_group("components")
def test_every_question_can_be_asked(page: Path, roles: Roles) -> None:
    """Every SQL block runs as the role that only reads, on the tables of this version."""
    roles.migrated()
    for block in blocks(page, "sql"):
        told = roles.told("reader", block)
        assert (told.returncode, told.stderr) == (0, ""), block
