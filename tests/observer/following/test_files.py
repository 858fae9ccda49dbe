"""R1, R2: one log is followed by its name, line by line, with what rests in it when it is opened told as backlog."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from observer.following.files import FileFollower
from observer.following.happenings import CaughtUp, Grown, Lagging, Lost, Opened, Read, Rotated
from parsers.text import LINE_LIMIT
from replay.journal import HEAD_BYTES, head_of
from tests.observer.following.growing_logs import PLENTY, Clock, Journal, append, names, of, text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log that is not there yet."""
    return tmp_path / "node.log"


@pytest.fixture
def clock() -> Clock:
    """Time by which followers are looked at."""
    return Clock()


def test_backlog_and_live_lines(path: Path, clock: Clock) -> None:
    """R2: what stands in a log when it is opened is backlog, what comes later is not, with offsets of the file."""
    append(path, b"one\ntwo\n")
    follower = FileFollower(path)
    first = follower.look(clock.on(), PLENTY)
    append(path, b"three\n")
    second = follower.look(clock.on(), PLENTY)
    head, length = head_of(b"one\ntwo\n")
    assert first == [
        Opened(1, head, length, 0, fresh=True, label=str(path)),
        Read(1, 0, b"one\ntwo\n", backlog=True),
    ]
    assert second == [Read(1, 8, b"three\n", backlog=False), Grown(1, *head_of(b"one\ntwo\nthree\n"))]
    assert follower.look(clock.on(), PLENTY) == []


def test_an_unfinished_line_waits(path: Path, clock: Clock) -> None:
    """A line is given when its end has come; one that was begun before the opening and ended after it is live."""
    append(path, b"one\ntw")
    follower = FileFollower(path)
    assert text(follower.look(clock.on(), PLENTY)) == b"one\n"
    assert follower.look(clock.on(), PLENTY) == []
    assert follower.behind == 0
    append(path, b"o\nth")
    assert of(Read, follower.look(clock.on(), PLENTY)) == [Read(1, 4, b"two\n", backlog=False)]


def test_an_empty_log_is_not_opened(path: Path, clock: Clock) -> None:
    """A log that is empty at first is opened with its first line, and that is live."""
    append(path, b"")
    follower = FileFollower(path)
    assert follower.look(clock.on(), PLENTY) == []
    append(path, b"one\n")
    assert follower.look(clock.on(), PLENTY)[1:] == [Read(1, 0, b"one\n", backlog=False)]


def test_a_log_that_comes_later(path: Path, clock: Clock) -> None:
    """A log may be named before it is there; after a second that is told, once."""
    follower = FileFollower(path)
    assert follower.look(clock.on(), PLENTY) == []
    said = [*follower.look(clock.on(1100), PLENTY), *follower.look(clock.on(1100), PLENTY)]
    assert said == [Lost(f"{path} is not there: No such file or directory")]
    append(path, b"one\n")
    assert names(follower.look(clock.on(), PLENTY)) == ["Opened", "Read"]


def test_room_bounds_what_is_given(path: Path, clock: Clock) -> None:
    """A look reads about as much as there is room for, and nothing is lost over that."""
    lines = b"".join(b"line %05d\n" % number for number in range(1000))
    append(path, lines)
    follower, journal = FileFollower(path), Journal()
    for _ in range(20):
        said = follower.look(clock.on(), 400)
        assert len(text(said)) <= 411
        journal.take(said)
    assert follower.behind > 0
    assert follower.look(clock.on(), 0) == []
    journal.take(follower.look(clock.on(), PLENTY))
    assert journal.text == lines
    assert follower.behind == 0


def test_lagging_is_told_once(path: Path, clock: Clock) -> None:
    """R23: unread bytes are a lag after a second of looks, and it is told when that is over."""
    append(path, b"a line\n" * 1000)
    follower = FileFollower(path)
    said = [one for _ in range(60) for one in follower.look(clock.on(), 7)]
    assert len(of(Lagging, said)) == 1
    assert 0 < of(Lagging, said)[0].behind < 7000
    assert of(CaughtUp, follower.look(clock.on(), PLENTY)) == [CaughtUp()]
    append(path, b"a line\n")
    assert names(follower.look(clock.on(), PLENTY)) == ["Read"]


