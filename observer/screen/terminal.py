"""A view on a terminal: drawn row by row, and only rows that have changed.

rich.live draws everything each time, which takes longer than all the rest of an idle attach; rich still says what the
terminal can do (NO_COLOR, colours) and how styles are written. The alternate screen is used, so that a resized terminal
has nothing to mend; when it is left, the last view is printed where the command was started, and stays.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from functools import lru_cache
from types import FrameType
from typing import TextIO

from observer.screen.layout import rows
from observer.screen.row import Row
from observer.screen.view import Said, View
from parsers.text import one_line

NS = 10**9
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J"
"""To the alternate screen, no cursor, nothing on it."""
_LEAVE = "\x1b[?25h\x1b[?1049l"
WHOLE = 10
"""Seconds after which everything is drawn again: somebody else may have written on the screen."""
LEAST = (20, 4)
KEPT = 20
"""Sentences of the program that are printed when the screen is left."""


class Terminal:
    """One terminal, taken until it is closed."""

    interval = NS // 4

    def __init__(self, out: TextIO) -> None:
        """`out` is a terminal. Nothing is changed on it before the first view."""
        from rich.console import Console

        console = Console(file=out)
        self._out = out
        self._render = _renderer(console)
        self._view: View | None = None
        self._said: list[str] = []
        self._shown: list[str] = []
        self._size = (0, 0)
        self._whole_at = 0
        self._inside = False
        self._closed = False
        self._gone = False
        self._before: dict[int, signal.Handlers | int | Callable[[int, FrameType | None], object] | None] = {}

    # --- showing -------------------------------------------------------------------------------------

    def update(self, view: View) -> None:
        """Draw what has changed, unless nobody can see it."""
        if self._closed:
            return
        self._view = view
        if not self._gone and self._writable():
            self._enter()
            self._draw(view)

    def tell(self, said: Said) -> None:
        """It is among what the next view shows."""

    def say(self, line: str) -> None:
        """Kept, and printed when the screen is left; the last one is shown below until then."""
        self._said = [*self._said, one_line(line, 1000)][-KEPT:]
        if self._view is not None:
            self.update(self._view)

    def close(self) -> None:
        """Leave the screen, and print the last view."""
        if self._closed:
            return
        self._closed = True
        self._leave()
        self._restore_signals()
        if self._view is not None and not self._gone:
            width, height = self._measured()
            last = [self._render(one).rstrip() for one in rows(self._view, width, max(height - 2, LEAST[1]))]
            self._write("\n".join([*last, *self._said, ""]))

    def _draw(self, view: View) -> None:
        size = width, height = self._measured()
        whole = size != self._size or view.now - self._whole_at >= WHOLE * NS or view.now < self._whole_at
        below = 1 if self._said else 0
        lines = [self._render(one) for one in rows(view, width, height - below)]
        lines += [""] * (height - below - len(lines))
        lines += [self._said[-1][:width]] if below else []
        parts = []
        for place, line in enumerate(lines):
            if whole or place >= len(self._shown) or self._shown[place] != line:
                parts.append(f"\x1b[{place + 1};1H{line}\x1b[K")
        if size != self._size:
            parts.insert(0, "\x1b[2J")
        if whole:
            self._whole_at = view.now
        self._shown, self._size = lines, size
        if parts:
            # What is typed is echoed at the cursor: at the top the next second covers it.
            self._write("".join(parts) + "\x1b[H")

    def _measured(self) -> tuple[int, int]:
        try:
            width, height = os.get_terminal_size(self._out.fileno())
        except (OSError, ValueError):
            width, height = 80, 24
        return max(width or 80, LEAST[0]), max(height or 24, LEAST[1])

    def _writable(self) -> bool:
        """Whether a row would not wait: somebody may have stopped the terminal with Ctrl-S, and logs go on."""
        try:
            return bool(select.select([], [self._out.fileno()], [], 0)[1])
        except (OSError, ValueError):
            self._gone = True
            return False

    def _write(self, text: str) -> None:
        """Past the buffer of `out`, which would go on trying to write to a terminal that is gone."""
        data = memoryview(text.encode(errors="replace"))
        try:
            self._out.flush()
            while data:
                data = data[os.write(self._out.fileno(), data) :]
        except (OSError, ValueError):
            self._gone = True

    # --- entering and leaving ------------------------------------------------------------------------

    def _enter(self) -> None:
        if not self._inside:
            self._inside = True
            self._take_signals()
            self._shown, self._size = [], (0, 0)
            self._write(_ENTER)

    def _leave(self) -> None:
        if self._inside:
            self._inside = False
            self._write(_LEAVE)

    def _take_signals(self) -> None:
        """Whoever ends the process, or stops it for a while, finds the terminal as it was. Who handles SIGTERM already
        goes on doing so, and closes the screen.
        """
        import threading

        if self._before or threading.current_thread() is not threading.main_thread():
            return
        for number, handler in (
            (signal.SIGTERM, self._ended),
            (signal.SIGHUP, self._ended),
            (signal.SIGTSTP, self._stopped),
        ):
            if signal.getsignal(number) is signal.SIG_DFL:
                self._before[number] = signal.signal(number, handler)

    def _restore_signals(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _ended(self, number: int, _frame: FrameType | None) -> None:
        """As if nobody had listened, but with the terminal in order."""
        self.close()
        signal.raise_signal(number)

    def _stopped(self, number: int, _frame: FrameType | None) -> None:
        """Ctrl-Z: gone until the shell lets it go on."""
        self._leave()
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
        signal.signal(number, self._stopped)
        if self._view is not None:
            self.update(self._view)
        # It may have come in the middle of a frame, the rest of which is still written.
        self._size = (0, 0)


def _renderer(console: object) -> Callable[[Row], str]:
    """What writes a row in the colours that a terminal has."""
    from rich.color import ColorSystem
    from rich.console import Console
    from rich.style import Style

    assert isinstance(console, Console)  # noqa: S101 - typed so that rich is imported only here
    systems = {"standard": ColorSystem.STANDARD, "256": ColorSystem.EIGHT_BIT, "truecolor": ColorSystem.TRUECOLOR}
    system = systems.get(console.color_system or "")

    @lru_cache(maxsize=64)
    def style(name: str) -> Style:
        found = Style.parse(name) if name else Style.null()
        return found.without_color if console.no_color else found

    @lru_cache(maxsize=512)
    def rendered(one: Row) -> str:
        return "".join(style(piece.style).render(piece.text, color_system=system) for piece in one)

    return rendered
