"""R1: which node and stream a file is, by its name and its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from observer.exits import Failed
from observer.naming import LOG_LIKE, distinguished, name_of, refuse_ambiguous

ID = "0123456789abcdef" * 4
UID = "0b2f7c1e-93d4-4a51-8a54-0f6f1a2b3c4d"

NAMED = [
    ("node1.log", "node1", "log"),
    ("run/node1.log", "node1", "log"),
    ("node1", "node1", "log"),
    ("node1.stdout", "node1", "stdout"),
    ("node1.stderr", "node1", "stderr"),
    ("node1.out", "node1", "out"),
    ("node1.err", "node1", "err"),
    ("node1.stdout.log", "node1", "stdout"),
    ("node1.LOG", "node1", "log"),
    ("node1.txt", "node1", "log"),
    ("node1.jsonl", "node1", "log"),
    ("node1.docker.json", "node1", "log"),
    ("node1.cri.log", "node1", "log"),
    ("node1-json.log", "node1", "log"),
    ("stdout.log", "stdout", "stdout"),
    ("stderr", "stderr", "stderr"),
    ("node-1.example.com.log", "node-1.example.com", "log"),
    ("10.0.0.1.log", "10.0.0.1", "log"),
    ("archive.tar.gz/deep/node1.log", "node1", "log"),
    # compressed and rotated
    ("node1.log.gz", "node1", "log"),
    ("node1.log.zst", "node1", "log"),
    ("node1.log.xz", "node1", "log"),
    ("node1.log.bz2", "node1", "log"),
    ("node1.log.1", "node1", "log"),
    ("node1.log.12.gz", "node1", "log"),
    ("node1.stdout.3.zst", "node1", "stdout"),
    ("node1.log.old", "node1", "log"),
    ("node1.log-20261121", "node1", "log"),
    ("node1.log-20261121.gz", "node1", "log"),
    ("node1.log.2026-11-21", "node1", "log"),
    ("bitmonero.log-2026-11-21-07-02-58", "bitmonero", "log"),
    ("bitmonero.log-2026-11-21-07-02-58.gz", "bitmonero", "log"),
    # containers and pods
    (f"{ID}-json.log", ID[:12], "log"),
    (f"{ID}-json.log.1", ID[:12], "log"),
    (f"{ID}.log", ID[:12], "log"),
    (f"containers/{ID}/{ID}-json.log", ID[:12], "log"),
    (f"pods/ns_node-0_{UID}/monerod/0.log", "node-0", "monerod"),
    (f"pods/ns_node-0_{UID}/monerod/3.log", "node-0", "monerod"),
    (f"pods/ns_node-0_{UID}/monerod/0.log.20261121-070258", "node-0", "monerod"),
    (f"pods/ns_node-0_{UID}/monerod/0.log.20261121-070258.gz", "node-0", "monerod"),
    (f"pods/ns_etcd.host_{UID.replace('-', '')}/etcd/0.log", "etcd.host", "etcd"),
    (f"containers/node-0_ns_monerod-{ID}.log", "node-0", "monerod"),
    (f"containers/node-0.host_kube-system_monerod-{ID}.log", "node-0.host", "monerod"),
]


@pytest.mark.parametrize(("path", "node", "stream"), NAMED)
def test_node_and_stream_come_from_the_name(path: str, node: str, stream: str) -> None:
    """R1: every kind of file name that logs have."""
    found = name_of(path)
    assert (found.node, found.stream) == (node, stream)


ONE_LOG = [
    ["node1.log", "node1.log.1", "node1.log.2.gz", "node1.log.old", "node1.log-20261121.zst"],
    ["bitmonero.log", "bitmonero.log-2026-11-21-07-02-58", "bitmonero.log-2026-11-20-07-02-58"],
    [f"{ID}-json.log", f"{ID}-json.log.1", f"{ID}-json.log.2.gz"],
    [f"pods/ns_node-0_{UID}/monerod/{name}" for name in ("0.log", "1.log", "0.log.20261121-070258.gz")],
]


@pytest.mark.parametrize("paths", ONE_LOG)
def test_members_of_one_log_have_one_name(paths: list[str]) -> None:
    """R1: rotated and compressed members differ in nothing, so that they become one source without complaint."""
    assert len({name_of(path) for path in paths}) == 1
    refuse_ambiguous((path, name_of(path)) for path in paths)


def test_container_is_named_by_its_configuration(tmp_path: Path) -> None:
    """R1: docker keeps a container's name beside its log."""
    (tmp_path / "config.v2.json").write_text(json.dumps({"Name": "/testnet-node1-1"}))
    assert name_of(str(tmp_path / f"{ID}-json.log")).node == "testnet-node1-1"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"Name": ""}', '{"Name": null}', "\xff\xfe"])
