"""Bytes that come as they come, given on as whole lines.

Cut as `replay.reading.cut` cuts a file, so that a log which was followed and the same log imported are the same
lines: a line over the limit comes as fragments of exactly that size.
"""

from __future__ import annotations

from parsers.text import LINE_LIMIT


class Unfinished:
    """The beginning of a line whose end has not come."""

    __slots__ = ("rest",)

    def __init__(self) -> None:
        """Nothing is held back."""
        self.rest = b""

    def add(self, data: bytes) -> list[bytes]:
        """What is whole now, in order: lines, or fragments of `LINE_LIMIT` bytes of a longer line."""
        whole = []
        known = len(self.rest)
        if known:
            data = self.rest + data
        last = data.rfind(b"\n", known) + 1
        if last:
            whole.append(data[:last])
            data = data[last:]
        while len(data) >= LINE_LIMIT:
            whole.append(data[:LINE_LIMIT])
            data = data[LINE_LIMIT:]
        self.rest = data
        return whole

    def take(self) -> bytes:
        """What is held back, for it is not going to be finished."""
        rest, self.rest = self.rest, b""
        return rest
