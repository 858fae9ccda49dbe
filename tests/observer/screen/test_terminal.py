"""The screen on a real terminal: drawn, resized, interrupted, ended, and the terminal as it was afterwards."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from observer.screen.terminal import Terminal
from tests.observer.conftest import Recorded
from tests.observer.screen.emulated import Emulated
from tests.observer.screen.views import CALM, NOON, SECOND, TROUBLED, shown

PLAIN = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE")}
SOON = 30
"""Seconds in which whatever is waited for has happened, however busy the machine."""


class Window:
    """A terminal with somebody looking at it."""

    def __init__(self, width: int = 80, height: int = 24) -> None:
        """Both ends of a pty."""
        self.ours, self.theirs = pty.openpty()
        # As the shell leaves it, apart from line feeds, which the emulated terminal takes as they are written.
        tty.setraw(self.theirs)
        self.seen = Emulated(width, height)
        self.written = b""
        self.size(width, height)

    def size(self, width: int, height: int) -> None:
        """Make it so wide and so high."""
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.seen.resized(width, height)

    def look(self) -> bytes:
        """Take what was written since the last look."""
        data = b""
        while select.select([self.ours], [], [], 0)[0]:
            try:
                part = os.read(self.ours, 65536)
            except OSError:
                break
            if not part:
                break
            data += part
        self.written += data
        self.seen.feed(data)
        return data

    def until(self, what: Callable[[], bool]) -> None:
        """Look until something is so."""
        end = time.monotonic() + SOON
        while not what():
            assert time.monotonic() < end, (self.seen.rows, self.written[-2000:])
            select.select([self.ours], [], [], 0.05)
            self.look()


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    """A terminal of 80 columns and 24 rows, with colours."""
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    found = Window()
    yield found
    os.close(found.ours)
    os.close(found.theirs)


@pytest.fixture
def terminal(window: Window) -> Iterator[Terminal]:
    """The screen on it."""
    with open(os.dup(window.theirs), "w", encoding="utf-8") as out:  # noqa: PTH123 - a descriptor has no path
        found = Terminal(out)
        yield found
        found.close()


def test_a_view_stands_on_the_screen(window: Window, terminal: Terminal) -> None:
    """Every row where it belongs, in colour, with the cursor out of the way; nothing of it on the main screen."""
    terminal.update(TROUBLED)
    window.look()
    assert [one for one in window.seen.rows if one] == [one for one in shown(TROUBLED) if one]
    assert (window.seen.inside, window.seen.cursor, window.seen.coloured, window.seen.main) == (True, False, True, "")


def test_only_rows_that_changed_are_written(window: Window, terminal: Terminal) -> None:
    """A second later hardly anything is written; after ten seconds all is, as others may have written there."""
    terminal.update(CALM)
    window.look()
    terminal.update(CALM)
    assert window.look() == b""
    terminal.update(replace(CALM, now=NOON + SECOND))
    assert window.look().count(b";1H") == 4
    assert window.seen.rows[: len(shown(CALM))] == shown(replace(CALM, now=NOON + SECOND))
    terminal.update(replace(CALM, now=NOON + 10 * SECOND))
    assert window.look().count(b";1H") == 24


def test_a_resized_window_is_filled_anew(window: Window, terminal: Terminal) -> None:
    """Wider, narrower, lower, higher: rows are those of the new size and nothing of the old one is left."""
    terminal.update(TROUBLED)
    window.look()
    for width, height in ((132, 50), (60, 12), (200, 24), (80, 24)):
        window.size(width, height)
        terminal.update(TROUBLED)
        window.look()
        assert [one for one in window.seen.rows if one] == [one for one in shown(TROUBLED, width, height) if one]


def test_what_was_shown_last_stays_readable(window: Window, terminal: Terminal) -> None:
    """Closing leaves the alternate screen and prints the last view and what was said on the main one, once."""
    terminal.say("run.rec is gone on with")
    terminal.update(CALM)
    terminal.update(TROUBLED)
    terminal.close()
    terminal.close()
    terminal.update(CALM)
    window.look()
    printed = window.seen.main.split("\n")
    assert (window.seen.inside, window.seen.cursor) == (False, True)
    assert printed == [*shown(TROUBLED, 80, 22), "run.rec is gone on with", ""]


def test_what_is_said_stands_below(window: Window, terminal: Terminal) -> None:
    """The program's own sentences have the last row, without what would steer the terminal."""
    terminal.update(TROUBLED)
    terminal.say("the disk\x1b[2J is full")
    window.look()
    assert window.seen.rows[-1] == "the disk is full"
    assert [one for one in window.seen.rows[:-1] if one] == [one for one in shown(TROUBLED, 80, 23) if one]


