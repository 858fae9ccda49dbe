"""The documentation is true: its commands run, and what is generated from the code is current."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from observer.main import run
from observer.reference import reference
from parsers.systems import SYSTEMS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def shell_commands(page: Path) -> list[str]:
    """The `observer` commands in a page's shell blocks, comments taken off."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("observer ")]


def test_reference_is_current() -> None:
    """docs/reference.md is what the code says; `make docs` renews it."""
    assert (DOCS / "reference.md").read_text(encoding="utf-8") == reference()


def test_every_statement_is_in_the_reference() -> None:
    """Nobody has to read the code to know what is read."""
    text = reference()
    assert all(statement.head.text.replace("|", "\\|") in text for statement in SYSTEMS["monero"].statements)


def test_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Every command of the tutorial works as it stands."""
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    monkeypatch.chdir(tmp_path)
    commands = shell_commands(DOCS / "tutorial.md")
    assert len(commands) > 8
    for command in commands:
        assert run(shlex.split(command)[1:]) == 0, command
    told = capfd.readouterr().out
    for line in re.findall(
        r"^\d\d:\d\d:\d\d\.\d{3} .*$", (DOCS / "tutorial.md").read_text(encoding="utf-8"), re.MULTILINE
    ):
        assert line in told


def test_links_lead_somewhere() -> None:
    """No page links to one that is not there."""
    for page in [ROOT / "README.md", *DOCS.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
