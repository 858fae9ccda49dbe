"""The documentation is true: its commands run, and what is generated from the code is current."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import msgspec
import pytest

from observer.main import run
from observer.reference import reference
from observer.reference_conditions import conditions
from observer.rulefiles.reading import builtin_rules
from parsers.systems import SYSTEMS
from state.peers import NodePeers
from waits.entities import EACH
from waits.expression import LANGUAGE
from waits.functions import FUNCTIONS, MACROS
from waits.terms import Kind

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page in a language; "" gives those without one: what commands print."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [text for name, text in fenced if name == language]


def shell_commands(page: Path) -> list[tuple[str, int]]:
    """The `observer` commands in a page's shell blocks, with the exit code that a comment names, else 0."""
    found = []
    for line in [line for block in blocks(page, "sh") for line in block.splitlines()]:
        command, _, comment = line.partition("  #")
        code = re.search(r"exit (\d+)", comment)
        if command.startswith("observer "):
            found.append((command.strip(), int(code[1]) if code else 0))
    return found


def write_files(page: Path, folder: Path) -> None:
    """Lay out the files that a page shows: YAML whose first line is a remark with the file's name."""
    for block in blocks(page, "yaml"):
        name = re.match(r"# ([\w-]+\.yaml)\n", block)
        if name is not None:
            (folder / name[1]).write_text(block, encoding="utf-8")


def squeezed(text: str) -> str:
    """Without what a terminal's width does to a text."""
    return " ".join(text.split())


def test_reference_is_current() -> None:
    """docs/reference.md and docs/conditions.md are what the code says; `make docs` renews them."""
    assert (DOCS / "reference.md").read_text(encoding="utf-8") == reference()
    assert (DOCS / "conditions.md").read_text(encoding="utf-8") == conditions()


def test_every_statement_is_in_the_reference() -> None:
    """Nobody has to read the code to know what is read."""
    text = reference()
    said = [statement.text for system in SYSTEMS.values() for statement in system.statements]
    assert [one for one in said if one.replace("|", "\\|") not in text] == []


def test_every_word_of_formulas_is_on_its_page() -> None:
    """Every function, form, entity and rule that can be written is shown with how it is written."""
    text = conditions()
    visible = [one.signature for one in FUNCTIONS.values() if one.kind is not Kind.LIST]
    words = [*visible, *[one.signature for one in MACROS.values()], *LANGUAGE, *EACH]
    words += [rule.name for rule in builtin_rules().rules]
    assert [word for word in words if f"| `{word}` |" not in text] == []


@pytest.mark.parametrize("name", ["tutorial.md", "attestation.md", "writing-rules.md"])
def test_page_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every command of the page works as it stands, with the files that the page shows, and prints what it says: each
    line, up to an ellipsis where it is cut.
    """
    page = DOCS / name
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    monkeypatch.chdir(tmp_path)
    write_files(page, tmp_path)
    commands = shell_commands(page)
    assert len(commands) > 4
    for command, code in commands:
        assert run(shlex.split(command)[1:]) == code, command
    told = squeezed("".join(capfd.readouterr()))
    for line in [line for block in blocks(page, "") for line in block.splitlines()]:
        assert squeezed(line).removesuffix("…").strip() in told, line


def test_links_lead_somewhere() -> None:
    """No page links to one that is not there."""
    for page in [ROOT / "README.md", *DOCS.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_example_function_is_one() -> None:
    """The function that is shown registers itself, and reads and needs what there is."""
    known = set(FUNCTIONS)
    for block in blocks(DOCS / "writing-rules.md", "python"):
        exec(compile(block, "writing-rules.md", "exec"), {"__name__": "example"})  # noqa: S102 - our own page
    made = [FUNCTIONS.pop(name) for name in sorted(set(FUNCTIONS) - known)]
    assert [one.signature for one in made] == ["stray_ends(node)"]
    node_peers = {field.name for field in msgspec.structs.fields(NodePeers)}
    assert {name for one in made for reads in one.reads for name in reads.fields} <= node_peers
