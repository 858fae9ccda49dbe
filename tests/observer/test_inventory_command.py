"""R24 by command: an inventory names nodes, expects some, and is drafted from logs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from observer.inventory import parse_inventory
from tests.observer import framed
from tests.observer.captures import CAPTURES, LEVELS, NODES, logs
from tests.observer.conftest import Observer
from tests.observer.monerod import block, idle, line, started


@pytest.fixture
def inventory(tmp_path: Path) -> Callable[[str], Path]:
    """An inventory on disk."""

    def made(text: str) -> Path:
        path = tmp_path / "network.yaml"
        path.write_text(text)
        return path

    return made


@pytest.fixture
def state(observer: Observer, tmp_path: Path) -> Callable[..., Any]:
    """Import with an inventory, and the state at the end."""

    def answered(path: Path, *arguments: object) -> Any:
        made = tmp_path / "made.rec"
        made.unlink(missing_ok=True)
        assert observer("import", *arguments, "--inventory", path, "-o", made, "-q").code == 0
        return observer("state", made, "--json").json

    return answered


def test_aliases_and_patterns_rename_nodes(inventory: Any, state: Any) -> None:
    """A file's name may be an alias, and a pattern of paths decides before it."""
    found = state(
        inventory(
            "network: three\nnodes:\n"
            "  alpha: {aliases: [node1]}\n"
            "  beta: {files: ['*/node2.*']}\n"
            "  gamma: {aliases: [node1x], files: ['*node3.log']}\n"
        ),
        *logs("level0", "log"),
    )
    assert found["network"] == "three"
    assert set(found["nodes"]) == {"alpha", "beta", "gamma"}
    assert found["nodes"]["gamma"]["restarts"] == 1


def test_both_forms_of_a_renamed_node_are_one_node(inventory: Any, state: Any) -> None:
    """R1: the file and the console form take the new name together; one of them stays evidence."""
    found = state(inventory("nodes: {alpha: {aliases: [node1]}}\n"), CAPTURES / "level0")
    roles = {one["stream"]: one["role"] for one in found["sources"] if one["node"] == "alpha"}
    assert roles == {"log": "primary", "stdout": "evidence"}


def test_pods_are_renamed_in_a_file_of_all(inventory: Any, state: Any, tmp_path: Path) -> None:
    """An alias may be a pod's name in `kubectl logs --prefix`."""
    (tmp_path / "all.log").write_bytes(framed.prefixed("level0", lambda node: f"[pod/{node}-0/monerod] "))
    aliases = "".join(f"  {node}: {{aliases: [{node}-0]}}\n" for node in NODES)
    assert set(state(inventory(f"nodes:\n{aliases}"), tmp_path / "all.log")["nodes"]) == set(NODES)


def test_pods_of_one_alias_are_refused(refused: Callable[..., str], inventory: Any, tmp_path: Path) -> None:
    """R1: a pattern that makes one node of three pods is ambiguous, not a merge of three chains."""
    (tmp_path / "all.log").write_bytes(framed.prefixed("level0", lambda node: f"[pod/{node}/monerod] "))
    path = inventory("nodes: {one: {files: ['*all.log']}}\n")
    arguments = (tmp_path / "all.log", "--inventory", path, "-o", tmp_path / "made.rec")
    assert "would be the same source, one/log" in refused(2, "import", *arguments)


def test_name_that_the_inventory_gives_is_not_replaced(
    refused: Callable[..., str], inventory: Any, tmp_path: Path
) -> None:
    """R1: two directories hold the log of one expected node; which of them is meant must be said."""
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "node1.log").write_bytes(started(0))
    arguments = (tmp_path / "old", tmp_path / "new", "--inventory", inventory("nodes: {node1: {}}\n"))
    assert "would be the same source, node1/log" in refused(2, "import", *arguments, "-o", tmp_path / "made.rec")


def test_expected_node_without_a_source_is_unknown_not_absent(
    inventory: Any, state: Any, observer: Observer, tmp_path: Path
) -> None:
    """R24: it is among the nodes with nulls, in JSON and for people."""
    found = state(inventory("nodes: {node1: {}, node4: {}}\n"), *logs("selective", "log"))
    node = found["nodes"]["node4"]
    nulls = ("status", "height", "tip", "connections", "synced", "restarts", "last_line_at", "version", "peers")
    assert [node[name] for name in nulls] == [None] * len(nulls)
    (row,) = [row for row in observer("state", tmp_path / "made.rec").text.splitlines() if row.startswith("node4")]
    assert set(row.split()[1:]) == {"?"}


def test_inventory_is_kept_in_the_recording(inventory: Any, state: Any, observer: Observer, tmp_path: Path) -> None:
    """R7: what was expected goes with the recording, also when more is added without saying it again."""
    path = inventory("network: mine\nnodes: {alpha: {aliases: [node1]}, node4: {}}\n")
    state(path, *logs("level0", "log"))
    path.unlink()
    assert observer("import", *logs("level0", "log"), "-o", tmp_path / "made.rec", "--append", "-q").code == 0
    found = observer("state", tmp_path / "made.rec", "--json").json
    assert found["network"] == "mine"
    assert set(found["nodes"]) == {"alpha", "node2", "node3", "node4"}


