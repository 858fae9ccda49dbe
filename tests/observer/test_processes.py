"""The command as a process of its own: exit codes, pipes, terminals, interruption."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.observer.captures import logs
from tests.observer.conftest import Observer, Recorded

PLAIN = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE")}
COMMAND = (sys.executable, "-m", "observer")


def ran(*arguments: object, **more: str) -> subprocess.CompletedProcess[bytes]:
    """A command in a process of its own."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, env=PLAIN | more, timeout=60)


def on_a_terminal(*arguments: object, **more: str) -> bytes:
    """What a command prints where its output is a terminal."""
    ours, theirs = pty.openpty()
    command = [*COMMAND, *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=theirs, stderr=theirs, env=PLAIN | {"TERM": "xterm-256color"} | more
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
        assert process.wait(timeout=60) == 0
    os.close(ours)
    return shown


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("state", "RUN", "nodes.node1.height"), 0),
        (("state", "RUN", "--at", "never"), 2),
        (("state", __file__), 4),
        (("state", "/nowhere/missing.rec"), 5),
    ],
)
def test_exit_code_reaches_the_shell(recorded: Recorded, arguments: tuple[str, ...], code: int) -> None:
    """The process ends with the code of the outcome, and says at most one sentence."""
    found = ran(*(str(recorded("selective", "log")) if one == "RUN" else one for one in arguments))
    assert found.returncode == code
    assert found.stderr.count(b"\n") == (code != 0)
    assert (found.stdout == b"64\n") == (code == 0)


def test_damage_is_one_sentence(recorded: Recorded, tmp_path: Path) -> None:
    """A process that meets damage leaves no trace of its insides on stderr."""
    data = bytearray(recorded("selective", "log").read_bytes())
    for place in range(60_000, len(data), 10_000):
        data[place] ^= 1
    (tmp_path / "damaged.rec").write_bytes(data)
    for command in ("lines", "verify"):
        found = ran(command, tmp_path / "damaged.rec")
        assert found.returncode == 4
        assert b"Traceback" not in found.stderr
        assert found.stderr.count(b"\n") <= 1


@pytest.mark.parametrize("command", [("lines",), ("events",), ("state", "--json")])
def test_reader_that_goes_away_ends_the_command_quietly(recorded: Recorded, command: tuple[str, ...]) -> None:
    """`observer … | head -1`: no complaint, and no failure for `set -o pipefail`."""
    name, *options = command
    arguments = [*COMMAND, name, str(recorded("level1", "log")), *options]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(10)
        process.stdout.close()
        said = process.stderr.read()
        assert (process.wait(timeout=60), said) == (0, b"")


INTERRUPTIBLE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from observer.main import main; main()"
)
"""A test runner's workers ignore SIGINT, and what they start inherits that."""


def test_interruption_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C ends an import with exit code 130, one sentence, and no recording."""
    arguments = [sys.executable, "-c", INTERRUPTIBLE, "import", "node1=-", "-o", str(tmp_path / "made.rec")]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        arguments, stdin=pipe, stdout=pipe, stderr=pipe, env=PLAIN | {"TMPDIR": str(tmp_path)}
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        # More than a pipe holds: when it is written, the import is reading, and waits for the end.
        process.stdin.write(b"endless\n" * 40_000)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert (process.stdout.read(), process.stderr.read()) == (b"", b"observer: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_no_escapes_where_there_is_no_terminal(recorded: Recorded, observer: Observer) -> None:
    """Output into a pipe has no colours, also where TERM promises some."""
    assert b"\x1b" not in ran("replay", recorded("selective", "stdout"), TERM="xterm-256color").stdout
    for command in ("state", "replay", "events", "coverage", "verify"):
        assert b"\x1b" not in observer(command, recorded("selective", "stdout")).out


def test_colours_on_a_terminal_and_none_with_no_color(recorded: Recorded) -> None:
    """A terminal gets colours, unless NO_COLOR is set."""
    coloured = on_a_terminal("replay", recorded("selective", "log"))
    plain = on_a_terminal("replay", recorded("selective", "log"), NO_COLOR="1")
    assert b"\x1b[33m" in coloured
    assert b"\x1b[3" not in plain
    assert b"\x1b[9" not in plain
    assert b"reorganised, depth 4" in plain


def test_lines_on_a_terminal_are_clean(recorded: Recorded) -> None:
    """The console form is full of colours; on a terminal `lines` shows its text alone."""
    shown = on_a_terminal("lines", recorded("level0", "stdout"), "--seq", "1:60")
    assert b"\x1b" not in shown
    assert b"Fluorine Fermi" in shown


def test_import_on_a_terminal_shows_its_progress(tmp_path: Path) -> None:
    """The progress bar goes away when it is done, and the summary stands."""
    shown = on_a_terminal("import", *logs("level0", "log"), "-o", tmp_path / "made.rec")
    assert b"597 lines of 3 nodes" in shown


def test_digest_does_not_depend_on_the_hash_seed(recorded: Recorded, observer: Observer, tmp_path: Path) -> None:
    """R18: another PYTHONHASHSEED gives the same digest and the same answer, byte for byte."""
    path = tmp_path / "made.rec"
    assert ran("import", *logs("selective", "both"), "-o", path, "-q", PYTHONHASHSEED="4242").returncode == 0
    answer = ran("state", path, "--json", PYTHONHASHSEED="7").stdout
    assert answer == observer("state", recorded("selective", "both"), "--json").out


def test_paced_replay_tells_the_same_story(observer: Observer, recorded: Recorded) -> None:
    """`--speed N` paces the story and changes none of it."""
    rec = recorded("selective", "log")
    assert observer("replay", rec, "--speed", "10000").out == observer("replay", rec).out


def test_only_what_is_installed_with_the_program_is_needed(recorded: Recorded) -> None:
    """What only tests bring along (click comes with import-linter) is not needed to run."""
    only_tests = ("click", "pytest", "hypothesis", "jsonschema", "mypy", "importlinter")
    hidden = "; ".join(f"sys.modules[{name!r}] = None" for name in only_tests)
    program = f"import sys; {hidden}; from observer.main import run; sys.exit(run(sys.argv[1:]))"
    for arguments in (["state", str(recorded("level0", "log"))], ["import", *logs("level0", "log"), "-o", os.devnull]):
        found = subprocess.run(
            [sys.executable, "-c", program, *arguments], capture_output=True, check=False, timeout=60
        )
        assert b"Traceback" not in found.stderr
        assert found.returncode == (0 if arguments[0] == "state" else 2)
