"""Compressed logs are logs; one that is cut off or damaged gives what it holds, and a sentence says so."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tests.observer.captures import CAPTURES
from tests.observer.conftest import Observer

WHOLE = (CAPTURES / "level1" / "node1.log").read_bytes()
COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "zst": zstandard.ZstdCompressor().compress,
    "xz": lzma.compress,
    # The smallest blocks, so that several are whole before the cut.
    "bz2": lambda data: bz2.compress(data, 1),
}


def inflated(kind: str, data: bytes) -> bytes:
    """What the first bytes of a compressed file hold, as its own library gives it."""
    if kind == "gz":
        return zlib.decompressobj(31).decompress(data)
    if kind == "zst":
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return (lzma.LZMADecompressor() if kind == "xz" else bz2.BZ2Decompressor()).decompress(data)


@pytest.fixture
def journal(observer: Observer, tmp_path: Path) -> Callable[[Path], tuple[bytes, str]]:
    """The bytes that importing a file gives, and what was said on stderr."""

    def imported(path: Path) -> tuple[bytes, str]:
        made = tmp_path / "made.rec"
        ran = observer("import", path, "-o", made, "-q")
        assert ran.code == 0
        return observer("lines", made).out, ran.err

    return imported


@pytest.mark.parametrize("kind", COMPRESSED)
@pytest.mark.parametrize("name", ["node1.log.{}", "node1.log"])
def test_whole_file(journal: Callable[[Path], tuple[bytes, str]], tmp_path: Path, kind: str, name: str) -> None:
    """Compression is told by the first bytes, not by the name; the journal has the bytes of the log."""
    path = tmp_path / name.format(kind)
    path.write_bytes(COMPRESSED[kind](WHOLE))
    assert journal(path) == (WHOLE, "")


@pytest.mark.parametrize("kind", COMPRESSED)
def test_several_members_in_one_file(journal: Callable[[Path], tuple[bytes, str]], tmp_path: Path, kind: str) -> None:
    """Compressed parts that were written one behind the other are one log."""
    path = tmp_path / f"node1.log.{kind}"
    path.write_bytes(COMPRESSED[kind](WHOLE[:100_000]) + COMPRESSED[kind](b"") + COMPRESSED[kind](WHOLE[100_000:]))
    assert journal(path) == (WHOLE, "")


@pytest.mark.parametrize("kind", COMPRESSED)
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_cut_off_file_gives_all_that_it_holds(
    journal: Callable[[Path], tuple[bytes, str]], tmp_path: Path, kind: str, share: float
) -> None:
    """Of a file that is cut off every byte that can be had is kept, and one sentence names the file."""
    data = COMPRESSED[kind](WHOLE)
    cut = data[: int(len(data) * share)]
    path = tmp_path / f"node1.log.{kind}"
    path.write_bytes(cut)
    lines, said = journal(path)
    assert lines == inflated(kind, cut)
    assert len(lines) > 100_000
    assert said.startswith(f"observer: {path}: is cut off or damaged (")
    assert said.count("\n") == 1


@pytest.mark.parametrize("kind", COMPRESSED)
def test_damaged_file_gives_what_stands_before_the_damage(
    journal: Callable[[Path], tuple[bytes, str]], tmp_path: Path, kind: str
) -> None:
    """Bytes that are no longer what was written end the log there, with a sentence."""
    data = COMPRESSED[kind](WHOLE[:300_000]) + COMPRESSED[kind](WHOLE[300_000:])[:40] + b"\xff" * 400
    path = tmp_path / f"node1.log.{kind}"
    path.write_bytes(data)
    lines, said = journal(path)
    assert WHOLE.startswith(lines[:300_000])
    assert len(lines) >= 300_000
    assert "is cut off or damaged" in said


@pytest.mark.parametrize("kind", COMPRESSED)
def test_file_cut_before_its_first_line_is_left_out(refused: Callable[..., str], tmp_path: Path, kind: str) -> None:
    """A compressed file that holds nothing is no empty log: the sentence says what is wrong with it."""
    path = tmp_path / f"node1.log.{kind}"
    path.write_bytes(COMPRESSED[kind](WHOLE)[:8])
    assert "is cut off or damaged before its first line" in refused(2, "import", path, "-o", tmp_path / "made.rec")


def test_drafting_says_what_is_cut_off_too(observer: Observer, tmp_path: Path) -> None:
    """`observer inventory` drafts from what a file holds, and does not pass it off as the whole log."""
    path = tmp_path / "node1.log.gz"
    path.write_bytes(gzip.compress(WHOLE)[:30_000])
    ran = observer("inventory", path)
    assert ran.code == 0
    assert "node1:" in ran.text
    assert "is cut off or damaged" in ran.err


@pytest.mark.parametrize("kind", COMPRESSED)
def test_grown_compressed_file_adds_its_tail(observer: Observer, tmp_path: Path, kind: str) -> None:
    """R1: offsets count decompressed bytes, so a log compressed anew after it has grown adds what is new."""
    path, made = tmp_path / f"node1.log.{kind}", tmp_path / "made.rec"
    for length, more in ((200_000, []), (len(WHOLE), ["--append"])):
        path.write_bytes(COMPRESSED[kind](WHOLE[:length]))
        assert observer("import", path, "-o", made, "-q", *more).code == 0
    assert observer("lines", made).out == WHOLE


@pytest.mark.parametrize("kind", ["gz", "xz"])
def test_zeros_between_members_are_no_damage(
    journal: Callable[[Path], tuple[bytes, str]], tmp_path: Path, kind: str
) -> None:
    """Files of gzip and xz may be padded with zeros."""
    path = tmp_path / f"node1.log.{kind}"
    half = len(WHOLE) // 2
    path.write_bytes(COMPRESSED[kind](WHOLE[:half]) + bytes(8192) + COMPRESSED[kind](WHOLE[half:]) + bytes(64))
    assert journal(path) == (WHOLE, "")
