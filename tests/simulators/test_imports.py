"""The simulators exist to prove the readers of logs wrong, so they share nothing with them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import observer

ROOT = Path(observer.__file__).resolve().parent.parent
PACKAGE = "observer.simulators"
REFUSED = ("parsers", "state", "replay", "waits", "observer")
MODULES = sorted((ROOT / "observer" / "simulators").rglob("*.py"))


def imported(source: str, package: str) -> set[str]:
    """Every module that a source imports, wherever in it the import stands, and whatever its form."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            found.add(".".join([*above, *([node.module] if node.module else [])]))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "import_module",
            "importlib.import_module",
            "__import__",
        ):
            found.add("parsers")
    return found


def foreign(names: set[str]) -> set[str]:
    """Of these, the project's own that are no part of the simulators."""
    ours = {name for name in names if name.split(".")[0] in REFUSED}
    return {name for name in ours if name != PACKAGE and not name.startswith(f"{PACKAGE}.")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_simulator_imports_only_simulators(path: Path) -> None:
    """No module imports parsers, state, replay or waits, nor any part of the observer that could bring them in."""
    package = ".".join(path.relative_to(ROOT).parent.parts)
    assert foreign(imported(path.read_text(), package)) == set()


def test_there_are_modules() -> None:
    """The check looks at something."""
    assert len(MODULES) > 30


@pytest.mark.parametrize(
    "source",
    [
        "import parsers",
        "import state.events as s",
        "from replay.journal import Mark",
        "def f():\n    from parsers import framing",
        "from observer.exits import Failed",
        "from ...exits import Failed",
        "import importlib\nimportlib.import_module('parsers')",
    ],
)
def test_an_import_of_a_reader_is_found(source: str) -> None:
    """Every form of import is seen."""
    assert foreign(imported(source, "observer.simulators.xmtpd"))
