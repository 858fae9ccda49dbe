"""Attached where something is in the way: no space, no right to write, names that are wrong, others that are there."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from replay.recording import Recording
from tests.components.process import until
from tests.live.attach import COMMAND, Attach, observer, read_bytes
from tests.live.histories import assert_live_is_replay
from tests.live.kill import held
from tests.observer.captures import CAPTURES

LOG = CAPTURES / "level1" / "node1.log"
UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override", "--")
"""Root is asked for its rights as well, without this one."""


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A place for one."""
    return tmp_path / "run.rec"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The first lines of a node's log."""
    path = tmp_path / "node1.log"
    path.write_bytes(b"".join(lines()[:100]))
    return path


def lines() -> list[bytes]:
    """A real log's."""
    return LOG.read_bytes().splitlines(keepends=True)


def add(log: Path, first: int, end: int) -> None:
    """Append some of them."""
    with log.open("ab") as file:
        file.writelines(lines()[first:end])


def until_read(recording: Path, size: int, attach: Attach) -> None:
    """Until so many bytes are committed."""
    until(
        lambda: read_bytes(recording) == size,
        f"{size} bytes are read",
        alive=lambda: attach.running,
        told=lambda: f"{read_bytes(recording)} {attach.said}",
    )


def test_a_full_disk_is_told_and_waited_for(recording: Path, log: Path) -> None:
    """R6: where nothing more can be written, one sentence says so and says when it is over; nothing is lost, nothing is
    there twice, and readers read what was committed before.
    """
    with Attach(log, "--record", recording, "--plain") as attach:
        until_read(recording, log.stat().st_size, attach)
        before, pid = read_bytes(recording), attach.process.pid
        wal = recording.with_name("run.rec-wal").stat().st_size
        free = resource.prlimit(pid, resource.RLIMIT_FSIZE, (wal + 1000, resource.RLIM_INFINITY))
        add(log, 100, 1000)
        attach.until_said("tried again each second")
        add(log, 1000, 3000)
        assert observer("state", recording, "nodes.node1.height").returncode == 0
        assert read_bytes(recording) == before
        resource.prlimit(pid, resource.RLIMIT_FSIZE, free)
        attach.until_said("what could not be committed is")
        until_read(recording, log.stat().st_size, attach)
        assert attach.end() == 130
        assert attach.said.count("\n") == 3, attach.said
        assert "damaged" not in attach.said
    assert held(recording)["node1"].files == [log.read_bytes()]
    assert observer("verify", recording).returncode == 0
    assert_live_is_replay(recording)


def test_left_while_the_disk_is_full(recording: Path, log: Path) -> None:
    """R29: Ctrl-C then says what is not kept, with exit code 5; the next run reads it again."""
    with Attach(log, "--record", recording, "--plain") as attach:
        until_read(recording, log.stat().st_size, attach)
        wal = recording.with_name("run.rec-wal").stat().st_size
        resource.prlimit(attach.process.pid, resource.RLIMIT_FSIZE, (wal + 1000, resource.RLIM_INFINITY))
        add(log, 100, 1000)
        attach.until_said("tried again each second")
        assert attach.end() == 5
        assert "Traceback" not in attach.said
    with Attach(log, "--record", recording, "--plain") as attach:
        until_read(recording, log.stat().st_size, attach)
        assert attach.end() == 130
    assert held(recording)["node1"].files == [log.read_bytes()]
    assert observer("verify", recording).returncode == 0
    assert_live_is_replay(recording)


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Path]:
    """A directory in which nobody may write."""
    folder = tmp_path / "sealed"
    folder.mkdir()
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


