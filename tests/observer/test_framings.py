"""Whatever carried the logs: the captured runs, wrapped as transports keep them, give the digest of the bare files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer import framed
from tests.observer.captures import NODES
from tests.observer.conftest import Observer, Recorded

LONG, SHORT = 16384, 90
"""docker's own limit, and one at which nearly every line is cut, also within a literal that is looked for."""


@pytest.fixture
def digest(observer: Observer, recorded: Recorded, tmp_path: Path) -> Callable[..., str]:
    """Import by command, and the digest at the end."""

    def imported(*arguments: object) -> str:
        made = tmp_path / "made.rec"
        assert observer("import", *arguments, "-o", made, "--quiet").code == 0
        nodes = observer("state", made, "nodes", "--json").json
        assert set(nodes) == set(NODES)
        return observer("state", made, "digest").text

    return imported


@pytest.fixture
def bare(observer: Observer, recorded: Recorded) -> Callable[[str, str], str]:
    """The digest of the bare logs."""
    return lambda level, form: observer("state", recorded(level, form), "digest").text


@pytest.mark.parametrize(
    ("run", "longest"),
    [
        (("level1", "log"), LONG),
        (("level1", "log"), SHORT),
        (("selective", "stdout"), SHORT),
        (("level0", "stdout"), LONG),
    ],
)
def test_docker_files_named_by_node(
    digest: Callable[..., str], bare: Callable[[str, str], str], tmp_path: Path, run: tuple[str, str], longest: int
) -> None:
    """The json-file driver's records, whole or cut into partials, in files called node1.log: same digest."""
    for node in NODES:
        records = framed.docker_records(framed.stamped(run[0], node, run[1]), longest)
        (tmp_path / f"{node}.log").write_bytes(records)
    assert digest(*(tmp_path / f"{node}.log" for node in NODES)) == bare(*run)


@pytest.mark.parametrize(("run", "longest"), [(("level1", "log"), SHORT), (("level1", "stdout"), LONG)])
def test_docker_directory_names_its_containers(
    digest: Callable[..., str], bare: Callable[[str, str], str], tmp_path: Path, run: tuple[str, str], longest: int
) -> None:
    """R1: in docker's own directory <id>-json.log takes the container's name from the config.v2.json beside it."""
    assert digest(framed.docker_folder(tmp_path, *run, longest)) == bare(*run)


@pytest.mark.parametrize(
    ("run", "longest"), [(("level1", "log"), LONG), (("level1", "stdout"), SHORT), (("selective", "log"), SHORT)]
)
def test_kubernetes_pod_directories(
    digest: Callable[..., str], bare: Callable[[str, str], str], tmp_path: Path, run: tuple[str, str], longest: int
) -> None:
    """R1: CRI files below NAMESPACE_POD_UID/CONTAINER are named by their pods, whole or cut into partials."""
    assert digest(framed.pod_folder(tmp_path, *run, longest)) == bare(*run)


def test_kubernetes_container_links(
    digest: Callable[..., str], bare: Callable[[str, str], str], tmp_path: Path
) -> None:
    """R1: POD_NAMESPACE_CONTAINER-<id>.log, as /var/log/containers has them, is named by the pod."""
    for node in NODES:
        name = f"{node}_testnet_monerod-{'ab' * 32}.log"
        (tmp_path / name).write_bytes(framed.cri_records(framed.stamped("level1", node, "log"), SHORT))
    assert digest(tmp_path) == bare("level1", "log")


@pytest.mark.parametrize("stamps", [False, True])
@pytest.mark.parametrize("level", ["level1", "level0"])
def test_all_nodes_in_one_kubectl_file(
    digest: Callable[..., str], bare: Callable[[str, str], str], tmp_path: Path, level: str, *, stamps: bool
) -> None:
    """R1: `kubectl logs --prefix` of all pods in one file, with or without --timestamps, is one source per pod."""
    path = tmp_path / "all.log"
    path.write_bytes(framed.prefixed(level, lambda node: f"[pod/{node}/monerod] ", stamps=stamps))
    assert digest(path) == bare(level, "log")


def test_all_nodes_in_one_compose_file(
    digest: Callable[..., str], bare: Callable[[str, str], str], tmp_path: Path
) -> None:
    """R1: `docker compose logs` names the service before every line."""
    path = tmp_path / "compose.log"
    path.write_bytes(framed.prefixed("level1", lambda node: f"{node}  | "))
    assert digest(path) == bare("level1", "log")


def test_journald(digest: Callable[..., str], bare: Callable[[str, str], str], tmp_path: Path) -> None:
    """`journalctl -o json` of each node."""
    for node in NODES:
        (tmp_path / f"{node}.json").write_bytes(framed.journald_records(framed.stamped("level1", node, "log")))
    assert digest(*(tmp_path / f"{node}.json" for node in NODES)) == bare("level1", "log")


def test_timestamps(digest: Callable[..., str], bare: Callable[[str, str], str], tmp_path: Path) -> None:
    """`docker logs --timestamps` of each node, saved into a file."""
    for node in NODES:
        lines = framed.stamped("level1", node, "stdout")
        (tmp_path / f"{node}.stdout").write_bytes(b"".join(f"{when} ".encode() + line for when, line in lines))
    assert digest(tmp_path) == bare("level1", "stdout")


def test_framing_that_is_said_is_not_detected(observer: Observer, tmp_path: Path) -> None:
    """`--framing` decides: docker's records read as bare lines are in no format that is known."""
    path = tmp_path / "node1.log"
    path.write_bytes(framed.docker_records(framed.stamped("level0", "node1", "log")))
    assert observer("import", path, "-o", tmp_path / "a.rec", "--framing", "bare", "-q").code == 0
    assert observer("state", tmp_path / "a.rec", "sources.0.role").text == "unread\n"
