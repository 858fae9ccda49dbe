"""As much of a terminal as the screen makes use of: what stands on it, where, and whether it was left in order."""

from __future__ import annotations

import codecs
import re

_TOKEN = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|([^\x1b]+)", re.DOTALL)
_BEGUN = re.compile(r"\x1b(?:\[[?\d;]*)?\Z")


class Emulated:
    """A terminal that is fed with what was written on it."""

    def __init__(self, width: int, height: int) -> None:
        """The main screen, empty."""
        self.width = width
        self.height = height
        self.inside = False
        """Whether the alternate screen is shown."""
        self.cursor = True
        self.coloured = False
        self.main = ""
        """What was written on the main screen."""
        self._rows = [""] * height
        self._at = [0, 0]
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._left = ""
        """The beginning of a sequence whose end has not come."""

    @property
    def rows(self) -> list[str]:
        """What stands on the alternate screen."""
        return [one.rstrip() for one in self._rows]

    def resized(self, width: int, height: int) -> None:
        """The window has another size: what no longer fits is gone."""
        self.width, self.height = width, height
        self._rows = [one[:width] for one in [*self._rows, *[""] * height][:height]]

    def feed(self, data: bytes) -> None:
        """Take what was written. Raises AssertionError for what is not understood."""
        text = self._left + self._decoder.decode(data)
        begun = _BEGUN.search(text)
        self._left = "" if begun is None else begun[0]
        text = text.removesuffix(self._left)
        assert "".join(one[0] for one in _TOKEN.finditer(text)) == text
        for found in _TOKEN.finditer(text):
            if found[3] is not None:
                self._write(found[3])
            else:
                self._steer(found[1], found[2])

    def _write(self, text: str) -> None:
        if not self.inside:
            self.main += text
            return
        row, column = self._at
        assert row < self.height
        assert "\n" not in text
        assert column + len(text) <= self.width
        before = self._rows[row].ljust(column)
        self._rows[row] = before[:column] + text + before[column + len(text) :]
        self._at[1] = column + len(text)

    def _steer(self, given: str, what: str) -> None:
        numbers = [int(one) for one in re.findall(r"\d+", given)]
        if what in "hl" and given in ("?1049", "?25"):
            shown = what == "h"
            if given == "?1049":
                self.inside = shown
            else:
                self.cursor = shown
        elif what == "H":
            self._at = [(numbers or [1])[0] - 1, (numbers[1] if len(numbers) > 1 else 1) - 1]
        elif what == "K":
            self._rows[self._at[0]] = self._rows[self._at[0]][: self._at[1]]
        elif what == "J" and given == "2":
            self._rows = [""] * self.height
        elif what == "m":
            self.coloured = self.coloured or any(30 <= one <= 37 or 90 <= one <= 97 for one in numbers)
        else:
            raise AssertionError(f"not understood: {given}{what}")
