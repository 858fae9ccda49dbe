"""R1: rotated members of a log are one source: read to their ends, in order, each byte once, or told to be missing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from observer.following.files import FileFollower
from observer.following.happenings import Missing, Opened, Read, Rotated
from observer.following.rotation import counts_up, is_member
from tests.observer.following.growing_logs import PLENTY, Clock, Journal, append, compress, names, of, text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log that is not there yet."""
    return tmp_path / "node.log"


@pytest.fixture
def clock() -> Clock:
    """Time by which followers are looked at."""
    return Clock()


@pytest.fixture
def follower(path: Path, clock: Clock) -> FileFollower:
    """A follower that has read the one line that is there."""
    append(path, b"one\n")
    follower = FileFollower(path)
    assert text(follower.look(clock.on(), PLENTY)) == b"one\n"
    return follower


def rotated(path: Path, to: str = ".1") -> Path:
    """The log under another name."""
    return path.rename(path.with_name(path.name + to))


def truncate(path: Path) -> None:
    """As `> log` does."""
    path.open("wb").close()


def test_a_rotation_is_no_end(path: Path, clock: Clock, follower: FileFollower) -> None:
    """What was written before the rename is given first, then the next incarnation; bytes of neither are backlog."""
    append(path, b"two\n")
    rotated(path)
    append(path, b"three\n")
    said = follower.look(clock.on(), PLENTY)
    assert names(said) == ["Read", "Grown", "Rotated", "Opened", "Read"]
    assert of(Read, said) == [Read(1, 4, b"two\n", backlog=False), Read(2, 0, b"three\n", backlog=False)]
    assert of(Rotated, said) == [Rotated(1)]


def test_a_writer_that_reopens_late(path: Path, clock: Clock, follower: FileFollower) -> None:
    """While the successor is empty the rotated file is read on; what comes to it later still is given as its own."""
    old = rotated(path)
    append(path, b"")
    append(old, b"two\n")
    assert of(Read, follower.look(clock.on(), PLENTY)) == [Read(1, 4, b"two\n", backlog=False)]
    append(path, b"three\n")
    assert names(follower.look(clock.on(), PLENTY)) == ["Rotated", "Opened", "Read"]
    append(old, b"late\n")
    assert of(Read, follower.look(clock.on(1000), PLENTY)) == [Read(1, 8, b"late\n", backlog=False)]
    append(old, b"torn")
    follower.look(clock.on(1000), PLENTY)
    assert of(Read, follower.look(clock.on(5000), PLENTY)) == [Read(1, 13, b"torn", backlog=False, torn=True)]
    append(old, b"too late\n")
    assert follower.look(clock.on(), PLENTY) == []


def test_what_comes_late_is_read_after_a_restart(path: Path, clock: Clock, follower: FileFollower) -> None:
    """R29: a line that came to a rotated file while nobody looked is given, before the log is gone on with."""
    journal = Journal()
    journal.take(FileFollower(path).look(clock.on(), PLENTY))
    old = rotated(path)
    append(path, b"two\n")
    journal.take(follower.look(clock.on(), PLENTY))
    append(old, b"late\n")
    append(path, b"three\n")
    said = FileFollower(path, journal.known).look(clock.on(), PLENTY)
    assert of(Read, said) == [Read(1, 4, b"late\n", backlog=True), Read(2, 4, b"three\n", backlog=True)]
    assert [one.fresh for one in of(Opened, said)] == [False, False]


def test_a_line_that_rotation_tore(path: Path, clock: Clock, follower: FileFollower) -> None:
    """The beginning of a line at the end of a rotated file is given when its end has not come for a moment."""
    append(path, b"begun")
    rotated(path)
    append(path, b"two\n")
    assert text(follower.look(clock.on(), PLENTY)) == b""
    said = follower.look(clock.on(300), PLENTY)
    assert of(Read, said) == [
        Read(1, 4, b"begun", backlog=False, torn=True),
        Read(2, 0, b"two\n", backlog=False),
    ]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "compressed"])
