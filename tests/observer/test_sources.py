"""What a command takes for logs, and under which names: files, directories, globs, rotated members, NODE=PATH."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer.captures import CAPTURES, NODES, logs
from tests.observer.conftest import Import, Observer, Recorded, Sources
from tests.observer.monerod import block, idle, started

SELECTIVE = CAPTURES / "selective"


def copied(node: str, *places: Path) -> None:
    """A captured log at these places."""
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SELECTIVE / f"{node}.log", place)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_order_of_arguments_does_not_matter(
    imported: Import, observer: Observer, recorded: Recorded, tmp_path: Path, order: tuple[int, ...]
) -> None:
    """R3: the same journal, entry by entry, in whatever order the files were named."""
    files = logs("selective", "log")
    imported(*(files[place] for place in order))
    numbered = ["--number", "--seq", "1:400"]
    expected = observer("lines", recorded("selective", "log"), *numbered).out
    assert observer("lines", tmp_path / "made.rec", *numbered).out == expected


def test_directory_is_searched_and_what_is_left_out_is_listed(imported: Import, tmp_path: Path) -> None:
    """Hidden files aside, every file below is looked at; one that is no log is named with the reason."""
    folder = tmp_path / "run"
    copied("node1", folder / "deep" / "node1.log")
    copied("node2", folder / ".hidden" / "node2.log", folder / ".node2.log")
    (folder / "truth.jsonl").write_text('{"event": "start"}\n')
    (folder / "core").write_bytes(b"\x7fELF\0\0\0" * 100)
    (folder / "node3.log").write_bytes(b"")
    text = imported(folder).text
    assert "1 nodes (node1)" in text
    assert f"left out: {folder}/truth.jsonl is in no log format that is known" in text
    assert f"left out: {folder}/core is binary" in text
    assert f"left out: {folder}/node3.log is empty" in text
    assert "hidden" not in text


def test_many_left_out_files_are_counted(imported: Import, tmp_path: Path) -> None:
    """A summary names some of the files that were left out and counts the others."""
    copied("node1", tmp_path / "run" / "node1.log")
    for number in range(20):
        (tmp_path / "run" / f"{number}.txt").write_text("no log\n")
    assert imported(tmp_path / "run").text.count("left out: ") == 9
    assert "left out: 12 more" in imported(tmp_path / "run").text


def test_said_system_makes_no_log_of_other_files(imported: Import, sources: Sources, tmp_path: Path) -> None:
    """`--system` says what the logs are, not that everything in the directory is one."""
    imported(CAPTURES / "level0", "--system", "monero")
    assert {one.partition("/")[0] for one in sources()} == set(NODES)


@pytest.mark.parametrize("form", ["files", "directory", "glob"])
def test_rotated_members_are_one_source(
    imported: Import, sources: Sources, observer: Observer, tmp_path: Path, form: str
) -> None:
    """R1: members of a log are one source in the order of their times, whatever their suffixes say."""
    whole = (SELECTIVE / "node1.log").read_bytes()
    cuts = [0, whole.index(b"\n", 20000) + 1, whole.index(b"\n", 60000) + 1, len(whole)]
    names = ["node1.log.1", "node1.log", "node1.log.9"]
    folder = tmp_path / "run"
    folder.mkdir()
    for name, first, last in zip(names, cuts, cuts[1:], strict=False):
        (folder / name).write_bytes(whole[first:last])
    given: dict[str, list[object]] = {
        "files": [*sorted(folder.iterdir())],
        "directory": [folder],
        "glob": [f"{folder}/node1*"],
    }
    assert "3 files" in imported(*given[form]).text
    assert list(sources()) == ["node1/log"]
    assert observer("lines", tmp_path / "made.rec").out == whole


def test_equal_names_in_two_directories(imported: Import, sources: Sources, tmp_path: Path) -> None:
    """R1: the directories name the nodes."""
    copied("node1", tmp_path / "alpha" / "bitmonero.log")
    copied("node2", tmp_path / "beta" / "bitmonero.log")
    imported(tmp_path / "alpha", tmp_path / "beta")
    assert set(sources()) == {"alpha/log", "beta/log"}


def test_node_that_is_said_stands(imported: Import, sources: Sources, tmp_path: Path) -> None:
    """NODE=PATH names the node of a file, of every file of a directory, and beside files that are not said."""
    copied("node1", tmp_path / "alpha" / "bitmonero.log")
    copied("node2", tmp_path / "beta" / "bitmonero.log")
    copied("node3", tmp_path / "gamma" / "bitmonero.log")
    imported(f"one={tmp_path}/alpha/bitmonero.log", f"two={tmp_path}/beta", tmp_path / "gamma")
    assert set(sources()) == {"one/log", "two/log", "bitmonero/log"}


def test_equals_sign_in_a_path_is_part_of_it(imported: Import, sources: Sources, tmp_path: Path) -> None:
    """A file that is there is that file, whatever its name looks like."""
    copied("node1", tmp_path / "a=b" / "node=1.log")
    imported(tmp_path / "a=b" / "node=1.log")
    assert set(sources()) == {"node=1/log"}


def test_two_logs_of_one_node_are_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    """R1: one name for two logs is an error that names both and says what to do, also where the user said the name."""
    copied("node1", tmp_path / "a" / "node1.log")
    copied("node2", tmp_path / "a" / "node1.txt", tmp_path / "b" / "m.log")
    out = tmp_path / "made.rec"
    for arguments in (
        (tmp_path / "a" / "node1.log", tmp_path / "a" / "node1.txt"),
        (f"n={tmp_path}/a/node1.log", f"n={tmp_path}/b/m.log"),
        (f"node1={tmp_path}/b/m.log", tmp_path / "a" / "node1.log"),
    ):
        sentence = refused(2, "import", *arguments, "-o", out)
        assert "would be the same source" in sentence
        assert "NODE=PATH" in sentence
        assert not out.exists()


def test_pattern_looks_below(imported: Import, sources: Sources, tmp_path: Path) -> None:
    """A glob that the shell has left alone is one, `**` included."""
    copied("node1", tmp_path / "a" / "deep" / "node1.log")
    copied("node2", tmp_path / "b" / "node2.log")
    imported(f"{tmp_path}/**/node*.log")
    assert set(sources()) == {"node1/log", "node2/log"}


def test_lines_without_prefix_are_kept_apart(
    imported: Import, sources: Sources, observer: Observer, tmp_path: Path
) -> None:
    """A line of `kubectl logs --prefix` that names no pod is kept and counted once, as nobody's."""
    path = tmp_path / "all.log"
    pod = b"[pod/node1/monerod] "
    path.write_bytes(pod + started(0).replace(b"\n", b"\n" + pod, 1) + b"error: container is gone\n" + pod + idle(5))
    imported(path)
    assert {name: one["lines"] for name, one in sources().items()} == {"node1/log": 3, "all/unprefixed": 1}
    assert observer("lines", tmp_path / "made.rec", "--node", "all").out == b"error: container is gone\n"


