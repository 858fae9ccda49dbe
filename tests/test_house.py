"""The repository itself: nothing in it belongs to one machine, and what is installed is pinned."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Captured logs legitimately hold the paths and hosts of the machines that wrote them.
CAPTURES = "tests/captures/"
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|home|root|Users)/")
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|proxy\.golang\.org|\bcrates\.io"
    r"|deb\.debian\.org|archive\.ubuntu\.com|repo1?\.maven\."
)
PIN = re.compile(r"([A-Za-z0-9][\w.-]*)==[\w.!+]+")


def project() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def own_texts() -> dict[str, str]:
    """The project's committed text files by path; a file with a NUL in it or that is not UTF-8 is no text."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    texts = {}
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if name.startswith(CAPTURES) or not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" in content:
            continue
        try:
            texts[name] = content.decode()
        except UnicodeDecodeError:
            continue
    return texts


def found(pattern: re.Pattern[str], texts: dict[str, str]) -> list[str]:
    """Where the pattern stands, as path:line: text."""
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def normal(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> list[str]:
    """The lines of constraints.txt that are not comments."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY], ids=["machine path", "registry"])
def test_no_text_names_a_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    """No committed text outside the captures holds a path of one machine or a package registry's host."""
    assert found(pattern, own_texts()) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE_PATH, "cd '/" + "home/somebody/x'"),
        (MACHINE_PATH, "see /" + "work/shared"),
        (REGISTRY, "index-url = https://pypi" + ".org/simple"),
    ],
)
def test_a_machine_path_or_registry_would_be_found(pattern: re.Pattern[str], line: str) -> None:
    """The search finds what it looks for and says where."""
    assert found(pattern, {"a.txt": f"first\n{line}"}) == [f"a.txt:2: {line}"]


def test_constraints_pin_exactly() -> None:
    """Every line of constraints.txt is name==version and nothing else, in order, none twice."""
    assert [line for line in pins() if not PIN.fullmatch(line)] == []
    assert pins() == sorted(set(pins()), key=str.upper)


def test_constraints_cover_the_declared_dependencies() -> None:
    """Each dependency of pyproject.toml is pinned, and the project itself is not."""
    pinned = {normal(line.partition("==")[0]) for line in pins()}
    described = project()["project"]
    declared = [*described["dependencies"], *described["optional-dependencies"]["test"]]
    names = {normal(re.split(r"[^\w.-]", dependency)[0]) for dependency in declared}
    assert names - pinned == set()
    assert described["name"] not in pinned


def test_packages_exist() -> None:
    """Every top-level package that pyproject.toml ships is a folder with an __init__.py."""
    shipped = project()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert [name for name in shipped if not (ROOT / name / "__init__.py").is_file()] == []