def test_zone_and_system_of_a_node_are_taken_from_it(inventory: Any, state: Any, tmp_path: Path) -> None:
    """R3: `timezone` reads a node's naive times; --tz with the node's name stands above it."""
    (tmp_path / "a.log").write_bytes(started(0) + block(1000, 0))
    path = inventory("nodes: {a: {timezone: '+02:00', system: monero}}\n")
    assert state(path, tmp_path / "a.log")["nodes"]["a"]["last_line_at"] == "2026-11-21T05:00:01.000Z"
    again = state(path, tmp_path / "a.log", "--tz", "a=+03:00")
    assert again["nodes"]["a"]["last_line_at"] == "2026-11-21T04:00:01.000Z"


def test_replay_takes_the_pace_from_it(inventory: Any, observer: Observer, tmp_path: Path) -> None:
    """`silent_after` decides what is told as a silence; --silent-after stands above it."""
    lines = started(0) + b"".join(idle(second * 1000) for second in range(1, 10)) + idle(50_000)
    (tmp_path / "a.log").write_bytes(lines)
    path = inventory("nodes: {a: {}}\npace: {silent_after: 1m}\n")
    quiet = observer("replay", tmp_path / "a.log", "--inventory", path, "--json").answers
    told = observer("replay", tmp_path / "a.log", "--inventory", path, "--silent-after", "30s", "--json").answers
    assert [one["kind"] for one in quiet].count("silence") == 0
    assert [one["facts"]["lasted_ns"] for one in told if one["kind"] == "silence"] == [41 * 10**9]


@pytest.mark.parametrize("level", LEVELS)
def test_draft_fits_its_schema_and_is_read_again(observer: Observer, inventory: Any, state: Any, level: str) -> None:
    """What `observer inventory` drafts is an inventory, and importing with it gives the nodes that it names."""
    drafted = observer("inventory", CAPTURES / level, "--network", "three").text
    schema = observer("schema", "inventory").json
    jsonschema.validate(yaml.safe_load(drafted), schema)
    jsonschema.validate(observer("inventory", CAPTURES / level, "--json").json, schema)
    found = parse_inventory(drafted, "drafted")
    assert found.network == "three"
    assert set(found.nodes) == set(NODES)
    assert {node.system for node in found.nodes.values()} == {"monero"}
    assert set(state(inventory(drafted), CAPTURES / level)["nodes"]) == set(NODES)


def test_draft_tells_addresses_and_pace(observer: Observer) -> None:
    """The address at which peers know a node is an alias of it; the pace is that of the blocks seen."""
    found = parse_inventory(observer("inventory", *logs("level1", "log")).text, "drafted")
    assert {name: node.aliases for name, node in found.nodes.items()} == {
        f"node{number}": (f"127.0.0.1:2810{number}",) for number in (1, 2, 3)
    }
    assert found.pace.block_interval == "1s"


def test_draft_leaves_an_address_out_that_several_nodes_claim(observer: Observer, tmp_path: Path) -> None:
    """R12: every container's own 127.0.0.1 names none of them."""
    bound = line(10, "Binding (IPv4) on 127.0.0.1:18080", category="net.p2p")
    for node in ("a", "b"):
        (tmp_path / f"{node}.log").write_bytes(started(0) + bound)
    found = parse_inventory(observer("inventory", tmp_path).text, "drafted")
    assert {name: node.aliases for name, node in found.nodes.items()} == {"a": (), "b": ()}


def test_draft_tells_the_framing(observer: Observer, tmp_path: Path) -> None:
    """What carried the logs is drafted where it is not bare."""
    (tmp_path / "node1.log").write_bytes(framed.docker_records(framed.stamped("level0", "node1", "stdout")))
    found = parse_inventory(observer("inventory", tmp_path).text, "drafted")
    assert found.nodes["node1"].framing == "docker-json"


def test_what_a_draft_left_out_is_said(observer: Observer) -> None:
    """A file that is no log is named on stderr, so that the draft is still YAML."""
    ran = observer("inventory", CAPTURES / "level0")
    assert ran.err == f"observer: left out: {CAPTURES}/level0/truth.jsonl is in no log format that is known\n"


def test_wrong_inventory_stops_the_import(refused: Callable[..., str], inventory: Any, tmp_path: Path) -> None:
    """File and line, exit code 2, and no recording is begun."""
    path = inventory("nodes:\n  node1:\n    alias: n1\n")
    arguments = ("import", *logs("level0", "log"), "--inventory", path, "-o", tmp_path / "made.rec")
    assert (
        refused(2, *arguments) == f"observer: {path}:3: nodes.node1.alias: there is no such key; did you mean aliases?"
    )
    assert sorted(one.name for one in tmp_path.iterdir()) == ["network.yaml"]