def test_several_rotations_between_two_looks(path: Path, clock: Clock, follower: FileFollower, *, packed: bool) -> None:
    """Members that nobody saw under the log's name are found by their beginnings and read in their order."""
    append(path, b"two\n")
    rotated(path, ".4")
    for number, line in ((3, b"three\n"), (2, b"four\n"), (1, b"five\n")):
        append(path, line)
        member = rotated(path, f".{number}")
        if packed:
            compress(member)
    append(path, b"six\n")
    said = follower.look(clock.on(), PLENTY)
    assert text(said) == b"two\nthree\nfour\nfive\nsix\n"
    assert [one.incarnation for one in of(Opened, said)] == [2, 3, 4, 5]
    assert of(Missing, said) == []


def test_members_that_count_up(path: Path, clock: Clock, follower: FileFollower) -> None:
    """R1: a number in a name says nothing of age: the order is that of the last writes."""
    now = path.stat().st_mtime_ns
    rotated(path, ".0001")
    for number in (2, 3, 4):
        append(path, b"%d\n" % number)
        member = rotated(path, f".000{number}")
        os.utime(member, ns=(now, now + number * 10_000_000))
    append(path, b"5\n")
    assert text(follower.look(clock.on(), PLENTY)) == b"2\n3\n4\n5\n"


def test_members_that_were_rotated_away(path: Path, clock: Clock, follower: FileFollower) -> None:
    """R15: where the file that was read is gone and others follow, something may be missing between them."""
    path.unlink()
    append(path, b"two\n")
    rotated(path)
    append(path, b"three\n")
    said = follower.look(clock.on(), PLENTY)
    assert names(said) == ["Rotated", "Missing", "Opened", "Read", "Rotated", "Opened", "Read"]
    assert of(Missing, said)[0].size is None
    assert text(said) == b"two\nthree\n"


def test_old_members_are_not_asked_for(path: Path, clock: Clock) -> None:
    """A log that is named is read from its beginning; its former members are not, even when they are renamed."""
    append(path.with_name("node.log.1"), b"older\n")
    append(path, b"one\n")
    follower = FileFollower(path)
    assert text(follower.look(clock.on(), PLENTY)) == b"one\n"
    compress(path.with_name("node.log.1").rename(path.with_name("node.log.2")))
    rotated(path)
    append(path, b"two\n")
    assert text(follower.look(clock.on(), PLENTY)) == b"two\n"


def test_old_members_that_are_asked_for(path: Path, clock: Clock) -> None:
    """R1: with its members a log is all of them, as an import of the directory gives it."""
    append(path.with_name("node.log.2"), b"oldest\n")
    compress(path.with_name("node.log.2"))
    append(path.with_name("node.log.1"), b"older\n")
    append(path, b"one\n")
    follower = FileFollower(path, members=True)
    assert follower.beginning == b"oldest\n"
    said = [*follower.look(clock.on(), PLENTY), *follower.look(clock.on(), PLENTY)]
    assert text(said) == b"oldest\nolder\none\n"
    assert all(one.backlog for one in of(Read, said))


