"""Logs that are no plain files of their own: archives, pipes, links, and what is named in place of a log."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from tests.observer.captures import CAPTURES
from tests.observer.conftest import Import, Observer, Recorded, Sources
from tests.observer.monerod import idle, started

SELECTIVE = CAPTURES / "selective"


def test_one_file_named_twice_is_read_once(imported: Import, sources: Sources, tmp_path: Path) -> None:
    """Another spelling, a directory that holds it, or a link is the same log, not another node."""
    (tmp_path / "run").mkdir()
    shutil.copy(SELECTIVE / "node1.log", tmp_path / "run")
    (tmp_path / "link.log").symlink_to(tmp_path / "run" / "node1.log")
    ran = imported(
        tmp_path / "run" / "node1.log", tmp_path / "run", tmp_path / "run" / ".." / "run", tmp_path / "link.log"
    )
    assert set(sources()) == {"node1/log"}
    assert sources()["node1/log"]["lines"] == 674
    assert f"left out: {tmp_path}/link.log is the same file as {tmp_path}/run/node1.log" in ran.text


def test_links_of_kubernetes_are_not_other_nodes(imported: Import, sources: Sources, tmp_path: Path) -> None:
    """R1: /var/log holds each pod's log in `pods`, rotated, and a link to it in `containers`."""
    pod = tmp_path / "pods" / "ns_node-0_0b2f7c1e-93d4-4a51-8a54-0f6f1a2b3c4d" / "monerod"
    pod.mkdir(parents=True)
    (tmp_path / "containers").mkdir()
    time = b"2026-11-21T07:00:00.000000000Z stdout F "
    (pod / "0.log").write_bytes(time + started(5000).splitlines(keepends=True)[1])
    (pod / "0.log.20261121-070002").write_bytes(time + idle(0))
    (tmp_path / "containers" / f"node-0_ns_monerod-{'ab' * 32}.log").symlink_to(pod / "0.log")
    text = imported(tmp_path).text
    assert set(sources()) == {"node-0/monerod"}
    assert f"is the same file as {pod}/0.log" in text


@pytest.mark.parametrize(
    ("beginning", "sentence"),
    [
        (b"SQLite format 3\0", "is a recording or another database"),
        (b"PK\x03\x04", "is a zip archive"),
        (b"7z\xbc\xaf\x27\x1c", "is a 7z archive"),
        (b"\x04\x22\x4d\x18", "is compressed with lz4"),
    ],
)
def test_what_is_named_in_place_of_a_log(
    refused: Callable[..., str], tmp_path: Path, beginning: bytes, sentence: str
) -> None:
    """A recording, or an archive of a kind that is not read, is told what it is, and not taken for a log."""
    (tmp_path / "run.log").write_bytes(beginning + bytes(1000))
    assert sentence in refused(2, "import", tmp_path / "run.log", "-o", tmp_path / "made.rec")


def test_pipe_is_read_like_a_file(imported: Import, sources: Sources, tmp_path: Path) -> None:
    """What can be read only once, as `<(zcat …)`, is a source too."""
    os.mkfifo(tmp_path / "node1.log")
    with subprocess.Popen(["/bin/sh", "-c", f"cat {SELECTIVE}/node1.log > {tmp_path}/node1.log"]):
        imported(tmp_path / "node1.log")
    assert sources()["node1/log"]["lines"] == 674


def test_standard_input(
    imported: Import, sources: Sources, observer: Observer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`-` is one source, named by NODE=- or else stdin."""
    data = (SELECTIVE / "node1.log").read_bytes()
    for argument, name in (("-", "stdin/log"), ("node1=-", "node1/log")):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        imported(argument)
        assert set(sources()) == {name}
        assert observer("lines", tmp_path / "made.rec").out == data


def test_standard_input_named_twice_is_refused(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A pipe can be read once."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(started(0))))
    assert "only once" in refused(2, "import", "a=-", "b=-", "-o", tmp_path / "made.rec")


@pytest.mark.parametrize("compressed", [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_archives_are_looked_into(
    imported: Import, observer: Observer, recorded: Recorded, tmp_path: Path, compressed: Callable[[bytes], bytes]
) -> None:
    """A tar archive, however compressed, is as good as its directory."""
    plain, path = tmp_path / "plain.tar", tmp_path / "run.tar"
    with tarfile.open(plain, "w") as archive:
        archive.add(SELECTIVE, arcname="./run")
    path.write_bytes(compressed(plain.read_bytes()))
    assert f"left out: {path}/run/truth.jsonl is in no log format that is known" in imported(path).text
    assert (
        observer("state", tmp_path / "made.rec", "digest").out
        == observer("state", recorded("selective", "both"), "digest").out
    )


def test_archives_of_one_name_are_not_mixed_up(
    imported: Import, sources: Sources, observer: Observer, tmp_path: Path
) -> None:
    """Two hosts' logs.tar.gz hold what each of them holds."""
    for host, node in (("a", "node1"), ("b", "node2")):
        (tmp_path / host).mkdir()
        with tarfile.open(tmp_path / host / "logs.tar.gz", "w:gz") as archive:
            archive.add(SELECTIVE / f"{node}.log", arcname=f"{node}.log")
    imported(tmp_path / "a", tmp_path / "b")
    for node in ("node1", "node2"):
        assert observer("lines", tmp_path / "made.rec", "--node", node).out == (SELECTIVE / f"{node}.log").read_bytes()


def test_damaged_archive_is_an_error(refused: Callable[..., str], tmp_path: Path) -> None:
    """An archive that is cut off gives no part of itself by accident: it is named, with what to do."""
    whole, cut = tmp_path / "whole.tar.gz", tmp_path / "cut.tar.gz"
    with tarfile.open(whole, "w:gz") as archive:
        archive.add(SELECTIVE, arcname="run")
    cut.write_bytes(whole.read_bytes()[:30000])
    assert "unpack by hand" in refused(5, "import", cut, "-o", tmp_path / "made.rec")
    assert not (tmp_path / "made.rec").exists()
