"""Recordings as they should not be: cut, changed, of another kind, not there. One sentence, never a guess."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer.captures import logs
from tests.observer.conftest import Observer, Recorded
from tests.observer.monerod import noise

READERS = ("state", "events", "lines", "coverage", "verify", "replay")
LENGTH = 196_608
"""Bytes of the recording of `selective`; places beyond its end wrap around."""
HEADER = (0, 15, 16, 18, 24, 28, 31, 40, 44, 52, 56, 68, 71, 92)
"""Fields of SQLite's header that it reads, the format's version aside: another version is said as such."""
PLACES = [*HEADER, *sorted(random.Random(7).sample(range(100, LENGTH), 30))]  # noqa: S311 - a choice, not a secret


@pytest.fixture
def damaged(recorded: Recorded, tmp_path: Path) -> Callable[[Callable[[bytearray], None]], Path]:
    """A copy of a recording with something done to its bytes."""

    def copy(change: Callable[[bytearray], None]) -> Path:
        data = bytearray(recorded("selective", "log").read_bytes())
        change(data)
        path = tmp_path / "damaged.rec"
        path.write_bytes(data)
        return path

    return copy


@pytest.fixture(scope="session")
def intact() -> dict[tuple[str, ...], bytes]:
    """What commands print of the intact recording, once it has been asked."""
    return {}


@pytest.mark.parametrize("place", PLACES)
def test_one_flipped_bit_is_found_or_changes_nothing(
    damaged: Callable[..., Path],
    observer: Observer,
    recorded: Recorded,
    intact: dict[tuple[str, ...], bytes],
    place: int,
) -> None:
    """R7: whatever a command prints is what it prints of the intact file; else it is damage, exit code 4.

    Only a bit that nothing reads may pass `verify`, and then no command notices it either.
    """

    def flip(data: bytearray) -> None:
        data[place % len(data)] ^= 1 << place % 8

    path = damaged(flip)
    sound = observer("verify", path).code
    assert sound in (0, 4)
    for command in (("state", "--json"), ("events", "--json"), ("lines",)):
        if command not in intact:
            intact[command] = observer(command[0], recorded("selective", "log"), *command[1:]).out
        ran = observer(command[0], path, *command[1:])
        assert ran.code in (0, sound)
        assert "Traceback" not in ran.err
        if ran.code == 0:
            assert (ran.out, ran.err) == (intact[command], "")
        else:
            assert ran.err.count("\n") == 1
            assert str(path) in ran.err


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("command", READERS)
def test_recording_cut_off_is_damaged(
    refused: Callable[..., str], damaged: Callable[..., Path], command: str, share: float
) -> None:
    """R7: a file that ends before its time is refused by every command, with what to do."""

    def cut(data: bytearray) -> None:
        del data[int(len(data) * share) :]

    assert "import the logs again" in refused(4, command, damaged(cut))


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("place", [20_000, 60_000, 100_000, 150_000])
def test_block_of_zeros_is_never_a_guess(
    observer: Observer, damaged: Callable[..., Path], command: str, place: int
) -> None:
    """A page that the disk lost is damage to `verify`; another command either misses nothing of it or says so."""

    def lose(data: bytearray) -> None:
        start = place // 16384 * 16384
        data[start : start + 16384] = bytes(16384)

    ran = observer(command, damaged(lose))
    assert ran.code in ((4,) if command == "verify" else (0, 4))
    assert ran.err.count("\n") <= 1


def test_verify_says_what_is_damaged(observer: Observer, damaged: Callable[..., Path]) -> None:
    """`verify` names each fault and what to do, in text and in JSON, and exits with 4."""

    def flip(data: bytearray) -> None:
        data[LENGTH * 3 // 4 + 2000] ^= 1

    path = damaged(flip)
    ran = observer("verify", path)
    assert ran.code == 4
    assert f"{path}: damaged; import the logs again" in ran.text
    answer = observer("verify", path, "--json")
    assert answer.code == 4
    assert answer.json["sound"] is False
    assert answer.json["faults"]


NO_RECORDINGS = {
    "empty": b"",
    "text": b"2026-11-21 07:00:00.000\tnot a recording\n",
    "short": b"SQLite format 3\0",
    "zeros": bytes(65536),
    "random": noise(65536),
}


@pytest.mark.parametrize("kind", NO_RECORDINGS)
@pytest.mark.parametrize("command", READERS)
def test_file_that_is_no_recording_is_refused(
    refused: Callable[..., str], tmp_path: Path, command: str, kind: str
) -> None:
    """The sentence says that it is none, and how one is made."""
    path = tmp_path / "other.rec"
    path.write_bytes(NO_RECORDINGS[kind])
    assert "observer import" in refused(4, command, path)


@pytest.mark.parametrize("command", READERS)
def test_other_database_is_refused(refused: Callable[..., str], tmp_path: Path, command: str) -> None:
    """A SQLite file of another program is not read as a recording."""
    path = tmp_path / "other.rec"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE meta (key, value)")
    other.close()
    assert "not a recording" in refused(4, command, path)


@pytest.mark.parametrize("command", [command for command in READERS if command != "replay"])
def test_missing_recording_is_refused(refused: Callable[..., str], tmp_path: Path, command: str) -> None:
    """A recording that is not there, and a directory in its place, are not an empty network."""
    assert "there is no such recording" in refused(5, command, tmp_path / "missing.rec")
    assert "cannot be read" in refused(5, command, tmp_path)


def test_recording_of_a_later_format_is_refused(refused: Callable[..., str], damaged: Callable[..., Path]) -> None:
    """What this program cannot know it does not read: the sentence says to upgrade it."""

    def later(data: bytearray) -> None:
        data[63] = 9

    assert "has format 9" in refused(2, "state", damaged(later))


@pytest.mark.parametrize("change", ["cut", "empty", "other"])
def test_nothing_is_added_to_what_is_no_sound_recording(
    refused: Callable[..., str], recorded: Recorded, tmp_path: Path, change: str
) -> None:
    """`import --append` refuses such a file and leaves every byte of it alone."""
    whole = recorded("selective", "log").read_bytes()
    data = {"cut": whole[: len(whole) // 2], "empty": b"", "other": b"other\n" * 100}[change]
    path = tmp_path / "run.rec"
    path.write_bytes(data)
    refused(4, "import", *logs("selective", "log"), "-o", path, "--append")
    assert path.read_bytes() == data
    assert [one.name for one in tmp_path.iterdir()] == ["run.rec"]


def test_recording_is_never_written_over(refused: Callable[..., str], recorded: Recorded, tmp_path: Path) -> None:
    """R7: an existing file, whatever it is, is kept as it is; the sentence says what to do."""
    path = tmp_path / "run.rec"
    shutil.copy(recorded("selective", "log"), path)
    before = path.read_bytes()
    assert "--append" in refused(2, "import", *logs("level0", "log"), "-o", path)
    assert path.read_bytes() == before
    assert "is a directory" in refused(2, "import", *logs("level0", "log"), "-o", tmp_path)


@pytest.mark.parametrize(("place", "code"), [("nowhere/run.rec", 2), ("file/run.rec", 2)])
def test_recording_needs_a_directory(refused: Callable[..., str], tmp_path: Path, place: str, code: int) -> None:
    """A directory that is not there is not made by a slip in its name."""
    (tmp_path / "file").touch()
    assert "there is no directory" in refused(code, "import", *logs("level0", "log"), "-o", tmp_path / place)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a directory in which nobody may write")
def test_place_that_cannot_be_written_is_the_environment(refused: Callable[..., str]) -> None:
    """A directory in which nothing can be made is exit code 5."""
    assert "/proc/run.rec" in refused(5, "import", *logs("level0", "log"), "-o", "/proc/run.rec")


def test_failed_import_leaves_nothing_behind(refused: Callable[..., str], tmp_path: Path) -> None:
    """No recording and no part of one is left where an import could not be finished."""
    refused(2, "import", tmp_path / "missing.log", "-o", tmp_path / "run.rec")
    assert list(tmp_path.iterdir()) == []
