"""The redaction hook (R8): secrets are replaced before the journal, so that live and replay see the same bytes.

A rule set is anything with a name and a function from one whole line, its framing taken off, to that line
with secrets replaced. Lines that a transport split are joined first and given back in their records, the
text in the first of them, so that a secret cannot hide on a cut. A line that is incomplete where its source
ends is left for the next import.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from parsers.framing import Bare, Framing
from parsers.rewrap import rewrapped
from parsers.text import LINE_LIMIT
from replay.reading import is_blank

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARE_BYTES = LINE_LIMIT // 2
"""Of a redacted text, at most so much goes into one record of a line that its transport split."""
HELD_BYTES = 64 << 20
"""A line that has not come to its end after so many bytes, its own or of others behind it, is taken for ended."""
Part = tuple[bytes, "NDArray[np.int64]", "NDArray[np.int64]"]
"""Bytes, line ends, and each line's offset before redaction."""


class Rules(Protocol):
    """What to replace."""

    name: str
    """Names the rules and their version; kept in the recording and part of its fingerprint."""

    def redact(self, line: bytes) -> bytes:
        """The line with its secrets replaced; without line breaks, as the line itself."""
        ...


class Redactor(Protocol):
    """Redacts the parts of one source, in order."""

    def apply(self, data: bytes, ends: NDArray[np.int64], offsets: NDArray[np.int64]) -> Part | None:
        """The part as it may be written; None while a split line is incomplete."""
        ...

    def rest(self) -> tuple[Part | None, int | None]:
        """At the end of the source: what was held back, and the offset from which it is to be read again where
        its last line has not come to its end.
        """
        ...


class Redaction(Protocol):
    """Makes a redactor for each source."""

    name: str

    def of(self, framing: Framing) -> Redactor:
        """A redactor for one source in this framing."""
        ...


class NoRedaction:
    """Everything is written as it is."""

    name = "none"

    def of(self, framing: Framing) -> Redactor:
        """See `Redaction`."""
        return self

    def apply(self, data: bytes, ends: NDArray[np.int64], offsets: NDArray[np.int64]) -> Part:
        """See `Redactor`."""
        return data, ends, offsets

    def rest(self) -> tuple[None, None]:
        """See `Redactor`."""
        return None, None


class RuledRedaction:
    """Redaction by rules."""

    def __init__(self, rules: Rules) -> None:
        """The same rules for every source."""
        self.name = rules.name
        self._rules = rules

    def of(self, framing: Framing) -> Redactor:
        """See `Redaction`."""
        return _Ruled(self._rules, framing)


Entry = tuple[bytes, int]
"""Bytes of a line, or of a piece of one, and its offset."""


@dataclass(slots=True)
class _Run:
    """The records of one whole line."""

    records: list[list[Entry]] = field(default_factory=list)
    """Each as the entries that it stands in: several, where it is overlong."""
    ended: bool = False
    redacted: list[list[Entry]] | None = None


class _Ruled:
    """Entries become records, and records of one stream whole lines. They leave in the order they came."""

    def __init__(self, rules: Rules, framing: Framing) -> None:
        self._rules = rules
        self._framing = framing
        self._pieces: list[Entry] = []
        self._open: dict[str, _Run] = {}
        self._waiting: deque[tuple[_Run, int]] = deque()
        self._size = 0

    def apply(self, data: bytes, ends: NDArray[np.int64], offsets: NDArray[np.int64]) -> Part | None:
        start = 0
        for end, offset in zip(ends.tolist(), offsets.tolist(), strict=True):
            piece = data[start:end]
            start = end
            self._pieces.append((piece, offset))
            self._size += len(piece)
            if piece.endswith(b"\n"):
                self._record()
        if self._size > HELD_BYTES:
            self._close()
        return self._part()

    def rest(self) -> tuple[Part | None, int | None]:
        blank = not self._waiting and is_blank(b"".join(piece for piece, _ in self._pieces))
        if blank or any(run.ended for run, _ in self._waiting):
            self._close()
            return self._part(), None
        left = [run.records[place][0] for run, place in self._waiting] + self._pieces
        return None, left[0][1] if left else None

    def _record(self) -> None:
        """A record has come to its end."""
        entries, self._pieces = self._pieces, []
        framed = self._framing.unwrap(b"".join(piece for piece, _ in entries))
        run = self._open.pop(framed.stream, None) or _Run()
        run.records.append(entries)
        self._waiting.append((run, len(run.records) - 1))
        if framed.partial:
            self._open[framed.stream] = run
        else:
            run.ended = True

    def _close(self) -> None:
        """Take every line for ended."""
        if self._pieces:
            self._record()
        for run in self._open.values():
            run.ended = True
        self._open.clear()

    def _part(self) -> Part | None:
        """What no incomplete line stands before."""
        done: list[Entry] = []
        while self._waiting and self._waiting[0][0].ended:
            run, place = self._waiting.popleft()
            if run.redacted is None:
                run.redacted = self._redacted(run.records)
            self._size -= sum(len(piece) for piece, _ in run.records[place])
            done += run.redacted[place]
        if not done:
            return None
        return (
            b"".join(piece for piece, _ in done),
            np.cumsum([len(piece) for piece, _ in done]),
            np.array([offset for _, offset in done], dtype=np.int64),
        )

    def _redacted(self, records: list[list[Entry]]) -> list[list[Entry]]:
        """The records of one line: its text in the first, or, where it is overlong, in the first few."""
        wholes = [b"".join(piece for piece, _ in entries) for entries in records]
        bare = isinstance(self._framing, Bare)
        texts = [whole.removesuffix(b"\n") if bare else self._framing.unwrap(whole).text for whole in wholes]
        text = b"".join(texts)
        redacted = self._rules.redact(text)
        if redacted == text:
            return records
        shares = _shared(redacted, len(wholes))
        return [
            _in_entries(rewrapped(self._framing.name, whole, share), entries)
            for whole, share, entries in zip(wholes, shares, records, strict=True)
        ]


def _shared(text: bytes, count: int) -> list[bytes]:
    """The text in so many parts, the first ones full, no character of UTF-8 cut; the last takes what is left."""
    shares, start = [], 0
    for _ in range(count - 1):
        end = min(start + SHARE_BYTES, len(text))
        while end < len(text) and text[end] & 0xC0 == 0x80:  # noqa: PLR2004 - a byte that continues a character
            end += 1
        shares.append(text[start:end])
        start = end
    return [*shares, text[start:]]


def _in_entries(record: bytes, entries: list[Entry]) -> list[Entry]:
    """A record at the offsets of the entries it came in, as many as it needs."""
    starts = [place * LINE_LIMIT for place in range(len(entries)) if place * LINE_LIMIT < len(record)]
    ends = [*starts[1:], len(record)]
    return [(record[start:end], offset) for start, end, (_, offset) in zip(starts, ends, entries, strict=False)]
