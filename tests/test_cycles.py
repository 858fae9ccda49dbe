"""No module needs itself to be loaded: whoever imports one alone gets it, whatever was imported before."""

from __future__ import annotations

import ast
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("observer", "parsers", "replay", "state", "waits")


def modules() -> dict[str, Path]:
    """Every module of ours, by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, known: dict[str, Path]) -> set[str]:
    """Modules that are imported when this one is loaded, not those that a function or a type checker imports."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if name in known else node.module for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name in known}


def test_no_module_imports_itself_in_the_end() -> None:
    """A cycle loads only in a lucky order."""
    known = modules()
    graph: nx.DiGraph[str] = nx.DiGraph()
    for name, path in known.items():
        for other in imported(path, known):
            graph.add_edge(name, other)
            # Loading a module loads its packages first; a package that only registers its own is no cycle.
            package = other.rpartition(".")[0]
            while package in known and not name.startswith(f"{package}.") and name != package:
                graph.add_edge(name, package)
                package = package.rpartition(".")[0]
    assert list(nx.simple_cycles(graph)) == []