def unprivileged(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Attach without root's right to write everywhere."""
    with Attach(*arguments, limited=UNPRIVILEGED if os.geteuid() == 0 else ()) as attach:
        code = attach.ended()
        return subprocess.CompletedProcess(arguments, code, attach.printed, attach.said.encode())


def test_a_recording_that_cannot_be_written_is_one_sentence(log: Path, sealed: Path, recording: Path) -> None:
    """Neither where none can be made nor where one is that cannot be gone on with; exit code 5, and nothing is left."""
    made = unprivileged(log, "--record", sealed / "run.rec")
    assert (made.returncode, made.stdout, made.stderr.count(b"\n")) == (5, b"", 1)
    assert b"check that its directory is there and may be written" in made.stderr
    with Attach(log, "--record", recording, "--plain") as attach:
        until_read(recording, log.stat().st_size, attach)
        attach.end()
    sealed.chmod(0o755)
    shutil.move(recording, sealed / "run.rec")
    (sealed / "run.rec").chmod(0o444)
    sealed.chmod(0o555)
    again = unprivileged(log, "--record", sealed / "run.rec")
    assert (again.returncode, again.stdout, again.stderr.count(b"\n")) == (5, b"", 1)
    assert [path.name for path in sealed.iterdir()] == ["run.rec"]
    assert observer("verify", sealed / "run.rec").returncode == 0


def test_a_recording_that_is_not_ours_to_write(log: Path, recording: Path, tmp_path: Path) -> None:
    """One that another attach writes, and one that an import made, are left as they are, each with its sentence."""
    with Attach(log, "--record", recording, "--plain") as attach:
        until_read(recording, log.stat().st_size, attach)
        second = observer("attach", log, "--record", recording)
        assert (second.returncode, second.stderr.count(b"\n")) == (5, 1)
        assert b"another process is writing it" in second.stderr
        add(log, 100, 200)
        until_read(recording, log.stat().st_size, attach)
        assert attach.end() == 130
    imported = tmp_path / "imported.rec"
    assert observer("import", log, "-o", imported, "-q").returncode == 0
    before = imported.read_bytes()
    refused = observer("attach", log, "--record", imported)
    assert (refused.returncode, refused.stderr.count(b"\n")) == (2, 1)
    assert b"was made by an import; name another file" in refused.stderr
    assert imported.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["/nowhere/node1.log"], b"there is no directory /nowhere"),
        (["/nowhere*/node1.log"], b"nothing fits this pattern yet"),
        (["-", "-"], b"name it once"),
        (["k8s:testnet"], b"name a namespace and a label selector"),
        ([".", "--until", "no_such_function()"], b"no_such_function"),
        ([".", "--within", "5s"], b"say what is waited for with --until"),
        ([".", "--rules", "/nowhere.yaml"], b"/nowhere.yaml"),
    ],
)
def test_what_can_never_be_is_refused(recording: Path, arguments: list[str], why: bytes) -> None:
    """What is wrong with the command line is one sentence, and no recording is left behind."""
    found = observer("attach", *arguments, "--record", recording)
    assert found.returncode == 2
    assert why in found.stderr
    assert found.stderr.count(b"\n") == 1
    assert not recording.exists()


def test_logs_that_are_not_there_yet(recording: Path, tmp_path: Path) -> None:
    """A file that does not exist is waited for, and that is said at once, as it may be a slip of the pen; one that is in
    no format is named. Files appear in a directory later, with a name of the user's choice where he gives one.
    """
    folder, late = tmp_path / "logs", tmp_path / "late.log"
    folder.mkdir()
    (folder / "notes.txt").write_bytes(b"buy milk\n" * 50)
    with Attach(folder, f"alpha={late}", "--record", recording, "--plain") as attach:
        attach.until_said("late.log: is not there; it is waited for")
        attach.until_said("notes.txt: is in no log format that is known; it is left out")
        shutil.copy(LOG, late)
        until_read(recording, LOG.stat().st_size, attach)
        (folder / "n2").mkdir()
        shutil.copy(CAPTURES / "level1" / "node2.log", folder / "n2" / "node2.log")
        until_read(recording, LOG.stat().st_size + (folder / "n2" / "node2.log").stat().st_size, attach)
        assert attach.end(signal.SIGTERM) == 130
    assert observer("verify", recording).returncode == 0
    assert {name: one.files for name, one in held(recording).items()} == {
        "alpha": [LOG.read_bytes()],
        "node2": [(folder / "n2" / "node2.log").read_bytes()],
    }
    assert_live_is_replay(recording)


