"""R1, R7 by command: `import --append` adds what a recording has not seen, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.observer.captures import CAPTURES, NODES, RUNS, logs
from tests.observer.conftest import Observer, Recorded
from tests.observer.monerod import block, idle, started


class Held(NamedTuple):
    """What a recording holds."""

    blocks: int
    entries: int
    lines: int
    digest: str
    sequence: int


@pytest.fixture
def held(observer: Observer) -> Callable[[Path], Held]:
    """By `verify` and `state`."""

    def asked(path: Path) -> Held:
        found = observer("verify", path, "--json").json
        assert found["sound"]
        sequence = observer("state", path, "sequence").json
        return Held(found["blocks"], found["entries"], found["lines"], found["digest"], sequence)

    return asked


@pytest.mark.parametrize("run", RUNS)
def test_the_same_files_add_nothing(
    observer: Observer, held: Callable[[Path], Held], recorded: Recorded, tmp_path: Path, run: tuple[str, str]
) -> None:
    """Importing the same files again leaves lines, entries, blocks and digest as they are, however often."""
    path = tmp_path / "run.rec"
    shutil.copy(recorded(*run), path)
    before, journal = held(path), observer("lines", path, "--number").out
    for _ in range(2):
        ran = observer("import", *logs(*run), "-o", path, "--append")
        assert ran.code == 0
        assert ": 0 lines of 3 nodes" in ran.text
        assert "were there already" in ran.text
    assert held(path) == before
    assert observer("lines", path, "--number").out == journal


def cut_at(path: Path, share: float) -> bytes:
    """The beginning of a log, whole lines."""
    data = path.read_bytes()
    return data[: data.index(b"\n", int(len(data) * share)) + 1]


@pytest.mark.parametrize("level", ["level1", "level0"])
def test_grown_files_add_their_tails(
    observer: Observer, held: Callable[[Path], Held], recorded: Recorded, tmp_path: Path, level: str
) -> None:
    """Logs imported in three goes as they grew give the bytes and the digest of one import of the whole."""
    files = [tmp_path / f"{node}.log" for node in NODES]
    made = tmp_path / "run.rec"
    for share in (0.3, 0.31, 1):
        for file in files:
            whole = CAPTURES / level / file.name
            file.write_bytes(whole.read_bytes() if share == 1 else cut_at(whole, share))
        more = ["--append"] if made.exists() else []
        assert observer("import", *files, "-o", made, "-q", *more).code == 0
    assert held(made).digest == held(recorded(level, "log")).digest
    for node, file in zip(NODES, files, strict=True):
        assert observer("lines", made, "--node", node).out == file.read_bytes()


def test_tail_says_how_much_it_added(observer: Observer, tmp_path: Path) -> None:
    """The summary counts what was new and what was there."""
    log, made = tmp_path / "a.log", tmp_path / "run.rec"
    log.write_bytes(started(0) + b"".join(idle(number) for number in range(20_000)))
    observer("import", log, "-o", made)
    with log.open("ab") as more:
        more.write(block(30_000, 0))
    text = observer("import", log, "-o", made, "--append").text
    assert ": 5 lines of 1 nodes (a), 0.0 MB" in text
    assert f"  {(log.stat().st_size - len(block(30_000, 0))) / 1e6:.1f} MB were there already" in text


def test_rotated_log_goes_on_in_the_next_file(observer: Observer, tmp_path: Path) -> None:
    """A log that was rotated since is known by its beginning: its old part is not read again under its new name."""
    log, made = tmp_path / "a.log", tmp_path / "run.rec"
    first, second = started(0) + block(1000, 0) + block(2000, 1), block(3000, 2) + block(4000, 3)
    log.write_bytes(first)
    observer("import", log, "-o", made)
    log.rename(tmp_path / "a.log.1")
    log.write_bytes(second)
    assert observer("import", tmp_path / "a.log", tmp_path / "a.log.1", "-o", made, "--append", "-q").code == 0
    assert observer("lines", made).out == first + second
    assert observer("state", made, "nodes.a.height").text == "3\n"


def test_another_node_is_added(observer: Observer, tmp_path: Path) -> None:
    """Logs of a node that the recording did not have become a source of it; the others stay as they are."""
    made = tmp_path / "run.rec"
    for node, height in (("a", 0), ("b", 1)):
        (tmp_path / f"{node}.log").write_bytes(started(0) + block(1000, height))
    observer("import", tmp_path / "a.log", "-o", made)
    assert observer("import", tmp_path / "b.log", "-o", made, "--append", "-q").code == 0
    nodes: dict[str, Any] = observer("state", made, "nodes", "--json").json
    assert {name: node["height"] for name, node in nodes.items()} == {"a": 0, "b": 1}


def test_file_keeps_the_name_that_it_has_in_the_recording(observer: Observer, tmp_path: Path) -> None:
    """R1: two logs told apart by their directories are the same two when one of them is added to alone."""
    files, made = [tmp_path / folder / "m.log" for folder in ("x", "y")], tmp_path / "run.rec"
    for number, file in enumerate(files):
        file.parent.mkdir()
        file.write_bytes(started(number) + b"".join(block(1000 + number, height) for height in range(3)))
    observer("import", *files, "-o", made)
    with files[0].open("ab") as more:
        more.write(block(5000, 3))
    assert observer("import", files[0], "-o", made, "--append", "-q").code == 0
    nodes: dict[str, Any] = observer("state", made, "nodes", "--json").json
    assert {name: node["height"] for name, node in nodes.items()} == {"x": 3, "y": 2}
    assert observer("lines", made, "--node", "x").out == files[0].read_bytes()


def test_second_log_of_a_name_is_not_a_second_import_of_the_first(
    refused: Callable[..., str], observer: Observer, tmp_path: Path
) -> None:
    """R1: a log that was alone keeps its name when another of that name comes; the other needs one of its own."""
    files, made = [tmp_path / folder / "m.log" for folder in ("x", "y")], tmp_path / "run.rec"
    for number, file in enumerate(files):
        file.parent.mkdir()
        file.write_bytes(started(number) + b"".join(block(1000 + number, height) for height in range(3)))
    observer("import", files[0], "-o", made)
    assert "would be the same source, m/log" in refused(2, "import", *files, "-o", made, "--append")
    assert observer("import", files[0], f"other={files[1]}", "-o", made, "--append", "-q").code == 0
    assert set(observer("state", made, "nodes", "--json").json) == {"m", "other"}


def test_how_a_source_is_read_cannot_change(refused: Callable[..., str], observer: Observer, tmp_path: Path) -> None:
    """R3: zone and framing of a source are settled with its first line; another way is refused, not ignored."""
    log, made = tmp_path / "a.log", tmp_path / "run.rec"
    log.write_bytes(started(0))
    observer("import", log, "-o", made)
    before = observer("lines", made, "--number").out
    for zone in ("+02:00", "a=Europe/Berlin"):
        assert "reads the times of a/log as UTC" in refused(2, "import", log, "-o", made, "--append", "--tz", zone)
    log.write_bytes(b"2026-11-21T07:00:00.000000000Z stdout F " + started(0).splitlines(keepends=True)[0])
    assert "in framing cri" in refused(2, "import", log, "-o", made, "--append")
    assert observer("lines", made, "--number").out == before


def test_refused_append_leaves_a_single_file(refused: Callable[..., str], observer: Observer, tmp_path: Path) -> None:
    """R7: a recording to which nothing could be added is the file that it was, with nothing beside it."""
    log, made = tmp_path / "a.log", tmp_path / "run.rec"
    log.write_bytes(started(0))
    observer("import", log, "-o", made)
    before = made.read_bytes()
    refused(2, "import", tmp_path / "slip.log", "-o", made, "--append")
    assert observer("state", made).code == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.log", "run.rec"]
    assert made.read_bytes() == before


def test_format_that_was_not_known_is_not_kept_silently(
    refused: Callable[..., str], observer: Observer, tmp_path: Path
) -> None:
    """A source that began with lines of no known format stays unread; when it turns out to be monerod's, that is said."""
    log, made = tmp_path / "a.log", tmp_path / "run.rec"
    log.write_bytes(b"booting\n")
    observer("import", log, "-o", made)
    log.write_bytes(b"booting\n" + started(0) + block(1000, 0))
    sentence = refused(2, "import", log, "-o", made, "--append")
    assert "in the recording a/log is of no known format" in sentence
    assert "import all logs again into another recording" in sentence


def test_append_needs_a_recording(refused: Callable[..., str], tmp_path: Path) -> None:
    """A slip in the recording's name makes no new one."""
    (tmp_path / "a.log").write_bytes(started(0))
    refused(5, "import", tmp_path / "a.log", "-o", tmp_path / "slip.rec", "--append")
    assert not (tmp_path / "slip.rec").exists()