def test_said_node_for_a_file_of_many_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    """NODE=PATH cannot name a file whose lines name several nodes themselves."""
    path = tmp_path / "all.log"
    path.write_bytes(b"".join(b"[pod/node%d/monerod] " % number + idle(number) for number in (1, 2)))
    assert "(node1, node2)" in refused(2, "import", f"n={path}", "-o", tmp_path / "made.rec")


def test_replay_reads_logs_as_import_does(observer: Observer, recorded: Recorded) -> None:
    """`observer replay SOURCE...` tells what replaying their recording tells."""
    told = observer("replay", *logs("selective", "log"))
    assert told.code == 0
    assert told.out == observer("replay", recorded("selective", "log")).out


def test_zone_for_a_node_that_is_not_there_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    """R3: `--tz NODE=ZONE` with a slip in the node would shift nobody's times without a word."""
    sentence = refused(2, "import", *logs("selective", "log"), "--tz", "nod1=+02:00", "-o", tmp_path / "made.rec")
    assert "there are node1, node2, node3" in sentence


def test_zone_shifts_the_times_that_say_none(imported: Import, observer: Observer, tmp_path: Path) -> None:
    """R3: naive times are UTC unless --tz says otherwise, for all nodes or for one."""
    for node in ("a", "b"):
        (tmp_path / f"{node}.log").write_bytes(started(0) + block(1000, 0))
    files = [tmp_path / "a.log", tmp_path / "b.log"]
    for zones, expected in (
        ([], {"a": "07:00:01", "b": "07:00:01"}),
        (["--tz", "+02:00"], {"a": "05:00:01", "b": "05:00:01"}),
        (["--tz", "b=America/New_York"], {"a": "07:00:01", "b": "12:00:01"}),
        (["--tz", "+02:00", "--tz", "b=UTC"], {"a": "05:00:01", "b": "07:00:01"}),
    ):
        imported(*files, *zones)
        nodes = observer("state", tmp_path / "made.rec", "nodes", "--json").json
        assert {name: node["last_line_at"][11:19] for name, node in nodes.items()} == expected