@pytest.mark.parametrize("restarted", [False, True])
def test_a_member_that_is_being_compressed_is_read_once(path: Path, clock: Clock, *, restarted: bool) -> None:
    """R1: beside a member stands its compression while that is being made: it is no further member."""
    append(path, b"one\n")
    journal = Journal()
    journal.take(FileFollower(path).look(clock.on(), PLENTY))
    rotated(path, ".2")
    append(path, b"".join(b"line %d\n" % number for number in range(5000)))
    member = rotated(path)
    content = member.read_bytes()
    packed = compress(member)
    os.truncate(packed, packed.stat().st_size // 2)
    append(member, content)
    append(path, b"last\n")
    follower = FileFollower(path, journal.known) if restarted else FileFollower(path, members=True)
    said = [one for _ in range(3) for one in follower.look(clock.on(), PLENTY)]
    assert text(said) == (b"" if restarted else b"one\n") + content + b"last\n"
    assert of(Missing, said) == []


def test_copied_and_truncated(path: Path, clock: Clock, follower: FileFollower) -> None:
    """What stood behind the last look is read from the copy, and what comes then is another incarnation."""
    append(path, b"two\nbegun")
    shutil.copy(path, path.with_name("node.log.1"))
    truncate(path)
    said = follower.look(clock.on(), PLENTY)
    assert of(Read, said) == [
        Read(1, 4, b"two\n", backlog=False),
        Read(1, 8, b"begun", backlog=False, torn=True),
    ]
    assert names(said)[-1] == "Rotated"
    assert of(Missing, said) == []
    append(path, b"three\n")
    assert names(follower.look(clock.on(), PLENTY)) == ["Opened", "Read"]


def test_copied_truncated_and_compressed(path: Path, clock: Clock, follower: FileFollower) -> None:
    """A compressed copy is as good as a plain one."""
    append(path, b"two\n")
    shutil.copy(path, path.with_name("node.log.1"))
    compress(path.with_name("node.log.1"))
    truncate(path)
    append(path, b"three\n")
    said = follower.look(clock.on(), PLENTY)
    assert of(Read, said) == [Read(1, 4, b"two\n", backlog=False), Read(2, 0, b"three\n", backlog=False)]
    assert of(Missing, said) == []


def test_a_copy_is_not_read_while_the_log_holds_the_same(path: Path, clock: Clock, follower: FileFollower) -> None:
    """A copy that was made and not followed by a truncation yet is nothing new, whatever else is rotated."""
    shutil.copy(path, path.with_name("node.log.1"))
    append(path, b"two\n")
    said = [one for _ in range(200) for one in follower.look(clock.on(), PLENTY)]
    assert text(said) == b"two\n"
    shutil.copy(path, path.with_name("node.log.1"))
    truncate(path)
    append(path, b"three\n")
    assert text(follower.look(clock.on(), PLENTY)) == b"three\n"


def test_truncated_again_before_it_was_read(path: Path, clock: Clock, follower: FileFollower) -> None:
    """What was seen waiting, and was copied and truncated and renamed before its turn came, is found in its copy."""
    journal = Journal()
    journal.take(FileFollower(path).look(clock.on(), PLENTY))
    append(path, b"".join(b"line %d\n" % number for number in range(100)))
    shutil.copy(path, path.with_name("node.log.3"))
    truncate(path)
    journal.take(follower.look(clock.on(), 50))
    append(path, b"waiting\n")
    journal.take(follower.look(clock.on(), 50))
    shutil.copy(path, path.with_name("node.log.2"))
    truncate(path)
    rotated(path)
    journal.take(follower.look(clock.on(), 50))
    append(path, b"last\n")
    for _ in range(20):
        journal.take(follower.look(clock.on(), PLENTY))
    assert journal.text.endswith(b"line 98\nline 99\nwaiting\nlast\n")
    assert journal.missing == []


def test_truncated_while_it_was_empty_for_us(path: Path, clock: Clock) -> None:
    """Of what was written, copied and truncated between two looks only the copy is left, and it is read once."""
    append(path, b"one\n")
    truncate(path)
    journal, follower = Journal(), FileFollower(path)
    journal.take(follower.look(clock.on(), PLENTY))
    append(path, b"two, of some length\n")
    shutil.copy(path, path.with_name("node.log.1"))
    truncate(path)
    append(path, b"three\n")
    # A copy that is not finished.
    path.with_name("node.log.2").write_bytes(b"thr")
    journal.take(follower.look(clock.on(), PLENTY))
    shutil.copy(path, path.with_name("node.log.2"))
    truncate(path)
    for _ in range(100):
        journal.take(follower.look(clock.on(), PLENTY))
    assert journal.text == b"two, of some length\nthree\n"
    assert all(one.size is None for one in journal.missing)


@pytest.mark.parametrize("restarted", [True, False])
def test_what_is_being_copied_is_read_once(path: Path, clock: Clock, *, restarted: bool) -> None:
    """R29: who begins, or begins again, while a copy of the log is made reads what is in both of one of them."""
    journal = Journal()
    append(path, b"one\n")
    if restarted:
        journal.take(FileFollower(path).look(clock.on(), PLENTY))
        rotated(path, ".1")
    else:
        path.unlink()
    text = b"".join(b"line %04d\n" % number for number in range(500))
    append(path, text)
    path.with_name("node.log.2").write_bytes(text[:2000])
    follower = FileFollower(path, journal.known, members=True)
    journal.take(follower.look(clock.on(), 3000))
    path.with_name("node.log.2").write_bytes(text)
    truncate(path)
    append(path, b"last\n")
    for _ in range(100):
        journal.take(follower.look(clock.on(), PLENTY))
    assert journal.text == (b"one\n" if restarted else b"") + text + b"last\n"
    assert journal.missing == []


def test_copied_and_truncated_while_the_directory_is_listed(
    path: Path, clock: Clock, follower: FileFollower, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a listing shows may be younger than what was seen of the log: it does not come before that."""
    journal = Journal()
    journal.take(FileFollower(path).look(clock.on(), PLENTY))
    append(path, b"".join(b"first %d\n" % number for number in range(100)))
    shutil.copy(path, path.with_name("node.log.0001"))
    truncate(path)
    append(path, b"second\n")
    journal.take(follower.look(clock.on(), 50))
    real, left = os.scandir, [b"third\n", b"fourth\n", b"fifth\n"]

    def races(folder: str) -> object:
        if left:
            shutil.copy(path, path.with_name(f"node.log.{5 - len(left):04d}"))
            truncate(path)
            append(path, left.pop(0))
        return real(folder)

    monkeypatch.setattr(os, "scandir", races)
    for _ in range(100):
        journal.take(follower.look(clock.on(), PLENTY))
    assert journal.text.endswith(b"first 99\nsecond\nthird\nfourth\nfifth\n")
    assert journal.missing == []


@pytest.mark.parametrize(
    ("names", "up"),
    [
        (["log.1", "log.2"], False),
        (["log.0001", "log.0002"], True),
        (["log.9", "log.10.gz"], False),
        (["log", "log-20260101"], False),
    ],
)
def test_numbers_of_members_that_were_written_at_once(names: list[str], up: bool) -> None:  # noqa: FBT001 - a column
    """Numbers filled with zeros count up, others down, where no time of a last write says otherwise."""
    assert counts_up((1, name) for name in names) is up


def test_numbers_of_members_that_were_written_one_after_the_other() -> None:
    """Their times say which way they count."""
    assert counts_up([(1, "log.7"), (2, "log.8"), (2, "log.9"), (3, "log.10")])
    assert not counts_up([(3, "log.007"), (2, "log.008"), (2, "log.009"), (1, "log.010")])


def test_truncated_without_a_copy(path: Path, clock: Clock, follower: FileFollower) -> None:
    """R15: bytes that were seen and not read are missing by their number; nothing of the former file is given again."""
    append(path, b"x" * 999 + b"\n")
    first = follower.look(clock.on(), 100)
    assert of(Read, first) == []
    truncate(path)
    said = follower.look(clock.on(), PLENTY)
    assert of(Read, said) == [Read(1, 4, b"x" * 100, backlog=False, torn=True)]
    assert of(Missing, said) == [Missing(900, f"{path} was truncated, and no copy of what was in it is there")]
    append(path, b"two\n")
    assert names(follower.look(clock.on(), PLENTY)) == ["Opened", "Read"]


def test_truncated_where_nothing_was_seen_unread(path: Path, clock: Clock, follower: FileFollower) -> None:
    """R15: nobody can say whether something was written between the last look and the truncation."""
    truncate(path)
    assert of(Missing, follower.look(clock.on(), PLENTY))[0].size is None


@pytest.mark.parametrize("line", [b"another\n", b"two\n", b"a longer line than before\n"])
def test_truncated_and_written_again(path: Path, clock: Clock, follower: FileFollower, line: bytes) -> None:
    """A file that has grown beyond where it was read, or to just there, is told by its beginning, not by its size."""
    truncate(path)
    append(path, line)
    os.utime(path, ns=(1, 1))
    said = follower.look(clock.on(), PLENTY)
    assert names(said) == ["Missing", "Rotated", "Opened", "Read"]
    assert of(Read, said) == [Read(2, 0, line, backlog=False)]


def test_truncated_while_it_is_read(
    path: Path, clock: Clock, follower: FileFollower, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read after a truncation that the status did not show yet is never given as what went on before it."""
    append(path, b"two\n")
    real = os.pread
    done: list[bool] = []

    def races(descriptor: int, size: int, offset: int) -> bytes:
        if offset == 4 and not done:
            done.append(True)
            truncate(path)
            append(path, b"new content, and much more\n")
        return real(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", races)
    said = follower.look(clock.on(), PLENTY)
    assert of(Read, said) == [Read(2, 0, b"new content, and much more\n", backlog=False)]
    assert of(Missing, said)[0].size == 4


def test_a_writer_that_does_not_append(path: Path, clock: Clock) -> None:
    """A hole of zeros in front of what such a writer goes on with is no line."""
    with path.open("wb", buffering=0) as writer:
        writer.write(b"one\n" * 100_000)
        follower, journal = FileFollower(path), Journal()
        journal.take(follower.look(clock.on(), PLENTY))
        shutil.copy(path, path.with_name("node.log.1"))
        os.truncate(path, 0)
        journal.take(follower.look(clock.on(), PLENTY))
        writer.write(b"two\n")
        said = follower.look(clock.on(), PLENTY)
    assert follower.beginning == b"two\n"
    assert of(Opened, said)[0].start == 400_000
    assert of(Read, said) == [Read(2, 400_000, b"two\n", backlog=False)]
    assert of(Missing, said) == []


def test_a_restart_goes_on_where_it_was(path: Path, clock: Clock, follower: FileFollower) -> None:
    """R29: at a stored cursor nothing is fresh, nothing missing, and what came meanwhile is backlog."""
    journal = Journal()
    journal.take(FileFollower(path).look(clock.on(), PLENTY))
    append(path, b"two\n")
    again = FileFollower(path, journal.known)
    said = again.look(clock.on(), PLENTY)
    assert of(Opened, said)[0].start == 4
    assert not of(Opened, said)[0].fresh
    assert of(Read, said) == [Read(1, 4, b"two\n", backlog=True)]
    append(path, b"three\n")
    assert of(Read, again.look(clock.on(), PLENTY)) == [Read(1, 8, b"three\n", backlog=False)]


@pytest.mark.parametrize("way", ["renamed", "copied", "compressed"])
def test_a_restart_after_a_rotation(path: Path, clock: Clock, way: str) -> None:
    """R1, R29: the rest of what was read is found under whatever name, then later members, then the log itself."""
    append(path.with_name("node.log.9"), b"never asked for\n")
    os.utime(path.with_name("node.log.9"), ns=(1, 1))
    append(path, b"one\n")
    journal = Journal()
    journal.take(FileFollower(path).look(clock.on(), PLENTY))
    append(path, b"two\n")
    if way == "copied":
        shutil.copy(path, path.with_name("node.log.2"))
        truncate(path)
    else:
        rotated(path, ".2")
    if way == "compressed":
        compress(path.with_name("node.log.2"))
    append(path, b"three\n")
    rotated(path)
    append(path, b"four\n")
    follower = FileFollower(path, journal.known)
    assert follower.beginning == b"one\ntwo\n"
    said = follower.look(clock.on(), PLENTY)
    journal.take(said)
    assert journal.text == b"one\ntwo\nthree\nfour\n"
    assert of(Missing, said) == []
    assert [(one.incarnation, one.start, one.fresh) for one in of(Opened, said)] == [
        (1, 4, False),
        (2, 0, True),
        (3, 0, True),
    ]


def test_a_restart_when_what_was_read_is_gone(path: Path, clock: Clock) -> None:
    """R15: what was being read and is nowhere any more is missing, nobody knows how much of it."""
    append(path, b"one\n")
    journal = Journal()
    journal.take(FileFollower(path).look(clock.on(), PLENTY))
    path.unlink()
    append(path, b"two\n")
    said = FileFollower(path, journal.known).look(clock.on(), PLENTY)
    assert of(Missing, said) == [Missing(None, f"{path}, read up to byte 4, is not there any more")]
    assert of(Opened, said)[0].incarnation == 2
    assert of(Read, said) == [Read(2, 0, b"two\n", backlog=True)]


def test_a_large_compressed_member_is_passed_over_bit_by_bit(path: Path, clock: Clock) -> None:
    """No look decompresses more than a few mebibytes to come to where reading was."""
    append(path, b"a line of some length\n" * 1_000_000)
    journal = Journal()
    first = FileFollower(path)
    journal.take(first.look(clock.on(), 20_000_000))
    compress(rotated(path))
    append(path, b"new\n")
    follower = FileFollower(path, journal.known)
    said = follower.look(clock.on(), PLENTY)
    assert text(said) == b""
    assert follower.behind > 0
    journal.take(said)
    for _ in range(10):
        journal.take(follower.look(clock.on(), PLENTY))
    assert len(journal.text) == 22_000_004
    assert journal.missing == []


def test_a_damaged_member_is_told(path: Path, clock: Clock, follower: FileFollower) -> None:
    """R15: of a compressed member that is cut off what can be read is given, and that the rest is missing."""
    rotated(path, ".2")
    append(path, b"".join(b"%d some line\n" % number for number in range(10_000)))
    packed = compress(rotated(path))
    status = packed.stat()
    os.truncate(packed, status.st_size // 2)
    os.utime(packed, ns=(status.st_atime_ns, status.st_mtime_ns))
    append(path, b"last\n")
    said = [*follower.look(clock.on(), PLENTY), *follower.look(clock.on(300), PLENTY)]
    assert "is damaged or cut off" in of(Missing, said)[0].why
    assert text(said).startswith(b"0 some line\n1 some line\n")
    assert text(said).endswith(b"last\n")


def test_a_log_that_is_renamed_back(path: Path, clock: Clock, follower: FileFollower) -> None:
    """Nothing is given twice when a rotation is undone."""
    old = rotated(path)
    append(path, b"two\n")
    assert text(follower.look(clock.on(), PLENTY)) == b"two\n"
    path.unlink()
    old.rename(path)
    append(path, b"three\n")
    assert of(Read, follower.look(clock.on(), PLENTY)) == [Read(1, 4, b"three\n", backlog=False)]


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("node.log", True),
        ("node.log.1", True),
        ("node.log.12.gz", True),
        ("node.log-20261121.zst", True),
        ("node.log-2026-11-21-07-02-58", True),
        ("node.log.old", True),
        ("node.log.txt", False),
        ("node2.log", False),
        ("other.log.1", False),
        ("node.lo", False),
    ],
)
def test_names_of_members(name: str, member: bool) -> None:  # noqa: FBT001 - a column of the table above
    """A member's name is the log's, with what rotation and compression put behind it."""
    assert is_member("logs", name, "node.log") == member