def test_long_lines_come_in_fragments(path: Path, clock: Clock) -> None:
    """R5: a line over the limit comes as fragments of exactly the limit, as an import cuts it."""
    line = b"x" * (2 * LINE_LIMIT + 5)
    append(path, b"one\n" + line)
    follower = FileFollower(path)
    first = of(Read, follower.look(clock.on(), PLENTY))
    append(path, b"yy\ntwo\n")
    second = of(Read, follower.look(clock.on(), PLENTY))
    assert [len(one.data) for one in first] == [4, LINE_LIMIT, LINE_LIMIT]
    assert [one.data for one in second] == [b"xxxxxyy\ntwo\n"]
    assert not any(one.torn for one in [*first, *second])


def test_a_head_is_known_as_far_as_there_is_one(path: Path, clock: Clock) -> None:
    """R1: an incarnation is known by its first kibibyte; what was short grows, and then never changes."""
    append(path, b"a" * 99 + b"\n")
    follower = FileFollower(path)
    opened = of(Opened, follower.look(clock.on(), PLENTY))[0]
    append(path, b"b" * 5000 + b"\n")
    grown = of(Grown, follower.look(clock.on(), PLENTY))
    append(path, b"c\n")
    assert opened.head_length == 100
    assert grown == [Grown(1, *head_of(path.read_bytes()))]
    assert grown[0].head_length == HEAD_BYTES
    assert of(Grown, follower.look(clock.on(), PLENTY)) == []


def test_tail_begins_at_the_end(path: Path, clock: Clock) -> None:
    """R2: `--tail` leaves out what is there, not the line that is being written, and misses nothing by that."""
    append(path, b"old\nolder\nbegun")
    follower = FileFollower(path, tail=True)
    first = follower.look(clock.on(), PLENTY)
    append(path, b" and ended\n")
    assert first == []
    said = follower.look(clock.on(), PLENTY)
    assert of(Opened, said)[0].start == 10
    assert of(Opened, said)[0].fresh
    assert of(Read, said) == [Read(1, 10, b"begun and ended\n", backlog=False)]


def test_tail_of_what_comes_later_is_all_of_it(path: Path, clock: Clock) -> None:
    """R2: a log that was not there when its tail was asked for is read from its beginning."""
    follower = FileFollower(path, tail=True)
    assert follower.beginning == b""
    append(path, b"one\n")
    assert text(follower.look(clock.on(), PLENTY)) == b"one\n"


def test_leaving_gives_the_beginning_of_a_line(path: Path, clock: Clock) -> None:
    """What stands behind the last line break is given when nobody looks again, and gone on with by who comes back."""
    append(path, b"one\ntw")
    follower, journal = FileFollower(path), Journal()
    journal.take(follower.look(clock.on(), PLENTY))
    left = follower.leave(clock.on())
    journal.take(left)
    assert left == [Read(1, 4, b"tw", backlog=True, torn=True)]
    append(path, b"o\n")
    said = FileFollower(path, journal.known).look(clock.on(), PLENTY)
    assert names(said) == ["Opened", "Grown", "Read"]
    assert of(Read, said) == [Read(1, 6, b"o\n", backlog=True)]


def test_a_line_that_was_never_finished_is_not_lost(path: Path, clock: Clock) -> None:
    """A log of which only the beginning of a line is there is opened and given when it is left."""
    append(path, b"tw")
    follower = FileFollower(path)
    assert follower.look(clock.on(), PLENTY) == []
    assert names(follower.leave(clock.on())) == ["Opened", "Read"]


def test_the_beginning_tells_the_format(path: Path, clock: Clock) -> None:
    """Up to 128 KiB are shown before anything is given, and nothing is given twice or left out by that."""
    append(path, b"a line\n" * 50_000)
    follower = FileFollower(path)
    assert follower.beginning == path.read_bytes()[: 1 << 17]
    assert text(follower.look(clock.on(), PLENTY)) == path.read_bytes()


def test_the_beginning_of_a_log_that_is_replaced_before_it_is_read(path: Path, clock: Clock) -> None:
    """A log that was empty when it was found, and is another file by now, is seen."""
    append(path, b"")
    follower = FileFollower(path)
    assert follower.beginning == b""
    path.unlink()
    append(path, b"one\n")
    assert follower.beginning == b"one\n"
    assert text(follower.look(clock.on(), PLENTY)) == b"one\n"