def test_first_words_that_are_in_no_format(recording: Path, log: Path) -> None:
    """A program may say something before it has set up its log: that alone does not settle what the log is."""
    whole = log.read_bytes()
    log.write_bytes(b"starting up, please wait\n")
    with Attach(log, "--record", recording, "--plain") as attach:
        until(lambda: b"waiting for the first line" in attach.printed, "it looks", told=lambda: attach.said)
        with log.open("ab") as file:
            file.write(whole)
        until_read(recording, log.stat().st_size, attach)
        assert attach.end() == 130
    with Recording.open_to_read(recording) as opened:
        assert [source.system for source in opened.sources()] == ["monero"]


def test_a_pipe_is_read_to_its_end(recording: Path) -> None:
    """`attach -` ends by itself with exit code 0 when the pipe is closed, and all of it was read."""
    for name in ("-", "alpha=-"):
        with Attach(name, "--record", recording, "--plain", stdin=subprocess.PIPE) as attach:
            assert attach.process.stdin is not None
            attach.process.stdin.write(LOG.read_bytes())
            attach.process.stdin.close()
            assert attach.ended() == 0, attach.said
        assert [one.files for one in held(recording).values()] == [[LOG.read_bytes()]]
        assert observer("verify", recording).returncode == 0
        assert_live_is_replay(recording)
        recording.unlink()


def test_an_interrupted_pipe_keeps_what_came(recording: Path) -> None:
    """R6: what had come through a pipe when Ctrl-C came is kept, the beginning of a line too."""
    data = b"".join(lines()[:500])[:-20]
    with Attach("-", "--record", recording, "--plain", stdin=subprocess.PIPE) as attach:
        assert attach.process.stdin is not None
        attach.process.stdin.write(data)
        attach.process.stdin.flush()
        until_read(recording, data.rfind(b"\n") + 1, attach)
        assert attach.end() == 130
    assert held(recording)["stdin"].files == [data]


def test_a_pipe_that_ends_before_it_begins(recording: Path) -> None:
    """An empty pipe, and one that is closed from the start, are told of and waited for no longer."""
    with Attach("-", "--record", recording, "--plain") as attach:
        assert attach.ended() == 0
        assert "ended before a line came" in attach.said
    shell = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "-", *COMMAND, "attach", "-"], capture_output=True, check=False
    )
    assert (shell.returncode, shell.stderr.count(b"\n")) == (2, 1)
    assert b"standard input is closed" in shell.stderr


def test_a_pipe_of_few_words(recording: Path) -> None:
    """What has ended is settled at once, in however few lines, the last of which may be without an end."""
    with Attach("-", "--record", recording, "--plain", stdin=subprocess.PIPE) as attach:
        assert attach.process.stdin is not None
        attach.process.stdin.write(b"no log at all\nand no")
        attach.process.stdin.close()
        assert attach.ended() == 0
    assert held(recording)["stdin"].files == [b"no log at all\nand no"]


def test_a_reader_that_goes_away_ends_it_in_order(recording: Path, log: Path) -> None:
    """`observer attach ... | head -1`: no complaint, and the recording is one sound file."""
    with Attach(log, "--record", recording, "--plain") as attach:
        until(lambda: attach.printed, "it prints")
        assert attach.process.stdout is not None
        attach.process.stdout.close()
        add(log, 100, 1000)
        assert attach.process.wait(60) == 0
        assert attach.said == ""
    assert list(log.parent.glob("run.rec*")) == [recording]
    assert observer("verify", recording).returncode == 0