def test_unreadable_container_configuration_is_passed_over(tmp_path: Path, text: str) -> None:
    """Whatever stands in config.v2.json, the container has a name: its short id."""
    (tmp_path / "config.v2.json").write_text(text, encoding="latin-1")
    assert name_of(str(tmp_path / f"{ID}-json.log")).node == ID[:12]


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("node1.log", True),
        ("node1.stdout", True),
        ("node1.log.1", True),
        ("node1.log-20261121.gz", True),
        ("stdout", True),
        (f"{ID}-json.log", True),
        ("truth.jsonl", False),
        ("README.md", False),
        ("login.txt", False),
        ("catalog", False),
    ],
)
def test_what_looks_like_a_log(name: str, *, like: bool) -> None:
    """In a directory, a file of no known format is taken only where its name says that it is a log."""
    assert bool(LOG_LIKE.search(name)) is like


def nodes(*paths: str) -> dict[str, str]:
    """Node by path, told apart by directory where need be."""
    files = [(path, path, name_of(path)) for path in paths]
    return {path: f"{name.node}/{name.stream}" for path, name in distinguished(files)}


DISTINGUISHED = [
    ({"/r/a.log": "a/log", "/r/b.log": "b/log"}),
    ({"/r/n1/m.log": "n1/log", "/r/n2/m.log": "n2/log"}),
    ({"/r/n1/m.log": "n1/log", "/r/n1/m.log.1": "n1/log", "/r/n2/m.log": "n2/log"}),
    ({"/r/n1/m.log": "n1/log", "/r/n1/m.stdout": "n1/stdout", "/r/n2/m.log": "n2/log"}),
    ({"/r/n1/logs/m.log": "n1/log", "/r/n2/logs/m.log": "n2/log"}),
    ({"/r/logs/m.log": "logs/log", "/r/logs/n2/m.log": "n2/log"}),
    ({"/r/a/x/m.log": "x/log", "/r/b/y/m.log": "y/log"}),
    ({"/r/a/m.log": "a/log", "/r/b/m.log": "b/log", "/r/b/k.log": "k/log"}),
    ({"/r/a/m.log": "a/m/log", "/r/b/m.log": "b/m/log", "/r/a/k.log": "a/k/log", "/r/b/k.log": "b/k/log"}),
    ({"/r/stdout.log": "stdout/stdout"}),
    ({"/r/n1/stdout.log": "n1/stdout", "/r/n2/stdout.log": "n2/stdout"}),
    ({"/a/b/m.log": "b/log", "/b/a/m.log": "a/log"}),
    ({"/r/a/b/m.log": "a/b/log", "/r/b/b/m.log": "b/b/log", "/r/b/a/m.log": "b/a/log", "/r/a/a/m.log": "a/a/log"}),
]


@pytest.mark.parametrize("expected", DISTINGUISHED)
def test_equal_names_take_the_shortest_distinguishing_directory(expected: dict[str, str]) -> None:
    """R1: where two directories give one (node, stream), the directory that tells them apart names the node."""
    assert nodes(*expected) == expected


def test_directories_are_known_by_their_full_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.` and `..` name no node: what they stand for does."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    given = {"m.log": "here/log", "../there/m.log": "there/log"}
    assert nodes(*given) == given


@pytest.mark.parametrize(
    ("one", "other"), [("/r/m.log", "/r/m.txt"), ("/r/m.log", "/r/m"), ("/r/a/m.log", "/r/b/m.log")]
)
def test_two_logs_of_one_name_are_refused(one: str, other: str) -> None:
    """R1: what stays ambiguous is an error that names both files and what to do."""
    with pytest.raises(Failed) as refusal:
        refuse_ambiguous([(one, name_of(one)), (other, name_of(other))])
    assert other in str(refusal.value)
    assert "NODE=PATH" in str(refusal.value)
    assert refusal.value.code == 2
