"""The redaction hook (R8): secrets are replaced before the journal, so that live and replay see the same bytes.

A rule set is anything with a name and a function from one whole line, its framing taken off, to that line
with secrets replaced. Lines that a transport split are joined first and given back in their records, the
text in the first of them, so that a secret cannot hide on a cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from parsers.framing import Bare, Framing
from parsers.rewrap import rewrapped

if TYPE_CHECKING:
    from numpy.typing import NDArray

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

    def rest(self) -> Part | None:
        """What was held back at the end of the source."""
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

    def rest(self) -> None:
        """See `Redactor`."""


class RuledRedaction:
    """Redaction by rules."""

    def __init__(self, rules: Rules) -> None:
        """The same rules for every source."""
        self.name = rules.name
        self._rules = rules

    def of(self, framing: Framing) -> Redactor:
        """See `Redaction`."""
        return _Ruled(self._rules, framing)


class _Ruled:
    def __init__(self, rules: Rules, framing: Framing) -> None:
        self._rules = rules
        self._framing = framing
        self._held: list[tuple[bytes, int]] = []

    def apply(self, data: bytes, ends: NDArray[np.int64], offsets: NDArray[np.int64]) -> Part | None:
        starts = np.concatenate(([0], ends[:-1])).tolist()
        records = [data[start:end] for start, end in zip(starts, ends.tolist(), strict=True)]
        return self._written([*self._held, *zip(records, offsets.tolist(), strict=True)], final=False)

    def rest(self) -> Part | None:
        return self._written(self._held, final=True) if self._held else None

    def _written(self, records: list[tuple[bytes, int]], *, final: bool) -> Part | None:
        done: list[tuple[bytes, int]] = []
        open_runs: dict[str, list[tuple[bytes, int]]] = {}
        waiting: list[tuple[bytes, int]] = []
        for place, (record, offset) in enumerate(records):
            framed = self._framing.unwrap(record)
            goes_on = framed.partial or not record.endswith(b"\n")
            run = open_runs.setdefault(framed.stream, [])
            run.append((record, offset))
            if goes_on and not (final and place == len(records) - 1):
                continue
            done += self._run(open_runs.pop(framed.stream))
        for run in open_runs.values():
            if final:
                done += self._run(run)
            else:
                waiting += run
        self._held = sorted(waiting, key=lambda one: one[1])
        done.sort(key=lambda one: one[1])
        if not done:
            return None
        data = b"".join(record for record, _ in done)
        return (
            data,
            np.cumsum([len(record) for record, _ in done]),
            np.array([offset for _, offset in done], dtype=np.int64),
        )

    def _run(self, run: list[tuple[bytes, int]]) -> list[tuple[bytes, int]]:
        """The records of one line, redacted."""
        framing: Framing = self._framing
        texts = [
            record.removesuffix(b"\n") if isinstance(framing, Bare) else framing.unwrap(record).text
            for record, _ in run
        ]
        whole = b"".join(texts)
        redacted = self._rules.redact(whole)
        if redacted == whole:
            return run
        given: list[tuple[bytes, int]] = []
        for place, (record, offset) in enumerate(run):
            given.append((rewrapped(framing.name, record, redacted if place == 0 else b""), offset))
        return given