def test_deleted_and_made_again(path: Path, clock: Clock) -> None:
    """A deleted log is read on, told to be lost after a second, and followed again as the next incarnation."""
    append(path, b"one\n")
    with path.open("ab", buffering=0) as writer:
        follower = FileFollower(path)
        follower.look(clock.on(), PLENTY)
        path.unlink()
        writer.write(b"two\n")
        assert of(Read, follower.look(clock.on(), PLENTY)) == [Read(1, 4, b"two\n", backlog=False)]
        assert names(follower.look(clock.on(1100), PLENTY)) == ["Lost"]
        writer.write(b"three\n")
        assert text(follower.look(clock.on(), PLENTY)) == b"three\n"
    append(path, b"new\n")
    said = follower.look(clock.on(), PLENTY)
    assert names(said) == ["Rotated", "Opened", "Read"]
    assert of(Opened, said)[0].incarnation == 2


def test_what_is_no_file_is_told_and_tried_again(path: Path, clock: Clock) -> None:
    """R23: a name that cannot be read is lost at once, without waiting on it, and found again."""
    append(path, b"one\n")
    follower = FileFollower(path)
    follower.look(clock.on(), PLENTY)
    path.unlink()
    os.mkfifo(path)
    said = follower.look(clock.on(), PLENTY)
    assert said == [Lost(f"{path} cannot be read: it is no regular file")]
    assert follower.look(clock.on(1100), PLENTY) == []
    path.unlink()
    append(path, b"two\n")
    assert names(follower.look(clock.on(1100), PLENTY)) == ["Rotated", "Opened", "Read"]


def test_a_failing_disk_is_lost_and_found(path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """R23: an error of reading is told once; when reading goes on, what was unread comes, and that it has caught up."""
    append(path, b"one\n")
    follower = FileFollower(path)
    follower.look(clock.on(), PLENTY)
    append(path, b"two\n")

    def fails(*_: int) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "pread", fails)
        said = [one for _ in range(100) for one in follower.look(clock.on(), PLENTY)]
    assert said == [Lost(f"{path} cannot be read: Input/output error")]
    said = [one for _ in range(100) for one in follower.look(clock.on(), PLENTY)]
    assert text(said) == b"two\n"
    assert of(CaughtUp, said) == [CaughtUp()]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_log_that_may_not_be_read(path: Path, clock: Clock) -> None:
    """R23: a log without permission is lost, and opened when it may be read."""
    append(path, b"one\n")
    path.chmod(0)
    follower = FileFollower(path)
    assert follower.look(clock.on(), PLENTY) == [Lost(f"{path} cannot be read: Permission denied")]
    path.chmod(0o600)
    assert names(follower.look(clock.on(1100), PLENTY)) == ["Opened", "Read"]


def test_a_log_that_an_editor_saved(path: Path, clock: Clock) -> None:
    """R1: the same log in another file, put in its place, is the same incarnation."""
    lines = b"".join(b"line %05d\n" % number for number in range(1000))
    append(path, lines)
    follower = FileFollower(path)
    follower.look(clock.on(), PLENTY)
    copy = path.with_name("copy")
    append(copy, lines + b"one more\n")
    copy.replace(path)
    assert follower.look(clock.on(), PLENTY) == [Read(1, len(lines), b"one more\n", backlog=False)]


def test_links_are_followed(path: Path, clock: Clock, tmp_path: Path) -> None:
    """A link that is set to another file is a rotation, as Kubernetes sets those in /var/log/containers."""
    append(tmp_path / "pod-0", b"one\n")
    path.symlink_to("pod-0")
    follower = FileFollower(path)
    assert text(follower.look(clock.on(), PLENTY)) == b"one\n"
    append(tmp_path / "pod-1", b"two\n")
    (tmp_path / "new").symlink_to("pod-1")
    (tmp_path / "new").replace(path)
    said = follower.look(clock.on(), PLENTY)
    assert said[0] == Rotated(1)
    assert text(said) == b"two\n"


def test_lives_of_a_container_are_one_log(tmp_path: Path, clock: Clock) -> None:
    """R1: in a pod's directory each restart of the container begins the next number."""
    folder = tmp_path / "testnet_node-0_0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f" / "node"
    folder.mkdir(parents=True)
    append(folder / "0.log", b"one\n")
    follower = FileFollower(folder / "0.log")
    assert text(follower.look(clock.on(), PLENTY)) == b"one\n"
    append(folder / "1.log", b"two\n")
    said = [one for _ in range(60) for one in follower.look(clock.on(), PLENTY)]
    assert names(said) == ["Rotated", "Opened", "Read"]
    assert text(said) == b"two\n"