def test_no_colour_where_none_is_wanted(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR is kept; the screen is the same without."""
    monkeypatch.setenv("NO_COLOR", "1")
    with open(os.dup(window.theirs), "w", encoding="utf-8") as out:  # noqa: PTH123 - a descriptor has no path
        terminal = Terminal(out)
        terminal.update(TROUBLED)
        window.look()
        assert not window.seen.coloured
        assert [one for one in window.seen.rows if one] == [one for one in shown(TROUBLED) if one]
        terminal.close()


def test_a_terminal_that_is_stopped_stops_nothing(window: Window, terminal: Terminal) -> None:
    """Ctrl-S: views are left out, and the next one after Ctrl-Q is whole."""
    terminal.update(CALM)
    window.look()
    termios.tcflow(window.theirs, termios.TCOOFF)
    for second in range(1, 400):
        terminal.update(replace(TROUBLED, now=NOON + second * SECOND))
    termios.tcflow(window.theirs, termios.TCOON)
    terminal.update(TROUBLED)
    window.look()
    assert [one for one in window.seen.rows if one] == [one for one in shown(TROUBLED) if one]


def test_a_terminal_that_is_gone_is_no_failure() -> None:
    """Whoever closed the window wants no traceback in it."""
    window = Window()
    with open(window.theirs, "w", encoding="utf-8", closefd=False) as out:
        terminal = Terminal(out)
        terminal.update(CALM)
        window.look()
        os.close(window.ours)
        terminal.update(TROUBLED)
        terminal.close()
    os.close(window.theirs)


def test_signals_are_as_they_were(window: Window, terminal: Terminal) -> None:
    """Who handles SIGTERM already goes on doing so; what was taken is given back."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        terminal.update(CALM)
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
        assert signal.getsignal(signal.SIGTSTP) is not signal.SIG_DFL
        terminal.close()
        assert signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)


# --- as a process of its own ---------------------------------------------------------------------------


@pytest.fixture
def playing(window: Window, recorded: Recorded) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Plays a recording on the terminal, in a process of its own."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.observer.screen.playing", str(recorded("level1", "log"))]
        command += ["--every", "2", "--pause", "0.01", *options]
        started.append(
            subprocess.Popen(
                command,
                stdout=window.theirs,
                stderr=subprocess.PIPE,
                env=PLAIN | {"TERM": "xterm-256color"},
                cwd=Path(__file__).parents[3],
            )
        )
        return started[0]

    yield start
    for one in started:
        one.kill()
        one.wait()
        assert one.stderr is not None
        one.stderr.close()


def stands(window: Window) -> bool:
    """Whether the table of nodes is to be seen."""
    return any(one.startswith("node3 ") for one in window.seen.rows)


@pytest.mark.parametrize(
    ("options", "number", "code"),
    [
        ((), None, 0),
        (("--raise",), None, 1),
        (("--stay",), signal.SIGINT, 130),
        (("--stay",), signal.SIGTERM, -signal.SIGTERM),
        (("--stay",), signal.SIGHUP, -signal.SIGHUP),
    ],
)
def test_the_terminal_is_left_in_order(
    window: Window,
    playing: Callable[..., subprocess.Popen[bytes]],
    options: tuple[str, ...],
    number: signal.Signals | None,
    code: int,
) -> None:
    """At the end, by a defect, Ctrl-C, SIGTERM or SIGHUP: cursor and main screen are back and the last view stands there."""
    process = playing(*options)
    window.until(lambda: stands(window) or process.poll() is not None)
    if number is not None:
        process.send_signal(number)
    window.until(lambda: process.poll() is not None)
    window.look()
    assert process.returncode == code
    assert (window.seen.inside, window.seen.cursor) == (False, True)
    assert any(one.startswith("node3 ") for one in window.seen.main.split("\n"))
    assert window.written.count(b"\x1b[?1049h") == window.written.count(b"\x1b[?1049l") == 1


def test_a_window_is_resized_while_it_is_watched(
    window: Window, playing: Callable[..., subprocess.Popen[bytes]]
) -> None:
    """Within a second or so all rows are those of the new size."""
    playing("--stay", "--until", "20")
    window.until(lambda: stands(window))
    window.size(46, 10)
    window.until(lambda: any("…" in one for one in window.seen.rows))
    window.size(140, 30)
    window.until(lambda: stands(window) and any(one.endswith(" events") for one in window.seen.rows))
