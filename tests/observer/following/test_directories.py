"""A directory gives each log in it once, whatever it is rotated into."""

from __future__ import annotations

from pathlib import Path

import pytest

from observer.following.directories import Directory
from tests.observer.following.growing_logs import Clock, append

POD = "testnet_node-0_0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"


@pytest.fixture
def clock() -> Clock:
    """Time by which directories are looked at."""
    return Clock()


def test_logs_are_given_once_as_they_appear(tmp_path: Path, clock: Clock) -> None:
    """What is there comes first, in order; what appears comes later; nothing comes twice."""
    append(tmp_path / "b.log", b"")
    append(tmp_path / "a.log", b"one\n")
    directory = Directory(tmp_path)
    assert directory.look(clock.on()) == [tmp_path / "a.log", tmp_path / "b.log"]
    append(tmp_path / "c.log", b"one\n")
    assert directory.look(clock.on(1000)) == [tmp_path / "c.log"]
    assert directory.look(clock.on(1000)) == []


def test_it_is_listed_once_a_second(tmp_path: Path, clock: Clock) -> None:
    """Looks in between cost nothing and give nothing."""
    directory = Directory(tmp_path)
    directory.look(clock.on())
    append(tmp_path / "a.log", b"one\n")
    assert [directory.look(clock.on(100)) for _ in range(9)] == [[]] * 9
    assert directory.look(clock.on(100)) == [tmp_path / "a.log"]


def test_rotated_members_are_one_log(tmp_path: Path, clock: Clock) -> None:
    """R1: members belong to the log that they were rotated off; without it there is nothing to follow."""
    for name in ("a.log", "a.log.1", "a.log.2.gz", "a.log-2026-11-21-07-02-58", "gone.log.1", "gone.log.2.gz"):
        append(tmp_path / name, b"one\n")
    directory = Directory(tmp_path)
    assert directory.look(clock.on()) == [tmp_path / "a.log"]
    (tmp_path / "a.log").rename(tmp_path / "a.log.3")
    append(tmp_path / "a.log", b"two\n")
    append(tmp_path / "gone.log", b"two\n")
    assert directory.look(clock.on(1000)) == [tmp_path / "gone.log"]


def test_two_levels_below_and_no_hidden_files(tmp_path: Path, clock: Clock) -> None:
    """Directories are searched two levels down; hidden files and directories are not logs."""
    for name in ("1/a.log", "1/2/b.log", "1/2/3/too-deep.log", ".hidden/c.log", ".d.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        append(tmp_path / name, b"one\n")
    assert Directory(tmp_path).look(clock.on()) == [tmp_path / "1/2/b.log", tmp_path / "1/a.log"]


def test_a_file_stands_before_links_to_it(tmp_path: Path, clock: Clock) -> None:
    """Two names of one file are one log, as Kubernetes keeps them; a link to a file elsewhere is one too."""
    logs, elsewhere = tmp_path / "logs", tmp_path / "elsewhere.log"
    logs.mkdir()
    append(logs / "node.log", b"one\n")
    append(elsewhere, b"one\n")
    (logs / "a-link.log").symlink_to("node.log")
    (logs / "b-link.log").symlink_to(elsewhere)
    (logs / "broken.log").symlink_to("nowhere")
    assert Directory(logs).look(clock.on()) == [logs / "b-link.log", logs / "node.log"]


def test_lives_of_a_container_are_one_log(tmp_path: Path, clock: Clock) -> None:
    """R1: 0.log and 1.log of a pod's container are lives of one log; it is followed by the latest."""
    folder = tmp_path / POD / "node"
    folder.mkdir(parents=True)
    append(folder / "0.log", b"one\n")
    append(folder / "0.log.20261121-070258.gz", b"older\n")
    append(folder / "1.log", b"two\n")
    directory = Directory(tmp_path)
    assert directory.look(clock.on()) == [folder / "1.log"]
    append(folder / "2.log", b"three\n")
    assert directory.look(clock.on(1000)) == []


def test_a_directory_that_is_not_there_yet(tmp_path: Path, clock: Clock) -> None:
    """It may come later."""
    directory = Directory(tmp_path / "logs")
    assert directory.look(clock.on()) == []
    (tmp_path / "logs").mkdir()
    append(tmp_path / "logs" / "a.log", b"one\n")
    assert directory.look(clock.on(1000)) == [tmp_path / "logs" / "a.log"]
