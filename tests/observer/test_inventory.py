"""R24: the inventory that people write, and what is said of one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.exits import Failed
from observer.inventory import SAYS_NOTHING, Inventory, nanoseconds, parse_inventory, read_inventory, written

GOOD = """\
network: three-nodes
nodes:
  node1:
    aliases: [n1, "127.0.0.1:28101"]
    files: ["*/n1/*.log"]
    system: monero
    framing: docker-json
    timezone: Europe/Berlin
    log_level: "1"
    quorum: false
  node2: {}
  node3:
pace:
  block_interval: 2m
  silent_after: 1h30m
parameters: {depth: 4, name: text}
"""


def test_good_inventory_is_read() -> None:
    """Everything that can be said is kept; a node of which only the name is said is one."""
    found = parse_inventory(GOOD, "network.yaml")
    assert found.network == "three-nodes"
    assert list(found.nodes) == ["node1", "node2", "node3"]
    assert found.nodes["node1"].timezone == "Europe/Berlin"
    assert found.nodes["node3"].aliases == ()
    assert (found.pace.block_interval, found.pace.silent_after) == ("2m", "1h30m")


@pytest.mark.parametrize("text", ["", "{}", "# nothing yet\n", "---\n"])
def test_empty_inventory_is_one(text: str) -> None:
    """Nothing said is nothing expected."""
    assert parse_inventory(text, "network.yaml") == Inventory()


def test_written_inventory_is_read_back() -> None:
    """What the program writes it reads to the same value."""
    found = parse_inventory(GOOD, "network.yaml")
    assert parse_inventory(written(found), "again") == found


BAD = [
    ("network: x\nnode: {}\n", "2: node: there is no such key; did you mean nodes?"),
    ("nodes:\n  n:\n    alias: [a]\n", "3: nodes.n.alias: there is no such key; did you mean aliases?"),
    ("pace:\n\n  silent: 2s\n", "3: pace.silent: there is no such key; did you mean silent_after?"),
    ("nodes:\n  n: {zzzzzz: 1}\n", "2: nodes.n.zzzzzz: there is no such key; see `observer schema inventory`"),
    ("nodes:\n  n:\n    system: bitcoin\n", "3: nodes.n.system: unknown system 'bitcoin'; there is monero, xmtpd"),
    ("nodes:\n  n:\n    framing: morse\n", "3: nodes.n.framing: unknown framing 'morse'; there are docker-json"),
    ("nodes:\n  n: {timezone: Mars/X}\n", "2: nodes.n.timezone: no time zone is called 'Mars/X'; write UTC"),
    ("pace:\n  block_interval: 2 m\n", "2: pace.block_interval: '2 m' is no duration; write for example 90s"),
    ("pace: {block_interval: 120}\n", "1: pace.block_interval: should be text; put it into quotes"),
    ("nodes:\n  n: {log_level: 1}\n", "2: nodes.n.log_level: should be text; put it into quotes"),
    ("nodes:\n  n:\n    aliases: n1\n", "3: nodes.n.aliases: should be a list, such as [one, other]"),
    ("nodes: [a, b]\n", "1: nodes: should be names with something behind each"),
    ("nodes:\n  n: [a]\n", "2: nodes.n: should be names with something behind each"),
    ("- a\n- b\n", "1: should be names with something behind each"),
    ("just text\n", "1: should be names with something behind each"),
    ("[]\n", "1: should be names with something behind each"),
    ("nodes:\n  n: {quorum: perhaps}\n", "2: nodes.n.quorum: "),
    ("nodes:\n  n: {}\n  m: {}\n  n: {aliases: [x]}\n", "4: n: is there twice"),
    ("nodes:\n  a: {aliases: [x]}\n  b: {aliases: [x]}\n", "1: nodes: 'x' is claimed by a and by b"),
    ("nodes:\n  a: {}\n  b: {aliases: [a]}\n", "1: nodes: 'a' is claimed by a and by b"),
    ("network: x\nnodes: [\n", "3: is not YAML: "),
    ("network: 'x\n", "2: is not YAML: "),
    ("network: !!python/object:os.system {}\n", "1: is not YAML: "),
]


@pytest.mark.parametrize(("text", "expected"), BAD)
def test_wrong_inventory_is_named_with_file_and_line(text: str, expected: str) -> None:
    """One sentence with the file, the line of the innermost key, and what to write instead; exit code 2."""
    with pytest.raises(Failed) as refusal:
        parse_inventory(text, "network.yaml")
    assert str(refusal.value).startswith(f"network.yaml:{expected}")
    assert "\n" not in str(refusal.value)
    assert refusal.value.code == 2


@pytest.mark.parametrize("text", ["network: 2026-13-45\n", "network: \0\n", "nodes: " + "[" * 5000, "network: 0x_\n"])
def test_odd_yaml_is_an_error_like_any_other(text: str) -> None:
    """No text makes the YAML reader's own failures reach the user."""
    with pytest.raises(Failed, match=r"^network.yaml:") as refusal:
        parse_inventory(text, "network.yaml")
    assert "\n" not in str(refusal.value)


@given(st.text(alphabet="abn:[]{}-&*!'\"# \n\t0123456789", max_size=60))
def test_any_text_is_an_inventory_or_one_sentence(text: str) -> None:
    """Whatever stands in the file, reading it ends in an inventory or in one sentence."""
    said = ""
    try:
        parse_inventory(text, "network.yaml")
    except Failed as refusal:
        said = str(refusal)
    assert "\n" not in said


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a directory and bytes that are no UTF-8 are named."""
    (tmp_path / "bytes.yaml").write_bytes(b"network: \xff\xfe\n")
    for path in (tmp_path / "missing.yaml", tmp_path, tmp_path / "bytes.yaml"):
        with pytest.raises(Failed, match="the inventory cannot be read"):
            read_inventory(path)


@pytest.mark.parametrize(
    ("path", "stem", "node"),
    [
        ("run/n1/monero.log", "monero", "node1"),
        ("n1/monero.log", "monero", "node1"),
        ("/data/n1/x/monero.log", "monero", "node1"),
        ("run/x/n1.log", "n1", "node1"),
        ("run/x/node2.log", "node2", "node2"),
        ("run/x/node9.log", "node9", None),
    ],
)
def test_file_belongs_to_a_node(path: str, stem: str, node: str | None) -> None:
    """Patterns come first, also for relative paths, then the node's name, then its aliases."""
    assert parse_inventory(GOOD, "network.yaml").node_for(path, stem) == node


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90s", 90 * 10**9), ("1h30m", 5400 * 10**9), ("250ms", 25 * 10**7), ("2d", 172800 * 10**9), ("0s", 0)],
)
def test_durations(text: str, expected: int) -> None:
    """Durations are written in Prometheus' words."""
    assert nanoseconds(text) == expected


@pytest.mark.parametrize("text", ["", "90", "s", "1.5h", "-3s", "1h 30m", "5 m", "1w", "9999999999s"])
def test_what_is_no_duration(text: str) -> None:
    """Anything else is refused with an example."""
    with pytest.raises(ValueError, match="is no duration; write for example"):
        nanoseconds(text)


def test_an_inventory_that_says_nothing_is_known_without_reading_it() -> None:
    """It is written in one way, and read as the one in which nothing is set."""
    assert written(Inventory()) == SAYS_NOTHING
    read = parse_inventory(SAYS_NOTHING, "network.yaml")
    assert (read, read.model_fields_set) == (Inventory(), set())
